// SPDX-License-Identifier: GPL-2.0-only
using System.Text.RegularExpressions;
using KMemcg.Kernel.Tests.cgroup;
using KMemcg.Kernel.Tests.mm;
using KMemcg.Kernel.Tests.Selftests;
using Linux;
using NUnit.Framework;
using static Linux.linux_lockdep_h;

namespace KMemcg.Kernel.Tests.Locking;

/// <summary>What the validator sees of a machine at work is held against the manifest by which the analyzers judge the program.</summary>
internal sealed partial class LockOrderTests
{
    /// <summary>The validator names a lock by what initialises it, and where; the manifest by the type and field that it is.</summary>
    private static readonly (string Init, string Site, string Class)[] s_names =
    [
        ("inode->i_rwsem", "", "inode.i_rwsem"),
        ("inode->i_lock", "", "inode.i_lock"),
        ("mm->mmap_lock", "", "mm_struct.mmap_lock"),
        ("mapping->invalidate_lock", "", "address_space.invalidate_lock"),
        ("mapping->i_mmap_rwsem", "", "address_space.i_mmap_rwsem"),
        ("mapping->i_private_lock", "", "address_space.i_private_lock"),
        ("xa_lock", "inode.cs", "address_space.i_pages"),
        ("xa_lock", "zswap", "zswap_trees"),
        ("anon_vma->rwsem", "", "anon_vma.rwsem"),
        ("mm->page_table_lock", "", "mm_struct.page_table_lock"),
        ("ptlock_ptr(ptdesc", "", "ptdesc.ptl"),
        ("lruvec->lru_lock", "", "lruvec.lru_lock"),
        ("l->@lock", "list_lru", "list_lru_one.lock"),
        ("wb->list_lock", "", "bdi_writeback.list_lock"),
        ("bdi->wb_switch_rwsem", "", "backing_dev_info.wb_switch_rwsem"),
        ("s->s_inode_list_lock", "", "super_block.s_inode_list_lock"),
        ("sb_lock", "", "sb_lock"),
        ("lock_of(percpu_swap_cluster", "", "percpu_swap_cluster.lock"),
        ("si->global_cluster_lock", "", "swap_info_struct.global_cluster_lock"),
        ("cluster_info[i].@lock", "", "swap_cluster_info.lock"),
        ("p->@lock", "swapfile", "swap_info_struct.lock"),
        ("swap_lock", "", "swap_lock"),
        ("swap_avail_lock", "", "swap_avail_lock"),
        ("mmlist_lock", "", "mmlist_lock"),
        ("slab_mutex", "", "slab_mutex"),
        ("n->list_lock", "slub", "kmem_cache_node.list_lock"),
        ("c->@lock", "slub", "kmem_cache_cpu.lock"),
        ("ctx->fd_wqh", "", "userfaultfd_ctx.fd_wqh"),
        ("ctx->fault_pending_wqh", "", "userfaultfd_ctx.fault_pending_wqh"),
        ("ctx->fault_wqh", "", "userfaultfd_ctx.fault_wqh"),
        ("ctx->event_wqh", "", "userfaultfd_ctx.event_wqh"),
    ];

    /// <summary>A bit of a word, of which the validator knows nothing.</summary>
    private const string Unseen = "memdesc_flags_t.f";

    /// <summary>What the machine of this test has no use for.</summary>
    private static readonly string[] s_idle = ["userfaultfd_ctx.", "zswap_trees"];

    [Test]
    public void What_is_observed_agrees_with_the_manifest()
    {
        if (!prove_locking)
            Assert.Ignore("the validator is off");
        Dictionary<string, HashSet<string>> inside = Manifest();
        Assert.That(inside.Keys.Concat(inside.Values.SelectMany(names => names)).Distinct().Order(), Is.EqualTo(s_names.Select(name => name.Class).Append(Unseen).Order()), "each class of the manifest has a name here");

        string[] edges = Observe();
        string?[] classes = [.. lockdep.dump_classes().Select(text => ClassOf(text[..text.LastIndexOf(" {", StringComparison.Ordinal)]))];
        Assert.That(s_names.Where(name => !classes.Contains(name.Class) && !s_idle.Any(idle => name.Class.StartsWith(idle, StringComparison.Ordinal))), Is.Empty, "names that the validator has for nothing");

        (string Outer, string Inner)[] observed = [.. edges.Select(Named).OfType<(string Outer, string Inner)>().Where(edge => edge.Outer != edge.Inner).Distinct()];
        TestContext.Out.WriteLine(string.Join('\n', observed.Select(edge => $"{edge.Outer} > {edge.Inner}").Order(StringComparer.Ordinal)));
        Assert.That(observed.Where(edge => Orders(inside, edge.Inner, edge.Outer)), Is.Empty, "the manifest has it the other way round");
        Assert.That(observed.Where(edge => !Orders(inside, edge.Outer, edge.Inner)), Is.Empty, "the manifest does not say it");
        Assert.That(observed, Has.Length.AtLeast(20));
    }

    /// <summary>Anonymous memory and a file in a group, that reclaim takes to swap and to the disk, and that come back.</summary>
    private static string[] Observe()
    {
        using var machine = new TestMemcontrolMachine(swap: 64UL << 20, ram: 256UL << 20);
        TestMemcontrolMachine.Mkdir("/A");
        user_task task = machine.Start("/A");
        ulong at = TestMemcontrolMachine.Anon(task, 8 << 20);
        TestMemcontrolMachine.Pagecache(task, machine.TempFile(task), 4 << 20);
        CgroupMachine.Write("/A/memory.reclaim", "16M");
        machine.Sleep(50);
        UserMemory.Fill(task, at, 64, 1);
        UserMemory.Unmap(task, at, (8UL << 20) / UserMemory.Page);
        machine.Destroy("/A");
        return lockdep.dump_edges();
    }

    private static (string Outer, string Inner)? Named(string edge)
    {
        string[] ends = edge.Split(" -> ");
        return ClassOf(ends[0]) is { } outer && ClassOf(ends[1]) is { } inner ? (outer, inner) : null;
    }

    /// <summary>The manifest's class of "&amp;inode->i_lock [inode.cs:114]"; the subclass is no matter here.</summary>
    private static string? ClassOf(string text)
    {
        Match parts = Text().Match(text);
        return s_names.FirstOrDefault(name => name.Init == parts.Groups["init"].Value && parts.Groups["site"].Value.StartsWith(name.Site, StringComparison.Ordinal)).Class;
    }

    /// <summary>LockOrder.txt, closed: for each class, all that are taken inside it.</summary>
    private static Dictionary<string, HashSet<string>> Manifest()
    {
        Dictionary<string, HashSet<string>> inside = new(StringComparer.Ordinal);
        foreach (string line in File.ReadLines(Path.Combine(TestContext.CurrentContext.TestDirectory, "LockOrder.txt")))
        {
            string[] chain = line.Split('#')[0].Split('>', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            for (int i = 0; i + 1 < chain.Length; i++)
                (inside.TryGetValue(chain[i], out HashSet<string>? names) ? names : inside[chain[i]] = new(StringComparer.Ordinal)).Add(chain[i + 1]);
        }

        return inside;
    }

    private static bool Orders(Dictionary<string, HashSet<string>> inside, string outer, string inner) =>
        inside.TryGetValue(outer, out HashSet<string>? names) && (names.Contains(inner) || names.Any(name => Orders(inside, name, inner)));

    [GeneratedRegex(@"^&?(?<init>.*?)\)?(/\d+)?( \[(?<site>.*):\d+\])?$")]
    private static partial Regex Text();
}
