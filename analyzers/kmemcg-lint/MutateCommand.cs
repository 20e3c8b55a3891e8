// SPDX-License-Identifier: GPL-2.0-only
using System.CommandLine;
using KMemcg.Lint.Mutation;
using Microsoft.CodeAnalysis;

namespace KMemcg.Lint;

/// <summary><c>kmemcg-lint mutate [PROJECT]</c>: how many mistakes the rules find.</summary>
internal static class MutateCommand
{
    private static readonly Argument<string> s_project = ProjectArgument.Create();

    private static readonly Option<string[]> s_operators = new("--operator")
    {
        Description = "Only this kind of mistake; may be repeated.",
        HelpName = "KIND",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string> s_files = new("--files") { Description = "Only files whose path has this in it.", HelpName = "PART", DefaultValueFactory = _ => "" };

    private static readonly Option<bool> s_missed = new("--missed") { Description = "Print the places whose mistake is not found; of those held out, only their number." };

    private static readonly Option<bool> s_require = new("--require") { Description = "Exit with 1 where less is found than has to be." };

    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var command = new Command(
            "mutate",
            """
            Makes mistakes in a project, in memory, one in each function at a time, and prints how many the rules find.

            Examples:
              kmemcg-lint mutate kernel --files memcontrol
              kmemcg-lint mutate kernel --operator drop-unlock early-return --missed
            """)
        {
            s_project,
            s_operators,
            s_files,
            s_missed,
            s_require,
        };
        command.SetAction((parsed, cancel) => Task.FromResult(Run(
            parsed.GetValue(s_project)!, parsed.GetValue(s_operators) ?? [], parsed.GetValue(s_files)!, parsed.GetValue(s_missed), parsed.GetValue(s_require), cancel)));
        return command;
    }

    private static int Run(string path, string[] names, string files, bool missed, bool require, CancellationToken cancel)
    {
        if (names.FirstOrDefault(name => MutationOperators.All.All(known => known.Name != name)) is { } unknown)
            throw new BadInputException($"no mistake '{unknown}'; there are {string.Join(", ", MutationOperators.All.Select(known => known.Name))}");
        LoadedProject project = LoadedProject.Load(path, cancel);
        MutationOperator[] operators = [.. MutationOperators.All.Where(known => names.Length == 0 || names.Contains(known.Name))];
        SyntaxTree[] trees = [.. project.Compilation.SyntaxTrees.Where(tree => tree.FilePath.Contains(files, StringComparison.Ordinal))];
        if (trees.Length == 0)
            throw new BadInputException($"--files {files}: no file of {path} has that in its path");
        List<Verdict> verdicts = new Campaign(project.Compilation, project.Options).Run(operators, trees, cancel);
        Print(Console.Out, verdicts, missed);
        return require && Recalls(verdicts).Any(recall => recall.Found < recall.Operator.Required * recall.Sites) ? ExitCode.Errors : ExitCode.Success;
    }

    /// <summary>By operator: how often it applies, and how often it is found.</summary>
    internal static IEnumerable<(MutationOperator Operator, int Sites, int Found)> Recalls(IEnumerable<Verdict> verdicts) => verdicts
        .GroupBy(verdict => verdict.Mutant.Operator)
        .OrderBy(group => group.Key.Family).ThenBy(group => group.Key.Name, StringComparer.Ordinal)
        .Select(group => (group.Key, group.Count(), group.Count(verdict => verdict.Found)));

    /// <summary>A line an operator, of all places and of those held out.</summary>
    internal static void Print(TextWriter output, List<Verdict> verdicts, bool missed)
    {
        if (missed)
        {
            foreach (Verdict miss in verdicts.Where(verdict => !verdict.Found && !verdict.Mutant.HeldOut))
            {
                FileLinePositionSpan where = miss.Mutant.Original.Identifier.GetLocation().GetLineSpan();
                output.WriteLine($"{where.Path}:{where.StartLinePosition.Line + 1}: {miss.Mutant.Operator.Name} in {miss.Mutant.Original.Identifier.Text} is not found");
            }
        }

        Dictionary<MutationOperator, (int Sites, int Found)> heldOut = Recalls(verdicts.Where(verdict => verdict.Mutant.HeldOut))
            .ToDictionary(recall => recall.Operator, recall => (recall.Sites, recall.Found));
        output.WriteLine($"{"mistake",-18} {"family",-12} {"sites",6} {"found",6} {"recall",7} {"held out",9}  wanted");
        foreach ((MutationOperator @operator, int sites, int found) in Recalls(verdicts))
        {
            string apart = heldOut.TryGetValue(@operator, out (int Sites, int Found) held) ? Share(held.Found, held.Sites) : "-";
            output.WriteLine($"{@operator.Name,-18} {@operator.Family,-12} {sites,6} {found,6} {Share(found, sites),7} {apart,9}  {@operator.Required:F2}");
        }
    }

    private static string Share(int found, int sites) => ((double)found / sites).ToString("F2", System.Globalization.CultureInfo.InvariantCulture);
}
