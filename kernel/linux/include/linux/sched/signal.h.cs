// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public struct rlimit
{
    public ulong rlim_cur;
    public ulong rlim_max;
}

/// <summary>Signal handlers of a thread group; only the default actions are there, so it is a count and a lock.</summary>
public struct sighand_struct
{
    public spinlock_t siglock;
    public refcount_t count;
    public wait_queue_head signalfd_wqh;
}

/// <summary>What the threads of a process share.</summary>
[StructLayout(LayoutKind.Explicit, Size = 1144)]
public unsafe struct signal_struct
{
    [FieldOffset(0)] public refcount_t sigcnt;
    [FieldOffset(4)] public atomic_t live;
    [FieldOffset(8)] public int nr_threads;
    [FieldOffset(12)] public int quick_threads;
    [FieldOffset(16)] public list_head thread_head;
    [FieldOffset(32)] public wait_queue_head wait_chldexit;
    [FieldOffset(56)] public task_struct* curr_target;
    [FieldOffset(64)] public sigpending shared_pending;
    [FieldOffset(88)] public hlist_head multiprocess;
    [FieldOffset(96)] public int group_exit_code;
    [FieldOffset(100)] public int notify_count;
    [FieldOffset(104)] public task_struct* group_exec_task;
    [FieldOffset(112)] public int group_stop_count;
    [FieldOffset(116)] public uint flags;
    [FieldOffset(120)] public core_state* core_state;
    [FieldOffset(424)] public seqlock_t stats_lock;
    [FieldOffset(432)] public ulong utime;
    [FieldOffset(440)] public ulong stime;
    [FieldOffset(448)] public ulong cutime;
    [FieldOffset(456)] public ulong cstime;
    [FieldOffset(504)] public ulong nvcsw;
    [FieldOffset(512)] public ulong nivcsw;
    [FieldOffset(520)] public ulong cnvcsw;
    [FieldOffset(528)] public ulong cnivcsw;
    [FieldOffset(536)] public ulong min_flt;
    [FieldOffset(544)] public ulong maj_flt;
    [FieldOffset(552)] public ulong cmin_flt;
    [FieldOffset(560)] public ulong cmaj_flt;
    [FieldOffset(600)] public ulong maxrss;
    [FieldOffset(608)] public ulong cmaxrss;
    [FieldOffset(616)] public task_io_accounting ioac;
    [FieldOffset(672)] public ulong sum_sched_runtime;
    [FieldOffset(680)] private fixed ulong rlim_[2 * linux_sched_signal_h.RLIM_NLIMITS];
    [FieldOffset(1016)] public rw_semaphore cgroup_threadgroup_rwsem;
    [FieldOffset(1056)] public bool oom_flag_origin;
    [FieldOffset(1058)] public short oom_score_adj;
    [FieldOffset(1060)] public short oom_score_adj_min;
    [FieldOffset(1064)] public mm_struct* oom_mm;
    [FieldOffset(1072)] public mutex cred_guard_mutex;
    [FieldOffset(1104)] public rw_semaphore exec_update_lock;

    /// <summary>rlim[RLIMIT_x].</summary>
    public rlimit* rlim => (rlimit*)Unsafe.AsPointer(ref rlim_[0]);
}

public static unsafe partial class linux_sched_signal_h
{
    public const int SIGKILL = 9;
    public const int SIGBUS = 7;
    public const int SIGSEGV = 11;
    public const int SIGTERM = 15;
    public const int SIGCHLD = 17;

    public const int RLIMIT_CPU = 0;
    public const int RLIMIT_FSIZE = 1;
    public const int RLIMIT_DATA = 2;
    public const int RLIMIT_STACK = 3;
    public const int RLIMIT_CORE = 4;
    public const int RLIMIT_RSS = 5;
    public const int RLIMIT_NPROC = 6;
    public const int RLIMIT_NOFILE = 7;
    public const int RLIMIT_MEMLOCK = 8;
    public const int RLIMIT_AS = 9;
    public const int RLIM_NLIMITS = 16;
    public const ulong RLIM_INFINITY = ULONG_MAX;

    public const uint SIGNAL_STOP_STOPPED = 0x00000001;
    public const uint SIGNAL_GROUP_EXIT = 0x00000004;
    public const uint SIGNAL_UNKILLABLE = 0x00000040;

    [KernelSource("include/linux/sched/signal.h", "task_sigpending", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool task_sigpending(task_struct* p) => test_tsk_thread_flag(p, TIF_SIGPENDING);

    [KernelSource("include/linux/sched/signal.h", "signal_pending", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool signal_pending(task_struct* p) =>
        (READ_ONCE(&p->thread_info.flags) & (_TIF_NOTIFY_SIGNAL | _TIF_SIGPENDING)) != 0;

    [KernelSource("include/linux/sched/signal.h", "__fatal_signal_pending", Parity.Full)]
    public static bool __fatal_signal_pending(task_struct* p) => (p->pending.signal.sig & (1UL << (SIGKILL - 1))) != 0;

    [KernelSource("include/linux/sched/signal.h", "fatal_signal_pending", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool fatal_signal_pending(task_struct* p) => task_sigpending(p) && __fatal_signal_pending(p);

    [KernelSource("include/linux/sched/signal.h", "signal_pending_state", Parity.Full)]
    public static bool signal_pending_state(uint state, task_struct* p)
    {
        if ((state & (TASK_INTERRUPTIBLE | TASK_WAKEKILL)) == 0)
            return false;
        if (!signal_pending(p))
            return false;
        return (state & TASK_INTERRUPTIBLE) != 0 || __fatal_signal_pending(p);
    }

    [KernelSource("include/linux/sched/signal.h", "fault_signal_pending", Parity.Reduced, "registers are not simulated: the fault's origin is given as user or not")]
    public static bool fault_signal_pending(vm_fault_t fault_flags, bool user_mode) =>
        (fault_flags & VM_FAULT_RETRY_flag) != 0 && (fatal_signal_pending(current) || (user_mode && signal_pending(current)));

    private const vm_fault_t VM_FAULT_RETRY_flag = 0x000400;

    [KernelSource("include/linux/sched/signal.h", "thread_group_leader", Parity.Full)]
    public static bool thread_group_leader(task_struct* p) => p->exit_signal >= 0;

    [KernelSource("include/linux/sched/signal.h", "thread_group_empty", Parity.Full)]
    public static bool thread_group_empty(task_struct* p) => thread_group_leader(p) && p->signal->thread_head.next->next == &p->signal->thread_head;

    [KernelSource("include/linux/sched/signal.h", "same_thread_group", Parity.Full)]
    public static bool same_thread_group(task_struct* p1, task_struct* p2) => p1->signal == p2->signal;

    [KernelSource("include/linux/sched/signal.h", "task_rlimit", Parity.Full)]
    public static ulong task_rlimit(task_struct* task, uint limit) => READ_ONCE(&task->signal->rlim[limit].rlim_cur);

    [KernelSource("include/linux/sched/signal.h", "task_rlimit_max", Parity.Full)]
    public static ulong task_rlimit_max(task_struct* task, uint limit) => READ_ONCE(&task->signal->rlim[limit].rlim_max);

    [KernelSource("include/linux/sched/signal.h", "rlimit", Parity.Full)]
    public static ulong rlimit(uint limit) => task_rlimit(current, limit);
}
