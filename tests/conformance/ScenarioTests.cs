// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Sim.Scenarios;

namespace KMemcg.Conformance.Tests;

/// <summary>Each recorded scenario, run on the port and held against what the kernel answered.</summary>
public class ScenarioTests
{
    /// <summary>The part of the random workloads' lines that match.</summary>
    private const double RandomRatio = 0.99;

    /// <summary>What the port does not answer as the kernel does, and why. A scenario leaves this list when it matches.</summary>
    private static readonly Dictionary<string, string> s_open = [];

    private static IEnumerable<string> Scenarios =>
        Recording.Names.Where(name => !IsRandom(name));

    [TestCaseSource(nameof(Scenarios))]
    public void AnswersAsTheKernelDid(string name)
    {
        Verdict verdict = Replay(name);
        if (s_open.TryGetValue(name, out string? reason))
        {
            Assert.Ignore(reason);
        }

        Assert.That(verdict.Differences, Is.Empty);
    }

    /// <summary>The generated workloads, over everything at once: how many of all their lines are the kernel's.</summary>
    /// <remarks>The goal is 99 %. What is reached is asserted, so that it is never lost again.</remarks>
    [Test]
    public void RandomWorkloadsAnswerAsTheKernelDid()
    {
        int matched = 0;
        int total = 0;
        foreach (string name in Recording.Names.Where(IsRandom))
        {
            Verdict verdict = Replay(name);
            TestContext.Out.WriteLine($"{name}: {verdict.Matched} of {verdict.Total} lines match");
            foreach (string difference in verdict.Differences)
            {
                TestContext.Out.WriteLine($"    {difference}");
            }

            matched += verdict.Matched;
            total += verdict.Total;
        }

        double ratio = (double)matched / total;
        TestContext.Out.WriteLine($"all: {matched} of {total} lines match, {ratio:P2}");
        Assert.That(ratio, Is.GreaterThanOrEqualTo(RandomRatio));
    }

    private static bool IsRandom(string name) => name.StartsWith("random-", StringComparison.Ordinal);

    private static Verdict Replay(string name)
    {
        List<Answer> answers = [];
        bool finished = ScenarioRunner.Run(
            ScenarioParser.ParseFile(Recording.ScenarioFile(name)), new SimulationOptions(), answers.Add);

        Assert.That(finished, Is.True, $"{name}: the scenario failed");
        return Judge.Compare(Recording.Load(name).Runs, answers);
    }
}
