// SPDX-License-Identifier: GPL-2.0-only
using System.Diagnostics;
using Linux;
using NUnit.Framework;
using static KMemcg.Kernel.Tests.cgroup.CgroupMachine;

namespace KMemcg.Kernel.Tests.cgroup;

/// <summary>How long many groups take, and what each takes of the machine's memory.</summary>
[TestFixture]
internal sealed class ManyTests
{
    [TestCase(10_000, "+memory")]
    [TestCase(60_000, "+memory")]
    [Explicit("a measurement")]
    public void Make_and_remove(int n, string controllers)
    {
        machine.boot(new boot_params { cpus = 2, ram = 4UL << 30 });
        try
        {
            Ok(Write("cgroup.subtree_control", controllers));
            ulong free = Free();
            var clock = Stopwatch.StartNew();
            Ok(Syscall(() =>
            {
                for (int i = 0; i < n; i++)
                {
                    if (cgroupfs.mkdir($"g{i}") is var rc && rc != 0)
                        return rc;
                }
                return 0;
            }));
            double made = clock.Elapsed.TotalSeconds;
            ulong used = free - Free();
            clock.Restart();
            Ok(Syscall(() =>
            {
                for (int i = 0; i < n; i++)
                {
                    if (cgroupfs.rmdir($"g{i}") is var rc && rc != 0)
                        return rc;
                }
                return 0;
            }));
            double removed = clock.Elapsed.TotalSeconds;
            for (int i = 0; i < 600 && Key("cgroup.stat", "nr_dying_descendants") != 0; i++)
                machine.sleep(100);
            TestContext.Progress.WriteLine($"{n} groups: made in {made:f2} s, {used * 4096 / (ulong)n} bytes each, removed in {removed:f2} s, gone in {clock.Elapsed.TotalSeconds:f2} s");
        }
        finally
        {
            machine.abort();
        }
    }

    private static ulong Free()
    {
        ulong pages = 0;
        machine.run(() => pages = linux_vmstat_h.global_zone_page_state(linux_mmzone_h.NR_FREE_PAGES));
        return pages;
    }
}
