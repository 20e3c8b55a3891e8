// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>Which nodes to allocate from; empty without NUMA.</summary>
public struct mempolicy
{
}

public static unsafe partial class linux_mempolicy_h
{
    [KernelSource("include/linux/mempolicy.h", "get_vma_policy", Parity.Full)]
    public static mempolicy* get_vma_policy(vm_area_struct* vma, ulong addr, int order, pgoff_t* ilx)
    {
        *ilx = 0;
        return null;
    }

    [KernelSource("include/linux/mempolicy.h", "mpol_cond_put", Parity.Full)]
    public static void mpol_cond_put(mempolicy* pol)
    {
    }
}
