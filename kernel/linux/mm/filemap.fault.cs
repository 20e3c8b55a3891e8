// SPDX-License-Identifier: GPL-2.0-only
// mm/filemap.c: faults in mappings of files.
using static Linux.linux_fs_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_mm_h;
using static Linux.linux_mm_types_h;
using static Linux.linux_pagemap_h;
using static Linux.linux_pgtable_h;
using static Linux.mm_internal_h;

namespace Linux;

public static unsafe partial class mm_filemap_c
{
    private const int MMAP_LOTSAMISS = 100;

    // Locks the folio; 0 when the fault has to be tried again, with or without the fault's lock as fpin says.
    [KernelSource(C, "lock_folio_maybe_drop_mmap", Parity.Full)]
    [TryAcquires(Result.True, "folio->PG_locked")]
    [ConsumesRef("*fpin"), GetsRef("*fpin")]
    private static bool lock_folio_maybe_drop_mmap(vm_fault* vmf, folio* folio, @file** fpin)
    {
        if (folio_trylock(folio))
            return true;

        if ((vmf->flags & FAULT_FLAG_RETRY_NOWAIT) != 0)
            return false;

        *fpin = maybe_unlock_mmap_for_io(vmf, *fpin);
        if ((vmf->flags & FAULT_FLAG_KILLABLE) != 0)
        {
            if (__folio_lock_killable(folio) != 0)
            {
                // A retry without fpin means that the lock is dropped, too.
                if (*fpin == null)
                    release_fault_lock(vmf);
                return false;
            }
        }
        else
        {
            __folio_lock(folio);
        }

        return true;
    }

    // The page is not there: reads around it, unless most faults miss.
    [KernelSource(C, "do_sync_mmap_readahead", Parity.Full)]
    [ReturnsOwned]
    private static @file* do_sync_mmap_readahead(vm_fault* vmf)
    {
        @file* file = vmf->vma->vm_file;
        file_ra_state* ra = &file->f_ra;
        address_space* mapping = file->f_mapping;
        readahead_control ractl = DEFINE_READAHEAD(file, ra, mapping, vmf->pgoff);
        @file* fpin = null;
        vm_flags_t vm_flags = vmf->vma->vm_flags;

        // Advised to be huge: by whole huge folios, even where nothing is to be read ahead.
        if ((vm_flags & VM_HUGEPAGE) != 0 && HPAGE_PMD_ORDER <= MAX_PAGECACHE_ORDER)
        {
            fpin = maybe_unlock_mmap_for_io(vmf, fpin);
            ractl._index &= ~((ulong)HPAGE_PMD_NR - 1);
            ra->size = HPAGE_PMD_NR;
            // Two, so that the second is read ahead.
            if ((vm_flags & VM_RAND_READ) == 0)
                ra->size *= 2;
            ra->async_size = HPAGE_PMD_NR;
            ra->order = HPAGE_PMD_ORDER;
            page_cache_ra_order(&ractl, ra);
            return fpin;
        }

        // Random access, as madvise() said: this page alone. For code it is read around all the same.
        if ((vm_flags & (VM_RAND_READ | VM_EXEC)) == VM_RAND_READ)
            return fpin;
        if (ra->ra_pages == 0)
            return fpin;

        if ((vm_flags & VM_SEQ_READ) != 0)
        {
            fpin = maybe_unlock_mmap_for_io(vmf, fpin);
            page_cache_sync_ra(&ractl, ra->ra_pages);
            return fpin;
        }

        // At its most it is not stored again: other CPUs' faults have the cache line, too.
        ushort mmap_miss = READ_ONCE(&ra->mmap_miss);
        if (mmap_miss < MMAP_LOTSAMISS * 10)
            WRITE_ONCE(&ra->mmap_miss, ++mmap_miss);

        // Reading around has not paid in this file: most faults missed all the same.
        if (mmap_miss > MMAP_LOTSAMISS)
            return fpin;

        if ((vm_flags & VM_EXEC) != 0)
        {
            // Code: the window starts at the fault and stays within the mapping.
            vm_area_struct* vma = vmf->vma;
            ulong start = vma->vm_pgoff;
            ulong end = start + vma_pages(vma);

            ra->order = 0;
            ra->start = Math.Max(vmf->pgoff, start);
            ulong ra_end = Math.Min(ra->start + ra->ra_pages, end);
            ra->size = (uint)(ra_end - ra->start);
            ra->async_size = 0;
        }
        else
        {
            // Around the fault: half the window lies before it.
            ra->start = (ulong)Math.Max(0, (long)(vmf->pgoff - ra->ra_pages / 2));
            ra->size = ra->ra_pages;
            ra->async_size = ra->ra_pages / 4;
            ra->order = 0;
        }

        fpin = maybe_unlock_mmap_for_io(vmf, fpin);
        ractl._index = ra->start;
        page_cache_ra_order(&ractl, ra);
        return fpin;
    }

    // The page is there: a hit, and maybe the mark that starts the next window.
    [KernelSource(C, "do_async_mmap_readahead", Parity.Full)]
    [ReturnsOwned]
    private static @file* do_async_mmap_readahead(vm_fault* vmf, folio* folio)
    {
        @file* file = vmf->vma->vm_file;
        file_ra_state* ra = &file->f_ra;
        readahead_control ractl = DEFINE_READAHEAD(file, ra, file->f_mapping, vmf->pgoff);
        @file* fpin = null;

        // Random access, as madvise() said, or a device without readahead.
        if ((vmf->vma->vm_flags & VM_RAND_READ) != 0 || ra->ra_pages == 0)
            return fpin;

        // One that is still being read was a miss of another fault, which counted it.
        if (!folio_test_locked(folio))
        {
            ushort mmap_miss = READ_ONCE(&ra->mmap_miss);
            if (mmap_miss != 0)
                WRITE_ONCE(&ra->mmap_miss, --mmap_miss);
        }

        if (folio_test_readahead(folio))
        {
            fpin = maybe_unlock_mmap_for_io(vmf, fpin);
            page_cache_async_ra(&ractl, folio, ra->ra_pages);
        }

        return fpin;
    }

    // In a locked VMA the page may have been mapped again before the fault got here: no reason to read it.
    [KernelSource(C, "filemap_fault_recheck_pte_none", Parity.Full)]
    [Excludes("vmf->ptl")]
    private static vm_fault_t filemap_fault_recheck_pte_none(vm_fault* vmf)
    {
        vm_area_struct* vma = vmf->vma;
        vm_fault_t ret = 0;

        if ((vma->vm_flags & VM_LOCKED) == 0)
            return 0;

        if ((vmf->flags & FAULT_FLAG_ORIG_PTE_VALID) == 0)
            return 0;

        pte_t* ptep = pte_offset_map_ro_nolock(vma->vm_mm, vmf->pmd, vmf->address, &vmf->ptl);
        if (ptep == null)
            return VM_FAULT_NOPAGE;

        if (!pte_none(ptep_get_lockless(ptep)))
        {
            ret = VM_FAULT_NOPAGE;
        }
        else
        {
            spin_lock(vmf->ptl);
            if (!pte_none(ptep_get(ptep)))
                ret = VM_FAULT_NOPAGE;
            spin_unlock(vmf->ptl);
        }

        pte_unmap(ptep);
        return ret;
    }

    private static ulong file_pages(inode* inode) => ((ulong)i_size_read(inode) + PAGE_SIZE - 1) >> PAGE_SHIFT;

    /// <summary>Gets the page of a fault: locked, uptodate and referenced. VM_FAULT_RETRY says that the fault's lock is dropped.</summary>
    [KernelSource(C, "filemap_fault", Parity.Full)]
    [TryAcquires(Result.NonZero, "folio.PG_locked", OrNull = true)]
    public static vm_fault_t filemap_fault(vm_fault* vmf)
    {
        @file* file = vmf->vma->vm_file;
        @file* fpin = null;
        address_space* mapping = file->f_mapping;
        inode* inode = mapping->host;
        pgoff_t index = vmf->pgoff;
        vm_fault_t ret = 0;
        bool mapping_locked = false;

        pgoff_t max_idx = file_pages(inode);
        if (index >= max_idx)
            return VM_FAULT_SIGBUS;

        folio* folio = filemap_get_folio(mapping, index);
        if (!IS_ERR(folio))
        {
            // Readahead is started first: it may take long until the lock is ours.
            if ((vmf->flags & FAULT_FLAG_TRIED) == 0)
                fpin = do_async_mmap_readahead(vmf, folio);
            if (!folio_test_uptodate(folio))
            {
                filemap_invalidate_lock_shared(mapping);
                mapping_locked = true;
            }

            goto found;
        }

        ret = filemap_fault_recheck_pte_none(vmf);
        if (ret != 0)
            return ret;

        // Not cached: the fault has to read.
        count_vm_event(PGMAJFAULT);
        count_memcg_event_mm(vmf->vma->vm_mm, PGMAJFAULT);
        ret = VM_FAULT_MAJOR;
        fpin = do_sync_mmap_readahead(vmf);
    retry_find:
        // Against truncation and hole punching, which must not leave a folio behind that was added meanwhile.
        if (!mapping_locked)
        {
            filemap_invalidate_lock_shared(mapping);
            mapping_locked = true;
        }

        folio = __filemap_get_folio(mapping, index, FGP_CREAT | FGP_FOR_MMAP, vmf->gfp_mask);
        if (IS_ERR(folio))
        {
            if (fpin != null)
                goto out_retry;
            filemap_invalidate_unlock_shared(mapping);
            return VM_FAULT_OOM;
        }

    found:
        if (!lock_folio_maybe_drop_mmap(vmf, folio, &fpin))
            goto out_retry;

        // Truncation was faster with the lock.
        if (folio->mapping != mapping)
        {
            folio_unlock(folio);
            folio_put(folio);
            goto retry_find;
        }

        VM_BUG_ON_FOLIO(!folio_contains(folio, index), folio);

        // In the cache and not uptodate: being read in, it was, and failed; or by a read that has only just begun.
        if (!folio_test_uptodate(folio))
        {
            // The invalidate lock is needed to read it here.
            if (!mapping_locked)
            {
                folio_unlock(folio);
                folio_put(folio);
                goto retry_find;
            }

            goto page_not_uptodate;
        }

        // The fault's lock was dropped on the way: the fault starts again, and finds the page.
        if (fpin != null)
        {
            folio_unlock(folio);
            goto out_retry;
        }

        if (mapping_locked)
            filemap_invalidate_unlock_shared(mapping);

        // Found the page and have a reference on it. The size is looked at again under the folio's lock.
        max_idx = file_pages(inode);
        if (index >= max_idx)
        {
            folio_unlock(folio);
            folio_put(folio);
            return VM_FAULT_SIGBUS;
        }

        vmf->page = folio_file_page(folio, index);
        return ret | VM_FAULT_LOCKED;

    page_not_uptodate:
        // Tries once more by itself; an error that stays is reported.
        fpin = maybe_unlock_mmap_for_io(vmf, fpin);
        int error = filemap_read_folio(file, mapping->a_ops->read_folio, folio);
        if (fpin != null)
            goto out_retry;
        folio_put(folio);

        if (error == 0 || error == AOP_TRUNCATED_PAGE)
            goto retry_find;
        filemap_invalidate_unlock_shared(mapping);

        return VM_FAULT_SIGBUS;

    out_retry:
        // The fault's lock is dropped: what the retry needs is in the cache by then.
        if (!IS_ERR(folio))
            folio_put(folio);
        if (mapping_locked)
            filemap_invalidate_unlock_shared(mapping);
        if (fpin != null)
            fput(fpin);
        return ret | VM_FAULT_RETRY;
    }

    [KernelSource(C, "filemap_map_pmd", Parity.Full)]
    [TryReleases(Result.True, "folio->PG_locked")]
    private static bool filemap_map_pmd(vm_fault* vmf, folio* folio, pgoff_t start)
    {
        mm_struct* mm = vmf->vma->vm_mm;

        if (pmd_trans_huge(*vmf->pmd))
        {
            folio_unlock(folio);
            folio_put(folio);
            return true;
        }

        if (pmd_none(*vmf->pmd) && folio_test_pmd_mappable(folio))
        {
            page* page = folio_file_page(folio, start);
            if (do_set_pmd(vmf, folio, page) == 0)
            {
                // The mapping has the reference now.
                folio_unlock(folio);
                return true;
            }
        }

        if (pmd_none(*vmf->pmd) && vmf->prealloc_pte != null)
            pmd_install(mm, vmf->pmd, &vmf->prealloc_pte);

        return false;
    }

    // The next folio that can be mapped as it is: uptodate and not locked by anybody. It comes locked.
    [KernelSource(C, "next_uptodate_folio", Parity.Full)]
    [TryAcquires(Result.NonNull, "return->PG_locked")]
    private static folio* next_uptodate_folio(xa_state* xas, address_space* mapping, pgoff_t end_pgoff)
    {
        folio* folio = (folio*)xas_next_entry(xas, end_pgoff);

        do
        {
            if (folio == null)
                return null;
            if (xas_retry(xas, folio))
                continue;
            if (xa_is_value(folio))
                continue;
            if (!folio_try_get(folio))
                continue;
            if (folio_test_locked(folio))
                goto skip;
            // The slot may have got another folio before the reference was taken.
            if (folio != xas_reload(xas))
                goto skip;
            // The mark is left for a fault that looks at it.
            if (!folio_test_uptodate(folio) || folio_test_readahead(folio))
                goto skip;
            if (!folio_trylock(folio))
                goto skip;
            if (folio->mapping != mapping)
                goto unlock;
            if (!folio_test_uptodate(folio))
                goto unlock;
            if (xas->xa_index >= file_pages(mapping->host))
                goto unlock;
            return folio;
        unlock:
            folio_unlock(folio);
        skip:
            folio_put(folio);
        }
        while ((folio = (folio*)xas_next_entry(xas, end_pgoff)) != null);

        return null;
    }

    // Pages of a large folio, from start on: all of it if it lies in the file, the VMA and one page table.
    [KernelSource(C, "filemap_map_folio_range", Parity.Full)]
    [RequiresPreemptOff]
    private static vm_fault_t filemap_map_folio_range(vm_fault* vmf, folio* folio, ulong start, ulong addr, uint nr_pages,
        ulong* rss, ushort* mmap_miss, pgoff_t file_end)
    {
        address_space* mapping = folio->mapping;
        int ref_from_caller = 1;
        vm_fault_t ret = 0;
        page* page = folio_page(folio, start);
        uint count = 0;
        pte_t* old_ptep = vmf->pte;

        ulong addr0 = addr - start * PAGE_SIZE;
        if ((file_end >= folio_next_index(folio) || shmem_mapping(mapping)) &&
            folio_within_vma(folio, vmf->vma) &&
            (addr0 & PMD_MASK) == ((addr0 + folio_size(folio) - 1) & PMD_MASK))
        {
            vmf->pte -= start;
            page -= start;
            addr = addr0;
            nr_pages = (uint)folio_nr_pages(folio);
        }

        do
        {
            if (PageHWPoison(page + count))
                goto skip;

            // A folio that was evicted and came back is no sign that readahead hits.
            if (!folio_test_workingset(folio))
                (*mmap_miss)++;

            // A marker of userfaultfd is left for the fault itself.
            if (!pte_none(ptep_get(&vmf->pte[count])))
                goto skip;

            count++;
            continue;
        skip:
            if (count != 0)
            {
                set_pte_range(vmf, folio, page, count, addr);
                *rss += count;
                folio_ref_add(folio, (int)count - ref_from_caller);
                ref_from_caller = 0;
                if (in_range(vmf->address, addr, count * PAGE_SIZE))
                    ret = VM_FAULT_NOPAGE;
            }

            count++;
            page += count;
            vmf->pte += count;
            addr += count * PAGE_SIZE;
            count = 0;
        }
        while (--nr_pages > 0);

        if (count != 0)
        {
            set_pte_range(vmf, folio, page, count, addr);
            *rss += count;
            folio_ref_add(folio, (int)count - ref_from_caller);
            ref_from_caller = 0;
            if (in_range(vmf->address, addr, count * PAGE_SIZE))
                ret = VM_FAULT_NOPAGE;
        }

        vmf->pte = old_ptep;
        // Nothing took the caller's reference over; as the folio is locked, it stays.
        if (ref_from_caller != 0)
            folio_ref_dec(folio);

        return ret;
    }

    [KernelSource(C, "filemap_map_order0_folio", Parity.Full)]
    [RequiresPreemptOff]
    private static vm_fault_t filemap_map_order0_folio(vm_fault* vmf, folio* folio, ulong addr, ulong* rss, ushort* mmap_miss)
    {
        vm_fault_t ret = 0;
        page* page = &folio->page;

        // A page that was evicted and came back is no sign that readahead hits.
        if (!folio_test_workingset(folio))
            (*mmap_miss)++;

        // A marker of userfaultfd is left for the fault itself.
        if (!pte_none(ptep_get(vmf->pte)))
            goto @out;

        if (vmf->address == addr)
            ret = VM_FAULT_NOPAGE;

        set_pte_range(vmf, folio, page, 1, addr);
        (*rss)++;
        return ret;

    @out:
        // Nothing took the caller's reference over.
        folio_ref_dec(folio);
        return ret;
    }

    /// <summary>Maps what is cached of these pages around a fault. VM_FAULT_NOPAGE when the page of the fault was among them.</summary>
    [KernelSource(C, "filemap_map_pages", Parity.Full)]
    public static vm_fault_t filemap_map_pages(vm_fault* vmf, pgoff_t start_pgoff, pgoff_t end_pgoff)
    {
        vm_area_struct* vma = vmf->vma;
        @file* file = vma->vm_file;
        address_space* mapping = file->f_mapping;
        pgoff_t last_pgoff = start_pgoff;
        xa_state xas = XA_STATE(&mapping->i_pages, start_pgoff);
        vm_fault_t ret = 0;
        ulong rss = 0;
        ushort mmap_miss = 0;

        rcu_read_lock();
        folio* folio = next_uptodate_folio(&xas, mapping, end_pgoff);
        if (folio == null)
            goto @out;

        pgoff_t file_end = file_pages(mapping->host) - 1;
        end_pgoff = Math.Min(end_pgoff, file_end);

        // By a PMD only what is in the file as a whole: beyond its end is SIGBUS.
        if ((file_end >= folio_next_index(folio) || shmem_mapping(mapping)) && filemap_map_pmd(vmf, folio, start_pgoff))
        {
            ret = VM_FAULT_NOPAGE;
            goto @out;
        }

        ulong addr = vma->vm_start + ((start_pgoff - vma->vm_pgoff) << PAGE_SHIFT);
        vmf->pte = pte_offset_map_lock(vma->vm_mm, vmf->pmd, addr, &vmf->ptl);
        if (vmf->pte == null)
        {
            folio_unlock(folio);
            folio_put(folio);
            goto @out;
        }

        int folio_type = mm_counter_file(folio);
        do
        {
            addr += (xas.xa_index - last_pgoff) << PAGE_SHIFT;
            vmf->pte += xas.xa_index - last_pgoff;
            last_pgoff = xas.xa_index;

            ulong end = folio_next_index(folio) - 1;
            uint nr_pages = (uint)(Math.Min(end, end_pgoff) - xas.xa_index + 1);

            if (!folio_test_large(folio))
                ret |= filemap_map_order0_folio(vmf, folio, addr, &rss, &mmap_miss);
            else
                ret |= filemap_map_folio_range(vmf, folio, xas.xa_index - folio->index, addr, nr_pages, &rss, &mmap_miss, file_end);

            folio_unlock(folio);
        }
        while ((folio = next_uptodate_folio(&xas, mapping, end_pgoff)) != null);
        add_mm_counter(vma->vm_mm, folio_type, (long)rss);
        pte_unmap_unlock(vmf->pte, vmf->ptl);
    @out:
        rcu_read_unlock();

        ushort mmap_miss_saved = READ_ONCE(&file->f_ra.mmap_miss);
        if (mmap_miss >= mmap_miss_saved)
            WRITE_ONCE(&file->f_ra.mmap_miss, (ushort)0);
        else
            WRITE_ONCE(&file->f_ra.mmap_miss, (ushort)(mmap_miss_saved - mmap_miss));

        return ret;
    }

    /// <summary>A page of a shared mapping is about to become writable: it is dirty from here on.</summary>
    [KernelSource(C, "filemap_page_mkwrite", Parity.Reduced, "file systems are never frozen")]
    [TryAcquires(Result.NonZero, "folio.PG_locked", OrNull = true)]
    public static vm_fault_t filemap_page_mkwrite(vm_fault* vmf)
    {
        address_space* mapping = vmf->vma->vm_file->f_mapping;
        folio* folio = page_folio(vmf->page);
        vm_fault_t ret = VM_FAULT_LOCKED;

        file_update_time(vmf->vma->vm_file);
        folio_lock(folio);
        if (folio->mapping != mapping)
        {
            folio_unlock(folio);
            ret = VM_FAULT_NOPAGE;
            goto @out;
        }

        // Dirty under the folio's lock, so that writeback that comes now sees it.
        folio_mark_dirty(folio);
        folio_wait_stable(folio);
    @out:
        return ret;
    }

    public static readonly vm_operations_struct* generic_file_vm_ops = data(new vm_operations_struct
    {
        fault = &filemap_fault,
        map_pages = &filemap_map_pages,
        page_mkwrite = &filemap_page_mkwrite,
    });

    [KernelSource(C, "generic_file_mmap", Parity.Full)]
    public static int generic_file_mmap(@file* file, vm_area_struct* vma)
    {
        address_space* mapping = file->f_mapping;

        if (mapping->a_ops->read_folio == null)
            return -ENOEXEC;
        file_accessed(file);
        vma->vm_ops = generic_file_vm_ops;
        return 0;
    }

    [KernelSource(C, "generic_file_readonly_mmap", Parity.Full)]
    public static int generic_file_readonly_mmap(@file* file, vm_area_struct* vma)
    {
        if (vma_is_shared_maywrite(vma))
            return -EINVAL;
        return generic_file_mmap(file, vma);
    }
}
