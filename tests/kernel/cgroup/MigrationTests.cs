// SPDX-License-Identifier: GPL-2.0-only
using Linux;
using NUnit.Framework;
using static KMemcg.Kernel.Tests.cgroup.CgroupMachine;
using static Linux.linux_errno_h;

namespace KMemcg.Kernel.Tests.cgroup;

/// <summary>Tasks in groups: moving, forking, dying, and who hears of it.</summary>
[TestFixture]
internal sealed unsafe class MigrationTests
{
    [Test]
    public void A_process_is_listed_where_it_was_moved()
    {
        using var m = new CgroupMachine();
        Ok(Mkdir("A"), Mkdir("B"));
        user_task s = Task("s", "A"), t = Task("t", "A");
        Assert.That(Procs("A"), Is.EqualTo(new[] { s.pid, t.pid }.Order()));
        Ok(Move(t, "B"), Move(t, "B"));
        Assert.That(Procs("A"), Is.EqualTo(new[] { s.pid }));
        Assert.That(Procs("B"), Is.EqualTo(new[] { t.pid }));
        Assert.That(Rmdir("B"), Is.EqualTo(-EBUSY));
        Assert.That(Procs(""), Does.Not.Contain(t.pid));
        Ok(Move(t, ""), Rmdir("B"));
    }

    [Test]
    public void Zero_is_who_writes()
    {
        using var m = new CgroupMachine();
        Ok(Mkdir("A"));
        user_task t = machine.spawn("t");
        Assert.That(Syscall(() => cgroupfs.write_file("A/cgroup.procs", "0\n"), t), Is.Zero);
        Assert.That(Procs("A"), Is.EqualTo(new[] { t.pid }));
    }

    [Test]
    public void A_child_is_born_where_its_parent_is()
    {
        using var m = new CgroupMachine();
        Ok(Mkdir("A"));
        user_task t = Task("t", "A");
        user_task c = machine.spawn("c", t);
        Assert.That(Procs("A"), Is.EqualTo(new[] { t.pid, c.pid }.Order()));
    }

    [Test]
    public void A_process_that_dies_leaves_and_the_group_can_go()
    {
        using var m = new CgroupMachine();
        Ok(Mkdir("A"));
        user_task t = Task("t", "A");
        machine.kill(t);
        Settle();
        Assert.That(Procs("A"), Is.Empty);
        Assert.That(Key("A/cgroup.events", "populated"), Is.Zero);
        Ok(Rmdir("A"));
    }

    [Test]
    public void Pids_are_counted_where_the_tasks_are()
    {
        using var m = new CgroupMachine();
        Ok(Write("cgroup.subtree_control", "+pids"), Mkdir("A"), Write("A/cgroup.subtree_control", "+pids"), Mkdir("A/B"), Mkdir("A/C"));
        user_task s = Task("s", "A/B"), t = Task("t", "A/B");
        Assert.That(Read("A/pids.current"), Is.EqualTo("2\n"));
        Ok(Move(t, "A/C"));
        Assert.That((Read("A/pids.current"), Read("A/B/pids.current"), Read("A/C/pids.current"), Read("A/B/pids.peak")),
            Is.EqualTo(("2\n", "1\n", "1\n", "2\n")));
        Ok(Write("A/pids.max", "2"));
        Assert.That(() => machine.spawn("u", s), Throws.InvalidOperationException);
        Assert.That((Read("A/pids.events"), Read("A/B/pids.events"), Read("A/B/pids.events.local")), Is.EqualTo(("max 1\n", "max 0\n", "max 0\n")));
        machine.kill(t);
        Settle();
        Assert.That(Read("A/pids.current"), Is.EqualTo("1\n"));
        user_task u = machine.spawn("u", s);
        Assert.That(Read("A/B/pids.current"), Is.EqualTo("2\n"));
        // switching the controller off and on counts anew
        Ok(Write("A/cgroup.subtree_control", "-pids"), Write("A/cgroup.subtree_control", "+pids"));
        Assert.That((Read("A/pids.current"), Read("A/B/pids.current")), Is.EqualTo(("2\n", "2\n")));
        Assert.That(u.alive);
    }

    [Test]
    public void Kill_takes_the_whole_subtree_and_nobody_else()
    {
        using var m = new CgroupMachine();
        Ok(Mkdir("A"), Mkdir("A/B"), Mkdir("C"));
        user_task a = Task("a", "A"), b = Task("b", "A/B"), c = Task("c", "C");
        Ok(Write("A/cgroup.kill", "1"));
        Settle();
        Assert.That((a.alive, b.alive, c.alive), Is.EqualTo((false, false, true)));
        Assert.That(a.exit_code & 0x7f, Is.EqualTo(9));
        Ok(Rmdir("A/B"), Rmdir("A"));
    }

    [Test]
    public void Populated_tells_of_the_subtree()
    {
        using var m = new CgroupMachine();
        Ok(Mkdir("A"), Mkdir("A/B"), Mkdir("A/B/C"));
        user_task t = Task("t", "A/B/C");
        Assert.That((Key("A/cgroup.events", "populated"), Key("A/B/cgroup.events", "populated"), Key("A/B/C/cgroup.events", "populated")), Is.EqualTo((1, 1, 1)));
        Ok(Move(t, "A"));
        Assert.That((Key("A/cgroup.events", "populated"), Key("A/B/cgroup.events", "populated")), Is.EqualTo((1, 0)));
        Ok(Move(t, ""));
        Assert.That(Key("A/cgroup.events", "populated"), Is.Zero);
    }

    [Test]
    public void Events_notify_at_once_and_then_100_times_a_second_at_most()
    {
        using var m = new CgroupMachine();
        Ok(Mkdir("A"));
        user_task t = machine.spawn("t");
        machine.sleep(1000);
        Assert.That(Syscall(() =>
        {
            kernfs_open_file* of = cgroupfs.open("A/cgroup.events");
            Span<byte> text = new byte[100];
            int @base = Events(of);
            int after_one, after_three, later;
            cgroupfs.write_file("A/cgroup.procs", $"{t.pid}");
            after_one = Events(of) - @base;
            cgroupfs.write_file("cgroup.procs", $"{t.pid}");
            cgroupfs.write_file("A/cgroup.procs", $"{t.pid}");
            after_three = Events(of) - @base;
            linux_timer_h.msleep(50);
            later = Events(of) - @base;
            bool unread = (cgroupfs.poll(of) & 0xa) == 0xa;
            cgroupfs.read(of, text);
            bool read = (cgroupfs.poll(of) & 0xa) == 0;
            cgroupfs.close(of);
            return (after_one, after_three >= 1, later > after_three, unread, read) == (1, true, true, true, true) ? 0 : after_one * 1000 + after_three * 100 + later;
        }), Is.Zero);
    }

    private static int Events(kernfs_open_file* of) => linux_rcupdate_h.rcu_access_pointer(&of->kn->attr.open)->@event.counter;

    [Test]
    public void An_empty_group_freezes_at_once_and_its_children_with_it()
    {
        using var m = new CgroupMachine();
        Ok(Mkdir("A"), Mkdir("A/B"), Write("A/cgroup.freeze", "1"));
        Assert.That((Key("A/cgroup.events", "frozen"), Key("A/B/cgroup.events", "frozen"), Read("A/B/cgroup.freeze")), Is.EqualTo((1, 1, "0\n")));
        Ok(Mkdir("A/C"));
        Assert.That(Key("A/C/cgroup.events", "frozen"), Is.EqualTo(1));
        Ok(Write("A/cgroup.freeze", "0"));
        Assert.That((Key("A/cgroup.events", "frozen"), Key("A/B/cgroup.events", "frozen")), Is.EqualTo((0, 0)));
    }

    [Test]
    public void A_frozen_task_does_nothing_until_it_thaws()
    {
        using var m = new CgroupMachine();
        Ok(Mkdir("A"), Mkdir("B"));
        user_task s = Task("s", "A"), t = Task("t", "A");
        Ok(Write("A/cgroup.freeze", "1"));
        machine.sleep(100);
        Assert.That(Key("A/cgroup.events", "frozen"), Is.EqualTo(1));
        machine_request step = machine.post(t, static () => 7);
        machine.sleep(100);
        Assert.That(step.done, Is.False);
        // one that comes in freezes, one that goes out thaws
        user_task u = Task("u", "A");
        machine.sleep(100);
        Assert.That(Key("A/cgroup.events", "frozen"), Is.EqualTo(1));
        Ok(Move(t, "B"));
        machine.sleep(100);
        Assert.That((step.done, step.result), Is.EqualTo((true, 7)));
        Assert.That((Key("A/cgroup.events", "frozen"), Key("B/cgroup.events", "frozen")), Is.EqualTo((1, 0)));
        // killing works all the same
        machine.kill(s);
        machine.sleep(100);
        Assert.That((s.alive, Key("A/cgroup.events", "frozen")), Is.EqualTo((false, 1)));
        Ok(Write("A/cgroup.freeze", "0"));
        Assert.That(machine.call(u, static () => 8), Is.EqualTo(8));
        Assert.That(Key("A/cgroup.events", "frozen"), Is.Zero);
        Assert.That(Key("A/cgroup.stat.local", "frozen_usec"), Is.InRange(300_000, 600_000));
    }

    /// <summary>Random moves, forks, kills, groups made and removed: the counts agree with a model all the time.</summary>
    [Test]
    public void Random_moves_keep_every_count([Values(1, 2, 3)] int seed)
    {
        using var m = new CgroupMachine(seed: (ulong)seed);
        var random = new Random(seed);
        Ok(Write("cgroup.subtree_control", "+pids"));
        var groups = new List<string>();
        var where = new Dictionary<user_task, string>();
        for (int step = 0; step < 300; step++)
        {
            string? group = groups.Count == 0 ? null : groups[random.Next(groups.Count)];
            switch (random.Next(8))
            {
            case 0 when groups.Count < 12:
                string name = $"g{step}";
                Ok(Mkdir(name));
                groups.Add(name);
                break;
            case 1 when group != null:
                long rc = Rmdir(group);
                Assert.That(rc, Is.EqualTo(where.ContainsValue(group) ? -EBUSY : 0));
                if (rc == 0)
                    groups.Remove(group);
                break;
            case 2 when group != null && where.Count < 20:
                where[Task($"t{step}", group)] = group;
                break;
            case 3 when where.Count > 0:
                user_task parent = where.Keys.ElementAt(random.Next(where.Count));
                where[machine.spawn($"c{step}", parent)] = where[parent];
                break;
            case 4 when where.Count > 0:
                user_task victim = where.Keys.ElementAt(random.Next(where.Count));
                machine.kill(victim);
                machine.sleep(20);
                where.Remove(victim);
                break;
            default:
                if (group == null || where.Count == 0)
                    break;
                user_task t = where.Keys.ElementAt(random.Next(where.Count));
                Ok(Move(t, group));
                where[t] = group;
                break;
            }
            if (step % 10 != 0)
                continue;
            foreach (string g in groups)
            {
                int[] expected = [.. where.Where(w => w.Value == g).Select(w => w.Key.pid).Order()];
                Assert.That(Procs(g), Is.EqualTo(expected));
                Assert.That(Read(g + "/pids.current"), Is.EqualTo($"{expected.Length}\n"));
                Assert.That(Key(g + "/cgroup.events", "populated"), Is.EqualTo(expected.Length > 0 ? 1 : 0));
            }
        }
    }
}
