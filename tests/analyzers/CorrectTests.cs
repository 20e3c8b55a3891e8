// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Immutable;
using KMemcg.Analyzers.Tests.Harness;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace KMemcg.Analyzers.Tests;

/// <summary>Corpus B: correct functions in the shapes that lead such tools astray. One kernel has all of them.</summary>
internal sealed class CorrectTests
{
    [Test]
    public async Task Correct_functions_are_not_reported()
    {
        SyntaxTree[] trees = [.. Read("correct")];
        ImmutableArray<Diagnostic> found = [.. (await Analysis.Run(Kernel.Compile(trees))).Where(d => trees.Contains(d.Location.SourceTree))];
        int functions = trees.Sum(tree => tree.GetRoot().DescendantNodes().OfType<MethodDeclarationSyntax>().Count());

        string list = string.Join('\n', found.Select(Describe).Order(StringComparer.Ordinal));
        TestContext.Out.WriteLine($"{functions} functions, {found.Length} reports\n{list}");
        Assert.That(functions, Is.AtLeast(150));
        Assert.That(found, Is.Empty, list);
    }

    [Test]
    public async Task The_prelude_is_correct()
    {
        SyntaxTree[] trees = [.. Read("prelude")];
        ImmutableArray<Diagnostic> found = await Analysis.Run(Kernel.CompileAlone(trees));
        // Its functions declare what the corpora have to know and do nothing: so they do not do what they declare.
        Assert.That(found.Where(d => d.Id.StartsWith("KM00", StringComparison.Ordinal) && d.Id != "KM0004"), Is.Empty);
    }

    private static IEnumerable<SyntaxTree> Read(string corpus) =>
        Directory.GetFiles(Kernel.CorpusPath(corpus), "*.cs").Order().Select(path => Kernel.Parse(File.ReadAllText(path), path));

    private static string Describe(Diagnostic report)
    {
        FileLinePositionSpan span = report.Location.GetLineSpan();
        return $"{Path.GetFileName(span.Path)}:{span.StartLinePosition.Line + 1}: {report.Id} {report.GetMessage()}";
    }
}
