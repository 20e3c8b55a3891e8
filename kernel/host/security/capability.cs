// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>capability.h: tasks of the machine are root and may do anything.</summary>
public static class linux_capability_h
{
    public const int CAP_IPC_LOCK = 14;
    public const int CAP_SYS_PTRACE = 19;
    public const int CAP_SYS_ADMIN = 21;
    public const int CAP_SYS_RESOURCE = 24;

    [KernelSource("kernel/capability.c", "capable", Parity.Reduced, "no credentials: every task is root")]
    public static bool capable(int cap) => true;
}
