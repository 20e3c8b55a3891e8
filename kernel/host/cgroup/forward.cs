// SPDX-License-Identifier: GPL-2.0-only
// What scheduling, time, signals, work queues, pressure and seq_file will bring. Private to each class, so that nothing
// clashes when they come; then it goes.
namespace Linux;

public static unsafe partial class kernel_cgroup_cgroup_c
{

    private static int task_pid_vnr(task_struct* t) => t->pid;

}
