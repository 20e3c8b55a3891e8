// SPDX-License-Identifier: GPL-2.0-only
using Linux;
using NUnit.Framework;
using static KMemcg.Kernel.Tests.cgroup.CgroupMachine;
using static Linux.linux_errno_h;

namespace KMemcg.Kernel.Tests.cgroup;

/// <summary>Directories: what may be made and removed, what the core's files say, and what errors there are.</summary>
[TestFixture]
internal sealed class HierarchyTests
{
    [Test]
    public void Groups_come_and_go()
    {
        using var m = new CgroupMachine();
        Ok(Mkdir("A"), Mkdir("A/B"), Mkdir("A/B/C"));
        Assert.That(Key("A/cgroup.stat", "nr_descendants"), Is.EqualTo(2));
        Assert.That(Rmdir("A/B"), Is.EqualTo(-EBUSY));
        Ok(Rmdir("A/B/C"), Rmdir("A/B"), Rmdir("A"));
        Settle();
        Assert.That(Key("cgroup.stat", "nr_descendants"), Is.Zero);
        Assert.That(Key("cgroup.stat", "nr_dying_descendants"), Is.Zero);
        Ok(Mkdir("A"), Rmdir("A"));
    }

    [TestCase("A", ExpectedResult = -EEXIST)]
    [TestCase("/A/", ExpectedResult = -EEXIST)]
    [TestCase("", ExpectedResult = -EEXIST)]
    [TestCase("A/.", ExpectedResult = -EEXIST)]
    [TestCase("A/..", ExpectedResult = -EEXIST)]
    [TestCase("A/cgroup.procs", ExpectedResult = -EEXIST)]
    [TestCase("X/Y", ExpectedResult = -ENOENT)]
    [TestCase("A/cgroup.procs/B", ExpectedResult = -ENOTDIR)]
    [TestCase("A/a\nb", ExpectedResult = -EINVAL)]
    [TestCase("A/../A/./B", ExpectedResult = 0)]
    public long Mkdir_answers(string path)
    {
        using var m = new CgroupMachine();
        Ok(Mkdir("A"));
        return Mkdir(path);
    }

    [Test]
    public void A_name_has_255_bytes_at_most()
    {
        using var m = new CgroupMachine();
        Ok(Mkdir(new string('x', 255)));
        Assert.That(Mkdir(new string('x', 256)), Is.EqualTo(-ENAMETOOLONG));
    }

    [TestCase("B", ExpectedResult = -ENOENT)]
    [TestCase("", ExpectedResult = -EBUSY)]
    [TestCase("A/.", ExpectedResult = -EINVAL)]
    [TestCase("A/..", ExpectedResult = -ENOTEMPTY)]
    [TestCase("A/cgroup.procs", ExpectedResult = -ENOTDIR)]
    [TestCase("A", ExpectedResult = 0)]
    public long Rmdir_answers(string path)
    {
        using var m = new CgroupMachine();
        Ok(Mkdir("A"));
        return Rmdir(path);
    }

    [TestCase("A/nosuch", "1", ExpectedResult = -ENOENT)]
    [TestCase("X/cgroup.procs", "1", ExpectedResult = -ENOENT)]
    [TestCase("A", "1", ExpectedResult = -EISDIR)]
    [TestCase("A/cgroup.controllers", "1", ExpectedResult = -EINVAL)]
    [TestCase("A/cgroup.events", "1", ExpectedResult = -EINVAL)]
    [TestCase("A/cgroup.procs", "x", ExpectedResult = -EINVAL)]
    [TestCase("A/cgroup.procs", "-5", ExpectedResult = -EINVAL)]
    [TestCase("A/cgroup.procs", "99999", ExpectedResult = -ESRCH)]
    [TestCase("A/cgroup.procs", "2", ExpectedResult = -EINVAL, Description = "kthreadd")]
    [TestCase("A/cgroup.max.depth", "-1", ExpectedResult = -ERANGE)]
    [TestCase("A/cgroup.max.depth", "x", ExpectedResult = -EINVAL)]
    [TestCase("A/cgroup.max.descendants", "max", ExpectedResult = 0)]
    [TestCase("A/cgroup.kill", "0", ExpectedResult = -ERANGE)]
    [TestCase("A/cgroup.kill", "1", ExpectedResult = 0)]
    [TestCase("A/cgroup.freeze", "2", ExpectedResult = -ERANGE)]
    [TestCase("A/cgroup.type", "domain", ExpectedResult = -EINVAL)]
    [TestCase("A/cgroup.subtree_control", "+nosuch", ExpectedResult = -EINVAL)]
    [TestCase("A/cgroup.subtree_control", "pids", ExpectedResult = -EINVAL)]
    [TestCase("A/cgroup.subtree_control", "+pids", ExpectedResult = -ENOENT)]
    [TestCase("A/cgroup.subtree_control", "-pids", ExpectedResult = 0)]
    [TestCase("A/cgroup.subtree_control", "", ExpectedResult = 0)]
    public long Write_answers(string path, string value)
    {
        using var m = new CgroupMachine();
        Ok(Mkdir("A"));
        return Write(path, value);
    }

    [Test]
    public void A_write_is_a_page_at_most()
    {
        using var m = new CgroupMachine();
        Ok(Mkdir("A"), Write("A/cgroup.max.depth", "3" + new string('\n', 4095)));
        Assert.That(Read("A/cgroup.max.depth"), Is.EqualTo("3\n"));
        Assert.That(Write("A/cgroup.max.depth", "3" + new string('\n', 4096)), Is.EqualTo(-E2BIG));
    }

    [Test]
    public void A_file_without_a_show_reads_EINVAL()
    {
        using var m = new CgroupMachine();
        Ok(Mkdir("A"));
        Assert.That(Read("A/cgroup.kill"), Is.EqualTo($"{-EINVAL}"));
    }

    [Test]
    public void What_a_new_group_shows()
    {
        using var m = new CgroupMachine();
        Ok(Write("cgroup.subtree_control", "+cpu +io +memory +pids"), Mkdir("A"));
        Assert.Multiple(() =>
        {
            Assert.That(Read("A/cgroup.controllers"), Is.EqualTo("cpu io memory pids\n"));
            Assert.That(Read("A/cgroup.subtree_control"), Is.Empty);
            Assert.That(Read("A/cgroup.events"), Is.EqualTo("populated 0\nfrozen 0\n"));
            Assert.That(Read("A/cgroup.freeze"), Is.EqualTo("0\n"));
            Assert.That(Read("A/cgroup.max.depth"), Is.EqualTo("max\n"));
            Assert.That(Read("A/cgroup.max.descendants"), Is.EqualTo("max\n"));
            Assert.That(Read("A/cgroup.procs"), Is.Empty);
            Assert.That(Read("A/cgroup.threads"), Is.Empty);
            Assert.That(Read("A/cgroup.type"), Is.EqualTo("domain\n"));
            Assert.That(Read("A/cgroup.stat.local"), Is.EqualTo("frozen_usec 0\n"));
            Assert.That(Read("A/cgroup.stat"), Is.EqualTo("""
                nr_descendants 0
                nr_subsys_cpuset 0
                nr_subsys_cpu 1
                nr_subsys_io 1
                nr_subsys_memory 1
                nr_subsys_perf_event 1
                nr_subsys_hugetlb 0
                nr_subsys_pids 1
                nr_subsys_rdma 0
                nr_subsys_misc 0
                nr_dying_descendants 0
                nr_dying_subsys_cpuset 0
                nr_dying_subsys_cpu 0
                nr_dying_subsys_io 0
                nr_dying_subsys_memory 0
                nr_dying_subsys_perf_event 0
                nr_dying_subsys_hugetlb 0
                nr_dying_subsys_pids 0
                nr_dying_subsys_rdma 0
                nr_dying_subsys_misc 0

                """));
        });
    }

    [Test]
    public void The_root_lacks_what_only_groups_have()
    {
        using var m = new CgroupMachine();
        List<string> root = List("");
        Assert.Multiple(() =>
        {
            Assert.That(root, Is.SupersetOf(new[]
            {
                "cgroup.controllers", "cgroup.max.depth", "cgroup.max.descendants", "cgroup.procs", "cgroup.stat",
                "cgroup.subtree_control", "cgroup.threads", "memory.numa_stat", "memory.reclaim", "memory.stat",
            }));
            Assert.That(root, Has.None.EqualTo("cgroup.type").And.None.EqualTo("cgroup.events").And.None.EqualTo("cgroup.kill")
                .And.None.EqualTo("memory.current").And.None.EqualTo("memory.max"));
        });
    }

    [Test]
    public void Limits_of_depth_and_number_hold_for_the_whole_subtree()
    {
        using var m = new CgroupMachine();
        Ok(Mkdir("A"), Write("A/cgroup.max.depth", "1"), Mkdir("A/B"));
        Assert.That(Mkdir("A/B/C"), Is.EqualTo(-EAGAIN));
        Ok(Write("A/cgroup.max.depth", "max"), Write("A/cgroup.max.descendants", "2"), Mkdir("A/B/C"));
        Assert.That(Mkdir("A/D"), Is.EqualTo(-EAGAIN));
        Assert.That(Mkdir("A/B/C/D"), Is.EqualTo(-EAGAIN));
        Ok(Rmdir("A/B/C"), Mkdir("A/D"));
        Assert.That(Read("A/cgroup.max.descendants"), Is.EqualTo("2\n"));
    }

    [Test]
    public void A_file_that_is_open_outlives_its_group_and_answers_ENODEV()
    {
        using var m = new CgroupMachine();
        Ok(Mkdir("A"));
        Assert.That(Syscall(static () => Removed_while_open("A/cgroup.procs")), Is.EqualTo(-ENODEV));
        Assert.That(Syscall(static () => Removed_while_open("B/cgroup.events")), Is.EqualTo(-ENODEV));
        Settle();
    }

    private static unsafe long Removed_while_open(string path)
    {
        string group = path[..1];
        cgroupfs.mkdir(group);
        kernfs_open_file* of = cgroupfs.open(path);
        if (cgroupfs.rmdir(group) != 0)
            return 1;
        Span<byte> buffer = new byte[16];
        long rc = cgroupfs.read(of, buffer);
        if (cgroupfs.write(of, "1"u8) != -ENODEV)
            return 2;
        cgroupfs.close(of);
        return rc;
    }
}
