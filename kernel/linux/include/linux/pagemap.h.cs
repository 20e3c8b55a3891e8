// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_fs_h;
using static Linux.linux_mm_h;
using static Linux.linux_page_flags_h;

namespace Linux;

// Flags of a mapping, offsets, and the folio lock.
public static unsafe partial class linux_pagemap_h
{
    // enum mapping_flags
    /// <summary>How much is read ahead of a device that says nothing else.</summary>
    public const ulong VM_READAHEAD_PAGES = (128 << 10) / PAGE_SIZE;

    public const int AS_EIO = 0;
    public const int AS_ENOSPC = 1;
    public const int AS_MM_ALL_LOCKS = 2;
    public const int AS_UNEVICTABLE = 3;
    public const int AS_EXITING = 4;
    public const int AS_NO_WRITEBACK_TAGS = 5;
    public const int AS_RELEASE_ALWAYS = 6;
    public const int AS_STABLE_WRITES = 7;
    public const int AS_INACCESSIBLE = 8;
    public const int AS_WRITEBACK_MAY_DEADLOCK_ON_RECLAIM = 9;
    public const int AS_KERNEL_FILE = 10;
    public const int AS_NO_DATA_INTEGRITY = 11;
    public const int AS_FOLIO_ORDER_BITS = 5;
    public const int AS_FOLIO_ORDER_MIN = 16;
    public const int AS_FOLIO_ORDER_MAX = AS_FOLIO_ORDER_MIN + AS_FOLIO_ORDER_BITS;

    public const uint AS_FOLIO_ORDER_BITS_MASK = (1u << AS_FOLIO_ORDER_BITS) - 1;
    public const ulong AS_FOLIO_ORDER_MIN_MASK = (ulong)AS_FOLIO_ORDER_BITS_MASK << AS_FOLIO_ORDER_MIN;
    public const ulong AS_FOLIO_ORDER_MAX_MASK = (ulong)AS_FOLIO_ORDER_BITS_MASK << AS_FOLIO_ORDER_MAX;
    public const ulong AS_FOLIO_ORDER_MASK = AS_FOLIO_ORDER_MIN_MASK | AS_FOLIO_ORDER_MAX_MASK;

    /// <summary>Waits until nothing is under way to an inode's disk.</summary>
    [KernelSource("include/linux/pagemap.h", "inode_drain_writes", Parity.Reduced, "no direct I/O, for which it waits first")]
    public static int inode_drain_writes(inode* inode) => filemap_write_and_wait(inode->i_mapping);

    [KernelSource("include/linux/pagemap.h", "read_mapping_folio", Parity.Full)]
    public static folio* read_mapping_folio(address_space* mapping, pgoff_t index, @file* file) =>
        read_cache_folio(mapping, index, null, file);

    [KernelSource("include/linux/pagemap.h", "mapping_empty", Parity.Full)]
    public static bool mapping_empty(address_space* mapping) => xa_empty(&mapping->i_pages);

    [KernelSource("include/linux/pagemap.h", "mapping_set_unevictable", Parity.Full)]
    public static void mapping_set_unevictable(address_space* mapping) => set_bit(AS_UNEVICTABLE, &mapping->flags);

    [KernelSource("include/linux/pagemap.h", "mapping_clear_unevictable", Parity.Full)]
    public static void mapping_clear_unevictable(address_space* mapping) => clear_bit(AS_UNEVICTABLE, &mapping->flags);

    [KernelSource("include/linux/pagemap.h", "mapping_unevictable", Parity.Full)]
    public static bool mapping_unevictable(address_space* mapping) => mapping != null && test_bit(AS_UNEVICTABLE, &mapping->flags);

    [KernelSource("include/linux/pagemap.h", "mapping_set_exiting", Parity.Full)]
    public static void mapping_set_exiting(address_space* mapping) => set_bit(AS_EXITING, &mapping->flags);

    [KernelSource("include/linux/pagemap.h", "mapping_exiting", Parity.Full)]
    public static bool mapping_exiting(address_space* mapping) => test_bit(AS_EXITING, &mapping->flags);

    [KernelSource("include/linux/pagemap.h", "mapping_set_no_writeback_tags", Parity.Full)]
    public static void mapping_set_no_writeback_tags(address_space* mapping) => set_bit(AS_NO_WRITEBACK_TAGS, &mapping->flags);

    [KernelSource("include/linux/pagemap.h", "mapping_use_writeback_tags", Parity.Full)]
    public static bool mapping_use_writeback_tags(address_space* mapping) => !test_bit(AS_NO_WRITEBACK_TAGS, &mapping->flags);

    [KernelSource("include/linux/pagemap.h", "mapping_release_always", Parity.Full)]
    public static bool mapping_release_always(address_space* mapping) => test_bit(AS_RELEASE_ALWAYS, &mapping->flags);

    [KernelSource("include/linux/pagemap.h", "mapping_stable_writes", Parity.Full)]
    public static bool mapping_stable_writes(address_space* mapping) => test_bit(AS_STABLE_WRITES, &mapping->flags);

    [KernelSource("include/linux/pagemap.h", "mapping_inaccessible", Parity.Full)]
    public static bool mapping_inaccessible(address_space* mapping) => test_bit(AS_INACCESSIBLE, &mapping->flags);

    [KernelSource("include/linux/pagemap.h", "mapping_writeback_may_deadlock_on_reclaim", Parity.Full)]
    public static bool mapping_writeback_may_deadlock_on_reclaim(address_space* mapping) =>
        test_bit(AS_WRITEBACK_MAY_DEADLOCK_ON_RECLAIM, &mapping->flags);

    [KernelSource("include/linux/pagemap.h", "mapping_no_data_integrity", Parity.Full)]
    public static bool mapping_no_data_integrity(address_space* mapping) => test_bit(AS_NO_DATA_INTEGRITY, &mapping->flags);

    [KernelSource("include/linux/pagemap.h", "mapping_gfp_mask", Parity.Full)]
    public static uint mapping_gfp_mask(address_space* mapping) => mapping->gfp_mask;

    [KernelSource("include/linux/pagemap.h", "mapping_gfp_constraint", Parity.Full)]
    public static uint mapping_gfp_constraint(address_space* mapping, uint gfp_mask) => mapping_gfp_mask(mapping) & gfp_mask;

    [KernelSource("include/linux/pagemap.h", "mapping_set_gfp_mask", Parity.Full)]
    public static void mapping_set_gfp_mask(address_space* m, uint mask) => m->gfp_mask = mask;

    [KernelSource("include/linux/pagemap.h", "folio_next_index", Parity.Full)]
    public static ulong folio_next_index(folio* folio) => folio->index + folio_nr_pages(folio);

    [KernelSource("include/linux/pagemap.h", "folio_file_page", Parity.Full)]
    public static page* folio_file_page(folio* folio, ulong index) => folio_page(folio, index & (folio_nr_pages(folio) - 1));

    [KernelSource("include/linux/pagemap.h", "folio_contains", Parity.Full)]
    public static bool folio_contains(folio* folio, ulong index)
    {
        VM_WARN_ON_ONCE_FOLIO(folio_test_swapcache(folio), folio);
        return index - folio->index < folio_nr_pages(folio);
    }

    [KernelSource("include/linux/pagemap.h", "page_pgoff", Parity.Full)]
    public static ulong page_pgoff(folio* folio, page* page) => folio->index + folio_page_idx(folio, page);

    [KernelSource("include/linux/pagemap.h", "folio_pos", Parity.Full)]
    public static long folio_pos(folio* folio) => (long)folio->index * (long)PAGE_SIZE;

    [KernelSource("include/linux/pagemap.h", "folio_pgoff", Parity.Full)]
    public static ulong folio_pgoff(folio* folio) => folio->index;

    [KernelSource("include/linux/pagemap.h", "linear_page_index", Parity.Full)]
    public static ulong linear_page_index(vm_area_struct* vma, ulong address)
    {
        ulong pgoff = (address - vma->vm_start) >> PAGE_SHIFT;

        pgoff += vma->vm_pgoff;
        return pgoff;
    }

    [KernelSource("include/linux/pagemap.h", "folio_trylock", Parity.Full)]
    [TryAcquires(Result.True, "folio->PG_locked"), ContextPrimitive]
    public static bool folio_trylock(folio* folio) => !test_and_set_bit_lock(PG_locked, folio_flags(folio, 0));

    [KernelSource("include/linux/pagemap.h", "trylock_page", Parity.Full)]
    [TryAcquires(Result.True, "folio.PG_locked")]
    public static bool trylock_page(page* page) => folio_trylock(page_folio(page));

    [KernelSource("include/linux/pagemap.h", "folio_lock", Parity.Full)]
    [Acquires("folio->PG_locked"), MightSleep]
    public static void folio_lock(folio* folio)
    {
        might_sleep();
        if (!folio_trylock(folio))
            __folio_lock(folio);
    }

    [KernelSource("include/linux/pagemap.h", "lock_page", Parity.Full)]
    [Acquires("folio.PG_locked"), MightSleep]
    public static void lock_page(page* page)
    {
        might_sleep();

        folio* folio = page_folio(page);
        if (!folio_trylock(folio))
            __folio_lock(folio);
    }

    [KernelSource("include/linux/pagemap.h", "folio_lock_killable", Parity.Full)]
    [TryAcquires(Result.Zero, "folio->PG_locked"), MightSleep]
    public static int folio_lock_killable(folio* folio)
    {
        might_sleep();
        if (!folio_trylock(folio))
            return __folio_lock_killable(folio);
        return 0;
    }

    [KernelSource("include/linux/pagemap.h", "folio_lock_or_retry", Parity.Full)]
    // The caller ors the result into the fault's: the folio counts as locked, which it is unless that has VM_FAULT_RETRY in it.
    [AssumesHeld("folio->PG_locked"), MightSleep]
    public static uint folio_lock_or_retry(folio* folio, vm_fault* vmf)
    {
        might_sleep();
        if (!folio_trylock(folio))
            return __folio_lock_or_retry(folio, vmf);
        return 0;
    }

    [KernelSource("include/linux/pagemap.h", "folio_wait_locked", Parity.Full)]
    [MightSleep]
    public static void folio_wait_locked(folio* folio)
    {
        if (folio_test_locked(folio))
            folio_wait_bit(folio, PG_locked);
    }

    [KernelSource("include/linux/pagemap.h", "folio_wait_locked_killable", Parity.Full)]
    public static int folio_wait_locked_killable(folio* folio)
    {
        if (!folio_test_locked(folio))
            return 0;
        return folio_wait_bit_killable(folio, PG_locked);
    }
}
