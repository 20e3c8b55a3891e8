// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Analyzers.Tests.Harness;
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers.Tests;

/// <summary>Corpus A: bugs that were in the kernel, each beside its fix.</summary>
internal sealed class BugTests
{
    /// <summary>How many of the bugs are found: it only ever rises.</summary>
    private const int Found = 17;

    private static IEnumerable<string> Names => Directory
        .GetFiles(Kernel.CorpusPath("bugs"), "*.buggy.cs")
        .Select(path => Path.GetFileName(path).Replace(".buggy.cs", ""))
        .Order();

    [Test]
    public async Task The_bugs_are_found()
    {
        List<string> missed = [];
        foreach (string name in Names)
        {
            Expectations expected = Read(name, "buggy");
            Assert.That(expected.Ids, Is.Not.Empty, $"{name}: no line is marked");
            if (!expected.AllFound(await Analysis.Run(Kernel.Compile(expected.Tree))))
                missed.Add($"{name}: {string.Join(' ', expected.Ids)}");
        }

        int found = Names.Count() - missed.Count;
        TestContext.Out.WriteLine($"{found} of {Names.Count()} bugs are found; not these:\n" + string.Join('\n', missed));
        Assert.That(found, Is.AtLeast(Found), string.Join('\n', missed));
        Assert.That(found, Is.LessThanOrEqualTo(Found), "More bugs are found than the ratchet says: raise it.");
    }

    [TestCaseSource(nameof(Names))]
    public async Task The_fix_is_not_reported(string name)
    {
        Expectations expected = Read(name, "fixed");
        Assert.That(expected.Ids, Is.Empty, "a fix has no marks");
        string differences = expected.Compare(await Analysis.Run(Kernel.Compile(expected.Tree)));
        Assert.That(differences, Is.Empty, differences);
    }

    [Test]
    public void Each_bug_says_where_it_comes_from()
    {
        Assert.That(Names.Count(), Is.EqualTo(17));
        foreach (string name in Names)
        {
            string text = File.ReadAllText(Path.Combine(Kernel.CorpusPath("bugs"), name + ".buggy.cs"));
            Assert.That(text, Does.Match(@"^// SPDX.*\n// Bug \d+: .*\. Rule: KM\d{4}"), name);
            Assert.That(text.Split('\n').TakeWhile(line => line.StartsWith("//", StringComparison.Ordinal)).Count(), Is.AtLeast(5), $"{name}: the header tells what went wrong");
        }
    }

    private static Expectations Read(string name, string twin)
    {
        string path = Path.Combine(Kernel.CorpusPath("bugs"), $"{name}.{twin}.cs");
        return Expectations.Read(File.ReadAllText(path), path);
    }
}
