// SPDX-License-Identifier: GPL-2.0-only
using Linux;
using static Linux.asm_page_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_sched_mm_h;
using static Linux.linux_slab_h;
using static Linux.mm_failslab_c;
using static Linux.mm_slab_common_c;
using static Linux.mm_slub_c;

namespace KMemcg.Kernel.Tests.mm;

/// <summary>What groups are charged for the kernel's objects.</summary>
[TestFixture]
[NonParallelizable]
internal sealed unsafe class SlabAccountingTests
{
    /// <summary>Charges the calling task's allocations to a group for a while.</summary>
    private static void In(nint group, Action body)
    {
        mem_cgroup* old = set_active_memcg((mem_cgroup*)group);
        try
        {
            body();
        }
        finally
        {
            set_active_memcg(old);
        }
    }

    [TestCase(200u, false)]
    [TestCase(200u, true)]
    [TestCase(1000u, false)]
    [TestCase(8u, false)]
    public void Objects_are_charged_with_their_place_in_the_vector(uint size, bool reclaimable)
    {
        const int Many = 3000;
        using var machine = new MemcgMachine(cpus: 1);
        machine.Mkdir("A");
        nint a = machine.Group("A");
        string key = reclaimable ? "slab_reclaimable" : "slab_unreclaimable";
        var objects = new List<nint>();
        kmem_cache* cache = null;
        machine.Run(() => cache = kmem_cache_create("charged"u8, size, 0, SLAB_NO_MERGE | SLAB_ACCOUNT | (reclaimable ? SLAB_RECLAIM_ACCOUNT : 0), null));
        long stat = machine.Read("A/memory.stat", key);
        ulong charged = MemcgMachine.Usage((mem_cgroup*)a);
        machine.Run(() => In(a, () =>
        {
            for (int i = 0; i < Many; i++)
                objects.Add((nint)kmem_cache_alloc(cache, GFP_KERNEL));
        }));
        long bytes = Many * ((long)((size + 7) & ~7u) + 8);
        machine.Sleep(2500); // few updates are folded in by the clock only
        // What is not a whole page is kept at hand, as bytes of the group and as bytes of the statistics.
        Assert.That(machine.Read("A/memory.stat", key) - stat, Is.EqualTo(bytes).Within((long)PAGE_SIZE));
        long pages = (long)(MemcgMachine.Usage((mem_cgroup*)a) - charged);
        Assert.That(pages, Is.InRange(bytes / (long)PAGE_SIZE, bytes / (long)PAGE_SIZE + 1 + 64));
        machine.Run(() =>
        {
            foreach (nint o in objects)
                kmem_cache_free(cache, (void*)o);
        });
        machine.Sleep(2500);
        Assert.That(machine.Read("A/memory.stat", key) - stat, Is.Zero.Within((long)PAGE_SIZE));
        machine.Run(() => kmem_cache_destroy(cache));
        machine.Rmdir("A");
    }

    [Test]
    public void An_object_outlives_its_group_and_its_charge_goes_up()
    {
        using var machine = new MemcgMachine(cpus: 1);
        machine.Mkdir("A");
        machine.Write("A/cgroup.subtree_control", "+memory");
        machine.Mkdir("A/B");
        nint a = machine.Group("A"), b = machine.Group("A/B");
        var objects = new List<nint>();
        machine.Run(() => In(b, () =>
        {
            for (int i = 0; i < 100; i++)
                objects.Add((nint)kmalloc(4096, GFP_KERNEL_ACCOUNT));
        }));
        machine.Rmdir("A/B");
        Assert.That(MemcgMachine.Usage((mem_cgroup*)a), Is.GreaterThanOrEqualTo(100ul));
        machine.Run(() =>
        {
            linux_rcupdate_h.rcu_read_lock();
            nint owner = (nint)mm_memcontrol_c.mem_cgroup_from_slab_obj((void*)objects[0]);
            linux_rcupdate_h.rcu_read_unlock();
            Assert.That(owner, Is.EqualTo(a));
        });
        machine.Run(() =>
        {
            foreach (nint o in objects)
                kfree((void*)o);
        });
        machine.Rmdir("A");
    }

    [Test]
    public void A_group_at_its_limit_gets_no_object_and_pays_for_none()
    {
        using var machine = new MemcgMachine(cpus: 1);
        machine.Mkdir("A");
        machine.Write("A/memory.max", "1M");
        nint a = machine.Group("A");
        var objects = new List<nint>();
        machine.Run(() => In(a, () =>
        {
            for (; ; )
            {
                void* p = kmalloc(2048, GFP_KERNEL_ACCOUNT | __GFP_NORETRY | __GFP_NOWARN);
                if (p == null)
                    break;
                objects.Add((nint)p);
            }
        }));
        Assert.That(objects, Has.Count.EqualTo((1 << 20) / (2048 + 8)).Within(64));
        machine.Run(() =>
        {
            foreach (nint o in objects)
                kfree((void*)o);
        });
        machine.Rmdir("A");
    }

    [Test]
    public void Large_objects_are_charged_by_the_page_allocator()
    {
        using var machine = new MemcgMachine(cpus: 1);
        machine.Mkdir("A");
        nint a = machine.Group("A");
        ulong before = MemcgMachine.Usage((mem_cgroup*)a);
        nint p = 0;
        machine.Run(() => In(a, () => p = (nint)kmalloc(1 << 20, GFP_KERNEL_ACCOUNT)));
        Assert.That(MemcgMachine.Usage((mem_cgroup*)a) - before, Is.EqualTo(256ul));
        Assert.That(machine.Read("A/memory.stat", "slab_unreclaimable"), Is.GreaterThanOrEqualTo(1 << 20));
        machine.Run(() => kfree((void*)p));
        machine.Rmdir("A");
    }

    [Test]
    public void Vmalloc_counts_its_pages_for_the_group()
    {
        using var machine = new MemcgMachine(cpus: 1);
        machine.Mkdir("A");
        nint a = machine.Group("A");
        nint p = 0;
        machine.Run(() => In(a, () => p = (nint)mm_vmalloc_c.__vmalloc(3 << 20, GFP_KERNEL_ACCOUNT | __GFP_ZERO)));
        Assert.That(machine.Read("A/memory.stat", "vmalloc"), Is.EqualTo(3 << 20));
        machine.Run(() =>
        {
            Assert.That(mm_vmalloc_c.is_vmalloc_addr((void*)p));
            Assert.That(new Span<byte>((void*)p, 3 << 20).IndexOfAnyExcept((byte)0), Is.LessThan(0));
            kvfree((void*)p);
        });
        Assert.That(machine.Read("A/memory.stat", "vmalloc"), Is.Zero);
        machine.Rmdir("A");
    }

    [Test]
    public void Kvmalloc_takes_pages_where_they_are_when_there_is_no_block()
    {
        using var machine = TestMachine.Boot(cpus: 1);
        machine.Run(() =>
        {
            ulong before = mm_vmalloc_c.vmalloc_nr_pages();
            byte* p = (byte*)kvmalloc(32 << 20, GFP_KERNEL);
            Assert.That(mm_vmalloc_c.is_vmalloc_addr(p));
            Assert.That(mm_vmalloc_c.vmalloc_nr_pages() - before, Is.EqualTo((32UL << 20 >> 12) + 16), "and 16 for the array of its pages");
            new Span<byte>(p, 32 << 20).Fill(9);
            kvfree(p);
            Assert.That(mm_vmalloc_c.vmalloc_nr_pages(), Is.EqualTo(before));
        });
    }

    /// <summary>Every slab allocation of making and removing a group fails once: it is ENOMEM, and nothing stays behind.</summary>
    [Test]
    public void A_group_that_cannot_be_made_leaves_nothing()
    {
        using var machine = new MemcgMachine(cpus: 1);
        machine.Mkdir("warm");
        int failures = 0;
        for (ulong n = 1; n < 400; n++)
        {
            long rc = machine.Run(() =>
            {
                failslab_ignore_gfp_reclaim = false;
                failslab_attr->probability = 100;
                failslab_attr->interval = n;
                failslab_attr->count = 0;
                failslab_attr->times.counter = 1;
                failslab_attr->verbose = 0;
                long made = cgroupfs.mkdir("A");
                bool failed = failslab_attr->times.counter == 0;
                failslab_attr->probability = 0;
                if (!failed)
                    return 1;
                failures++;
                if (made == 0)
                    Assert.That(cgroupfs.rmdir("A"), Is.Zero);
                return made;
            });
            if (rc == 1)
                break;
            Assert.That(rc, Is.EqualTo(-12).Or.Zero, $"call {n}");
            machine.Sleep(50);
        }
        Assert.That(failures, Is.GreaterThan(20));
        machine.Run(() => cgroupfs.rmdir("A"));
    }
}
