// SPDX-License-Identifier: GPL-2.0-only
using Linux;
using NUnit.Framework;

namespace KMemcg.Kernel.Tests.mm;

/// <summary>The interface files against what the recorded kernel prints (reference/interfaces-live.txt).</summary>
[TestFixture]
internal sealed unsafe class MemcgFilesTests
{
    private const int EINVAL = 22;

    /// <summary>The sections "## NAME MODE" of the live text.</summary>
    private static Dictionary<string, string> Live()
    {
        var sections = new Dictionary<string, string>();
        string name = "";
        foreach (string line in File.ReadLines(Path.Combine(TestContext.CurrentContext.TestDirectory, "reference", "interfaces-live.txt")))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal))
                sections[name = line[3..].Split(' ')[0]] = "";
            else
                sections[name] = sections.GetValueOrDefault(name, "") + line + "\n";
        }
        return sections;
    }

    private static string Keys(string text) => string.Join('\n', text.Split('\n').Select(line => line.Split(' ')[0]));

    [Test]
    public void A_fresh_group_reads_as_recorded()
    {
        using var machine = new MemcgMachine();
        machine.Mkdir("A");
        Dictionary<string, string> live = Live();
        Assert.Multiple(() =>
        {
            foreach (string file in new[]
            {
                "memory.events", "memory.events.local", "memory.high", "memory.low", "memory.max", "memory.min", "memory.numa_stat",
                "memory.oom.group", "memory.swap.current", "memory.swap.events", "memory.swap.high", "memory.swap.max",
                "memory.swap.peak", "memory.zswap.current", "memory.zswap.max", "memory.zswap.writeback",
            })
                Assert.That(machine.Read("A/" + file), Is.EqualTo(live[file]), file);
            Assert.That(Keys(machine.Read("A/memory.stat")), Is.EqualTo(Keys(live["memory.stat"])));
            Assert.That(Keys(machine.Read("memory.stat")), Is.EqualTo(Keys(live["memory.stat"])));
            Assert.That(machine.Run(() => cgroupfs.read_file("A/memory.reclaim", out _)), Is.EqualTo(-EINVAL));
        });
        machine.Rmdir("A");
    }

    [Test]
    public void The_same_files_are_there()
    {
        using var machine = new MemcgMachine();
        machine.Mkdir("A");
        var names = new List<string>();
        machine.Run(() => Assert.That(cgroupfs.list("A", names), Is.GreaterThanOrEqualTo(0)));
        string[] expected = Live().Keys.Where(name => name.StartsWith("memory.", StringComparison.Ordinal) && name != "memory.pressure").Order().ToArray();
        Assert.That(names.Where(name => name.StartsWith("memory.", StringComparison.Ordinal) && name != "memory.pressure").Order(), Is.EqualTo(expected));
        machine.Rmdir("A");
    }

    [TestCase("memory.max", "x", -EINVAL)]
    [TestCase("memory.max", "-1", -EINVAL)]
    [TestCase("memory.max", "10M ", 0)]
    [TestCase("memory.max", "max", 0)]
    [TestCase("memory.high", "1Q", -EINVAL)]
    [TestCase("memory.min", " ", 0)]
    [TestCase("memory.low", "4k", 0)]
    [TestCase("memory.swap.max", "1G", 0)]
    [TestCase("memory.swap.high", "maximum", -EINVAL)]
    [TestCase("memory.zswap.max", "0", 0)]
    [TestCase("memory.oom.group", "2", -EINVAL)]
    [TestCase("memory.oom.group", "-1", -EINVAL)]
    [TestCase("memory.oom.group", "1", 0)]
    [TestCase("memory.zswap.writeback", "2", -EINVAL)]
    [TestCase("memory.zswap.writeback", "0", 0)]
    [TestCase("memory.current", "1", -EINVAL)]
    public void Writes(string file, string value, long result)
    {
        using var machine = new MemcgMachine();
        machine.Mkdir("A");
        Assert.That(machine.TryWrite("A/" + file, value), Is.EqualTo(result));
        machine.Rmdir("A");
    }

    [TestCase("memory.max", "10M", "10485760\n")]
    [TestCase("memory.max", "4097", "4096\n")]
    [TestCase("memory.high", "1G", "1073741824\n")]
    [TestCase("memory.low", "0x2000", "8192\n")]
    [TestCase("memory.min", "max", "max\n")]
    [TestCase("memory.swap.max", "5000", "4096\n")]
    public void Limits_are_whole_pages(string file, string value, string text)
    {
        using var machine = new MemcgMachine();
        machine.Mkdir("A");
        machine.Write("A/" + file, value);
        Assert.That(machine.Read("A/" + file), Is.EqualTo(text));
        machine.Rmdir("A");
    }

    /// <summary>Each descriptor that was written to has a peak of its own since then.</summary>
    [Test]
    public void Peaks_are_reset_for_one_descriptor()
    {
        using var machine = new MemcgMachine();
        machine.Mkdir("A");
        var a = (mem_cgroup*)machine.Group("A");
        machine.Run(() =>
        {
            uint taken = (uint)linux_page_counter_h.page_counter_read(&a->memory);
            mm_page_counter_c.page_counter_charge(&a->memory, 1000);
            mm_page_counter_c.page_counter_uncharge(&a->memory, 1000);
            kernfs_open_file* first = cgroupfs.open("A/memory.peak");
            kernfs_open_file* second = cgroupfs.open("A/memory.peak");
            Assert.That(Value(first), Is.EqualTo(1000 + taken));
            cgroupfs.write(first, "reset"u8);
            Assert.That(Value(first), Is.EqualTo(taken));
            Assert.That(Value(second), Is.EqualTo(1000 + taken));
            mm_page_counter_c.page_counter_charge(&a->memory, 300);
            cgroupfs.write(second, "r"u8);
            mm_page_counter_c.page_counter_uncharge(&a->memory, 200);
            mm_page_counter_c.page_counter_charge(&a->memory, 100);
            Assert.That(Value(first), Is.EqualTo(300 + taken), "the second reset has left its peak to the first");
            Assert.That(Value(second), Is.EqualTo(300 + taken));
            cgroupfs.close(first);
            mm_page_counter_c.page_counter_charge(&a->memory, 400);
            Assert.That(Value(second), Is.EqualTo(600 + taken));
            cgroupfs.close(second);
            mm_page_counter_c.page_counter_uncharge(&a->memory, 600);
        });
        machine.Rmdir("A");

        static ulong Value(kernfs_open_file* of)
        {
            Span<byte> text = stackalloc byte[64];
            cgroupfs.rewind(of);
            int n = (int)cgroupfs.read(of, text);
            return ulong.Parse(text[..n].TrimEnd((byte)'\n')) / 4096;
        }
    }
}
