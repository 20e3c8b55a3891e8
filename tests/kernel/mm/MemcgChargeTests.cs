// SPDX-License-Identifier: GPL-2.0-only
using Linux;
using NUnit.Framework;
using static KMemcg.Kernel.Tests.mm.MemcgMachine;

namespace KMemcg.Kernel.Tests.mm;

/// <summary>What is charged to whom: folios, kernel pages, slab objects, sockets; and charges that must not fail or must not wait.</summary>
[TestFixture]
internal sealed unsafe class MemcgChargeTests
{
    private const uint GFP_ACCOUNT = linux_gfp_types_h.GFP_KERNEL_ACCOUNT;
    private const int ENOMEM = 12;

    private static void Drain() => mm_memcontrol_c.drain_all_stock(mm_memcontrol_c.root_mem_cgroup);

    private static mem_cgroup* Owner(void* obj)
    {
        linux_rcupdate_h.rcu_read_lock();
        mem_cgroup* memcg = mm_memcontrol_c.mem_cgroup_from_slab_obj(obj);
        linux_rcupdate_h.rcu_read_unlock();
        return memcg;
    }

    /// <summary>Runs a body that charges the group, and checks that nothing of it stays.</summary>
    private static void Charging(MemcgMachine machine, mem_cgroup* memcg, Action body) => machine.Run(() =>
    {
        Drain();
        ulong before = Usage(memcg);
        body();
        Drain();
        Assert.That(Usage(memcg), Is.EqualTo(before));
    });

    [Test]
    public void A_folio_belongs_to_the_active_group()
    {
        using var machine = new MemcgMachine();
        machine.Mkdir("A");
        var a = (mem_cgroup*)machine.Group("A");
        machine.OnCpu(0);
        Charging(machine, a, () =>
        {
            folio_batch batch = default;
            mem_cgroup* old = linux_sched_mm_h.set_active_memcg(a);
            ulong before = Usage(a);
            for (int i = 0; i < 31; i++)
            {
                var folio = (folio*)linux_gfp_h.alloc_pages_noprof(GFP_KERNEL, 0);
                Assert.That(linux_memcontrol_h.mem_cgroup_charge(folio, null, GFP_KERNEL), Is.Zero);
                Assert.That(linux_memcontrol_h.folio_memcg(folio) == a, Is.True);
                batch.folios[batch.nr++] = folio;
            }
            linux_sched_mm_h.set_active_memcg(old);
            Assert.That(Usage(a), Is.EqualTo(before + 64));
            // A batch goes straight to the counter, not into the stock.
            linux_memcontrol_h.mem_cgroup_uncharge_folios(&batch);
            Assert.That(Usage(a), Is.EqualTo(before + 33));
            Assert.That(Held(a, 0), Is.EqualTo(33));
            for (int i = 0; i < 31; i++)
            {
                Assert.That(linux_memcontrol_h.folio_memcg_charged(batch.folios[i]), Is.False);
                mm_page_alloc_c.__free_pages((page*)batch.folios[i], 0);
            }
        });
        machine.Rmdir("A");
    }

    [Test]
    public void Kernel_pages_are_charged_through_the_bucket()
    {
        using var machine = new MemcgMachine();
        machine.Mkdir("A");
        var a = (mem_cgroup*)machine.Group("A");
        long kernel = machine.Read("A/memory.stat", "kernel");
        Charging(machine, a, () =>
        {
            mem_cgroup* old = linux_sched_mm_h.set_active_memcg(a);
            page* page = linux_gfp_h.alloc_pages_noprof(GFP_ACCOUNT, 4);
            linux_sched_mm_h.set_active_memcg(old);
            Assert.That(linux_memcontrol_h.folio_memcg_kmem((folio*)page), Is.True);
            Assert.That(Owner(asm_page_h.page_address(page)) == a, Is.True);
            mm_memcontrol_c.mem_cgroup_flush_stats(a);
            Forced(a);
            Assert.That((long)mm_memcontrol_c.memcg_page_state_output(a, linux_memcontrol_h.MEMCG_KMEM), Is.EqualTo(kernel + 16 * 4096));
            mm_page_alloc_c.__free_pages(page, 4);
            Forced(a);
            Assert.That((long)mm_memcontrol_c.memcg_page_state_output(a, linux_memcontrol_h.MEMCG_KMEM), Is.EqualTo(kernel));
        });
        machine.Rmdir("A");
    }

    private static void Forced(mem_cgroup* memcg) =>
        ((delegate*<mem_cgroup*, bool, void>)Private("__mem_cgroup_flush_stats"))(memcg, true);

    [Test]
    public void Objects_are_charged_by_bytes()
    {
        using var machine = new MemcgMachine();
        machine.Mkdir("A");
        var a = (mem_cgroup*)machine.Group("A");
        machine.OnCpu(0);
        machine.Run(() =>
        {
            Drain();
            Forced(a);
            ulong slab = mm_memcontrol_c.memcg_page_state(a, linux_mmzone_h.NR_SLAB_UNRECLAIMABLE_B);
            ulong usage = Usage(a);
            mem_cgroup* old = linux_sched_mm_h.set_active_memcg(a);
            const int Objects = 100;
            void** objects = stackalloc void*[Objects];
            for (int i = 0; i < Objects; i++)
                objects[i] = linux_slab_h.kmalloc(200, GFP_ACCOUNT);
            linux_sched_mm_h.set_active_memcg(old);
            Assert.That(Owner(objects[7]) == a, Is.True);
            Drain();
            // An object of kmalloc-256 costs 256 bytes and a pointer; the pages of the slab's vectors come on top.
            Forced(a);
            ulong bytes = mm_memcontrol_c.memcg_page_state(a, linux_mmzone_h.NR_SLAB_UNRECLAIMABLE_B) - slab;
            Assert.That(bytes, Is.EqualTo(Objects * (256 + 8)));
            Assert.That(Usage(a) - usage, Is.EqualTo((bytes + 4095) / 4096));
            for (int i = 0; i < Objects; i++)
                mm_slub_c.kfree(objects[i]);
            Drain();
            Forced(a);
            Assert.That(mm_memcontrol_c.memcg_page_state(a, linux_mmzone_h.NR_SLAB_UNRECLAIMABLE_B), Is.EqualTo(slab));
            Assert.That(Usage(a), Is.EqualTo(usage));
        });
        machine.Rmdir("A");
    }

    [Test]
    public void An_interrupt_charges_its_own_active_group()
    {
        using var machine = new MemcgMachine();
        machine.Mkdir("A");
        var a = (mem_cgroup*)machine.Group("A");
        Charging(machine, a, () =>
        {
            asm_percpu_h.__this_cpu->preempt_count += (int)linux_preempt_h.HARDIRQ_OFFSET;
            void* nobody = linux_slab_h.kmalloc(200, linux_gfp_types_h.GFP_ATOMIC | linux_gfp_types_h.__GFP_ACCOUNT);
            mem_cgroup* old = linux_sched_mm_h.set_active_memcg(a);
            void* mine = linux_slab_h.kmalloc(200, linux_gfp_types_h.GFP_ATOMIC | linux_gfp_types_h.__GFP_ACCOUNT);
            linux_sched_mm_h.set_active_memcg(old);
            asm_percpu_h.__this_cpu->preempt_count -= (int)linux_preempt_h.HARDIRQ_OFFSET;
            Assert.That(asm_percpu_h.current->active_memcg == null, Is.True);
            Assert.That(Owner(nobody) == null, Is.True);
            Assert.That(Owner(mine) == a, Is.True);
            mm_slub_c.kfree(nobody);
            mm_slub_c.kfree(mine);
        });
        machine.Rmdir("A");
    }

    /// <summary>At the limit: who may wait reclaims in vain and kills nobody, who may not fails at once, who must not fail goes over it.</summary>
    [Test]
    public void Charges_at_the_limit()
    {
        using var machine = new MemcgMachine();
        machine.Mkdir("A");
        var a = (mem_cgroup*)machine.Group("A");
        machine.Run(() =>
        {
            Drain();
            ulong before = Usage(a);
            a->memory.max = before;
            long Max() => linux_atomic_h.atomic_long_read(&a->memory_events[linux_memcontrol_h.MEMCG_MAX]);

            Assert.That(TryCharge(a, 1, linux_gfp_types_h.GFP_NOWAIT), Is.EqualTo(-ENOMEM));
            Assert.That(Max(), Is.Zero, "who may not wait has not tried");

            Assert.That(TryCharge(a, 1, GFP_KERNEL | linux_gfp_types_h.__GFP_NORETRY), Is.EqualTo(-ENOMEM));
            Assert.That(Max(), Is.EqualTo(2), "once, and once after draining");

            Assert.That(TryCharge(a, 1, linux_gfp_types_h.GFP_ATOMIC), Is.Zero);
            Assert.That(Usage(a), Is.EqualTo(before + 1));
            Assert.That(Max(), Is.EqualTo(3));

            Assert.That(TryCharge(a, 1, linux_gfp_types_h.GFP_NOWAIT | linux_gfp_types_h.__GFP_NOFAIL), Is.Zero);
            Assert.That(Max(), Is.EqualTo(4));

            uint flags = linux_sched_mm_h.memalloc_noreclaim_save();
            Assert.That(TryCharge(a, 1), Is.Zero, "reclaim itself is not held up");
            linux_sched_mm_h.memalloc_noreclaim_restore(flags);
            Assert.That(Usage(a), Is.EqualTo(before + 3));
            Assert.That(linux_atomic_h.atomic_long_read(&a->memory_events[linux_memcontrol_h.MEMCG_OOM]), Is.Zero);
            a->memory.max = linux_page_counter_h.PAGE_COUNTER_MAX;
            Uncharge(a, 3);
        });
        machine.Rmdir("A");
    }

    [Test]
    public void Sockets()
    {
        using var machine = new MemcgMachine();
        machine.Mkdir("A");
        var a = (mem_cgroup*)machine.Group("A");
        user_task task = machine.Spawn("server");
        machine.Write("A/cgroup.procs", task.pid.ToString());
        machine.Call(task, () =>
        {
            Drain();
            ulong before = Usage(a);
            sock sk = default, child = default;
            mm_memcontrol_c.mem_cgroup_sk_alloc(&sk);
            Assert.That(sk.sk_memcg == a, Is.True);
            mm_memcontrol_c.mem_cgroup_sk_inherit(&sk, &child);
            Assert.That(child.sk_memcg == a, Is.True);
            Assert.That(mm_memcontrol_c.mem_cgroup_sk_charge(&sk, 100, GFP_KERNEL), Is.True);
            Forced(a);
            Assert.That(mm_memcontrol_c.memcg_page_state_output(a, linux_memcontrol_h.MEMCG_SOCK), Is.EqualTo(100 * 4096));
            mm_memcontrol_c.mem_cgroup_sk_uncharge(&sk, 100);
            Drain();
            Assert.That(Usage(a), Is.EqualTo(before));
            mm_memcontrol_c.mem_cgroup_sk_free(&sk);
            mm_memcontrol_c.mem_cgroup_sk_free(&child);
            return 0;
        });
        machine.Write("cgroup.procs", task.pid.ToString());
        machine.Rmdir("A");
    }
}
