// SPDX-License-Identifier: GPL-2.0-only
namespace KMemcg.Conformance.Tests;

public class JudgeTests
{
    [TestCase("A/memory.current", "5242880", "4194304", true)]
    [TestCase("A/memory.current", "5242881", "4194304", false)]
    [TestCase("A/memory.stat:anon", "327680", "0", true)]
    [TestCase("A/memory.stat:anon", "327681", "0", false)]
    [TestCase("A/memory.swap.current", "65536", "0", true)]
    [TestCase("A/memory.swap.current", "65537", "0", false)]
    [TestCase("A/memory.events:max", "1", "0", false)]
    [TestCase("A/memory.events:max", "5", "4", false)]
    [TestCase("A/memory.events:max", "20", "10", true)]
    [TestCase("A/memory.events:max", "21", "10", false)]
    [TestCase("A/memory.max", "max", "8192", false)]
    [TestCase("a:write", "ok", "err ENOMEM", false)]
    [TestCase("a:write", "ok ms 250", "ok ms 0", false)]
    [TestCase("a:write", "ok ms 150", "ok ms 0", true)]
    [TestCase("a:resident", "ok present 104 swapped 0", "ok present 200 swapped 96", true)]
    [TestCase("a:resident", "ok present 103 swapped 0", "ok present 200 swapped 96", false)]
    public void TolerancesAreTheFormats(string what, string value, string recorded, bool matches) =>
        Assert.That(Judge.ValueMatches(what, value, [recorded]), Is.EqualTo(matches));

    [Test]
    public void AMissingOrAnExtraLineIsADifference()
    {
        Answer one = new(1, "a", "ok");
        Answer two = new(2, "b", "ok");
        Assert.That(Judge.Compare([[one, two]], [one]).Differences, Has.Count.EqualTo(1));
        Assert.That(Judge.Compare([[one]], [one, two]).Differences, Has.Count.EqualTo(1));
        Assert.That(Judge.Compare([[one, two]], [one, two]), Has.Property("Matched").EqualTo(2));
    }

    /// <summary>The kernel held against itself matches in 99.7 % of the lines: the measure for the random workloads.</summary>
    [Test]
    public void TheKernelAgreesWithItself()
    {
        int matched = 0;
        int total = 0;
        foreach (Recording recording in Recording.Names.Select(Recording.Load))
        {
            for (int i = 0; i < recording.Runs.Count; i++)
            {
                Verdict verdict = Judge.Compare([.. recording.Runs.Where((_, k) => k != i)], recording.Runs[i]);
                matched += verdict.Matched;
                total += verdict.Total;
            }
        }

        Assert.That((double)matched / total, Is.GreaterThan(0.996));
    }
}
