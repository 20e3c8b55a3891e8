// SPDX-License-Identifier: GPL-2.0-only
using Linux;
using static Linux.linux_shrinker_h;
using static Linux.mm_shrinker_c;

namespace KMemcg.Kernel.Tests.mm;

/// <summary>mm/shrinker.c: how much is asked of a shrinker, what it owes, and which groups are asked.</summary>
[TestFixture]
[NonParallelizable]
internal sealed unsafe class ShrinkerTests
{
    private const uint GFP_KERNEL = linux_gfp_types_h.GFP_KERNEL;

    // The shrinker's cache: objects for each group, and how many of each batch are really freed.
    private static readonly Dictionary<nint, long> Objects = [];
    private static readonly List<(nint group, ulong scan)> Calls = [];
    private static Func<ulong, ulong> frees = n => n;

    private static ulong Count(shrinker* s, shrink_control* sc)
    {
        long n = Objects.GetValueOrDefault((nint)sc->memcg);
        return n == 0 ? SHRINK_EMPTY : (ulong)n;
    }

    private static ulong Scan(shrinker* s, shrink_control* sc)
    {
        Calls.Add(((nint)sc->memcg, sc->nr_to_scan));
        ulong freed = frees(sc->nr_to_scan);
        if (freed == SHRINK_STOP)
            return freed;
        freed = Math.Min(freed, (ulong)Objects.GetValueOrDefault((nint)sc->memcg));
        if (freed != 0)
            Objects[(nint)sc->memcg] -= (long)freed;
        return freed;
    }

    [SetUp]
    public void Clear()
    {
        Objects.Clear();
        Calls.Clear();
        frees = n => n;
    }

    /// <summary>
    /// Groups' maps grow with the first ids and never shrink, the root's least of all: let that come before what the
    /// end of the machine is held against.
    /// </summary>
    private static void GrowMaps(MemcgMachine machine, int ids) => machine.Run(() =>
    {
        var all = new List<nint>();
        for (int i = 0; i < ids; i++)
            all.Add((nint)Register(SHRINKER_MEMCG_AWARE));
        foreach (nint s in all)
            shrinker_free((shrinker*)s);
        kernel_rcu_tree_c.rcu_barrier();
        mm_slub_c.kmem_cache_mark_boot();
    });

    private static shrinker* Register(uint flags, int seeks = DEFAULT_SEEKS, long batch = 0)
    {
        shrinker* s = shrinker_alloc(flags, "test"u8);
        s->count_objects = &Count;
        s->scan_objects = &Scan;
        s->seeks = seeks;
        s->batch = batch;
        shrinker_register(s);
        return s;
    }

    /// <summary>What do_shrink_slab() does, in the plain way: the batches, and what is owed afterwards.</summary>
    private static (List<ulong> batches, long owed) Plain(long freeable, long owed, int priority, int seeks, long batch)
    {
        var batches = new List<ulong>();
        long delta = seeks != 0 ? (freeable >> priority) * 4 / seeks : freeable / 2;
        long scan = Math.Min((owed >> priority) + delta, 2 * freeable);
        long scanned = 0;
        batch = batch == 0 ? 128 : batch;
        while (scan >= batch || scan >= freeable)
        {
            long n = Math.Min(batch, scan);
            batches.Add((ulong)n);
            scan -= n;
            scanned += n;
        }
        return (batches, Math.Min(Math.Max(owed + delta - scanned, 0), 2 * freeable));
    }

    [TestCase(2, 0)]
    [TestCase(0, 0)]
    [TestCase(1, 64)]
    [TestCase(16, 1000)]
    public void Batches_and_debt_are_those_of_the_formula(int seeks, int batch)
    {
        using var machine = new MemcgMachine();
        var random = new Random(seeks * 100 + batch);
        machine.Run(() =>
        {
            shrinker* s = Register(0, seeks, batch);
            nint root = (nint)mm_memcontrol_c.root_mem_cgroup;
            long owed = 0;
            frees = _ => 0; // scanned, but in use
            for (int round = 0; round < 300; round++)
            {
                long freeable = random.Next(1, 1 << random.Next(1, 18));
                int priority = random.Next(13);
                Objects[root] = freeable;
                Calls.Clear();
                var (batches, now) = Plain(freeable, owed, priority, seeks, batch);
                Assert.That(shrink_slab(GFP_KERNEL, 0, mm_memcontrol_c.root_mem_cgroup, priority), Is.Zero);
                Assert.That(Calls.Select(c => c.scan), Is.EqualTo(batches), $"{freeable} at {priority}");
                Assert.That(linux_atomic_h.atomic_long_read(s->nr_deferred), Is.EqualTo(now));
                owed = now;
            }
            shrinker_free(s);
        });
    }

    [Test]
    public void A_shrinker_that_stops_is_not_asked_again_and_owes_it_all()
    {
        using var machine = new MemcgMachine();
        machine.Run(() =>
        {
            shrinker* s = Register(0);
            Objects[(nint)mm_memcontrol_c.root_mem_cgroup] = 10_000;
            frees = _ => SHRINK_STOP;
            shrink_slab(GFP_KERNEL, 0, mm_memcontrol_c.root_mem_cgroup, 0);
            Assert.That(Calls, Has.Count.EqualTo(1));
            Assert.That(linux_atomic_h.atomic_long_read(s->nr_deferred), Is.EqualTo(20_000));
            shrinker_free(s);
        });
    }

    [Test]
    public void Only_groups_with_their_bit_set_are_asked_and_an_empty_one_loses_it()
    {
        using var machine = new MemcgMachine();
        GrowMaps(machine, 1);
        machine.Mkdir("A");
        machine.Mkdir("B");
        nint a = machine.Group("A"), b = machine.Group("B");
        machine.Run(() =>
        {
            shrinker* s = Register(SHRINKER_MEMCG_AWARE);
            set_shrinker_bit((mem_cgroup*)a, 0, s->id);
            Objects[a] = 100;
            Objects[b] = 100;
            shrink_slab(GFP_KERNEL, 0, (mem_cgroup*)a, 0);
            shrink_slab(GFP_KERNEL, 0, (mem_cgroup*)b, 0);
            Assert.That(Calls.Select(c => c.group), Is.All.EqualTo(a));
            Calls.Clear();
            Assert.That(Objects[a], Is.Zero);
            Assert.That(Bit(a, s->id), Is.True);

            shrink_slab(GFP_KERNEL, 0, (mem_cgroup*)a, 0);
            Assert.That(Bit(a, s->id), Is.False, "it was found empty");
            Objects[a] = 50;
            shrink_slab(GFP_KERNEL, 0, (mem_cgroup*)a, 0);
            Assert.That(Calls, Is.Empty, "and is not looked at before it is marked again");
            shrinker_free(s);
        });
    }

    private static bool Bit(nint group, int id)
    {
        shrinker_info* info = linux_rcupdate_h.rcu_access_pointer(&((mem_cgroup*)group)->nodeinfo[0]->shrinker_info);
        return (shrinker_info.unit(info)[id / 64]->map & (1UL << (id % 64))) != 0;
    }

    [Test]
    public void Maps_grow_with_the_ids_and_keep_what_is_in_them()
    {
        using var machine = new MemcgMachine();
        GrowMaps(machine, 200);
        machine.Mkdir("A");
        nint a = machine.Group("A");
        var all = new List<nint>();
        machine.Run(() =>
        {
            for (int i = 0; i < 200; i++)
            {
                shrinker* s = Register(SHRINKER_MEMCG_AWARE);
                all.Add((nint)s);
                if (i % 7 == 0)
                    set_shrinker_bit((mem_cgroup*)a, 0, s->id);
            }
            Assert.That(all.Select(s => ((shrinker*)s)->id).Distinct().Count(), Is.EqualTo(200));
            for (int i = 0; i < 200; i++)
                Assert.That(Bit(a, ((shrinker*)all[i])->id), Is.EqualTo(i % 7 == 0));
            Assert.That(linux_rcupdate_h.rcu_access_pointer(&((mem_cgroup*)a)->nodeinfo[0]->shrinker_info)->map_nr_max, Is.EqualTo(256));
        });
        machine.Mkdir("B");
        nint b = machine.Group("B");
        machine.Run(() =>
        {
            set_shrinker_bit((mem_cgroup*)b, 0, ((shrinker*)all[199])->id);
            Assert.That(Bit(b, ((shrinker*)all[199])->id), Is.True);
            foreach (nint s in all)
                shrinker_free((shrinker*)s);
        });
    }

    [Test]
    public void What_a_dead_group_owes_its_parent_owes()
    {
        using var machine = new MemcgMachine();
        GrowMaps(machine, 1);
        machine.Mkdir("A");
        machine.Write("A/cgroup.subtree_control", "+memory");
        machine.Mkdir("A/B");
        nint a = machine.Group("A"), b = machine.Group("A/B");
        nint shrinker = 0;
        machine.Run(() =>
        {
            shrinker* s = Register(SHRINKER_MEMCG_AWARE);
            shrinker = (nint)s;
            foreach (nint g in new[] { a, b })
            {
                set_shrinker_bit((mem_cgroup*)g, 0, s->id);
                Objects[g] = 1000;
            }
            frees = _ => SHRINK_STOP;
            shrink_slab(GFP_KERNEL, 0, (mem_cgroup*)a, 3);
            shrink_slab(GFP_KERNEL, 0, (mem_cgroup*)b, 3);
            Assert.That(Deferred(a, s->id), Is.EqualTo(250));
            Assert.That(Deferred(b, s->id), Is.EqualTo(250));
        });
        machine.Rmdir("A/B");
        machine.Run(() =>
        {
            Assert.That(Deferred(a, ((shrinker*)shrinker)->id), Is.EqualTo(500));
            shrinker_free((shrinker*)shrinker);
        });
    }

    private static long Deferred(nint group, int id)
    {
        shrinker_info* info = linux_rcupdate_h.rcu_access_pointer(&((mem_cgroup*)group)->nodeinfo[0]->shrinker_info);
        return linux_atomic_h.atomic_long_read(&shrinker_info_unit.nr_deferred(shrinker_info.unit(info)[id / 64])[id % 64]);
    }
}
