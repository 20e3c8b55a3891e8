// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.linux_mm_types_h;
using static Linux.linux_sched_mm_h;
using static Linux.linux_sched_signal_h;
using static Linux.mm_internal_h;

namespace Linux;

// Getting at pages of user space, faulting them in where needed. The charge goes to the mm, not to who asks.
public static unsafe partial class mm_gup_c
{
    // Entered with mmap_lock held. With FOLL_UNLOCKABLE it may be dropped on the way: *locked is 0 then.
    [KernelSource("mm/gup.c", "faultin_page", Parity.Full)]
    private static int faultin_page(vm_area_struct* vma, ulong address, uint flags, bool unshare, int* locked)
    {
        uint fault_flags = 0;

        if ((flags & FOLL_NOFAULT) != 0)
            return -EFAULT;
        if ((flags & FOLL_WRITE) != 0)
            fault_flags |= FAULT_FLAG_WRITE;
        if ((flags & FOLL_REMOTE) != 0)
            fault_flags |= FAULT_FLAG_REMOTE;
        if ((flags & FOLL_UNLOCKABLE) != 0)
        {
            fault_flags |= FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_KILLABLE;
            // Whoever can be interrupted says so.
            if ((flags & FOLL_INTERRUPTIBLE) != 0)
                fault_flags |= FAULT_FLAG_INTERRUPTIBLE;
        }
        if ((flags & FOLL_NOWAIT) != 0)
            fault_flags |= FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_RETRY_NOWAIT;
        if ((flags & FOLL_TRIED) != 0)
        {
            fault_flags |= FAULT_FLAG_TRIED;
        }
        if (unshare)
        {
            fault_flags |= FAULT_FLAG_UNSHARE;
            VM_WARN_ON_ONCE((fault_flags & FAULT_FLAG_WRITE) != 0);
        }

        uint ret = handle_mm_fault(vma, address, fault_flags, null);

        if ((ret & VM_FAULT_COMPLETED) != 0)
        {
            // The handler keeps the lock when it may not wait.
            WARN_ON_ONCE((fault_flags & FAULT_FLAG_RETRY_NOWAIT) != 0);
            *locked = 0;

            // The page is there, but the lock has to be taken again.
            return -EAGAIN;
        }

        if ((ret & VM_FAULT_ERROR) != 0)
        {
            int err = vm_fault_to_errno(ret, flags);

            if (err != 0)
                return err;
            BUG();
        }

        if ((ret & VM_FAULT_RETRY) != 0)
        {
            if ((fault_flags & FAULT_FLAG_RETRY_NOWAIT) == 0)
                *locked = 0;
            return -EBUSY;
        }

        return 0;
    }

    // Long-term pins would let pages be written behind the file system's back.
    [KernelSource("mm/gup.c", "writable_file_mapping_allowed", Parity.Full)]
    private static bool writable_file_mapping_allowed(vm_area_struct* vma, uint gup_flags)
    {
        if ((gup_flags & (FOLL_PIN | FOLL_LONGTERM)) != (FOLL_PIN | FOLL_LONGTERM))
            return true;

        return !vma_needs_dirty_tracking(vma);
    }

    [KernelSource("mm/gup.c", "check_vma_flags", Parity.Full)]
    private static int check_vma_flags(vm_area_struct* vma, uint gup_flags)
    {
        ulong vm_flags = vma->vm_flags;
        bool write = (gup_flags & FOLL_WRITE) != 0;
        bool foreign = (gup_flags & FOLL_REMOTE) != 0;
        bool vma_anon = vma_is_anonymous(vma);

        if ((vm_flags & (VM_IO | VM_PFNMAP)) != 0)
            return -EFAULT;

        if ((gup_flags & FOLL_ANON) != 0 && !vma_anon)
            return -EFAULT;

        if (write)
        {
            if (!vma_anon && !writable_file_mapping_allowed(vma, gup_flags))
                return -EFAULT;

            if ((vm_flags & VM_WRITE) == 0 || (vm_flags & VM_SHADOW_STACK) != 0)
            {
                if ((gup_flags & FOLL_FORCE) == 0)
                    return -EFAULT;
                // A write to a read-only mapping goes to a private copy, or nowhere.
                if (!is_cow_mapping(vm_flags))
                    return -EFAULT;
            }
        }
        else if ((vm_flags & VM_READ) == 0)
        {
            if ((gup_flags & FOLL_FORCE) == 0)
                return -EFAULT;
            if ((vm_flags & VM_MAYREAD) == 0)
                return -EFAULT;
        }
        if (!arch_vma_access_permitted(vma, write, false, foreign))
            return -EFAULT;
        return 0;
    }

    [KernelSource("mm/gup.c", "gup_vma_lookup", Parity.Reduced, "no VMA grows, so nothing is said about accesses just below one")]
    private static vm_area_struct* gup_vma_lookup(mm_struct* mm, ulong addr) => vma_lookup(mm, addr);

    // Returns how many pages were got, at least one, or an error.
    [KernelSource("mm/gup.c", "__get_user_pages", Parity.Reduced, "page by page, as nothing is mapped by a PMD; no gate area")]
    private static long __get_user_pages(mm_struct* mm, ulong start, ulong nr_pages, uint gup_flags, page** pages, int* locked)
    {
        long ret = 0, i = 0;
        vm_area_struct* vma = null;
        ulong page_mask = 0;

        if (nr_pages == 0)
            return 0;

        VM_WARN_ON_ONCE((pages != null) != ((gup_flags & (FOLL_GET | FOLL_PIN)) != 0));
        VM_WARN_ON_ONCE((gup_flags & (FOLL_PIN | FOLL_GET)) == (FOLL_PIN | FOLL_GET));

        do
        {
            page* page;

            if (vma == null || start >= vma->vm_end)
            {
                if ((gup_flags & FOLL_MADV_POPULATE) != 0)
                {
                    vma = vma_lookup(mm, start);
                    if (vma == null)
                    {
                        ret = -ENOMEM;
                        goto @out;
                    }
                    if (check_vma_flags(vma, gup_flags) != 0)
                    {
                        ret = -EINVAL;
                        goto @out;
                    }
                    goto retry;
                }
                vma = gup_vma_lookup(mm, start);

                if (vma == null)
                {
                    ret = -EFAULT;
                    goto @out;
                }
                ret = check_vma_flags(vma, gup_flags);
                if (ret != 0)
                    goto @out;
            }
        retry:
            // A task that is being killed needs no more pages.
            if (fatal_signal_pending(current))
            {
                ret = -EINTR;
                goto @out;
            }
            cond_resched();

            page = follow_page_mask(vma, start, gup_flags, &page_mask);
            if (page == null || PTR_ERR(page) == -EMLINK)
            {
                ret = faultin_page(vma, start, gup_flags, PTR_ERR(page) == -EMLINK, locked);
                switch (ret)
                {
                    case 0:
                        goto retry;
                    case -EBUSY:
                    case -EAGAIN:
                        ret = 0;
                        goto @out;
                    case -EFAULT:
                    case -ENOMEM:
                    case -EHWPOISON:
                        goto @out;
                }
                BUG();
            }
            else if (PTR_ERR(page) == -EEXIST)
            {
                // Mapped, but without a struct page: whoever wants pages cannot have this one.
                if (pages != null)
                {
                    ret = PTR_ERR(page);
                    goto @out;
                }
            }
            else if (IS_ERR(page))
            {
                ret = PTR_ERR(page);
                goto @out;
            }

            if (pages != null)
                pages[i] = page;

            i++;
            start += PAGE_SIZE;
            nr_pages--;
        } while (nr_pages != 0);
    @out:
        return i != 0 ? i : ret;
    }

    [KernelSource("mm/gup.c", "vma_permits_fault", Parity.Full)]
    private static bool vma_permits_fault(vm_area_struct* vma, uint fault_flags)
    {
        bool write = (fault_flags & FAULT_FLAG_WRITE) != 0;
        bool foreign = (fault_flags & FAULT_FLAG_REMOTE) != 0;
        ulong vm_flags = write ? VM_WRITE : VM_READ;

        if ((vm_flags & vma->vm_flags) == 0)
            return false;

        if (!arch_vma_access_permitted(vma, write, false, foreign))
            return false;

        return true;
    }

    // Resolves a fault for whoever will access the page by itself. The lock is held again on return.
    [KernelSource("mm/gup.c", "fixup_user_fault", Parity.Full)]
    [MustHoldShared("mm->mmap_lock"), MightSleep]
    public static int fixup_user_fault(mm_struct* mm, ulong address, uint fault_flags, bool* unlocked)
    {
        if (unlocked != null)
            fault_flags |= FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_KILLABLE;

    retry:
        vm_area_struct* vma = gup_vma_lookup(mm, address);
        if (vma == null)
            return -EFAULT;

        if (!vma_permits_fault(vma, fault_flags))
            return -EFAULT;

        if ((fault_flags & FAULT_FLAG_KILLABLE) != 0 && fatal_signal_pending(current))
            return -EINTR;

        uint ret = handle_mm_fault(vma, address, fault_flags, null);

        if ((ret & VM_FAULT_COMPLETED) != 0)
        {
            mmap_read_lock(mm);
            *unlocked = true;
            return 0;
        }

        if ((ret & VM_FAULT_ERROR) != 0)
        {
            int err = vm_fault_to_errno(ret, 0);

            if (err != 0)
                return err;
            BUG();
        }

        if ((ret & VM_FAULT_RETRY) != 0)
        {
            mmap_read_lock(mm);
            *unlocked = true;
            fault_flags |= FAULT_FLAG_TRIED;
            goto retry;
        }

        return 0;
    }

    // Fatal signals end it always, others only with FOLL_INTERRUPTIBLE.
    [KernelSource("mm/gup.c", "gup_signal_pending", Parity.Full)]
    private static bool gup_signal_pending(uint flags)
    {
        if (fatal_signal_pending(current))
            return true;

        if ((flags & FOLL_INTERRUPTIBLE) == 0)
            return false;

        return signal_pending(current);
    }

    // Takes the lock again when a fault drops it, and goes on.
    [KernelSource("mm/gup.c", "__get_user_pages_locked", Parity.Full)]
    [ContextUnsafe("*locked tells whether mmap_lock is held, on entry and on return"), MightSleep]
    private static long __get_user_pages_locked(mm_struct* mm, ulong start, ulong nr_pages, page** pages, int* locked, uint flags)
    {
        long ret, pages_done;
        bool must_unlock = false;

        if (nr_pages == 0)
            return 0;

        if (*locked == 0)
        {
            if (mmap_read_lock_killable(mm) != 0)
                return -EAGAIN;
            must_unlock = true;
            *locked = 1;
        }
        else
        {
            mmap_assert_locked(mm);
        }

        if ((flags & FOLL_PIN) != 0)
            mm_set_has_pinned_flag(mm);

        // Who wants pages and does not say how gets references.
        if (pages != null && (flags & FOLL_PIN) == 0)
            flags |= FOLL_GET;

        pages_done = 0;
        for (; ; )
        {
            ret = __get_user_pages(mm, start, nr_pages, flags, pages, locked);
            if ((flags & FOLL_UNLOCKABLE) == 0)
            {
                pages_done = ret;
                break;
            }

            VM_WARN_ON_ONCE(*locked == 0 && (ret < 0 || (ulong)ret >= nr_pages));

            if (ret > 0)
            {
                nr_pages -= (ulong)ret;
                pages_done += ret;
                if (nr_pages == 0)
                    break;
            }
            if (*locked != 0)
            {
                if (pages_done == 0)
                    pages_done = ret;
                break;
            }
            // The fault dropped the lock: go on behind what was got; without an array there is only counting.
            if (pages != null)
                pages += ret;
            start += (ulong)ret << PAGE_SHIFT;

            must_unlock = true;

        retry:
            // Once more at the address that needed a retry, and this time it may not ask for another.
            if (gup_signal_pending(flags))
            {
                if (pages_done == 0)
                    pages_done = -EINTR;
                break;
            }

            ret = mmap_read_lock_killable(mm);
            if (ret != 0)
            {
                if (pages_done == 0)
                    pages_done = ret;
                break;
            }

            *locked = 1;
            ret = __get_user_pages(mm, start, 1, flags | FOLL_TRIED, pages, locked);
            if (*locked == 0)
            {
                VM_WARN_ON_ONCE(ret != 0);
                goto retry;
            }
            if (ret != 1)
            {
                VM_WARN_ON_ONCE(ret > 1);
                if (pages_done == 0)
                    pages_done = ret;
                break;
            }
            nr_pages--;
            pages_done++;
            if (nr_pages == 0)
                break;
            if (pages != null)
                pages++;
            start += PAGE_SIZE;
        }
        if (must_unlock && *locked != 0)
        {
            // The caller hears that the lock was dropped, or wanted it dropped.
            mmap_read_unlock(mm);
            *locked = 0;
        }

        if (WARN_ON_ONCE(pages_done == 0 && (flags & FOLL_NOWAIT) == 0))
            return -EFAULT;

        return pages_done;
    }

    // Faults a range of one VMA in, as mlock wants it.
    [KernelSource("mm/gup.c", "populate_vma_page_range", Parity.Full)]
    public static long populate_vma_page_range(vm_area_struct* vma, ulong start, ulong end, int* locked)
    {
        mm_struct* mm = vma->vm_mm;
        ulong nr_pages = (end - start) / PAGE_SIZE;
        int local_locked = 1;
        uint gup_flags;

        VM_WARN_ON_ONCE(!PAGE_ALIGNED(start));
        VM_WARN_ON_ONCE(!PAGE_ALIGNED(end));
        VM_WARN_ON_ONCE_VMA(start < vma->vm_start, vma);
        VM_WARN_ON_ONCE_VMA(end > vma->vm_end, vma);
        mmap_assert_locked(mm);

        if ((vma->vm_flags & VM_LOCKONFAULT) != 0)
            return (long)nr_pages;

        if (!vma_is_accessible(vma))
            return -EFAULT;

        gup_flags = FOLL_TOUCH;
        // Writable private mappings are written to, so that the copy is made now; shared ones would only get dirty.
        if ((vma->vm_flags & (VM_WRITE | VM_SHARED)) == VM_WRITE)
            gup_flags |= FOLL_WRITE;
        else
            gup_flags |= FOLL_FORCE;

        if (locked != null)
            gup_flags |= FOLL_UNLOCKABLE;

        // The address is in the VMA: no stack grows from here.
        long ret = __get_user_pages(mm, start, nr_pages, gup_flags, null, locked != null ? locked : &local_locked);
        lru_add_drain();
        return ret;
    }

    [KernelSource("mm/gup.c", "faultin_page_range", Parity.Full)]
    [MustHoldShared("mm->mmap_lock")]
    public static long faultin_page_range(mm_struct* mm, ulong start, ulong end, bool write, int* locked)
    {
        ulong nr_pages = (end - start) / PAGE_SIZE;
        uint gup_flags;

        VM_WARN_ON_ONCE(!PAGE_ALIGNED(start));
        VM_WARN_ON_ONCE(!PAGE_ALIGNED(end));
        mmap_assert_locked(mm);

        // The pages count as used; with FOLL_WRITE as written to.
        gup_flags = FOLL_TOUCH | FOLL_HWPOISON | FOLL_UNLOCKABLE | FOLL_MADV_POPULATE;
        if (write)
            gup_flags |= FOLL_WRITE;

        long ret = __get_user_pages_locked(mm, start, nr_pages, null, locked, gup_flags);
        lru_add_drain();
        return ret;
    }

    // MAP_POPULATE and mlock: the VMAs of the range, one after the other.
    [KernelSource("mm/gup.c", "__mm_populate", Parity.Full)]
    [ContextUnsafe("locked tells whether mmap_lock is held: populate_vma_page_range() may have dropped it", Rule = "KM0110"), MightSleep]
    [Excludes("mm_struct.mmap_lock")]
    public static int __mm_populate(ulong start, ulong len, int ignore_errors)
    {
        mm_struct* mm = current->mm;
        vm_area_struct* vma = null;
        int locked = 0;
        long ret = 0;
        ulong end = start + len;
        ulong nend;

        for (ulong nstart = start; nstart < end; nstart = nend)
        {
            if (locked == 0)
            {
                locked = 1;
                mmap_read_lock(mm);
                vma = find_vma_intersection(mm, nstart, end);
            }
            else if (nstart >= vma->vm_end)
            {
                vma = find_vma_intersection(mm, vma->vm_end, end);
            }

            if (vma == null)
                break;
            nend = Math.Min(end, vma->vm_end);
            if ((vma->vm_flags & (VM_IO | VM_PFNMAP)) != 0)
                continue;
            if (nstart < vma->vm_start)
                nstart = vma->vm_start;
            // The VMA may have been unlocked meanwhile; populate_vma_page_range() looks again.
            ret = populate_vma_page_range(vma, nstart, nend, &locked);
            if (ret < 0)
            {
                if (ignore_errors != 0)
                {
                    ret = 0;
                    continue;
                }
                break;
            }
            nend = nstart + (ulong)ret * PAGE_SIZE;
            ret = 0;
        }
        if (locked != 0)
            mmap_read_unlock(mm);
        return (int)ret;
    }

    [KernelSource("mm/gup.c", "check_and_migrate_movable_pages", Parity.Full)]
    private static long check_and_migrate_movable_pages(ulong nr_pages, page** pages) => 0;

    [KernelSource("mm/gup.c", "__gup_longterm_locked", Parity.Full)]
    private static long __gup_longterm_locked(mm_struct* mm, ulong start, ulong nr_pages, page** pages, int* locked, uint gup_flags)
    {
        long rc, nr_pinned_pages;

        if ((gup_flags & FOLL_LONGTERM) == 0)
            return __get_user_pages_locked(mm, start, nr_pages, pages, locked, gup_flags);

        uint flags = memalloc_pin_save();
        do
        {
            nr_pinned_pages = __get_user_pages_locked(mm, start, nr_pages, pages, locked, gup_flags);
            if (nr_pinned_pages <= 0)
            {
                rc = nr_pinned_pages;
                break;
            }

            rc = check_and_migrate_movable_pages((ulong)nr_pinned_pages, pages);
        } while (rc == -EAGAIN);
        memalloc_pin_restore(flags);
        return rc != 0 ? rc : nr_pinned_pages;
    }

    // Refuses flags that callers may not pass, and adds what the interface implies.
    [KernelSource("mm/gup.c", "is_valid_gup_args", Parity.Full)]
    private static bool is_valid_gup_args(page** pages, int* locked, uint* gup_flags_p, uint to_set)
    {
        uint gup_flags = *gup_flags_p;

        if (WARN_ON_ONCE((gup_flags & INTERNAL_GUP_FLAGS) != 0))
            return false;

        gup_flags |= to_set;
        if (locked != null)
        {
            if (WARN_ON_ONCE(*locked != 1))
                return false;

            gup_flags |= FOLL_UNLOCKABLE;
        }

        if (WARN_ON_ONCE((gup_flags & (FOLL_PIN | FOLL_GET)) == (FOLL_PIN | FOLL_GET)))
            return false;

        if (WARN_ON_ONCE((gup_flags & FOLL_PIN) == 0 && (gup_flags & FOLL_LONGTERM) != 0))
            return false;

        if (WARN_ON_ONCE((gup_flags & (FOLL_GET | FOLL_PIN)) != 0 && pages == null))
            return false;

        if (WARN_ON_ONCE((gup_flags & FOLL_LONGTERM) != 0 && (gup_flags & FOLL_PCI_P2PDMA) != 0))
            return false;

        *gup_flags_p = gup_flags;
        return true;
    }

    [KernelSource("mm/gup.c", "get_user_pages_remote", Parity.Full)]
    public static long get_user_pages_remote(mm_struct* mm, ulong start, ulong nr_pages, uint gup_flags, page** pages, int* locked)
    {
        int local_locked = 1;

        if (!is_valid_gup_args(pages, locked, &gup_flags, FOLL_TOUCH | FOLL_REMOTE))
            return -EINVAL;

        return __get_user_pages_locked(mm, start, nr_pages, pages, locked != null ? locked : &local_locked, gup_flags);
    }

    [KernelSource("mm/gup.c", "get_user_pages", Parity.Full)]
    public static long get_user_pages(ulong start, ulong nr_pages, uint gup_flags, page** pages)
    {
        int locked = 1;

        if (!is_valid_gup_args(pages, null, &gup_flags, FOLL_TOUCH))
            return -EINVAL;

        return __get_user_pages_locked(current->mm, start, nr_pages, pages, &locked, gup_flags);
    }

    [KernelSource("mm/gup.c", "get_user_pages_unlocked", Parity.Full)]
    public static long get_user_pages_unlocked(ulong start, ulong nr_pages, page** pages, uint gup_flags)
    {
        int locked = 0;

        if (!is_valid_gup_args(pages, null, &gup_flags, FOLL_TOUCH | FOLL_UNLOCKABLE))
            return -EINVAL;

        return __get_user_pages_locked(current->mm, start, nr_pages, pages, &locked, gup_flags);
    }

    [KernelSource("mm/gup.c", "pin_user_pages_remote", Parity.Full)]
    public static long pin_user_pages_remote(mm_struct* mm, ulong start, ulong nr_pages, uint gup_flags, page** pages, int* locked)
    {
        int local_locked = 1;

        if (!is_valid_gup_args(pages, locked, &gup_flags, FOLL_PIN | FOLL_TOUCH | FOLL_REMOTE))
            return 0;
        return __gup_longterm_locked(mm, start, nr_pages, pages, locked != null ? locked : &local_locked, gup_flags);
    }

    [KernelSource("mm/gup.c", "pin_user_pages", Parity.Full)]
    public static long pin_user_pages(ulong start, ulong nr_pages, uint gup_flags, page** pages)
    {
        int locked = 1;

        if (!is_valid_gup_args(pages, null, &gup_flags, FOLL_PIN))
            return 0;
        return __gup_longterm_locked(current->mm, start, nr_pages, pages, &locked, gup_flags);
    }
}
