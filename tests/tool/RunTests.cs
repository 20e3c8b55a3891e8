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

    [TestCase("run", "no-such-file.scn")]
    [TestCase("run", "--ram", "1M")]
    [TestCase("run", "--set", "memcg.charge_batch=128")]
    [TestCase("run", "--set", "no.such=1")]
    [TestCase("rum")]
    public void BadInputSaysWhatIsWrong(params string[] arguments)
    {
        ToolRun run = Tool.Run(arguments);

        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.Output, Is.Empty);
        Assert.That(run.Errors, Does.StartWith("kmemcg: ").And.Not.Contain("   at "));
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
            "kworker in /: file of B by active; kworker in /: kernel of B by page-owner; kworker in /: kernel of B by active",
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
