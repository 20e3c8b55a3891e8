// SPDX-License-Identifier: GPL-2.0-only
using CsCheck;
using Linux;
using static Linux.asm_bitops_h;
using static Linux.linux_bitmap_h;
using static Linux.linux_bitops_h;
using static Linux.linux_find_h;
using static Linux.linux_log2_h;

namespace KMemcg.Kernel.Tests.lib;

/// <summary>Bit operations, searches and bitmaps against arrays of bool.</summary>
internal sealed unsafe class BitmapTests
{
    private const int Bits = 200;

    private static readonly Gen<ulong[]> Maps = Gen.OneOf(Gen.Const(0ul), Gen.Const(ulong.MaxValue), Gen.ULong).Array[4];

    private static bool Bit(ulong[] map, ulong i) => (map[i / 64] >> (int)(i % 64) & 1) != 0;

    private static ulong First(ulong size, ulong start, Func<ulong, bool> wanted)
    {
        for (ulong i = start; i < size; i++)
        {
            if (wanted(i))
                return i;
        }

        return size;
    }

    [Test]
    public void Searches()
        => Gen.Select(Maps, Maps, Gen.ULong[0, 256], Gen.ULong[0, 260]).Sample((a, b, size, start) =>
        {
            fixed (ulong* p = a, q = b)
            {
                Assert.That(find_next_bit(p, size, start), Is.EqualTo(First(size, Math.Min(start, size), i => Bit(a, i))));
                Assert.That(find_next_zero_bit(p, size, start), Is.EqualTo(First(size, Math.Min(start, size), i => !Bit(a, i))));
                Assert.That(find_next_and_bit(p, q, size, start),
                    Is.EqualTo(First(size, Math.Min(start, size), i => Bit(a, i) && Bit(b, i))));
                Assert.That(find_first_bit(p, size), Is.EqualTo(First(size, 0, i => Bit(a, i))));
                Assert.That(find_first_zero_bit(p, size), Is.EqualTo(First(size, 0, i => !Bit(a, i))));
                Assert.That(find_first_and_bit(p, q, size), Is.EqualTo(First(size, 0, i => Bit(a, i) && Bit(b, i))));

                ulong last = size;
                List<int> set = [];
                for (ulong i = 0; i < size; i++)
                {
                    if (!Bit(a, i))
                        continue;
                    last = i;
                    set.Add((int)i);
                }

                Assert.That(find_last_bit(p, size), Is.EqualTo(last));
                List<int> walked = [];
                foreach (int i in for_each_set_bit(p, size))
                    walked.Add(i);
                Assert.That(walked, Is.EqualTo(set));
            }
        }, threads: 1);

    [Test]
    public void SetsAndClears()
        => Gen.Select(Maps, Gen.UInt[0, 255], Gen.UInt[0, 255], Gen.Bool).Sample((map, start, length, set) =>
        {
            length = Math.Min(length, 256 - start);
            ulong[] before = [.. map];
            fixed (ulong* p = map)
            {
                if (set)
                    bitmap_set(p, start, length);
                else
                    bitmap_clear(p, start, length);
            }

            for (uint i = 0; i < 256; i++)
            {
                bool inside = i >= start && i < start + length;
                if (Bit(map, i) != (inside ? set : Bit(before, i)))
                    return false;
            }

            return true;
        }, threads: 1);

    [Test]
    public void Operators()
        => Gen.Select(Maps, Maps, Gen.UInt[1, 256]).Sample((a, b, bits) =>
        {
            ulong[] r = new ulong[4];
            IEnumerable<uint> all = Enumerable.Range(0, (int)bits).Select(i => (uint)i);
            fixed (ulong* p = a, q = b, to = r)
            {
                Assert.That(bitmap_and(to, p, q, bits), Is.EqualTo(all.Any(i => Bit(a, i) && Bit(b, i))));
                Assert.That(all.All(i => Bit(r, i) == (Bit(a, i) && Bit(b, i))), Is.True);
                bitmap_or(to, p, q, bits);
                Assert.That(all.All(i => Bit(r, i) == (Bit(a, i) || Bit(b, i))), Is.True);
                Assert.That(bitmap_andnot(to, p, q, bits), Is.EqualTo(all.Any(i => Bit(a, i) && !Bit(b, i))));
                Assert.That(bitmap_equal(p, q, bits), Is.EqualTo(all.All(i => Bit(a, i) == Bit(b, i))));
                Assert.That(bitmap_intersects(p, q, bits), Is.EqualTo(all.Any(i => Bit(a, i) && Bit(b, i))));
                Assert.That(bitmap_subset(p, q, bits), Is.EqualTo(all.All(i => !Bit(a, i) || Bit(b, i))));
                Assert.That(bitmap_empty(p, bits), Is.EqualTo(!all.Any(i => Bit(a, i))));
                Assert.That(bitmap_full(p, bits), Is.EqualTo(all.All(i => Bit(a, i))));
                Assert.That(bitmap_weight(p, bits), Is.EqualTo(all.Count(i => Bit(a, i))));
            }
        }, threads: 1);

    [Test]
    public void ZeroAreas()
        => Gen.Select(Gen.ULong.Array[4], Gen.UInt[1, 20], Gen.UInt[0, 3]).Sample((map, nr, order) =>
        {
            map[2] &= 0x00ff_00f0_0000_1111;
            ulong mask = (1ul << (int)order) - 1;
            fixed (ulong* p = map)
            {
                ulong found = bitmap_find_next_zero_area(p, Bits, 0, nr, mask);
                ulong expected = First(Bits, 0, i => (i & mask) == 0 && i + nr <= Bits
                    && Enumerable.Range(0, (int)nr).All(k => !Bit(map, i + (ulong)k)));
                Assert.That(found < Bits && found + nr <= Bits ? found : Bits, Is.EqualTo(expected));
            }
        }, threads: 1);

    [Test]
    public void AtomicOperations()
    {
        ulong* map = stackalloc ulong[2];
        map[0] = map[1] = 0;

        set_bit(65, map);
        Assert.That(map[1], Is.EqualTo(2));
        Assert.That(test_and_set_bit(65, map), Is.True);
        Assert.That(test_and_set_bit(3, map), Is.False);
        Assert.That(test_and_clear_bit(3, map), Is.True);
        change_bit(0, map);
        Assert.That(test_and_change_bit(0, map), Is.True);
        Assert.That(map[0], Is.Zero);
        map[0] = 0x80 | 1;
        Assert.That(xor_unlock_is_negative_byte(1, map), Is.True);
        Assert.That(map[0], Is.EqualTo(0x80));
        map[0] = 0xff;
        Assert.That(set_mask_bits(map, 0xf0, 0x100), Is.EqualTo(0xff));
        Assert.That(map[0], Is.EqualTo(0x10f));
    }

    [TestCase(1ul, 0, 1ul, 1ul, 0)]
    [TestCase(2ul, 1, 2ul, 2ul, 1)]
    [TestCase(3ul, 1, 4ul, 2ul, 2)]
    [TestCase(4096ul, 12, 4096ul, 4096ul, 12)]
    [TestCase(4097ul, 12, 8192ul, 4096ul, 13)]
    public void Logarithms(ulong n, int log, ulong up, ulong down, int order)
    {
        Assert.That(ilog2(n), Is.EqualTo(log));
        Assert.That(roundup_pow_of_two(n), Is.EqualTo(up));
        Assert.That(rounddown_pow_of_two(n), Is.EqualTo(down));
        Assert.That(order_base_2(n), Is.EqualTo(order));
        Assert.That(get_order(n << 12), Is.EqualTo(order));
        Assert.That(get_count_order((uint)n), Is.EqualTo(order));
    }
}
