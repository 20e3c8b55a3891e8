// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>Waiting for a bit or a variable on a queue from a shared table: kernel/sched/wait_bit.c.</summary>
public static unsafe class linux_wait_bit_h
{
    private const int WAIT_TABLE_BITS = 8;
    private const int WAIT_TABLE_SIZE = 1 << WAIT_TABLE_BITS;

    private static readonly wait_queue_head* bit_wait_table = bss<wait_queue_head>(WAIT_TABLE_SIZE);

    [KernelSource("kernel/sched/wait_bit.c", "wait_bit_init", Parity.Full)]
    internal static void wait_bit_init()
    {
        for (int i = 0; i < WAIT_TABLE_SIZE; i++)
            init_waitqueue_head(bit_wait_table + i, "bit_wait_table + i");
    }

    [KernelSource("kernel/sched/wait_bit.c", "bit_waitqueue", Parity.Full)]
    public static wait_queue_head* bit_waitqueue(ulong* word, int bit)
    {
        const int shift = 6;
        ulong val = ((ulong)word << shift) | (uint)bit;
        return bit_wait_table + hash_long(val, WAIT_TABLE_BITS);
    }

    [KernelSource("include/linux/wait_bit.h", "DEFINE_WAIT_BIT", Parity.Full)]
    public static void init_wait_bit(wait_bit_queue_entry* name, ulong* word, int bit)
    {
        *name = default;
        name->key.flags = word;
        name->key.bit_nr = bit;
        name->wq_entry.@private = current;
        name->wq_entry.func = &wake_bit_function;
        INIT_LIST_HEAD(&name->wq_entry.entry);
    }

    private static wait_bit_queue_entry* wait_bit_of(wait_queue_entry* wq_entry) =>
        container_of<wait_bit_queue_entry>(wq_entry, &((wait_bit_queue_entry*)nowhere)->wq_entry);

    [KernelSource("kernel/sched/wait_bit.c", "wake_bit_function", Parity.Full)]
    public static int wake_bit_function(wait_queue_entry* wq_entry, uint mode, int sync, void* arg)
    {
        wait_bit_key* key = (wait_bit_key*)arg;
        wait_bit_queue_entry* wait_bit = wait_bit_of(wq_entry);
        if (wait_bit->key.flags != key->flags || wait_bit->key.bit_nr != key->bit_nr || test_bit(key->bit_nr, key->flags))
            return 0;
        return autoremove_wake_function(wq_entry, mode, sync, key);
    }

    [KernelSource("kernel/sched/wait_bit.c", "__wait_on_bit", Parity.Full)]
    public static int __wait_on_bit(wait_queue_head* wq_head, wait_bit_queue_entry* wbq_entry, delegate*<wait_bit_key*, uint, int> action, uint mode)
    {
        int ret = 0;
        do
        {
            prepare_to_wait(wq_head, &wbq_entry->wq_entry, mode);
            if (test_bit(wbq_entry->key.bit_nr, wbq_entry->key.flags))
                ret = action(&wbq_entry->key, mode);
        }
        while (test_bit_acquire(wbq_entry->key.bit_nr, wbq_entry->key.flags) && ret == 0);
        finish_wait(wq_head, &wbq_entry->wq_entry);
        return ret;
    }

    [KernelSource("kernel/sched/wait_bit.c", "out_of_line_wait_on_bit", Parity.Full)]
    [MightSleep]
    public static int out_of_line_wait_on_bit(ulong* word, int bit, delegate*<wait_bit_key*, uint, int> action, uint mode)
    {
        wait_queue_head* wq_head = bit_waitqueue(word, bit);
        wait_bit_queue_entry wq_entry;
        init_wait_bit(&wq_entry, word, bit);
        return __wait_on_bit(wq_head, &wq_entry, action, mode);
    }

    [KernelSource("kernel/sched/wait_bit.c", "out_of_line_wait_on_bit_timeout", Parity.Full)]
    [MightSleep]
    public static int out_of_line_wait_on_bit_timeout(ulong* word, int bit, delegate*<wait_bit_key*, uint, int> action, uint mode, ulong timeout)
    {
        wait_queue_head* wq_head = bit_waitqueue(word, bit);
        wait_bit_queue_entry wq_entry;
        init_wait_bit(&wq_entry, word, bit);
        wq_entry.key.timeout = jiffies + timeout;
        return __wait_on_bit(wq_head, &wq_entry, action, mode);
    }

    [KernelSource("kernel/sched/wait_bit.c", "__wait_on_bit_lock", Parity.Full)]
    public static int __wait_on_bit_lock(wait_queue_head* wq_head, wait_bit_queue_entry* wbq_entry, delegate*<wait_bit_key*, uint, int> action, uint mode)
    {
        int ret = 0;
        for (;;)
        {
            prepare_to_wait_exclusive(wq_head, &wbq_entry->wq_entry, mode);
            if (test_bit(wbq_entry->key.bit_nr, wbq_entry->key.flags))
            {
                ret = action(&wbq_entry->key, mode);
                // Off the queue before the bit is tried for the last time: a wakeup that meets us here must not be lost.
                if (ret != 0)
                    finish_wait(wq_head, &wbq_entry->wq_entry);
            }

            if (!test_and_set_bit(wbq_entry->key.bit_nr, wbq_entry->key.flags))
            {
                if (ret == 0)
                    finish_wait(wq_head, &wbq_entry->wq_entry);
                return 0;
            }

            if (ret != 0)
                return ret;
        }
    }

    [KernelSource("kernel/sched/wait_bit.c", "out_of_line_wait_on_bit_lock", Parity.Full)]
    [MightSleep]
    public static int out_of_line_wait_on_bit_lock(ulong* word, int bit, delegate*<wait_bit_key*, uint, int> action, uint mode)
    {
        wait_queue_head* wq_head = bit_waitqueue(word, bit);
        wait_bit_queue_entry wq_entry;
        init_wait_bit(&wq_entry, word, bit);
        return __wait_on_bit_lock(wq_head, &wq_entry, action, mode);
    }

    [KernelSource("include/linux/wait_bit.h", "wait_on_bit", Parity.Full)]
    [MightSleep]
    public static int wait_on_bit(ulong* word, int bit, uint mode)
    {
        might_sleep();
        return test_bit_acquire(bit, word) ? out_of_line_wait_on_bit(word, bit, &bit_wait, mode) : 0;
    }

    [KernelSource("include/linux/wait_bit.h", "wait_on_bit_io", Parity.Full)]
    [MightSleep]
    public static int wait_on_bit_io(ulong* word, int bit, uint mode)
    {
        might_sleep();
        return test_bit_acquire(bit, word) ? out_of_line_wait_on_bit(word, bit, &bit_wait_io, mode) : 0;
    }

    [KernelSource("include/linux/wait_bit.h", "wait_on_bit_timeout", Parity.Full)]
    [MightSleep]
    public static int wait_on_bit_timeout(ulong* word, int bit, uint mode, ulong timeout)
    {
        might_sleep();
        return test_bit_acquire(bit, word) ? out_of_line_wait_on_bit_timeout(word, bit, &bit_wait_timeout, mode, timeout) : 0;
    }

    [KernelSource("include/linux/wait_bit.h", "wait_on_bit_lock", Parity.Full)]
    [MightSleep]
    public static int wait_on_bit_lock(ulong* word, int bit, uint mode)
    {
        might_sleep();
        return test_and_set_bit(bit, word) ? out_of_line_wait_on_bit_lock(word, bit, &bit_wait, mode) : 0;
    }

    [KernelSource("include/linux/wait_bit.h", "wait_on_bit_lock_io", Parity.Full)]
    [MightSleep]
    public static int wait_on_bit_lock_io(ulong* word, int bit, uint mode)
    {
        might_sleep();
        return test_and_set_bit(bit, word) ? out_of_line_wait_on_bit_lock(word, bit, &bit_wait_io, mode) : 0;
    }

    [KernelSource("kernel/sched/wait_bit.c", "__wake_up_bit", Parity.Full)]
    public static void __wake_up_bit(wait_queue_head* wq_head, ulong* word, int bit)
    {
        wait_bit_key key = default;
        key.flags = word;
        key.bit_nr = bit;
        if (waitqueue_active(wq_head))
            __wake_up(wq_head, TASK_NORMAL, 1, &key);
    }

    [KernelSource("kernel/sched/wait_bit.c", "wake_up_bit", Parity.Full)]
    public static void wake_up_bit(ulong* word, int bit) => __wake_up_bit(bit_waitqueue(word, bit), word, bit);

    [KernelSource("include/linux/wait_bit.h", "clear_and_wake_up_bit", Parity.Full)]
    public static void clear_and_wake_up_bit(int bit, ulong* word)
    {
        clear_bit_unlock(bit, word);
        smp_mb();
        wake_up_bit(word, bit);
    }

    [KernelSource("kernel/sched/wait_bit.c", "__var_waitqueue", Parity.Full)]
    public static wait_queue_head* __var_waitqueue(void* p) => bit_wait_table + hash_long((ulong)p, WAIT_TABLE_BITS);

    [KernelSource("kernel/sched/wait_bit.c", "var_wake_function", Parity.Full)]
    private static int var_wake_function(wait_queue_entry* wq_entry, uint mode, int sync, void* arg)
    {
        wait_bit_key* key = (wait_bit_key*)arg;
        wait_bit_queue_entry* wbq_entry = wait_bit_of(wq_entry);
        if (wbq_entry->key.flags != key->flags || wbq_entry->key.bit_nr != key->bit_nr)
            return 0;
        return autoremove_wake_function(wq_entry, mode, sync, key);
    }

    [KernelSource("kernel/sched/wait_bit.c", "init_wait_var_entry", Parity.Full)]
    public static void init_wait_var_entry(wait_bit_queue_entry* wbq_entry, void* var, uint flags)
    {
        *wbq_entry = default;
        wbq_entry->key.flags = (ulong*)var;
        wbq_entry->key.bit_nr = -1;
        wbq_entry->wq_entry.flags = flags;
        wbq_entry->wq_entry.@private = current;
        wbq_entry->wq_entry.func = &var_wake_function;
        INIT_LIST_HEAD(&wbq_entry->wq_entry.entry);
    }

    [KernelSource("kernel/sched/wait_bit.c", "wake_up_var", Parity.Full)]
    public static void wake_up_var(void* var) => __wake_up_bit(__var_waitqueue(var), (ulong*)var, -1);

    [KernelSource("include/linux/wait_bit.h", "___wait_var_event", Parity.Full)]
    [ContextPrimitive]
    private static long ___wait_var_event<T>(void* var, ref T condition, uint state, spinlock_t* @lock = null) where T : struct, wait_condition
    {
        wait_queue_head* wq_head = __var_waitqueue(var);
        wait_bit_queue_entry wbq_entry;
        long ret = 0;
        init_wait_var_entry(&wbq_entry, var, 0);
        for (;;)
        {
            long interrupted = prepare_to_wait_event(wq_head, &wbq_entry.wq_entry, state);
            if (condition.test())
                break;
            if ((state & (TASK_INTERRUPTIBLE | TASK_WAKEKILL)) != 0 && interrupted != 0)
                return interrupted;
            if (@lock != null)
                spin_unlock(@lock);
            schedule();
            if (@lock != null)
                spin_lock(@lock);
        }

        finish_wait(wq_head, &wbq_entry.wq_entry);
        return ret;
    }

    [KernelSource("include/linux/wait_bit.h", "wait_var_event", Parity.Full)]
    [MightSleep]
    public static void wait_var_event<T>(void* var, T condition) where T : struct, wait_condition
    {
        might_sleep();
        if (!condition.test())
            ___wait_var_event(var, ref condition, TASK_UNINTERRUPTIBLE);
    }

    public static void wait_var_event(void* var, delegate*<void*, bool> condition, void* arg) =>
        wait_var_event(var, new wait_condition_fn(condition, arg));

    [KernelSource("include/linux/wait_bit.h", "wait_var_event_killable", Parity.Full)]
    [MightSleep]
    public static int wait_var_event_killable(void* var, delegate*<void*, bool> condition, void* arg)
    {
        wait_condition_fn cond = new(condition, arg);
        might_sleep();
        return cond.test() ? 0 : (int)___wait_var_event(var, ref cond, TASK_KILLABLE);
    }

    [KernelSource("include/linux/wait_bit.h", "wait_var_event_interruptible", Parity.Full)]
    [MightSleep]
    public static int wait_var_event_interruptible(void* var, delegate*<void*, bool> condition, void* arg)
    {
        wait_condition_fn cond = new(condition, arg);
        might_sleep();
        return cond.test() ? 0 : (int)___wait_var_event(var, ref cond, TASK_INTERRUPTIBLE);
    }

    /// <summary>The condition is tested with the spinlock held.</summary>
    [KernelSource("include/linux/wait_bit.h", "wait_var_event_spinlock", Parity.Full)]
    public static void wait_var_event_spinlock(void* var, delegate*<void*, bool> condition, void* arg, spinlock_t* @lock)
    {
        wait_condition_fn cond = new(condition, arg);
        if (!cond.test())
            ___wait_var_event(var, ref cond, TASK_UNINTERRUPTIBLE, @lock);
    }

    [KernelSource("kernel/sched/wait_bit.c", "bit_wait", Parity.Full)]
    public static int bit_wait(wait_bit_key* word, uint mode)
    {
        schedule();
        return signal_pending_state(mode, current) ? -EINTR : 0;
    }

    [KernelSource("kernel/sched/wait_bit.c", "bit_wait_io", Parity.Full)]
    public static int bit_wait_io(wait_bit_key* word, uint mode)
    {
        io_schedule();
        return signal_pending_state(mode, current) ? -EINTR : 0;
    }

    [KernelSource("kernel/sched/wait_bit.c", "bit_wait_timeout", Parity.Full)]
    public static int bit_wait_timeout(wait_bit_key* word, uint mode)
    {
        ulong now = jiffies;
        if (time_after_eq(now, word->timeout))
            return -EAGAIN;
        schedule_timeout((long)(word->timeout - now));
        return signal_pending_state(mode, current) ? -EINTR : 0;
    }
}
