// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>
/// RCU of a kernel without preemption: a reader does nothing, as its CPU passes through a quiescent state only where
/// the task gives it up. With the validator on, readers are held locks, so that every dereference can be asked.
/// </summary>
[ContextPrimitive]
public static unsafe partial class linux_rcupdate_h
{
    public static readonly lockdep_map* rcu_lock_map = bss<lockdep_map>();
    public static readonly lockdep_map* rcu_bh_lock_map = bss<lockdep_map>();
    public static readonly lockdep_map* rcu_sched_lock_map = bss<lockdep_map>();

    internal static void rcu_init_lockdep()
    {
        lockdep_init_map_type(rcu_lock_map, "rcu_read_lock", null, 0, LD_WAIT_CONFIG, LD_WAIT_FREE, LD_LOCK_NORMAL, "", 0);
        lockdep_init_map_type(rcu_bh_lock_map, "rcu_read_lock_bh", null, 0, LD_WAIT_CONFIG, LD_WAIT_FREE, LD_LOCK_NORMAL, "", 0);
        lockdep_init_map_type(rcu_sched_lock_map, "rcu_read_lock_sched", null, 0, LD_WAIT_SPIN, LD_WAIT_FREE, LD_LOCK_NORMAL, "", 0);
    }

    [KernelSource("include/linux/rcupdate.h", "rcu_read_lock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Acquires("rcu")]
    public static void rcu_read_lock([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (prove_locking)
        {
            RCU_LOCKDEP_WARN(__this_cpu->rcu_eqs != 0, "rcu_read_lock() used illegally while idle or in user mode", file, line);
            lockdep.acquire((nint)rcu_lock_map, 0, false, 2, false, 0, lock_kind.map, "rcu_read_lock", file, line);
        }
    }

    [KernelSource("include/linux/rcupdate.h", "rcu_read_unlock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Releases("rcu")]
    public static void rcu_read_unlock([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (prove_locking)
            lockdep.release((nint)rcu_lock_map, "rcu_read_lock", file, line);
    }

    [KernelSource("include/linux/rcupdate.h", "rcu_read_lock_bh", Parity.Full)]
    [Acquires("rcu_bh")]
    public static void rcu_read_lock_bh([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        local_bh_disable();
        if (prove_locking)
            lockdep.acquire((nint)rcu_bh_lock_map, 0, false, 2, false, 0, lock_kind.map, "rcu_read_lock_bh", file, line);
    }

    [KernelSource("include/linux/rcupdate.h", "rcu_read_unlock_bh", Parity.Full)]
    [Releases("rcu_bh")]
    public static void rcu_read_unlock_bh([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (prove_locking)
            lockdep.release((nint)rcu_bh_lock_map, "rcu_read_lock_bh", file, line);
        local_bh_enable();
    }

    [KernelSource("include/linux/rcupdate.h", "rcu_read_lock_sched", Parity.Full)]
    [Acquires("rcu_sched")]
    public static void rcu_read_lock_sched([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        preempt_disable();
        if (prove_locking)
            lockdep.acquire((nint)rcu_sched_lock_map, 0, false, 2, false, 0, lock_kind.map, "rcu_read_lock_sched", file, line);
    }

    [KernelSource("include/linux/rcupdate.h", "rcu_read_unlock_sched", Parity.Full)]
    [Releases("rcu_sched")]
    public static void rcu_read_unlock_sched([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (prove_locking)
            lockdep.release((nint)rcu_sched_lock_map, "rcu_read_lock_sched", file, line);
        preempt_enable();
    }

    /// <summary>Whether this is inside a reader. Without the validator the answer is always yes.</summary>
    [KernelSource("kernel/rcu/update.c", "rcu_read_lock_held", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [AssumesHeld("rcu", ByResult = true)]
    public static bool rcu_read_lock_held() => !prove_locking || lockdep.is_held((nint)rcu_lock_map, -1) != LOCK_STATE_NOT_HELD;

    [KernelSource("kernel/rcu/update.c", "rcu_read_lock_bh_held", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool rcu_read_lock_bh_held() => !prove_locking || in_softirq() || irqs_disabled();

    [KernelSource("kernel/rcu/update.c", "rcu_read_lock_sched_held", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool rcu_read_lock_sched_held() => !prove_locking || lockdep.is_held((nint)rcu_sched_lock_map, -1) != LOCK_STATE_NOT_HELD || !preemptible();

    [KernelSource("kernel/rcu/update.c", "rcu_read_lock_any_held", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool rcu_read_lock_any_held() => !prove_locking || rcu_read_lock_held() || !preemptible();

    [KernelSource("include/linux/rcupdate.h", "RCU_LOCKDEP_WARN", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void RCU_LOCKDEP_WARN(bool c, string s, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (prove_locking && c)
            lockdep.suspicious_rcu(s, file, line);
    }

    /// <summary>Nothing that would keep a grace period waiting may be held by who is about to sleep.</summary>
    [KernelSource("include/linux/rcupdate.h", "rcu_sleep_check", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void rcu_sleep_check([CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (prove_locking)
        {
            RCU_LOCKDEP_WARN(lockdep.is_held((nint)rcu_lock_map, -1) == LOCK_STATE_HELD, "Illegal context switch in RCU read-side critical section", file, line);
            RCU_LOCKDEP_WARN(lockdep.is_held((nint)rcu_bh_lock_map, -1) == LOCK_STATE_HELD, "Illegal context switch in RCU-bh read-side critical section", file, line);
            RCU_LOCKDEP_WARN(lockdep.is_held((nint)rcu_sched_lock_map, -1) == LOCK_STATE_HELD, "Illegal context switch in RCU-sched read-side critical section", file, line);
        }
    }

    /* Pointers: an Rcu<T>** is the address of an __rcu field. */

    [KernelSource("include/linux/rcupdate.h", "rcu_dereference", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [RcuAccessor(RcuAccess.Dereference)]
    public static T* rcu_dereference<T>(Rcu<T>** p,
        [CallerArgumentExpression(nameof(p))] string what = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) where T : unmanaged =>
        (T*)rcu_dereference((Rcu**)p, what, file, line);

    /// <summary>As rcu_dereference, where another condition protects as well.</summary>
    [KernelSource("include/linux/rcupdate.h", "rcu_dereference_check", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [RcuAccessor(RcuAccess.Checked)]
    public static T* rcu_dereference_check<T>(Rcu<T>** p, bool c,
        [CallerArgumentExpression(nameof(p))] string what = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) where T : unmanaged =>
        (T*)rcu_dereference_check((Rcu**)p, c, what, file, line);

    [KernelSource("include/linux/rcupdate.h", "rcu_dereference_sched", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [RcuAccessor(RcuAccess.Dereference)]
    public static T* rcu_dereference_sched<T>(Rcu<T>** p,
        [CallerArgumentExpression(nameof(p))] string what = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) where T : unmanaged
    {
        if (prove_locking && !rcu_read_lock_sched_held())
            lockdep.suspicious_rcu($"rcu_dereference_sched({what}) usage!", file, line);
        return (T*)smp_load_acquire(p);
    }

    /// <summary>The update side reads what it alone writes: the condition says why, and no reader is needed.</summary>
    [KernelSource("include/linux/rcupdate.h", "rcu_dereference_protected", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [RcuAccessor(RcuAccess.Checked)]
    public static T* rcu_dereference_protected<T>(Rcu<T>** p, bool c,
        [CallerArgumentExpression(nameof(p))] string what = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) where T : unmanaged =>
        (T*)rcu_dereference_protected((Rcu**)p, c, what, file, line);

    [KernelSource("include/linux/rcupdate.h", "rcu_dereference_raw", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [RcuAccessor(RcuAccess.Look)]
    public static T* rcu_dereference_raw<T>(Rcu<T>** p) where T : unmanaged => (T*)smp_load_acquire(p);

    [KernelSource("include/linux/rcupdate.h", "rcu_dereference_raw", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [RcuAccessor(RcuAccess.Look)]
    public static void* rcu_dereference_raw(Rcu** p) => smp_load_acquire(p);

    /// <summary>The pointer's value alone: it is not followed.</summary>
    [KernelSource("include/linux/rcupdate.h", "rcu_access_pointer", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [RcuAccessor(RcuAccess.Look)]
    public static T* rcu_access_pointer<T>(Rcu<T>** p) where T : unmanaged => (T*)READ_ONCE(p);

    [KernelSource("include/linux/rcupdate.h", "rcu_assign_pointer", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [RcuAccessor(RcuAccess.Assign)]
    public static void rcu_assign_pointer<T>(Rcu<T>** p, T* v) where T : unmanaged => smp_store_release(p, (Rcu<T>*)v);

    [KernelSource("include/linux/rcupdate.h", "RCU_INIT_POINTER", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [RcuAccessor(RcuAccess.Init)]
    public static void RCU_INIT_POINTER<T>(Rcu<T>** p, T* v) where T : unmanaged => WRITE_ONCE(p, (Rcu<T>*)v);

    [KernelSource("include/linux/rcupdate.h", "rcu_replace_pointer", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [RcuAccessor(RcuAccess.Checked)]
    public static T* rcu_replace_pointer<T>(Rcu<T>** rcu_ptr, T* ptr, bool c,
        [CallerArgumentExpression(nameof(rcu_ptr))] string what = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) where T : unmanaged
    {
        T* old = rcu_dereference_protected(rcu_ptr, c, what, file, line);
        rcu_assign_pointer(rcu_ptr, ptr);
        return old;
    }

    /// <summary>The pointer leaves the reader under another protection.</summary>
    [KernelSource("include/linux/rcupdate.h", "rcu_pointer_handoff", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Stable(SameObject = true)]
    public static T* rcu_pointer_handoff<T>(T* p) where T : unmanaged => p;

    /// <summary>What keeps the object is not RCU.</summary>
    [KernelSource("include/linux/rcupdate.h", "unrcu_pointer", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [RcuAccessor(RcuAccess.Look), Stable(SameObject = true)]
    public static T* unrcu_pointer<T>(Rcu<T>* p) where T : unmanaged => (T*)p;

    /// <summary>For what is not stored by an accessor: cmpxchg, xchg, a pointer that somebody else publishes.</summary>
    [KernelSource("include/linux/rcupdate.h", "RCU_INITIALIZER", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [RcuAccessor(RcuAccess.Init), Stable(SameObject = true)]
    public static Rcu<T>* RCU_INITIALIZER<T>(T* v) where T : unmanaged => (Rcu<T>*)v;

    /// <summary>(T __rcu **): the places that the kernel casts so, links of lists and pointers without a type.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Stable(SameObject = true)]
    public static Rcu<T>** __rcu<T>(T** p) where T : unmanaged => (Rcu<T>**)p;

    /* void __rcu *: the slots of xarrays, and what the typed ones above come to. */

    [KernelSource("include/linux/rcupdate.h", "rcu_dereference", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [RcuAccessor(RcuAccess.Dereference)]
    public static void* rcu_dereference(Rcu** p,
        [CallerArgumentExpression(nameof(p))] string what = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (prove_locking && !rcu_read_lock_held())
            lockdep.suspicious_rcu($"rcu_dereference({what}) usage!", file, line);
        return smp_load_acquire(p);
    }

    [KernelSource("include/linux/rcupdate.h", "rcu_dereference_check", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [RcuAccessor(RcuAccess.Checked)]
    public static void* rcu_dereference_check(Rcu** p, bool c,
        [CallerArgumentExpression(nameof(p))] string what = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (prove_locking && !c && !rcu_read_lock_held())
            lockdep.suspicious_rcu($"rcu_dereference_check({what}) usage!", file, line);
        return smp_load_acquire(p);
    }

    [KernelSource("include/linux/rcupdate.h", "rcu_dereference_protected", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [RcuAccessor(RcuAccess.Checked)]
    public static void* rcu_dereference_protected(Rcu** p, bool c,
        [CallerArgumentExpression(nameof(p))] string what = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (prove_locking && !c)
            lockdep.suspicious_rcu($"rcu_dereference_protected({what}) usage!", file, line);
        return *p;
    }

    [KernelSource("include/linux/rcupdate.h", "rcu_access_pointer", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [RcuAccessor(RcuAccess.Look)]
    public static void* rcu_access_pointer(Rcu** p) => READ_ONCE(p);

    [KernelSource("include/linux/rcupdate.h", "rcu_assign_pointer", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [RcuAccessor(RcuAccess.Assign)]
    public static void rcu_assign_pointer(Rcu** p, void* v) => smp_store_release(p, (Rcu*)v);

    [KernelSource("include/linux/rcupdate.h", "RCU_INIT_POINTER", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [RcuAccessor(RcuAccess.Init)]
    public static void RCU_INIT_POINTER(Rcu** p, void* v) => WRITE_ONCE(p, (Rcu*)v);
}
