// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Kernel.Tests.cgroup;
using KMemcg.Kernel.Tests.mm;
using Linux;
using NUnit.Framework;
using static KMemcg.Kernel.Tests.Selftests.TestMemcontrolMachine;

namespace KMemcg.Kernel.Tests.Selftests;

/// <summary>The memory controller's selftests of the kernel: swap's limit, and who is killed (tools/testing/selftests/cgroup/test_memcontrol.c).</summary>
[TestFixture]
internal sealed class TestMemcontrolOom
{
    private const string Group = "/memcg_test";
    private const string Parent = "/memcg_test_0";
    private const string Child = Parent + "/memcg_test_1";

    /// <summary>What does not fit into the limit is in swap, and nothing is lost between; test_memcontrol.c, alloc_anon_50M_check_swap.</summary>
    private static bool Anon50WithSwap(user_task task)
    {
        ulong at = Anon(task, 50 * M);
        Assert.That(at, Is.Not.Zero);
        long current = Current(Group);
        long swapped = Value(Group + "/memory.swap.current");
        Assert.That((current > 0, swapped > 0), Is.EqualTo((true, true)));
        AssertClose(current, 30 * M, 3, "memory.current");
        AssertClose(current + swapped, 50 * M, 3, "memory and swap");
        return UserMemory.Unmap(task, at, (ulong)(50 * M) / UserMemory.Page) == 0;
    }

    /// <summary>The limit of swap, and peaks of swap and of memory for all and for one descriptor; test_memcontrol.c, test_memcg_swap_max_peak.</summary>
    [Test]
    public void test_memcg_swap_max_peak()
    {
        using var m = new TestMemcontrolMachine();
        Mkdir(Group);
        Assert.That(Value(Group + "/memory.swap.current"), Is.Zero);
        var swap = new TestMemcontrolDescriptor(Group + "/memory.swap.peak");
        var memory = new TestMemcontrolDescriptor(Group + "/memory.peak");
        Assert.That((Value(Group + "/memory.swap.peak"), swap.Value()), Is.EqualTo((0L, 0L)));
        swap.Reset();
        Assert.That((swap.Value(), Value(Group + "/memory.peak"), memory.Value()), Is.EqualTo((0L, 0L, 0L)));
        memory.Reset();
        Assert.That(memory.Value(), Is.Zero);
        Assert.That(CgroupMachine.Read(Group + "/memory.max") + CgroupMachine.Read(Group + "/memory.swap.max"), Is.EqualTo("max\nmax\n"));
        Write(Group + "/memory.swap.max", "30M");
        Write(Group + "/memory.max", "30M");

        Assert.That(m.Run(Group, AllocAnon(100 * M)), Is.False);
        Assert.That((Event(Group, "oom"), Event(Group, "oom_kill")), Is.EqualTo((1L, 1L)));
        AssertPeaks(memory, 29, swap, 29);

        // Of another descriptor, which is closed at once.
        Write(Group + "/memory.swap.peak", "foobarbaz");
        Write(Group + "/memory.peak", "foobarbaz");
        swap.Reset();
        memory.Reset();
        Assert.That(swap.Value(), Is.LessThanOrEqualTo(10 * M));
        Assert.That(memory.Value(), Is.LessThanOrEqualTo(1 * M));
        Assert.That(Value(Group + "/memory.peak"), Is.GreaterThanOrEqualTo(29 * M));
        Assert.That(Value(Group + "/memory.swap.peak"), Is.GreaterThanOrEqualTo(29 * M));

        Assert.That(m.Run(Group, Anon50WithSwap));
        Assert.That(Event(Group, "max"), Is.GreaterThan(0));
        AssertPeaks(memory, 29, swap, 19);
        memory.Close();
        swap.Close();
        m.Destroy(Group);
    }

    private static void AssertPeaks(TestMemcontrolDescriptor memory, long memoryLeast, TestMemcontrolDescriptor swap, long swapLeast)
    {
        Assert.That(Value(Group + "/memory.peak"), Is.GreaterThanOrEqualTo(29 * M));
        Assert.That(Value(Group + "/memory.swap.peak"), Is.GreaterThanOrEqualTo(29 * M));
        Assert.That(memory.Value(), Is.GreaterThanOrEqualTo(memoryLeast * M));
        Assert.That(swap.Value(), Is.GreaterThanOrEqualTo(swapLeast * M));
    }

    /// <summary>Without swap, who allocates past the limit is killed, once; test_memcontrol.c, test_memcg_oom_events.</summary>
    [Test]
    public void test_memcg_oom_events()
    {
        using var m = new TestMemcontrolMachine();
        Mkdir(Group);
        Write(Group + "/memory.max", "30M");
        Write(Group + "/memory.swap.max", "0");
        Assert.That(m.Run(Group, AllocAnon(100 * M)), Is.False);
        Assert.That(CgroupMachine.Procs(Group), Is.Empty);
        Assert.That((Event(Group, "oom"), Event(Group, "oom_kill")), Is.EqualTo((1L, 1L)));
        m.Destroy(Group);
    }

    /// <summary>All of a group are killed together, and its parent hears of it; test_memcontrol.c, test_memcg_oom_group_leaf_events.</summary>
    [Test]
    public void test_memcg_oom_group_leaf_events()
    {
        using var m = new TestMemcontrolMachine();
        Mkdir(Parent);
        Mkdir(Child);
        Write(Parent + "/cgroup.subtree_control", "+memory");
        Write(Child + "/memory.max", "50M");
        Write(Child + "/memory.swap.max", "0");
        Write(Child + "/memory.oom.group", "1");
        // The kernel's test starts a process of 60M in the parent and does not look: it is refused, as the parent has handed the controller down.
        user_task refused = machine.spawn("t");
        Assert.That(CgroupMachine.Move(refused, Parent), Is.EqualTo(-linux_errno_h.EBUSY));
        machine.kill(refused);
        Assert.That(Anon(m.Start(Child), 1 * M), Is.Not.Zero);
        Assert.That(Anon(m.Start(Child), 1 * M), Is.Not.Zero);
        Assert.That(m.Run(Child, AllocAnon(100 * M)), Is.False);
        m.AssertKilled(Child);
        Assert.That(Event(Child, "oom_kill"), Is.GreaterThan(0));
        Assert.That(Event(Parent, "oom_kill"), Is.GreaterThan(0), "without memory_localevents it hears of its children");
        m.Destroy(Child);
        m.Destroy(Parent);
    }

    /// <summary>A parent with the limit, of which all are killed together with those of the groups below; test_memcontrol.c, test_memcg_oom_group_parent_events.</summary>
    [Test]
    public void test_memcg_oom_group_parent_events()
    {
        using var m = new TestMemcontrolMachine();
        Mkdir(Parent);
        Mkdir(Child);
        Write(Parent + "/memory.max", "80M");
        Write(Parent + "/memory.swap.max", "0");
        Write(Parent + "/memory.oom.group", "1");
        Assert.That(Anon(m.Start(Parent), 60 * M), Is.Not.Zero);
        Assert.That(Anon(m.Start(Child), 1 * M), Is.Not.Zero);
        Assert.That(Anon(m.Start(Child), 1 * M), Is.Not.Zero);
        Assert.That(m.Run(Child, AllocAnon(100 * M)), Is.False);
        m.AssertKilled(Child);
        m.AssertKilled(Parent);
        m.Destroy(Child);
        m.Destroy(Parent);
    }

    /// <summary>All of a group are killed but the one that must not be; the victim counts twice; test_memcontrol.c, test_memcg_oom_group_score_events.</summary>
    [Test]
    public void test_memcg_oom_group_score_events()
    {
        using var m = new TestMemcontrolMachine();
        Mkdir(Parent);
        Write(Parent + "/memory.max", "50M");
        Write(Parent + "/memory.swap.max", "0");
        Write(Parent + "/memory.oom.group", "1");
        user_task safe = m.Start(Parent);
        Assert.That(Anon(safe, 1 * M), Is.Not.Zero);
        SetOomScoreAdj(safe, linux_oom_h.OOM_SCORE_ADJ_MIN);
        Assert.That(Anon(m.Start(Parent), 1 * M), Is.Not.Zero);
        Assert.That(m.Run(Parent, AllocAnon(100 * M)), Is.False);
        Assert.That(Event(Parent, "oom_kill"), Is.EqualTo(3));
        Assert.That(safe.alive);
        Assert.That(CgroupMachine.Procs(Parent), Is.EqualTo(new[] { safe.pid }));
        m.Destroy(Parent);
    }

    private static unsafe void SetOomScoreAdj(user_task task, int score) =>
        Assert.That(CgroupMachine.Syscall(() => fs_proc_base_c.__set_oom_adj(task.task, score)), Is.Zero);
}
