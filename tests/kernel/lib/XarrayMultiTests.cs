// SPDX-License-Identifier: GPL-2.0-only
using System.Runtime.InteropServices;
using CsCheck;
using Linux;
using static Linux.lib_xarray_c;
using static Linux.linux_gfp_types_h;
using static Linux.linux_rcupdate_h;
using static Linux.linux_xarray_h;

namespace KMemcg.Kernel.Tests.lib;

/// <summary>Entries of 2^order indices against a dictionary of ranges, used as the page cache uses them.</summary>
internal sealed unsafe class XarrayMultiTests
{
    private const int Marks = XA_MAX_MARKS;
    private const uint MaxOrder = 2 * XA_CHUNK_SHIFT - 1;

    private sealed record Wide(uint Order, nint Value, bool[] Marked);

    private enum Operation
    {
        Store,
        Erase,
        SetMark,
        ClearMark,
        Split,
        TrySplit,
    }

    private static readonly Gen<ulong> Indices = Gen.OneOf(
        Gen.ULong[0, 130], Gen.ULong[2040, 2060], Gen.ULong[4090, 4200], Gen.ULong[262140, 262150]);

    private static readonly Gen<Operation> Operations = Gen.Int[0, 9].Select(i => i switch
    {
        < 4 => Operation.Store,
        4 => Operation.Erase,
        5 => Operation.SetMark,
        6 => Operation.ClearMark,
        7 => Operation.Split,
        _ => Operation.TrySplit,
    });

    [Test]
    public void IsADictionaryOfRanges()
    {
        using TestMachine m = TestMachine.Boot();
        m.Run(() => Gen.Select(Operations, Indices, Gen.UInt[0, MaxOrder], Gen.ULong[1, 3], Gen.Bool, Gen.UInt[0, Marks - 1]).List[1, 40].Sample(steps =>
        {
            xarray* xa = (xarray*)NativeMemory.AllocZeroed((nuint)sizeof(xarray));
            xa_init(xa);
            SortedDictionary<ulong, Wide> model = [];

            foreach ((Operation what, ulong index, uint order, ulong n, bool pointer, uint mark) in steps)
                Apply(xa, model, what, index, order, pointer ? (nint)(n << 12) : (nint)xa_mk_value(n), mark);

            Check(xa, model);
            foreach (ulong index in model.Keys.ToArray())
                xa_erase(xa, index);
            Assert.That(xa_empty(xa), Is.True);
            NativeMemory.Free(xa);
        }, iter: 50, threads: 1));
    }

    private static (ulong Start, Wide Entry)? At(SortedDictionary<ulong, Wide> model, ulong index)
    {
        foreach ((ulong start, Wide entry) in model)
        {
            if (index - start < 1UL << (int)entry.Order)
                return (start, entry);
        }

        return null;
    }

    private static void Apply(xarray* xa, SortedDictionary<ulong, Wide> model, Operation what, ulong index, uint order, nint value, uint mark)
    {
        (ulong Start, Wide Entry)? there = At(model, index);
        switch (what)
        {
            case Operation.Store:
                Store(xa, model, index >> (int)order << (int)order, order, value);
                break;
            case Operation.Erase:
                Assert.That((nint)xa_erase(xa, index), Is.EqualTo(there?.Entry.Value ?? (nint)0));
                if (there != null)
                    model.Remove(there.Value.Start);
                break;
            case Operation.SetMark or Operation.ClearMark:
                if (what == Operation.SetMark)
                    xa_set_mark(xa, index, mark);
                else
                    xa_clear_mark(xa, index, mark);
                if (there != null)
                    there.Value.Entry.Marked[mark] = what == Operation.SetMark;
                break;
            default:
                if (there != null && there.Value.Entry.Order > order)
                    Split(xa, model, there.Value.Start, there.Value.Entry, what == Operation.Split ? order : ulong.MaxValue, index);
                break;
        }
    }

    // Over smaller ones; a larger one is in the way, as it is of a folio of the page cache.
    private static void Store(xarray* xa, SortedDictionary<ulong, Wide> model, ulong start, uint order, nint value)
    {
        if (At(model, start) is { } large && large.Entry.Order > order)
            return;

        xa_state xas = XA_STATE_ORDER(xa, start, order);
        do
        {
            xas_lock(&xas);
            int conflicts = 0;
            while (xas_find_conflict(&xas) != null)
                conflicts++;
            Assert.That(conflicts, Is.EqualTo(model.Keys.Count(k => k - start < 1UL << (int)order)));
            xas_store(&xas, (void*)value);
            xas_unlock(&xas);
        }
        while (xas_nomem(&xas, GFP_KERNEL));
        Assert.That(xas_error(&xas), Is.Zero);

        // What any of them was marked with, it is.
        bool[] marked = new bool[Marks];
        foreach (ulong k in model.Keys.Where(k => k - start < 1UL << (int)order).ToArray())
        {
            for (int mark = 0; mark < Marks; mark++)
                marked[mark] |= model[k].Marked[mark];
            model.Remove(k);
        }

        model[start] = new Wide(order, value, marked);
    }

    private static void Split(xarray* xa, SortedDictionary<ulong, Wide> model, ulong start, Wide entry, ulong order, ulong index)
    {
        xa_state xas = XA_STATE(xa, index);
        uint to;
        if (order <= MaxOrder)
        {
            // Into parts of one size, of which the nodes are there before.
            to = (uint)order;
            xas_set_order(&xas, start, to);
            xas_split_alloc(&xas, (void*)entry.Value, entry.Order, GFP_KERNEL);
            Assert.That(xas_error(&xas), Is.Zero);
            xas_lock(&xas);
            xas_split(&xas, (void*)entry.Value, entry.Order);
            xas_unlock(&xas);
            xas_destroy(&xas);
            Parts(model, start, entry, start, entry.Order, to);
        }
        else
        {
            // One step down, which takes one node at most.
            to = xas_try_split_min_order(entry.Order);
            xas_set_order(&xas, index, to);
            xas_lock(&xas);
            xas_try_split(&xas, (void*)entry.Value, entry.Order);
            xas_unlock(&xas);
            Assert.That(xas_error(&xas), Is.Zero);
            xas_destroy(&xas);
            // Within a node it is the range of the whole entry that is cut.
            Parts(model, start, entry, start, entry.Order, to);
        }
    }

    private static void Parts(SortedDictionary<ulong, Wide> model, ulong start, Wide entry, ulong from, uint order, uint to)
    {
        model.Remove(start);
        for (ulong i = from; i < from + (1UL << (int)order); i += 1UL << (int)to)
            model[i] = new Wide(to, entry.Value, [.. entry.Marked]);
    }

    private static void Check(xarray* xa, SortedDictionary<ulong, Wide> model)
    {
        foreach ((ulong start, Wide entry) in model)
        {
            ulong last = start + (1UL << (int)entry.Order) - 1;
            foreach (ulong i in (ulong[])[start, (start + last) / 2, last])
            {
                Assert.That((nint)xa_load(xa, i), Is.EqualTo(entry.Value), $"{i} of {start}");
                Assert.That(xa_get_order(xa, i), Is.EqualTo(entry.Order), $"order at {i}");
                for (uint mark = 0; mark < Marks; mark++)
                    Assert.That(xa_get_mark(xa, i, mark), Is.EqualTo(entry.Marked[mark]), $"mark {mark} at {i}");
            }

            if (At(model, last + 1) == null)
                Assert.That((nint)xa_load(xa, last + 1), Is.EqualTo((nint)0));
        }

        rcu_read_lock();
        List<(ulong, nint)> found = [];
        xa_state xas = XA_STATE(xa, 0);
        for (void* e = xas_find(&xas, ulong.MaxValue); e != null; e = xas_next_entry(&xas, ulong.MaxValue))
            found.Add((xas.xa_index, (nint)e));
        Assert.That(found, Is.EqualTo(model.Select(e => (e.Key, e.Value.Value))));

        for (uint mark = 0; mark < Marks; mark++)
        {
            found.Clear();
            xas_set(&xas, 0);
            for (void* e = xas_find_marked(&xas, ulong.MaxValue, mark); e != null; e = xas_next_marked(&xas, ulong.MaxValue, mark))
                found.Add((xas.xa_index, (nint)e));
            Assert.That(found, Is.EqualTo(model.Where(e => e.Value.Marked[mark]).Select(e => (e.Key, e.Value.Value))));
        }

        rcu_read_unlock();
    }

    [Test]
    public void ARangeIsStoredInTheFewestEntries()
    {
        using TestMachine m = TestMachine.Boot();
        m.Run(() => Gen.Select(Gen.ULong[0, 5000], Gen.ULong[0, 5000]).Sample((a, b) =>
        {
            (ulong first, ulong last) = (Math.Min(a, b), Math.Max(a, b));
            xarray* xa = (xarray*)NativeMemory.AllocZeroed((nuint)sizeof(xarray));
            xa_init(xa);
            void* entry = xa_mk_value(7);
            Assert.That(xa_is_err(xa_store_range(xa, first, last, entry, GFP_KERNEL)), Is.False);
            foreach (ulong i in (ulong[])[first, (first + last) / 2, last])
                Assert.That((nint)xa_load(xa, i), Is.EqualTo((nint)entry));
            Assert.That((nint)xa_load(xa, last + 1), Is.EqualTo((nint)0));
            if (first > 0)
                Assert.That((nint)xa_load(xa, first - 1), Is.EqualTo((nint)0));
            xa_store_range(xa, first, last, null, GFP_KERNEL);
            Assert.That(xa_empty(xa), Is.True);
            NativeMemory.Free(xa);
        }, iter: 100, threads: 1));
    }
}
