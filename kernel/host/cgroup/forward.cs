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

    private static int task_pid_vnr(task_struct* t) => t->pid;

}
