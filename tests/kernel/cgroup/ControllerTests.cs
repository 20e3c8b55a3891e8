// SPDX-License-Identifier: GPL-2.0-only
using Linux;
using NUnit.Framework;
using static KMemcg.Kernel.Tests.cgroup.CgroupMachine;
using static Linux.linux_errno_h;

namespace KMemcg.Kernel.Tests.cgroup;

/// <summary>cgroup.subtree_control: who may switch what on and off, and what appears and goes with it.</summary>
[TestFixture]
internal sealed class ControllerTests
{
    [Test]
    public void The_root_has_all_that_v2_shows()
    {
        using var m = new CgroupMachine();
        Assert.That(Read("cgroup.controllers"), Is.EqualTo("cpuset cpu io memory hugetlb pids rdma misc\n"));
    }

    [Test]
    public void Files_come_and_go_with_their_controller()
    {
        using var m = new CgroupMachine();
        Ok(Mkdir("A"));
        Assert.That(List("A"), Has.None.StartsWith("pids."));
        Ok(Write("cgroup.subtree_control", "+pids"));
        Assert.That(List("A").Where(f => f.StartsWith("pids.")), Is.EqualTo(new[] { "pids.current", "pids.events", "pids.events.local", "pids.max", "pids.peak" }));
        Assert.That(Read("A/cgroup.controllers"), Is.EqualTo("pids\n"));
        Ok(Write("A/pids.max", "5"), Write("cgroup.subtree_control", "-pids"));
        Assert.That(List("A"), Has.None.StartsWith("pids."));
        Assert.That(Write("A/pids.max", "5"), Is.EqualTo(-ENOENT));
        // again at once: the write waits for the css that goes
        Ok(Write("cgroup.subtree_control", "+pids"));
        Assert.That(Read("A/pids.max"), Is.EqualTo("max\n"), "a new one");
        Settle();
        Assert.That(Key("cgroup.stat", "nr_dying_subsys_pids"), Is.Zero);
        Assert.That(Key("A/cgroup.stat", "nr_subsys_pids"), Is.EqualTo(1));
    }

    [Test]
    public void Controllers_go_down_one_level_at_a_time()
    {
        using var m = new CgroupMachine();
        Ok(Mkdir("A"), Mkdir("A/B"));
        Assert.That(Write("A/cgroup.subtree_control", "+pids"), Is.EqualTo(-ENOENT));
        Ok(Write("cgroup.subtree_control", "+pids"), Write("A/cgroup.subtree_control", "+pids"));
        Assert.That(Read("A/B/cgroup.controllers"), Is.EqualTo("pids\n"));
        Assert.That(Write("cgroup.subtree_control", "-pids"), Is.EqualTo(-EBUSY));
        Ok(Write("A/cgroup.subtree_control", "-pids"), Write("cgroup.subtree_control", "-pids"));
    }

    [Test]
    public void The_last_sign_of_a_controller_counts_and_one_bad_word_spoils_all()
    {
        using var m = new CgroupMachine();
        Ok(Write("cgroup.subtree_control", "+pids -pids  +cpu +pids"));
        Assert.That(Read("cgroup.subtree_control"), Is.EqualTo("cpu pids\n"));
        Assert.That(Write("cgroup.subtree_control", "-cpu +nosuch"), Is.EqualTo(-EINVAL));
        Assert.That(Read("cgroup.subtree_control"), Is.EqualTo("cpu pids\n"));
    }

    [Test]
    public void A_group_with_processes_gives_its_children_no_domain_controller()
    {
        using var m = new CgroupMachine();
        Ok(Write("cgroup.subtree_control", "+memory +pids"), Mkdir("A"), Mkdir("A/B"));
        user_task t = Task("t", "A");
        Assert.That(Write("A/cgroup.subtree_control", "+memory"), Is.EqualTo(-EBUSY));
        Ok(Move(t, "A/B"), Write("A/cgroup.subtree_control", "+memory"));
        Assert.That(Move(t, "A"), Is.EqualTo(-EBUSY));
        Ok(Write("A/cgroup.subtree_control", "-memory"), Move(t, "A"));
        // pids is threaded: with it the group becomes a thread root
        Ok(Write("A/cgroup.subtree_control", "+pids"));
        Assert.That(Read("A/cgroup.type"), Is.EqualTo("domain threaded\n"));
        Assert.That(Read("A/B/cgroup.type"), Is.EqualTo("domain invalid\n"));
        Assert.That(Move(t, "A/B"), Is.EqualTo(-EOPNOTSUPP));
    }

    [Test]
    public void The_root_is_exempt()
    {
        using var m = new CgroupMachine();
        Ok(Write("cgroup.subtree_control", "+memory +pids"));
        Assert.That(Procs(""), Does.Contain(1));
    }

    [Test]
    public void Threaded_groups()
    {
        using var m = new CgroupMachine();
        Ok(Write("cgroup.subtree_control", "+memory +pids"), Mkdir("A"), Mkdir("A/T"), Write("A/T/cgroup.type", "threaded"));
        Assert.Multiple(() =>
        {
            Assert.That(Read("A/cgroup.type"), Is.EqualTo("domain threaded\n"));
            Assert.That(Read("A/T/cgroup.type"), Is.EqualTo("threaded\n"));
            Assert.That(Read("A/T/cgroup.procs"), Is.EqualTo($"{-EOPNOTSUPP}"));
            Assert.That(Write("A/T/cgroup.kill", "1"), Is.EqualTo(-EOPNOTSUPP));
            Assert.That(Write("A/cgroup.subtree_control", "+memory"), Is.EqualTo(-EOPNOTSUPP));
        });
        user_task t = Task("t", "A");
        Assert.That(Write("A/T/cgroup.threads", $"{t.pid}"), Is.Zero);
        Assert.That(Read("A/T/cgroup.threads"), Is.EqualTo($"{t.pid}\n"));
        Assert.That(Procs("A"), Is.EqualTo(new[] { t.pid }));
        Assert.That(Write("cgroup.threads", $"{t.pid}"), Is.EqualTo(-EOPNOTSUPP), "out of its domain");
        machine.kill(t);
        Settle();
        Ok(Rmdir("A/T"));
        Assert.That(Read("A/cgroup.type"), Is.EqualTo("domain\n"));
    }
}
