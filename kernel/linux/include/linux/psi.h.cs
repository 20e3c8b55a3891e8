// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public static unsafe partial class linux_psi_h
{
    [KernelSource("kernel/sched/psi.c", "psi_memstall_enter", Parity.Stub, "pressure accounting comes with reclaim")]
    public static void psi_memstall_enter(ulong* flags) => *flags = 0;

    [KernelSource("kernel/sched/psi.c", "psi_memstall_leave", Parity.Stub, "pressure accounting comes with reclaim")]
    public static void psi_memstall_leave(ulong* flags)
    {
    }
}
