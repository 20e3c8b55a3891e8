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
    ratios [NAME] [--json FILE]            port, yardstick and ratio; only figures with NAME in theirs
    compare BEFORE.json AFTER.json         two files of ratios --json
    report [FILE] | report --brief [FILE]  a page with plots; brief: few points and no time to warm up
    faults | groups [N] | reclaim          a fault's stages, in ns; N groups made and removed; pages a second
    [--dry] --filter PATTERN …             BenchmarkDotNet; --dry: each once
    """;
const string Page = "kmemcg-report.html";

switch (args)
{
    case ["-h" or "--help" or "-?"]:
        Console.WriteLine(Usage);
        return 0;
    case ["ratios"]:
        return Ratios(null, null);
    case ["ratios", "--json", string file]:
        return Ratios(null, file);
    case ["ratios", [not '-', ..] name]:
        return Ratios(name, null);
    case ["ratios", [not '-', ..] name, "--json", string file]:
        return Ratios(name, file);
    case ["compare", string before, string after]:
        return CompareCommand.Run(before, after);
    case ["report"]:
        return Report(Page, ReportSettings.Full);
    case ["report", "--brief"]:
        return Report(Page, ReportSettings.Brief);
    case ["report", "--brief", [not '-', ..] file]:
        return Report(file, ReportSettings.Brief);
    case ["report", [not '-', ..] file]:
        return Report(file, ReportSettings.Full);
    case ["point", string depth, string groups, string threads, string seconds]:
        BatchPoint.Print(Number(depth), Number(groups), Number(threads), TimeSpan.FromSeconds(double.Parse(seconds, CultureInfo.InvariantCulture)));
        return 0;
    case ["faults"]:
        FaultStages.Run(TimeSpan.FromSeconds(3));
        return 0;
    case ["groups"]:
        new GroupsCommand(100_000).Run();
        return 0;
    case ["groups", string count] when int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int groups) && groups > 0:
        new GroupsCommand(groups).Run();
        return 0;
    case ["reclaim"]:
        ReclaimCommand.Run();
        return 0;
    case ["--dry", .. string[] rest]:
        KernelBenchmark.Dry = true;
        return Benchmarks(rest);
    case [['-', ..], ..]:
        return Benchmarks(args);
    case []:
        return Wrong("expected one of:");
    default:
        return Wrong($"not understood: {string.Join(' ', args)}");
}

// Nothing ran: BenchmarkDotNet has said why, unless it was only asked what there is.
static int Benchmarks(string[] arguments) =>
    BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(arguments).Any() || arguments.Any(a => a is "--list" or "--info" or "--help" or "--version") ? 0 : 2;

static int Report(string file, ReportSettings settings)
{
    if (Unwritable(file) is { } why)
    {
        return Wrong(why);
    }

    ReportCommand.Run(file, settings);
    return 0;
}

// Minutes of measuring are not to end in a name that was mistyped.
static string? Unwritable(string file)
{
    try
    {
        bool was = File.Exists(file);
        File.Open(file, FileMode.OpenOrCreate, FileAccess.Write).Dispose();
        if (!was)
        {
            File.Delete(file);
        }

        return null;
    }
    catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
    {
        return $"{file}: cannot be written: {e.Message}";
    }
}

static int Ratios(string? name, string? file)
{
    if (file is not null && Unwritable(file) is { } why)
    {
        return Wrong(why);
    }

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
