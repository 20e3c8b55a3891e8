// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_atomic_h;
using static Linux.linux_percpu_h;
using static Linux.linux_rcupdate_h;

namespace Linux;

public unsafe partial struct percpu_ref_data
{
    public atomic_long_t count;
    public delegate*<percpu_ref*, void> release;
    public delegate*<percpu_ref*, void> confirm_switch;
    private byte bits;
    public callback_head rcu;
    public percpu_ref* @ref;

    /// <summary>Stays in atomic mode until it is told to go per-CPU.</summary>
    public bool force_atomic
    {
        readonly get => (bits & 1) != 0;
        set => bits = (byte)(value ? bits | 1 : bits & ~1);
    }

    public bool allow_reinit
    {
        readonly get => (bits & 2) != 0;
        set => bits = (byte)(value ? bits | 2 : bits & ~2);
    }
}

/// <summary>A reference count that is per-CPU while it lives. The pointer's low bits say in which mode it is.</summary>
public unsafe partial struct percpu_ref
{
    public ulong percpu_count_ptr;
    public percpu_ref_data* data;
}

public static unsafe partial class linux_percpu_refcount_h
{
    public const ulong __PERCPU_REF_ATOMIC = 1UL << 0;
    public const ulong __PERCPU_REF_DEAD = 1UL << 1;
    public const ulong __PERCPU_REF_ATOMIC_DEAD = __PERCPU_REF_ATOMIC | __PERCPU_REF_DEAD;
    public const int __PERCPU_REF_FLAG_BITS = 2;

    public const uint PERCPU_REF_INIT_ATOMIC = 1 << 0;
    public const uint PERCPU_REF_INIT_DEAD = 1 << 1;
    public const uint PERCPU_REF_ALLOW_REINIT = 1 << 2;

    [KernelSource("include/linux/percpu-refcount.h", "percpu_ref_kill", Parity.Full)]
    public static void percpu_ref_kill(percpu_ref* @ref) => percpu_ref_kill_and_confirm(@ref, null);

    [KernelSource("include/linux/percpu-refcount.h", "__ref_is_percpu", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool __ref_is_percpu(percpu_ref* @ref, out PerCpu<ulong>* percpu_countp)
    {
        // One read: the mode bits may be set at any time, and what is tested must be what is used as the pointer.
        ulong percpu_ptr = READ_ONCE(&@ref->percpu_count_ptr);
        percpu_countp = (PerCpu<ulong>*)percpu_ptr;
        // DEAD may be seen before ATOMIC while the ref is being killed.
        return (percpu_ptr & __PERCPU_REF_ATOMIC_DEAD) == 0;
    }

    [KernelSource("include/linux/percpu-refcount.h", "percpu_ref_get_many", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void percpu_ref_get_many(percpu_ref* @ref, ulong nr)
    {
        rcu_read_lock();
        if (__ref_is_percpu(@ref, out PerCpu<ulong>* percpu_count))
            this_cpu_add(percpu_count, nr);
        else
            atomic_long_add((long)nr, &@ref->data->count);
        rcu_read_unlock();
    }

    [KernelSource("include/linux/percpu-refcount.h", "percpu_ref_get", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [GetsRef("ref")]
    public static void percpu_ref_get(percpu_ref* @ref) => percpu_ref_get_many(@ref, 1);

    [KernelSource("include/linux/percpu-refcount.h", "percpu_ref_tryget_many", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool percpu_ref_tryget_many(percpu_ref* @ref, ulong nr)
    {
        bool ret;
        rcu_read_lock();
        if (__ref_is_percpu(@ref, out PerCpu<ulong>* percpu_count))
        {
            this_cpu_add(percpu_count, nr);
            ret = true;
        }
        else
        {
            ret = atomic_long_add_unless(&@ref->data->count, (long)nr, 0);
        }

        rcu_read_unlock();
        return ret;
    }

    [KernelSource("include/linux/percpu-refcount.h", "percpu_ref_tryget", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [TryGetsRef(Result.True, "ref")]
    public static bool percpu_ref_tryget(percpu_ref* @ref) => percpu_ref_tryget_many(@ref, 1);

    [KernelSource("include/linux/percpu-refcount.h", "percpu_ref_tryget_live_rcu", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool percpu_ref_tryget_live_rcu(percpu_ref* @ref)
    {
        bool ret = false;
        WARN_ON_ONCE(!rcu_read_lock_held());
        if (__ref_is_percpu(@ref, out PerCpu<ulong>* percpu_count))
        {
            this_cpu_inc(percpu_count);
            ret = true;
        }
        else if ((@ref->percpu_count_ptr & __PERCPU_REF_DEAD) == 0)
        {
            ret = atomic_long_inc_not_zero(&@ref->data->count);
        }

        return ret;
    }

    [KernelSource("include/linux/percpu-refcount.h", "percpu_ref_tryget_live", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [TryGetsRef(Result.True, "ref")]
    public static bool percpu_ref_tryget_live(percpu_ref* @ref)
    {
        rcu_read_lock();
        bool ret = percpu_ref_tryget_live_rcu(@ref);
        rcu_read_unlock();
        return ret;
    }

    [KernelSource("include/linux/percpu-refcount.h", "percpu_ref_put_many", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [PutsRef("ref")]
    public static void percpu_ref_put_many(percpu_ref* @ref, ulong nr)
    {
        rcu_read_lock();
        if (__ref_is_percpu(@ref, out PerCpu<ulong>* percpu_count))
            this_cpu_sub(percpu_count, nr);
        else if (atomic_long_sub_and_test((long)nr, &@ref->data->count))
            @ref->data->release(@ref);
        rcu_read_unlock();
    }

    [KernelSource("include/linux/percpu-refcount.h", "percpu_ref_put", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [PutsRef("ref")]
    public static void percpu_ref_put(percpu_ref* @ref) => percpu_ref_put_many(@ref, 1);

    [KernelSource("include/linux/percpu-refcount.h", "percpu_ref_is_dying", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool percpu_ref_is_dying(percpu_ref* @ref) => (@ref->percpu_count_ptr & __PERCPU_REF_DEAD) != 0;
}
