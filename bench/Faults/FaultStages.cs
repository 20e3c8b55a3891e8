// SPDX-License-Identifier: GPL-2.0-only
using System.Globalization;
using KMemcg.Bench.Contention;
using KMemcg.Bench.Machines;
using KMemcg.Bench.Ratios;
using Linux;
using static Linux.linux_gfp_types_h;
using static Linux.linux_pagevec_h;

namespace KMemcg.Bench.Faults;

/// <summary>
/// <c>faults</c>: where an anonymous fault's time goes. Loops over the fault's own functions, each with one more of them than the
/// loop before, in turns with whole faults; what a stage takes is the difference, and what no loop has is entry, walk, mapping
/// and reverse map, and the unmapping of all of it.
/// </summary>
internal sealed unsafe class FaultStages
{
    private const int Pages = 512;
    private const uint Gfp = GFP_HIGHUSER_MOVABLE;
    private static readonly string[] s_stages = ["allocate and free", "clear", "charge and uncharge", "LRU, on and off"];

    /// <summary>Measures and prints the stages, in nanoseconds a page: alone, and while the other CPU does the same in a group of its own.</summary>
    public static void Run(TimeSpan budget)
    {
        using var bench = new BenchMachine();
        bool neighbour = Environment.ProcessorCount > 1;
        for (int cpu = 0; cpu < bench.Tasks.Count; cpu++)
        {
            bench.MakeGroup($"faults{cpu}");
            BenchMachine.Move(bench.Tasks[cpu], $"faults{cpu}");
        }

        Console.WriteLine($"{"",-38} {"alone",8}    {(neighbour ? "with a neighbour" : "")}");
        (double Alone, double Both) before = default, whole = default;
        for (int stages = 0; stages < s_stages.Length; stages++)
        {
            (double Alone, double Both) with = default;
            nint[][] folios = [new nint[Pages], new nint[Pages]];
            bench.RunUser(() =>
            {
                Measured measured = Slices.Measure(n => Ladder(stages, folios[0], n), n => FaultLoops.MapTouchUnmap(Pages, n), Pages, budget);
                with.Alone = measured.Port.Median;
                whole.Alone = measured.Yardstick.Median;
            });
            if (neighbour)
            {
                Measured measured = new TwoThreads(bench, 2, user: true).Measure(
                    (cpu, n) => Ladder(stages, folios[cpu], n), (_, n) => FaultLoops.MapTouchUnmap(Pages, n), Pages, budget);
                with.Both = measured.Port.Median;
                whole.Both = measured.Yardstick.Median;
            }

            Print(s_stages[stages], with.Alone - before.Alone, neighbour ? with.Both - before.Both : null);
            before = with;
        }

        Print("enter, walk, map, reverse map, unmap", whole.Alone - before.Alone, neighbour ? whole.Both - before.Both : null);
        Print("a fault and its unmapping", whole.Alone, neighbour ? whole.Both : null);
    }

    /// <summary>Pages as a fault gets them, with so many stages after the first, and given back in batches, as an unmapping does.</summary>
    private static void Ladder(int stages, nint[] folios, long rounds)
    {
        kernel_entry_c.syscall_enter();
        mm_struct* mm = asm_percpu_h.current->mm;
        folio_batch batch;
        folio_batch_init(&batch);
        while (rounds-- > 0)
        {
            for (int i = 0; i < folios.Length; i++)
            {
                folio* folio = linux_gfp_h.__folio_alloc(Gfp, 0, 0, null);
                if (stages >= 1)
                {
                    linux_highmem_h.clear_user_highpage(&folio->page, 0);
                }

                if (stages >= 2)
                {
                    _ = linux_memcontrol_h.mem_cgroup_charge(folio, mm, GFP_KERNEL);
                }

                if (stages >= 3)
                {
                    linux_page_flags_h.__folio_set_swapbacked(folio);
                    mm_swap_c.folio_add_lru(folio);
                }

                folios[i] = (nint)folio;
            }

            foreach (nint folio in folios)
            {
                if (folio_batch_add(&batch, (folio*)folio) == 0)
                {
                    linux_mm_h.folios_put(&batch);
                }
            }

            linux_mm_h.folios_put(&batch);
        }

        mm_swap_c.lru_add_drain();
        kernel_entry_c.syscall_exit(0);
    }

    private static void Print(string stage, double alone, double? both) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{stage,-38} {alone,8:F1} ns {both,8:F1}{(both is null ? "" : " ns")}"));
}
