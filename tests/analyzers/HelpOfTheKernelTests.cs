// SPDX-License-Identifier: GPL-2.0-only
using System.Text.RegularExpressions;

namespace KMemcg.Analyzers.Tests;

/// <summary>Each help page ends with the commit of Linux that shows the bug, or says why there is none.</summary>
internal sealed class HelpOfTheKernelTests
{
    private static IEnumerable<string> Pages => Directory.GetFiles(Path.Combine(TestContext.CurrentContext.TestDirectory, "docs"), "KM*.md").Select(Path.GetFileNameWithoutExtension).Order()!;

    [TestCaseSource(nameof(Pages))]
    public void The_page_names_a_commit_or_says_why_there_is_none(string id)
    {
        string page = File.ReadAllText(Path.Combine(TestContext.CurrentContext.TestDirectory, "docs", id + ".md"));
        Match section = Regex.Match(page, @"^## In the kernel\n\n(?<text>[^#`][^#]*)\z", RegexOptions.Multiline);
        Assert.That(section.Success, "it has the section, as its last");

        string text = section.Groups["text"].Value.ReplaceLineEndings(" ");
        Assert.That(text, Does.Match(@"^[0-9a-f]{12} \("".+?""\)(: |, )\S").Or.Match("^The kernel has no such bug: [a-zA-Z]"));
        Assert.That(Regex.Matches(text, @"\b[0-9a-f]{12}\b(?! \(""[^)])"), Is.Empty, "each hash has its title");
    }
}
