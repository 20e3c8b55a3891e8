// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public static unsafe class linux_task_io_accounting_ops_h
{
    [KernelSource("include/linux/task_io_accounting_ops.h", "task_io_account_write", Parity.Full)]
    public static void task_io_account_write(ulong bytes) => current->ioac.write_bytes += bytes;

    /// <summary>Of what was counted as written, this was truncated before it was.</summary>
    [KernelSource("include/linux/task_io_accounting_ops.h", "task_io_account_cancelled_write", Parity.Full)]
    public static void task_io_account_cancelled_write(ulong bytes) => current->ioac.cancelled_write_bytes += bytes;
}
