// SPDX-License-Identifier: GPL-2.0-only
// mm/shmem.c: a page of a file, faults, and inodes.
using static Linux.linux_fs_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_pagemap_h;
using static Linux.linux_shmem_fs_h;
using static Linux.linux_userfaultfd_k_h;
using static Linux.linux_wait_h;
using static Linux.mm_internal_h;

namespace Linux;

public static unsafe partial class mm_shmem_c
{
    /// <summary>
    /// A page of the file, locked, with a reference: from the cache, from swap, or a new one. vmf and fault_type come from
    /// shmem_fault() alone. A new page is not marked dirty; one from swap is, as its slot is freed.
    /// </summary>
    [KernelSource(C, "shmem_get_folio_gfp", Parity.Reduced, "tmpfs has folios of single pages: no huge allocation and nothing to be split behind the end of the file")]
    [TryAcquires(Result.Zero, "*foliop->PG_locked", OrNull = true)]
    private static int shmem_get_folio_gfp(inode* inode, pgoff_t index, loff_t write_end, folio** foliop, sgp_type sgp, gfp_t gfp,
        vm_fault* vmf, vm_fault_t* fault_type)
    {
        vm_area_struct* vma = vmf != null ? vmf->vma : null;
        int error;

        if (WARN_ON_ONCE(!shmem_mapping(inode->i_mapping)))
            return -EINVAL;

        if (index > (ulong)MAX_LFS_FILESIZE >> PAGE_SHIFT)
            return -EFBIG;
    repeat:
        if (sgp <= sgp_type.SGP_CACHE && (loff_t)(index << PAGE_SHIFT) >= i_size_read(inode))
            return -EINVAL;

        bool alloced = false;
        mm_struct* fault_mm = vma != null ? vma->vm_mm : null;

        folio* folio = (folio*)filemap_get_entry(inode->i_mapping, index);
        if (folio != null && vma != null && userfaultfd_minor(vma))
        {
            if (!xa_is_value(folio))
                folio_put(folio);
            *fault_type = handle_userfault(vmf, VM_UFFD_MINOR);
            return 0;
        }

        if (xa_is_value(folio))
        {
            error = shmem_swapin_folio(inode, index, &folio, sgp, gfp, vma, fault_type);
            if (error == -EEXIST)
                goto repeat;

            *foliop = folio;
            return error;
        }

        if (folio != null)
        {
            folio_lock(folio);

            // Truncation, or reclaim with the swap cache, was faster with the lock.
            if (folio->mapping != inode->i_mapping)
            {
                folio_unlock(folio);
                folio_put(folio);
                goto repeat;
            }

            if (sgp == sgp_type.SGP_WRITE)
                folio_mark_accessed(folio);
            if (folio_test_uptodate(folio))
                goto @out;
            // Reserved by fallocate(), and not cleared yet.
            if (sgp != sgp_type.SGP_READ)
                goto clear;
            folio_unlock(folio);
            folio_put(folio);
        }

        // A hole, then, is what the caller makes of it.
        *foliop = null;
        if (sgp == sgp_type.SGP_READ)
            return 0;
        if (sgp == sgp_type.SGP_NOALLOC)
            return -ENOENT;

        if (vma != null && userfaultfd_missing(vma))
        {
            *fault_type = handle_userfault(vmf, VM_UFFD_MISSING);
            return 0;
        }

        // No order but 0 is allowed.
        ulong orders = shmem_allowable_huge_orders(inode, vma, index, write_end, false);

        folio = shmem_alloc_and_add_folio(vmf, gfp, inode, index, fault_mm, orders);
        if (IS_ERR(folio))
        {
            error = PTR_ERR(folio);
            if (error == -EEXIST)
                goto repeat;
            folio = null;
            goto unlock;
        }

        alloced = true;

        if (sgp == sgp_type.SGP_WRITE)
            folio_set_referenced(folio);
        // A new page of fallocate() need not be cleared either.
        if (sgp == sgp_type.SGP_FALLOC)
            sgp = sgp_type.SGP_WRITE;
    clear:
        // A writer clears what it does not fill. fallocate() on a page of an earlier one clears it: undoing this one is
        // not to take it away.
        if (sgp != sgp_type.SGP_WRITE && !folio_test_uptodate(folio))
        {
            long n = (long)folio_nr_pages(folio);

            for (long i = 0; i < n; i++)
                clear_highpage(folio_page(folio, (ulong)i));
            flush_dcache_folio(folio);
            folio_mark_uptodate(folio);
        }

        // The size was first looked at without the folio's lock.
        if (sgp <= sgp_type.SGP_CACHE && (loff_t)(index << PAGE_SHIFT) >= i_size_read(inode))
        {
            error = -EINVAL;
            goto unlock;
        }

    @out:
        *foliop = folio;
        return 0;

    unlock:
        if (alloced)
            filemap_remove_folio(folio);
        shmem_recalc_inode(inode, 0, 0);
        if (folio != null)
        {
            folio_unlock(folio);
            folio_put(folio);
        }

        return error;
    }

    /// <summary>
    /// A page of the file, locked, with a reference; for a hole null, -ENOENT or a new page, as sgp says. Who changes its
    /// contents marks it dirty before it is unlocked.
    /// </summary>
    [KernelSource(C, "shmem_get_folio", Parity.Full)]
    [TryAcquires(Result.Zero, "*foliop->PG_locked", OrNull = true)]
    public static int shmem_get_folio(inode* inode, pgoff_t index, loff_t write_end, folio** foliop, sgp_type sgp) =>
        shmem_get_folio_gfp(inode, index, write_end, foliop, sgp, mapping_gfp_mask(inode->i_mapping), null, null);

    // The entry goes off the queue whether or not its task was woken by it: the queue is gone soon.
    [KernelSource(C, "synchronous_wake_function", Parity.Full)]
    private static int synchronous_wake_function(wait_queue_entry* wait, uint mode, int sync, void* key)
    {
        int ret = default_wake_function(wait, mode, sync, key);
        list_del_init(&wait->entry);
        return ret;
    }

    // A fault into a hole that is being punched waits until that is over: else faults could keep up with it for ever.
    [KernelSource(C, "shmem_falloc_wait", Parity.Full)]
    [Excludes("inode->i_lock")]
    private static vm_fault_t shmem_falloc_wait(vm_fault* vmf, inode* inode)
    {
        @file* fpin = null;
        vm_fault_t ret = 0;

        spin_lock(&inode->i_lock);
        shmem_falloc* shmem_falloc = (shmem_falloc*)inode->i_private;
        if (shmem_falloc != null && shmem_falloc->waitq != null && vmf->pgoff >= shmem_falloc->start && vmf->pgoff < shmem_falloc->next)
        {
            wait_queue_entry shmem_fault_wait;

            init_wait_func(&shmem_fault_wait, &synchronous_wake_function);
            ret = VM_FAULT_NOPAGE;
            fpin = maybe_unlock_mmap_for_io(vmf, null);
            wait_queue_head* shmem_falloc_waitq = shmem_falloc->waitq;
            prepare_to_wait(shmem_falloc_waitq, &shmem_fault_wait, TASK_UNINTERRUPTIBLE);
            spin_unlock(&inode->i_lock);
            schedule();

            // The queue was on the stack of who punched the hole. finish_wait() does not look at it when our entry is off
            // it, and i_lock keeps the waker, who takes it off, until it is done.
            spin_lock(&inode->i_lock);
            finish_wait(shmem_falloc_waitq, &shmem_fault_wait);
        }

        spin_unlock(&inode->i_lock);
        if (fpin != null)
        {
            fput(fpin);
            ret = VM_FAULT_RETRY;
        }

        return ret;
    }

    [KernelSource(C, "shmem_fault", Parity.Full)]
    [TryAcquires(Result.NonZero, "folio.PG_locked", OrNull = true)]
    private static vm_fault_t shmem_fault(vm_fault* vmf)
    {
        inode* inode = file_inode(vmf->vma->vm_file);
        gfp_t gfp = mapping_gfp_mask(inode->i_mapping);
        folio* folio = null;
        vm_fault_t ret = 0;

        if (inode->i_private != null)
        {
            ret = shmem_falloc_wait(vmf, inode);
            if (ret != 0)
                return ret;
        }

        WARN_ON_ONCE(vmf->page != null);
        int err = shmem_get_folio_gfp(inode, vmf->pgoff, 0, &folio, sgp_type.SGP_CACHE, gfp, vmf, &ret);
        if (err != 0)
            return vmf_error(err);
        if (folio != null)
        {
            vmf->page = folio_file_page(folio, vmf->pgoff);
            ret |= VM_FAULT_LOCKED;
        }

        return ret;
    }

    [KernelSource(C, "shmem_get_pgoff_policy", Parity.Full)]
    private static mempolicy* shmem_get_pgoff_policy(shmem_inode_info* info, pgoff_t index, uint order, pgoff_t* ilx)
    {
        *ilx = 0;
        return null;
    }

    [KernelSource(C, "shmem_mmap", Parity.Full)]
    private static int shmem_mmap(@file* file, vm_area_struct* vma)
    {
        inode* inode = file_inode(file);

        file_accessed(file);
        // What has no name any more when it is mapped shows as anonymous shared memory.
        if (inode->i_nlink != 0)
            vma->vm_ops = shmem_vm_ops;
        else
            vma->vm_ops = shmem_anon_vm_ops;
        return 0;
    }

    [KernelSource(C, "shmem_file_open", Parity.Reduced, "sizes of 64 bits are always asked for")]
    private static int shmem_file_open(inode* inode, @file* file)
    {
        file->f_mode |= FMODE_CAN_ODIRECT;
        return 0;
    }

    [KernelSource(C, "__shmem_get_inode", Parity.Reduced, "no extended attributes, ACLs, inherited flags, links or special files; entries of directories have no offsets")]
    [ReturnsOwned]
    private static inode* __shmem_get_inode(super_block* sb, inode* dir, umode_t mode, dev_t dev, ulong flags)
    {
        shmem_sb_info* sbinfo = SHMEM_SB(sb);
        ulong ino;

        int err = shmem_reserve_inode(sb, &ino);
        if (err != 0)
            return (inode*)ERR_PTR(err);

        inode* inode = new_inode(sb);
        if (inode == null)
        {
            shmem_free_inode(sb, 0);
            return (inode*)ERR_PTR(-ENOSPC);
        }

        inode->i_ino = ino;
        inode_init_owner(inode, dir, mode);
        inode->i_blocks = 0;
        simple_inode_init_ts(inode);
        inode->i_generation = get_random_u32();
        shmem_inode_info* info = SHMEM_I(inode);
        memset(info, 0, (ulong)((byte*)inode - (byte*)info));
        spin_lock_init(&info->@lock);
        atomic_set(&info->stop_eviction, 0);
        info->seals = F_SEAL_SEAL;
        info->flags = flags & VM_NORESERVE;
        info->i_crtime = inode_get_mtime(inode);
        INIT_LIST_HEAD(&info->shrinklist);
        INIT_LIST_HEAD(&info->swaplist);
        if (sbinfo->noswap)
            mapping_set_unevictable(inode->i_mapping);

        switch (mode & S_IFMT)
        {
            case S_IFREG:
                inode->i_mapping->a_ops = shmem_aops;
                inode->i_op = shmem_inode_operations;
                inode->i_fop = shmem_file_operations;
                break;
            case S_IFDIR:
                inc_nlink(inode);
                // For . and ..: there are programs that a directory of size 0 confuses.
                inode->i_size = 2 * BOGO_DIRENT_SIZE;
                inode->i_op = shmem_dir_inode_operations;
                break;
        }

        return inode;
    }

    [KernelSource(C, "shmem_get_inode", Parity.Full)]
    [ReturnsOwned]
    private static inode* shmem_get_inode(super_block* sb, inode* dir, umode_t mode, dev_t dev, ulong flags) =>
        __shmem_get_inode(sb, dir, mode, dev, flags);
}
