// SPDX-License-Identifier: GPL-2.0-only
using System.Diagnostics;
using System.Globalization;
using KMemcg.Bench.Charge;
using KMemcg.Bench.Machines;
using KMemcg.Bench.Ratios;
using Linux;

namespace KMemcg.Bench.Batching;

/// <summary>
/// One point of batch size × slots × depth: nanoseconds a page, and the pages stranded in the stock. Batch and slots are
/// fixed for a process, so each point is a process of its own: <c>point DEPTH GROUPS</c> with KMEMCG_SET.
/// </summary>
/// <param name="Nanoseconds">For one page, charged and uncharged.</param>
/// <param name="Stranded">Pages that are charged and used by nobody, at most.</param>
internal sealed record BatchPoint(double Nanoseconds, int Stranded)
{
    /// <summary>Measures in a process with this batch and so many slots.</summary>
    public static BatchPoint Measure(int batch, int slots, int depth, int groups)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        start.ArgumentList.Add("point");
        start.ArgumentList.Add(depth.ToString(CultureInfo.InvariantCulture));
        start.ArgumentList.Add(groups.ToString(CultureInfo.InvariantCulture));
        start.Environment[linux_knobs.SET] = string.Create(CultureInfo.InvariantCulture, $"memcg.charge_batch={batch},memcg.nr_stock={slots}");
        using Process process = Process.Start(start)!;
        string[] words = process.StandardOutput.ReadToEnd().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        return new BatchPoint(double.Parse(words[0], CultureInfo.InvariantCulture), int.Parse(words[1], CultureInfo.InvariantCulture));
    }

    /// <summary>The body of <c>point</c>.</summary>
    public static unsafe void Print(int depth, int groups)
    {
        using var bench = new BenchMachine();
        nint[] chains = [.. Enumerable.Range(0, groups).Select(i => (nint)bench.MakeChain($"g{i}", depth))];
        bench.Run(() =>
        {
            fixed (nint* first = chains)
            {
                mem_cgroup** all = (mem_cgroup**)first;
                void Loop(long n) => ChargeLoops.GroupsInTurn(all, groups, n);
                Measured measured = Slices.Measure(Loop, Loop, groups, TimeSpan.FromSeconds(0.4));
                memcg_stock_pcp* stock = linux_percpu_h.this_cpu_ptr(mm_memcontrol_c.memcg_stock);
                int stranded = 0;
                for (int i = 0; i < mm_memcontrol_c.NR_MEMCG_STOCK; i++)
                {
                    stranded += stock->nr_pages[i];
                }

                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{measured.Port.Median} {stranded}"));
            }

            mm_memcontrol_c.drain_all_stock(mm_memcontrol_c.root_mem_cgroup);
        });
    }
}
