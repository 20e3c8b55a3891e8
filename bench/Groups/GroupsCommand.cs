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

    /// <summary>How many groups there are at once: their ids are of 16 bits, as in the kernel.</summary>
    private const int AtOnce = 50_000;

    public void Run()
    {
        ulong ram = Math.Max(1UL << 30, (ulong)Math.Min(count, AtOnce) * RamPerGroup) / (2 << 20) * (2 << 20);
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
        double made = 0, charged = 0, removed = 0, gone = 0;
        for (int first = 0; first < count; first += AtOnce)
        {
            int groups = Math.Min(AtOnce, count - first);
            Dictionary<string, long> slabs = Slabs();
            ulong free = Free(), percpu = Percpu();
            made += Seconds(() => InKernel(groups, i => cgroupfs.mkdir($"g{i}")));
            if (first == 0)
            {
                PrintMemory(groups, (double)(free - Free()) * 4096 / groups, slabs, (double)(Percpu() - percpu) * 4096 / groups);
            }

            charged += Seconds(() => InKernel(groups, ChargePage));
            removed += Seconds(() => InKernel(groups, i => cgroupfs.rmdir($"g{i}")));
            gone += Seconds(WaitForTheDying);
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{count} groups: made in {made:F2} s ({made * 1e6 / count:F1} µs each), charged a page in {charged:F2} s ({charged * 1e6 / count:F1}), removed in {removed:F2} s ({removed * 1e6 / count:F1}), gone after another {gone:F2} s"));
    }

    private static double Seconds(Action body)
    {
        var clock = Stopwatch.StartNew();
        body();
        return clock.Elapsed.TotalSeconds;
    }

    private static void WaitForTheDying()
    {
        while (Dying() != 0)
        {
            machine.sleep(100);
        }
    }

    /// <summary>A page of kernel memory for a group, and back: no task has to move, which would wait for a grace period each time.</summary>
    private static long ChargePage(int group)
    {
        kernfs_open_file* file = cgroupfs.open($"g{group}/memory.current");
        mem_cgroup* memcg = linux_memcontrol_h.mem_cgroup_from_css(kernel_cgroup_cgroup_c.of_css(file));
        mem_cgroup* old = linux_sched_mm_h.set_active_memcg(memcg);
        ulong page = linux_gfp_h.__get_free_page(linux_gfp_types_h.GFP_KERNEL_ACCOUNT);
        linux_sched_mm_h.set_active_memcg(old);
        cgroupfs.close(file);
        if (page == 0)
        {
            return -linux_errno_h.ENOMEM;
        }

        linux_gfp_h.free_page(page);
        return 0;
    }

    private static void InKernel(int groups, Func<int, long> body)
    {
        const int Step = 1000;
        for (int first = 0; first < groups; first += Step)
        {
            int from = first;
            machine.run(() =>
            {
                for (int i = from; i < Math.Min(from + Step, groups); i++)
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
    private static void PrintMemory(int groups, double each, Dictionary<string, long> before, double percpu)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"memory of a group: {each:F0} bytes of pages, of which {percpu:F0} per-CPU"));
        double sum = percpu;
        foreach ((string cache, long bytes) in Slabs().OrderByDescending(s => s.Value - before.GetValueOrDefault(s.Key)))
        {
            double grown = (double)(bytes - before.GetValueOrDefault(cache)) / groups;
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
