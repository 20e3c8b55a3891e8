// SPDX-License-Identifier: GPL-2.0-only
using System.CommandLine;
using System.CommandLine.Parsing;
using KMemcg.Sim.Running;
using KMemcg.Sim.Scenarios;
using KMemcg.Sim.Stories;
using KMemcg.Sim.Tracing;
using Spectre.Console;

namespace KMemcg.Tool.Commands;

/// <summary><c>kmemcg run [FILE…]</c>: runs scenarios, each on a machine of its own, and prints the answers.</summary>
internal static class RunCommand
{
    private static readonly Argument<string[]> s_files = Words.Many(
        "FILE", "Scenario files, or folders of them; without one, a built-in story of remote charges is told as a table.", ArgumentArity.ZeroOrMore);

    private static readonly Option<bool> s_json = new("--json") { Description = "Print JSON, in the recordings' form." };

    private static readonly Option<string[]> s_set = new("--set")
    {
        Description = "A knob: memcg.charge_batch (1–127) or memcg.nr_stock (1–16), the kernel's MEMCG_CHARGE_BATCH and NR_MEMCG_STOCK; lockdep or page_poison (0 or 1). May be given more than once.",
        HelpName = "NAME=VALUE",
    };

    private static readonly Option<FileInfo?> s_charges = new("--charges")
    {
        Description = "Write a JSON line for each charge, reclaim, delay and OOM kill.",
        HelpName = "FILE",
    };

    private static readonly Option<bool> s_verbose = new("--verbose", "-v")
    {
        Description = "Print the kernel's log on standard error.",
    };

    /// <summary>The command with its options.</summary>
    public static System.CommandLine.Command Create()
    {
        var command = new System.CommandLine.Command(
            "run",
            """
            Runs scenarios and prints what the machine answers, a line each.

            Examples:
              kmemcg run                                who pays for what somebody else does, scene by scene
              kmemcg run tests/conformance/oracle/scenarios/oom-kill.scn
              kmemcg run scenarios/ --json --seed 7     a folder, each file on a machine of its own
              kmemcg run a.scn --set memcg.charge_batch=32 --verbose
              kmemcg run a.scn --charges charges.jsonl  who charged whom, for what, and where the pages came from
            """)
        {
            s_files, s_json, s_charges, MachineOptions.Seed, MachineOptions.Ram, MachineOptions.Cpus, MachineOptions.Swap, s_set, s_verbose,
        };
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        string[] files = parsed.GetValue(s_files) ?? [];
        FileInfo? charges = parsed.GetValue(s_charges);

        // Knobs first: what the hot path folds in is read once for the process, at its first use.
        string[] trace = files.Length == 0 || charges is not null ? ["memcg.trace=1"] : [];
        if (Knobs.Apply([.. parsed.GetValue(s_set) ?? [], .. trace]) is { } problem)
        {
            Console.Error.WriteLine($"kmemcg: {problem}");
            return ExitCode.BadInput;
        }

        try
        {
            List<Scenario> scenarios = Load(files);
            if (charges is not null && scenarios.FirstOrDefault(s => Path.GetFullPath(s.File) == charges.FullName) is { } same)
            {
                throw new ScenarioException(same.File, 0, "is a scenario, and --charges would write over it");
            }

            using ChargeLog? log = charges is null ? null : new ChargeLog(charges.Create());
            var options = new SimulationOptions
            {
                RamBytes = parsed.GetValue(MachineOptions.Ram).Count,
                SwapBytes = parsed.GetValue(MachineOptions.Swap).Count,
                Cpus = parsed.GetValue(MachineOptions.Cpus),
                Seed = parsed.GetValue(MachineOptions.Seed),
                Log = parsed.GetValue(s_verbose) ? Console.Error.WriteLine : null,
            };
            bool json = parsed.GetValue(s_json);
            return files.Length == 0 ? Tell(options, json, log) : RunAll(scenarios, options, json, log);
        }
        catch (Exception e) when (charges is not null && e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"kmemcg: --charges {charges}: {e.Message}");
            return ExitCode.BadInput;
        }
        catch (ScenarioException e)
        {
            Console.Error.WriteLine($"kmemcg: {e.Message}");
            return ExitCode.BadInput;
        }
        catch (SimulationException e)
        {
            Console.Error.WriteLine(e.Message);
            return ExitCode.Oops;
        }
    }

    private static List<Scenario> Load(string[] paths)
    {
        return [.. paths
            .SelectMany(path => Directory.Exists(path) ? Folder(path) : [path])
            .Select(ScenarioParser.ParseFile)];
    }

    private static string[] Folder(string path)
    {
        try
        {
            string[] found = [.. Directory.EnumerateFiles(path, "*.scn").Order(StringComparer.Ordinal)];
            return found.Length > 0 ? found : throw new ScenarioException(path, 0, "this folder has no file *.scn");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ScenarioException(path, 0, $"cannot be read: {e.Message}");
        }
    }

    private static int Tell(SimulationOptions options, bool json, ChargeLog? log)
    {
        StoryReport story = Story.Run(options, traced => log?.Write(Story.Name, traced));
        if (json)
        {
            StoryWriter.WriteJson(story, Console.Out);
        }
        else
        {
            StoryWriter.WriteTable(story, Terminal.Tables);
        }

        return ExitCode.Success;
    }

    private static int RunAll(List<Scenario> scenarios, SimulationOptions options, bool json, ChargeLog? log)
    {
        using TextWriter output = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = !json };
        IAnswerWriter writer = json ? new JsonAnswerWriter(output) : new TextAnswerWriter(output);
        bool failed = false;
        foreach ((int index, Scenario scenario) in scenarios.Index())
        {
            if (scenarios.Count > 1 && Terminal.Tables.Profile.Out.IsTerminal)
            {
                Console.Error.WriteLine($"[{index + 1}/{scenarios.Count}] {scenario.Name}");
            }

            writer.Begin(scenario);
            Action<TracedEvent>? trace = log is null ? null : traced => log.Write(scenario.Name, traced);
            failed |= !ScenarioRunner.Run(scenario, options with { Trace = trace }, writer.Write);
            writer.End();
        }

        writer.Finish();
        return failed ? ExitCode.ScenarioFailed : ExitCode.Success;
    }
}
