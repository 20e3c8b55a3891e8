// SPDX-License-Identifier: GPL-2.0-only
using System.Diagnostics;
using Linux;

namespace KMemcg.Sim.Jit;

/// <summary>
/// A task in a group two levels down that maps, touches and unmaps memory until what it runs has reached the last tier:
/// the workload behind `kmemcg jit` and the checks of generated code.
/// </summary>
public static class HotPath
{
    private const ulong Pages = 256;
    private const ulong PageSize = 4096;

    /// <summary>Runs on until all <paramref name="methods"/> are in their last tier, or the time is over; bytes allocated in the last round.</summary>
    public static long Run(JitListener listener, IReadOnlyCollection<string> methods, TimeSpan limit)
    {
        machine.boot(new boot_params { ram = 256UL << 20, cpus = 1, parallel = true, pin = false });
        try
        {
            user_task task = machine.spawn("hot");
            machine.run(() =>
            {
                cgroupfs.write_file("cgroup.subtree_control", "+memory");
                cgroupfs.mkdir("A");
                cgroupfs.write_file("A/cgroup.subtree_control", "+memory");
                cgroupfs.mkdir("A/B");
                cgroupfs.write_file("A/B/cgroup.procs", task.pid.ToString(System.Globalization.CultureInfo.InvariantCulture));
            });
            machine.call(task, TakeNothingBack);
            var clock = Stopwatch.StartNew();
            long allocated = 0;
            do
            {
                machine.call(task, () =>
                {
                    long before = GC.GetAllocatedBytesForCurrentThread();
                    for (int i = 0; i < 20; i++)
                    {
                        MapTouchUnmap();
                    }

                    allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                    return 0;
                });
                // The compiler works in the background and waits until nothing new has come for a while.
                Thread.Sleep(60);
            }
            while (clock.Elapsed < limit && !methods.All(m => listener.Find(m) is not null));
            return allocated;
        }
        finally
        {
            machine.shutdown();
        }
    }

    /// <summary>No charge fails here, so what takes one back would be a call of something that nobody has compiled.</summary>
    private static unsafe long TakeNothingBack()
    {
        kernel_entry_c.syscall_enter();
        linux_rcupdate_h.rcu_read_lock();
        mm_page_counter_c.page_counter_cancel(&mm_memcontrol_c.mem_cgroup_from_task(asm_percpu_h.current)->memory, 0);
        linux_rcupdate_h.rcu_read_unlock();
        return kernel_entry_c.syscall_exit(0);
    }

    private static unsafe void MapTouchUnmap()
    {
        kernel_entry_c.syscall_enter();
        ulong at = (ulong)kernel_entry_c.syscall_exit(mm_mmap_c.sys_mmap(0, Pages * PageSize, 3, 0x22, null, 0));
        for (ulong i = 0; i < Pages; i++)
        {
            linux_uaccess_h.user_write(at + (i * PageSize), 1);
        }

        kernel_entry_c.syscall_enter();
        kernel_entry_c.syscall_exit(mm_mmap_c.sys_munmap(at, Pages * PageSize));
    }
}
