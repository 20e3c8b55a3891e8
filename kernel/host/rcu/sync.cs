// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>Sends readers to their slow path, and back a grace period after the last writer.</summary>
public unsafe partial struct rcu_sync
{
    public int gp_state;
    public int gp_count;
    public wait_queue_head gp_wait;
    public callback_head cb_head;
}

/// <summary>kernel/rcu/sync.c.</summary>
[ContextPrimitive]
public static unsafe class linux_rcu_sync_h
{
    private const int GP_IDLE = 0;
    private const int GP_ENTER = 1;
    private const int GP_PASSED = 2;
    private const int GP_EXIT = 3;
    private const int GP_REPLAY = 4;

    /// <summary>Whether readers may go the fast way.</summary>
    [KernelSource("include/linux/rcu_sync.h", "rcu_sync_is_idle", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool rcu_sync_is_idle(rcu_sync* rsp)
    {
        if (prove_locking)
            RCU_LOCKDEP_WARN(!rcu_read_lock_any_held(), "suspicious rcu_sync_is_idle() usage");
        return READ_ONCE(&rsp->gp_state) == GP_IDLE;
    }

    [KernelSource("kernel/rcu/sync.c", "rcu_sync_init", Parity.Full)]
    public static void rcu_sync_init(rcu_sync* rsp)
    {
        *rsp = default;
        init_waitqueue_head(&rsp->gp_wait);
    }

    [KernelSource("kernel/rcu/sync.c", "rcu_sync_call", Parity.Full)]
    private static void rcu_sync_call(rcu_sync* rsp) => call_rcu_hurry(&rsp->cb_head, &rcu_sync_func);

    [KernelSource("kernel/rcu/sync.c", "rcu_sync_func", Parity.Full)]
    private static void rcu_sync_func(callback_head* rhp)
    {
        rcu_sync* rsp = container_of<rcu_sync>(rhp, &((rcu_sync*)nowhere)->cb_head);

        WARN_ON_ONCE(READ_ONCE(&rsp->gp_state) == GP_IDLE);
        WARN_ON_ONCE(READ_ONCE(&rsp->gp_state) == GP_PASSED);

        spin_lock_irqsave(&rsp->gp_wait.@lock, out IrqFlags flags);
        if (rsp->gp_count != 0)
        {
            // At least one grace period after IDLE -> ENTER.
            WRITE_ONCE(&rsp->gp_state, GP_PASSED);
            wake_up_locked(&rsp->gp_wait);
        }
        else if (rsp->gp_state == GP_REPLAY)
        {
            // Another exit came meanwhile: that one needs a grace period of its own.
            WRITE_ONCE(&rsp->gp_state, GP_EXIT);
            rcu_sync_call(rsp);
        }
        else
        {
            WRITE_ONCE(&rsp->gp_state, GP_IDLE);
        }

        spin_unlock_irqrestore(&rsp->gp_wait.@lock, flags);
    }

    private static bool gp_passed(void* rsp) => READ_ONCE(&((rcu_sync*)rsp)->gp_state) >= GP_PASSED;

    [KernelSource("kernel/rcu/sync.c", "rcu_sync_enter", Parity.Full)]
    public static void rcu_sync_enter(rcu_sync* rsp)
    {
        spin_lock_irq(&rsp->gp_wait.@lock);
        int gp_state = rsp->gp_state;
        if (gp_state == GP_IDLE)
        {
            WRITE_ONCE(&rsp->gp_state, GP_ENTER);
            WARN_ON_ONCE(rsp->gp_count != 0);
        }

        rsp->gp_count++;
        spin_unlock_irq(&rsp->gp_wait.@lock);

        if (gp_state == GP_IDLE)
        {
            synchronize_rcu();
            rcu_sync_func(&rsp->cb_head);
            return;
        }

        wait_event(&rsp->gp_wait, &gp_passed, rsp);
    }

    [KernelSource("kernel/rcu/sync.c", "rcu_sync_exit", Parity.Full)]
    public static void rcu_sync_exit(rcu_sync* rsp)
    {
        WARN_ON_ONCE(READ_ONCE(&rsp->gp_state) == GP_IDLE);

        spin_lock_irq(&rsp->gp_wait.@lock);
        WARN_ON_ONCE(rsp->gp_count == 0);
        if (--rsp->gp_count == 0)
        {
            if (rsp->gp_state == GP_PASSED)
            {
                WRITE_ONCE(&rsp->gp_state, GP_EXIT);
                rcu_sync_call(rsp);
            }
            else if (rsp->gp_state == GP_EXIT)
            {
                WRITE_ONCE(&rsp->gp_state, GP_REPLAY);
            }
        }

        spin_unlock_irq(&rsp->gp_wait.@lock);
    }

    [KernelSource("kernel/rcu/sync.c", "rcu_sync_dtor", Parity.Full)]
    public static void rcu_sync_dtor(rcu_sync* rsp)
    {
        WARN_ON_ONCE(READ_ONCE(&rsp->gp_state) == GP_PASSED);

        spin_lock_irq(&rsp->gp_wait.@lock);
        WARN_ON_ONCE(rsp->gp_count != 0);
        if (rsp->gp_state == GP_REPLAY)
            WRITE_ONCE(&rsp->gp_state, GP_EXIT);
        int gp_state = rsp->gp_state;
        spin_unlock_irq(&rsp->gp_wait.@lock);

        if (gp_state != GP_IDLE)
        {
            rcu_barrier();
            WARN_ON_ONCE(rsp->gp_state != GP_IDLE);
        }
    }
}
