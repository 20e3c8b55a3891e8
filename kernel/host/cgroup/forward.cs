// SPDX-License-Identifier: GPL-2.0-only
// What scheduling, time, signals, work queues, pressure and seq_file will bring. Private to each class, so that nothing
// clashes when they come; then it goes.
namespace Linux;

public static unsafe partial class kernel_cgroup_cgroup_c
{
    private static readonly cftype* cgroup_psi_files = CFTYPES();
    private static bool psi_disabled => true;
    private static int psi_cgroup_alloc(cgroup* cgrp) => 0;
    private static void psi_cgroup_free(cgroup* cgrp) { }
    private static void cgroup_move_task(task_struct* p, css_set* to) => rcu_assign_pointer(&p->cgroups, to);
    public static bool cgroup_psi_enabled() => false;

    private static readonly task_struct* init_task = bss<task_struct>();
    private static task_struct* find_task_by_vpid(int pid) => null;
    private static int task_pid_vnr(task_struct* t) => t->pid;
    private static int send_sig(int sig, task_struct* t, int priv) => 0;

    private static ulong ktime_get_ns() => 0;
    private static workqueue_struct* alloc_workqueue(ReadOnlySpan<byte> name, uint flags, int max_active) => (workqueue_struct*)nowhere;
    private static bool queue_work(workqueue_struct* wq, work_struct* work) => false;
    private static bool queue_rcu_work(workqueue_struct* wq, rcu_work* work) => false;
    private static bool cancel_work_sync(work_struct* work) => false;
    private static void INIT_RCU_WORK(rcu_work* work, delegate*<work_struct*, void> fn) { }
    private static rcu_work* to_rcu_work(work_struct* work) => null;
    private static void timer_setup(timer_list* timer, delegate*<timer_list*, void> fn, uint flags) { }
    private static int timer_reduce(timer_list* timer, ulong expires) => 0;
    private static int timer_delete_sync(timer_list* timer) => 0;
    private static void cpus_read_lock() { }
    private static void cpus_read_unlock() { }
    private static void* kmemdup(void* src, ulong len, uint gfp)
    {
        void* p = kmalloc(len, gfp);

        if (p != null)
            memcpy(p, src, len);
        return p;
    }
}

public static unsafe partial class kernel_cgroup_cgroup_v1_c
{
    private static bool schedule_work(work_struct* work) => false;
}

public static unsafe partial class linux_cgroup_h
{
    private static void cpu_relax() { }
}

public static unsafe partial class kernel_cgroup_rstat_c
{
    private static void cpu_relax() { }
    private static bool cond_resched() => false;
}

public static unsafe partial class kernel_cgroup_freezer_c
{
    private const ulong JOBCTL_TRAP_FREEZE = 1UL << 23;

    private static ulong ktime_get_ns() => 0;
    private static void signal_wake_up(task_struct* t, bool fatal) { }

    private static sighand_struct* lock_task_sighand(task_struct* t, out ulong flags)
    {
        flags = 0;
        return null;
    }

    private static void unlock_task_sighand(task_struct* t, ulong flags) { }
}

public static unsafe partial class fs_kernfs_dir_c
{
    private static byte* kstrdup(byte* s, uint gfp)
    {
        ulong len = strlen(s) + 1;
        byte* p = (byte*)kmalloc(len, gfp);

        if (p != null)
            memcpy(p, s, len);
        return p;
    }
}

public static unsafe partial class fs_kernfs_file_c
{
    private static void* single_start(seq_file* p, long* pos) => *pos == 0 ? SEQ_START_TOKEN : null;
    private static long seq_read(seq_file* m, byte* buf, ulong size, long* pos) => 0;
}
