// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_list_h;

namespace Linux;

public partial struct kernel_siginfo;

/// <summary>Signals without handlers: what is not ignored kills the thread group.</summary>
public static unsafe partial class kernel_signal_c
{
    public const int PIDTYPE_PID = 0;
    public const int PIDTYPE_TGID = 1;
    public const int PIDTYPE_PGID = 2;
    public const int PIDTYPE_SID = 3;
    public const int PIDTYPE_MAX = 4;

    public static readonly kernel_siginfo* SEND_SIG_NOINFO = null;
    public static readonly kernel_siginfo* SEND_SIG_PRIV = (kernel_siginfo*)1;

    private static ulong sigmask(int sig) => 1UL << (sig - 1);

    private static bool sig_kernel_ignore(int sig) => sig is linux_sched_signal_h.SIGCHLD or 18 or 23 or 28;

    [KernelSource("kernel/signal.c", "recalc_sigpending_tsk", Parity.Reduced, "no job control but the freezer's")]
    private static bool recalc_sigpending_tsk(task_struct* t)
    {
        if ((t->jobctl & JOBCTL_TRAP_FREEZE) != 0 ||
            ((t->pending.signal.sig | t->signal->shared_pending.signal.sig) & ~t->blocked.sig) != 0 ||
            cgroup_task_frozen(t))
        {
            set_tsk_thread_flag(t, TIF_SIGPENDING);
            return true;
        }
        return false;
    }

    [KernelSource("kernel/signal.c", "recalc_sigpending", Parity.Full)]
    public static void recalc_sigpending()
    {
        if (!recalc_sigpending_tsk(current))
            clear_thread_flag(TIF_SIGPENDING);
    }

    /// <summary>In a new task: what came for it before it could be woken.</summary>
    [KernelSource("kernel/signal.c", "calculate_sigpending", Parity.Full)]
    internal static void calculate_sigpending()
    {
        spin_lock_irq(&unrcu_pointer(current->sighand)->siglock);
        set_tsk_thread_flag(current, TIF_SIGPENDING);
        recalc_sigpending();
        spin_unlock_irq(&unrcu_pointer(current->sighand)->siglock);
    }

    [KernelSource("kernel/signal.c", "signal_wake_up_state", Parity.Full)]
    [MustHold("t->sighand->siglock")]
    public static void signal_wake_up_state(task_struct* t, uint state)
    {
        lockdep_assert_held(&unrcu_pointer(t->sighand)->siglock);
        set_tsk_thread_flag(t, TIF_SIGPENDING);
        if (!wake_up_state(t, state | TASK_INTERRUPTIBLE))
            sched_host.kick(sched_host.cpu_of(task_cpu(t)));
    }

    [KernelSource("include/linux/sched/signal.h", "signal_wake_up", Parity.Full)]
    [MustHold("t->sighand->siglock")]
    public static void signal_wake_up(task_struct* t, bool fatal) => signal_wake_up_state(t, fatal ? TASK_WAKEKILL : 0);

    [KernelSource("kernel/signal.c", "wants_signal", Parity.Reduced, "no job control and no tracing")]
    private static bool wants_signal(int sig, task_struct* p)
    {
        if ((p->blocked.sig & sigmask(sig)) != 0)
            return false;
        if ((p->flags & PF_EXITING) != 0)
            return false;
        if (sig == linux_sched_signal_h.SIGKILL)
            return true;
        return p->on_cpu != 0 || !linux_sched_signal_h.task_sigpending(p);
    }

    [KernelSource("kernel/signal.c", "complete_signal", Parity.Reduced, "no core dumps: every signal that is not ignored is fatal")]
    [MustHold("p->sighand->siglock")]
    private static void complete_signal(int sig, task_struct* p, int type)
    {
        signal_struct* signal = p->signal;
        task_struct* t;
        if (wants_signal(sig, p))
            t = p;
        else if (type == PIDTYPE_PID || linux_sched_signal_h.thread_group_empty(p))
            return;
        else
        {
            t = signal->curr_target;
            while (!wants_signal(sig, t))
            {
                t = next_thread(t);
                if (t == signal->curr_target)
                    return;
            }
            signal->curr_target = t;
        }
        if ((signal->flags & linux_sched_signal_h.SIGNAL_GROUP_EXIT) == 0)
        {
            // Fatal for the whole group: everybody is told at once.
            signal->flags = linux_sched_signal_h.SIGNAL_GROUP_EXIT;
            signal->group_exit_code = sig;
            signal->group_stop_count = 0;
            for (t = first_thread(signal); t != null; t = __next_thread(t))
            {
                t->pending.signal.sig |= sigmask(linux_sched_signal_h.SIGKILL);
                signal_wake_up(t, true);
            }
            return;
        }
        signal_wake_up(t, sig == linux_sched_signal_h.SIGKILL);
    }

    [KernelSource("kernel/signal.c", "prepare_signal", Parity.Reduced, "no job control")]
    private static bool prepare_signal(int sig, task_struct* p)
    {
        // A group that is going down takes nothing but the kill.
        if ((p->signal->flags & linux_sched_signal_h.SIGNAL_GROUP_EXIT) != 0)
            return sig == linux_sched_signal_h.SIGKILL && p->signal->core_state != null;
        if (sig_kernel_ignore(sig))
            return false;
        if ((p->signal->flags & linux_sched_signal_h.SIGNAL_UNKILLABLE) != 0)
            return false;
        return true;
    }

    [KernelSource("kernel/signal.c", "__send_signal_locked", Parity.Reduced, "no queue of infos: nobody reads them")]
    [MustHold("t->sighand->siglock")]
    private static int __send_signal_locked(int sig, task_struct* t, int type)
    {
        lockdep_assert_held(&unrcu_pointer(t->sighand)->siglock);
        if (!prepare_signal(sig, t))
            return 0;
        sigpending* pending = type != PIDTYPE_PID ? &t->signal->shared_pending : &t->pending;
        if ((pending->signal.sig & sigmask(sig)) != 0)
            return 0;
        pending->signal.sig |= sigmask(sig);
        complete_signal(sig, t, type);
        return 0;
    }

    [KernelSource("kernel/signal.c", "__lock_task_sighand", Parity.Full)]
    [TryAcquires(Result.NonNull, "tsk->sighand->siglock"), IrqSave("flags")]
    public static sighand_struct* __lock_task_sighand(task_struct* tsk, out IrqFlags flags)
    {
        sighand_struct* sighand;
        flags = default;
        rcu_read_lock();
        for (; ; )
        {
            sighand = rcu_dereference(&tsk->sighand);
            if (sighand == null)
                break;
            // It may be freed and reused by now, but as the same type: look again under its lock.
            spin_lock_irqsave(&sighand->siglock, out flags);
            if (sighand == rcu_access_pointer(&tsk->sighand))
                break;
            spin_unlock_irqrestore(&sighand->siglock, flags);
        }
        rcu_read_unlock();
        return sighand;
    }

    [KernelSource("include/linux/sched/signal.h", "lock_task_sighand", Parity.Full)]
    [TryAcquires(Result.NonNull, "task->sighand->siglock"), IrqSave("flags")]
    public static sighand_struct* lock_task_sighand(task_struct* task, out IrqFlags flags) => __lock_task_sighand(task, out flags);

    [KernelSource("include/linux/sched/signal.h", "unlock_task_sighand", Parity.Full)]
    [Releases("task->sighand->siglock"), IrqRestore("flags")]
    public static void unlock_task_sighand(task_struct* task, IrqFlags flags) => spin_unlock_irqrestore(&unrcu_pointer(task->sighand)->siglock, flags);

    [KernelSource("kernel/signal.c", "do_send_sig_info", Parity.Full)]
    public static int do_send_sig_info(int sig, kernel_siginfo* info, task_struct* p, int type)
    {
        int ret = -ESRCH;
        if (lock_task_sighand(p, out IrqFlags flags) != null)
        {
            ret = __send_signal_locked(sig, p, type);
            unlock_task_sighand(p, flags);
        }
        return ret;
    }

    [KernelSource("kernel/signal.c", "send_sig_info", Parity.Full)]
    public static int send_sig_info(int sig, kernel_siginfo* info, task_struct* p) => do_send_sig_info(sig, info, p, PIDTYPE_PID);

    [KernelSource("kernel/signal.c", "send_sig", Parity.Full)]
    public static int send_sig(int sig, task_struct* p, int priv) => send_sig_info(sig, priv != 0 ? SEND_SIG_PRIV : SEND_SIG_NOINFO, p);

    [KernelSource("kernel/signal.c", "group_send_sig_info", Parity.Reduced, "everybody may")]
    public static int group_send_sig_info(int sig, kernel_siginfo* info, task_struct* p, int type) => sig == 0 ? 0 : do_send_sig_info(sig, info, p, type);

    [KernelSource("kernel/signal.c", "force_sig_info_to_task", Parity.Reduced, "there are no handlers to reset")]
    private static void force_sig_info_to_task(int sig, task_struct* t)
    {
        spin_lock_irqsave(&unrcu_pointer(t->sighand)->siglock, out IrqFlags flags);
        t->blocked.sig &= ~sigmask(sig);
        t->signal->flags &= ~linux_sched_signal_h.SIGNAL_UNKILLABLE;
        __send_signal_locked(sig, t, PIDTYPE_PID);
        if (!linux_sched_signal_h.task_sigpending(t))
            signal_wake_up(t, false);
        spin_unlock_irqrestore(&unrcu_pointer(t->sighand)->siglock, flags);
    }

    [KernelSource("kernel/signal.c", "force_sig", Parity.Full)]
    public static void force_sig(int sig) => force_sig_info_to_task(sig, current);

    [KernelSource("kernel/signal.c", "force_fatal_sig", Parity.Full)]
    public static void force_fatal_sig(int sig) => force_sig_info_to_task(sig, current);

    [KernelSource("kernel/signal.c", "force_sig_fault", Parity.Full)]
    public static int force_sig_fault(int sig, int code, void* addr)
    {
        force_sig_info_to_task(sig, current);
        return 0;
    }

    [KernelSource("kernel/signal.c", "zap_other_threads", Parity.Full)]
    [MustHold("p->sighand->siglock")]
    public static int zap_other_threads(task_struct* p)
    {
        int count = 0;
        p->signal->group_stop_count = 0;
        for (task_struct* t = first_thread(p->signal); t != null; t = __next_thread(t))
        {
            if (t == p)
                continue;
            count++;
            if (t->exit_state != 0)
                continue;
            t->pending.signal.sig |= sigmask(linux_sched_signal_h.SIGKILL);
            signal_wake_up(t, true);
        }
        return count;
    }

    /// <summary>True: nobody will ask for the child, it is to be released at once.</summary>
    [KernelSource("kernel/signal.c", "do_notify_parent", Parity.Reduced, "every parent ignores SIGCHLD; who waits is woken")]
    internal static bool do_notify_parent(task_struct* tsk, int sig)
    {
        WARN_ON_ONCE(sig == -1);
        task_struct* parent = rcu_dereference_protected(&tsk->parent, lockdep_is_held(tasklist_lock));
        sighand_struct* psig = unrcu_pointer(parent->sighand);
        spin_lock_irqsave(&psig->siglock, out IrqFlags flags);
        __wake_up_parent(tsk, parent);
        spin_unlock_irqrestore(&psig->siglock, flags);
        return true;
    }

    [KernelSource("kernel/exit.c", "__wake_up_parent", Parity.Full)]
    private static void __wake_up_parent(task_struct* p, task_struct* parent)
    {
        if (waitqueue_active(&parent->signal->wait_chldexit))
            wake_up_all(&parent->signal->wait_chldexit);
    }

    [KernelSource("kernel/signal.c", "retarget_shared_pending", Parity.Full)]
    [MustHold("tsk->sighand->siglock")]
    private static void retarget_shared_pending(task_struct* tsk, ulong which)
    {
        ulong retarget = tsk->signal->shared_pending.signal.sig & which;
        if (retarget == 0)
            return;
        for (task_struct* t = first_thread(tsk->signal); t != null; t = __next_thread(t))
        {
            if (t == tsk || (t->flags & PF_EXITING) != 0)
                continue;
            if ((retarget & ~t->blocked.sig) == 0)
                continue;
            retarget &= t->blocked.sig;
            if (!linux_sched_signal_h.task_sigpending(t))
                signal_wake_up(t, false);
            if (retarget == 0)
                break;
        }
    }

    [KernelSource("kernel/signal.c", "exit_signals", Parity.Reduced, "no job control")]
    internal static void exit_signals(task_struct* tsk)
    {
        cgroup_threadgroup_change_begin(tsk);
        if (linux_sched_signal_h.thread_group_empty(tsk) || (tsk->signal->flags & linux_sched_signal_h.SIGNAL_GROUP_EXIT) != 0)
        {
            tsk->flags |= PF_EXITING;
            cgroup_threadgroup_change_end(tsk);
            return;
        }
        spin_lock_irq(&unrcu_pointer(tsk->sighand)->siglock);
        // From here group-wide signals pass it by.
        tsk->flags |= PF_EXITING;
        cgroup_threadgroup_change_end(tsk);
        if (linux_sched_signal_h.task_sigpending(tsk))
            retarget_shared_pending(tsk, ~tsk->blocked.sig);
        spin_unlock_irq(&unrcu_pointer(tsk->sighand)->siglock);
    }

    /// <summary>The cgroup freezes: sleep until it thaws or a fatal signal comes. Called with siglock, which it drops.</summary>
    [KernelSource("kernel/signal.c", "do_freezer_trap", Parity.Reduced, "no other traps that could be pending too")]
    [Releases("asm_percpu_h.current->sighand->siglock"), IrqEnable]
    private static void do_freezer_trap()
    {
        // No fatal signal is pending. TIF_SIGPENDING would end the sleep at once.
        __set_current_state(TASK_INTERRUPTIBLE);
        clear_thread_flag(TIF_SIGPENDING);
        spin_unlock_irq(&unrcu_pointer(current->sighand)->siglock);
        cgroup_enter_frozen();
        schedule();

        // task_work may have woken it; the caller tries again
        clear_thread_flag(TIF_NOTIFY_SIGNAL);
        if (task_work_pending(current))
            task_work_run();
    }

    /// <summary>On the way back to user mode: a signal that is pending is fatal.</summary>
    [KernelSource("kernel/signal.c", "get_signal", Parity.Reduced, "no handlers, job control (but the freezer's) or core dumps: it returns when nothing is pending, or not at all")]
    internal static void get_signal()
    {
        signal_struct* signal = current->signal;
        sighand_struct* sighand = unrcu_pointer(current->sighand);
        clear_thread_flag(TIF_NOTIFY_SIGNAL);
        if (task_work_pending(current))
            task_work_run();
        if (!linux_sched_signal_h.task_sigpending(current))
            return;
    relock:
        spin_lock_irq(&sighand->siglock);
        int signr = 0;
        if ((signal->flags & linux_sched_signal_h.SIGNAL_GROUP_EXIT) != 0 || signal->group_exec_task != null)
        {
            current->pending.signal.sig &= ~sigmask(linux_sched_signal_h.SIGKILL);
            recalc_sigpending();
            signr = linux_sched_signal_h.SIGKILL;
        }
        else if ((current->jobctl & JOBCTL_TRAP_FREEZE) != 0)
        {
            do_freezer_trap();
            goto relock;
        }
        else if (cgroup_task_frozen(current))
        {
            // The cgroup has thawed, or is no longer this one.
            spin_unlock_irq(&sighand->siglock);
            cgroup_leave_frozen(false);
            goto relock;
        }
        else
        {
            ulong pending = current->pending.signal.sig & ~current->blocked.sig;
            sigpending* from = &current->pending;
            if (pending == 0)
            {
                from = &signal->shared_pending;
                pending = from->signal.sig & ~current->blocked.sig;
            }
            if (pending != 0)
            {
                signr = System.Numerics.BitOperations.TrailingZeroCount(pending) + 1;
                from->signal.sig &= ~sigmask(signr);
            }
            recalc_sigpending();
        }
        spin_unlock_irq(&sighand->siglock);
        if (signr == 0)
            return;
        if (cgroup_task_frozen(current))
            cgroup_leave_frozen(true);
        current->flags |= PF_SIGNALED;
        do_group_exit(signr);
    }
}
