// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>CPU time of a task or a group, in nanoseconds.</summary>
public struct task_cputime
{
    public ulong stime;
    public ulong utime;
    public ulong sum_exec_runtime;
}
