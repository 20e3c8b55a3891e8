// SPDX-License-Identifier: GPL-2.0-only
using System.CommandLine;
using System.CommandLine.Invocation;

namespace KMemcg.Lint;

/// <summary>The whole command line, and what becomes of input that cannot be read.</summary>
internal static class LintCommand
{
    /// <summary>Runs a command line; returns the exit status.</summary>
    public static async Task<int> RunAsync(string[] arguments, TextWriter errors, CancellationToken cancel)
    {
        RootCommand root = CheckCommand.Create();
        root.Subcommands.Add(CostCommand.Create());
        root.Subcommands.Add(MutateCommand.Create());
        ParseResult parsed = root.Parse(arguments);
        if (parsed.Action is ParseErrorAction)
        {
            foreach (string message in parsed.Errors.Select(error => error.Message).Distinct())
                errors.WriteLine($"kmemcg-lint: {message}");
            errors.WriteLine("kmemcg-lint: see 'kmemcg-lint --help'");
            return ExitCode.BadInput;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false }, cancel);
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Cancelled;
        }
        catch (BadInputException bad)
        {
            errors.WriteLine($"kmemcg-lint: {bad.Message}");
            return ExitCode.BadInput;
        }
    }
}
