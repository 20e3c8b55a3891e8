// SPDX-License-Identifier: GPL-2.0-only
using System.Globalization;
using Linux;
using NUnit.Framework;
using static KMemcg.Kernel.Tests.cgroup.CgroupMachine;

namespace KMemcg.Kernel.Tests.cgroup;

/// <summary>The files of a new group, their modes and what they read, against those of the recorded kernel.</summary>
[TestFixture]
internal sealed class RecordedFilesTests
{
    private sealed record RecordedFile(string Name, int Mode, string Text);

    /// <summary>"## memory.x MODE" and "# A/cgroup.x MODE", each followed by the text.</summary>
    private static IEnumerable<RecordedFile> Recorded()
    {
        string file = Path.Combine(TestContext.CurrentContext.TestDirectory, "reference", "interfaces-live.txt");
        string? name = null;
        int mode = 0;
        var text = new List<string>();
        foreach (string line in File.ReadLines(file).Append("##"))
        {
            if (!line.StartsWith('#'))
            {
                text.Add(line);
                continue;
            }
            if (name != null)
                yield return new RecordedFile(name, mode, string.Concat(text.Select(l => l + "\n")));
            string[] word = line.Split(' ');
            name = word.Length == 3 && int.TryParse(word[2], out _) ? word[1].Replace("A/", "", StringComparison.Ordinal) : null;
            mode = name == null ? 0 : Convert.ToInt32(word[2], 8);
            text.Clear();
        }
    }

    [Test]
    public void A_new_group_reads_as_recorded()
    {
        using var m = new CgroupMachine();
        Ok(Write("cgroup.subtree_control", "+cpu +io +memory +pids"), Mkdir("A"));
        Assert.Multiple(() =>
        {
            foreach (RecordedFile f in Recorded())
            {
                string expected = f.Text.Contains("Invalid argument", StringComparison.Ordinal) ? $"{-linux_errno_h.EINVAL}" : f.Text;
                Assert.That(Read("A/" + f.Name), Is.EqualTo(expected), f.Name);
                Assert.That(Mode("A/" + f.Name), Is.EqualTo(f.Mode), f.Name);
            }
        });
    }

    [Test]
    public void A_group_has_no_memory_file_that_is_not_recorded()
    {
        using var m = new CgroupMachine();
        Ok(Write("cgroup.subtree_control", "+memory"), Mkdir("A"));
        Assert.That(List("A").Where(f => f.StartsWith("memory.", StringComparison.Ordinal)),
            Is.SubsetOf(Recorded().Select(f => f.Name)));
    }

    private static unsafe int Mode(string path) => (int)Syscall(() =>
    {
        kernfs_open_file* of = cgroupfs.open(path);
        if (linux_err_h.IS_ERR(of))
            return linux_err_h.PTR_ERR(of);
        int mode = of->kn->mode & 0x1ff;
        cgroupfs.close(of);
        return mode;
    });
}
