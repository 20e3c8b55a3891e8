// SPDX-License-Identifier: GPL-2.0-only
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using KMemcg.Bench.Machines;
using Linux;

namespace KMemcg.Bench.Groups;

/// <summary>
/// <c>groups</c>: many groups, each made, charged one page and removed; what one takes of the machine's memory, beside the
/// kernel's structures that it consists of. How a machine with many containers is sized is asked again and again on the lists.
/// </summary>
internal sealed unsafe class GroupsCommand(int count)
{
    private const ulong RamPerGroup = 40 << 10;

    public void Run()
    {
        ulong ram = Math.Max(1UL << 30, (ulong)count * RamPerGroup) / (2 << 20) * (2 << 20);
        machine.boot(new boot_params { cpus = 2, ram = ram });
        try
        {
            Measure();
        }
        finally
        {
            machine.shutdown();
        }
    }

    private void Measure()
    {
        BenchMachine.Write("cgroup.subtree_control", "+memory");
        user_task task = machine.spawn("charger");
        long address = machine.call(task, () =>
        {
            kernel_entry_c.syscall_enter();
            return kernel_entry_c.syscall_exit(mm_mmap_c.sys_mmap(0, (ulong)count * 4096, 3, 0x22, null, 0));
        });
        string pid = task.pid.ToString(CultureInfo.InvariantCulture);
        Dictionary<string, long> slabs = Slabs();
        ulong free = Free(), percpu = Percpu();

        var clock = Stopwatch.StartNew();
        InKernel(i => cgroupfs.mkdir($"g{i}"));
        double made = clock.Elapsed.TotalSeconds;
        double each = (double)(free - Free()) * 4096 / count;
        PrintMemory(each, slabs, (double)(Percpu() - percpu) * 4096 / count);

        clock.Restart();
        const int Step = 1000;
        for (int first = 0; first < count; first += Step)
        {
            int from = first;
            machine.call(task, () =>
            {
                for (int i = from; i < Math.Min(from + Step, count); i++)
                {
                    kernel_entry_c.syscall_enter();
                    long rc = kernel_entry_c.syscall_exit(cgroupfs.write_file($"g{i}/cgroup.procs", pid));
                    if (rc < 0)
                    {
                        return rc;
                    }

                    linux_uaccess_h.user_write((ulong)address + ((ulong)i * 4096), 1);
                }

                return 0;
            });
        }

        double charged = clock.Elapsed.TotalSeconds;
        BenchMachine.Write("cgroup.procs", pid);
        machine.call(task, () =>
        {
            kernel_entry_c.syscall_enter();
            return kernel_entry_c.syscall_exit(mm_mmap_c.sys_munmap((ulong)address, (ulong)count * 4096));
        });

        clock.Restart();
        InKernel(i => cgroupfs.rmdir($"g{i}"));
        double removed = clock.Elapsed.TotalSeconds;
        while (Dying() != 0)
        {
            machine.sleep(100);
        }

        double gone = clock.Elapsed.TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{count} groups: made in {made:F2} s ({made * 1e6 / count:F1} µs each), charged a page in {charged:F2} s ({charged * 1e6 / count:F1}), removed in {removed:F2} s ({removed * 1e6 / count:F1}), gone after {gone:F2} s"));
    }

    private void InKernel(Func<int, long> body)
    {
        const int Step = 1000;
        for (int first = 0; first < count; first += Step)
        {
            int from = first;
            machine.run(() =>
            {
                for (int i = from; i < Math.Min(from + Step, count); i++)
                {
                    long rc = body(i);
                    if (rc != 0)
                    {
                        throw new InvalidOperationException($"group {i}: errno {-rc}");
                    }
                }
            });
        }
    }

    /// <summary>What the pages went to: objects of each cache that there are more of, and per-CPU memory.</summary>
    private void PrintMemory(double each, Dictionary<string, long> before, double percpu)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"memory of a group: {each:F0} bytes of pages, of which {percpu:F0} per-CPU"));
        double sum = percpu;
        foreach ((string cache, long bytes) in Slabs().OrderByDescending(s => s.Value - before.GetValueOrDefault(s.Key)))
        {
            double grown = (double)(bytes - before.GetValueOrDefault(cache)) / count;
            if (grown >= 8)
            {
                sum += grown;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {cache,-24} {grown,8:F0} bytes"));
            }
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"  sum {sum:F0}; sizeof mem_cgroup {sizeof(mem_cgroup)}, mem_cgroup_per_node {sizeof(mem_cgroup_per_node)}, cgroup {sizeof(cgroup)}"));
    }

    private static Dictionary<string, long> Slabs()
    {
        Dictionary<string, long> bytes = [];
        machine.run(() =>
        {
            mm_slub_c.kmem_cache_shrink_all();
            list_head* caches = mm_slab_common_c.slab_caches;
            for (list_head* p = caches->next; p != caches; p = p->next)
            {
                kmem_cache* cache = linux_list_h.list_entry<kmem_cache>(p, &((kmem_cache*)linux_container_of_h.nowhere)->list);
                bytes[Marshal.PtrToStringUTF8((nint)cache->name)!] = mm_slub_c.kmem_cache_live_objects(cache) * cache->size;
            }
        });
        return bytes;
    }

    private static ulong Free()
    {
        ulong pages = 0;
        machine.run(() =>
        {
            mm_page_alloc_c.drain_all_pages(null);
            pages = linux_vmstat_h.global_zone_page_state(linux_mmzone_h.NR_FREE_PAGES);
        });
        return pages;
    }

    private static ulong Percpu()
    {
        ulong pages = 0;
        machine.run(() => pages = mm_percpu_c.pcpu_nr_pages());
        return pages;
    }

    private static long Dying() => long.Parse(
        BenchMachine.Read("cgroup.stat").Split('\n').Single(line => line.StartsWith("nr_dying_descendants ", StringComparison.Ordinal))[21..],
        CultureInfo.InvariantCulture);
}
