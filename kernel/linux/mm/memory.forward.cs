// SPDX-License-Identifier: GPL-2.0-only
// What memory management calls and is not here yet. Whoever defines one takes its line out.
namespace Linux;

public static unsafe class mm_memory_forward
{
    public static long total_swap_pages;
    public static readonly atomic_long_t* nr_swap_pages = bss<atomic_long_t>();
    public static int vm_swappiness = 60;
    public static readonly spinlock_t* mmlist_lock = bss<spinlock_t>();

    [KernelSource("mm/swapfile.c", "swap_duplicate", Parity.Stub, "comes with swap; there are no entries")]
    public static int swap_duplicate(swp_entry_t entry) => 0;

    [KernelSource("mm/swapfile.c", "add_swap_count_continuation", Parity.Stub, "comes with swap")]
    public static int add_swap_count_continuation(swp_entry_t entry, gfp_t gfp_mask) => 0;

    [KernelSource("mm/swapfile.c", "swap_free_nr", Parity.Stub, "comes with swap")]
    public static void swap_free_nr(swp_entry_t entry, int nr_pages)
    {
    }

    [KernelSource("mm/swapfile.c", "free_swap_and_cache_nr", Parity.Stub, "comes with swap")]
    public static void free_swap_and_cache_nr(swp_entry_t entry, int nr)
    {
    }

    [KernelSource("mm/swapfile.c", "folio_free_swap", Parity.Stub, "comes with swap")]
    public static bool folio_free_swap(folio* folio) => false;

    [KernelSource("mm/swapfile.c", "__folio_throttle_swaprate", Parity.Stub, "comes with swap")]
    public static void __folio_throttle_swaprate(folio* folio, gfp_t gfp)
    {
    }

    [KernelSource("mm/swap.h", "swap_address_space", Parity.Stub, "comes with swap")]
    public static address_space* swap_address_space(swp_entry_t entry) => null;

    [KernelSource("mm/swap_state.c", "free_swap_cache", Parity.Stub, "comes with swap")]
    public static void free_swap_cache(folio* folio)
    {
    }

    [KernelSource("mm/swap_state.c", "free_pages_and_swap_cache", Parity.Reduced, "the swap cache comes with swap")]
    public static void free_pages_and_swap_cache(encoded_page** pages, int nr)
    {
        folio_batch folios;
        uint* refs = stackalloc uint[PAGEVEC_SIZE];

        folio_batch_init(&folios);
        for (int i = 0; i < nr; i++)
        {
            folio* folio = page_folio(encoded_page_ptr(pages[i]));

            refs[folios.nr] = 1;
            if ((encoded_page_flags(pages[i]) & ENCODED_PAGE_BIT_NR_PAGES_NEXT) != 0)
                refs[folios.nr] = (uint)encoded_nr_pages(pages[++i]);

            if (folio_batch_add(&folios, folio) == 0)
                folios_put_refs(&folios, refs);
        }
        if (folios.nr != 0)
            folios_put_refs(&folios, refs);
    }

    [KernelSource("mm/page-writeback.c", "folio_mark_dirty_lock", Parity.Full)]
    public static bool folio_mark_dirty_lock(folio* folio)
    {
        folio_lock(folio);
        bool ret = folio_mark_dirty(folio);
        folio_unlock(folio);
        return ret;
    }

    [KernelSource("mm/workingset.c", "workingset_activation", Parity.Stub, "comes with reclaim")]
    public static void workingset_activation(folio* folio)
    {
    }

    [KernelSource("mm/vmscan.c", "__acct_reclaim_writeback", Parity.Stub, "comes with reclaim")]
    public static void __acct_reclaim_writeback(pglist_data* pgdat, folio* folio, int nr_throttled)
    {
    }

    [KernelSource("mm/oom_kill.c", "exit_oom_victim", Parity.Stub, "comes with the OOM killer")]
    public static void exit_oom_victim()
    {
    }

    [KernelSource("mm/oom_kill.c", "pagefault_out_of_memory", Parity.Reduced, "what is said of it comes with the OOM killer")]
    public static void pagefault_out_of_memory()
    {
        if (mem_cgroup_oom_synchronize(true))
            return;

        if (fatal_signal_pending(current))
            return;
    }

    [KernelSource("fs/userfaultfd.c", "handle_userfault", Parity.Stub, "comes with userfaultfd; nothing is registered")]
    public static vm_fault_t handle_userfault(vm_fault* vmf, ulong reason) => VM_FAULT_SIGBUS;

    [KernelSource("fs/userfaultfd.c", "userfaultfd_wp_async", Parity.Stub, "comes with userfaultfd")]
    public static bool userfaultfd_wp_async(vm_area_struct* vma) => false;

    [KernelSource("fs/userfaultfd.c", "dup_userfaultfd", Parity.Stub, "comes with userfaultfd")]
    public static int dup_userfaultfd(vm_area_struct* vma, list_head* fcs) => 0;

    [KernelSource("fs/userfaultfd.c", "dup_userfaultfd_complete", Parity.Stub, "comes with userfaultfd")]
    public static void dup_userfaultfd_complete(list_head* fcs)
    {
    }

    [KernelSource("fs/userfaultfd.c", "dup_userfaultfd_fail", Parity.Stub, "comes with userfaultfd")]
    public static void dup_userfaultfd_fail(list_head* fcs)
    {
    }

    [KernelSource("fs/userfaultfd.c", "userfaultfd_unmap_prep", Parity.Stub, "comes with userfaultfd")]
    public static int userfaultfd_unmap_prep(vm_area_struct* vma, ulong start, ulong end, list_head* unmaps) => 0;

    [KernelSource("fs/userfaultfd.c", "userfaultfd_unmap_complete", Parity.Stub, "comes with userfaultfd")]
    public static void userfaultfd_unmap_complete(mm_struct* mm, list_head* uf)
    {
    }

    [KernelSource("fs/buffer.c", "has_bh_in_lru", Parity.Stub, "comes with buffer heads")]
    public static bool has_bh_in_lru(int cpu, void* dummy) => false;

    [KernelSource("fs/buffer.c", "invalidate_bh_lrus_cpu", Parity.Stub, "comes with buffer heads")]
    public static void invalidate_bh_lrus_cpu()
    {
    }

    [KernelSource("fs/file_table.c", "fput", Parity.Stub, "comes with files")]
    public static void fput(@file* file)
    {
    }

    [KernelSource("fs/inode.c", "file_update_time", Parity.Stub, "comes with files")]
    public static int file_update_time(@file* file) => 0;

    [KernelSource("mm/page-writeback.c", "balance_dirty_pages_ratelimited", Parity.Stub, "comes with writeback")]
    public static void balance_dirty_pages_ratelimited(address_space* mapping)
    {
    }

    [KernelSource("include/linux/backing-dev.h", "mapping_can_writeback", Parity.Stub, "comes with writeback")]
    public static bool mapping_can_writeback(address_space* mapping) => false;

    [KernelSource("mm/shmem.c", "shmem_mapping", Parity.Stub, "comes with shmem")]
    public static bool shmem_mapping(address_space* mapping) => false;

    [KernelSource("mm/shmem.c", "shmem_zero_setup", Parity.Stub, "comes with shmem")]
    public static int shmem_zero_setup(vm_area_struct* vma) => -ENOMEM;
}
