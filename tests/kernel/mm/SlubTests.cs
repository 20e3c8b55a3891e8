// SPDX-License-Identifier: GPL-2.0-only
using CsCheck;
using Linux;
using static Linux.asm_page_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_mmzone_h;
using static Linux.linux_slab_h;
using static Linux.mm_failslab_c;
using static Linux.mm_slab_common_c;
using static Linux.mm_slub_c;
using static Linux.mm_vmstat_c;

namespace KMemcg.Kernel.Tests;

/// <summary>A machine with a slab allocator, and nothing that lives on it.</summary>
internal sealed unsafe class SlabMachine : IDisposable
{
    private readonly AllocatorMachine machine;

    public SlabMachine(ulong ram = 256UL << 20, int cpus = 4)
    {
        machine = new AllocatorMachine(ram, cpus);
        kmem_cache_init();
        kmem_cache_mark_boot();
    }

    public void On(int cpu) => machine.On(cpu);

    /// <summary>No object is left, and after the end of the allocator no page.</summary>
    public void CheckNothingLost()
    {
        Assert.That(kmem_cache_leaks(), Is.Empty);
        kmem_cache_shutdown_all();
        mm_page_alloc_c.drain_all_pages(null);
        machine.CheckNothingLost();
    }

    public void Dispose() => machine.Dispose();
}

/// <summary>mm/slub.c: what objects are, where they go, and what is counted.</summary>
[TestFixture]
[NonParallelizable]
internal sealed unsafe class SlubTests
{
    private static long Unreclaimable() => NodeBytes(NR_SLAB_UNRECLAIMABLE_B);

    private static long NodeBytes(int item)
    {
        long sum = linux_atomic_h.atomic_long_read(&((atomic_long_t*)NODE_DATA(0)->vm_stat)[item]) * (long)PAGE_SIZE;
        foreach (int cpu in linux_cpumask_h.for_each_possible_cpu())
            sum += PerCpu(cpu, item) * (long)PAGE_SIZE;
        return sum;
    }

    private static long PerCpu(int cpu, int item) =>
        ((sbyte*)linux_percpu_h.per_cpu_ptr(NODE_DATA(0)->per_cpu_nodestats, cpu)->vm_node_stat_diff)[item];

    [Test]
    public void Layout()
    {
        StructLayout.Matches<slab>();
        StructLayout.Matches<kmem_cache>(size: false, "node");
        StructLayout.Matches<kmem_cache_cpu>();
        StructLayout.Matches<kmem_cache_node>();
        StructLayout.Matches<list_lru>(size: false);
        StructLayout.Matches<list_lru_one>();
        StructLayout.Matches<list_lru_node>();
        StructLayout.Matches<shrinker>();
        StructLayout.Matches<shrink_control>();
        StructLayout.Matches<shrinker_info>();
        StructLayout.Matches<shrinker_info_unit>();
    }

    /// <summary>Sizes, orders and objects as Linux 6.18 computes them for four CPUs, from /proc/slabinfo of such a machine.</summary>
    [TestCase(8u, 0, 512)]
    [TestCase(16u, 0, 256)]
    [TestCase(32u, 0, 128)]
    [TestCase(64u, 0, 64)]
    [TestCase(96u, 0, 42)]
    [TestCase(128u, 0, 32)]
    [TestCase(192u, 0, 21)]
    [TestCase(256u, 0, 16)]
    [TestCase(512u, 1, 16)]
    [TestCase(1024u, 2, 16)]
    [TestCase(2048u, 3, 16)]
    [TestCase(4096u, 3, 8)]
    [TestCase(8192u, 3, 4)]
    public void Kmalloc_caches_have_the_orders_of_four_cpus(uint size, int order, int objects)
    {
        using var machine = new SlabMachine(cpus: 4);
        void* p = kmalloc(size, GFP_KERNEL);
        slab* slab = mm_slab_h.virt_to_slab(p);
        Assert.Multiple(() =>
        {
            Assert.That(slab->slab_cache->size, Is.EqualTo(size));
            Assert.That(mm_slab_h.slab_order(slab), Is.EqualTo(order));
            Assert.That(slab->objects, Is.EqualTo((uint)objects));
            Assert.That(((ulong)p & (size & (~size + 1)) - 1), Is.Zero, "alignment");
        });
        kfree(p);
        machine.CheckNothingLost();
    }

    [Test]
    public void Every_size_gets_the_smallest_cache_of_its_type()
    {
        using var machine = new SlabMachine();
        int[] sizes = [8, 16, 32, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096, 8192];
        (uint gfp, string name)[] types = [(0, "kmalloc-"), (__GFP_RECLAIMABLE, "kmalloc-rcl-"), (__GFP_ACCOUNT, "kmalloc-cg-"), (__GFP_DMA, "dma-kmalloc-")];
        foreach (var (gfp, name) in types)
        {
            for (int size = 1; size <= 8192; size += size < 300 ? 1 : 37)
            {
                void* p = kmalloc((ulong)size, GFP_KERNEL | gfp);
                int expected = sizes.First(s => s >= size);
                string cache = System.Runtime.InteropServices.Marshal.PtrToStringUTF8((nint)mm_slab_h.virt_to_slab(p)->slab_cache->name)!;
                Assert.That(ksize(p), Is.EqualTo((ulong)expected), $"{name}{size}");
                Assert.That(cache, Is.EqualTo(name + (expected >= 1024 ? expected / 1024 + "k" : expected)));
                kfree(p);
            }
        }
        machine.CheckNothingLost();
    }

    [Test]
    public void Large_objects_are_whole_pages_and_counted_as_slab()
    {
        using var machine = new SlabMachine();
        long before = Unreclaimable();
        foreach (ulong size in new ulong[] { 8193, 20000, 65536, 1 << 20, 4 << 20 })
        {
            int order = OrderOf(size);
            void* p = kmalloc(size, GFP_KERNEL | __GFP_ZERO);
            Assert.That((ulong)p & PAGE_MASK, Is.EqualTo((ulong)p));
            Assert.That(ksize(p), Is.EqualTo(PAGE_SIZE << order));
            Assert.That(Unreclaimable() - before, Is.EqualTo((long)(PAGE_SIZE << order)));
            Assert.That(new Span<byte>(p, (int)size).IndexOfAnyExcept((byte)0), Is.LessThan(0));
            kfree(p);
            Assert.That(Unreclaimable(), Is.EqualTo(before));
        }
        Assert.That(kmalloc(0, GFP_KERNEL) == ZERO_SIZE_PTR);
        kfree(ZERO_SIZE_PTR);
        kfree(null);
        machine.CheckNothingLost();
    }

    private static int OrderOf(ulong size)
    {
        int order = 0;
        while (PAGE_SIZE << order < size)
            order++;
        return order;
    }

    [Test]
    public void Slabs_are_counted_for_the_node_as_what_they_are()
    {
        using var machine = new SlabMachine(cpus: 1);
        kmem_cache* plain = kmem_cache_create("plain"u8, 1000, 0, SLAB_NO_MERGE, null);
        kmem_cache* reclaimable = kmem_cache_create("reclaimable"u8, 1000, 0, SLAB_NO_MERGE | SLAB_RECLAIM_ACCOUNT, null);
        foreach (var (cache, item) in new[] { ((nint)plain, NR_SLAB_UNRECLAIMABLE_B), ((nint)reclaimable, NR_SLAB_RECLAIMABLE_B) })
        {
            kmem_cache* s = (kmem_cache*)cache;
            kmem_cache_shrink_all();
            long before = NodeBytes(item);
            var objects = new List<nint>();
            for (int i = 0; i < 200; i++)
                objects.Add((nint)kmem_cache_alloc(s, GFP_KERNEL));
            // 1000 bytes on four pages a slab: 16 objects; the vectors and nodes of other caches are not touched.
            uint per = mm_slab_h.virt_to_slab((void*)objects[0])->objects;
            ulong bytes = mm_slab_h.slab_size(mm_slab_h.virt_to_slab((void*)objects[0]));
            long slabs = (200 + per - 1) / per;
            Assert.That(NodeBytes(item) - before, Is.EqualTo(slabs * (long)bytes));
            foreach (nint o in objects)
                kmem_cache_free(s, (void*)o);
            kmem_cache_shrink_all();
            Assert.That(NodeBytes(item), Is.EqualTo(before));
            kmem_cache_destroy(s);
        }
        machine.CheckNothingLost();
    }

    private enum Op { Alloc, Free, Bulk, FreeBulk, Cpu, Shrink, Krealloc }

    private static readonly Gen<(Op op, int a, int b)[]> Runs = Gen.Select(
        Gen.Frequency((8, Gen.Const(Op.Alloc)), (7, Gen.Const(Op.Free)), (1, Gen.OneOf(Gen.Const(Op.Bulk), Gen.Const(Op.FreeBulk), Gen.Const(Op.Cpu), Gen.Const(Op.Shrink)))),
        Gen.Int[0, 1 << 20], Gen.Int[0, 1 << 20]).Array[1, 2000];

    /// <summary>Objects in use never overlap, keep their bytes, and all come back, whatever CPU allocates and frees.</summary>
    [Test]
    public void Random_runs_agree_with_a_model_that_knows_what_is_in_use()
    {
        Runs.Sample(Run, iter: 30, threads: 1);
    }

    private static void Run((Op op, int a, int b)[] ops)
    {
        using var machine = new SlabMachine(64UL << 20, cpus: 3);
        kmem_cache*[] caches =
        [
            kmem_cache_create("odd"u8, 40, 0, SLAB_NO_MERGE, null),
            kmem_cache_create("line"u8, 100, 0, SLAB_NO_MERGE | SLAB_HWCACHE_ALIGN, null),
            kmem_cache_create("big"u8, 3000, 256, SLAB_NO_MERGE | SLAB_RECLAIM_ACCOUNT, null),
            kmem_cache_create("tiny"u8, 8, 0, SLAB_NO_MERGE, null),
        ];
        var live = new List<(nint p, int cache, byte tag)>();
        byte next = 1;

        void Take(void* p, int cache)
        {
            Assert.That(p != null);
            uint size = caches[cache]->object_size;
            Assert.That((ulong)p % caches[cache]->align, Is.Zero);
            new Span<byte>(p, (int)size).Fill(next);
            live.Add(((nint)p, cache, next));
            next = (byte)(next == 100 ? 1 : next + 1); // never the pattern of free objects
        }

        (nint p, int cache) Give(int which)
        {
            var (p, cache, tag) = live[which];
            live[which] = live[^1];
            live.RemoveAt(live.Count - 1);
            Assert.That(new Span<byte>((void*)p, (int)caches[cache]->object_size).IndexOfAnyExcept(tag), Is.LessThan(0), "bytes were changed while in use");
            return (p, cache);
        }

        void** bulk = stackalloc void*[32];
        foreach (var (op, a, b) in ops)
        {
            switch (op)
            {
                case Op.Alloc:
                {
                    int cache = a % caches.Length;
                    void* p = kmem_cache_alloc(caches[cache], GFP_KERNEL | (b % 3 == 0 ? __GFP_ZERO : 0));
                    if (b % 3 == 0)
                        Assert.That(new Span<byte>(p, (int)caches[cache]->object_size).IndexOfAnyExcept((byte)0), Is.LessThan(0));
                    Take(p, cache);
                    break;
                }
                case Op.Free when live.Count > 0:
                {
                    var (p, cache) = Give(a % live.Count);
                    if (b % 2 == 0)
                        kmem_cache_free(caches[cache], (void*)p);
                    else
                        kfree((void*)p);
                    break;
                }
                case Op.Bulk:
                {
                    int n = 1 + b % 32;
                    Assert.That(kmem_cache_alloc_bulk(caches[a % caches.Length], GFP_KERNEL, (ulong)n, bulk), Is.EqualTo(n));
                    for (int i = 0; i < n; i++)
                        Take(bulk[i], a % caches.Length);
                    break;
                }
                case Op.FreeBulk when live.Count > 0:
                {
                    int n = Math.Min(live.Count, 1 + b % 32);
                    for (int i = 0; i < n; i++)
                        bulk[i] = (void*)Give((a + i) % live.Count).p;
                    kfree_bulk((ulong)n, bulk);
                    break;
                }
                case Op.Cpu:
                    machine.On(a % 3);
                    break;
                case Op.Shrink:
                    kmem_cache_shrink_all();
                    for (int i = 0; i < caches.Length; i++)
                        Assert.That(kmem_cache_live_objects(caches[i]), Is.EqualTo(live.Count(o => o.cache == i)));
                    break;
            }
        }
        while (live.Count > 0)
        {
            var (p, cache) = Give(live.Count - 1);
            kmem_cache_free(caches[cache], (void*)p);
        }
        kmem_cache_shrink_all();
        foreach (kmem_cache* s in caches)
            kmem_cache_destroy(s);
        machine.CheckNothingLost();
    }

    /// <summary>Four CPUs at once, each freeing what another one allocated.</summary>
    [Test]
    public void Four_threads_pass_objects_to_each_other()
    {
        const int Cpus = 4, Rounds = 60_000, Slots = 4096;
        using var machine = new SlabMachine(cpus: Cpus);
        kmem_cache* s = kmem_cache_create("passed"u8, 72, 0, SLAB_NO_MERGE, null);
        nint[] slots = new nint[Slots];
        var threads = new Thread[Cpus];
        Exception? failure = null;
        for (int t = 0; t < Cpus; t++)
        {
            int cpu = t;
            threads[t] = new Thread(() =>
            {
                try
                {
                    machine.On(cpu);
                    var random = new Random(cpu);
                    for (int i = 0; i < Rounds; i++)
                    {
                        ulong* p = (ulong*)kmem_cache_alloc(s, GFP_KERNEL);
                        ulong mark = (ulong)p ^ 0x5555_5555_5555_5555;
                        for (int w = 0; w < 9; w++)
                            p[w] = mark;
                        ulong* other = (ulong*)Interlocked.Exchange(ref slots[random.Next(Slots)], (nint)p);
                        if (other == null)
                            continue;
                        for (int w = 0; w < 9; w++)
                        {
                            if (other[w] != ((ulong)other ^ 0x5555_5555_5555_5555))
                                throw new InvalidOperationException("an object was handed out twice");
                        }
                        kmem_cache_free(s, other);
                    }
                }
                catch (Exception e)
                {
                    failure = e;
                }
            });
        }
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        Assert.That(failure, Is.Null);
        int left = slots.Count(p => p != 0);
        kmem_cache_shrink_all();
        Assert.That(kmem_cache_live_objects(s), Is.EqualTo(left));
        foreach (nint p in slots.Where(p => p != 0))
            kmem_cache_free(s, (void*)p);
        kmem_cache_shrink_all();
        kmem_cache_destroy(s);
        machine.CheckNothingLost();
    }

    [Test]
    public void Krealloc_keeps_what_was_there()
    {
        using var machine = new SlabMachine();
        var random = new Random(1);
        byte* p = (byte*)kmalloc(16, GFP_KERNEL);
        int size = 16;
        new Span<byte>(p, size).Fill(7);
        for (int i = 0; i < 200; i++)
        {
            int next = random.Next(1, 40_000);
            p = (byte*)krealloc(p, (ulong)next, GFP_KERNEL);
            Assert.That(new Span<byte>(p, Math.Min(size, next)).IndexOfAnyExcept((byte)7), Is.LessThan(0));
            new Span<byte>(p, next).Fill(7);
            size = next;
        }
        Assert.That(krealloc(p, 0, GFP_KERNEL) == ZERO_SIZE_PTR);
        machine.CheckNothingLost();
    }

    [Test]
    public void Caches_of_like_objects_are_one_and_others_are_not()
    {
        using var machine = new SlabMachine();
        kmem_cache* a = kmem_cache_create("a"u8, 1200, 0, 0, null);
        kmem_cache* b = kmem_cache_create("b"u8, 1196, 0, 0, null);
        kmem_cache* c = kmem_cache_create("c"u8, 1200, 0, SLAB_ACCOUNT, null);
        kmem_cache* d = kmem_cache_create("d"u8, 1200, 0, SLAB_TYPESAFE_BY_RCU, null);
        Assert.That(a == b);
        Assert.That(a->refcount, Is.EqualTo(2));
        Assert.That(a != c && a != d && c != d);
        Assert.That(a->size, Is.EqualTo(1200u));
        Assert.That(d->size, Is.EqualTo(1208u), "the free pointer stands after an object that readers may still look at");
        kmem_cache_destroy(a);
        kmem_cache_destroy(b);
        kmem_cache_destroy(c);
        kmem_cache_destroy(d);
        machine.CheckNothingLost();
    }

    [Test]
    public void The_nth_allocation_fails_and_no_other()
    {
        using var machine = new SlabMachine();
        failslab_ignore_gfp_reclaim = false;
        for (ulong n = 1; n <= 20; n++)
        {
            failslab_attr->probability = 100;
            failslab_attr->interval = n;
            failslab_attr->count = 0;
            failslab_attr->times.counter = 1;
            for (ulong call = 1; call <= 30; call++)
            {
                void* p = kmalloc(100, GFP_KERNEL);
                Assert.That(p == null, Is.EqualTo(call == n), $"call {call}, to fail {n}");
                kfree(p);
            }
        }
        failslab_attr->probability = 0;
        machine.CheckNothingLost();
    }

    [Test]
    public void What_is_left_is_named_with_its_number()
    {
        using var machine = new SlabMachine();
        kmem_cache* s = kmem_cache_create("leaky"u8, 200, 0, SLAB_NO_MERGE, null);
        void* a = kmem_cache_alloc(s, GFP_KERNEL), b = kmem_cache_alloc(s, GFP_KERNEL);
        void* c = kmalloc(2000, GFP_KERNEL);
        Assert.That(kmem_cache_leaks(), Does.Contain("leaky 2").And.Contain("kmalloc-2k 1"));
        var oops = Assert.Throws<KernelOops>(() => kmem_cache_shutdown_all());
        Assert.That(oops!.Message, Does.Contain("leaky 2"));
        kmem_cache_free(s, a);
        kmem_cache_free(s, b);
        kfree(c);
        kmem_cache_destroy(s);
        machine.CheckNothingLost();
    }

#if DEBUG
    [Test]
    public void A_write_to_a_free_object_is_found_when_it_is_allocated()
    {
        using var machine = new SlabMachine();
        kmem_cache* s = kmem_cache_create("poisoned"u8, 128, 0, SLAB_NO_MERGE, null);
        byte* p = (byte*)kmem_cache_alloc(s, GFP_KERNEL);
        kmem_cache_free(s, p);
        p[100] = 1;
        var oops = Assert.Throws<KernelOops>(() => { while (kmem_cache_alloc(s, GFP_KERNEL) != p) { } });
        Assert.That(oops!.Message, Does.Contain("poisoned").And.Contain("offset 100"));
    }

    [Test]
    public void A_second_free_is_found()
    {
        using var machine = new SlabMachine();
        void* p = kmalloc(128, GFP_KERNEL);
        kfree(p);
        var oops = Assert.Throws<KernelOops>(() => kfree(p));
        Assert.That(oops!.Message, Does.Contain("freed twice"));
    }

    [Test]
    public void Freeing_the_middle_of_an_object_is_found()
    {
        using var machine = new SlabMachine();
        byte* p = (byte*)kmalloc(128, GFP_KERNEL);
        Assert.Throws<KernelOops>(() => kfree(p + 8));
        kfree(p);
    }
#endif
}
