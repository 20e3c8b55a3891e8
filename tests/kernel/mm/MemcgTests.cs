// SPDX-License-Identifier: GPL-2.0-only
using Linux;
using NUnit.Framework;
using static KMemcg.Kernel.Tests.mm.MemcgMachine;

namespace KMemcg.Kernel.Tests.mm;

/// <summary>The life of groups, their ids and buckets, memory.high, events.</summary>
[TestFixture]
internal sealed unsafe class MemcgTests
{
    [Test]
    public void A_group_leaves_nothing_behind()
    {
        using var machine = new MemcgMachine();
        for (int i = 0; i < 20; i++)
        {
            machine.Mkdir("A");
            machine.Write("A/cgroup.subtree_control", "+memory");
            machine.Mkdir("A/B");
            machine.Rmdir("A/B");
            machine.Rmdir("A");
        }
    }

    /// <summary>A swap slot holds the id, the id holds the group, and a dead group's new slots are its parent's.</summary>
    [Test]
    public void An_id_outlives_its_group()
    {
        using var machine = new MemcgMachine();
        machine.Mkdir("P");
        machine.Write("P/cgroup.subtree_control", "+memory");
        machine.Mkdir("P/A");
        var p = (mem_cgroup*)machine.Group("P");
        var a = (mem_cgroup*)machine.Group("P/A");
        ushort id = machine.Run(() => linux_memcontrol_h.mem_cgroup_id(a));
        machine.Run(() =>
        {
            Assert.That(mm_memcontrol_c.mem_cgroup_id_get_online(a) == a, Is.True);
        });
        machine.Rmdir("P/A");
        machine.Run(() =>
        {
            linux_rcupdate_h.rcu_read_lock();
            Assert.That(mm_memcontrol_c.mem_cgroup_from_id(id) == a, Is.True);
            linux_rcupdate_h.rcu_read_unlock();
            Assert.That(linux_memcontrol_h.mem_cgroup_online(a), Is.False);
            // The reference that is left is taken again, but for one that has none the parent answers.
            Assert.That(mm_memcontrol_c.mem_cgroup_id_get_online(a) == a, Is.True);
            var put = (delegate*<mem_cgroup*, uint, void>)Private("mem_cgroup_id_put_many");
            linux_cgroup_refcnt_h.css_get(&a->css);
            put(a, 2);
            Assert.That(mm_memcontrol_c.mem_cgroup_id_get_online(a) == p, Is.True);
            put(p, 1);
            linux_rcupdate_h.rcu_read_lock();
            Assert.That(mm_memcontrol_c.mem_cgroup_from_id(id) == null, Is.True);
            linux_rcupdate_h.rcu_read_unlock();
            linux_cgroup_refcnt_h.css_put(&a->css);
        });
        machine.Sleep(100);
        machine.Rmdir("P");
    }

    [Test]
    public void A_bucket_goes_to_the_parent()
    {
        using var machine = new MemcgMachine();
        machine.Mkdir("P");
        machine.Write("P/cgroup.subtree_control", "+memory");
        machine.Mkdir("P/A");
        var p = (mem_cgroup*)machine.Group("P");
        var a = (mem_cgroup*)machine.Group("P/A");
        nint bucket = machine.Run(() =>
        {
            obj_cgroup* objcg = linux_rcupdate_h.rcu_access_pointer(&a->objcg);
            linux_memcontrol_h.obj_cgroup_get(objcg);
            Assert.That(mm_memcontrol_c.obj_cgroup_charge(objcg, GFP_KERNEL, 3 * 4096 + 100), Is.Zero);
            return (nint)objcg;
        });
        ulong before = machine.Run(() => Usage(p));
        machine.Rmdir("P/A");
        machine.Run(() =>
        {
            var objcg = (obj_cgroup*)bucket;
            linux_rcupdate_h.rcu_read_lock();
            Assert.That(linux_memcontrol_h.obj_cgroup_memcg(objcg) == p, Is.True);
            linux_rcupdate_h.rcu_read_unlock();
            Assert.That(Usage(p), Is.GreaterThanOrEqualTo(4), "the pages are still charged, to the parent");
            mm_memcontrol_c.obj_cgroup_uncharge(objcg, 3 * 4096 + 100);
            linux_memcontrol_h.obj_cgroup_put(objcg);
        });
        Assert.That(before, Is.GreaterThan(0));
        machine.Rmdir("P");
    }

    // Megabytes over a limit of 100: the delay in milliseconds that the reference gives, for a full batch.
    [TestCase(101u, 6)]
    [TestCase(105u, 159)]
    [TestCase(110u, 639)]
    [TestCase(115u, 1439)]
    public void High_delay(uint megabytes, int milliseconds)
    {
        var overage = (delegate*<ulong, ulong, ulong>)Private("calculate_overage");
        var delay = (delegate*<mem_cgroup*, uint, ulong, ulong>)Private("calculate_high_delay");
        ulong jiffies = delay(null, 64, overage(megabytes * 256, 100 * 256));
        int tick = 1000 / linux_jiffies_h.HZ;
        Assert.That((int)jiffies * tick, Is.InRange(milliseconds - tick, milliseconds));
        Assert.That(delay(null, 32, overage(megabytes * 256, 100 * 256)), Is.EqualTo(jiffies / 2));
    }

    [Test]
    public void High_delay_wraps_as_in_c()
    {
        var overage = (delegate*<ulong, ulong, ulong>)Private("calculate_overage");
        var delay = (delegate*<mem_cgroup*, uint, ulong, ulong>)Private("calculate_high_delay");
        // The square of 300 times the limit, times HZ, is more than 64 bits.
        UInt128 exact = (UInt128)overage(301, 1) * overage(301, 1) * linux_jiffies_h.HZ;
        ulong expected = (ulong)exact >> 34;
        Assert.That(exact > ulong.MaxValue, Is.True);
        Assert.That(delay(null, 64, overage(301, 1)), Is.EqualTo(expected));
        Assert.That(overage(5, 5), Is.Zero);
        Assert.That(overage(3, 0), Is.EqualTo(2ul << 20), "a limit of 0 counts as one page");
    }

    [Test]
    public void Events_count_up_the_tree()
    {
        using var machine = new MemcgMachine();
        machine.Mkdir("P");
        machine.Write("P/cgroup.subtree_control", "+memory");
        machine.Mkdir("P/A");
        var a = (mem_cgroup*)machine.Group("P/A");
        machine.Run(() => linux_memcontrol_h.memcg_memory_event(a, linux_memcontrol_h.MEMCG_MAX));
        machine.Run(() => linux_memcontrol_h.memcg_memory_event(a, linux_memcontrol_h.MEMCG_SWAP_FAIL));
        Assert.Multiple(() =>
        {
            Assert.That(machine.Read("P/A/memory.events", "max"), Is.EqualTo(1));
            Assert.That(machine.Read("P/A/memory.events.local", "max"), Is.EqualTo(1));
            Assert.That(machine.Read("P/memory.events", "max"), Is.EqualTo(1));
            Assert.That(machine.Read("P/memory.events.local", "max"), Is.Zero);
            Assert.That(machine.Read("P/memory.swap.events", "fail"), Is.EqualTo(1));
        });
        machine.Rmdir("P/A");
        machine.Rmdir("P");
    }

    /// <summary>Watchers of an events file are told at most once in 10 ms, the last time for what came meanwhile.</summary>
    [Test]
    public void Events_are_notified_at_a_rate()
    {
        using var machine = new MemcgMachine();
        machine.Mkdir("A");
        var a = (mem_cgroup*)machine.Group("A");
        machine.Sleep(100);
        machine.Run(() =>
        {
            linux_memcontrol_h.memcg_memory_event(a, linux_memcontrol_h.MEMCG_MAX);
            ulong first = a->events_file.notified_at;
            Assert.That(first, Is.EqualTo(linux_jiffies_h.jiffies));
            for (int i = 0; i < 100; i++)
                linux_memcontrol_h.memcg_memory_event(a, linux_memcontrol_h.MEMCG_MAX);
            Assert.That(a->events_file.notified_at, Is.EqualTo(first));
        });
        ulong at = machine.Run(() => a->events_file.notified_at);
        machine.Sleep(40);
        ulong then = machine.Run(() => a->events_file.notified_at);
        Assert.That(then - at, Is.InRange((ulong)(linux_jiffies_h.HZ / 100), (ulong)(linux_jiffies_h.HZ / 100 + 2)));
        machine.Sleep(100);
        Assert.That(machine.Run(() => a->events_file.notified_at), Is.EqualTo(then));
        machine.Rmdir("A");
    }

    [Test]
    public void The_walk_visits_each_group_once()
    {
        using var machine = new MemcgMachine();
        string[] paths = ["A", "A/B", "A/B/C", "A/D", "E"];
        foreach (string path in paths)
        {
            machine.Mkdir(path);
            machine.Write(path + "/cgroup.subtree_control", "+memory");
        }
        machine.Run(() =>
        {
            int seen = 0;
            for (mem_cgroup* iter = mm_memcontrol_c.mem_cgroup_iter(null, null, null); iter != null;
                 iter = mm_memcontrol_c.mem_cgroup_iter(null, iter, null))
                seen++;
            Assert.That(seen, Is.EqualTo(paths.Length + 1));

            // Two reclaimers of one tree share a round.
            mem_cgroup_reclaim_cookie first = new() { pgdat = linux_mmzone_h.NODE_DATA(0) };
            mem_cgroup_reclaim_cookie second = new() { pgdat = linux_mmzone_h.NODE_DATA(0) };
            mem_cgroup* one = mm_memcontrol_c.mem_cgroup_iter(null, null, &first);
            mem_cgroup* two = mm_memcontrol_c.mem_cgroup_iter(null, null, &second);
            Assert.That(one != two, Is.True);
            seen = 2;
            while ((one = mm_memcontrol_c.mem_cgroup_iter(null, one, &first)) != null)
                seen++;
            Assert.That(seen, Is.EqualTo(paths.Length + 1));
            two = mm_memcontrol_c.mem_cgroup_iter(null, two, &second);
            Assert.That(two == null, Is.True, "the round is over for the other as well");
        });
        foreach (string path in paths.Reverse())
            machine.Rmdir(path);
    }

    [Test]
    public void Statistics_are_pushed_by_64_and_flushed_up()
    {
        using var machine = new MemcgMachine();
        machine.Mkdir("P");
        machine.Write("P/cgroup.subtree_control", "+memory");
        machine.Mkdir("P/A");
        var a = (mem_cgroup*)machine.Group("P/A");
        var p = (mem_cgroup*)machine.Group("P");
        machine.Run(() =>
        {
            mm_memcontrol_c.mem_cgroup_flush_stats(null);
            linux_atomic_h.atomic_set(&a->vmstats->stats_updates, 0);
            linux_percpu_h.per_cpu_ptr(a->vmstats_percpu, asm_percpu_h.smp_processor_id())->stats_updates = 0;
            for (int i = 0; i < 63; i++)
                mm_memcontrol_c.mod_memcg_state(a, linux_memcontrol_h.MEMCG_SOCK, 1);
            Assert.That(linux_atomic_h.atomic_read(&a->vmstats->stats_updates), Is.Zero);
            mm_memcontrol_c.mod_memcg_state(a, linux_memcontrol_h.MEMCG_SOCK, 1);
            Assert.That(linux_atomic_h.atomic_read(&a->vmstats->stats_updates), Is.EqualTo(64));
            Assert.That(mm_memcontrol_c.memcg_page_state(a, linux_memcontrol_h.MEMCG_SOCK), Is.Zero, "64 are no reason to flush for two CPUs");
            mm_memcontrol_c.mem_cgroup_flush_stats(a);
            Assert.That(mm_memcontrol_c.memcg_page_state(a, linux_memcontrol_h.MEMCG_SOCK), Is.Zero);
            mm_memcontrol_c.mod_memcg_state(a, linux_memcontrol_h.MEMCG_SOCK, 100);
            mm_memcontrol_c.mem_cgroup_flush_stats(p);
            Assert.That(mm_memcontrol_c.memcg_page_state(p, linux_memcontrol_h.MEMCG_SOCK), Is.EqualTo(164));
            mm_memcontrol_c.mod_memcg_state(a, linux_memcontrol_h.MEMCG_SOCK, -164);
        });
        // The periodic flush takes in what stays below the threshold. Its timer is deferrable: an idle CPU sleeps on, until
        // something else wakes it.
        machine.OnCpu(0);
        machine.Run(() =>
        {
            mm_memcontrol_c.count_memcg_events(a, linux_vm_event_item_h.PGFAULT, 3);
            linux_timer_h.schedule_timeout_uninterruptible(linux_jiffies_h.HZ * 21 / 10);
        });
        machine.Sleep(10);
        Assert.That(machine.Run(() => mm_memcontrol_c.memcg_events(p, linux_vm_event_item_h.PGFAULT)), Is.EqualTo(3));
        machine.Rmdir("P/A");
        machine.Rmdir("P");
    }

    /// <summary>Every slab allocation that making a group takes fails in turn: mkdir says so, and nothing is left of it.</summary>
    [Test]
    public void Making_a_group_survives_every_failed_allocation()
    {
        using var machine = new MemcgMachine();
        machine.Mkdir("P");
        machine.Write("P/cgroup.subtree_control", "+memory");
        machine.Mkdir("P/warm");
        machine.Rmdir("P/warm");
        var p = (mem_cgroup*)machine.Group("P");
        ulong before = machine.Run(() =>
        {
            mm_failslab_c.failslab_ignore_gfp_reclaim = false;
            mm_memcontrol_c.drain_all_stock(p);
            return Usage(p);
        });
        int failures = 0;
        for (uint n = 1; ; n++)
        {
            Assert.That(n, Is.LessThan(200), "it fails without end");
            uint left = 0;
            long result = machine.Run(() =>
            {
                asm_percpu_h.current->fail_nth = n;
                long answer = cgroupfs.mkdir("P/A");
                left = asm_percpu_h.current->fail_nth;
                asm_percpu_h.current->fail_nth = 0;
                return answer;
            });
            if (result == 0)
                machine.Rmdir("P/A");
            else
                failures++;
            Assert.That(result, Is.Zero.Or.EqualTo(-12), $"allocation {n}");
            machine.Sleep(50);
            // Other CPUs drain theirs by a work.
            machine.Run(() => mm_memcontrol_c.drain_all_stock(p));
            machine.Sleep(1);
            Assert.That(machine.Run(() => Usage(p)), Is.EqualTo(before), $"allocation {n}");
            if (left != 0)
                break;
        }
        Assert.That(failures, Is.GreaterThan(5));
        machine.Rmdir("P");
    }
}
