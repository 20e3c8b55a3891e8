// SPDX-License-Identifier: GPL-2.0-only
// What memory control calls and is not here yet. Public, so that whoever brings one finds its line ambiguous and takes it out.
namespace Linux;

public static unsafe class memcontrol_forward
{
    [KernelSource("mm/vmscan.c", "try_to_free_mem_cgroup_pages", Parity.Stub, "comes with reclaim; nothing is freed")]
    public static ulong try_to_free_mem_cgroup_pages(mem_cgroup* memcg, ulong nr_pages, gfp_t gfp_mask, uint reclaim_options, int* swappiness) => 0;

    [KernelSource("mm/vmscan.c", "user_proactive_reclaim", Parity.Stub, "comes with reclaim")]
    public static int user_proactive_reclaim(byte* buf, mem_cgroup* memcg, pglist_data* pgdat) => -EAGAIN;
}
