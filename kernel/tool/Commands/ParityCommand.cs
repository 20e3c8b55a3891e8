// SPDX-License-Identifier: GPL-2.0-only
using System.CommandLine;
using KMemcg.Sim.Parity;
using Spectre.Console;

namespace KMemcg.Tool.Commands;

/// <summary><c>kmemcg parity</c>: what is ported of each kernel file.</summary>
internal static class ParityCommand
{
    // As PortState has them.
    private static readonly string[] s_states = ["full", "reduced", "stub", "left out", "missing"];

    private static readonly Option<bool> s_missing = new("--missing")
    {
        Description = "Also name the functions that are reduced, stubs, left out or missing, with the reasons.",
    };

    private static readonly Option<string?> s_file = new("--file")
    {
        Description = "Only kernel files whose path contains this.",
        HelpName = "PART",
    };

    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var command = new Command(
            "parity",
            """
            Prints, for each kernel file of the inventory, how many functions of tiers A and B are full, reduced, stubs,
            left out (the port's configuration has no use for them) or missing.

            Examples:
              kmemcg parity
              kmemcg parity --missing --file mm/memcontrol.c
            """)
        {
            s_missing, s_file,
        };
        command.SetAction(parsed => Print(parsed.GetValue(s_missing), parsed.GetValue(s_file) ?? ""));
        return command;
    }

    private static int Print(bool missing, string part)
    {
        FileParity[] files = [.. ParityReport.Create().Where(f => f.File.Contains(part, StringComparison.Ordinal))];
        if (files.Length == 0)
        {
            Console.Error.WriteLine($"kmemcg: --file {part}: no kernel file of the inventory has that in its path; 'kmemcg parity' lists them");
            return ExitCode.BadInput;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumn("kernel file");
        foreach (string head in (string[])["tier A", .. s_states, "tier B", .. s_states])
        {
            table.AddColumn(new TableColumn(head).RightAligned());
        }

        foreach (FileParity file in files)
        {
            table.AddRow([Markup.Escape(file.File), .. Cells([file], 'A'), .. Cells([file], 'B')]);
        }

        table.AddRow(["total", .. Cells(files, 'A'), .. Cells(files, 'B')]);
        Terminal.Tables.Write(table);
        if (!missing)
        {
            return ExitCode.Success;
        }

        foreach (FileParity file in files)
        {
            foreach (FunctionParity function in file.Functions.Where(f => f.State != PortState.Full))
            {
                string state = s_states[(int)function.State];
                Console.WriteLine($"{file.File} {function.Function} {function.Tier} {state} {function.Note}".TrimEnd());
            }
        }

        return ExitCode.Success;
    }

    private static IEnumerable<string> Cells(FileParity[] files, char tier)
    {
        int[] counts = [.. Enum.GetValues<PortState>().Select(state => files.Sum(f => f.Count(state, tier)))];
        return counts.Prepend(counts.Sum()).Select(n => n.ToString());
    }
}
