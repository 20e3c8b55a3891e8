// SPDX-License-Identifier: GPL-2.0-only
// Locks, RCU, preemption and interrupts: what each does is in its attributes, the bodies are of no interest here.
namespace Linux;

[NonCopyable, LockClass(Kind = LockKind.RawSpin)]
public struct raw_spinlock_t
{
    public uint val;
}

[NonCopyable, LockClass(Kind = LockKind.Spin)]
public struct spinlock_t
{
    public uint val;
}

[NonCopyable, LockClass(Kind = LockKind.Local)]
public struct local_lock_t
{
}

[NonCopyable, LockClass(Kind = LockKind.Local)]
public struct local_trylock_t
{
    public byte acquired;
}

[NonCopyable, LockClass(Kind = LockKind.Mutex)]
public struct mutex
{
    public long owner;
}

[NonCopyable, LockClass(Kind = LockKind.RwSem)]
public struct rw_semaphore
{
    public long count;
}

public static unsafe class linux_spinlock_h
{
    [Initializes("lock")] public static void spin_lock_init(spinlock_t* @lock) { }

    [Acquires("lock"), PreemptAdjust(1)] public static void spin_lock(spinlock_t* @lock) { }

    [Acquires("lock"), PreemptAdjust(1), Nested("subclass")] public static void spin_lock_nested(spinlock_t* @lock, uint subclass) { }

    [Acquires("lock"), PreemptAdjust(1), IrqDisable] public static void spin_lock_irq(spinlock_t* @lock) { }

    [Acquires("lock"), PreemptAdjust(1), BhAdjust(1)] public static void spin_lock_bh(spinlock_t* @lock) { }

    [Acquires("lock"), PreemptAdjust(1), IrqSave("flags")] public static void spin_lock_irqsave(spinlock_t* @lock, out IrqFlags flags) => flags = default;

    [TryAcquires(Result.True, "lock"), PreemptAdjust(1)] public static bool spin_trylock(spinlock_t* @lock) => true;

    [TryAcquires(Result.True, "lock"), PreemptAdjust(1), IrqSave("flags")]
    public static bool spin_trylock_irqsave(spinlock_t* @lock, out IrqFlags flags)
    {
        flags = default;
        return true;
    }

    [Releases("lock"), PreemptAdjust(-1)] public static void spin_unlock(spinlock_t* @lock) { }

    [Releases("lock"), PreemptAdjust(-1), IrqEnable] public static void spin_unlock_irq(spinlock_t* @lock) { }

    [Releases("lock"), PreemptAdjust(-1), BhAdjust(-1)] public static void spin_unlock_bh(spinlock_t* @lock) { }

    [Releases("lock"), PreemptAdjust(-1), IrqRestore("flags")] public static void spin_unlock_irqrestore(spinlock_t* @lock, IrqFlags flags) { }

    [AssumesHeld("lock", ByResult = true)] public static bool spin_is_locked(spinlock_t* @lock) => true;

    [Acquires("lock"), PreemptAdjust(1)] public static void raw_spin_lock(raw_spinlock_t* @lock) { }

    [Acquires("lock"), PreemptAdjust(1), IrqSave("flags")] public static void raw_spin_lock_irqsave(raw_spinlock_t* @lock, out IrqFlags flags) => flags = default;

    [Releases("lock"), PreemptAdjust(-1)] public static void raw_spin_unlock(raw_spinlock_t* @lock) { }

    [Releases("lock"), PreemptAdjust(-1), IrqRestore("flags")] public static void raw_spin_unlock_irqrestore(raw_spinlock_t* @lock, IrqFlags flags) { }

    public const uint SINGLE_DEPTH_NESTING = 1;
}

public static unsafe class linux_local_lock_h
{
    [Acquires("lock"), PreemptAdjust(1)] public static void local_lock(PerCpu<local_lock_t>* @lock) { }

    [Releases("lock"), PreemptAdjust(-1)] public static void local_unlock(PerCpu<local_lock_t>* @lock) { }

    [Acquires("lock"), IrqSave("flags")] public static void local_lock_irqsave(PerCpu<local_lock_t>* @lock, out IrqFlags flags) => flags = default;

    [Releases("lock"), IrqRestore("flags")] public static void local_unlock_irqrestore(PerCpu<local_lock_t>* @lock, IrqFlags flags) { }

    [Acquires("lock"), PreemptAdjust(1)] public static void local_lock(PerCpu<local_trylock_t>* @lock) { }

    [TryAcquires(Result.True, "lock"), PreemptAdjust(1)] public static bool local_trylock(PerCpu<local_trylock_t>* @lock) => true;

    [Releases("lock"), PreemptAdjust(-1)] public static void local_unlock(PerCpu<local_trylock_t>* @lock) { }
}

public static unsafe class linux_mutex_h
{
    [Initializes("lock")] public static void mutex_init(mutex* @lock) { }

    [Acquires("lock"), MightSleep] public static void mutex_lock(mutex* @lock) { }

    [TryAcquires(Result.Zero, "lock"), MightSleep] public static int mutex_lock_killable(mutex* @lock) => 0;

    [TryAcquires(Result.Zero, "lock"), MightSleep] public static int mutex_lock_interruptible(mutex* @lock) => 0;

    [TryAcquires(Result.True, "lock")] public static bool mutex_trylock(mutex* @lock) => true;

    [Releases("lock")] public static void mutex_unlock(mutex* @lock) { }
}

public static unsafe class linux_rwsem_h
{
    [AcquiresShared("sem"), MightSleep] public static void down_read(rw_semaphore* sem) { }

    [TryAcquires(Result.True, "sem", Shared = true)] public static bool down_read_trylock(rw_semaphore* sem) => true;

    [TryAcquires(Result.Zero, "sem", Shared = true), MightSleep] public static int down_read_killable(rw_semaphore* sem) => 0;

    [Releases("sem")] public static void up_read(rw_semaphore* sem) { }

    [Acquires("sem"), MightSleep] public static void down_write(rw_semaphore* sem) { }

    [TryAcquires(Result.Zero, "sem"), MightSleep] public static int down_write_killable(rw_semaphore* sem) => 0;

    [TryAcquires(Result.True, "sem")] public static bool down_write_trylock(rw_semaphore* sem) => true;

    [Releases("sem")] public static void up_write(rw_semaphore* sem) { }
}

public unsafe struct callback_head
{
    public callback_head* next;
    public delegate*<callback_head*, void> func;
}

public static unsafe class linux_rcupdate_h
{
    [AcquiresShared("rcu")] public static void rcu_read_lock() { }

    [Releases("rcu")] public static void rcu_read_unlock() { }

    [RcuAccessor(RcuAccess.Dereference)] public static T* rcu_dereference<T>(Rcu<T>** p) where T : unmanaged => (T*)*p;

    [RcuAccessor(RcuAccess.Checked)] public static T* rcu_dereference_check<T>(Rcu<T>** p, bool c) where T : unmanaged => (T*)*p;

    [RcuAccessor(RcuAccess.Checked)] public static T* rcu_dereference_protected<T>(Rcu<T>** p, bool c) where T : unmanaged => (T*)*p;

    [RcuAccessor(RcuAccess.Look)] public static T* rcu_access_pointer<T>(Rcu<T>** p) where T : unmanaged => (T*)*p;

    [RcuAccessor(RcuAccess.Assign)] public static void rcu_assign_pointer<T>(Rcu<T>** p, T* v) where T : unmanaged => *p = (Rcu<T>*)v;

    [RcuAccessor(RcuAccess.Look)] public static T* rcu_dereference_raw<T>(Rcu<T>** p) where T : unmanaged => (T*)*p;

    [RcuAccessor(RcuAccess.Init)] public static void RCU_INIT_POINTER<T>(Rcu<T>** p, T* v) where T : unmanaged => *p = (Rcu<T>*)v;

    [RcuAccessor(RcuAccess.Look), Stable(SameObject = true)] public static T* unrcu_pointer<T>(Rcu<T>* p) where T : unmanaged => (T*)p;

    [RcuAccessor(RcuAccess.Init), Stable(SameObject = true)] public static Rcu<T>* RCU_INITIALIZER<T>(T* v) where T : unmanaged => (Rcu<T>*)v;

    [GracePeriod(Waits = true), MightSleep] public static void synchronize_rcu() { }

    [GracePeriod] public static void call_rcu(rcu_head* head, [Callback(SoftIrq = true)] delegate*<rcu_head*, void> func) { }

    [GracePeriod] public static void kfree_rcu(void* ptr, rcu_head* head) { }

    public static bool rcu_read_lock_held() => true;
}

public static unsafe class linux_preempt_h
{
    [PreemptAdjust(1)] public static void preempt_disable() { }

    [PreemptAdjust(-1)] public static void preempt_enable() { }

    [PreemptAdjust(1)] public static int get_cpu() => 0;

    [PreemptAdjust(-1)] public static void put_cpu() { }

    [MigrateAdjust(1)] public static void migrate_disable() { }

    [MigrateAdjust(-1)] public static void migrate_enable() { }

    [BhAdjust(1)] public static void local_bh_disable() { }

    [BhAdjust(-1)] public static void local_bh_enable() { }

    [IrqSave("flags")] public static void local_irq_save(out IrqFlags flags) => flags = default;

    [IrqRestore("flags")] public static void local_irq_restore(IrqFlags flags) { }

    [IrqDisable] public static void local_irq_disable() { }

    [IrqEnable] public static void local_irq_enable() { }

    public static bool in_task() => true;

    public static bool irqs_disabled() => false;
}
