// SPDX-License-Identifier: GPL-2.0-only
using System.Diagnostics;
using System.Globalization;
using KMemcg.Annotations;
using KMemcg.Bench.Charge;
using KMemcg.Bench.Contention;
using KMemcg.Bench.Machines;
using KMemcg.Bench.Ratios;
using Linux;

namespace KMemcg.Bench.Batching;

/// <summary>
/// What one point of batch size × slots × depth × threads costs. Batch and slots are fixed for a process, so each point is
/// two of its own: <c>point DEPTH GROUPS THREADS</c> with KMEMCG_SET, once for the time and once for the counts.
/// </summary>
/// <param name="Nanoseconds">For one page, charged and uncharged, on each thread.</param>
/// <param name="Locked">Locked operations for one page.</param>
/// <param name="Stranded">Pages that are charged and used by nobody, at most: what a CPU's stock holds.</param>
internal sealed record BatchPoint(double Nanoseconds, double Locked, int Stranded)
{
    private static readonly Dictionary<(string Knobs, int Depth, int Groups, int Threads), double[]> s_measured = [];

    /// <summary>Measures in processes with this batch and so many slots, each point once.</summary>
    public static BatchPoint Measure(int batch, int slots, int depth, int groups, int threads, TimeSpan budget)
    {
        string knobs = string.Create(CultureInfo.InvariantCulture, $"memcg.charge_batch={batch},memcg.nr_stock={slots}");
        double[] time = Once(knobs, depth, groups, threads, budget);
        double[] counts = Once(knobs + ",count_locked=1", depth, groups, 1, TimeSpan.Zero);
        return new BatchPoint(time[0], counts[1], (int)counts[2]);
    }

    /// <summary>The body of <c>point</c>.</summary>
    public static unsafe void Print(int depth, int groups, int threads, TimeSpan budget)
    {
        using var bench = new BenchMachine(Math.Max(2, threads));
        nint[] chains = [.. Enumerable.Range(0, groups).Select(i => (nint)bench.MakeChain($"g{i}", depth))];
        fixed (nint* first = chains)
        {
            mem_cgroup** all = (mem_cgroup**)first;
            double nanoseconds = budget == TimeSpan.Zero ? 0 : Time(bench, all, groups, threads, budget);
            double locked = 0;
            int stranded = 0;
            bench.Run(() =>
            {
                locked = CountLocked(all, groups);
                memcg_stock_pcp* stock = linux_percpu_h.this_cpu_ptr(mm_memcontrol_c.memcg_stock);
                for (int i = 0; i < mm_memcontrol_c.NR_MEMCG_STOCK; i++)
                {
                    stranded += stock->nr_pages[i];
                }

                mm_memcontrol_c.drain_all_stock(mm_memcontrol_c.root_mem_cgroup);
            });
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{nanoseconds} {locked} {stranded}"));
        }
    }

    private static double[] Once(string knobs, int depth, int groups, int threads, TimeSpan budget)
    {
        if (!s_measured.TryGetValue((knobs, depth, groups, threads), out double[]? measured))
        {
            s_measured[(knobs, depth, groups, threads)] = measured = Run(knobs, depth, groups, threads, budget);
        }

        return measured;
    }

    private static double[] Run(string knobs, int depth, int groups, int threads, TimeSpan budget)
    {
        // Started as an application or by dotnet, which a test is.
        string assembly = typeof(BatchPoint).Assembly.Location;
        string host = Path.ChangeExtension(assembly, null);
        var start = File.Exists(host) ? new ProcessStartInfo(host) : new ProcessStartInfo(Environment.ProcessPath!, [assembly]);
        start.RedirectStandardOutput = true;
        foreach (string argument in (string[])["point", Text(depth), Text(groups), Text(threads), Text(budget.TotalSeconds)])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment[linux_knobs.SET] = knobs;
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? [.. output.Split(' ').Select(word => double.Parse(word, CultureInfo.InvariantCulture))]
            : throw new InvalidOperationException($"point {depth} {groups} {threads} with {knobs}: exit code {process.ExitCode}");
    }

    private static unsafe double Time(BenchMachine bench, mem_cgroup** all, int groups, int threads, TimeSpan budget)
    {
        void Loop(long n) => ChargeLoops.GroupsInTurn(all, groups, n);
        if (threads > 1)
        {
            // The yardstick's turn is the port's, too, so that nothing but it runs.
            return new TwoThreads(bench, threads).Measure((_, n) => Loop(n), (_, n) => Loop(n), groups, budget).Port.Median;
        }

        double nanoseconds = 0;
        bench.Run(() => nanoseconds = Slices.Measure(Loop, Loop, groups, budget).Port.Median);
        return nanoseconds;
    }

    /// <summary>The same each time: the stocks begin empty, and no interrupt comes.</summary>
    private static unsafe double CountLocked(mem_cgroup** all, int groups)
    {
        const int Rounds = 1024;
        mm_memcontrol_c.drain_all_stock(mm_memcontrol_c.root_mem_cgroup);
        linux_preempt_h.local_irq_save(out IrqFlags flags);
        ulong before = locked.count;
        ChargeLoops.GroupsInTurn(all, groups, Rounds);
        ulong count = locked.count - before;
        linux_preempt_h.local_irq_restore(flags);
        return (double)count / Rounds / groups;
    }

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);
}
