// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>The tail of the queue of optimistic spinners. Nobody spins here: it keeps the kernel's layout.</summary>
public struct optimistic_spin_queue
{
    public atomic_t tail;
}

/// <summary>Zero is unlocked; the waiters' list head is set up by the first who waits.</summary>
[LockClass(Kind = LockKind.Mutex)]
public unsafe partial struct mutex
{
    public atomic_long_t owner;
    public raw_spinlock_t wait_lock;
    public optimistic_spin_queue osq;
    public list_head wait_list;
}

/// <summary>Zero is unlocked; the waiters' list head is set up by the first who waits.</summary>
[LockClass(Kind = LockKind.RwSem)]
public unsafe partial struct rw_semaphore
{
    public atomic_long_t count;
    public atomic_long_t owner;
    public optimistic_spin_queue osq;
    public raw_spinlock_t wait_lock;
    public list_head wait_list;
}
