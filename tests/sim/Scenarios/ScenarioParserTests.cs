// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Sim.Scenarios;

namespace KMemcg.Sim.Tests.Scenarios;

public class ScenarioParserTests
{
    [TestCase("4096", 4096ul)]
    [TestCase("12K", 12288ul)]
    [TestCase("32M", 33554432ul)]
    [TestCase("1G", 1073741824ul)]
    [TestCase("3p", 12288ul)]
    [TestCase("1.5K", 1536ul)]
    public void SizesAreInBytes(string text, ulong bytes)
    {
        Assert.That(Size.TryParse(text, out ulong value), Is.True);
        Assert.That(value, Is.EqualTo(bytes));
    }

    [TestCase("")]
    [TestCase("M")]
    [TestCase("5X")]
    [TestCase("-1")]
    [TestCase("99999999999G")]
    public void OtherTextIsNoSize(string text) => Assert.That(Size.TryParse(text, out _), Is.False);

    [Test]
    public void LinesKeepTheirNumbersAndComments()
    {
        Scenario scenario = ScenarioParser.Parse("dir/one.scn", "# what it is\n\nmkdir A # a group\ncat A/memory.current\n");
        Assert.That(scenario.Name, Is.EqualTo("one"));
        Assert.That(scenario.Lines, Is.EqualTo(new ScenarioLine[]
        {
            new(3, new MakeGroup("A")),
            new(4, new ReadFile("A/memory.current", null)),
        }));
    }

    [Test]
    public void OperationsMayBeTimedAndInTheBackground()
    {
        Scenario scenario = ScenarioParser.Parse("f", "task a in A\na: timed write buf 0 8M &\na: wait");
        var operation = (TaskOperation)scenario.Lines[1].Command;
        Assert.Multiple(() =>
        {
            Assert.That(operation.Task, Is.EqualTo("a"));
            Assert.That(operation.Name, Is.EqualTo("write"));
            Assert.That(operation.Arguments, Is.EqualTo(new[] { "buf", "0", "8M" }));
            Assert.That(operation.Timed && operation.Background, Is.True);
        });
    }

    [Test]
    public void EchoKeepsTheWordsBeforeTheArrow()
    {
        Scenario scenario = ScenarioParser.Parse("f", "echo 1M swappiness=500 > A/memory.reclaim\necho \"\" > A/x");
        Assert.That(scenario.Lines[0].Command, Is.EqualTo(new WriteFile("A/memory.reclaim", "1M swappiness=500")));
        Assert.That(scenario.Lines[1].Command, Is.EqualTo(new WriteFile("A/x", "\"\"")));
    }

    [TestCase("mkdir", 1, "expected 'mkdir G'")]
    [TestCase("fly A", 1, "unknown command 'fly'")]
    [TestCase("a: write buf", 1, "no task 'a'")]
    [TestCase("task a in A\na: jump", 2, "unknown operation 'jump'")]
    [TestCase("task a in A\na: mmap buf anon big", 2, "expected a size")]
    [TestCase("task a in A\na: mmap buf fd 0 4K odd", 2, "expected shared or private")]
    [TestCase("task a in A\na: madvise buf sometimes", 2, "expected one of dontneed")]
    [TestCase("task a in A\na: vmread b buf", 2, "no task 'b'")]
    [TestCase("\n\nsleep soon", 3, "a whole number of milliseconds")]
    [TestCase("sleep -5", 1, "up to 86400000, a day, not '-5'")]
    [TestCase("sleep 18446744073709551615", 1, "up to 86400000, a day")]
    [TestCase("# only this", 1, "expected a command")]
    [TestCase("", 1, "expected a command")]
    [TestCase("echo 1 A/memory.max", 1, "expected 'echo VALUE > G/FILE'")]
    [TestCase("mount loop /loop", 1, "'mount loop DIR FILE'")]
    [TestCase("task a in A\na: watch events", 2, "expected 'watch FD PATH'")]
    [TestCase("task a in A\na:", 2, "expected 'NAME: OPERATION'")]
    public void BadLinesNameFileLineAndWhatWasExpected(string text, int line, string expected)
    {
        ScenarioException e = Assert.Throws<ScenarioException>(() => ScenarioParser.Parse("bad.scn", text))!;
        Assert.That(e.Line, Is.EqualTo(line));
        Assert.That(e.Message, Does.StartWith($"bad.scn:{line}: ").And.Contain(expected));
    }

    [Test]
    public void AMissingFileSaysSo() =>
        Assert.That(
            () => ScenarioParser.ParseFile("/no/such.scn"),
            Throws.TypeOf<ScenarioException>().With.Message.Contains("/no/such.scn"));
}
