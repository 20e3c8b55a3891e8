// SPDX-License-Identifier: GPL-2.0-only
using System.CommandLine;
using System.Globalization;
using KMemcg.Sim.Counting;

namespace KMemcg.Tool.Commands;

/// <summary><c>kmemcg count</c>: exact operation counts of the loads behind published results on charge batching.</summary>
internal static class CountCommand
{
    private static readonly Option<string[]> s_set = new("--set")
    {
        Description = "A knob: memcg.charge_batch (1–127) or memcg.nr_stock (1–16). May be given more than once.",
        HelpName = "NAME=VALUE",
    };

    /// <summary>The command with its option.</summary>
    public static Command Create()
    {
        var command = new Command(
            "count",
            """
            Counts what charges do: those that the stock serves, walks up the counters, locked operations, slots evicted and drained,
            and pages stranded in the stock. The same on every run and every host.

              hits      charges served by the CPU's stock      evicted   slots emptied for another group, in turn (as since 6.18.44)
              walks     up the counters: charge, uncharge,     drained   slots emptied as they held more than a batch
                        drain                                  stranded  pages in the stock at the end, charged and used by nobody
              locked    locked instructions of all that; a page: for each page charged

            Examples:
              kmemcg count
              kmemcg count --set memcg.charge_batch=32
              kmemcg count --set memcg.nr_stock=1
            """)
        {
            s_set,
        };
        command.SetAction(parsed => Print(parsed.GetValue(s_set) ?? []));
        return command;
    }

    private static int Print(string[] settings)
    {
        if (Knobs.Apply([.. settings, "count_locked=1"]) is { } wrong)
        {
            Console.Error.WriteLine($"kmemcg: {wrong}");
            return ExitCode.BadInput;
        }

        Console.WriteLine($"{"shape",-24} {"pages",7} {"hits",7} {"walks",7} {"locked",7} {"a page",8} {"evicted",8} {"drained",8} {"stranded",9}");
        foreach (OperationCounts c in PublishedShapes.Run())
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{c.Shape,-24} {c.Pages,7} {c.Hits,7} {c.Walks,7} {c.Locked,7} {c.LockedPerPage,8:F4} {c.Evictions,8} {c.Drains,8} {c.Stranded,9}"));
        }

        return ExitCode.Success;
    }
}
