// SPDX-License-Identifier: GPL-2.0-only
namespace KMemcg.Tool.Tests;

/// <summary><c>kmemcg boot</c>: a line for each machine.</summary>
public class BootTests
{
    [Test]
    public void SaysWhatEachBootTook()
    {
        ToolRun run = Tool.Run("boot", "--ram", "64M");

        Assert.That(run.ExitCode, Is.Zero, run.Errors);
        Assert.That(run.Lines, Has.Length.EqualTo(4).And.All.Match(@"^(deterministic|parallel) +up in +\d+\.\d ms \(JIT \d+\.\d\), down in +\d+\.\d; resident \d+\.\d → \d+\.\d MiB$"));
    }
}
