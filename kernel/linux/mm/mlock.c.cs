// SPDX-License-Identifier: GPL-2.0-only
// mm/mlock.c: memory that must not be reclaimed.
using static Linux.linux_swap_h;

namespace Linux;

/// <summary>A CPU's folios whose lock or unlock has not reached the LRU lists yet; mm/mlock.c.</summary>
public struct mlock_fbatch_t
{
    public local_lock_t @lock;
    public folio_batch fbatch;
}

public static unsafe partial class mm_mlock_c
{
    [PerCpu(Remote = true)]
    private static readonly PerCpu<mlock_fbatch_t>* mlock_fbatch = DEFINE_PER_CPU<mlock_fbatch_t>();

    [MethodImpl(MethodImplOptions.AggressiveInlining), ReturnsAddressOf("p->lock")]
    private static PerCpu<local_lock_t>* lock_of(PerCpu<mlock_fbatch_t>* p) => percpu_member(p, ref layout_of(p).@lock);

    [KernelSource("mm/mlock.c", "can_do_mlock", Parity.Full)]
    public static bool can_do_mlock()
    {
        if (rlimit(RLIMIT_MEMLOCK) != 0)
            return true;
        return capable(CAP_IPC_LOCK);
    }

    // Moves a folio that was on a list to the unevictable one, or counts one more lock of it.
    [KernelSource("mm/mlock.c", "__mlock_folio", Parity.Full)]
    [HandsOver("lruvec->lru_lock", "return->lru_lock"), IrqDisable]
    [RequiresPreemptOff]
    private static lruvec* __mlock_folio(folio* folio, lruvec* lruvec)
    {
        // Isolated by somebody: it is looked at again when it is put back.
        if (!folio_test_clear_lru(folio))
            return lruvec;

        lruvec = folio_lruvec_relock_irq(folio, lruvec);

        if (folio_evictable(folio))
        {
            // Unlocked meanwhile, though its flag says otherwise.
            if (folio_test_unevictable(folio))
            {
                lruvec_del_folio(lruvec, folio);
                folio_clear_unevictable(folio);
                lruvec_add_folio(lruvec, folio);

                __count_vm_events(UNEVICTABLE_PGRESCUED, (long)folio_nr_pages(folio));
            }

            goto out_;
        }

        if (folio_test_unevictable(folio))
        {
            if (folio_test_mlocked(folio))
                folio->mlock_count++;
            goto out_;
        }

        lruvec_del_folio(lruvec, folio);
        folio_clear_active(folio);
        folio_set_unevictable(folio);
        folio->mlock_count = folio_test_mlocked(folio) ? 1u : 0;
        lruvec_add_folio(lruvec, folio);
        __count_vm_events(UNEVICTABLE_PGCULLED, (long)folio_nr_pages(folio));
    out_:
        folio_set_lru(folio);
        return lruvec;
    }

    [KernelSource("mm/mlock.c", "__mlock_new_folio", Parity.Full)]
    [HandsOver("lruvec->lru_lock", "return->lru_lock"), IrqDisable]
    [RequiresPreemptOff]
    private static lruvec* __mlock_new_folio(folio* folio, lruvec* lruvec)
    {
        VM_BUG_ON_FOLIO(folio_test_lru(folio), folio);

        lruvec = folio_lruvec_relock_irq(folio, lruvec);

        if (folio_evictable(folio))
            goto out_;

        folio_set_unevictable(folio);
        folio->mlock_count = folio_test_mlocked(folio) ? 1u : 0;
        __count_vm_events(UNEVICTABLE_PGCULLED, (long)folio_nr_pages(folio));
    out_:
        lruvec_add_folio(lruvec, folio);
        folio_set_lru(folio);
        return lruvec;
    }

    [KernelSource("mm/mlock.c", "__munlock_folio", Parity.Full)]
    [HandsOver("lruvec->lru_lock", "return->lru_lock"), IrqDisable]
    [RequiresPreemptOff]
    private static lruvec* __munlock_folio(folio* folio, lruvec* lruvec)
    {
        long nr_pages = (long)folio_nr_pages(folio);
        bool isolated = false;

        if (!folio_test_clear_lru(folio))
            goto munlock;

        isolated = true;
        lruvec = folio_lruvec_relock_irq(folio, lruvec);

        if (folio_test_unevictable(folio))
        {
            // Others may hold it locked still; the count may be short of them, never beyond.
            if (folio->mlock_count != 0)
                folio->mlock_count--;
            if (folio->mlock_count != 0)
                goto out_;
        }

    munlock:
        if (folio_test_clear_mlocked(folio))
        {
            __zone_stat_mod_folio(folio, NR_MLOCK, -nr_pages);
            if (isolated || !folio_test_unevictable(folio))
                __count_vm_events(UNEVICTABLE_PGMUNLOCKED, nr_pages);
            else
                __count_vm_events(UNEVICTABLE_PGSTRANDED, nr_pages);
        }

        // Another's lock may have come in the way, hence the test.
        if (isolated && folio_test_unevictable(folio) && folio_evictable(folio))
        {
            lruvec_del_folio(lruvec, folio);
            folio_clear_unevictable(folio);
            lruvec_add_folio(lruvec, folio);
            __count_vm_events(UNEVICTABLE_PGRESCUED, nr_pages);
        }

    out_:
        if (isolated)
            folio_set_lru(folio);
        return lruvec;
    }

    // What is to be done with a folio of the batch, in the low bits of its pointer; none for an unlock.
    private const ulong LRU_FOLIO = 0x1;
    private const ulong NEW_FOLIO = 0x2;

    [KernelSource("mm/mlock.c", "mlock_lru", Parity.Full)]
    private static folio* mlock_lru(folio* folio) => (folio*)((ulong)folio + LRU_FOLIO);

    [KernelSource("mm/mlock.c", "mlock_new", Parity.Full)]
    private static folio* mlock_new(folio* folio) => (folio*)((ulong)folio + NEW_FOLIO);

    // Caller holds the batch's local lock, or its CPU is dead.
    [KernelSource("mm/mlock.c", "mlock_folio_batch", Parity.Full)]
    [RequiresPreemptOff]
    private static void mlock_folio_batch(folio_batch* fbatch)
    {
        lruvec* lruvec = null;

        for (int i = 0; i < folio_batch_count(fbatch); i++)
        {
            folio* folio = fbatch->folios[i];
            ulong mlock = (ulong)folio & (LRU_FOLIO | NEW_FOLIO);
            folio = (folio*)((ulong)folio - mlock);
            fbatch->folios[i] = folio;

            if ((mlock & LRU_FOLIO) != 0)
                lruvec = __mlock_folio(folio, lruvec);
            else if ((mlock & NEW_FOLIO) != 0)
                lruvec = __mlock_new_folio(folio, lruvec);
            else
                lruvec = __munlock_folio(folio, lruvec);
        }

        if (lruvec != null)
            unlock_page_lruvec_irq(lruvec);
        folios_put(fbatch);
    }

    [KernelSource("mm/mlock.c", "mlock_drain_local", Parity.Full)]
    [Excludes("mlock_fbatch->lock")]
    public static void mlock_drain_local()
    {
        local_lock(lock_of(mlock_fbatch));
        folio_batch* fbatch = &this_cpu_ptr(mlock_fbatch)->fbatch;
        if (folio_batch_count(fbatch) != 0)
            mlock_folio_batch(fbatch);
        local_unlock(lock_of(mlock_fbatch));
    }

    [KernelSource("mm/mlock.c", "mlock_drain_remote", Parity.Full)]
    [ContextUnsafe("the CPU is dead: nobody else has its batch", Rule = "KM0103")]
    public static void mlock_drain_remote(int cpu)
    {
        WARN_ON_ONCE(cpu_online(cpu));
        folio_batch* fbatch = &per_cpu_ptr(mlock_fbatch, cpu)->fbatch;
        if (folio_batch_count(fbatch) != 0)
            mlock_folio_batch(fbatch);
    }

    [KernelSource("mm/mlock.c", "need_mlock_drain", Parity.Full)]
    public static bool need_mlock_drain(int cpu) => folio_batch_count(&per_cpu_ptr(mlock_fbatch, cpu)->fbatch) != 0;

    /// <summary>Locks a folio that is, or has been, on an LRU list.</summary>
    [KernelSource("mm/mlock.c", "mlock_folio", Parity.Full)]
    [Excludes("mlock_fbatch->lock")]
    public static void mlock_folio(folio* folio)
    {
        local_lock(lock_of(mlock_fbatch));
        folio_batch* fbatch = &this_cpu_ptr(mlock_fbatch)->fbatch;

        if (!folio_test_set_mlocked(folio))
        {
            long nr_pages = (long)folio_nr_pages(folio);

            zone_stat_mod_folio(folio, NR_MLOCK, nr_pages);
            __count_vm_events(UNEVICTABLE_PGMLOCKED, nr_pages);
        }

        folio_get(folio);
        if (folio_batch_add(fbatch, mlock_lru(folio)) == 0 ||
            !folio_may_be_lru_cached(folio) || lru_cache_disabled())
            mlock_folio_batch(fbatch);
        local_unlock(lock_of(mlock_fbatch));
    }

    /// <summary>Locks a folio that is new and on no list yet.</summary>
    [KernelSource("mm/mlock.c", "mlock_new_folio", Parity.Full)]
    [Excludes("mlock_fbatch->lock")]
    public static void mlock_new_folio(folio* folio)
    {
        long nr_pages = (long)folio_nr_pages(folio);

        local_lock(lock_of(mlock_fbatch));
        folio_batch* fbatch = &this_cpu_ptr(mlock_fbatch)->fbatch;
        folio_set_mlocked(folio);

        zone_stat_mod_folio(folio, NR_MLOCK, nr_pages);
        __count_vm_events(UNEVICTABLE_PGMLOCKED, nr_pages);

        folio_get(folio);
        if (folio_batch_add(fbatch, mlock_new(folio)) == 0 ||
            !folio_may_be_lru_cached(folio) || lru_cache_disabled())
            mlock_folio_batch(fbatch);
        local_unlock(lock_of(mlock_fbatch));
    }

    [KernelSource("mm/mlock.c", "munlock_folio", Parity.Full)]
    [Excludes("mlock_fbatch->lock")]
    public static void munlock_folio(folio* folio)
    {
        local_lock(lock_of(mlock_fbatch));
        folio_batch* fbatch = &this_cpu_ptr(mlock_fbatch)->fbatch;

        // The flag goes when the batch is worked through, with the list in hand.
        folio_get(folio);
        if (folio_batch_add(fbatch, folio) == 0 ||
            !folio_may_be_lru_cached(folio) || lru_cache_disabled())
            mlock_folio_batch(fbatch);
        local_unlock(lock_of(mlock_fbatch));
    }

    [KernelSource("mm/mlock.c", "folio_mlock_step", Parity.Full)]
    private static uint folio_mlock_step(folio* folio, pte_t* pte, ulong addr, ulong end)
    {
        uint count = (uint)((end - addr) >> PAGE_SHIFT);

        if (!folio_test_large(folio))
            return 1;

        return (uint)folio_pte_batch(folio, pte, ptep_get(pte), count);
    }

    [KernelSource("mm/mlock.c", "allow_mlock_munlock", Parity.Full)]
    private static bool allow_mlock_munlock(folio* folio, vm_area_struct* vma, ulong start, ulong end, uint step)
    {
        // An unlock is always right.
        if ((vma->vm_flags & VM_LOCKED) == 0)
            return true;

        if (!folio_test_large(folio))
            return true;

        if (!folio_within_range(folio, vma, start, end))
            return false;

        return step == folio_nr_pages(folio);
    }

    [KernelSource("mm/mlock.c", "mlock_pte_range", Parity.Reduced, "nothing is mapped by a PMD")]
    private static int mlock_pte_range(pmd_t* pmd, ulong addr, ulong end, mm_walk* walk)
    {
        vm_area_struct* vma = walk->vma;
        spinlock_t* ptl;
        ulong start = addr;

        pte_t* start_pte = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
        if (start_pte == null)
        {
            walk->action = ACTION_AGAIN;
            return 0;
        }

        for (pte_t* pte = start_pte; addr != end; pte++, addr += PAGE_SIZE)
        {
            pte_t ptent = ptep_get(pte);
            if (!pte_present(ptent))
                continue;
            folio* folio = vm_normal_folio(vma, addr, ptent);
            if (folio == null || folio_is_zone_device(folio))
                continue;

            uint step = folio_mlock_step(folio, pte, addr, end);
            if (!allow_mlock_munlock(folio, vma, start, end, step))
                goto next_entry;

            if ((vma->vm_flags & VM_LOCKED) != 0)
                mlock_folio(folio);
            else
                munlock_folio(folio);

        next_entry:
            pte += step - 1;
            addr += (ulong)(step - 1) << PAGE_SHIFT;
        }

        pte_unmap(start_pte);
        spin_unlock(ptl);
        cond_resched();
        return 0;
    }

    private static readonly mm_walk_ops* mlock_walk_ops = data(new mm_walk_ops
    {
        pmd_entry = &mlock_pte_range,
        walk_lock = PGWALK_WRLOCK_VERIFY,
    });

    [KernelSource("mm/mlock.c", "mlock_vma_pages_range", Parity.Full)]
    [MustHold("vma->vm_mm->mmap_lock")]
    private static void mlock_vma_pages_range(vm_area_struct* vma, ulong start, ulong end, vm_flags_t newflags)
    {
        // VM_IO keeps the rmap walks, which count locks too, out until this walk has been everywhere.
        if ((newflags & VM_LOCKED) != 0)
            newflags |= VM_IO;
        vma_start_write(vma);
        vm_flags_reset_once(vma, newflags);

        lru_add_drain();
        walk_page_range(vma->vm_mm, start, end, mlock_walk_ops, null);
        lru_add_drain();

        if ((newflags & VM_IO) != 0)
        {
            newflags &= ~VM_IO;
            vm_flags_reset_once(vma, newflags);
        }
    }

    [KernelSource("mm/mlock.c", "mlock_fixup", Parity.Full)]
    [MustHold("vma->vm_mm->mmap_lock")]
    private static int mlock_fixup(vma_iterator* vmi, vm_area_struct* vma, vm_area_struct** prev,
        ulong start, ulong end, vm_flags_t newflags)
    {
        mm_struct* mm = vma->vm_mm;
        int ret = 0;
        vm_flags_t oldflags = vma->vm_flags;

        if (newflags == oldflags || (oldflags & VM_SPECIAL) != 0 || (oldflags & VM_DROPPABLE) != 0)
            goto out_;

        vma = vma_modify_flags(vmi, *prev, vma, start, end, newflags);
        if (IS_ERR(vma))
        {
            ret = (int)PTR_ERR(vma);
            goto out_;
        }

        long nr_pages = (long)((end - start) >> PAGE_SHIFT);
        if ((newflags & VM_LOCKED) == 0)
            nr_pages = -nr_pages;
        else if ((oldflags & VM_LOCKED) != 0)
            nr_pages = 0;
        mm->locked_vm = (ulong)((long)mm->locked_vm + nr_pages);

        if ((newflags & VM_LOCKED) != 0 && (oldflags & VM_LOCKED) != 0)
        {
            // Locked already: the pages need no visit.
            vma_start_write(vma);
            vm_flags_reset(vma, newflags);
        }
        else
        {
            mlock_vma_pages_range(vma, start, end, newflags);
        }

    out_:
        *prev = vma;
        return ret;
    }

    [KernelSource("mm/mlock.c", "apply_vma_lock_flags", Parity.Full)]
    [MustHold("asm_percpu_h.current->mm->mmap_lock")]
    private static int apply_vma_lock_flags(ulong start, ulong len, vm_flags_t flags)
    {
        vma_iterator vmi = VMA_ITERATOR(current->mm, start);

        VM_BUG_ON(offset_in_page(start) != 0);
        VM_BUG_ON(len != PAGE_ALIGN(len));
        ulong end = start + len;
        if (end < start)
            return -EINVAL;
        if (end == start)
            return 0;
        vm_area_struct* vma = vma_iter_load(&vmi);
        if (vma == null)
            return -ENOMEM;

        vm_area_struct* prev = vma_prev(&vmi);
        if (start > vma->vm_start)
            prev = vma;

        ulong nstart = start;
        ulong tmp = vma->vm_start;
        while ((vma = vma_find(&vmi, end)) != null)
        {
            // A hole.
            if (vma->vm_start != tmp)
                return -ENOMEM;

            vm_flags_t newflags = vma->vm_flags & ~VM_LOCKED_MASK;
            newflags |= flags;
            tmp = vma->vm_end;
            if (tmp > end)
                tmp = end;
            int error = mlock_fixup(&vmi, vma, &prev, nstart, tmp, newflags);
            if (error != 0)
                return error;
            tmp = vma_iter_end(&vmi);
            nstart = tmp;
        }

        if (tmp < end)
            return -ENOMEM;

        return 0;
    }

    /// <summary>How many pages of a range are locked already.</summary>
    [KernelSource("mm/mlock.c", "count_mm_mlocked_page_nr", Parity.Full)]
    private static ulong count_mm_mlocked_page_nr(mm_struct* mm, ulong start, ulong len)
    {
        vm_area_struct* vma;
        ulong count = 0;
        vma_iterator vmi = VMA_ITERATOR(mm, start);

        ulong end = ulong.MaxValue - len < start ? ulong.MaxValue : start + len;

        while ((vma = vma_find(&vmi, end)) != null)
        {
            if ((vma->vm_flags & VM_LOCKED) != 0)
            {
                if (start > vma->vm_start)
                    count -= start - vma->vm_start;
                if (end < vma->vm_end)
                {
                    count += end - vma->vm_start;
                    break;
                }

                count += vma->vm_end - vma->vm_start;
            }
        }

        return count >> PAGE_SHIFT;
    }

    // A range without memory behind it is -ENOMEM to mlock(2); no memory for its pages is -EAGAIN.
    [KernelSource("mm/mlock.c", "__mlock_posix_error_return", Parity.Full)]
    private static int __mlock_posix_error_return(long retval)
    {
        if (retval == -EFAULT)
            retval = -ENOMEM;
        else if (retval == -ENOMEM)
            retval = -EAGAIN;
        return (int)retval;
    }

    [KernelSource("mm/mlock.c", "do_mlock", Parity.Full)]
    [Excludes("mm_struct.mmap_lock")]
    private static int do_mlock(ulong start, ulong len, vm_flags_t flags)
    {
        int error = -ENOMEM;

        start = untagged_addr(start);

        if (!can_do_mlock())
            return -EPERM;

        len = PAGE_ALIGN(len + offset_in_page(start));
        start &= PAGE_MASK;

        ulong lock_limit = rlimit(RLIMIT_MEMLOCK);
        lock_limit >>= PAGE_SHIFT;
        ulong locked = len >> PAGE_SHIFT;

        if (mmap_write_lock_killable(current->mm) != 0)
            return -EINTR;

        locked += current->mm->locked_vm;
        if (locked > lock_limit && !capable(CAP_IPC_LOCK))
        {
            // What the range has locked already does not count twice.
            locked -= count_mm_mlocked_page_nr(current->mm, start, len);
        }

        if (locked <= lock_limit || capable(CAP_IPC_LOCK))
            error = apply_vma_lock_flags(start, len, flags);

        mmap_write_unlock(current->mm);
        if (error != 0)
            return error;

        error = __mm_populate(start, len, 0);
        if (error != 0)
            return __mlock_posix_error_return(error);
        return 0;
    }

    [KernelSource("mm/mlock.c", "SYSCALL_mlock", Parity.Full)]
    public static int sys_mlock(ulong start, ulong len) => do_mlock(start, len, VM_LOCKED);

    [KernelSource("mm/mlock.c", "SYSCALL_mlock2", Parity.Full)]
    public static int sys_mlock2(ulong start, ulong len, int flags)
    {
        vm_flags_t vm_flags = VM_LOCKED;

        if ((flags & ~MLOCK_ONFAULT) != 0)
            return -EINVAL;

        if ((flags & MLOCK_ONFAULT) != 0)
            vm_flags |= VM_LOCKONFAULT;

        return do_mlock(start, len, vm_flags);
    }

    [KernelSource("mm/mlock.c", "SYSCALL_munlock", Parity.Full)]
    [Excludes("mm_struct.mmap_lock")]
    public static int sys_munlock(ulong start, ulong len)
    {
        len = PAGE_ALIGN(len + offset_in_page(start));
        start &= PAGE_MASK;

        if (mmap_write_lock_killable(current->mm) != 0)
            return -EINTR;
        int ret = apply_vma_lock_flags(start, len, 0);
        mmap_write_unlock(current->mm);

        return ret;
    }

    private const int MLOCK_ONFAULT = 1;
}
