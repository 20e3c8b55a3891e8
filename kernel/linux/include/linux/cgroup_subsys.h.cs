// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>The controllers of the recorded machine that the default hierarchy shows, in the kernel's order.</summary>
public static unsafe partial class linux_cgroup_subsys_h
{
    public const int cpuset_cgrp_id = 0;
    public const int cpu_cgrp_id = 1;
    public const int io_cgrp_id = 2;
    public const int memory_cgrp_id = 3;
    public const int perf_event_cgrp_id = 4;
    public const int hugetlb_cgrp_id = 5;
    public const int pids_cgrp_id = 6;
    public const int rdma_cgrp_id = 7;
    public const int misc_cgrp_id = 8;
    public const int CGROUP_SUBSYS_COUNT = 9;
}
