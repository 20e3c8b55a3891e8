// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Annotations;
using Linux;
using NUnit.Framework;
using static KMemcg.Kernel.Tests.mm.MemcgMachine;

namespace KMemcg.Kernel.Tests.mm;

/// <summary>The per-CPU stock: seven slots, batches of 64 pages, and the ways around it.</summary>
[TestFixture]
internal sealed unsafe class MemcgStockTests
{
    [Test]
    public void Layout()
    {
        StructLayout.Matches<memcg_stock_pcp>();
        memcg_stock_pcp stock = default;
        Assert.That((int)((byte*)stock.nr_pages - (byte*)&stock), Is.EqualTo(1));
        Assert.That((int)((byte*)stock.cached - (byte*)&stock), Is.EqualTo(8));
        Assert.That((int)((byte*)(stock.cached + 7) - (byte*)&stock), Is.EqualTo(64), "counts and groups are one line");
        Assert.That((nint)mm_memcontrol_c.memcg_stock % 64 == 0, Is.True);
        Assert.That(sizeof(obj_stock_pcp), Is.EqualTo(72));
    }

    [Test]
    public void The_counter_moves_by_64_pages()
    {
        using var machine = new MemcgMachine();
        machine.Mkdir("A");
        var a = (mem_cgroup*)machine.Group("A");
        machine.Run(() =>
        {
            ulong before = Usage(a);
            for (uint i = 1; i <= 200; i++)
            {
                Assert.That(TryCharge(a, 1), Is.Zero);
                Assert.That(Usage(a) - before, Is.EqualTo((i + 63) / 64 * 64), $"page {i}");
            }
            // A charge of more than a batch does not touch the stock.
            int held = Held(a, asm_percpu_h.smp_processor_id());
            ulong usage = Usage(a);
            Assert.That(TryCharge(a, 65), Is.Zero);
            Assert.That(Usage(a), Is.EqualTo(usage + 65));
            Assert.That(Held(a, asm_percpu_h.smp_processor_id()), Is.EqualTo(held));
            Uncharge(a, 265);
        });
        machine.Rmdir("A");
    }

    [Test]
    public void An_eighth_group_takes_the_slots_in_turn()
    {
        using var machine = new MemcgMachine();
        var groups = new nint[10];
        for (int i = 0; i < groups.Length; i++)
        {
            machine.Mkdir($"G{i}");
            groups[i] = machine.Group($"G{i}");
        }
        machine.OnCpu(1);
        machine.Run(() =>
        {
            mm_memcontrol_c.drain_all_stock(mm_memcontrol_c.root_mem_cgroup);
            Stock(1)->drain_idx = 0;
            for (int i = 0; i < 7; i++)
                TryCharge((mem_cgroup*)groups[i], 1);
            for (int i = 0; i < 7; i++)
                Assert.That(Held((mem_cgroup*)groups[i], 1), Is.EqualTo(63));
            for (int i = 7; i < 10; i++)
            {
                var evicted = (mem_cgroup*)groups[i - 7];
                Assert.That(Usage(evicted), Is.EqualTo(64));
                TryCharge((mem_cgroup*)groups[i], 1);
                Assert.That(Held((mem_cgroup*)groups[i], 1), Is.EqualTo(63));
                Assert.That(Held(evicted, 1), Is.EqualTo(-1));
                Assert.That(Usage(evicted), Is.EqualTo(1), "63 pages went back");
            }
            foreach (nint group in groups)
                Uncharge((mem_cgroup*)group, 1);
        });
        for (int i = 0; i < groups.Length; i++)
            machine.Rmdir($"G{i}");
    }

    [Test]
    public void More_than_a_batch_in_a_slot_drains_it()
    {
        using var machine = new MemcgMachine();
        machine.Mkdir("A");
        var a = (mem_cgroup*)machine.Group("A");
        machine.Run(() =>
        {
            TryCharge(a, 1);
            TryCharge(a, 64);
            int cpu = asm_percpu_h.smp_processor_id();
            Assert.That(Held(a, cpu), Is.EqualTo(63));
            ulong usage = Usage(a);
            Refill(a, 1);
            Assert.That(Held(a, cpu), Is.EqualTo(64));
            Refill(a, 1);
            Assert.That(Held(a, cpu), Is.EqualTo(-1));
            Assert.That(Usage(a), Is.EqualTo(usage - 65));
            Uncharge(a, (uint)Usage(a));
        });
        machine.Rmdir("A");
    }

    [Test]
    public void Lowering_the_limit_drains_every_cpu()
    {
        using var machine = new MemcgMachine();
        machine.Mkdir("A");
        var a = (mem_cgroup*)machine.Group("A");
        machine.OnCpu(0);
        machine.Run(() => TryCharge(a, 1));
        machine.OnCpu(1);
        machine.Run(() => TryCharge(a, 1));
        Assert.That(machine.Run(() => Usage(a)), Is.EqualTo(128));
        machine.Write("A/memory.max", "8192");
        machine.Sleep(10);
        Assert.That(machine.Run(() => Usage(a)), Is.EqualTo(2));
        machine.Run(() => Uncharge(a, 2));
        machine.Rmdir("A");
    }

    /// <summary>A charge that finds no room is worth draining for: what the stocks of other groups below hold is enough here.</summary>
    [Test]
    public void A_charge_at_the_limit_drains_and_retries()
    {
        using var machine = new MemcgMachine();
        machine.Mkdir("P");
        machine.Write("P/cgroup.subtree_control", "+memory");
        machine.Mkdir("P/A");
        machine.Mkdir("P/B");
        var p = (mem_cgroup*)machine.Group("P");
        var a = (mem_cgroup*)machine.Group("P/A");
        var b = (mem_cgroup*)machine.Group("P/B");
        machine.Run(() =>
        {
            mm_memcontrol_c.drain_all_stock(p);
            ulong taken = Usage(p);
            p->memory.max = taken + 64;
            Assert.That(TryCharge(a, 1), Is.Zero);
            Assert.That(Usage(p), Is.EqualTo(taken + 64));
            Assert.That(TryCharge(b, 2), Is.Zero);
            Assert.That(Usage(p), Is.EqualTo(taken + 3));
            Assert.That(linux_atomic_h.atomic_long_read(&p->memory_events[linux_memcontrol_h.MEMCG_MAX]), Is.EqualTo(1));
            Assert.That(linux_atomic_h.atomic_long_read(&b->memory_events[linux_memcontrol_h.MEMCG_MAX]), Is.Zero);
            Uncharge(a, 1);
            Uncharge(b, 2);
            p->memory.max = linux_page_counter_h.PAGE_COUNTER_MAX;
        });
        machine.Rmdir("P/A");
        machine.Rmdir("P/B");
        machine.Rmdir("P");
    }

    /// <summary>What an interrupt finds that came upon the stock while it was in use.</summary>
    [Test]
    public void A_held_stock_is_passed_by()
    {
        using var machine = new MemcgMachine();
        machine.Mkdir("A");
        var a = (mem_cgroup*)machine.Group("A");
        machine.Run(() =>
        {
            TryCharge(a, 1);
            int cpu = asm_percpu_h.smp_processor_id();
            Assert.That(Held(a, cpu), Is.EqualTo(63));
            PerCpu<local_trylock_t>* stock = mm_memcontrol_c.lock_of(mm_memcontrol_c.memcg_stock);
            linux_local_lock_h.local_lock(stock);
            uint hardirq = linux_preempt_h.HARDIRQ_OFFSET;
            asm_percpu_h.__this_cpu->preempt_count += (int)hardirq;
            ulong usage = Usage(a);
            Assert.That(TryCharge(a, 1, linux_gfp_types_h.GFP_ATOMIC), Is.Zero);
            Assert.That(Usage(a), Is.EqualTo(usage + 1), "a batch was charged, and what could not be put into the stock went back");
            Refill(a, 1);
            Assert.That(Usage(a), Is.EqualTo(usage));
            asm_percpu_h.__this_cpu->preempt_count -= (int)hardirq;
            linux_local_lock_h.local_unlock(stock);
            Assert.That(Held(a, cpu), Is.EqualTo(63));
            Uncharge(a, 1);
        });
        machine.Rmdir("A");
    }

    /// <summary>As in 6.18.19: the flag is set before the CPU is seen to be isolated, so nothing is scheduled there later either.</summary>
    [Test]
    public void An_isolated_cpu_keeps_its_stock()
    {
        using var machine = new MemcgMachine();
        machine.Mkdir("A");
        var a = (mem_cgroup*)machine.Group("A");
        machine.OnCpu(1);
        machine.Run(() => TryCharge(a, 1));
        machine.OnCpu(0);
        machine.Run(() => linux_cpumask_h.cpumask_set_cpu(1, linux_sched_isolation_h.cpu_isolated_mask));
        machine.Run(() => mm_memcontrol_c.drain_all_stock(a));
        machine.Sleep(10);
        Assert.That(Held(a, 1), Is.EqualTo(63));
        Assert.That(Stock(1)->flags, Is.EqualTo(1));
        machine.Run(() => linux_cpumask_h.cpumask_clear_cpu(1, linux_sched_isolation_h.cpu_isolated_mask));
        machine.Run(() => mm_memcontrol_c.drain_all_stock(a));
        machine.Sleep(10);
        Assert.That(Held(a, 1), Is.EqualTo(63), "the flag is still set");
        // The CPU's own drain clears it.
        machine.OnCpu(1);
        Stock(1)->flags = 0;
        machine.Run(() => mm_memcontrol_c.drain_all_stock(a));
        Assert.That(Held(a, 1), Is.EqualTo(-1));
        machine.Run(() => Uncharge(a, 1));
        machine.Rmdir("A");
    }

    [Test]
    public void A_dead_cpu_is_drained_from_another()
    {
        using var machine = new MemcgMachine();
        machine.Mkdir("A");
        var a = (mem_cgroup*)machine.Group("A");
        machine.OnCpu(1);
        machine.Run(() => TryCharge(a, 1));
        machine.OnCpu(0);
        machine.Run(() =>
        {
            Assert.That(((delegate*<uint, int>)Private("memcg_hotplug_cpu_dead"))(1), Is.Zero);
            Assert.That(Held(a, 1), Is.EqualTo(-1));
            Uncharge(a, 1);
        });
        machine.Rmdir("A");
    }

    /// <summary>Real threads on real CPUs: eight tasks charge ten groups, so that slots are fought for, and drain each other.</summary>
    [Test]
    public void Nothing_is_lost_in_parallel()
    {
        using var machine = new MemcgMachine(cpus: 4, parallel: true);
        const int Groups = 10, Tasks = 8, Rounds = 20_000;
        var groups = new nint[Groups];
        machine.Mkdir("P");
        machine.Write("P/cgroup.subtree_control", "+memory");
        for (int i = 0; i < Groups; i++)
        {
            machine.Mkdir($"P/G{i}");
            groups[i] = machine.Group($"P/G{i}");
        }
        var before = new ulong[Groups];
        machine.Run(() => Drain());
        machine.Sleep(50);
        for (int i = 0; i < Groups; i++)
            before[i] = Usage((mem_cgroup*)groups[i]);

        var requests = new machine_request[Tasks];
        for (int t = 0; t < Tasks; t++)
        {
            int seed = t;
            requests[t] = Linux.machine.post(machine.Spawn($"task{t}"), () =>
            {
                kernel_entry_c.syscall_enter();
                return kernel_entry_c.syscall_exit(Work(groups, new Random(seed)));
            });
        }
        foreach (machine_request request in requests)
        {
            Linux.machine.wait_for(request);
            Assert.That(request.result, Is.Zero);
        }
        machine.Run(() => Drain());
        machine.Sleep(50);
        machine.Run(() => Drain());
        Assert.Multiple(() =>
        {
            for (int i = 0; i < Groups; i++)
                Assert.That(Usage((mem_cgroup*)groups[i]), Is.EqualTo(before[i]), $"group {i}");
        });
        for (int i = 0; i < Groups; i++)
            machine.Rmdir($"P/G{i}");
        machine.Rmdir("P");

        static void Drain() => mm_memcontrol_c.drain_all_stock(mm_memcontrol_c.root_mem_cgroup);

        static long Work(nint[] groups, Random random)
        {
            for (int i = 0; i < Rounds; i++)
            {
                var memcg = (mem_cgroup*)groups[random.Next(Groups)];
                uint pages = (uint)random.Next(1, 40);
                if (TryCharge(memcg, pages) != 0)
                    return -1;
                if (random.Next(2) == 0)
                    Uncharge(memcg, pages);
                else
                    Refill(memcg, pages);
                if (i % 1000 == 0)
                    Drain();
            }
            return 0;
        }
    }
}
