// SPDX-License-Identifier: GPL-2.0-only
using static Linux.kernel_cgroup_cgroup_internal_h;
using static Linux.linux_ctype_h;
using static Linux.linux_mm_h;
using static Linux.linux_sched_signal_h;
using static Linux.linux_slab_h;
using static Linux.linux_string_h;
using static Linux.linux_vmalloc_h;

namespace Linux;

/// <summary>What the common code calls of v1. There is no v1 hierarchy, so nothing asks for a release agent.</summary>
public static unsafe partial class kernel_cgroup_cgroup_v1_c
{
    [KernelSource("kernel/cgroup/cgroup-v1.c", "cgroup1_pidlist_destroy_all", Parity.Stub, "pidlists belong to v1's tasks file")]
    public static void cgroup1_pidlist_destroy_all(cgroup* cgrp)
    {
    }

    [KernelSource("kernel/cgroup/cgroup-v1.c", "cgroup1_check_for_release", Parity.Full)]
    public static void cgroup1_check_for_release(cgroup* cgrp)
    {
        if (notify_on_release(cgrp) && !cgroup_is_populated(cgrp) &&
            !css_has_online_children(&cgrp->self) && !cgroup_is_dead(cgrp))
            schedule_work(&cgrp->release_agent_work);
    }

    [KernelSource("kernel/cgroup/cgroup-v1.c", "cgroup1_release_agent", Parity.Stub, "there is no userland program to start")]
    public static void cgroup1_release_agent(work_struct* work)
    {
    }
}
