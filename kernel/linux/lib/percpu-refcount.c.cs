// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_sched_h;
using static Linux.linux_wait_h;
using static Linux.linux_percpu_refcount_h;

namespace Linux;

/// <summary>
/// While the initial reference lives nobody looks for zero, so gets and puts count on their own CPU; single counts may
/// wrap, their sum does not. Killing waits until every CPU has seen the switch to one atomic, and then adds the sum to it;
/// until then a bias keeps that atomic from zero.
/// </summary>
public static unsafe partial class lib_percpu_refcount_c
{
    private const ulong PERCPU_COUNT_BIAS = 1UL << (BITS_PER_LONG - 1);

    [LockClass(HardIrq = true)]
    private static readonly spinlock_t* percpu_ref_switch_lock = bss<spinlock_t>();
    private static readonly wait_queue_head* percpu_ref_switch_waitq = bss<wait_queue_head>();

    /// <summary>The count of refs that were put too often.</summary>
    private static readonly atomic_t* underflows = bss<atomic_t>();

    [KernelSource("lib/percpu-refcount.c", "percpu_count_ptr", Parity.Full)]
    private static PerCpu<ulong>* percpu_count_ptr(percpu_ref* @ref) => (PerCpu<ulong>*)(@ref->percpu_count_ptr & ~__PERCPU_REF_ATOMIC_DEAD);

    [KernelSource("lib/percpu-refcount.c", "percpu_ref_init", Parity.Full)]
    public static int percpu_ref_init(percpu_ref* @ref, delegate*<percpu_ref*, void> release, uint flags, gfp_t gfp)
    {
        const ulong align = 1 << __PERCPU_REF_FLAG_BITS > sizeof(ulong) ? 1 << __PERCPU_REF_FLAG_BITS : sizeof(ulong);
        ulong start_count = 0;

        @ref->percpu_count_ptr = (ulong)__alloc_percpu_gfp(sizeof(ulong), align, gfp);
        if (@ref->percpu_count_ptr == 0)
            return -ENOMEM;

        percpu_ref_data* data = (percpu_ref_data*)kzalloc((ulong)sizeof(percpu_ref_data), gfp);
        if (data == null)
        {
            free_percpu((PerCpu<byte>*)@ref->percpu_count_ptr);
            @ref->percpu_count_ptr = 0;
            return -ENOMEM;
        }

        data->force_atomic = (flags & PERCPU_REF_INIT_ATOMIC) != 0;
        data->allow_reinit = (flags & PERCPU_REF_ALLOW_REINIT) != 0;

        if ((flags & (PERCPU_REF_INIT_ATOMIC | PERCPU_REF_INIT_DEAD)) != 0)
        {
            @ref->percpu_count_ptr |= __PERCPU_REF_ATOMIC;
            data->allow_reinit = true;
        }
        else
        {
            start_count += PERCPU_COUNT_BIAS;
        }

        if ((flags & PERCPU_REF_INIT_DEAD) != 0)
            @ref->percpu_count_ptr |= __PERCPU_REF_DEAD;
        else
            start_count++;

        atomic_long_set(&data->count, (long)start_count);

        data->release = release;
        data->confirm_switch = null;
        data->@ref = @ref;
        @ref->data = data;
        return 0;
    }

    [KernelSource("lib/percpu-refcount.c", "__percpu_ref_exit", Parity.Full)]
    private static void __percpu_ref_exit(percpu_ref* @ref)
    {
        PerCpu<ulong>* percpu_count = percpu_count_ptr(@ref);

        if (percpu_count != null)
        {
            // A switch that is under way still uses the counters.
            WARN_ON_ONCE(@ref->data != null && @ref->data->confirm_switch != null);
            free_percpu(percpu_count);
            @ref->percpu_count_ptr = __PERCPU_REF_ATOMIC_DEAD;
        }
    }

    [KernelSource("lib/percpu-refcount.c", "percpu_ref_exit", Parity.Full)]
    [Excludes("percpu_ref_switch_lock")]
    public static void percpu_ref_exit(percpu_ref* @ref)
    {
        percpu_ref_data* data = @ref->data;

        __percpu_ref_exit(@ref);

        if (data == null)
            return;

        spin_lock_irqsave(percpu_ref_switch_lock, out IrqFlags flags);
        @ref->percpu_count_ptr |= (ulong)atomic_long_read(&@ref->data->count) << __PERCPU_REF_FLAG_BITS;
        @ref->data = null;
        spin_unlock_irqrestore(percpu_ref_switch_lock, flags);

        kfree(data);
    }

    [KernelSource("lib/percpu-refcount.c", "percpu_ref_call_confirm_rcu", Parity.Full)]
    [PutsRef("percpu_ref_data.ref")]
    private static void percpu_ref_call_confirm_rcu(rcu_head* rcu)
    {
        percpu_ref_data* data = container_of<percpu_ref_data>(rcu, &((percpu_ref_data*)nowhere)->rcu);
        percpu_ref* @ref = data->@ref;

        data->confirm_switch(@ref);
        data->confirm_switch = null;
        wake_up_all(percpu_ref_switch_waitq);

        if (!data->allow_reinit)
            __percpu_ref_exit(@ref);

        // The reference that the switch took.
        percpu_ref_put(@ref);
    }

    [KernelSource("lib/percpu-refcount.c", "percpu_ref_switch_to_atomic_rcu", Parity.Reduced, "the object behind an underflow is not dumped: mem_dump_obj is not ported")]
    private static void percpu_ref_switch_to_atomic_rcu(rcu_head* rcu)
    {
        percpu_ref_data* data = container_of<percpu_ref_data>(rcu, &((percpu_ref_data*)nowhere)->rcu);
        percpu_ref* @ref = data->@ref;
        PerCpu<ulong>* percpu_count = percpu_count_ptr(@ref);
        ulong count = 0;

        foreach (int cpu in for_each_possible_cpu())
            count += *per_cpu_ptr(percpu_count, cpu);

        /*
         * The sum first, then one addition: a single CPU's part could take the atomic to zero while another's gets
         * are still missing. The bias may go in the same step, but not before.
         */
        atomic_long_add((long)(count - PERCPU_COUNT_BIAS), &data->count);

        if (atomic_long_read(&data->count) <= 0)
        {
            WARN_ONCE(true, $"percpu ref ({(nint)data->release:x}) <= 0 ({atomic_long_read(&data->count)}) after switching to atomic");
            if (atomic_inc_return(underflows) < 4)
                pr_err("percpu_ref_switch_to_atomic_rcu(): percpu_ref underflow");
        }

        percpu_ref_call_confirm_rcu(rcu);
    }

    [KernelSource("lib/percpu-refcount.c", "percpu_ref_noop_confirm_switch", Parity.Full)]
    private static void percpu_ref_noop_confirm_switch(percpu_ref* @ref)
    {
    }

    [KernelSource("lib/percpu-refcount.c", "__percpu_ref_switch_to_atomic", Parity.Full)]
    [ContextUnsafe("percpu_ref_call_confirm_rcu() puts it", Rule = "KM0501")]
    private static void __percpu_ref_switch_to_atomic(percpu_ref* @ref, delegate*<percpu_ref*, void> confirm_switch)
    {
        if ((@ref->percpu_count_ptr & __PERCPU_REF_ATOMIC) != 0)
        {
            if (confirm_switch != null)
                confirm_switch(@ref);
            return;
        }

        @ref->percpu_count_ptr |= __PERCPU_REF_ATOMIC;

        // A confirm_switch that is not null says that a switch is under way.
        @ref->data->confirm_switch = confirm_switch != null ? confirm_switch : &percpu_ref_noop_confirm_switch;

        percpu_ref_get(@ref);
        call_rcu_hurry(&@ref->data->rcu, &percpu_ref_switch_to_atomic_rcu);
    }

    [KernelSource("lib/percpu-refcount.c", "__percpu_ref_switch_to_percpu", Parity.Full)]
    private static void __percpu_ref_switch_to_percpu(percpu_ref* @ref)
    {
        PerCpu<ulong>* percpu_count = percpu_count_ptr(@ref);

        BUG_ON(percpu_count == null);

        if ((@ref->percpu_count_ptr & __PERCPU_REF_ATOMIC) == 0)
            return;

        if (WARN_ON_ONCE(!@ref->data->allow_reinit))
            return;

        atomic_long_add(unchecked((long)PERCPU_COUNT_BIAS), &@ref->data->count);

        // Whoever sees the ATOMIC bit gone sees the zeroes: pairs with READ_ONCE in __ref_is_percpu.
        foreach (int cpu in for_each_possible_cpu())
            *per_cpu_ptr(percpu_count, cpu) = 0;

        smp_store_release(&@ref->percpu_count_ptr, @ref->percpu_count_ptr & ~__PERCPU_REF_ATOMIC);
    }

    private static bool switch_is_over(void* data) => READ_ONCE((nint*)&((percpu_ref_data*)data)->confirm_switch) == 0;

    [KernelSource("lib/percpu-refcount.c", "__percpu_ref_switch_mode", Parity.Full)]
    [MustHold("percpu_ref_switch_lock"), RequiresIrqsOff]
    private static void __percpu_ref_switch_mode(percpu_ref* @ref, delegate*<percpu_ref*, void> confirm_switch)
    {
        percpu_ref_data* data = @ref->data;

        lockdep_assert_held(percpu_ref_switch_lock);

        // Only if a switch to atomic is under way does this sleep.
        wait_event_lock_irq(percpu_ref_switch_waitq, &switch_is_over, data, percpu_ref_switch_lock);

        if (data->force_atomic || percpu_ref_is_dying(@ref))
            __percpu_ref_switch_to_atomic(@ref, confirm_switch);
        else
            __percpu_ref_switch_to_percpu(@ref);
    }

    [KernelSource("lib/percpu-refcount.c", "percpu_ref_switch_to_atomic", Parity.Full)]
    [Excludes("percpu_ref_switch_lock")]
    public static void percpu_ref_switch_to_atomic(percpu_ref* @ref, delegate*<percpu_ref*, void> confirm_switch)
    {
        spin_lock_irqsave(percpu_ref_switch_lock, out IrqFlags flags);

        @ref->data->force_atomic = true;
        __percpu_ref_switch_mode(@ref, confirm_switch);

        spin_unlock_irqrestore(percpu_ref_switch_lock, flags);
    }

    [KernelSource("lib/percpu-refcount.c", "percpu_ref_switch_to_atomic_sync", Parity.Full)]
    public static void percpu_ref_switch_to_atomic_sync(percpu_ref* @ref)
    {
        percpu_ref_switch_to_atomic(@ref, null);
        wait_event(percpu_ref_switch_waitq, &switch_is_over, @ref->data);
    }

    [KernelSource("lib/percpu-refcount.c", "percpu_ref_switch_to_percpu", Parity.Full)]
    [Excludes("percpu_ref_switch_lock")]
    public static void percpu_ref_switch_to_percpu(percpu_ref* @ref)
    {
        spin_lock_irqsave(percpu_ref_switch_lock, out IrqFlags flags);

        @ref->data->force_atomic = false;
        __percpu_ref_switch_mode(@ref, null);

        spin_unlock_irqrestore(percpu_ref_switch_lock, flags);
    }

    [KernelSource("lib/percpu-refcount.c", "percpu_ref_kill_and_confirm", Parity.Full)]
    [Excludes("percpu_ref_switch_lock")]
    [PutsRef("ref", Sometimes = true)]
    public static void percpu_ref_kill_and_confirm(percpu_ref* @ref, delegate*<percpu_ref*, void> confirm_kill)
    {
        spin_lock_irqsave(percpu_ref_switch_lock, out IrqFlags flags);

        WARN_ONCE(percpu_ref_is_dying(@ref), "percpu_ref_kill_and_confirm called more than once!");

        @ref->percpu_count_ptr |= __PERCPU_REF_DEAD;
        __percpu_ref_switch_mode(@ref, confirm_kill);
        percpu_ref_put(@ref);

        spin_unlock_irqrestore(percpu_ref_switch_lock, flags);
    }

    [KernelSource("lib/percpu-refcount.c", "percpu_ref_is_zero", Parity.Full)]
    [Excludes("percpu_ref_switch_lock")]
    public static bool percpu_ref_is_zero(percpu_ref* @ref)
    {
        ulong count;

        if (__ref_is_percpu(@ref, out _))
            return false;

        // Against percpu_ref_exit, which moves the count into the pointer.
        spin_lock_irqsave(percpu_ref_switch_lock, out IrqFlags flags);
        if (@ref->data != null)
            count = (ulong)atomic_long_read(&@ref->data->count);
        else
            count = @ref->percpu_count_ptr >> __PERCPU_REF_FLAG_BITS;
        spin_unlock_irqrestore(percpu_ref_switch_lock, flags);

        return count == 0;
    }

    [KernelSource("lib/percpu-refcount.c", "percpu_ref_reinit", Parity.Full)]
    public static void percpu_ref_reinit(percpu_ref* @ref)
    {
        WARN_ON_ONCE(!percpu_ref_is_zero(@ref));

        percpu_ref_resurrect(@ref);
    }

    [KernelSource("lib/percpu-refcount.c", "percpu_ref_resurrect", Parity.Full)]
    [Excludes("percpu_ref_switch_lock")]
    [ContextUnsafe("the reference that a kill puts is taken again", Rule = "KM0501")]
    public static void percpu_ref_resurrect(percpu_ref* @ref)
    {
        spin_lock_irqsave(percpu_ref_switch_lock, out IrqFlags flags);

        WARN_ON_ONCE(!percpu_ref_is_dying(@ref));
        WARN_ON_ONCE(__ref_is_percpu(@ref, out _));

        @ref->percpu_count_ptr &= ~__PERCPU_REF_DEAD;
        percpu_ref_get(@ref);
        __percpu_ref_switch_mode(@ref, null);

        spin_unlock_irqrestore(percpu_ref_switch_lock, flags);
    }
}
