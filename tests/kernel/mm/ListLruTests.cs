// SPDX-License-Identifier: GPL-2.0-only
using Linux;
using static Linux.linux_list_h;
using static Linux.linux_list_lru_h;
using static Linux.linux_sched_mm_h;
using static Linux.linux_slab_h;
using static Linux.mm_list_lru_c;
using static Linux.mm_slab_common_c;
using static Linux.mm_slub_c;

namespace KMemcg.Kernel.Tests.mm;

/// <summary>mm/list_lru.c against lists of .NET, one for each group.</summary>
[TestFixture]
[NonParallelizable]
internal sealed unsafe class ListLruTests
{
    private struct item
    {
        public ulong id;
        public list_head lru;
        public fixed byte rest[40];
    }

    // What the walk's callback does with the n-th item it is shown.
    private static Func<ulong, int> verdict = _ => LRU_SKIP;
    private static readonly List<ulong> Shown = [];

    private static item* Of(list_head* l) => (item*)((byte*)l - sizeof(ulong));

    private static int Isolate(list_head* l, list_lru_one* list, void* arg)
    {
        ulong id = Of(l)->id;
        Shown.Add(id);
        int what = verdict(id);
        if (what == LRU_REMOVED)
            list_lru_isolate(list, l);
        return what;
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public void Random_runs_agree_with_a_list_for_each_group(int seed)
    {
        using var machine = new MemcgMachine();
        list_lru* lru = null;
        kmem_cache* cache = null;
        machine.Run(() =>
        {
            lru = kzalloc<list_lru>(linux_gfp_types_h.GFP_KERNEL);
            Assert.That(list_lru_init_memcg(lru, null), Is.Zero);
            cache = kmem_cache_create("items"u8, (uint)sizeof(item), 0, SLAB_NO_MERGE, null);
        });

        var random = new Random(seed);
        // Groups by path; the root is "". A group's model is the list of ids from the oldest to the youngest.
        var model = new Dictionary<string, List<ulong>> { [""] = [] };
        var group = new Dictionary<string, nint> { [""] = (nint)mm_memcontrol_c.root_mem_cgroup };
        var where = new Dictionary<ulong, string>();
        var objects = new Dictionary<ulong, nint>();
        ulong next = 0;
        int groups = 0;

        for (int step = 0; step < 600; step++)
        {
            string[] paths = [.. model.Keys];
            string at = paths[random.Next(paths.Length)];
            switch (random.Next(100))
            {
                case < 4 when model.Count < 8:
                {
                    string path = at.Length == 0 ? $"g{groups++}" : $"{at}/g{groups++}";
                    machine.TryWrite((at.Length == 0 ? "" : at + "/") + "cgroup.subtree_control", "+memory");
                    machine.Mkdir(path);
                    model[path] = [];
                    group[path] = machine.Group(path);
                    break;
                }
                case < 7 when at.Length != 0 && !paths.Any(p => p.StartsWith(at + "/", StringComparison.Ordinal)):
                {
                    // Its items go before the parent's.
                    string parent = at.Contains('/') ? at[..at.LastIndexOf('/')] : "";
                    machine.Rmdir(at);
                    foreach (ulong id in where.Where(w => w.Value == at).Select(w => w.Key).ToArray())
                        where[id] = parent;
                    model[parent].InsertRange(0, model[at]);
                    model.Remove(at);
                    break;
                }
                case < 50:
                {
                    ulong id = next++;
                    machine.Run(() =>
                    {
                        mem_cgroup* old = set_active_memcg((mem_cgroup*)group[at]);
                        item* i = (item*)kmem_cache_alloc_lru(cache, lru, linux_gfp_types_h.GFP_KERNEL | linux_gfp_types_h.__GFP_ACCOUNT);
                        set_active_memcg(old);
                        i->id = id;
                        INIT_LIST_HEAD(&i->lru);
                        Assert.That(list_lru_add_obj(lru, &i->lru));
                        Assert.That(list_lru_add_obj(lru, &i->lru), Is.False, "it is there already");
                        objects[id] = (nint)i;
                    });
                    where[id] = at;
                    model[at].Add(id);
                    break;
                }
                case < 75 when where.Count > 0:
                {
                    ulong id = where.Keys.ElementAt(random.Next(where.Count));
                    machine.Run(() =>
                    {
                        item* i = (item*)objects[id];
                        Assert.That(list_lru_del_obj(lru, &i->lru), Is.True);
                        Assert.That(list_lru_del_obj(lru, &i->lru), Is.False);
                        kmem_cache_free(cache, i);
                    });
                    model[where[id]].Remove(id);
                    where.Remove(id);
                    objects.Remove(id);
                    break;
                }
                case < 90:
                    Walk(at, random.Next(12));
                    break;
                default:
                    Compare();
                    break;
            }
        }
        Compare();

        machine.Run(() =>
        {
            foreach (nint i in objects.Values)
            {
                list_lru_del_obj(lru, &((item*)i)->lru);
                kmem_cache_free(cache, (void*)i);
            }
            Assert.That(list_lru_count(lru), Is.Zero);
            list_lru_destroy(lru);
            kfree(lru);
            kmem_cache_destroy(cache);
        });

        void Walk(string path, int n)
        {
            verdict = id => (id % 3) switch { 0 => LRU_REMOVED, 1 => LRU_ROTATE, _ => LRU_SKIP };
            // What is put back at the tail comes up again if the walk is long enough.
            var list = new LinkedList<ulong>(model[path]);
            var expected = new List<ulong>();
            var removed = new List<ulong>();
            for (LinkedListNode<ulong>? at = list.First, follows; at != null && expected.Count < n; at = follows)
            {
                follows = at.Next;
                expected.Add(at.Value);
                if (at.Value % 3 == 0)
                    removed.Add(at.Value);
                if (at.Value % 3 != 2)
                    list.Remove(at);
                if (at.Value % 3 == 1)
                    list.AddLast(at);
            }
            model[path] = [.. list];
            Shown.Clear();
            machine.Run(() =>
            {
                ulong to_walk = (ulong)n;
                ulong isolated = list_lru_walk_one(lru, 0, (mem_cgroup*)group[path], &Isolate, null, &to_walk);
                Assert.That(isolated, Is.EqualTo((ulong)removed.Count));
                Assert.That(to_walk, Is.EqualTo((ulong)(n - expected.Count)));
            });
            Assert.That(Shown, Is.EqualTo(expected));
            foreach (ulong id in removed)
            {
                machine.Run(() => kmem_cache_free(cache, (void*)objects[id]));
                objects.Remove(id);
                where.Remove(id);
            }
        }

        void Compare()
        {
            foreach (var (path, list) in model)
            {
                verdict = _ => LRU_SKIP;
                Shown.Clear();
                machine.Run(() =>
                {
                    ulong all = ulong.MaxValue;
                    list_lru_walk_one(lru, 0, (mem_cgroup*)group[path], &Isolate, null, &all);
                    Assert.That(list_lru_count_one(lru, 0, (mem_cgroup*)group[path]), Is.EqualTo((ulong)list.Count), path);
                });
                Assert.That(Shown, Is.EqualTo(list), path);
            }
            machine.Run(() => Assert.That(list_lru_count_node(lru, 0), Is.EqualTo((ulong)where.Count)));
        }
    }

    [Test]
    public void A_walk_of_the_node_visits_every_group()
    {
        using var machine = new MemcgMachine();
        machine.Mkdir("A");
        machine.Mkdir("B");
        nint a = machine.Group("A"), b = machine.Group("B");
        var items = new List<nint>();
        machine.Run(() =>
        {
            list_lru* lru = kzalloc<list_lru>(linux_gfp_types_h.GFP_KERNEL);
            Assert.That(list_lru_init_memcg(lru, null), Is.Zero);
            kmem_cache* cache = kmem_cache_create("items"u8, (uint)sizeof(item), 0, SLAB_NO_MERGE | SLAB_ACCOUNT, null);
            for (ulong id = 0; id < 30; id++)
            {
                mem_cgroup* old = set_active_memcg(id % 3 == 0 ? null : (mem_cgroup*)(id % 3 == 1 ? a : b));
                item* i = (item*)kmem_cache_alloc_lru(cache, lru, linux_gfp_types_h.GFP_KERNEL);
                set_active_memcg(old);
                items.Add((nint)i);
                i->id = id;
                INIT_LIST_HEAD(&i->lru);
                list_lru_add_obj(lru, &i->lru);
            }
            verdict = _ => LRU_SKIP;
            Shown.Clear();
            Assert.That(list_lru_walk(lru, &Isolate, null, 1000), Is.Zero);
            Assert.That(Shown.Order(), Is.EqualTo(Enumerable.Range(0, 30).Select(n => (ulong)n)));

            verdict = _ => LRU_REMOVED;
            Assert.That(list_lru_walk(lru, &Isolate, null, 1000), Is.EqualTo(30ul));
            Assert.That(list_lru_count(lru), Is.Zero);
            foreach (nint i in items)
                kmem_cache_free(cache, (void*)i);
            kmem_cache_destroy(cache);
            list_lru_destroy(lru);
            kfree(lru);
        });
    }
}
