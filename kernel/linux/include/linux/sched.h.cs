// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public struct thread_info
{
    public ulong flags;
    public ulong syscall_work;
    public uint status;
    public uint cpu;
}

public struct prev_cputime
{
    public ulong utime;
    public ulong stime;
    public raw_spinlock_t @lock;
}

public struct sigset_t
{
    public ulong sig;
}

public struct sigpending
{
    public list_head list;
    public sigset_t signal;
}

public struct task_io_accounting
{
    public ulong rchar;
    public ulong wchar;
    public ulong syscr;
    public ulong syscw;
    public ulong read_bytes;
    public ulong write_bytes;
    public ulong cancelled_write_bytes;
}

/// <summary>
/// The task. Its size and the places of the fields that struct reports name are the kernel's; where the kernel has its
/// scheduling classes, the host's scheduler has its own fields.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 3264)]
public unsafe struct task_struct
{
    [FieldOffset(0)] public thread_info thread_info;
    [FieldOffset(24)] public uint __state;
    [FieldOffset(28)] public uint saved_state;
    [FieldOffset(32)] public void* stack;
    [FieldOffset(40)] public refcount_t usage;
    [FieldOffset(44)] public uint flags;
    [FieldOffset(48)] public uint ptrace;
    [FieldOffset(52)] public int on_cpu;
    [FieldOffset(56)] public llist_node wake_entry;
    [FieldOffset(84)] public int wake_cpu;
    [FieldOffset(88)] public int on_rq;
    [FieldOffset(92)] public int prio;

    /// <summary>Where the task stands in its CPU's queue.</summary>
    [FieldOffset(96)] public list_head run_list;
    [FieldOffset(112)] public ulong exec_start;
    [FieldOffset(120)] public ulong sum_exec_runtime;
    [FieldOffset(136)] public ulong vruntime;
    [FieldOffset(132)] public int static_prio;
    [FieldOffset(144)] public uint policy;
    [FieldOffset(148)] public int nr_cpus_allowed;
    [FieldOffset(152)] public cpumask* cpus_ptr;
    [FieldOffset(160)] public cpumask cpus_mask;
    [FieldOffset(168)] public ushort migration_disabled;
    [FieldOffset(172)] public int rcu_read_lock_nesting;
    [FieldOffset(176)] public uint rcu_read_unlock_special;
    [FieldOffset(184)] public list_head rcu_node_entry;
    [FieldOffset(200)] public void* rcu_blocked_node;
    [FieldOffset(208)] public ulong sched_info_run_delay;
    [FieldOffset(216)] public ulong sched_info_last_queued;
    [FieldOffset(224)] public list_head tasks;

    /// <summary>preempt_count while the task is off the CPU.</summary>
    [FieldOffset(240)] public int saved_preempt_count;

    /// <summary>Index of the host thread that carries the task, 0 when it has none yet.</summary>
    [FieldOffset(244)] public int host;

    /// <summary>What a kernel thread or a user task runs when it is first switched to.</summary>
    [FieldOffset(248)] public delegate*<void*, int> thread_fn;
    [FieldOffset(256)] public void* thread_arg;

    [FieldOffset(1136), OwnsRef(EmptyWhenFreed = true)] public mm_struct* mm;
    [FieldOffset(1144)] public mm_struct* active_mm;
    [FieldOffset(1160)] public int exit_state;
    [FieldOffset(1164)] public int exit_code;
    [FieldOffset(1168)] public int exit_signal;
    [FieldOffset(1172)] public int pdeath_signal;
    [FieldOffset(1176)] public ulong jobctl;
    [FieldOffset(1184)] public uint personality;
    [FieldOffset(1192)] private uint bits;
    [FieldOffset(1264)] public pid_t pid;
    [FieldOffset(1268)] public pid_t tgid;
    [FieldOffset(1280)] public Rcu<task_struct>* real_parent;
    [FieldOffset(1288)] public Rcu<task_struct>* parent;
    [FieldOffset(1296)] public list_head children;
    [FieldOffset(1312)] public list_head sibling;
    [FieldOffset(1328)] public task_struct* group_leader;
    [FieldOffset(1440)] public list_head thread_node;
    [FieldOffset(1456)] public completion* vfork_done;
    [FieldOffset(1464)] public int* set_child_tid;
    [FieldOffset(1472)] public int* clear_child_tid;
    [FieldOffset(1480)] public void* worker_private;
    [FieldOffset(1488)] public ulong utime;
    [FieldOffset(1496)] public ulong stime;
    [FieldOffset(1536)] public ulong nvcsw;
    [FieldOffset(1544)] public ulong nivcsw;
    [FieldOffset(1552)] public ulong start_time;
    [FieldOffset(1560)] public ulong start_boottime;
    [FieldOffset(1568)] public ulong min_flt;
    [FieldOffset(1576)] public ulong maj_flt;
    [FieldOffset(1752)] public fixed byte comm[linux_sched_h.TASK_COMM_LEN];
    [FieldOffset(1816)] public fs_struct* fs;
    [FieldOffset(1824)] public files_struct* files;
    [FieldOffset(1840)] public nsproxy* nsproxy;
    [FieldOffset(1848)] public signal_struct* signal;
    [FieldOffset(1856)] public Rcu<sighand_struct>* sighand;
    [FieldOffset(1864)] public sigset_t blocked;
    [FieldOffset(1872)] public sigset_t real_blocked;
    [FieldOffset(1880)] public sigset_t saved_sigmask;
    [FieldOffset(1888)] public sigpending pending;
    [FieldOffset(1936)] public callback_head* task_works;
    [FieldOffset(2024)] public spinlock_t alloc_lock;
    [FieldOffset(2028)] public raw_spinlock_t pi_lock;
    [FieldOffset(2032)] public wake_q_node wake_q;
    [FieldOffset(2052)] public int non_block_count;
    [FieldOffset(2056)] public int lockdep_depth;
    [FieldOffset(2060)] public uint lockdep_recursion;
    [FieldOffset(2088)] public void* journal_info;
    [FieldOffset(2096)] public bio_list* bio_list;
    [FieldOffset(2104)] public blk_plug* plug;
    [FieldOffset(2112)] public reclaim_state* reclaim_state;
    [FieldOffset(2120)] public io_context* io_context;
    [FieldOffset(2128)] public capture_control* capture_control;
    [FieldOffset(2152)] public task_io_accounting ioac;
    [FieldOffset(2208)] public uint psi_flags;
    [FieldOffset(2376)] public Rcu<css_set>* cgroups;
    [FieldOffset(2384)] public list_head cg_list;
    [FieldOffset(2656)] public tlbflush_unmap_batch tlb_ubc;
    [FieldOffset(2780)] public int make_it_fail;
    [FieldOffset(2784)] public uint fail_nth;
    [FieldOffset(2808)] public void* delays;
    [FieldOffset(2816)] public int nr_dirtied;
    [FieldOffset(2820)] public int nr_dirtied_pause;
    [FieldOffset(2824)] public ulong dirty_paused_when;
    [FieldOffset(2856)] public mem_cgroup* memcg_in_oom;
    [FieldOffset(2864)] public uint memcg_nr_pages_over_high;
    [FieldOffset(2872)] public mem_cgroup* active_memcg;
    [FieldOffset(2880), OwnsRef(EmptyWhenFreed = true)] public obj_cgroup* objcg;
    [FieldOffset(2888)] public gendisk* throttle_disk;
    [FieldOffset(2904)] public callback_head rcu;
    [FieldOffset(2920)] public refcount_t rcu_users;
    [FieldOffset(2924)] public int pagefault_disabled;
    [FieldOffset(2928)] public task_struct* oom_reaper_list;
    [FieldOffset(2936)] public timer_list oom_reaper_timer;
    [FieldOffset(2976)] public vm_struct* stack_vm_area;
    [FieldOffset(2984)] public refcount_t stack_refcount;

    /* The bit fields of the kernel: each is written by the task itself alone. */
    public uint in_execve { readonly get => bit(8); set => bit(8, value); }
    public uint in_iowait { readonly get => bit(9); set => bit(9, value); }
    public uint in_user_fault { readonly get => bit(10); set => bit(10, value); }
    public uint no_cgroup_migration { readonly get => bit(11); set => bit(11, value); }
    public uint frozen { readonly get => bit(12); set => bit(12, value); }
    public uint use_memdelay { readonly get => bit(13); set => bit(13, value); }
    public uint in_memstall { readonly get => bit(14); set => bit(14, value); }
    public uint in_eventfd { readonly get => bit(16); set => bit(16, value); }
    public uint in_thrashing { readonly get => bit(17); set => bit(17, value); }

    private readonly uint bit(int n) => (bits >> n) & 1;

    private void bit(int n, uint value) => bits = (bits & ~(1u << n)) | ((value & 1) << n);
}

public static unsafe partial class linux_sched_h
{
    public const int TASK_COMM_LEN = 16;

    public const uint TASK_RUNNING = 0x00000000;
    public const uint TASK_INTERRUPTIBLE = 0x00000001;
    public const uint TASK_UNINTERRUPTIBLE = 0x00000002;
    public const uint __TASK_STOPPED = 0x00000004;
    public const uint __TASK_TRACED = 0x00000008;
    public const int EXIT_DEAD = 0x00000010;
    public const int EXIT_ZOMBIE = 0x00000020;
    public const int EXIT_TRACE = EXIT_ZOMBIE | EXIT_DEAD;
    public const uint TASK_PARKED = 0x00000040;
    public const uint TASK_DEAD = 0x00000080;
    public const uint TASK_WAKEKILL = 0x00000100;
    public const uint TASK_WAKING = 0x00000200;
    public const uint TASK_NOLOAD = 0x00000400;
    public const uint TASK_NEW = 0x00000800;
    public const uint TASK_RTLOCK_WAIT = 0x00001000;
    public const uint TASK_FREEZABLE = 0x00002000;
    public const uint TASK_FROZEN = 0x00008000;
    public const uint TASK_ANY = 0x0000ffff;
    public const uint TASK_KILLABLE = TASK_WAKEKILL | TASK_UNINTERRUPTIBLE;
    public const uint TASK_STOPPED = TASK_WAKEKILL | __TASK_STOPPED;
    public const uint TASK_IDLE = TASK_UNINTERRUPTIBLE | TASK_NOLOAD;
    public const uint TASK_NORMAL = TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE;

    public const uint PF_VCPU = 0x00000001;
    public const uint PF_IDLE = 0x00000002;
    public const uint PF_EXITING = 0x00000004;
    public const uint PF_POSTCOREDUMP = 0x00000008;
    public const uint PF_IO_WORKER = 0x00000010;
    public const uint PF_WQ_WORKER = 0x00000020;
    public const uint PF_FORKNOEXEC = 0x00000040;
    public const uint PF_MCE_PROCESS = 0x00000080;
    public const uint PF_SUPERPRIV = 0x00000100;
    public const uint PF_DUMPCORE = 0x00000200;
    public const uint PF_SIGNALED = 0x00000400;
    public const uint PF_MEMALLOC = 0x00000800;
    public const uint PF_NPROC_EXCEEDED = 0x00001000;
    public const uint PF_USED_MATH = 0x00002000;
    public const uint PF_USER_WORKER = 0x00004000;
    public const uint PF_NOFREEZE = 0x00008000;
    public const uint PF_KCOMPACTD = 0x00010000;
    public const uint PF_KSWAPD = 0x00020000;
    public const uint PF_MEMALLOC_NOFS = 0x00040000;
    public const uint PF_MEMALLOC_NOIO = 0x00080000;
    public const uint PF_LOCAL_THROTTLE = 0x00100000;
    public const uint PF_KTHREAD = 0x00200000;
    public const uint PF_RANDOMIZE = 0x00400000;
    public const uint PF_NO_SETAFFINITY = 0x04000000;
    public const uint PF_MCE_EARLY = 0x08000000;
    public const uint PF_MEMALLOC_PIN = 0x10000000;
    public const uint PF_BLOCK_TS = 0x20000000;
    public const uint PF_SUSPEND_TASK = 0x80000000;

    public const int TIF_NOTIFY_RESUME = 0;
    public const int TIF_SIGPENDING = 1;
    public const int TIF_NEED_RESCHED = 4;
    public const int TIF_NOTIFY_SIGNAL = 2;
    public const int TIF_MEMDIE = 3;
    public const ulong _TIF_NOTIFY_RESUME = 1UL << TIF_NOTIFY_RESUME;
    public const ulong _TIF_SIGPENDING = 1UL << TIF_SIGPENDING;
    public const ulong _TIF_NEED_RESCHED = 1UL << TIF_NEED_RESCHED;
    public const ulong _TIF_NOTIFY_SIGNAL = 1UL << TIF_NOTIFY_SIGNAL;
    public const ulong _TIF_MEMDIE = 1UL << TIF_MEMDIE;

    public const int WF_FORK = 0x04;
    public const int WF_TTWU = 0x08;
    public const int WF_SYNC = 0x10;
    public const int WF_MIGRATED = 0x20;
    public const int WF_CURRENT_CPU = 0x40;

    public const long MAX_SCHEDULE_TIMEOUT = LONG_MAX;

    public static string comm_of(task_struct* t) => Marshal.PtrToStringUTF8((nint)t->comm) ?? "";

    [KernelSource("include/linux/sched.h", "task_cpu", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int task_cpu(task_struct* p) => (int)READ_ONCE(&p->thread_info.cpu);

    [KernelSource("include/linux/sched.h", "test_tsk_thread_flag", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool test_tsk_thread_flag(task_struct* tsk, int flag) => (READ_ONCE(&tsk->thread_info.flags) & (1UL << flag)) != 0;

    [KernelSource("include/linux/sched.h", "set_tsk_thread_flag", Parity.Full)]
    public static void set_tsk_thread_flag(task_struct* tsk, int flag) => Interlocked.Or(ref tsk->thread_info.flags, 1UL << flag);

    [KernelSource("include/linux/sched.h", "clear_tsk_thread_flag", Parity.Full)]
    public static void clear_tsk_thread_flag(task_struct* tsk, int flag) => Interlocked.And(ref tsk->thread_info.flags, ~(1UL << flag));

    [KernelSource("include/linux/sched.h", "test_and_set_tsk_thread_flag", Parity.Full)]
    public static bool test_and_set_tsk_thread_flag(task_struct* tsk, int flag) =>
        (Interlocked.Or(ref tsk->thread_info.flags, 1UL << flag) & (1UL << flag)) != 0;

    [KernelSource("include/linux/sched.h", "test_and_clear_tsk_thread_flag", Parity.Full)]
    public static bool test_and_clear_tsk_thread_flag(task_struct* tsk, int flag) =>
        (Interlocked.And(ref tsk->thread_info.flags, ~(1UL << flag)) & (1UL << flag)) != 0;

    [KernelSource("include/linux/thread_info.h", "test_thread_flag", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool test_thread_flag(int flag) => test_tsk_thread_flag(current, flag);

    [KernelSource("include/linux/thread_info.h", "set_thread_flag", Parity.Full)]
    public static void set_thread_flag(int flag) => set_tsk_thread_flag(current, flag);

    [KernelSource("include/linux/thread_info.h", "clear_thread_flag", Parity.Full)]
    public static void clear_thread_flag(int flag) => clear_tsk_thread_flag(current, flag);

    [KernelSource("include/linux/thread_info.h", "test_and_clear_thread_flag", Parity.Full)]
    public static bool test_and_clear_thread_flag(int flag) => test_and_clear_tsk_thread_flag(current, flag);

    [KernelSource("include/linux/thread_info.h", "read_thread_flags", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong read_thread_flags() => READ_ONCE(&current->thread_info.flags);

    [KernelSource("include/linux/sched.h", "need_resched", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool need_resched() => test_tsk_thread_flag(current, TIF_NEED_RESCHED);

    [KernelSource("include/linux/sched.h", "is_idle_task", Parity.Full)]
    public static bool is_idle_task(task_struct* p) => (p->flags & PF_IDLE) != 0;

    [KernelSource("include/linux/sched.h", "is_global_init", Parity.Full)]
    public static bool is_global_init(task_struct* tsk) => tsk->tgid == 1;

    [KernelSource("include/linux/sched.h", "task_pid_nr", Parity.Full)]
    public static pid_t task_pid_nr(task_struct* tsk) => tsk->pid;

    [KernelSource("include/linux/pid.h", "task_pid_vnr", Parity.Reduced, "there is one pid namespace")]
    public static pid_t task_pid_vnr(task_struct* tsk) => tsk->pid;

    [KernelSource("include/linux/sched.h", "task_is_running", Parity.Full)]
    public static bool task_is_running(task_struct* task) => READ_ONCE(&task->__state) == TASK_RUNNING;

    [KernelSource("include/linux/sched.h", "set_current_state", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void set_current_state(uint state_value) => Interlocked.Exchange(ref current->__state, state_value);

    [KernelSource("include/linux/sched.h", "__set_current_state", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void __set_current_state(uint state_value) => WRITE_ONCE(&current->__state, state_value);

    [KernelSource("include/linux/sched.h", "get_current_state", Parity.Full)]
    public static uint get_current_state() => READ_ONCE(&current->__state);

    [KernelSource("include/linux/swap.h", "current_is_kswapd", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool current_is_kswapd() => (current->flags & PF_KSWAPD) != 0;
}
