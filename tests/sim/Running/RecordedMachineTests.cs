// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Sim.Running;
using KMemcg.Sim.Scenarios;

namespace KMemcg.Sim.Tests.Running;

/// <summary>The machine and the program that scenarios run on are those of the recordings.</summary>
public class RecordedMachineTests
{
    private static List<Answer> Run(string text)
    {
        List<Answer> answers = [];
        Assert.That(ScenarioRunner.Run(ScenarioParser.Parse("test.scn", text), new SimulationOptions(), answers.Add), Is.True);
        return answers;
    }

    /// <summary>24 MiB of fresh memory took the recorded machine 78 to 95 ms to write from another task: its CPUs were emulated.</summary>
    [Test]
    public void ItsCpusAreAsSlow()
    {
        Answer answer = Run("mkdir A\nmkdir B\ntask a in A\ntask b in B\na: mmap buf anon 24M\nb: timed vmwrite a buf\n")[^1];
        int milliseconds = int.Parse(answer.Value["ok ms ".Length..]);
        Assert.That(milliseconds, Is.InRange(70, 105));
    }

    /// <summary>What a task inherited it has copied before it enters its group: to be there costs the group nothing.</summary>
    [Test]
    public void ATaskEntersAGroupOfTwoPages()
    {
        List<Answer> answers = Run("mkdir A\necho 8K > A/memory.max\ntask a in A\nalive a\ncat A/memory.events oom_kill\n");
        Assert.That(answers.Select(a => a.Value), Is.EqualTo(new[] { "alive", "0" }));
    }

    /// <summary>Its end was told already, by the answer to what killed it.</summary>
    [Test]
    public void ATaskThatIsGoneExitsWithZero()
    {
        List<Answer> answers = Run("mkdir A\ntask a in A\nkill a\na: exit\na: munmap buf\n");
        Assert.That(answers.Select(a => a.Value), Is.EqualTo(new[] { "exited 0", "err ESRCH" }));
    }
}
