// SPDX-License-Identifier: GPL-2.0-only
// What the slab allocator calls and is not here yet. Whoever defines one takes its line out.
namespace Linux;

public static unsafe partial class mm_slub_c
{
    private static workqueue_struct* alloc_workqueue(ReadOnlySpan<byte> fmt, uint flags, int max_active) => (workqueue_struct*)1;
    private static bool queue_work_on(int cpu, workqueue_struct* wq, work_struct* work) { work->func(work); return true; }
    private static bool flush_work(work_struct* work) => true;
    private static void cpu_relax() { }
    private static void mm_account_reclaimed_pages(ulong pages) { }
    private static void lockdep_assert_cpus_held() { }
}

public static unsafe partial class linux_irq_work_h
{
    private static void raise_device_irq(int cpu, delegate*<void*, void> handler, void* arg) => handler(arg);
    private static void cpu_relax() { }
}
