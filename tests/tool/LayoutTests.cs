// SPDX-License-Identifier: GPL-2.0-only
namespace KMemcg.Tool.Tests;

/// <summary><c>kmemcg layout</c>: structs with their members, offsets and sizes.</summary>
public class LayoutTests
{
    [Test]
    public void AStructHasItsMembersAtTheKernelsOffsets()
    {
        ToolRun run = Tool.Run("layout", "memcg_stock_pcp", "page");

        Assert.That(run.ExitCode, Is.Zero, run.Errors);
        Assert.That(run.Lines[0], Is.EqualTo("struct memcg_stock_pcp { /* size 112 */"));
        Assert.That(run.Lines, Does.Contain("struct page { /* size 64 */").And.Contain("};"));
        Assert.That(run.Lines.Where(line => line.Contains("_refcount", StringComparison.Ordinal)), Has.One.Match(@"/\* +52 +4 \*/"));
        Assert.That(run.Lines, Has.One.Match(@"^\tu8\[7\] +nr_pages +/\* +1 +7 \*/$").And.One.Match(@"^\tunsigned long\[7\] +cached +/\* +8 +56 \*/$"), "the kernel's names");
    }

    [Test]
    public void AllOfThemCanBeListed()
    {
        ToolRun run = Tool.Run("layout");

        Assert.That(run.ExitCode, Is.Zero, run.Errors);
        Assert.That(run.Lines.Count(line => line.StartsWith("struct ", StringComparison.Ordinal)), Is.GreaterThan(200));
    }
}
