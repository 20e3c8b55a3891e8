// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Kernel.Tests.cgroup;
using Linux;
using NUnit.Framework;
using static KMemcg.Kernel.Tests.Selftests.TestMemcontrolMachine;

namespace KMemcg.Kernel.Tests.Selftests;

/// <summary>The memory controller's selftests of the kernel: memory.min and memory.low (tools/testing/selftests/cgroup/test_memcontrol.c, test_memcg_protection).</summary>
[TestFixture]
internal sealed class TestMemcontrolProtection
{
    private const string A = "/memcg_test_0";
    private const string B = A + "/memcg_test_1";
    private const string G = A + "/memcg_test_2";

    private static readonly string[] s_children = [.. Enumerable.Range(0, 4).Select(i => $"{B}/child_memcg_{i}")];

    /// <summary>What is protected stays, however much is needed beside it; test_memcontrol.c, test_memcg_min.</summary>
    [Test]
    public void test_memcg_min() => Protection("memory.min");

    /// <summary>What is protected stays as long as there is other memory, and goes then, with an event; test_memcontrol.c, test_memcg_low.</summary>
    [Test]
    public void test_memcg_low() => Protection("memory.low");

    private static void Protection(string attribute)
    {
        bool min = attribute == "memory.min";
        using var m = new TestMemcontrolMachine();
        user_task main = Prepare(m, attribute);
        AssertClose(Current(B), 150 * M, 3, "A/B at first");

        Assert.That(m.Run(G, AllocAnon(148 * M)));
        AssertClose(Current(B), 50 * M, 3, "A/B under pressure");
        long[] c = [.. s_children.Select(Current)];
        TestContext.Out.WriteLine($"{attribute}: {string.Join(", ", c.Select(v => $"{v / (double)M:F1}M"))} of {Current(B) / (double)M:F1}M");
        AssertClose(c[0], 29 * M, 15, "A/B/C");
        AssertClose(c[1], 21 * M, 20, "A/B/D");
        Assert.That(c[3], Is.Zero);

        Assert.That(m.Run(G, AllocAnon(170 * M)), Is.EqualTo(!min), "more than is not protected");
        AssertClose(Current(B), (min ? 50 : 30) * M, 3, "A/B after that");
        TestMemcontrol.ReclaimUntil(s_children[0], 10 * M);
        if (!min)
            AssertLowEvents();

        foreach (string group in s_children)
            m.Destroy(group);
        m.Destroy(G);
        m.Destroy(B);
        m.Destroy(A);
        machine.kill(main);
    }

    /// <summary>The groups, and 50M of page cache of one file in each of the first three.</summary>
    private static user_task Prepare(TestMemcontrolMachine m, string attribute)
    {
        user_task main = machine.spawn("main");
        int fd = m.TempFile(main);
        Mkdir(A);
        Assert.That(Value($"{A}/{attribute}"), Is.Zero);
        Write(A + "/cgroup.subtree_control", "+memory");
        Write(A + "/memory.max", "200M");
        Write(A + "/memory.swap.max", "0");
        Mkdir(B);
        Write(B + "/cgroup.subtree_control", "+memory");
        Mkdir(G);
        foreach (string group in s_children)
            Mkdir(group);
        foreach (string group in s_children[..3])
            Assert.That(Pagecache(m.Start(group, main), fd, 50 * M), group);
        Write($"{B}/{attribute}", "50M");
        string[] protections = ["75M", "25M", "0", "500M"];
        for (int i = 0; i < protections.Length; i++)
            Write($"{s_children[i]}/{attribute}", protections[i]);
        return main;
    }

    /// <summary>Nobody was out of memory, and only what is protected has events; what the third has depends on memory_recursiveprot.</summary>
    private static void AssertLowEvents()
    {
        bool recursive;
        unsafe
        {
            recursive = (kernel_cgroup_cgroup_c.cgrp_dfl_root->flags & linux_cgroup_defs_h.CGRP_ROOT_MEMORY_RECURSIVE_PROT) != 0;
        }
        for (int i = 0; i < s_children.Length; i++)
        {
            Assert.That(Event(s_children[i], "oom"), Is.Zero, s_children[i]);
            long low = Event(s_children[i], "low");
            TestContext.Out.WriteLine($"{s_children[i]}: low {low}");
            if (i != 2 || !recursive)
                Assert.That(low, i <= 1 ? Is.GreaterThan(0) : Is.Zero, s_children[i]);
        }
    }
}
