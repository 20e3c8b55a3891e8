// SPDX-License-Identifier: GPL-2.0-only
using CsCheck;
using KMemcg.Native;

namespace KMemcg.Native.Tests.Processor;

public sealed unsafe class BitsTests
{
    [Test]
    public void ScansAgreeWithALoop()
        => Gen.Select(Gen.OneOf(Gen.Const(0ul), Gen.Const(ulong.MaxValue), Gen.ULong).Array[4], Gen.ULong[0, 256], Gen.ULong[0, 260])
            .Sample((words, size, start) =>
            {
                fixed (ulong* p = words)
                {
                    return Bits.NextSet(p, size, start) == Loop(words, size, start, true)
                        && Bits.NextClear(p, size, start) == Loop(words, size, start, false);
                }
            });

    [Test]
    public void WordsAgreeWithALoop()
        => Gen.ULong.Sample(word =>
        {
            int lowest = 64, highest = -1, count = 0;
            for (int i = 0; i < 64; i++)
            {
                if ((word >> i & 1) == 0)
                    continue;
                lowest = Math.Min(lowest, i);
                highest = i;
                count++;
            }

            return Bits.LowestSet(word) == lowest && Bits.HighestSet(word) == highest && Bits.Count(word) == count;
        });

    [Test]
    public void NoBitAtAll()
    {
        Assert.That(Bits.LowestSet(0), Is.EqualTo(64));
        Assert.That(Bits.HighestSet(0), Is.EqualTo(-1));
        Assert.That(Bits.Count(0), Is.Zero);
    }

    private static ulong Loop(ulong[] words, ulong size, ulong start, bool set)
    {
        for (ulong i = start; i < size; i++)
        {
            if ((words[i / 64] >> (int)(i % 64) & 1) == (set ? 1ul : 0ul))
                return i;
        }

        return size;
    }
}
