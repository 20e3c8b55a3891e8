// SPDX-License-Identifier: GPL-2.0-only
using System.Runtime.InteropServices;
using CsCheck;
using Linux;
using static Linux.lib_idr_c;
using static Linux.lib_radix_tree_c;
using static Linux.linux_gfp_types_h;
using static Linux.linux_idr_h;
using static Linux.linux_radix_tree_h;

namespace KMemcg.Kernel.Tests.lib;

/// <summary>lib/idr.c and the part of lib/radix-tree.c under it, against sorted collections.</summary>
internal sealed unsafe class IdrTests
{
    private const int ENOSPC = 28;
    private const int ENOENT = 2;
    private const int EEXIST = 17;

    [TestCase(0)]
    [TestCase(5)]
    public void IdrGivesTheLowestFreeId(int @base)
    {
        using TestMachine m = TestMachine.Boot();
        m.Run(() => Gen.Select(Gen.Int[0, 5], Gen.Int[0, 4200], Gen.Int[1, 200]).List[1, 300].Sample(steps =>
        {
            idr* ids = (idr*)NativeMemory.AllocZeroed((nuint)sizeof(idr));
            idr_init_base(ids, @base);
            SortedDictionary<int, nint> model = [];

            foreach ((int what, int n, int span) in steps)
            {
                switch (what)
                {
                    case < 4:
                        int start = what == 3 ? n : n % 70;
                        int expected = Math.Max(start, @base);
                        while (model.ContainsKey(expected))
                            expected++;
                        // IDs may own null.
                        nint pointer = (nint)(n % 3) << 12;
                        int end = what == 2 ? 0 : start + span;
                        int id = idr_alloc(ids, (void*)pointer, start, end, GFP_KERNEL);
                        Assert.That(id, Is.EqualTo(end != 0 && expected >= end ? -ENOSPC : expected));
                        if (id >= 0)
                            model[id] = pointer;
                        break;
                    case 4 when model.Count > 0:
                        int gone = model.Keys.ElementAt(n % model.Count);
                        Assert.That((nint)idr_remove(ids, (ulong)gone), Is.EqualTo(model[gone]));
                        model.Remove(gone);
                        break;
                    case 5 when model.Count > 0:
                        int changed = model.Keys.ElementAt(n % model.Count);
                        Assert.That((nint)idr_replace(ids, (void*)0x7000, (ulong)changed), Is.EqualTo(model[changed]));
                        model[changed] = 0x7000;
                        break;
                }

                CheckIdr(ids, model, n);
            }

            idr_destroy(ids);
            Assert.That(idr_is_empty(ids), Is.True);
            NativeMemory.Free(ids);
        }, iter: 60, threads: 1));
    }

    private static void CheckIdr(idr* ids, SortedDictionary<int, nint> model, int n)
    {
        Assert.That((nint)idr_find(ids, (ulong)n), Is.EqualTo(model.GetValueOrDefault(n)));
        Assert.That(idr_is_empty(ids), Is.EqualTo(model.Count == 0));
        List<int> walked = [];
        int id = 0;
        for (void* p = idr_get_next(ids, &id); p != null; id++, p = idr_get_next(ids, &id))
            walked.Add(id);
        Assert.That(walked, Is.EqualTo(model.Where(e => e.Value != 0).Select(e => e.Key)));
    }

    [Test]
    public void IdrCyclic()
    {
        using TestMachine m = TestMachine.Boot();
        m.Run(() =>
        {
            idr ids = default;
            idr_init(&ids);

            for (int expected = 1; expected < 5; expected++)
                Assert.That(idr_alloc_cyclic(&ids, (void*)0x1000, 1, 5, GFP_KERNEL), Is.EqualTo(expected));
            Assert.That(idr_alloc_cyclic(&ids, (void*)0x1000, 1, 5, GFP_KERNEL), Is.EqualTo(-ENOSPC));
            idr_remove(&ids, 2);
            Assert.That(idr_alloc_cyclic(&ids, (void*)0x1000, 1, 5, GFP_KERNEL), Is.EqualTo(2));
            Assert.That(idr_get_cursor(&ids), Is.EqualTo(3));
            Assert.That((nint)idr_replace(&ids, (void*)0x2000, 77), Is.EqualTo((nint)(-ENOENT)));
            idr_destroy(&ids);
        });
    }

    [Test]
    public void PreloadedNodesServeAllocationsThatMayNotSleep()
    {
        using TestMachine m = TestMachine.Boot();
        m.Run(() =>
        {
            idr ids = default;
            idr_init(&ids);

            idr_preload(GFP_KERNEL);
            Assert.That(idr_alloc(&ids, (void*)0x1000, 1000, 0, GFP_NOWAIT), Is.EqualTo(1000));
            idr_preload_end();
            Assert.That((nint)idr_find(&ids, 1000), Is.EqualTo((nint)0x1000));
            idr_destroy(&ids);
            for (uint cpu = 0; cpu < linux_cpumask_h.nr_cpu_ids; cpu++)
                radix_tree_cpu_dead(cpu);
        });
    }

    [Test]
    public void IdaGivesTheLowestFreeId()
    {
        using TestMachine m = TestMachine.Boot();
        m.Run(() => Gen.Select(Gen.Bool, Gen.UInt[0, 2100]).List[1, 300].Sample(steps =>
        {
            ida* ids = (ida*)NativeMemory.AllocZeroed((nuint)sizeof(ida));
            ida_init(ids);
            SortedSet<uint> model = [];

            foreach ((bool allocate, uint n) in steps)
            {
                if (allocate)
                {
                    // Mostly around the ends of values and bitmaps: 62, 63, 1023, 1024.
                    uint min = (n % 4) switch { 0 => 0, 1 => 60 + n % 6, 2 => 1020 + n % 8, _ => n };
                    uint expected = min;
                    while (model.Contains(expected))
                        expected++;
                    int id = ida_alloc_range(ids, min, 2047, GFP_KERNEL);
                    Assert.That(id, Is.EqualTo(expected > 2047 ? -ENOSPC : (int)expected));
                    if (id >= 0)
                        model.Add((uint)id);
                }
                else if (model.Count > 0)
                {
                    uint id = model.ElementAt((int)(n % (uint)model.Count));
                    ida_free(ids, id);
                    model.Remove(id);
                }

                Assert.That(ida_is_empty(ids), Is.EqualTo(model.Count == 0));
                Assert.That(ida_find_first(ids), Is.EqualTo(model.Count == 0 ? -ENOENT : (int)model.Min));
                Assert.That(n <= 2047 && ida_exists(ids, n), Is.EqualTo(model.Contains(n)));
            }

            ida_destroy(ids);
            Assert.That(ida_is_empty(ids), Is.True);
            NativeMemory.Free(ids);
        }, iter: 60, threads: 1));
    }

    [Test]
    public void RadixTreeIsASortedDictionary()
    {
        using TestMachine m = TestMachine.Boot();
        Gen<ulong> indices = Gen.OneOf(Gen.ULong[0, 3], Gen.ULong[62, 66], Gen.ULong[4094, 4098], Gen.ULong[ulong.MaxValue - 1, ulong.MaxValue]);
        m.Run(() => Gen.Select(Gen.Int[0, 3], indices, Gen.UInt[0, 2]).List[1, 150].Sample(steps =>
        {
            xarray* root = (xarray*)NativeMemory.AllocZeroed((nuint)sizeof(xarray));
            INIT_RADIX_TREE(root, GFP_KERNEL & __GFP_BITS_MASK & ~GFP_ZONEMASK);
            SortedDictionary<ulong, bool[]> model = [];

            foreach ((int what, ulong index, uint tag) in steps)
            {
                nint item = (nint)((index & 0xffff) + 1) << 12;
                switch (what)
                {
                    case 0:
                        Assert.That(radix_tree_insert(root, index, (void*)item), Is.EqualTo(model.TryAdd(index, new bool[3]) ? 0 : -EEXIST));
                        break;
                    case 1:
                        Assert.That((nint)radix_tree_delete(root, index), Is.EqualTo(model.Remove(index) ? item : 0));
                        break;
                    case 2 when model.ContainsKey(index):
                        radix_tree_tag_set(root, index, tag);
                        model[index][tag] = true;
                        break;
                    case 3:
                        radix_tree_tag_clear(root, index, tag);
                        if (model.TryGetValue(index, out bool[]? tags))
                            tags[tag] = false;
                        break;
                }

                CheckTree(root, model);
            }

            foreach (ulong index in model.Keys)
                radix_tree_delete(root, index);
            Assert.That(radix_tree_empty(root), Is.True);
            NativeMemory.Free(root);
        }, iter: 150, threads: 1));
    }

    private static void CheckTree(xarray* root, SortedDictionary<ulong, bool[]> model)
    {
        List<ulong> walked = [];
        radix_tree_iter iter;
        for (var slot = radix_tree_iter_init(&iter, 0);
             slot != null || (slot = radix_tree_next_chunk(root, &iter, 0)) != null;
             slot = radix_tree_next_slot(slot, &iter, 0))
            walked.Add(iter.index);
        Assert.That(walked, Is.EqualTo(model.Keys));

        foreach ((ulong index, bool[] tags) in model)
        {
            Assert.That((nint)radix_tree_lookup(root, index), Is.EqualTo((nint)((index & 0xffff) + 1) << 12));
            for (uint tag = 0; tag < 3; tag++)
                Assert.That(radix_tree_tag_get(root, index, tag), Is.EqualTo(tags[tag]));
        }

        for (uint tag = 0; tag < 3; tag++)
        {
            walked.Clear();
            uint flags = RADIX_TREE_ITER_TAGGED | tag;
            for (var slot = radix_tree_iter_init(&iter, 0);
                 slot != null || (slot = radix_tree_next_chunk(root, &iter, flags)) != null;
                 slot = radix_tree_next_slot(slot, &iter, flags))
                walked.Add(iter.index);
            Assert.That(walked, Is.EqualTo(model.Where(e => e.Value[tag]).Select(e => e.Key)));
            Assert.That(radix_tree_tagged(root, tag), Is.EqualTo(walked.Count > 0));
        }
    }
}
