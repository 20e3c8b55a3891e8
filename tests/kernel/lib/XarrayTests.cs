// SPDX-License-Identifier: GPL-2.0-only
using System.Runtime.InteropServices;
using CsCheck;
using Linux;
using static Linux.lib_xarray_c;
using static Linux.linux_gfp_types_h;
using static Linux.linux_rcupdate_h;
using static Linux.linux_xarray_h;

namespace KMemcg.Kernel.Tests.lib;

/// <summary>lib/xarray.c against a sorted dictionary, with every node's counts and marks checked.</summary>
internal sealed unsafe class XarrayTests
{
    private const int EBUSY = 16;
    private const int Marks = XA_MAX_MARKS;

    private sealed class Entry
    {
        public required nint Value;
        public readonly bool[] Marked = new bool[Marks];
    }

    private enum Operation
    {
        Store,
        Erase,
        Insert,
        Cmpxchg,
        SetMark,
        ClearMark,
        Reserve,
        Walk,
    }

    /// <summary>Indices that meet, at the edges of nodes of several levels.</summary>
    private static readonly Gen<ulong> Indices = Gen.OneOf(
        Gen.ULong[0, 3], Gen.ULong[61, 66], Gen.ULong[4094, 4098], Gen.ULong[262142, 262146],
        Gen.ULong[(1ul << 36) - 1, (1ul << 36) + 1], Gen.ULong[ulong.MaxValue - 1, ulong.MaxValue]);

    private static readonly Gen<Operation> Operations = Gen.Int[0, 12].Select(i => i switch
    {
        < 4 => Operation.Store,
        < 6 => Operation.Erase,
        6 => Operation.Insert,
        7 => Operation.Cmpxchg,
        8 => Operation.SetMark,
        9 => Operation.ClearMark,
        10 => Operation.Reserve,
        _ => Operation.Walk,
    });

    [Test]
    public void IsASortedDictionary()
    {
        using TestMachine m = TestMachine.Boot();
        m.Run(() => Gen.Select(Operations, Indices, Gen.ULong[1, 3], Gen.Bool, Gen.UInt[0, Marks - 1]).List[1, 120].Sample(steps =>
        {
            xarray* xa = (xarray*)NativeMemory.AllocZeroed((nuint)sizeof(xarray));
            xa_init(xa);
            SortedDictionary<ulong, Entry> model = [];

            foreach ((Operation what, ulong index, ulong n, bool pointer, uint mark) in steps)
            {
                Apply(xa, model, what, index, pointer ? (nint)(n << 12) : (nint)xa_mk_value(n), mark);
                Check(xa, model);
            }

            foreach (ulong index in model.Keys)
                xa_erase(xa, index);
            Assert.That(xa_empty(xa), Is.True);
            NativeMemory.Free(xa);
        }, iter: 300, threads: 1));
    }

    private static void Apply(xarray* xa, SortedDictionary<ulong, Entry> model, Operation what, ulong index, nint value, uint mark)
    {
        Entry? old = model.GetValueOrDefault(index);
        nint seen = old?.Value == (nint)XA_ZERO_ENTRY ? 0 : old?.Value ?? 0;
        switch (what)
        {
            case Operation.Store:
                Assert.That((nint)xa_store(xa, index, (void*)value, GFP_KERNEL), Is.EqualTo(seen));
                if (old is null)
                    model[index] = new Entry { Value = value };
                else
                    old.Value = value;
                break;
            case Operation.Erase:
                Assert.That((nint)xa_erase(xa, index), Is.EqualTo(seen));
                model.Remove(index);
                break;
            case Operation.Insert:
                Assert.That(xa_insert(xa, index, (void*)value, GFP_KERNEL), Is.EqualTo(old is null ? 0 : -EBUSY));
                model.TryAdd(index, new Entry { Value = value });
                break;
            case Operation.Cmpxchg:
                nint expect = seen;
                Assert.That((nint)xa_cmpxchg(xa, index, (void*)expect, (void*)value, GFP_KERNEL), Is.EqualTo(seen));
                if (old is null)
                    model[index] = new Entry { Value = value };
                else if (old.Value != (nint)XA_ZERO_ENTRY)
                    old.Value = value;
                break;
            case Operation.SetMark:
                xa_set_mark(xa, index, mark);
                if (old is not null)
                    old.Marked[mark] = true;
                break;
            case Operation.ClearMark:
                xa_clear_mark(xa, index, mark);
                if (old is not null)
                    old.Marked[mark] = false;
                break;
            case Operation.Reserve:
                Assert.That(xa_reserve(xa, index, GFP_KERNEL), Is.Zero);
                model.TryAdd(index, new Entry { Value = (nint)XA_ZERO_ENTRY });
                break;
            case Operation.Walk:
                CheckWalks(xa, model, index);
                break;
        }
    }

    // Some thousand comparisons a step: too many for constraints that are objects.
    private static void Check(xarray* xa, SortedDictionary<ulong, Entry> model)
    {
        uint marks = 0;
        foreach ((ulong index, Entry entry) in model)
        {
            nint found = (nint)xa_load(xa, index);
            if (found != (entry.Value == (nint)XA_ZERO_ENTRY ? 0 : entry.Value))
                Assert.Fail($"{found:x} at {index} instead of {entry.Value:x}");
            for (uint mark = 0; mark < Marks; mark++)
            {
                if (xa_get_mark(xa, index, mark) != entry.Marked[mark])
                    Assert.Fail($"mark {mark} of {index} is not {entry.Marked[mark]}");
                if (entry.Marked[mark])
                    marks |= 1u << (int)mark;
            }
        }

        for (uint mark = 0; mark < Marks; mark++)
            Assert.That(xa_marked(xa, mark), Is.EqualTo((marks >> (int)mark & 1) != 0));
        Assert.That(xa_empty(xa), Is.EqualTo(model.Count == 0));
        if (xa_is_node(rcu_access_pointer(&xa->xa_head)))
            CheckNode(xa, xa_to_node(rcu_access_pointer(&xa->xa_head)), null);
    }

    private static void CheckNode(xarray* xa, xa_node* node, xa_node* parent)
    {
        int count = 0, values = 0;
        ulong used = 0, below = 0;
        Span<ulong> marked = stackalloc ulong[Marks];
        marked.Clear();
        Assert.That(rcu_access_pointer(&node->parent) == parent && node->array == xa, Is.True);
        for (int i = 0; i < XA_CHUNK_SIZE; i++)
        {
            void* entry = rcu_access_pointer(&node->slots[i]);
            if (entry == null)
                continue;
            count++;
            used |= 1ul << i;
            if (xa_is_value(entry))
                values++;
            if (node->shift == 0 || !xa_is_node(entry))
                continue;

            xa_node* child = xa_to_node(entry);
            Assert.That(child->offset, Is.EqualTo(i));
            Assert.That(child->shift, Is.EqualTo(node->shift - XA_CHUNK_SHIFT));
            CheckNode(xa, child, node);
            below |= 1ul << i;
            for (int mark = 0; mark < Marks; mark++)
                marked[mark] |= child->marks[mark] != 0 ? 1ul << i : 0;
        }

        for (int mark = 0; mark < Marks; mark++)
        {
            Assert.That(node->marks[mark] & below, Is.EqualTo(marked[mark]), "a mark is set above where it is set below");
            Assert.That(node->marks[mark] & ~used, Is.Zero, "and nowhere else");
        }

        Assert.That(node->count, Is.EqualTo(count));
        Assert.That(node->nr_values, Is.EqualTo(values));
        Assert.That(count, Is.Positive, "no empty nodes stay");
    }

    private static void CheckWalks(xarray* xa, SortedDictionary<ulong, Entry> model, ulong start)
    {
        List<ulong> present = [.. model.Where(e => e.Key >= start && e.Value.Value != (nint)XA_ZERO_ENTRY).Select(e => e.Key)];
        List<ulong> found = [];
        ulong index = start;
        for (void* e = xa_find(xa, &index, ulong.MaxValue, XA_PRESENT); e != null; e = xa_find_after(xa, &index, ulong.MaxValue, XA_PRESENT))
            found.Add(index);
        Assert.That(found, Is.EqualTo(present));

        linux_rcupdate_h.rcu_read_lock();
        found.Clear();
        xa_state xas = XA_STATE(xa, start);
        for (void* e = xas_find(&xas, ulong.MaxValue); e != null; e = xas_next_entry(&xas, ulong.MaxValue))
        {
            if (xas_retry(&xas, e))
                continue;
            found.Add(xas.xa_index);
            if ((found.Count & 1) != 0)
                xas_pause(&xas);
        }

        Assert.That(found, Is.EqualTo(present));

        for (uint mark = 0; mark < Marks; mark++)
        {
            found.Clear();
            xas_set(&xas, start);
            for (void* e = xas_find_marked(&xas, ulong.MaxValue, mark); e != null; e = xas_next_marked(&xas, ulong.MaxValue, mark))
                found.Add(xas.xa_index);
            Assert.That(found, Is.EqualTo(model.Where(e => e.Key >= start && e.Value.Marked[mark]).Select(e => e.Key)));
        }

        // Steps of one, both ways, over holes and ends; going round at the top is an end of the array, and not asked here.
        xas_set(&xas, start);
        xas_load(&xas);
        ulong steps = start > ulong.MaxValue - 70 ? 0 : 70ul;
        for (ulong i = 1; i < steps; i++)
        {
            nint entry = (nint)xas_next(&xas);
            if (xas.xa_index != start + i || entry != (model.GetValueOrDefault(start + i)?.Value ?? 0))
                Assert.Fail($"{entry:x} at {xas.xa_index}, {(long)i} from {start}");
        }

        for (ulong i = steps > 0 ? 69 : 0ul; i-- > 0;)
        {
            nint entry = (nint)xas_prev(&xas);
            if (xas.xa_index != start + i || entry != (model.GetValueOrDefault(start + i)?.Value ?? 0))
                Assert.Fail($"{entry:x} at {xas.xa_index}, {(long)i} from {start}");
        }

        linux_rcupdate_h.rcu_read_unlock();
    }

    [TestCase(XA_FLAGS_ALLOC, 0u)]
    [TestCase(XA_FLAGS_ALLOC1, 1u)]
    public void AllocatesTheLowestFreeIndex(uint flags, uint lowest)
    {
        using TestMachine m = TestMachine.Boot();
        m.Run(() => Gen.Select(Gen.Bool, Gen.UInt[0, 300], Gen.UInt[0, 40]).List[1, 400].Sample(steps =>
        {
            xarray* xa = (xarray*)NativeMemory.AllocZeroed((nuint)sizeof(xarray));
            xa_init_flags(xa, flags);
            SortedSet<uint> model = [];

            foreach ((bool allocate, uint n, uint min) in steps)
            {
                if (allocate)
                {
                    uint expected = Math.Max(min, lowest);
                    while (model.Contains(expected))
                        expected++;
                    uint id = 0;
                    int error = xa_alloc(xa, &id, xa_mk_value(n), XA_LIMIT(Math.Max(min, lowest), 127), GFP_KERNEL);
                    Assert.That(error, Is.EqualTo(expected > 127 ? -EBUSY : 0));
                    if (error != 0)
                        continue;
                    Assert.That(id, Is.EqualTo(expected));
                    model.Add(id);
                }
                else if (model.Count > 0)
                {
                    uint id = model.ElementAt((int)(n % (uint)model.Count));
                    Assert.That(xa_erase(xa, id) != null, Is.True);
                    model.Remove(id);
                }
            }

            xa_destroy(xa);
            Assert.That(xa_empty(xa), Is.True);
            NativeMemory.Free(xa);
        }, iter: 60, threads: 1));
    }

    [Test]
    public void CyclicAllocationGoesRound()
    {
        using TestMachine m = TestMachine.Boot();
        m.Run(() =>
        {
            xarray xa = default;
            uint next = 0, id;
            xa_init_flags(&xa, XA_FLAGS_ALLOC);
            xa_limit limit = XA_LIMIT(1, 4);

            for (uint expected = 1; expected <= 4; expected++)
            {
                Assert.That(xa_alloc_cyclic(&xa, &id, xa_mk_value(1), limit, &next, GFP_KERNEL), Is.Zero);
                Assert.That(id, Is.EqualTo(expected));
            }

            Assert.That(xa_alloc_cyclic(&xa, &id, xa_mk_value(1), limit, &next, GFP_KERNEL), Is.EqualTo(-EBUSY));
            xa_erase(&xa, 2);
            Assert.That(xa_alloc_cyclic(&xa, &id, xa_mk_value(1), limit, &next, GFP_KERNEL), Is.Zero);
            Assert.That(id, Is.EqualTo(2));
            xa_destroy(&xa);
        });
    }

    private static int s_updates;

    private static void CountUpdate(xa_node* node) => s_updates++;

    [Test]
    public void OwnerHearsOfEveryNodeThatChanges()
    {
        using TestMachine m = TestMachine.Boot();
        m.Run(() =>
        {
            xarray xa = default;
            xa_init(&xa);
            s_updates = 0;
            xa_state xas = XA_STATE(&xa, 100);
            xas_set_update(&xas, &CountUpdate);

            do
            {
                xas_lock(&xas);
                xas_store(&xas, xa_mk_value(1));
                xas_unlock(&xas);
            } while (xas_nomem(&xas, GFP_KERNEL));

            Assert.That(xas_error(&xas), Is.Zero);
            Assert.That(s_updates, Is.Positive);
            xa_node* node = xas.xa_node;
            Assert.That(node->nr_values, Is.EqualTo(node->count));

            // As the shadow shrinker does: the node's slot in its parent is emptied, and with it the tree.
            s_updates = 0;
            xa_lock(&xa);
            xa_delete_node(node, &CountUpdate);
            xa_unlock(&xa);
            Assert.That(xa_empty(&xa), Is.True);
            Assert.That(s_updates, Is.Positive);
        });
    }

    [Test]
    public void ExtractsWhatIsThere()
    {
        using TestMachine m = TestMachine.Boot();
        m.Run(() =>
        {
            xarray xa = default;
            xa_init(&xa);
            for (ulong i = 0; i < 200; i += 3)
                xa_store(&xa, i, xa_mk_value(i), GFP_KERNEL);
            xa_set_mark(&xa, 99, XA_MARK_1);
            xa_set_mark(&xa, 150, XA_MARK_1);
            void** found = stackalloc void*[4];

            Assert.That(xa_extract(&xa, found, 98, 120, 4, XA_PRESENT), Is.EqualTo(4));
            Assert.That(xa_to_value(found[0]), Is.EqualTo(99));
            Assert.That(xa_to_value(found[3]), Is.EqualTo(108));
            Assert.That(xa_extract(&xa, found, 0, ulong.MaxValue, 4, XA_MARK_1), Is.EqualTo(2));
            Assert.That(xa_to_value(found[1]), Is.EqualTo(150));
            xa_destroy(&xa);
        });
    }
}
