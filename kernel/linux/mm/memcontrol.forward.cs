// SPDX-License-Identifier: GPL-2.0-only
// What memory control calls and is not here yet. Public, so that whoever brings one finds its line ambiguous and takes it out.
namespace Linux;

public static unsafe class memcontrol_forward
{
    public const uint MEMCG_RECLAIM_MAY_SWAP = 1 << 1;
    public const uint O_NONBLOCK = 0x800;
    public const int MAX_SWAPFILES = 24;
    public static long total_swap_pages;

    [KernelSource("mm/vmscan.c", "try_to_free_mem_cgroup_pages", Parity.Stub, "comes with reclaim; nothing is freed")]
    public static ulong try_to_free_mem_cgroup_pages(mem_cgroup* memcg, ulong nr_pages, gfp_t gfp_mask, uint reclaim_options, int* swappiness) => 0;

    [KernelSource("mm/vmscan.c", "user_proactive_reclaim", Parity.Stub, "comes with reclaim")]
    public static int user_proactive_reclaim(byte* buf, mem_cgroup* memcg, pglist_data* pgdat) => -EAGAIN;

    [KernelSource("include/linux/swap.h", "mem_cgroup_swappiness", Parity.Stub, "comes with swap")]
    public static int mem_cgroup_swappiness(mem_cgroup* memcg) => 60;

    [KernelSource("include/linux/swap.h", "get_nr_swap_pages", Parity.Stub, "comes with swap")]
    public static long get_nr_swap_pages() => 0;

    [KernelSource("include/linux/swap.h", "vm_swap_full", Parity.Stub, "comes with swap")]
    public static bool vm_swap_full() => false;

    [KernelSource("include/linux/swapops.h", "swp_type", Parity.Stub, "comes with swap")]
    public static uint swp_type(swp_entry_t entry) => 0;

    [KernelSource("include/linux/swapops.h", "swp_offset", Parity.Stub, "comes with swap")]
    public static pgoff_t swp_offset(swp_entry_t entry) => 0;
}
