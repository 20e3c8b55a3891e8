// SPDX-License-Identifier: GPL-2.0-only
// mm/shmem.c: what a tmpfs has of pages and inodes, and its page cache.
using static Linux.linux_fs_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_pagemap_h;
using static Linux.linux_percpu_counter_h;
using static Linux.linux_quotaops_h;
using static Linux.linux_shmem_fs_h;
using static Linux.linux_swap_h;
using static Linux.linux_swapops_h;
using static Linux.mm_internal_h;

namespace Linux;

/// <summary>What shmem_fallocate() tells shmem_fault() and shmem_writeout() through the inode's i_private, under i_lock.</summary>
public unsafe struct shmem_falloc
{
    public wait_queue_head* waitq; // who faults into a hole sleeps here until it is punched
    public pgoff_t start;
    public pgoff_t next; // where it is: pages before this one are there
    public pgoff_t nr_falloced;
    public pgoff_t nr_unswapped; // how often reclaim wanted one of them
}

/// <summary>Memory as files: tmpfs, and shared anonymous memory on a tmpfs of the kernel's own. Its pages go to swap.</summary>
public static unsafe partial class mm_shmem_c
{
    private const string C = "mm/shmem.c";

    private static vfsmount* shm_mnt;

    [KernelSource(C, "VM_ACCT", Parity.Full)]
    private static long VM_ACCT(long size) => (long)(PAGE_ALIGN((ulong)size) >> PAGE_SHIFT);

    // What an entry of a directory counts for in its size.
    private const long BOGO_DIRENT_SIZE = 20;

    // What an inode with its name counts for among the inodes' room.
    private const ulong BOGO_INODE_SIZE = 1024;

    [KernelSource(C, "shmem_default_max_blocks", Parity.Full)]
    private static ulong shmem_default_max_blocks() => totalram_pages() / 2;

    [KernelSource(C, "shmem_default_max_inodes", Parity.Full)]
    private static ulong shmem_default_max_inodes()
    {
        // No page is in high memory.
        ulong nr_pages = totalram_pages();

        return Math.Min(Math.Min(nr_pages, nr_pages / 2), ULONG_MAX / BOGO_INODE_SIZE);
    }

    [KernelSource(C, "SHMEM_SB", Parity.Full)]
    private static shmem_sb_info* SHMEM_SB(super_block* sb) => (shmem_sb_info*)sb->s_fs_info;

    // An object of a size that is known beforehand is promised as a whole, unless it asks not to be ...
    [KernelSource(C, "shmem_acct_size", Parity.Full)]
    private static int shmem_acct_size(ulong flags, loff_t size) =>
        (flags & VM_NORESERVE) != 0 ? 0 : security_vm_enough_memory_mm(current->mm, VM_ACCT(size));

    [KernelSource(C, "shmem_unacct_size", Parity.Full)]
    private static void shmem_unacct_size(ulong flags, loff_t size)
    {
        if ((flags & VM_NORESERVE) == 0)
            vm_unacct_memory(VM_ACCT(size));
    }

    [KernelSource(C, "shmem_reacct_size", Parity.Full)]
    private static int shmem_reacct_size(ulong flags, loff_t oldsize, loff_t newsize)
    {
        if ((flags & VM_NORESERVE) == 0)
        {
            if (VM_ACCT(newsize) > VM_ACCT(oldsize))
                return security_vm_enough_memory_mm(current->mm, VM_ACCT(newsize) - VM_ACCT(oldsize));
            else if (VM_ACCT(newsize) < VM_ACCT(oldsize))
                vm_unacct_memory(VM_ACCT(oldsize) - VM_ACCT(newsize));
        }

        return 0;
    }

    // ... while files on a tmpfs are promised page by page, so that they may have holes.
    [KernelSource(C, "shmem_acct_blocks", Parity.Full)]
    private static int shmem_acct_blocks(ulong flags, long pages)
    {
        if ((flags & VM_NORESERVE) == 0)
            return 0;

        return security_vm_enough_memory_mm(current->mm, pages * VM_ACCT((long)PAGE_SIZE));
    }

    [KernelSource(C, "shmem_unacct_blocks", Parity.Full)]
    private static void shmem_unacct_blocks(ulong flags, long pages)
    {
        if ((flags & VM_NORESERVE) != 0)
            vm_unacct_memory(pages * VM_ACCT((long)PAGE_SIZE));
    }

    /// <summary>Takes pages out of what the file system may have; -ENOSPC.</summary>
    [KernelSource(C, "shmem_inode_acct_blocks", Parity.Full)]
    private static int shmem_inode_acct_blocks(inode* inode, long pages)
    {
        shmem_inode_info* info = SHMEM_I(inode);
        shmem_sb_info* sbinfo = SHMEM_SB(inode->i_sb);
        int err = -ENOSPC;

        if (shmem_acct_blocks(info->flags, pages) != 0)
            return err;

        might_sleep(); // with quotas
        if (sbinfo->max_blocks != 0)
        {
            if (!percpu_counter_limited_add(&sbinfo->used_blocks, (long)sbinfo->max_blocks, pages))
                goto unacct;

            err = dquot_alloc_block_nodirty(inode, pages);
            if (err != 0)
            {
                percpu_counter_sub(&sbinfo->used_blocks, pages);
                goto unacct;
            }
        }
        else
        {
            err = dquot_alloc_block_nodirty(inode, pages);
            if (err != 0)
                goto unacct;
        }

        return 0;

    unacct:
        shmem_unacct_blocks(info->flags, pages);
        return err;
    }

    [KernelSource(C, "shmem_inode_unacct_blocks", Parity.Full)]
    [MightSleep]
    private static void shmem_inode_unacct_blocks(inode* inode, long pages)
    {
        shmem_inode_info* info = SHMEM_I(inode);
        shmem_sb_info* sbinfo = SHMEM_SB(inode->i_sb);

        might_sleep(); // with quotas
        dquot_free_block_nodirty(inode, pages);

        if (sbinfo->max_blocks != 0)
            percpu_counter_sub(&sbinfo->used_blocks, pages);
        shmem_unacct_blocks(info->flags, pages);
    }

    [KernelSource(C, "shmem_mapping", Parity.Full)]
    public static bool shmem_mapping(address_space* mapping) => mapping->a_ops == shmem_aops;

    [KernelSource(C, "vma_is_anon_shmem", Parity.Full)]
    public static bool vma_is_anon_shmem(vm_area_struct* vma) => vma->vm_ops == shmem_anon_vm_ops;

    [KernelSource(C, "vma_is_shmem", Parity.Full)]
    public static bool vma_is_shmem(vm_area_struct* vma) => vma_is_anon_shmem(vma) || vma->vm_ops == shmem_vm_ops;

    // Inodes that have, or had, pages in swap.
    private static readonly list_head* shmem_swaplist = linux_init_h.LIST_HEAD();
    private static readonly spinlock_t* shmem_swaplist_lock = bss<spinlock_t>();

    private const ulong SHMEM_INO_BATCH = 1024;

    /// <summary>Takes room for an inode and gives it a number; a further name of one takes room only.</summary>
    [KernelSource(C, "shmem_reserve_inode", Parity.Full)]
    [Excludes("shmem_sb_info.stat_lock")]
    private static int shmem_reserve_inode(super_block* sb, ulong* inop)
    {
        shmem_sb_info* sbinfo = SHMEM_SB(sb);
        ulong ino;

        if ((sb->s_flags & SB_KERNMOUNT) == 0)
        {
            raw_spin_lock(&sbinfo->stat_lock);
            if (sbinfo->max_inodes != 0)
            {
                if (sbinfo->free_ispace < BOGO_INODE_SIZE)
                {
                    raw_spin_unlock(&sbinfo->stat_lock);
                    return -ENOSPC;
                }

                sbinfo->free_ispace -= BOGO_INODE_SIZE;
            }

            if (inop != null)
            {
                ino = sbinfo->next_ino++;
                if (is_zero_ino(ino))
                    ino = sbinfo->next_ino++;
                if (!sbinfo->full_inums && ino > uint.MaxValue)
                {
                    // As numbers of 32 bits always did.
                    pr_warn($"shmem_reserve_inode: inode number overflow on device {sb->s_dev}, consider using inode64 mount option\n");
                    sbinfo->next_ino = 1;
                    ino = sbinfo->next_ino++;
                }

                *inop = ino;
            }

            raw_spin_unlock(&sbinfo->stat_lock);
        }
        else if (inop != null)
        {
            // Objects of the kernel's own have no limit, so the lock is wanted once in a batch only.
            ulong* next_ino = per_cpu_ptr(sbinfo->ino_batch, get_cpu());
            ino = *next_ino;
            if (ino % SHMEM_INO_BATCH == 0)
            {
                raw_spin_lock(&sbinfo->stat_lock);
                ino = sbinfo->next_ino;
                sbinfo->next_ino += SHMEM_INO_BATCH;
                raw_spin_unlock(&sbinfo->stat_lock);
                if (is_zero_ino(ino))
                    ino++;
            }

            *inop = ino;
            *next_ino = ++ino;
            put_cpu();
        }

        return 0;
    }

    [KernelSource(C, "shmem_free_inode", Parity.Full)]
    [Excludes("shmem_sb_info.stat_lock")]
    private static void shmem_free_inode(super_block* sb, ulong freed_ispace)
    {
        shmem_sb_info* sbinfo = SHMEM_SB(sb);

        if (sbinfo->max_inodes != 0)
        {
            raw_spin_lock(&sbinfo->stat_lock);
            sbinfo->free_ispace += BOGO_INODE_SIZE + freed_ispace;
            raw_spin_unlock(&sbinfo->stat_lock);
        }
    }

    /// <summary>
    /// Brings an inode's counts up to date with pages that came, went to swap, or were dropped behind our back. Normally
    /// alloced is nrpages and swapped together; what is more was freed. true when these are its first pages in swap.
    /// </summary>
    [KernelSource(C, "shmem_recalc_inode", Parity.Full)]
    [Excludes("shmem_inode_info.lock")]
    private static bool shmem_recalc_inode(inode* inode, long alloced, long swapped)
    {
        shmem_inode_info* info = SHMEM_I(inode);
        bool first_swapped = false;

        spin_lock(&info->@lock);
        info->alloced += (ulong)alloced;
        info->swapped += (ulong)swapped;
        long freed = (long)(info->alloced - info->swapped - READ_ONCE(&inode->i_mapping->nrpages));
        // Swap-out counts a page as swapped before it leaves the cache, lest another caller takes it for freed.
        if (swapped > 0)
        {
            if (info->swapped == (ulong)swapped)
                first_swapped = true;
            freed += swapped;
        }

        if (freed > 0)
            info->alloced -= (ulong)freed;
        spin_unlock(&info->@lock);

        // Quotas would sleep here.
        if (freed > 0)
            shmem_inode_unacct_blocks(inode, freed);
        return first_swapped;
    }

    // i_pages is locked.
    [KernelSource(C, "shmem_replace_entry", Parity.Full)]
    private static int shmem_replace_entry(address_space* mapping, pgoff_t index, void* expected, void* replacement)
    {
        xa_state xas = XA_STATE(&mapping->i_pages, index);

        VM_BUG_ON(expected == null);
        VM_BUG_ON(replacement == null);
        void* item = xas_load(&xas);
        if (item != expected)
            return -ENOENT;
        xas_store(&xas, replacement);
        return 0;
    }

    /// <summary>
    /// The order of a swap entry if it is still in the file, or -1. A locked folio of the swap cache does not say so: it may
    /// have been freed and used for the same slot again.
    /// </summary>
    [KernelSource(C, "shmem_confirm_swap", Parity.Full)]
    private static int shmem_confirm_swap(address_space* mapping, pgoff_t index, swp_entry_t swap)
    {
        xa_state xas = XA_STATE(&mapping->i_pages, index);
        int ret = -1;
        void* entry;

        rcu_read_lock();
        do
        {
            entry = xas_load(&xas);
            if (entry == swp_to_radix_entry(swap))
                ret = xas_get_order(&xas);
        } while (xas_retry(&xas, entry));
        rcu_read_unlock();
        return ret;
    }

    private const int SHMEM_HUGE_NEVER = 0;
    private const int SHMEM_HUGE_ALWAYS = 1;
    private const int SHMEM_HUGE_WITHIN_SIZE = 2;
    private const int SHMEM_HUGE_ADVISE = 3;

    [KernelSource(C, "shmem_unused_huge_shrink", Parity.Full)]
    private static ulong shmem_unused_huge_shrink(shmem_sb_info* sbinfo, shrink_control* sc, ulong nr_to_free) => 0;

    [KernelSource(C, "shmem_huge_global_enabled", Parity.Full)]
    private static uint shmem_huge_global_enabled(inode* inode, pgoff_t index, loff_t write_end, bool shmem_huge_force,
        vm_area_struct* vma, vm_flags_t vm_flags) => 0;

    [KernelSource(C, "shmem_update_stats", Parity.Full)]
    [RequiresIrqsOff]
    private static void shmem_update_stats(folio* folio, int nr_pages)
    {
        if (folio_test_pmd_mappable(folio))
            __lruvec_stat_mod_folio(folio, NR_SHMEM_THPS, nr_pages);
        __lruvec_stat_mod_folio(folio, NR_FILE_PAGES, nr_pages);
        __lruvec_stat_mod_folio(folio, NR_SHMEM, nr_pages);
    }

    /// <summary>Puts a locked folio in the place of what is expected there: a swap entry, or nothing. -EEXIST, -ENOMEM.</summary>
    [KernelSource(C, "shmem_add_to_page_cache", Parity.Full)]
    [MustHold("folio->PG_locked")]
    [Excludes("mapping->i_pages.xa_lock")]
    private static int shmem_add_to_page_cache(folio* folio, address_space* mapping, pgoff_t index, void* expected, gfp_t gfp)
    {
        xa_state xas = XA_STATE_ORDER(&mapping->i_pages, index, folio_order(folio));
        ulong nr = folio_nr_pages(folio);

        VM_BUG_ON_FOLIO(index != round_down(index, nr), folio);
        VM_BUG_ON_FOLIO(!folio_test_locked(folio), folio);
        VM_BUG_ON_FOLIO(!folio_test_swapbacked(folio), folio);

        folio_ref_add(folio, (int)nr);
        folio->mapping = mapping;
        folio->index = index;

        gfp &= GFP_RECLAIM_MASK;
        folio_throttle_swaprate(folio, gfp);
        swp_entry_t swap = radix_to_swp_entry(expected);

        do
        {
            swp_entry_t iter = swap;

            xas_lock_irq(&xas);
            for (void* entry = xas_find_conflict(&xas); entry != null; entry = xas_find_conflict(&xas))
            {
                // Nothing, or the expected entries one after the other.
                if (expected == null || entry != swp_to_radix_entry(iter))
                {
                    xas_set_err(&xas, -EEXIST);
                    goto unlock;
                }

                iter.val += 1UL << xas_get_order(&xas);
            }

            if (expected != null && iter.val - nr != swap.val)
            {
                xas_set_err(&xas, -EEXIST);
                goto unlock;
            }

            xas_store(&xas, folio);
            if (xas_error(&xas) != 0)
                goto unlock;
            shmem_update_stats(folio, (int)nr);
            mapping->nrpages += nr;
        unlock:
            xas_unlock_irq(&xas);
        } while (xas_nomem(&xas, gfp));

        if (xas_error(&xas) != 0)
        {
            folio->mapping = null;
            folio_ref_sub(folio, (int)nr);
            return xas_error(&xas);
        }

        return 0;
    }

    // A swap entry takes the folio's place.
    [KernelSource(C, "shmem_delete_from_page_cache", Parity.Full)]
    [Excludes("folio->mapping->i_pages.xa_lock")]
    private static void shmem_delete_from_page_cache(folio* folio, void* radswap)
    {
        address_space* mapping = folio->mapping;
        int nr = (int)folio_nr_pages(folio);

        xa_lock_irq(&mapping->i_pages);
        int error = shmem_replace_entry(mapping, folio->index, folio, radswap);
        folio->mapping = null;
        mapping->nrpages -= (ulong)nr;
        shmem_update_stats(folio, -nr);
        xa_unlock_irq(&mapping->i_pages);
        folio_put_refs(folio, nr);
        BUG_ON(error != 0);
    }
}
