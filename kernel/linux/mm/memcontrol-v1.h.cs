// SPDX-License-Identifier: GPL-2.0-only
// What both versions share, and what is left of version 1 with CONFIG_MEMCG_V1 off.
using static Linux.linux_cgroup_defs_h;

namespace Linux;

public static unsafe partial class mm_memcontrol_v1_h
{
    private const string H = "mm/memcontrol-v1.h";

    // for_each_mem_cgroup_tree(iter, root) is written out where it is used:
    //   for (iter = mem_cgroup_iter(root, null, null); iter != null; iter = mem_cgroup_iter(root, iter, null))
    // and left early only through mem_cgroup_iter_break().

    [KernelSource(H, "do_memsw_account", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool do_memsw_account() => false;

    [KernelSource(H, "memcg1_alloc_events", Parity.Full)]
    public static bool memcg1_alloc_events(mem_cgroup* memcg) => true;

    [KernelSource(H, "memcg1_free_events", Parity.Full)]
    public static void memcg1_free_events(mem_cgroup* memcg)
    {
    }

    [KernelSource(H, "memcg1_memcg_init", Parity.Full)]
    public static void memcg1_memcg_init(mem_cgroup* memcg)
    {
    }

    [KernelSource(H, "memcg1_remove_from_trees", Parity.Full)]
    public static void memcg1_remove_from_trees(mem_cgroup* memcg)
    {
    }

    [KernelSource(H, "memcg1_soft_limit_reset", Parity.Full)]
    public static void memcg1_soft_limit_reset(mem_cgroup* memcg)
    {
    }

    [KernelSource(H, "memcg1_css_offline", Parity.Full)]
    public static void memcg1_css_offline(mem_cgroup* memcg)
    {
    }

    [KernelSource(H, "memcg1_oom_prepare", Parity.Full)]
    public static bool memcg1_oom_prepare(mem_cgroup* memcg, bool* locked) => true;

    [KernelSource(H, "memcg1_oom_finish", Parity.Full)]
    public static void memcg1_oom_finish(mem_cgroup* memcg, bool locked)
    {
    }

    [KernelSource(H, "memcg1_oom_recover", Parity.Full)]
    public static void memcg1_oom_recover(mem_cgroup* memcg)
    {
    }

    [KernelSource(H, "memcg1_commit_charge", Parity.Full)]
    public static void memcg1_commit_charge(folio* folio, mem_cgroup* memcg)
    {
    }

    [KernelSource(H, "memcg1_uncharge_batch", Parity.Full)]
    public static void memcg1_uncharge_batch(mem_cgroup* memcg, ulong pgpgout, ulong nr_memory, int nid)
    {
    }

    [KernelSource(H, "memcg1_stat_format", Parity.Full)]
    public static void memcg1_stat_format(mem_cgroup* memcg, seq_buf* s)
    {
    }

    [KernelSource(H, "memcg1_account_kmem", Parity.Full)]
    public static void memcg1_account_kmem(mem_cgroup* memcg, int nr_pages)
    {
    }

    [KernelSource(H, "memcg1_tcpmem_active", Parity.Full)]
    public static bool memcg1_tcpmem_active(mem_cgroup* memcg) => false;

    [KernelSource(H, "memcg1_charge_skmem", Parity.Full)]
    public static bool memcg1_charge_skmem(mem_cgroup* memcg, uint nr_pages, gfp_t gfp_mask) => true;

    [KernelSource(H, "memcg1_uncharge_skmem", Parity.Full)]
    public static void memcg1_uncharge_skmem(mem_cgroup* memcg, uint nr_pages)
    {
    }
}
