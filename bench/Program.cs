// SPDX-License-Identifier: GPL-2.0-only
using System.Globalization;
using BenchmarkDotNet.Running;
using KMemcg.Bench.Batching;
using KMemcg.Bench.Compare;
using KMemcg.Bench.Faults;
using KMemcg.Bench.Groups;
using KMemcg.Bench.Ratios;
using KMemcg.Bench.Reclaim;
using KMemcg.Bench.Report;

switch (args)
{
    case ["ratios", "--json", string file]:
        CompareCommand.Save(file, RatiosCommand.Run(TimeSpan.FromSeconds(3), null));
        return 0;
    case ["ratios", .. string[] rest]:
        RatiosCommand.Run(TimeSpan.FromSeconds(3), rest.FirstOrDefault());
        return 0;
    case ["report", .. string[] rest]:
        ReportCommand.Run(rest.FirstOrDefault() ?? "kmemcg-report.html");
        return 0;
    case ["compare", string before, string after]:
        CompareCommand.Run(before, after);
        return 0;
    case ["point", string depth, string groups]:
        BatchPoint.Print(int.Parse(depth, CultureInfo.InvariantCulture), int.Parse(groups, CultureInfo.InvariantCulture));
        return 0;
    case ["faults"]:
        FaultStages.Run(TimeSpan.FromSeconds(3));
        return 0;
    case ["groups", .. string[] rest]:
        new GroupsCommand(rest.Length == 0 ? 100_000 : int.Parse(rest[0], CultureInfo.InvariantCulture)).Run();
        return 0;
    case ["reclaim"]:
        ReclaimCommand.Run();
        return 0;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
        return 0;
}
