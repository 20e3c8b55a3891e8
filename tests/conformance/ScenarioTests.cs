// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Sim.Scenarios;

namespace KMemcg.Conformance.Tests;

/// <summary>Each recorded scenario, run on the port and held against what the kernel answered.</summary>
public class ScenarioTests
{
    /// <summary>What the port does not answer as the kernel does, and why. A scenario leaves this list when it matches.</summary>
    private static readonly Dictionary<string, string> s_open = new()
    {
        ["file-reclaim-before-swap"] = "reclaim takes a little more of anonymous memory than the kernel's",
        ["low-shares-parent-protection"] = "reclaim spares the protected group by 2 MiB more than the kernel's",
        ["lower-max-below-usage"] = "swaps out 4 MiB less than the kernel when memory.max is lowered",
        ["madvise"] = "28 pages stay in swap after MADV_PAGEOUT and a free; the kernel has none",
        ["mlock-is-unevictable"] = "munlocked memory is reclaimed at once; the kernel's reclaim gives up on it",
        ["swapin-remote-reclaim"] = "reclaim leaves 1 MiB more of anonymous memory than the kernel's",
        ["writes-of-bad-values"] = "a task that enters a group of two pages is killed; the kernel's lives on swap",
    };

    private static IEnumerable<string> Scenarios =>
        Recording.Names.Where(name => !name.StartsWith("random-", StringComparison.Ordinal));

    [TestCaseSource(nameof(Scenarios))]
    public void AnswersAsTheKernelDid(string name)
    {
        if (s_open.TryGetValue(name, out string? reason))
        {
            Assert.Ignore(reason);
        }

        List<Answer> answers = [];
        bool finished = ScenarioRunner.Run(
            ScenarioParser.ParseFile(Recording.ScenarioFile(name)), new SimulationOptions(), answers.Add);
        Verdict verdict = Judge.Compare(Recording.Load(name).Runs, answers);

        Assert.That(finished, Is.True, "the scenario failed");
        Assert.That(verdict.Differences, Is.Empty);
    }
}
