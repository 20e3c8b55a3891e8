// SPDX-License-Identifier: GPL-2.0-only
// Of fs-writeback.c, what memory control calls.
namespace Linux;

public static unsafe partial class fs_fs_writeback_c
{
    private const string C = "fs/fs-writeback.c";

    private static bool completed(void* done) => atomic_read(&((wb_completion*)done)->cnt) == 0;

    /// <summary>Waits until every work that was counted here is done.</summary>
    [KernelSource(C, "wb_wait_for_completion", Parity.Full)]
    public static void wb_wait_for_completion(wb_completion* done)
    {
        atomic_dec(&done->cnt); // the count it started with
        wait_event(done->waitq, &completed, done);
    }

    [KernelSource(C, "cgroup_writeback_by_id", Parity.Stub, "no writeback yet, and so no device to be found by its id")]
    public static int cgroup_writeback_by_id(u64 bdi_id, int memcg_id, int reason, wb_completion* done) => -ENOENT;
}
