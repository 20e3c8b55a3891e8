// SPDX-License-Identifier: GPL-2.0-only
using System.Diagnostics;
using System.Globalization;
using KMemcg.Bench.Machines;
using Linux;

namespace KMemcg.Bench.Reclaim;

/// <summary>
/// <c>reclaim</c>: how many pages a second reclaim writes to swap and frees, from one group and from many below one parent:
/// the shape of the zombie and container-density threads, where the walk over groups is the cost. On the virtual clock, so that
/// the time is what the code takes, not what the disk does.
/// </summary>
internal static unsafe class ReclaimCommand
{
    private const int Pages = 64_000;

    public static void Run()
    {
        Console.WriteLine($"{"groups",8} {"pages",8} {"ms",9} {"pages/s",12}");
        foreach (int groups in (int[])[1, 10, 100, 1000])
        {
            Measure(groups);
        }
    }

    private static void Measure(int groups)
    {
        using var bench = new BenchMachine(cpus: 1, ram: 1UL << 30, swap: 1UL << 30, parallel: false);
        bench.MakeGroup("p");
        BenchMachine.Write("p/cgroup.subtree_control", "+memory");
        ulong length = (ulong)Pages * 4096;
        long address = machine.call(bench.Task, () =>
        {
            kernel_entry_c.syscall_enter();
            return kernel_entry_c.syscall_exit(mm_mmap_c.sys_mmap(0, length, 3, 0x22, null, 0));
        });
        int each = Pages / groups;
        for (int g = 0; g < groups; g++)
        {
            string group = $"p/{g}";
            bench.MakeGroup(group);
            BenchMachine.Move(bench.Task, group);
            ulong from = (ulong)address + ((ulong)g * (ulong)each * 4096);
            bench.RunUser(() =>
            {
                for (int i = 0; i < each; i++)
                {
                    linux_uaccess_h.user_write(from + ((ulong)i * 4096), 1);
                }
            });
        }

        // Half of it, in portions that users ask for.
        long wanted = (long)each * groups / 2 * 4096;
        long before = Current();
        var clock = Stopwatch.StartNew();
        for (int portion = 0; portion < 16; portion++)
        {
            BenchMachine.Write("p/memory.reclaim", (wanted / 16).ToString(CultureInfo.InvariantCulture));
        }

        double seconds = clock.Elapsed.TotalSeconds;
        long reclaimed = (before - Current()) / 4096;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{groups,8} {reclaimed,8} {seconds * 1e3,9:F1} {reclaimed / seconds,12:N0}"));
    }

    private static long Current() => long.Parse(BenchMachine.Read("p/memory.current"), CultureInfo.InvariantCulture);
}
