// SPDX-License-Identifier: GPL-2.0-only
using System.Diagnostics;
using System.Text.RegularExpressions;
using Linux;
using static Linux.linux_mmzone_h;

namespace KMemcg.Kernel.Tests;

/// <summary>A machine of 1 GiB has the zones of the recorded one.</summary>
[TestFixture]
[NonParallelizable]
internal sealed unsafe class ZoneinfoTests
{
    /// <summary>/proc/zoneinfo of the recorded machine, by zone; what it says of the moment (counts) is left out.</summary>
    private static Dictionary<string, List<string>> Recorded() =>
        Split(File.ReadAllText(Path.Combine(TestContext.CurrentContext.TestDirectory, "reference", "interfaces-live.txt"))
            .Split("## zoneinfo\n")[1].Split("\n## ")[0]);

    private static Dictionary<string, List<string>> Split(string text)
    {
        var zones = new Dictionary<string, List<string>>();
        List<string>? lines = null;
        foreach (string line in text.Split('\n'))
        {
            Match zone = Regex.Match(line, @"^Node 0, zone +(\w+)");
            if (zone.Success)
                zones[zone.Groups[1].Value] = lines = [];
            else if (Regex.IsMatch(line, @"^ +(boost|min|low|high |promo|spanned|present|managed|cma|protection:|batch:|high_min:|high_max:|vm stats threshold:|node_unreclaimable:|start_pfn:|cpu:)"))
                lines!.Add(line);
        }
        return zones;
    }

    [Test]
    public void ZonesAgreeWithTheRecordedMachine()
    {
        using var machine = new AllocatorMachine();
        string text = SeqText(&mm_vmstat_c.zoneinfo_show);

        var expected = Recorded();
        var actual = Split(text);

        Assert.That(actual.Keys, Is.EqualTo(expected.Keys));
        foreach (string zone in expected.Keys)
            Assert.That(actual[zone], Is.EqualTo(expected[zone]), zone);
    }

    [Test]
    public void MinFreeKbytesIsTheRecordedOne()
    {
        using var machine = new AllocatorMachine();
        Assert.That(mm_page_alloc_c.min_free_kbytes, Is.EqualTo(3833));
    }

    [Test]
    public void VmstatHasTheRecordedNames()
    {
        using var machine = new AllocatorMachine();
        string[] names = SeqText(&mm_vmstat_c.vmstat_show).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(' ')[0]).ToArray();

        // Not built in here: NUMA events, and memory that a confidential guest has yet to accept.
        string[] expected = File.ReadAllText(Path.Combine(TestContext.CurrentContext.TestDirectory, "reference", "interfaces-live.txt"))
            .Split("## vmstat\n")[1].Split("\n## ")[0].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(' ')[0])
            .Where(n => n != "nr_unaccepted" && !Regex.IsMatch(n, "^numa_(hit|miss|foreign|interleave|local|other)$")).ToArray();

        Assert.That(names, Is.EqualTo(expected));
    }

    [Test]
    public void BuddyinfoCountsAllFreePages()
    {
        using var machine = new AllocatorMachine();
        string[] lines = SeqText(&mm_vmstat_c.frag_show).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.That(lines, Has.Length.EqualTo(2));
        Assert.That(lines[0], Does.StartWith("Node 0, zone      DMA "));
        ulong pages = 0;
        foreach (string line in lines)
        {
            ulong[] blocks = Regex.Matches(line[22..], @"\d+").Select(m => ulong.Parse(m.Value)).ToArray();
            Assert.That(blocks, Has.Length.EqualTo(NR_PAGE_ORDERS));
            for (int order = 0; order < blocks.Length; order++)
                pages += blocks[order] << order;
        }
        Assert.That(pages, Is.EqualTo(3840 + 242647));
    }

    [TestCase(64UL << 20)]
    [TestCase(256UL << 20)]
    [TestCase(2UL << 30)]
    [TestCase(6UL << 30)]
    [TestCase(64UL << 30)]
    public void OtherSizesBoot(ulong bytes)
    {
        var watch = Stopwatch.StartNew();
        using var machine = new AllocatorMachine(bytes);
        watch.Stop();
        TestContext.Out.WriteLine($"{bytes >> 20} MiB: {watch.Elapsed.TotalMilliseconds:f1} ms");

        ulong managed = 0;
        for (int z = 0; z < MAX_NR_ZONES; z++)
            managed += zone_managed_pages(AllocatorMachine.Zone(z));
        Assert.That(managed, Is.EqualTo(machine.AfterBoot.pages));
        Assert.That(linux_mm_h.totalram_pages(), Is.EqualTo(managed));
        machine.CheckNothingLost();
    }

    [Test]
    public void BootWritesFewStructPages()
    {
        using var machine = new AllocatorMachine();
        Assert.That(mm_mm_init_c.nr_blocks_initialised, Is.Zero);

        page* page = linux_gfp_h.alloc_page(linux_gfp_types_h.GFP_KERNEL);
        Assert.That(mm_mm_init_c.nr_blocks_initialised, Is.LessThanOrEqualTo(1));
        linux_gfp_h.__free_page(page);
        machine.CheckNothingLost();
    }

    internal static string SeqText(delegate*<seq_file*, void*, int> show)
    {
        byte[] bytes = new byte[64 << 10];
        fixed (byte* buf = bytes)
        {
            seq_file m = default;
            m.buf = buf;
            m.size = (ulong)bytes.Length;
            Assert.That(show(&m, NODE_DATA(0)), Is.Zero);
            return System.Text.Encoding.ASCII.GetString(bytes, 0, (int)m.count);
        }
    }

    [Test]
    public void TheLogSaysWhereMemoryIs()
    {
        using TestMachine machine = TestMachine.Boot(1UL << 30);
        machine.Run(() =>
        {
            mm_show_mem_c.__show_mem(0, null, ZONE_NORMAL);
            mm_slab_common_c.dump_unreclaimable_slab();
        });
        string log = string.Join('\n', linux_printk_h.dmesg().Select(r => r.text));
        Assert.That(log, Does.Match(@"Mem-Info:\nactive_anon:\d+ inactive_anon:\d+ isolated_anon:0\n"));
        Assert.That(log, Does.Match(@"Node 0 active_anon:.* all_unreclaimable\? no"));
        Assert.That(log, Does.Match(@"\nDMA32 free:\d+kB boost:0kB min:\d+kB .*\nlowmem_reserve\[\]: 0 \d+ \d+"));
        Assert.That(log, Does.Match(@"\nDMA32: (\d+\*\d+kB (\([UMEH]+\) )?){11}= \d+kB\n"));
        Assert.That(log, Does.Contain("\n262008 pages RAM\n0 pages HighMem/MovableOnly\n"));
        Assert.That(log, Does.Match(@"Unreclaimable slab info:\nName +Used +Total\n(.*\n)*task_struct +\d+KB +\d+KB"));
    }
}
