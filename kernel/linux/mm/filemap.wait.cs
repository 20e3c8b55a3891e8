// SPDX-License-Identifier: GPL-2.0-only
// mm/filemap.c, the part that waits for folios: the folio lock and the writeback flag.
using static Linux.linux_pagemap_h;

namespace Linux;

/// <summary>Which bit of which folio a wakeup is for; include/linux/pagemap.h.</summary>
public unsafe struct wait_page_key
{
    public folio* folio;
    public int bit_nr;

    /// <summary>Set when somebody waits for just this.</summary>
    public int page_match;
}

/// <summary>Somebody who waits for a bit of a folio; include/linux/pagemap.h.</summary>
public unsafe struct wait_page_queue
{
    public folio* folio;
    public int bit_nr;
    public wait_queue_entry wait;
}

public static unsafe partial class mm_filemap_c
{
    private const int PAGE_WAIT_TABLE_BITS = 8;
    private const int PAGE_WAIT_TABLE_SIZE = 1 << PAGE_WAIT_TABLE_BITS;

    // Few folios are waited for at a time: they share queues by hash.
    private static readonly wait_queue_head* folio_wait_table = bss<wait_queue_head>(PAGE_WAIT_TABLE_SIZE);

    [KernelSource("mm/filemap.c", "folio_waitqueue", Parity.Full)]
    private static wait_queue_head* folio_waitqueue(folio* folio) =>
        &folio_wait_table[hash_ptr(folio, PAGE_WAIT_TABLE_BITS)];

    // How often a waiter lets somebody else have the lock before it insists.
    private static int sysctl_page_lock_unfairness = 5;

    [KernelSource("mm/filemap.c", "pagecache_init", Parity.Reduced, "sysctls are served by kernel/host/sysctl")]
    public static void pagecache_init()
    {
        for (int i = 0; i < PAGE_WAIT_TABLE_SIZE; i++)
            init_waitqueue_head(&folio_wait_table[i]);

        page_writeback_init();
    }

    [KernelSource("include/linux/pagemap.h", "wake_page_match", Parity.Full)]
    private static bool wake_page_match(wait_page_queue* wait_page, wait_page_key* key)
    {
        if (wait_page->folio != key->folio)
            return false;
        key->page_match = 1;

        return wait_page->bit_nr == key->bit_nr;
    }

    // A waiter that wants the bit for itself gets it handed over when it has lost often enough; others
    // only hear that it is free. -1 ends the walk: the bit is taken.
    [KernelSource("mm/filemap.c", "wake_page_function", Parity.Full)]
    private static int wake_page_function(wait_queue_entry* wait, uint mode, int sync, void* arg)
    {
        wait_page_key* key = (wait_page_key*)arg;
        wait_page_queue* wait_page = container_of<wait_page_queue>(wait, &((wait_page_queue*)nowhere)->wait);

        if (!wake_page_match(wait_page, key))
            return 0;

        uint flags = wait->flags;
        if ((flags & WQ_FLAG_EXCLUSIVE) != 0)
        {
            if (test_bit(key->bit_nr, &key->folio->flags.f))
                return -1;
            if ((flags & WQ_FLAG_CUSTOM) != 0)
            {
                if (test_and_set_bit(key->bit_nr, &key->folio->flags.f))
                    return -1;
                flags |= WQ_FLAG_DONE;
            }
        }

        // The waiter may go on, and its stack away, as soon as it sees the flag: so nothing of it is
        // touched after the last of these.
        smp_store_release(&wait->flags, flags | WQ_FLAG_WOKEN);
        wake_up_state((task_struct*)wait->@private, mode);

        list_del_init_careful(&wait->entry);
        return (flags & WQ_FLAG_EXCLUSIVE) != 0 ? 1 : 0;
    }

    [KernelSource("mm/filemap.c", "folio_wake_bit", Parity.Full)]
    [Excludes("wait_queue_head.lock")]
    private static void folio_wake_bit(folio* folio, int bit_nr)
    {
        wait_queue_head* q = folio_waitqueue(folio);
        wait_page_key key = new() { folio = folio, bit_nr = bit_nr };

        spin_lock_irqsave(&q->@lock, out IrqFlags flags);
        __wake_up_locked_key(q, TASK_NORMAL, &key);

        // Waiters for another folio or bit may keep the flag set needlessly; never the other way round.
        if (!waitqueue_active(q) || key.page_match == 0)
            folio_clear_waiters(folio);

        spin_unlock_irqrestore(&q->@lock, flags);
    }

    private enum behavior
    {
        EXCLUSIVE, // takes the bit
        SHARED, // waits for it to be clear
        DROP, // as SHARED, and gives up the reference before sleeping
    }

    [KernelSource("mm/filemap.c", "folio_trylock_flag", Parity.Full)]
    private static bool folio_trylock_flag(folio* folio, int bit_nr, wait_queue_entry* wait)
    {
        if ((wait->flags & WQ_FLAG_EXCLUSIVE) != 0)
        {
            if (test_and_set_bit(bit_nr, &folio->flags.f))
                return false;
        }
        else if (test_bit(bit_nr, &folio->flags.f))
        {
            return false;
        }

        wait->flags |= WQ_FLAG_WOKEN | WQ_FLAG_DONE;
        return true;
    }

    [KernelSource("mm/filemap.c", "folio_wait_bit_common", Parity.Full)]
    [Excludes("wait_queue_head.lock")]
    private static int folio_wait_bit_common(folio* folio, int bit_nr, uint state, behavior behavior)
    {
        wait_queue_head* q = folio_waitqueue(folio);
        int unfairness = sysctl_page_lock_unfairness;
        wait_page_queue wait_page;
        wait_queue_entry* wait = &wait_page.wait;
        bool thrashing = false;
        ulong pflags;

        // Waiting for a page of the working set to be read back is a stall of memory.
        if (bit_nr == PG_locked &&
            !folio_test_uptodate(folio) && folio_test_workingset(folio))
        {
            psi_memstall_enter(&pflags);
            thrashing = true;
        }

        init_wait(wait);
        wait->func = &wake_page_function;
        wait_page.folio = folio;
        wait_page.bit_nr = bit_nr;

    repeat:
        wait->flags = 0;
        if (behavior == behavior.EXCLUSIVE)
        {
            wait->flags = WQ_FLAG_EXCLUSIVE;
            if (--unfairness < 0)
                wait->flags |= WQ_FLAG_CUSTOM;
        }

        // The flag before the last look at the bit: who clears the bit looks at the flag afterwards.
        spin_lock_irq(&q->@lock);
        folio_set_waiters(folio);
        if (!folio_trylock_flag(folio, bit_nr, wait))
            __add_wait_queue_entry_tail(q, wait);
        spin_unlock_irq(&q->@lock);

        // From here on the queue keeps us safe, and the folio may go.
        if (behavior == behavior.DROP)
            folio_put(folio);

        for (; ; )
        {
            set_current_state(state);

            uint flags = smp_load_acquire(&wait->flags);
            if ((flags & WQ_FLAG_WOKEN) == 0)
            {
                if (signal_pending_state(state, current))
                    break;

                io_schedule();
                continue;
            }

            if (behavior != behavior.EXCLUSIVE)
                break;

            // It was handed over.
            if ((flags & WQ_FLAG_DONE) != 0)
                break;

            if (test_and_set_bit(bit_nr, folio_flags(folio, 0)))
                goto repeat;

            wait->flags |= WQ_FLAG_DONE;
            break;
        }

        // Off the queue whatever happened; a signal may have come together with the wakeup.
        finish_wait(q, wait);

        if (thrashing)
            psi_memstall_leave(&pflags);

        if (behavior == behavior.EXCLUSIVE)
            return (wait->flags & WQ_FLAG_DONE) != 0 ? 0 : -EINTR;

        return (wait->flags & WQ_FLAG_WOKEN) != 0 ? 0 : -EINTR;
    }

    [KernelSource("mm/filemap.c", "folio_wait_bit", Parity.Full)]
    [MightSleep]
    public static void folio_wait_bit(folio* folio, int bit_nr) =>
        folio_wait_bit_common(folio, bit_nr, TASK_UNINTERRUPTIBLE, behavior.SHARED);

    [KernelSource("mm/filemap.c", "folio_wait_bit_killable", Parity.Full)]
    public static int folio_wait_bit_killable(folio* folio, int bit_nr) =>
        folio_wait_bit_common(folio, bit_nr, TASK_KILLABLE, behavior.SHARED);

    [KernelSource("mm/filemap.c", "folio_put_wait_locked", Parity.Full)]
    private static int folio_put_wait_locked(folio* folio, uint state) =>
        folio_wait_bit_common(folio, PG_locked, state, behavior.DROP);

    [KernelSource("mm/filemap.c", "folio_unlock", Parity.Full)]
    [Releases("folio->PG_locked"), ContextPrimitive]
    public static void folio_unlock(folio* folio)
    {
        VM_BUG_ON_FOLIO(!folio_test_locked(folio), folio);
        if (folio_xor_flags_has_waiters(folio, 1UL << PG_locked))
            folio_wake_bit(folio, PG_locked);
    }

    /// <summary>Unlocks, and marks uptodate when the read went well, in one step.</summary>
    [KernelSource("mm/filemap.c", "folio_end_read", Parity.Full)]
    [Releases("folio->PG_locked"), ContextPrimitive]
    public static void folio_end_read(folio* folio, bool success)
    {
        ulong mask = 1UL << PG_locked;

        VM_BUG_ON_FOLIO(!folio_test_locked(folio), folio);
        VM_BUG_ON_FOLIO(success && folio_test_uptodate(folio), folio);

        if (success)
            mask |= 1UL << PG_uptodate;
        if (folio_xor_flags_has_waiters(folio, mask))
            folio_wake_bit(folio, PG_locked);
    }

    [KernelSource("mm/filemap.c", "folio_end_writeback_no_dropbehind", Parity.Full)]
    public static void folio_end_writeback_no_dropbehind(folio* folio)
    {
        VM_BUG_ON_FOLIO(!folio_test_writeback(folio), folio);

        // Marked by reclaim: to the tail of the inactive list, to be freed next.
        if (folio_test_reclaim(folio))
        {
            folio_clear_reclaim(folio);
            folio_rotate_reclaimable(folio);
        }

        if (__folio_end_writeback(folio))
            folio_wake_bit(folio, PG_writeback);

        acct_reclaim_writeback(folio);
    }

    [KernelSource("mm/filemap.c", "folio_end_writeback", Parity.Reduced, "no uncached I/O, so nothing to drop behind")]
    public static void folio_end_writeback(folio* folio)
    {
        VM_BUG_ON_FOLIO(!folio_test_writeback(folio), folio);

        // The flag is all that keeps the folio: hold it until the waiters are woken.
        folio_get(folio);
        folio_end_writeback_no_dropbehind(folio);
        folio_put(folio);
    }

    [KernelSource("mm/filemap.c", "__folio_lock", Parity.Full)]
    [Acquires("folio->PG_locked"), MightSleep, ContextPrimitive]
    public static void __folio_lock(folio* folio) =>
        folio_wait_bit_common(folio, PG_locked, TASK_UNINTERRUPTIBLE, behavior.EXCLUSIVE);

    [KernelSource("mm/filemap.c", "__folio_lock_killable", Parity.Full)]
    [TryAcquires(Result.Zero, "folio->PG_locked"), MightSleep, ContextPrimitive]
    public static int __folio_lock_killable(folio* folio) =>
        folio_wait_bit_common(folio, PG_locked, TASK_KILLABLE, behavior.EXCLUSIVE);

    /// <summary>For a fault: 0 with the folio locked, or VM_FAULT_RETRY, with the fault's own lock dropped unless it must not wait.</summary>
    [KernelSource("mm/filemap.c", "__folio_lock_or_retry", Parity.Full)]
    [TryAcquires(Result.Zero, "folio->PG_locked")]
    public static vm_fault_t __folio_lock_or_retry(folio* folio, vm_fault* vmf)
    {
        uint flags = vmf->flags;

        if (fault_flag_allow_retry_first(flags))
        {
            if ((flags & FAULT_FLAG_RETRY_NOWAIT) != 0)
                return VM_FAULT_RETRY;

            release_fault_lock(vmf);
            if ((flags & FAULT_FLAG_KILLABLE) != 0)
                folio_wait_locked_killable(folio);
            else
                folio_wait_locked(folio);
            return VM_FAULT_RETRY;
        }

        if ((flags & FAULT_FLAG_KILLABLE) != 0)
        {
            if (__folio_lock_killable(folio) != 0)
            {
                release_fault_lock(vmf);
                return VM_FAULT_RETRY;
            }
        }
        else
        {
            __folio_lock(folio);
        }

        return 0;
    }
}
