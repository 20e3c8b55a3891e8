// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_fs_h;
using static Linux.linux_gfp_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_mm_h;
using static Linux.linux_pagemap_h;
using static Linux.linux_rmap_h;
using static Linux.linux_swapops_h;
using static Linux.linux_userfaultfd_k_h;
using static Linux.asm_tlb_h;
using static Linux.mm_internal_h;
using static Linux.mm_vma_h;

namespace Linux;

/// <summary>mm/userfaultfd.c: memory that a monitor fills in for the task it watches over.</summary>
public static unsafe partial class mm_userfaultfd_c
{
    private const string C = "mm/userfaultfd.c";

    [KernelSource(C, "validate_dst_vma", Parity.Full)]
    private static bool validate_dst_vma(vm_area_struct* dst_vma, ulong dst_end)
    {
        if (dst_end > dst_vma->vm_end)
            return false;

        // Registration has looked at VM_MAYWRITE: without it nothing may be filled in.
        if (dst_vma->vm_userfaultfd_ctx.ctx == null)
            return false;

        return true;
    }

    [KernelSource(C, "find_vma_and_prepare_anon", Parity.Full)]
    [MustHoldShared("mm->mmap_lock")]
    private static vm_area_struct* find_vma_and_prepare_anon(mm_struct* mm, ulong addr)
    {
        mmap_assert_locked(mm);
        vm_area_struct* vma = vma_lookup(mm, addr);
        if (vma == null)
            vma = (vm_area_struct*)ERR_PTR(-ENOENT);
        else if ((vma->vm_flags & VM_SHARED) == 0 && anon_vma_prepare(vma) != 0)
            vma = (vm_area_struct*)ERR_PTR(-ENOMEM);

        return vma;
    }

    // Called without the mmap lock; the VMA comes back with its own lock held for reading, and with an anon_vma.
    [KernelSource(C, "uffd_lock_vma", Parity.Full)]
    [Excludes("mm->mmap_lock")]
    private static vm_area_struct* uffd_lock_vma(mm_struct* mm, ulong address)
    {
        vm_area_struct* vma = lock_vma_under_rcu(mm, address);

        if (vma != null)
        {
            if ((vma->vm_flags & VM_SHARED) == 0 && vma->anon_vma == null)
                vma_end_read(vma);
            else
                return vma;
        }

        mmap_read_lock(mm);
        vma = find_vma_and_prepare_anon(mm, address);
        if (!IS_ERR(vma))
        {
            bool locked = vma_start_read_locked(vma);

            if (!locked)
                vma = (vm_area_struct*)ERR_PTR(-EAGAIN);
        }

        mmap_read_unlock(mm);
        return vma;
    }

    [KernelSource(C, "uffd_mfill_lock", Parity.Full)]
    private static vm_area_struct* uffd_mfill_lock(mm_struct* dst_mm, ulong dst_start, ulong len)
    {
        vm_area_struct* dst_vma = uffd_lock_vma(dst_mm, dst_start);

        if (IS_ERR(dst_vma) || validate_dst_vma(dst_vma, dst_start + len))
            return dst_vma;

        vma_end_read(dst_vma);
        return (vm_area_struct*)ERR_PTR(-ENOENT);
    }

    [KernelSource(C, "uffd_mfill_unlock", Parity.Full)]
    private static void uffd_mfill_unlock(vm_area_struct* vma) => vma_end_read(vma);

    // Under the lock of the page table: truncation takes it after it has set the size.
    [KernelSource(C, "mfill_file_over_size", Parity.Full)]
    private static bool mfill_file_over_size(vm_area_struct* dst_vma, ulong dst_addr)
    {
        if (dst_vma->vm_file == null)
            return false;

        inode* inode = dst_vma->vm_file->f_inode;
        pgoff_t offset = linear_page_index(dst_vma, dst_addr);
        pgoff_t max_off = DIV_ROUND_UP((ulong)i_size_read(inode), PAGE_SIZE);
        return offset >= max_off;
    }

    // Maps the page, which is anonymous memory or of shmem's cache.
    [KernelSource(C, "mfill_atomic_install_pte", Parity.Full)]
    public static int mfill_atomic_install_pte(pmd_t* dst_pmd, vm_area_struct* dst_vma, ulong dst_addr, page* page, bool newly_allocated, uffd_flags_t flags)
    {
        int ret;
        mm_struct* dst_mm = dst_vma->vm_mm;
        bool writable = (dst_vma->vm_flags & VM_WRITE) != 0;
        bool vm_shared = (dst_vma->vm_flags & VM_SHARED) != 0;
        spinlock_t* ptl;
        folio* folio = page_folio(page);
        bool page_in_cache = folio_mapping(folio) != null;

        pte_t _dst_pte = mk_pte(page, dst_vma->vm_page_prot);
        _dst_pte = pte_mkdirty(_dst_pte);
        if (page_in_cache && !vm_shared)
            writable = false;
        if (writable)
            _dst_pte = pte_mkwrite(_dst_pte, dst_vma);
        if ((flags & MFILL_ATOMIC_WP) != 0)
            _dst_pte = pte_mkuffd_wp(_dst_pte);

        ret = -EAGAIN;
        pte_t* dst_pte = pte_offset_map_lock(dst_mm, dst_pmd, dst_addr, &ptl);
        if (dst_pte == null)
            goto @out;

        if (mfill_file_over_size(dst_vma, dst_addr))
        {
            ret = -EFAULT;
            goto out_unlock;
        }

        ret = -EEXIST;
        // A marker may be overwritten: it was put where there was no page to protect.
        if (!pte_none_mostly(ptep_get(dst_pte)))
            goto out_unlock;

        if (page_in_cache)
        {
            // Usually a page of the cache is on the LRU already.
            if (newly_allocated)
                folio_add_lru(folio);
            folio_add_file_rmap_pte(folio, page, dst_vma);
        }
        else
        {
            folio_add_new_anon_rmap(folio, dst_vma, dst_addr, RMAP_EXCLUSIVE);
            folio_add_lru_vma(folio, dst_vma);
        }

        // After the rmap, which tells anonymous memory from files.
        inc_mm_counter(dst_mm, mm_counter(folio));

        set_pte_at(dst_mm, dst_addr, dst_pte, _dst_pte);

        update_mmu_cache(dst_vma, dst_addr, dst_pte);
        ret = 0;
    out_unlock:
        pte_unmap_unlock(dst_pte, ptl);
    @out:
        return ret;
    }

    // The page is the watched mm's; what it takes beyond memory.high is the monitor's debt, who acts.
    [KernelSource(C, "mfill_atomic_pte_copy", Parity.Full)]
    private static int mfill_atomic_pte_copy(pmd_t* dst_pmd, vm_area_struct* dst_vma, ulong dst_addr, ulong src_addr, uffd_flags_t flags, folio** foliop)
    {
        int ret;
        folio* folio;

        if (*foliop == null)
        {
            ret = -ENOMEM;
            folio = vma_alloc_folio(GFP_HIGHUSER_MOVABLE, 0, dst_vma, dst_addr);
            if (folio == null)
                goto @out;

            void* kaddr = kmap_local_folio(folio, 0);
            // With the VMA locked a fault of the monitor's own memory could wait for who waits for us.
            pagefault_disable();
            ret = (int)copy_from_user(kaddr, (void*)src_addr, PAGE_SIZE);
            pagefault_enable();
            kunmap_local(kaddr);

            // The caller copies without locks and comes back with the folio.
            if (ret != 0)
            {
                ret = -ENOENT;
                *foliop = folio;
                goto @out;
            }

            flush_dcache_folio(folio);
        }
        else
        {
            folio = *foliop;
            *foliop = null;
        }

        // The content must be seen before the entry is.
        __folio_mark_uptodate(folio);

        ret = -ENOMEM;
        if (mem_cgroup_charge(folio, dst_vma->vm_mm, GFP_KERNEL) != 0)
            goto out_release;

        ret = mfill_atomic_install_pte(dst_pmd, dst_vma, dst_addr, &folio->page, true, flags);
        if (ret != 0)
            goto out_release;
    @out:
        return ret;
    out_release:
        folio_put(folio);
        goto @out;
    }

    [KernelSource(C, "mfill_atomic_pte_zeroed_folio", Parity.Full)]
    private static int mfill_atomic_pte_zeroed_folio(pmd_t* dst_pmd, vm_area_struct* dst_vma, ulong dst_addr)
    {
        int ret = -ENOMEM;

        folio* folio = vma_alloc_zeroed_movable_folio(dst_vma, dst_addr);
        if (folio == null)
            return ret;

        if (mem_cgroup_charge(folio, dst_vma->vm_mm, GFP_KERNEL) != 0)
            goto out_put;

        // The content must be seen before the entry is.
        __folio_mark_uptodate(folio);

        ret = mfill_atomic_install_pte(dst_pmd, dst_vma, dst_addr, &folio->page, true, 0);
        if (ret != 0)
            goto out_put;

        return 0;
    out_put:
        folio_put(folio);
        return ret;
    }

    [KernelSource(C, "mfill_atomic_pte_zeropage", Parity.Full)]
    private static int mfill_atomic_pte_zeropage(pmd_t* dst_pmd, vm_area_struct* dst_vma, ulong dst_addr)
    {
        spinlock_t* ptl;
        int ret;

        if (mm_forbids_zeropage(dst_vma->vm_mm))
            return mfill_atomic_pte_zeroed_folio(dst_pmd, dst_vma, dst_addr);

        pte_t _dst_pte = pte_mkspecial(pfn_pte(my_zero_pfn(dst_addr), dst_vma->vm_page_prot));
        ret = -EAGAIN;
        pte_t* dst_pte = pte_offset_map_lock(dst_vma->vm_mm, dst_pmd, dst_addr, &ptl);
        if (dst_pte == null)
            goto @out;
        if (mfill_file_over_size(dst_vma, dst_addr))
        {
            ret = -EFAULT;
            goto out_unlock;
        }
        ret = -EEXIST;
        if (!pte_none(ptep_get(dst_pte)))
            goto out_unlock;
        set_pte_at(dst_vma->vm_mm, dst_addr, dst_pte, _dst_pte);
        update_mmu_cache(dst_vma, dst_addr, dst_pte);
        ret = 0;
    out_unlock:
        pte_unmap_unlock(dst_pte, ptl);
    @out:
        return ret;
    }

    // Maps what is in shmem's cache already.
    [KernelSource(C, "mfill_atomic_pte_continue", Parity.Full)]
    private static int mfill_atomic_pte_continue(pmd_t* dst_pmd, vm_area_struct* dst_vma, ulong dst_addr, uffd_flags_t flags)
    {
        inode* inode = file_inode(dst_vma->vm_file);
        pgoff_t pgoff = linear_page_index(dst_vma, dst_addr);
        folio* folio;

        int ret = shmem_get_folio(inode, pgoff, 0, &folio, sgp_type.SGP_NOALLOC);
        // A hole is an error of the caller's.
        if (ret == -ENOENT)
            ret = -EFAULT;
        if (ret != 0)
            goto @out;
        if (folio == null)
        {
            ret = -EFAULT;
            goto @out;
        }

        page* page = folio_file_page(folio, pgoff);
        if (PageHWPoison(page))
        {
            ret = -EIO;
            goto out_release;
        }

        ret = mfill_atomic_install_pte(dst_pmd, dst_vma, dst_addr, page, false, flags);
        if (ret != 0)
            goto out_release;

        folio_unlock(folio);
        ret = 0;
    @out:
        return ret;
    out_release:
        folio_unlock(folio);
        folio_put(folio);
        goto @out;
    }

    // Whoever touches it gets a SIGBUS, as if the memory were broken.
    [KernelSource(C, "mfill_atomic_pte_poison", Parity.Full)]
    private static int mfill_atomic_pte_poison(pmd_t* dst_pmd, vm_area_struct* dst_vma, ulong dst_addr, uffd_flags_t flags)
    {
        mm_struct* dst_mm = dst_vma->vm_mm;
        spinlock_t* ptl;

        pte_t _dst_pte = make_pte_marker(PTE_MARKER_POISONED);
        int ret = -EAGAIN;
        pte_t* dst_pte = pte_offset_map_lock(dst_mm, dst_pmd, dst_addr, &ptl);
        if (dst_pte == null)
            goto @out;

        if (mfill_file_over_size(dst_vma, dst_addr))
        {
            ret = -EFAULT;
            goto out_unlock;
        }

        ret = -EEXIST;
        // Not even a marker is overwritten.
        if (!pte_none(ptep_get(dst_pte)))
            goto out_unlock;

        set_pte_at(dst_mm, dst_addr, dst_pte, _dst_pte);

        update_mmu_cache(dst_vma, dst_addr, dst_pte);
        ret = 0;
    out_unlock:
        pte_unmap_unlock(dst_pte, ptl);
    @out:
        return ret;
    }

    [KernelSource(C, "mm_alloc_pmd", Parity.Full)]
    private static pmd_t* mm_alloc_pmd(mm_struct* mm, ulong address)
    {
        pgd_t* pgd = pgd_offset(mm, address);
        p4d_t* p4d = p4d_alloc(mm, pgd, address);
        if (p4d == null)
            return null;
        pud_t* pud = pud_alloc(mm, p4d, address);
        if (pud == null)
            return null;
        return pmd_alloc(mm, pud, address);
    }

    [KernelSource(C, "mfill_atomic_pte", Parity.Full)]
    private static int mfill_atomic_pte(pmd_t* dst_pmd, vm_area_struct* dst_vma, ulong dst_addr, ulong src_addr, uffd_flags_t flags, folio** foliop)
    {
        if (uffd_flags_mode_is(flags, MFILL_ATOMIC_CONTINUE))
            return mfill_atomic_pte_continue(dst_pmd, dst_vma, dst_addr, flags);
        else if (uffd_flags_mode_is(flags, MFILL_ATOMIC_POISON))
            return mfill_atomic_pte_poison(dst_pmd, dst_vma, dst_addr, flags);

        // A private mapping of a file would get a copy of the page: it is filled in at once, and the hole stays in the file.
        if ((dst_vma->vm_flags & VM_SHARED) == 0)
        {
            if (uffd_flags_mode_is(flags, MFILL_ATOMIC_COPY))
                return mfill_atomic_pte_copy(dst_pmd, dst_vma, dst_addr, src_addr, flags, foliop);
            else
                return mfill_atomic_pte_zeropage(dst_pmd, dst_vma, dst_addr);
        }

        return shmem_mfill_atomic_pte(dst_pmd, dst_vma, dst_addr, src_addr, flags, foliop);
    }

    [KernelSource(C, "mfill_atomic", Parity.Reduced, "no hugetlb")]
    [Excludes("ctx->map_changing_lock")]
    private static ssize_t mfill_atomic(userfaultfd_ctx* ctx, ulong dst_start, ulong src_start, ulong len, uffd_flags_t flags)
    {
        mm_struct* dst_mm = ctx->mm;
        ssize_t err;

        VM_WARN_ON_ONCE((dst_start & ~PAGE_MASK) != 0);
        VM_WARN_ON_ONCE((len & ~PAGE_MASK) != 0);

        // Empty, or over the end.
        VM_WARN_ON_ONCE(src_start + len <= src_start);
        VM_WARN_ON_ONCE(dst_start + len <= dst_start);

        ulong src_addr = src_start;
        ulong dst_addr = dst_start;
        long copied = 0;
        folio* folio = null;
    retry:
        vm_area_struct* dst_vma = uffd_mfill_lock(dst_mm, dst_start, len);
        if (IS_ERR(dst_vma))
        {
            err = PTR_ERR(dst_vma);
            goto @out;
        }

        // The monitor is being told of a change of the mappings: let it read that first.
        down_read(&ctx->map_changing_lock);
        err = -EAGAIN;
        if (atomic_read(&ctx->mmap_changing) != 0)
            goto out_unlock;

        err = -EINVAL;
        // Shared anonymous memory has shmem's operations.
        if (WARN_ON_ONCE(vma_is_anonymous(dst_vma) && (dst_vma->vm_flags & VM_SHARED) != 0))
            goto out_unlock;

        if ((flags & MFILL_ATOMIC_WP) != 0 && (dst_vma->vm_flags & VM_UFFD_WP) == 0)
            goto out_unlock;

        if (!vma_is_anonymous(dst_vma) && !vma_is_shmem(dst_vma))
            goto out_unlock;
        if (!vma_is_shmem(dst_vma) && uffd_flags_mode_is(flags, MFILL_ATOMIC_CONTINUE))
            goto out_unlock;

        while (src_addr < src_start + len)
        {
            VM_WARN_ON_ONCE(dst_addr >= dst_start + len);

            pmd_t* dst_pmd = mm_alloc_pmd(dst_mm, dst_addr);
            if (dst_pmd == null)
            {
                err = -ENOMEM;
                break;
            }

            pmd_t dst_pmdval = pmdp_get_lockless(dst_pmd);
            if (pmd_none(dst_pmdval) && __pte_alloc(dst_mm, dst_pmd) != 0)
            {
                err = -ENOMEM;
                break;
            }
            dst_pmdval = pmdp_get_lockless(dst_pmd);
            if (!pmd_present(dst_pmdval) || pmd_trans_huge(dst_pmdval))
            {
                err = -EEXIST;
                break;
            }
            if (pmd_bad(dst_pmdval))
            {
                err = -EFAULT;
                break;
            }

            err = mfill_atomic_pte(dst_pmd, dst_vma, dst_addr, src_addr, flags, &folio);
            cond_resched();

            if (err == -ENOENT)
            {
                up_read(&ctx->map_changing_lock);
                uffd_mfill_unlock(dst_vma);
                VM_WARN_ON_ONCE(folio == null);

                void* kaddr = kmap_local_folio(folio, 0);
                err = (ssize_t)copy_from_user(kaddr, (void*)src_addr, PAGE_SIZE);
                kunmap_local(kaddr);
                if (err != 0)
                {
                    err = -EFAULT;
                    goto @out;
                }
                flush_dcache_folio(folio);
                goto retry;
            }
            else
            {
                VM_WARN_ON_ONCE(folio != null);
            }

            if (err == 0)
            {
                dst_addr += PAGE_SIZE;
                src_addr += PAGE_SIZE;
                copied += (long)PAGE_SIZE;

                if (fatal_signal_pending(current))
                    err = -EINTR;
            }
            if (err != 0)
                break;
        }

    out_unlock:
        up_read(&ctx->map_changing_lock);
        uffd_mfill_unlock(dst_vma);
    @out:
        if (folio != null)
            folio_put(folio);
        VM_WARN_ON_ONCE(copied < 0);
        VM_WARN_ON_ONCE(err > 0);
        VM_WARN_ON_ONCE(copied == 0 && err == 0);
        return copied != 0 ? copied : err;
    }

    [KernelSource(C, "mfill_atomic_copy", Parity.Full)]
    public static ssize_t mfill_atomic_copy(userfaultfd_ctx* ctx, ulong dst_start, ulong src_start, ulong len, uffd_flags_t flags) =>
        mfill_atomic(ctx, dst_start, src_start, len, uffd_flags_set_mode(flags, MFILL_ATOMIC_COPY));

    [KernelSource(C, "mfill_atomic_zeropage", Parity.Full)]
    public static ssize_t mfill_atomic_zeropage(userfaultfd_ctx* ctx, ulong start, ulong len) =>
        mfill_atomic(ctx, start, 0, len, uffd_flags_set_mode(0, MFILL_ATOMIC_ZEROPAGE));

    [KernelSource(C, "mfill_atomic_continue", Parity.Full)]
    public static ssize_t mfill_atomic_continue(userfaultfd_ctx* ctx, ulong start, ulong len, uffd_flags_t flags)
    {
        // What the monitor wrote to the page is there for whoever finds it mapped.
        smp_wmb();

        return mfill_atomic(ctx, start, 0, len, uffd_flags_set_mode(flags, MFILL_ATOMIC_CONTINUE));
    }

    [KernelSource(C, "mfill_atomic_poison", Parity.Full)]
    public static ssize_t mfill_atomic_poison(userfaultfd_ctx* ctx, ulong start, ulong len, uffd_flags_t flags) =>
        mfill_atomic(ctx, start, 0, len, uffd_flags_set_mode(flags, MFILL_ATOMIC_POISON));
}
