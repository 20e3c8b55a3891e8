// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Immutable;
using System.Text.RegularExpressions;
using KMemcg.Analyzers.Tests.Harness;
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers.Tests;

/// <summary>The help pages: there is one for each rule, and its examples are true.</summary>
internal sealed class HelpTests
{
    private static IEnumerable<string> Ids => Descriptors.Select(rule => rule.Id);

    private static ImmutableArray<DiagnosticDescriptor> Descriptors { get; } =
        [.. typeof(Rules).GetFields().Select(field => (DiagnosticDescriptor)field.GetValue(null)!).OrderBy(rule => rule.Id, StringComparer.Ordinal)];

    /// <summary>What is found in the examples of rules that look at one function at a time: all of them at once.</summary>
    private static readonly Lazy<Task<ImmutableArray<Diagnostic>>> OfFunctions = new(() => Analysis.Run(Kernel.Compile(
        Descriptors.Where(rule => !IsAlone(rule)).SelectMany(rule => new[] { Example(rule, "Bad"), Example(rule, "Good") }))));

    [TestCaseSource(nameof(Ids))]
    public async Task The_page_is_there_and_its_examples_are_true(string id)
    {
        DiagnosticDescriptor rule = Descriptors.Single(rule => rule.Id == id);
        Assert.That(Page(rule), Does.StartWith($"# {id}: {rule.Title}\n"));

        string[] found = await Find(rule, "Bad");
        Assert.That(found.Contains(id), Is.True, $"the bad example, in which {string.Join(' ', found)} is found");
        Assert.That(await Find(rule, "Good"), Is.Empty, "the good example");
    }

    [Test]
    public void Every_rule_belongs_to_an_analyzer() =>
        Assert.That(Descriptors.Select(rule => rule.Id).Except(Analysis.Descriptors.Select(rule => rule.Id)), Is.Empty);

    [Test]
    public void Every_rule_is_in_the_release_notes()
    {
        string notes = string.Concat(Directory.GetFiles(Path.Combine(TestContext.CurrentContext.TestDirectory, "releases"), "*.md").Select(File.ReadAllText));
        foreach (DiagnosticDescriptor rule in Descriptors)
            Assert.That(notes, Does.Contain($"{rule.Id} | {rule.Category} | {rule.DefaultSeverity} | {rule.Title}"));
    }

    /// <summary>Whether it needs a program of its own, or settings.</summary>
    private static bool IsAlone(DiagnosticDescriptor rule) => rule.CustomTags.Contains(WellKnownDiagnosticTags.CompilationEnd) || Settings(rule).Length > 0;

    /// <summary>The page says with which settings its examples are judged, where they are not the defaults.</summary>
    private static string[] Settings(DiagnosticDescriptor rule) => [.. Regex.Matches(Page(rule), @"`(kmemcg\.\w+ = \w+)`").Select(match => match.Groups[1].Value)];

    private static async Task<string[]> Find(DiagnosticDescriptor rule, string section)
    {
        ImmutableArray<Diagnostic> found = await (IsAlone(rule) ? Analysis.Run(Kernel.Compile(Example(rule, section)), Settings(rule)) : OfFunctions.Value);
        return [.. found.Where(d => d.Location.SourceTree?.FilePath == PathOf(rule, section)).Select(d => d.Id).Distinct()];
    }

    private static SyntaxTree Example(DiagnosticDescriptor rule, string section)
    {
        Match match = Regex.Match(Page(rule), $@"^## {section}\n\n```csharp\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline);
        Assert.That(match.Success, $"{rule.Id}: no code under '{section}'");
        string name = Path.GetFileNameWithoutExtension(PathOf(rule, section));
        return Kernel.Parse($"namespace Linux;\npublic static unsafe partial class {name}\n{{\n{match.Groups[1].Value}}}\n", PathOf(rule, section));
    }

    private static string PathOf(DiagnosticDescriptor rule, string section) => $"{rule.Id}_{section}.cs";

    private static string Page(DiagnosticDescriptor rule)
    {
        Assert.That(rule.HelpLinkUri, Does.EndWith($"docs/{rule.Id}.md"));
        return File.ReadAllText(Path.Combine(TestContext.CurrentContext.TestDirectory, "docs", rule.Id + ".md"));
    }
}
