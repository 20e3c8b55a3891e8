// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Immutable;
using System.CommandLine;
using Microsoft.CodeAnalysis;

namespace KMemcg.Lint;

/// <summary><c>kmemcg-lint [PROJECT] [--patch FILE]</c>: the reports, a line each.</summary>
internal static class CheckCommand
{
    private static readonly Argument<string> s_project = ProjectArgument.Create();

    private static readonly Option<string?> s_patch = new("--patch")
    {
        HelpName = "FILE",
        Description = "Only functions that this unified diff touches; - reads it from the standard input. The patch is applied already.",
    };

    private static readonly Option<bool> s_strict = new("--strict") { Description = "Warnings are errors." };

    /// <summary>The command with its options.</summary>
    public static RootCommand Create()
    {
        var command = new RootCommand(
            """
            Prints what the kernel's rules say of a project, as checkpatch does: path:line: ERROR: [KM0110] text.
            Exits with 1 if there are errors, with 2 if the input cannot be read.

            Examples:
              kmemcg-lint kernel
              git diff main | kmemcg-lint kernel --patch -
            """)
        {
            s_project,
            s_patch,
            s_strict,
        };
        command.SetAction((parsed, cancel) => RunAsync(parsed.GetValue(s_project)!, parsed.GetValue(s_patch), parsed.GetValue(s_strict), cancel));
        return command;
    }

    private static async Task<int> RunAsync(string path, string? patchFile, bool strict, CancellationToken cancel)
    {
        Patch? patch = patchFile is null ? null : patchFile == "-" ? Patch.Parse(Console.In, "the standard input") : ReadPatch(patchFile);
        LoadedProject project = LoadedProject.Load(path, cancel);
        project.RequireNoErrors(cancel);
        ImmutableArray<Diagnostic> found = await KernelAnalyzers.RunAsync(project.Compilation, project.Options, cancel);
        if (patch is not null)
        {
            var touched = new TouchedFunctions(patch, project.Compilation.SyntaxTrees);
            foreach (string other in touched.Elsewhere)
                await Console.Error.WriteLineAsync($"kmemcg-lint: {other}: not a file of this project");
            found = touched.Filter(found);
        }

        return Print(Console.Out, found, strict);
    }

    /// <summary>Prints the reports in the order of the files; returns the exit status.</summary>
    internal static int Print(TextWriter output, IEnumerable<Diagnostic> found, bool strict)
    {
        int errors = 0, warnings = 0;
        foreach (Diagnostic report in found
            .Where(d => d.Severity >= DiagnosticSeverity.Warning && !d.IsSuppressed)
            .OrderBy(d => d.Location.GetLineSpan().Path, StringComparer.Ordinal).ThenBy(d => d.Location.SourceSpan.Start).ThenBy(d => d.Id, StringComparer.Ordinal))
        {
            bool error = strict || report.Severity == DiagnosticSeverity.Error;
            FileLinePositionSpan where = report.Location.GetLineSpan();
            string file = Path.GetRelativePath(Directory.GetCurrentDirectory(), where.Path);
            output.WriteLine($"{file}:{where.StartLinePosition.Line + 1}: {(error ? "ERROR" : "WARNING")}: [{report.Id}] {report.GetMessage()}");
            _ = error ? errors++ : warnings++;
        }

        output.WriteLine($"total: {errors} errors, {warnings} warnings");
        return errors > 0 ? ExitCode.Errors : ExitCode.Success;
    }

    private static Patch ReadPatch(string file)
    {
        if (!File.Exists(file))
            throw new BadInputException($"no patch at '{file}'");
        try
        {
            using var reader = new StreamReader(file);
            return Patch.Parse(reader, file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{file}: cannot be read: {e.Message}");
        }
    }
}
