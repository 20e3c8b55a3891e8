// SPDX-License-Identifier: GPL-2.0-only
using System.Text.Json;
using System.Text.RegularExpressions;

namespace KMemcg.Tool.Tests;

/// <summary><c>kmemcg run</c> as a user meets it: what it prints, where, and its exit status.</summary>
public class RunTests
{
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("kmemcg").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void PrintsTheAnswersAndNothingElse()
    {
        ToolRun run = Tool.Run("run", Scenario("mkdir A", "task a in A", "a: mmap buf anon 1M", "a: write buf", "cat A/memory.stat anon"));

        Assert.That(run.ExitCode, Is.Zero, run.Errors);
        Assert.That(run.Errors, Is.Empty);
        Assert.That(run.Lines, Has.Length.EqualTo(3));
        Assert.That(run.Lines[..2], Is.EqualTo(new[] { "3 a:mmap ok", "4 a:write ok" }));
        Assert.That(run.Lines[2], Does.Match(@"^5 A/memory\.stat:anon \d+$"));
    }

    [Test]
    public void ALineThatIsNotACommandIsBadInput()
    {
        string file = Scenario("mkdir A", "mkdri B");
        ToolRun run = Tool.Run("run", file);

        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Output, Is.Empty);
        Assert.That(run.Errors, Does.Contain($"{file}:2").And.Contain("mkdri").And.Not.Contain("   at "));
    }

    [TestCase("no-such-file.scn: ", "run", "no-such-file.scn")]
    [TestCase("no option '--sead'", "run", "--sead", "7", "a.scn")]
    [TestCase("FILE is empty", "run", "")]
    [TestCase("no file *.scn", "run", ".")]
    [TestCase("64M to 64G, not '1M'", "run", "--ram", "1M")]
    [TestCase("64M to 64G, not '-1G'", "run", "--ram", "-1G")]
    [TestCase("64K to 64G, or 0 for none, not '1000000G'", "run", "--swap", "1000000G")]
    [TestCase("64K to 64G, or 0 for none, not '4K'", "run", "--swap", "4K")]
    [TestCase("1 to 64, not '1.5'", "run", "--cpus", "1.5")]
    [TestCase("a whole number up to 18446744073709551615, not '-1'", "run", "--seed", "-1")]
    [TestCase("a number from 1 to 127", "run", "--set", "memcg.charge_batch=128")]
    [TestCase("there is no knob no.such", "run", "--set", "no.such=1")]
    [TestCase("'rum'", "rum")]
    [TestCase("'kmemcg parity --help'", "parity", "--missng")]
    [TestCase("no kernel file", "parity", "--file", "nonsense.c")]
    [TestCase("no option '--x'", "layout", "page", "--x")]
    [TestCase("no option '-x'", "jit", "-x")]
    public void BadInputSaysWhatIsWrong(string wrong, params string[] arguments)
    {
        ToolRun run = Tool.Run(arguments);

        Assert.That(run.Errors, Does.Contain(wrong));

        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Output, Is.Empty);
        Assert.That(run.Errors, Does.StartWith("kmemcg: ").And.Not.Contain("   at "));
    }

    [TestCase("# nothing", 1, "expected a command")]
    [TestCase("mkdir A\n\u0001\u0000ELF", 2, "expected text")]
    public void AFileWithoutCommandsIsBadInput(string content, int line, string expected)
    {
        string file = Scenario(content);
        ToolRun run = Tool.Run("run", file);

        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Errors, Does.StartWith($"kmemcg: {file}:{line}: {expected}"));
    }

    [Test]
    public void ChargesAreNotWrittenOverAScenario()
    {
        string file = Scenario("mkdir A");
        ToolRun run = Tool.Run("run", file, "--charges", file);

        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Errors, Does.Contain("would write over it"));
        Assert.That(File.ReadAllText(file), Is.EqualTo("mkdir A\n"));
    }

    /// <summary>As sched_setaffinity(2) answers to a mask of CPUs that there are not, or to none.</summary>
    [Test]
    public void ACpuThatIsNotThereIsEinval()
    {
        ToolRun run = Tool.Run("run", Scenario("task a in .", "a: cpu 1", "a: cpu 2", "a: cpu 64", "a: cpu 99", "a: cpu -1", "a: cpu 2147483647"));

        Assert.That(run.ExitCode, Is.Zero, run.Errors);
        Assert.That(run.Lines, Is.EqualTo(new[] { "2 a:cpu ok", "3 a:cpu err EINVAL", "4 a:cpu err EINVAL", "5 a:cpu err EINVAL", "6 a:cpu err EINVAL", "7 a:cpu err EINVAL" }));
    }

    /// <summary>When the machine is out of memory, all of a memory.oom.group are, not the group.</summary>
    [Test]
    public void AGroupIsKilledForWhatRanOut()
    {
        string[] lines = ["mkdir A", "echo 1 > A/memory.oom.group", "task a in A", "task b in A", "b: mmap buf anon 1M", "b: write buf",
            "a: mmap buf anon 1G", "a: write buf", "alive b"];
        ToolRun run = Tool.Run("run", Scenario(lines), "--ram", "64M", "--swap", "0", "--verbose");

        Assert.That(run.ExitCode, Is.Zero, run.Errors);
        Assert.That(run.Lines[^2..], Is.EqualTo(new[] { "8 a:write killed 9", "9 b dead" }));
        Assert.That(run.Errors, Does.Match(@"Out of memory: Killed process \d+ \(a\)").And.Match(@"Out of memory: Killed process \d+ \(b\)"));
        Assert.That(run.Errors, Does.Not.Contain("Memory cgroup out of memory"));
        Assert.That(run.Errors, Does.Match(@"\] oom-kill:constraint=CONSTRAINT_NONE,nodemask=\(null\),global_oom,task_memcg=/A,task=a,pid=\d+,uid=0\n"), "continued lines are one");
    }

    [Test]
    public void AScenarioThatFailsSaysSo()
    {
        ToolRun run = Tool.Run("run", Scenario("task a in NOWHERE"));

        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Lines[^1], Does.StartWith("1 ERROR "));
    }

    [Test]
    public void TheSameSeedGivesTheSameAnswers()
    {
        string file = Scenario(
            "mkdir A", "echo 4M > A/memory.max", "task a in A", "a: mmap buf anon 8M", "a: write buf", "cat A/memory.stat");
        ToolRun[] runs = [Tool.Run("run", file, "--seed", "7"), Tool.Run("run", file, "--seed", "7")];

        Assert.That(runs[0].ExitCode, Is.Zero, runs[0].Errors);
        Assert.That(runs[1].Output, Is.EqualTo(runs[0].Output));
    }

    /// <summary>b writes into a's memory: each of its pages is A's, and says so.</summary>
    [Test]
    public void ChargesAreWrittenAsJsonLines()
    {
        string charges = Path.Combine(_folder, "charges.jsonl");
        ToolRun run = Tool.Run("run", "--charges", charges, Scenario(
            "mkdir A", "mkdir B", "task a in A", "task b in B", "a: mmap buf anon 1M", "b: vmwrite a buf"));
        Assert.That(run.ExitCode, Is.Zero, run.Errors);

        JsonElement[] remote = [.. File.ReadLines(charges)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Where(e => e.GetProperty("line").GetInt32() == 6 && e.GetProperty("kind").GetString() == "anon")];
        Assert.That(remote, Has.Length.EqualTo(256));
        Assert.That(remote.Select(e => e.GetProperty("event").GetString()), Is.All.EqualTo("charge"));
        Assert.That(remote.Select(e => e.GetProperty("actor").GetString()), Is.All.EqualTo("B"));
        Assert.That(remote.Select(e => e.GetProperty("group").GetString()), Is.All.EqualTo("A"));
        Assert.That(remote.Select(e => e.GetProperty("target").GetString()), Is.All.EqualTo("mm"));
        Assert.That(remote.Sum(e => e.GetProperty("pages").GetInt64()), Is.EqualTo(256));

        // One page in 64 walks the counters, the others come out of the batch that it leaves in the stock.
        int walks = remote.Count(e => e.GetProperty("outcome").GetString() == "counters");
        Assert.That(walks, Is.InRange(256 / 64, (256 / 64) + 1));
        Assert.That(remote.Count(e => e.GetProperty("outcome").GetString() == "stock"), Is.EqualTo(256 - walks));
    }

    /// <summary>Each scene shows what its title says: who paid for b, and who was reclaimed, throttled or killed.</summary>
    [Test]
    public void TheStoryNamesWhoPaysForWhom()
    {
        ToolRun run = Tool.Run("run", "--json");
        Assert.That(run.ExitCode, Is.Zero, run.Errors);

        JsonElement story = JsonDocument.Parse(run.Output).RootElement;
        string[] scenes = [.. story.GetProperty("scenes").EnumerateArray().Select(s => s.GetString()!)];
        Assert.That(scenes, Has.Length.EqualTo(12));
        Assert.That(scenes.Select(scene => Charge(story, scene)), Is.EqualTo(new[]
        {
            "b in B: anon of A by mm", "b in B: anon of A by mm", "", "b in B: swapin of A by recorded-owner",
            "b in B: swapin of A by recorded-owner", "b in B: swapin of A by recorded-owner",
            "b in B: swapin of A by recorded-owner", "b in B: anon of A by mm", "b in B: kernel of A by page-owner",
            "kworker in /: file of B by active; kworker in /: kernel of B by page-owner",
            "b in B: kernel of A by active", "init in /: kernel of A by active",
        }));

        Assert.That(Consequences(story, scenes[1]), Is.Empty, "a remote charge over memory.high throttles nobody");
        Assert.That(Consequences(story, scenes[2]), Is.EqualTo(new[] { "throttled a in A" }));
        Assert.That(Consequences(story, scenes[4]), Does.Contain("reclaimed b in B"));
        Assert.That(Consequences(story, scenes[5]), Does.Contain("killed b in B"));
    }

    private static string Charge(JsonElement story, string scene) => string.Join("; ", story.GetProperty("charges").EnumerateArray()
        .Where(c => Text(c, "scene") == scene)
        .Select(c => $"{Regex.Replace(Text(c, "actor"), "kworker/[^ ]+", "kworker")}: {Text(c, "kind")} of {Text(c, "charged")} by {Text(c, "target")}"));

    private static string[] Consequences(JsonElement story, string scene) => [.. story.GetProperty("consequences").EnumerateArray()
        .Where(c => Text(c, "scene") == scene)
        .Select(c => $"{Text(c, "what")} {Text(c, "actor")}")];

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private string Scenario(params string[] lines)
    {
        string file = Path.Combine(_folder, "test.scn");
        File.WriteAllLines(file, lines);
        return file;
    }
}
