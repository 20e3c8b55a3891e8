// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Analyzers.Tests.Harness;
using KMemcg.Lint;
using KMemcg.Lint.Mutation;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace KMemcg.Analyzers.Tests.Lint;

/// <summary>Corpus C in small: mistakes made in the correct functions of corpus B. The command makes them in the port.</summary>
internal sealed class MutationTests
{
    /// <summary>How many of the mistakes are found, in percent: it only ever rises.</summary>
    private const int Found = 97;

    // Each mistake can be made in these; the other files have more of the same.
    private static readonly string[] Files = ["gfp", "handover", "irqs", "iterators", "marked", "nesting", "rcu", "references", "scopes"];

    [Test]
    public void Mistakes_in_correct_functions_are_found()
    {
        SyntaxTree[] trees = [.. Files.Select(name => Path.Combine(Kernel.CorpusPath("correct"), name + ".cs")).Select(path => Kernel.Parse(File.ReadAllText(path), path))];
        List<Verdict> verdicts = new Campaign(Kernel.Compile(trees), new AnalyzerOptions([])).Run(MutationOperators.All, trees, CancellationToken.None);

        var table = new StringWriter();
        MutateCommand.Print(table, verdicts, missed: true);
        TestContext.Out.WriteLine(table);
        Assert.That(verdicts.Select(verdict => verdict.Mutant.Operator).Distinct().Count(), Is.EqualTo(MutationOperators.All.Length), "each mistake can be made somewhere");
        Assert.That(100 * verdicts.Count(verdict => verdict.Found) / verdicts.Count, Is.AtLeast(Found), table.ToString());
    }
}
