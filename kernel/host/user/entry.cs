// SPDX-License-Identifier: GPL-2.0-only
using System.Threading;

namespace Linux;

/// <summary>The border between user code and the kernel: what is done on the way in and, above all, on the way out.</summary>
public static unsafe class kernel_entry_c
{
    private const ulong EXIT_TO_USER_MODE_WORK = _TIF_NEED_RESCHED | _TIF_SIGPENDING | _TIF_NOTIFY_SIGNAL | _TIF_NOTIFY_RESUME;

    /// <summary>A task of user space enters the kernel by a system call.</summary>
    [KernelSource("include/linux/entry-common.h", "syscall_enter_from_user_mode", Parity.Reduced, "no tracing of system calls")]
    public static void syscall_enter()
    {
        enter_from_user_mode();
        linux_ktime_h.spend_ns(linux_ktime_h.COST_SYSCALL);
    }

    /// <summary>...and leaves it: signals, work for the task, memory.high. Returns the call's result.</summary>
    [KernelSource("include/linux/entry-common.h", "syscall_exit_to_user_mode", Parity.Reduced, "no tracing of system calls")]
    public static long syscall_exit(long ret)
    {
        exit_to_user_mode();
        return ret;
    }

    /// <summary>A task of user space enters the kernel by an exception.</summary>
    public static void exception_enter()
    {
        enter_from_user_mode();
        linux_ktime_h.spend_ns(linux_ktime_h.COST_FAULT);
    }

    public static void exception_exit() => exit_to_user_mode();

    /// <summary>A point in user code: an interrupt may come here, and the task may be taken off the CPU or killed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void user_point()
    {
        if (Volatile.Read(ref __this_cpu->pending) != 0 || (read_thread_flags() & EXIT_TO_USER_MODE_WORK) != 0)
            user_interrupt();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void user_interrupt()
    {
        kernel_irq_c.cpu_point();
        rcu_user_exit(__this_cpu);
        exit_to_user_mode();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void enter_from_user_mode()
    {
        cpu* c = __this_cpu;
        c->user_mode = 0;
        rcu_user_exit(c);
    }

    private static void exit_to_user_mode()
    {
        for (;;)
        {
            // Before the last point: what this ends is run there, not left behind on a CPU that runs user code.
            rcu_user_prepare(__this_cpu);
            if (Volatile.Read(ref __this_cpu->pending) != 0)
                kernel_irq_c.cpu_point();
            ulong work = read_thread_flags();
            if ((work & EXIT_TO_USER_MODE_WORK) != 0)
                exit_to_user_mode_loop(work);
            lockdep_sys_exit();
            if (rcu_user_enter(__this_cpu))
                break;
        }

        if (__this_cpu->preempt_count != 0 || __this_cpu->irqs_disabled != 0)
            linux_bug_h.oops($"return to user mode with preempt_count 0x{__this_cpu->preempt_count:x}, irqs {(__this_cpu->irqs_disabled != 0 ? "off" : "on")}", "exit_to_user_mode", "", 0);
        __this_cpu->user_mode = 1;
    }

    [KernelSource("kernel/entry/common.c", "exit_to_user_mode_loop", Parity.Reduced, "no uprobes, live patches or speculation control")]
    private static void exit_to_user_mode_loop(ulong ti_work)
    {
        while ((ti_work & EXIT_TO_USER_MODE_WORK) != 0)
        {
            if ((ti_work & _TIF_NEED_RESCHED) != 0)
                schedule();
            if ((ti_work & (_TIF_SIGPENDING | _TIF_NOTIFY_SIGNAL)) != 0)
                kernel_signal_c.get_signal();
            if ((ti_work & _TIF_NOTIFY_RESUME) != 0)
                resume_user_mode_work();
            ti_work = read_thread_flags();
        }
    }

    [KernelSource("include/linux/resume_user_mode.h", "resume_user_mode_work", Parity.Reduced, "no block cgroup, rseq or keys")]
    private static void resume_user_mode_work()
    {
        clear_thread_flag(TIF_NOTIFY_RESUME);
        // Work that is added from now on sets the flag again.
        smp_mb__after_atomic();
        if (task_work_pending(current))
            task_work_run();
        mem_cgroup_handle_over_high(linux_gfp_types_h.GFP_KERNEL);
    }
}
