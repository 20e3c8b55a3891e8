// SPDX-License-Identifier: GPL-2.0-only
// What memory control calls and is not here yet. Each line goes when its function comes.
namespace Linux;

public static unsafe partial class mm_memcontrol_c
{
    private const uint MEMCG_RECLAIM_MAY_SWAP = 1 << 1;
    private const uint O_NONBLOCK = 0x800;
    private const long total_swap_pages = 0;
    private static ulong try_to_free_mem_cgroup_pages(mem_cgroup* memcg, ulong nr_pages, gfp_t gfp_mask, uint reclaim_options, int* swappiness) => 0;
    private static int user_proactive_reclaim(byte* buf, mem_cgroup* memcg, pglist_data* pgdat) => -EAGAIN;
    private static int mem_cgroup_swappiness(mem_cgroup* memcg) => 60;
    private static long get_nr_swap_pages() => 0;
    private static bool vm_swap_full() => false;
}

public static unsafe partial class mm_swap_cgroup_c
{
    private const int MAX_SWAPFILES = 24;
    private static uint swp_type(swp_entry_t entry) => 0;
    private static pgoff_t swp_offset(swp_entry_t entry) => 0;
}
