// SPDX-License-Identifier: GPL-2.0-only
using System.Globalization;
using KMemcg.Annotations;
using Linux;

namespace KMemcg.Sim.Counting;

/// <summary>
/// The loads behind published results about charge batching, as exact counts: a batch of 32 against 64 pages with min and low
/// in a tree of three levels (20220822001737.4120417-4), and one slot against seven with 1 to 12 groups
/// (20250416180229.2902751-1). Rates do not carry over to another machine; counts and orders do.
/// </summary>
public static unsafe class PublishedShapes
{
    private const int Pages = 4096;
    private const int Rounds = 512;
    private const int MostGroups = 12;

    /// <summary>Boots a machine, runs them all with this process's batch and slots, and switches it off.</summary>
    public static IReadOnlyList<OperationCounts> Run()
    {
        if (!linux_knobs.count_locked)
        {
            throw new InvalidOperationException("counts need the knob count_locked=1");
        }

        List<OperationCounts> counts = [];
        machine.boot(new boot_params { ram = 256UL << 20, cpus = 1 });
        try
        {
            Must(cgroupfs.write_file, "cgroup.subtree_control", "+memory");
            counts.Add(Tree("T", "3 levels", protect: false));
            counts.Add(Tree("M", "3 levels, min and low", protect: true));
            for (int n = 1; n <= MostGroups; n++)
            {
                machine.run(() => Check(cgroupfs.mkdir($"G{n}"), "mkdir"));
                counts.Add(InTurn(n));
            }
        }
        finally
        {
            machine.shutdown();
        }

        return counts;
    }

    /// <summary>Pages one by one into the last of three groups, half of them given back one by one, half in batches.</summary>
    private static OperationCounts Tree(string name, string shape, bool protect)
    {
        string path = name;
        for (int level = 0; level < 3; level++)
        {
            machine.run(() => Check(cgroupfs.mkdir(path), "mkdir"));
            if (protect)
            {
                Must(cgroupfs.write_file, $"{path}/memory.min", "64M");
                Must(cgroupfs.write_file, $"{path}/memory.low", "128M");
            }

            if (level < 2)
            {
                Must(cgroupfs.write_file, $"{path}/cgroup.subtree_control", "+memory");
                path += "/" + level.ToString(CultureInfo.InvariantCulture);
            }
        }

        return Count(shape, [path], (counter, groups) =>
        {
            var memcg = (mem_cgroup*)groups[0];
            for (int i = 0; i < Pages; i++)
            {
                counter.Charge(memcg, 1);
            }

            for (int i = 0; i < Pages / 2; i++)
            {
                counter.Refill(memcg, 1);
            }

            for (int i = 0; i < Pages / 2; i += 32)
            {
                counter.Uncharge(memcg, 32);
            }
        });
    }

    /// <summary>A page for each group in turn, and back into the stock, as packets for many sockets.</summary>
    private static OperationCounts InTurn(int count)
    {
        string[] paths = [.. Enumerable.Range(1, count).Select(i => $"G{i}")];
        return Count(string.Create(CultureInfo.InvariantCulture, $"{count} groups in turn"), paths, (counter, groups) =>
        {
            for (int round = 0; round < Rounds; round++)
            {
                foreach (nint group in groups)
                {
                    counter.Charge((mem_cgroup*)group, 1);
                    counter.Refill((mem_cgroup*)group, 1);
                }
            }
        });
    }

    private static OperationCounts Count(string shape, string[] paths, Action<StockCounter, nint[]> body)
    {
        OperationCounts result = null!;
        machine.run(() =>
        {
            nint[] groups = [.. paths.Select(Group)];
            mm_memcontrol_c.drain_all_stock(mm_memcontrol_c.root_mem_cgroup);
            linux_percpu_h.this_cpu_ptr(mm_memcontrol_c.memcg_stock)->drain_idx = 0;
            var counter = new StockCounter(shape);
            // An interrupt would lock for itself.
            linux_preempt_h.local_irq_save(out IrqFlags flags);
            body(counter, groups);
            linux_preempt_h.local_irq_restore(flags);
            result = counter.Result();
            mm_memcontrol_c.drain_all_stock(mm_memcontrol_c.root_mem_cgroup);
        });
        return result;
    }

    private static nint Group(string path)
    {
        kernfs_open_file* of = cgroupfs.open(path + "/memory.current");
        var memcg = (nint)linux_memcontrol_h.mem_cgroup_from_css(kernel_cgroup_cgroup_c.of_css(of));
        cgroupfs.close(of);
        return memcg;
    }

    private delegate long FileWrite(ReadOnlySpan<char> path, ReadOnlySpan<char> value);

    private static void Must(FileWrite write, string path, string value) => machine.run(() => Check(write(path, value), path));

    private static void Check(long rc, string what)
    {
        if (rc < 0)
        {
            throw new InvalidOperationException($"{what}: errno {-rc}");
        }
    }
}
