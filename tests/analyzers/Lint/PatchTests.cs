// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Analyzers.Tests.Harness;
using KMemcg.Lint;
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers.Tests.Lint;

internal sealed class PatchTests
{
    private const string Two = """
        namespace Linux;

        public static unsafe class two_c
        {
            private static void one(list_lru_one* l)
            {
                spin_lock(&l->@lock);
                l->nr_items++;
            }

            private static void two(list_lru_one* l)
            {
                spin_lock(&l->@lock);
                l->nr_items--;
            }
        }
        """;

    [Test]
    public void Lines_are_those_after_the_patch()
    {
        Patch patch = Patch.Parse(new StringReader("""
            From: somebody
            Subject: [PATCH] mm: two

            diff --git a/mm/two.cs b/mm/two.cs
            --- a/mm/two.cs
            +++ b/mm/two.cs
            @@ -5,4 +5,4 @@ public static unsafe class two_c
             context
            -gone
            +new
             context
            -gone as well
            +new as well
            @@ -20,3 +20,2 @@
             context
            -gone
             context
            """), "a.patch");
        Assert.That(patch.Files, Is.EqualTo(new[] { "mm/two.cs" }));
        Assert.That(patch.Lines("mm/two.cs"), Is.EqualTo(new Dictionary<int, string?> { [6] = "new", [8] = "new as well", [21] = null }));
    }

    [Test]
    public void A_file_that_goes_has_no_lines()
    {
        Patch patch = Patch.Parse(new StringReader("--- a/mm/dead.cs\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-gone\n-too\n"), "a.patch");
        Assert.That(patch.Files, Is.Empty);
    }

    [TestCase("int main;", "not a patch")]
    [TestCase("+++ b/x.cs\n@@ -1,2 +1,2 @@\n+new\n", "a.patch:3: the patch ends in the middle of a hunk")]
    [TestCase("+++ b/x.cs\n@@ -1,2 +1,2 @@\nwhat\n", "a.patch:3: expected a line of a hunk")]
    [TestCase("@@ -1,2 +1,2 @@\n x\n", "a.patch:1: expected a line '+++ FILE'")]
    [TestCase("+++ b/x.cs\n@@ -1,99999999999 +1,2 @@\n x\n", "a.patch:2: expected numbers of lines")]
    [TestCase("+++ b/x.cs\n@@ -1,2 +99999999999 @@\n x\n", "a.patch:2: expected numbers of lines")]
    [TestCase("+++ b/x.cs\n@@@ -1,1 -1,1 +1,1 @@@\n++x\n", "a.patch:2: expected the diff to one parent")]
    public void What_is_no_patch_is_said(string text, string why) =>
        Assert.That(() => Patch.Parse(new StringReader(text), "a.patch"), Throws.TypeOf<BadInputException>().With.Message.Contains(why));

    [Test]
    public async Task Only_functions_that_the_patch_touches_are_reported()
    {
        SyntaxTree tree = Kernel.Parse(Two, "/src/mm/two.cs");
        var found = await Analysis.Run(Kernel.Compile(tree));
        Patch patch = Patch.Parse(new StringReader("+++ b/mm/two.cs\n@@ -14,2 +14,1 @@\n         l->nr_items--;\n-        spin_unlock(&l->@lock);\n"), "a.patch");
        string[] lines = [.. new TouchedFunctions(patch, [tree]).Filter(found).Where(d => d.Id == "KM0110").Select(d => d.GetMessage())];
        Assert.That(lines, Has.Length.EqualTo(1));
        Assert.That(lines[0], Does.Contain("'two'"));
    }

    [Test]
    public void Files_that_the_project_does_not_have_are_named()
    {
        SyntaxTree tree = Kernel.Parse(Two, "/src/mm/two.cs");
        Patch patch = Patch.Parse(new StringReader("+++ b/mm/three.cs\n@@ -1 +1 @@\n-x\n+y\n+++ b/README.md\n@@ -1 +1 @@\n-x\n+y\n"), "a.patch");
        Assert.That(new TouchedFunctions(patch, [tree]).Elsewhere, Is.EqualTo(new[] { "mm/three.cs" }));
    }

    [Test]
    public void A_patch_that_is_not_applied_is_refused()
    {
        SyntaxTree tree = Kernel.Parse(Two, "/src/mm/two.cs");
        Patch patch = Patch.Parse(new StringReader("+++ b/mm/two.cs\n@@ -6,0 +7,1 @@\n+        spin_lock(&other->@lock);\n"), "a.patch");
        Assert.That(() => new TouchedFunctions(patch, [tree]), Throws.TypeOf<BadInputException>().With.Message.Contains("not applied"));
    }

    [Test]
    public async Task Reports_are_in_checkpatch_s_style()
    {
        SyntaxTree tree = Kernel.Parse(Two, Path.GetFullPath("mm/two.cs"));
        var output = new StringWriter { NewLine = "\n" };
        int status = CheckCommand.Print(output, (await Analysis.Run(Kernel.Compile(tree))).Where(d => d.Id == "KM0110"), strict: true);
        Assert.That(status, Is.EqualTo(ExitCode.Errors));
        Assert.That(output.ToString(), Does.Match(@"^mm/two\.cs:\d+: ERROR: \[KM0110\] .*'one'.*\nmm/two\.cs:\d+: ERROR: \[KM0110\] .*'two'.*\ntotal: 2 errors, 0 warnings\n$"));
    }
}
