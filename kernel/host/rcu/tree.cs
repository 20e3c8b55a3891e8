// SPDX-License-Identifier: GPL-2.0-only
using System.Threading;

namespace Linux;

/// <summary>What one CPU has queued, newest first.</summary>
internal unsafe struct rcu_data
{
    public callback_head* cblist;
    public callback_head barrier_head;
}

/// <summary>The grace period machinery, of which there is one.</summary>
internal unsafe struct rcu_state
{
    public raw_spinlock_t @lock;

    /// <summary>Odd while a grace period is under way.</summary>
    public ulong gp_seq;

    /// <summary>The CPUs that this grace period still waits for.</summary>
    public ulong qsmask;

    /// <summary>Callbacks that this grace period will make ready, oldest first, and those that are ready.</summary>
    public callback_head* wait;
    public callback_head** wait_tail;
    public callback_head* done;
    public callback_head** done_tail;

    /// <summary>Whether somebody waits who has queued after this grace period began: the next one follows at once.</summary>
    public int hurry;

    /// <summary>Whether some CPU runs callbacks: one at a time, so that they run in order.</summary>
    public int running;
    public ulong gp_start;
    public atomic_t barrier_cpu_count;
    public completion barrier_completion;
    public mutex barrier_mutex;
}

/// <summary>
/// Grace periods, in the place of kernel/rcu/tree.c. A grace period takes over everything queued before it, waits until
/// each CPU has been seen in user mode or idle or has passed a quiescent state (a switch, cond_resched, the way to user
/// mode), and then makes those callbacks ready. The CPU that ends it runs them, in its RCU softirq.
/// </summary>
/// <remarks>
/// A CPU says that it is in user mode, or sleeps idle, by a plain store. Against that stands one barrier on all CPUs at the
/// start of a grace period: either the store was seen there, or that CPU sees the grace period that waits for it. A CPU that
/// merely lost its turn in deterministic mode may be inside a reader, and is waited for as any other.
/// </remarks>
[ContextPrimitive]
public static unsafe class kernel_rcu_tree_c
{
    private static readonly rcu_state* state = bss<rcu_state>();
    [PerCpu(Remote = true)]
    private static readonly PerCpu<rcu_data>* data = DEFINE_PER_CPU<rcu_data>();
    private static readonly lockdep_map* rcu_callback_map = bss<lockdep_map>();

    /// <summary>In parallel mode grace periods start at most this often, unless somebody waits: their barrier stops every CPU.</summary>
    internal const ulong GP_INTERVAL_NS = 1_000_000;

    internal static void rcu_init()
    {
        rcu_init_lockdep();
        lockdep_init_map_type(rcu_callback_map, "rcu_callback", null, 0, LD_WAIT_CONFIG, LD_WAIT_FREE, LD_LOCK_NORMAL, "", 0);
        raw_spin_lock_init(&state->@lock, "rcu_state.lock");
        mutex_init(&state->barrier_mutex, "rcu_state.barrier_mutex");
        state->wait_tail = &state->wait;
        state->done_tail = &state->done;
        open_softirq(RCU_SOFTIRQ, &rcu_core_si);
    }

    /// <summary>Grace periods begun and ended since boot.</summary>
    public static ulong rcu_gp_seq => Volatile.Read(ref state->gp_seq);

    /* Queueing. */

    private static void push(rcu_data* rdp, callback_head* head)
    {
        callback_head* first;
        do
        {
            first = READ_ONCE(&rdp->cblist);
            head->next = first;
        }
        while (cmpxchg(&rdp->cblist, first, head) != first);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool gp_in_progress() => (Volatile.Read(ref state->gp_seq) & 1) != 0;

    private static void __call_rcu_common(callback_head* head, delegate*<callback_head*, void> func, bool hurry)
    {
        head->func = func;
        push(raw_cpu_ptr(data), head);
        // Fully ordered, as it has to be seen by whoever ends a grace period that is found under way below.
        if (hurry)
            xchg(&state->hurry, 1);
        if (!gp_in_progress() && gp_due())
            rcu_start_gp();
    }

    /// <summary>Whether what is queued need not wait any longer.</summary>
    private static bool gp_due() =>
        sched_host.deterministic || READ_ONCE(ref state->hurry) != 0 || sched_host.now() - Volatile.Read(ref state->gp_start) >= GP_INTERVAL_NS;

    /// <summary>Calls func(head) after a grace period, in softirq context.</summary>
    [KernelSource("kernel/rcu/tree.c", "call_rcu", Parity.Reduced, "grace periods are the host's: no rcu_node tree, no kthreads, no offloading")]
    [GracePeriod]
    [Frees("head")]
    public static void call_rcu(callback_head* head, [Callback(SoftIrq = true)] delegate*<callback_head*, void> func) => __call_rcu_common(head, func, false);

    /// <summary>call_rcu of who cannot wait for others to start a grace period.</summary>
    [KernelSource("kernel/rcu/tree.c", "call_rcu_hurry", Parity.Reduced, "as call_rcu")]
    [GracePeriod]
    [Frees("head")]
    public static void call_rcu_hurry(callback_head* head, [Callback(SoftIrq = true)] delegate*<callback_head*, void> func) => __call_rcu_common(head, func, true);

    /// <summary>Frees ptr after a grace period; head is its rcu_head.</summary>
    [KernelSource("include/linux/rcupdate.h", "kfree_rcu", Parity.Full)]
    [GracePeriod]
    [Frees("ptr")]
    public static void kfree_rcu(void* ptr, callback_head* head) => kvfree_rcu(ptr, head);

    [KernelSource("include/linux/rcupdate.h", "kvfree_rcu", Parity.Full)]
    [GracePeriod]
    [Frees("ptr")]
    public static void kvfree_rcu(void* ptr, callback_head* head)
    {
        if (ptr != null)
            kvfree_call_rcu(head, ptr);
    }

    [KernelSource("include/linux/rcupdate.h", "kfree_rcu_mightsleep", Parity.Full)]
    [MightSleep]
    public static void kfree_rcu_mightsleep(void* ptr)
    {
        if (ptr != null)
            kvfree_call_rcu(null, ptr);
    }

    [KernelSource("mm/slab_common.c", "kvfree_rcu_barrier", Parity.Reduced, "there are no batches beside the callbacks")]
    [MightSleep]
    public static void kvfree_rcu_barrier() => rcu_barrier();

    /* Waiting. */

    private struct rcu_synchronize
    {
        public callback_head head;
        public completion completion;
    }

    [KernelSource("kernel/rcu/update.c", "wakeme_after_rcu", Parity.Full)]
    private static void wakeme_after_rcu(callback_head* head) =>
        complete(&container_of<rcu_synchronize>(head, &((rcu_synchronize*)nowhere)->head)->completion);

    [KernelSource("kernel/rcu/tree.c", "synchronize_rcu", Parity.Reduced, "as call_rcu")]
    [GracePeriod(Waits = true), MightSleep]
    public static void synchronize_rcu([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        rcu_synchronize rs;
        if (prove_locking)
        {
            RCU_LOCKDEP_WARN(
                lockdep.is_held((nint)rcu_lock_map, -1) == LOCK_STATE_HELD || lockdep.is_held((nint)rcu_bh_lock_map, -1) == LOCK_STATE_HELD ||
                lockdep.is_held((nint)rcu_sched_lock_map, -1) == LOCK_STATE_HELD,
                "Illegal synchronize_rcu() in RCU read-side critical section", file, line);
        }

        might_sleep(file, line);
        init_completion(&rs.completion);
        call_rcu_hurry(&rs.head, &wakeme_after_rcu);
        wait_for_completion(&rs.completion);
    }

    [KernelSource("kernel/rcu/tree_exp.h", "synchronize_rcu_expedited", Parity.Reduced, "as synchronize_rcu: no interrupts hurry the other CPUs")]
    [GracePeriod(Waits = true), MightSleep]
    public static void synchronize_rcu_expedited([CallerFilePath] string file = "", [CallerLineNumber] int line = 0) => synchronize_rcu(file, line);

    [KernelSource("include/linux/rcupdate.h", "synchronize_sched", Parity.Reduced, "as synchronize_rcu")]
    [GracePeriod(Waits = true), MightSleep]
    public static void synchronize_rcu_mult() => synchronize_rcu();

    [KernelSource("kernel/rcu/tree.c", "rcu_barrier_callback", Parity.Full)]
    private static void rcu_barrier_callback(callback_head* rhp)
    {
        if (atomic_dec_and_test(&state->barrier_cpu_count))
            complete(&state->barrier_completion);
    }

    /// <summary>Returns when every callback that was queued before has been run: one more at the end of each CPU's queue.</summary>
    [KernelSource("kernel/rcu/tree.c", "rcu_barrier", Parity.Reduced, "as call_rcu")]
    [MightSleep]
    public static void rcu_barrier()
    {
        mutex_lock(&state->barrier_mutex);
        init_completion(&state->barrier_completion);
        atomic_set(&state->barrier_cpu_count, 1);
        for (int cpu = 0; cpu < sched_host.nr_cpus; cpu++)
        {
            rcu_data* rdp = per_cpu_ptr(data, cpu);
            atomic_inc(&state->barrier_cpu_count);
            rdp->barrier_head.func = &rcu_barrier_callback;
            push(rdp, &rdp->barrier_head);
        }

        xchg(&state->hurry, 1);
        if (!gp_in_progress())
            rcu_start_gp();
        if (atomic_dec_and_test(&state->barrier_cpu_count))
            complete(&state->barrier_completion);
        wait_for_completion(&state->barrier_completion);
        mutex_unlock(&state->barrier_mutex);
    }

    /* Grace periods. */

    private static bool anything_queued()
    {
        for (int cpu = 0; cpu < sched_host.nr_cpus; cpu++)
        {
            if (READ_ONCE(&per_cpu_ptr(data, cpu)->cblist) != null)
                return true;
        }

        return false;
    }

    /// <summary>Moves what all CPUs have queued to the end of the waiting list, oldest of each CPU first.</summary>
    private static void collect()
    {
        for (int cpu = 0; cpu < sched_host.nr_cpus; cpu++)
        {
            callback_head* newest = xchg(&per_cpu_ptr(data, cpu)->cblist, (callback_head*)null);
            if (newest == null)
                continue;
            callback_head* oldest = null;
            for (callback_head* p = newest; p != null;)
            {
                callback_head* older = p->next;
                p->next = oldest;
                oldest = p;
                p = older;
            }

            *state->wait_tail = oldest;
            state->wait_tail = &newest->next;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void rcu_start_gp()
    {
        raw_spin_lock_irqsave(&state->@lock, out IrqFlags flags);
        if (!gp_in_progress())
            rcu_gp_init();
        raw_spin_unlock_irqrestore(&state->@lock, flags);
    }

    private static bool in_extended_qs(cpu* c) => c->online == 0 || Volatile.Read(ref c->rcu_eqs) != 0;

    private static void rcu_gp_init()
    {
        // Before the queues are emptied: who is in a hurry from here on may find himself in them already, at no harm.
        xchg(&state->hurry, 0);
        collect();
        if (state->wait == null)
            return;
        ulong mask = 0;
        for (int cpu = 0; cpu < sched_host.nr_cpus; cpu++)
            mask |= 1UL << cpu;
        state->gp_start = sched_host.now();
        Volatile.Write(ref state->gp_seq, state->gp_seq + 1);
        Volatile.Write(ref state->qsmask, mask);
        if (!sched_host.deterministic)
            Interlocked.MemoryBarrierProcessWide();
        for (int cpu = 0; cpu < sched_host.nr_cpus; cpu++)
        {
            if (in_extended_qs(sched_host.cpu_of(cpu)))
                mask &= ~(1UL << cpu);
        }

        Volatile.Write(ref state->qsmask, mask);
        // This CPU too, if it calls on its way to sleep.
        if (mask == 0)
            rcu_gp_cleanup();
    }

    private static void rcu_gp_cleanup()
    {
        *state->done_tail = state->wait;
        state->done_tail = state->wait_tail;
        state->wait = null;
        state->wait_tail = &state->wait;
        Volatile.Write(ref state->gp_seq, state->gp_seq + 1);
        raise_softirq_irqoff(RCU_SOFTIRQ);
        // Who queues now in a hurry either sees that no grace period is under way, or is seen here; others may wait for the tick.
        smp_mb();
        if (gp_due() && anything_queued())
            rcu_gp_init();
    }

    /* Quiescent states. */

    /// <summary>This CPU holds nothing that RCU protects, here and now.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void rcu_qs(cpu* c)
    {
        if ((Volatile.Read(ref state->qsmask) >> c->number & 1) != 0)
            rcu_report_qs(c);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void rcu_report_qs(cpu* c)
    {
        raw_spin_lock_irqsave(&state->@lock, out IrqFlags flags);
        ulong mask = state->qsmask & ~(1UL << c->number);
        if (mask != state->qsmask)
        {
            Volatile.Write(ref state->qsmask, mask);
            if (mask == 0)
                rcu_gp_cleanup();
        }

        raw_spin_unlock_irqrestore(&state->@lock, flags);
    }

    /// <summary>From schedule(), before the switch.</summary>
    [KernelSource("kernel/rcu/tree_plugin.h", "rcu_note_context_switch", Parity.Reduced, "as call_rcu")]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void rcu_note_context_switch(bool preempt)
    {
        if (prove_locking)
            RCU_LOCKDEP_WARN(!preempt && lockdep.is_held((nint)rcu_lock_map, -1) == LOCK_STATE_HELD, "Voluntary context switch within RCU read-side critical section!");
        rcu_qs(__this_cpu);
    }

    /// <summary>From cond_resched() that does not switch.</summary>
    [KernelSource("kernel/rcu/tree_plugin.h", "rcu_all_qs", Parity.Reduced, "as call_rcu")]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void rcu_all_qs() => rcu_qs(__this_cpu);

    /// <summary>The CPU goes to user mode, or to sleep. False if that made work for it: then it does not go yet.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool rcu_user_enter(cpu* c)
    {
        Volatile.Write(ref c->rcu_eqs, 1);
        if ((Volatile.Read(ref state->qsmask) >> c->number & 1) == 0)
            return true;
        rcu_report_qs(c);
        if ((Volatile.Read(ref c->pending) & CPU_PENDING_SOFTIRQ) == 0)
            return true;
        rcu_user_exit(c);
        return false;
    }

    /// <summary>The CPU comes from user mode, or wakes up.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void rcu_user_exit(cpu* c) => Volatile.Write(ref c->rcu_eqs, 0);

    /// <summary>The CPU has nothing to run, so no tick: nobody may be left behind that only it could help.</summary>
    internal static void rcu_idle_enter(cpu* c)
    {
        rcu_qs(c);
        if (!gp_in_progress() && anything_queued())
        {
            rcu_start_gp();
            rcu_qs(c);
        }
    }

    /// <summary>
    /// The CPU goes to user mode. In parallel mode its tick goes on there, for which what it has queued may wait; in
    /// deterministic mode it may be the only CPU that has a turn.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void rcu_user_prepare(cpu* c)
    {
        if (sched_host.deterministic)
        {
            rcu_idle_enter(c);
            return;
        }

        rcu_qs(c);
        if (READ_ONCE(&this_cpu_ptr(data, c)->cblist) != null && !gp_in_progress() && gp_due())
        {
            rcu_start_gp();
            rcu_qs(c);
        }
    }

    /// <summary>From the tick: starts the grace period that call_rcu left for later.</summary>
    [KernelSource("kernel/rcu/tree.c", "rcu_sched_clock_irq", Parity.Reduced, "as call_rcu")]
    internal static void rcu_sched_clock_irq(int user)
    {
        if (!gp_in_progress() && anything_queued())
            rcu_start_gp();
    }

    /* Callbacks. */

    private static void rcu_core_si()
    {
        while (READ_ONCE(&state->done) != null)
        {
            if (cmpxchg(&state->running, 0, 1) != 0)
                return;
            for (;;)
            {
                raw_spin_lock_irqsave(&state->@lock, out IrqFlags flags);
                callback_head* list = state->done;
                state->done = null;
                state->done_tail = &state->done;
                raw_spin_unlock_irqrestore(&state->@lock, flags);
                if (list == null)
                    break;
                rcu_do_batch(list);
            }

            // Whoever made more ready meanwhile saw us running: look again once that is over.
            xchg(&state->running, 0);
        }
    }

    private static void rcu_do_batch(callback_head* list)
    {
        while (list != null)
        {
            callback_head* rhp = list;
            list = rhp->next;
            lock_acquire(rcu_callback_map, 0, 0, 2, 0, null);
            rhp->func(rhp);
            lock_release(rcu_callback_map);
        }
    }
}
