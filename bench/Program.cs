// SPDX-License-Identifier: GPL-2.0-only
using System.Globalization;
using BenchmarkDotNet.Running;
using KMemcg.Bench.Batching;
using KMemcg.Bench.Compare;
using KMemcg.Bench.Faults;
using KMemcg.Bench.Groups;
using KMemcg.Bench.Machines;
using KMemcg.Bench.Ratios;
using KMemcg.Bench.Reclaim;
using KMemcg.Bench.Report;

const string Usage = """
    ratios [NAME] [--json FILE]            port, yardstick and ratio
    compare BEFORE.json AFTER.json         two files of ratios --json
    report [FILE] | report --brief [FILE]  a page with plots
    faults | groups [N] | reclaim
    [--dry] --filter PATTERN …             BenchmarkDotNet; --dry: each once
    """;

switch (args)
{
    case ["ratios"]:
        return Ratios(null, null);
    case ["ratios", "--json", string file]:
        return Ratios(null, file);
    case ["ratios", string name] when name[0] != '-':
        return Ratios(name, null);
    case ["ratios", string name, "--json", string file] when name[0] != '-':
        return Ratios(name, file);
    case ["compare", string before, string after]:
        return CompareCommand.Run(before, after);
    case ["report"]:
        ReportCommand.Run("kmemcg-report.html", ReportSettings.Full);
        return 0;
    case ["report", "--brief", .. string[] rest] when rest.Length < 2:
        ReportCommand.Run(rest.FirstOrDefault() ?? "kmemcg-report.html", ReportSettings.Brief);
        return 0;
    case ["report", string file] when file[0] != '-':
        ReportCommand.Run(file, ReportSettings.Full);
        return 0;
    case ["point", string depth, string groups, string threads, string seconds]:
        BatchPoint.Print(Number(depth), Number(groups), Number(threads), TimeSpan.FromSeconds(double.Parse(seconds, CultureInfo.InvariantCulture)));
        return 0;
    case ["faults"]:
        FaultStages.Run(TimeSpan.FromSeconds(3));
        return 0;
    case ["groups"]:
        new GroupsCommand(100_000).Run();
        return 0;
    case ["groups", string count] when int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int groups):
        new GroupsCommand(groups).Run();
        return 0;
    case ["reclaim"]:
        ReclaimCommand.Run();
        return 0;
    case ["--dry", .. string[] rest]:
        KernelBenchmark.Dry = true;
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(rest);
        return 0;
    case [] or [['-', ..], ..]:
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
        return 0;
    default:
        return Wrong($"not understood: {string.Join(' ', args)}");
}

static int Ratios(string? name, string? file)
{
    IReadOnlyList<Figure> figures = RatiosCommand.Run(TimeSpan.FromSeconds(3), name);
    if (figures.Count == 0)
    {
        return Wrong($"no figure has \"{name}\" in its name");
    }

    if (file is not null)
    {
        CompareCommand.Save(file, figures);
    }

    return 0;
}

static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

static int Wrong(string message)
{
    Console.Error.WriteLine(message);
    Console.Error.WriteLine(Usage);
    return 2;
}
