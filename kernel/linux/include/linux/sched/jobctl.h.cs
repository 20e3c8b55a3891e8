// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public static class linux_sched_jobctl_h
{
    public const int JOBCTL_TRAP_FREEZE_BIT = 23;
    public const ulong JOBCTL_TRAP_FREEZE = 1UL << JOBCTL_TRAP_FREEZE_BIT;
}
