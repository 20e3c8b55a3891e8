// SPDX-License-Identifier: GPL-2.0-only
// Of pagemap.h: the page cache's look-ups, its errors, and readahead.
using static Linux.linux_fs_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_mm_h;

namespace Linux;

/// <summary>A request to read ahead: the folios from _index on, _nr_pages of them, are locked and in the page cache.</summary>
public unsafe struct readahead_control
{
    public @file* file;
    public address_space* mapping;
    public file_ra_state* ra;
    public pgoff_t _index;
    public uint _nr_pages;
    public uint _batch_count;
    public bool dropbehind;
    [Stable]
    public bool _workingset;
    public ulong _pflags;
}

public static unsafe partial class linux_pagemap_h
{
    public const fgf_t FGP_ACCESSED = 0x00000001;
    public const fgf_t FGP_LOCK = 0x00000002;
    public const fgf_t FGP_CREAT = 0x00000004;
    public const fgf_t FGP_WRITE = 0x00000008;
    public const fgf_t FGP_NOFS = 0x00000010;
    public const fgf_t FGP_NOWAIT = 0x00000020;
    public const fgf_t FGP_FOR_MMAP = 0x00000040;
    public const fgf_t FGP_STABLE = 0x00000080;
    public const fgf_t FGP_DONTCACHE = 0x00000100;

    // The high bits of fgf_t are the order of the folio that is wanted.
    public const fgf_t FGP_WRITEBEGIN = FGP_LOCK | FGP_WRITE | FGP_CREAT | FGP_STABLE;

    // enum positive_aop_returns
    public const int AOP_WRITEPAGE_ACTIVATE = 0x80000;
    public const int AOP_TRUNCATED_PAGE = 0x80001;

    [KernelSource("include/linux/pagemap.h", "mapping_set_error", Parity.Full)]
    public static void mapping_set_error(address_space* mapping, int error)
    {
        if (error == 0)
            return;

        // For fsync() of each opener.
        __filemap_set_wb_err(mapping, error);

        // For syncfs().
        if (mapping->host != null)
            errseq_set(&mapping->host->i_sb->s_wb_err, error);

        // For those who still look at the flags.
        if (error == -ENOSPC)
            set_bit(AS_ENOSPC, &mapping->flags);
        else
            set_bit(AS_EIO, &mapping->flags);
    }

    /// <summary>Whether the inode may go when reclaim wants it: nothing but shadows, if anything, is left in the cache.</summary>
    [KernelSource("include/linux/pagemap.h", "mapping_shrinkable", Parity.Full)]
    public static bool mapping_shrinkable(address_space* mapping)
    {
        // The head is the only entry, or the root of a tree.
        void* head = rcu_access_pointer(&mapping->i_pages.xa_head);
        if (head == null)
            return true;

        return !xa_is_node(head) && xa_is_value(head);
    }

    [KernelSource("include/linux/pagemap.h", "folio_cancel_dirty", Parity.Full)]
    public static void folio_cancel_dirty(folio* folio)
    {
        // Most often there is nothing to clear, which a read tells.
        if (folio_test_dirty(folio))
            __folio_cancel_dirty(folio);
    }

    [KernelSource("include/linux/pagemap.h", "mapping_tagged", Parity.Full)]
    public static bool mapping_tagged(address_space* mapping, xa_mark_t tag) => xa_marked(&mapping->i_pages, tag);

    [KernelSource("include/linux/pagemap.h", "folio_attach_private", Parity.Full)]
    public static void folio_attach_private(folio* folio, void* data)
    {
        folio_get(folio);
        folio->@private = data;
        folio_set_private(folio);
    }

    [KernelSource("include/linux/pagemap.h", "folio_detach_private", Parity.Full)]
    public static void* folio_detach_private(folio* folio)
    {
        void* data = folio_get_private(folio);

        if (!folio_test_private(folio))
            return null;
        folio_clear_private(folio);
        folio->@private = null;
        folio_put(folio);

        return data;
    }

    [KernelSource("include/linux/pagemap.h", "filemap_alloc_folio", Parity.Full)]
    public static folio* filemap_alloc_folio(gfp_t gfp, uint order) => folio_alloc(gfp, order);

    [KernelSource("include/linux/pagemap.h", "readahead_gfp_mask", Parity.Full)]
    public static gfp_t readahead_gfp_mask(address_space* x) => mapping_gfp_mask(x) | __GFP_NORETRY | __GFP_NOWARN;

    public const uint PREFERRED_MAX_PAGECACHE_ORDER = HPAGE_PMD_ORDER;

    // An entry of the cache's tree is split in one step, over two levels at most.
    public const uint MAX_XAS_ORDER = XA_CHUNK_SHIFT * 2 - 1;
    public const uint MAX_PAGECACHE_ORDER = MAX_XAS_ORDER < PREFERRED_MAX_PAGECACHE_ORDER ? MAX_XAS_ORDER : PREFERRED_MAX_PAGECACHE_ORDER;

    [KernelSource("include/linux/pagemap.h", "mapping_max_folio_size_supported", Parity.Full)]
    public static ulong mapping_max_folio_size_supported() => 1UL << (PAGE_SHIFT + (int)MAX_PAGECACHE_ORDER);

    /// <summary>For the file system, before the inode is in use: of what orders the file's folios may be.</summary>
    [KernelSource("include/linux/pagemap.h", "mapping_set_folio_order_range", Parity.Full)]
    public static void mapping_set_folio_order_range(address_space* mapping, uint min, uint max)
    {
        if (!CONFIG_TRANSPARENT_HUGEPAGE)
            return;

        if (min > MAX_PAGECACHE_ORDER)
            min = MAX_PAGECACHE_ORDER;

        if (max > MAX_PAGECACHE_ORDER)
            max = MAX_PAGECACHE_ORDER;

        if (max < min)
            max = min;

        mapping->flags = (mapping->flags & ~AS_FOLIO_ORDER_MASK) | ((ulong)min << AS_FOLIO_ORDER_MIN) | ((ulong)max << AS_FOLIO_ORDER_MAX);
    }

    [KernelSource("include/linux/pagemap.h", "mapping_set_folio_min_order", Parity.Full)]
    public static void mapping_set_folio_min_order(address_space* mapping, uint min) =>
        mapping_set_folio_order_range(mapping, min, MAX_PAGECACHE_ORDER);

    [KernelSource("include/linux/pagemap.h", "mapping_set_large_folios", Parity.Full)]
    public static void mapping_set_large_folios(address_space* mapping) => mapping_set_folio_order_range(mapping, 0, MAX_PAGECACHE_ORDER);

    [KernelSource("include/linux/pagemap.h", "mapping_max_folio_order", Parity.Full)]
    public static uint mapping_max_folio_order(address_space* mapping) =>
        CONFIG_TRANSPARENT_HUGEPAGE ? (uint)((mapping->flags & AS_FOLIO_ORDER_MAX_MASK) >> AS_FOLIO_ORDER_MAX) : 0;

    [KernelSource("include/linux/pagemap.h", "mapping_min_folio_order", Parity.Full)]
    public static uint mapping_min_folio_order(address_space* mapping) =>
        CONFIG_TRANSPARENT_HUGEPAGE ? (uint)((mapping->flags & AS_FOLIO_ORDER_MIN_MASK) >> AS_FOLIO_ORDER_MIN) : 0;

    [KernelSource("include/linux/pagemap.h", "mapping_min_folio_nrpages", Parity.Full)]
    public static ulong mapping_min_folio_nrpages(address_space* mapping) => 1UL << (int)mapping_min_folio_order(mapping);

    [KernelSource("include/linux/pagemap.h", "mapping_min_folio_nrbytes", Parity.Full)]
    public static ulong mapping_min_folio_nrbytes(address_space* mapping) => mapping_min_folio_nrpages(mapping) << PAGE_SHIFT;

    [KernelSource("include/linux/pagemap.h", "mapping_align_index", Parity.Full)]
    public static pgoff_t mapping_align_index(address_space* mapping, pgoff_t index) =>
        index & ~(mapping_min_folio_nrpages(mapping) - 1);

    [KernelSource("include/linux/pagemap.h", "mapping_large_folio_support", Parity.Full)]
    public static bool mapping_large_folio_support(address_space* mapping) => mapping_max_folio_order(mapping) > 0;

    [KernelSource("include/linux/pagemap.h", "mapping_max_folio_size", Parity.Full)]
    public static ulong mapping_max_folio_size(address_space* mapping) => PAGE_SIZE << (int)mapping_max_folio_order(mapping);

    /// <summary>The flags that ask for a folio of this many bytes, if there has to be a new one.</summary>
    [KernelSource("include/linux/pagemap.h", "fgf_set_order", Parity.Full)]
    public static fgf_t fgf_set_order(ulong size)
    {
        int shift = ilog2(size);

        if (shift <= PAGE_SHIFT)
            return 0;
        return (fgf_t)(shift - PAGE_SHIFT) << 26;
    }

    [KernelSource("include/linux/pagemap.h", "FGF_GET_ORDER", Parity.Full)]
    public static uint FGF_GET_ORDER(fgf_t fgf) => fgf >> 26;

    [KernelSource("include/linux/pagemap.h", "write_begin_get_folio", Parity.Full)]
    [AcquiresReturn("PG_locked")]
    public static folio* write_begin_get_folio(kiocb* iocb, address_space* mapping, pgoff_t index, ulong len)
    {
        fgf_t fgp_flags = FGP_WRITEBEGIN;

        fgp_flags |= fgf_set_order(len);

        if (iocb != null && (iocb->ki_flags & IOCB_DONTCACHE) != 0)
            fgp_flags |= FGP_DONTCACHE;

        return __filemap_get_folio(mapping, index, fgp_flags, mapping_gfp_mask(mapping));
    }

    [KernelSource("include/linux/pagemap.h", "filemap_get_folio", Parity.Full)]
    public static folio* filemap_get_folio(address_space* mapping, pgoff_t index) => __filemap_get_folio(mapping, index, 0, 0);

    [KernelSource("include/linux/pagemap.h", "filemap_lock_folio", Parity.Full)]
    [AcquiresReturn("PG_locked")]
    public static folio* filemap_lock_folio(address_space* mapping, pgoff_t index) =>
        __filemap_get_folio(mapping, index, FGP_LOCK, 0);

    [KernelSource("include/linux/pagemap.h", "filemap_grab_folio", Parity.Full)]
    [AcquiresReturn("PG_locked")]
    public static folio* filemap_grab_folio(address_space* mapping, pgoff_t index) =>
        __filemap_get_folio(mapping, index, FGP_LOCK | FGP_ACCESSED | FGP_CREAT, mapping_gfp_mask(mapping));

    [KernelSource("include/linux/pagemap.h", "offset_in_folio", Parity.Full)]
    public static ulong offset_in_folio(folio* folio, loff_t p) => (ulong)p & (folio_size(folio) - 1);

    // ---------------------------------------------------------------- readahead

    [KernelSource("include/linux/pagemap.h", "DEFINE_READAHEAD", Parity.Full)]
    public static readahead_control DEFINE_READAHEAD(@file* f, file_ra_state* r, address_space* m, pgoff_t i) =>
        new() { file = f, mapping = m, ra = r, _index = i };

    [KernelSource("include/linux/pagemap.h", "readahead_index", Parity.Full)]
    public static pgoff_t readahead_index(readahead_control* rac) => rac->_index;

    [KernelSource("include/linux/pagemap.h", "readahead_count", Parity.Full)]
    public static uint readahead_count(readahead_control* rac) => rac->_nr_pages;

    [KernelSource("include/linux/pagemap.h", "readahead_pos", Parity.Full)]
    public static loff_t readahead_pos(readahead_control* rac) => (loff_t)rac->_index * (loff_t)PAGE_SIZE;

    [KernelSource("include/linux/pagemap.h", "__readahead_folio", Parity.Full)]
    [TryAcquires(Result.NonNull, "return->PG_locked")]
    private static folio* __readahead_folio(readahead_control* rac)
    {
        BUG_ON(rac->_batch_count > rac->_nr_pages);
        rac->_nr_pages -= rac->_batch_count;
        rac->_index += rac->_batch_count;

        if (rac->_nr_pages == 0)
        {
            rac->_batch_count = 0;
            return null;
        }

        folio* folio = (folio*)xa_load(&rac->mapping->i_pages, rac->_index);
        VM_BUG_ON_FOLIO(!folio_test_locked(folio), folio);
        rac->_batch_count = (uint)folio_nr_pages(folio);

        return folio;
    }

    /// <summary>The next folio to read. The page cache's reference keeps it, as it is locked.</summary>
    [KernelSource("include/linux/pagemap.h", "readahead_folio", Parity.Full)]
    [TryAcquires(Result.NonNull, "return->PG_locked")]
    public static folio* readahead_folio(readahead_control* ractl)
    {
        folio* folio = __readahead_folio(ractl);

        if (folio != null)
            folio_put(folio);
        return folio;
    }

    [KernelSource("include/linux/pagemap.h", "page_cache_sync_readahead", Parity.Full)]
    public static void page_cache_sync_readahead(address_space* mapping, file_ra_state* ra, @file* file, pgoff_t index, ulong req_count)
    {
        readahead_control ractl = DEFINE_READAHEAD(file, ra, mapping, index);
        page_cache_sync_ra(&ractl, req_count);
    }

    [KernelSource("mm/internal.h", "force_page_cache_readahead", Parity.Full)]
    public static void force_page_cache_readahead(address_space* mapping, @file* file, pgoff_t index, ulong nr_to_read)
    {
        readahead_control ractl = DEFINE_READAHEAD(file, &file->f_ra, mapping, index);
        force_page_cache_ra(&ractl, nr_to_read);
    }
}

public static unsafe partial class linux_fs_h
{
    [KernelSource("include/linux/fs.h", "filemap_invalidate_lock", Parity.Full)]
    [Acquires("mapping->invalidate_lock"), MightSleep]
    public static void filemap_invalidate_lock(address_space* mapping) => down_write(&mapping->invalidate_lock);

    [KernelSource("include/linux/fs.h", "filemap_invalidate_unlock", Parity.Full)]
    [Releases("mapping->invalidate_lock")]
    public static void filemap_invalidate_unlock(address_space* mapping) => up_write(&mapping->invalidate_lock);

    [KernelSource("include/linux/fs.h", "filemap_invalidate_lock_shared", Parity.Full)]
    [AcquiresShared("mapping->invalidate_lock"), MightSleep]
    public static void filemap_invalidate_lock_shared(address_space* mapping) => down_read(&mapping->invalidate_lock);

    [KernelSource("include/linux/fs.h", "filemap_invalidate_trylock_shared", Parity.Full)]
    [TryAcquires(Result.True, "mapping->invalidate_lock", Shared = true)]
    public static bool filemap_invalidate_trylock_shared(address_space* mapping) => down_read_trylock(&mapping->invalidate_lock);

    [KernelSource("include/linux/fs.h", "filemap_invalidate_unlock_shared", Parity.Full)]
    [Releases("mapping->invalidate_lock")]
    public static void filemap_invalidate_unlock_shared(address_space* mapping) => up_read(&mapping->invalidate_lock);

    [KernelSource("include/linux/fs.h", "inode_lock", Parity.Full)]
    [Acquires("inode->i_rwsem"), MightSleep]
    public static void inode_lock(inode* inode) => down_write(&inode->i_rwsem);

    [KernelSource("include/linux/fs.h", "inode_unlock", Parity.Full)]
    [Releases("inode->i_rwsem")]
    public static void inode_unlock(inode* inode) => up_write(&inode->i_rwsem);

    [KernelSource("include/linux/fs.h", "inode_lock_shared", Parity.Full)]
    [AcquiresShared("inode->i_rwsem"), MightSleep]
    public static void inode_lock_shared(inode* inode) => down_read(&inode->i_rwsem);

    [KernelSource("include/linux/fs.h", "inode_unlock_shared", Parity.Full)]
    [Releases("inode->i_rwsem")]
    public static void inode_unlock_shared(inode* inode) => up_read(&inode->i_rwsem);

    [KernelSource("include/linux/fs.h", "i_blocksize", Parity.Full)]
    public static uint i_blocksize(inode* node) => 1u << node->i_blkbits;

    [KernelSource("include/linux/fs.h", "mark_inode_dirty", Parity.Full)]
    public static void mark_inode_dirty(inode* inode) => __mark_inode_dirty(inode, (int)I_DIRTY);

    [KernelSource("include/linux/fs.h", "mark_inode_dirty_sync", Parity.Full)]
    public static void mark_inode_dirty_sync(inode* inode) => __mark_inode_dirty(inode, (int)I_DIRTY_SYNC);
}
