// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public static unsafe class linux_sched_rt_h
{
    [KernelSource("include/linux/sched/rt.h", "rt_or_dl_task", Parity.Stub, "there are no scheduling classes: every task is as one of the fair class")]
    public static bool rt_or_dl_task(task_struct* p) => false;
}
