// SPDX-License-Identifier: GPL-2.0-only
using System.Runtime.InteropServices;
using CsCheck;
using KMemcg.Native;

namespace KMemcg.Native.Tests.Memory;

/// <summary>Every width does what the scalar loop does, and touches nothing else. The JIT emulates widths the CPU lacks.</summary>
public sealed unsafe class PageOpsTests
{
    private const int Size = PhysicalMemory.FrameSize;

    private byte* arena;

    [SetUp]
    public void Allocate() => arena = (byte*)NativeMemory.AlignedAlloc(6 * Size, Size);

    [TearDown]
    public void Free() => NativeMemory.AlignedFree(arena);

    private static TestCaseData[] Clears() =>
    [
        Case("best", &PageOps.Clear),
        Case("512", &PageOps.Clear512),
        Case("256", &PageOps.Clear256),
        Case("128", &PageOps.Clear128),
        Case("scalar", &PageOps.ClearScalar),
        Case("non-temporal", &PageOps.ClearNonTemporal),
    ];

    private static TestCaseData[] Copies() =>
    [
        Case("best", &PageOps.Copy),
        Case("512", &PageOps.Copy512),
        Case("256", &PageOps.Copy256),
        Case("128", &PageOps.Copy128),
        Case("scalar", &PageOps.CopyScalar),
        Case("non-temporal", &PageOps.CopyNonTemporal),
    ];

    private static TestCaseData Case(string name, delegate*<byte*, void> clear) => new TestCaseData((nint)clear).SetArgDisplayNames(name);

    private static TestCaseData Case(string name, delegate*<byte*, byte*, void> copy) => new TestCaseData((nint)copy).SetArgDisplayNames(name);

    [TestCaseSource(nameof(Clears))]
    public void ClearsOneFrameOnly(nint clear)
    {
        new Span<byte>(arena, 3 * Size).Fill(0xa5);

        ((delegate*<byte*, void>)clear)(arena + Size);

        Assert.That(new Span<byte>(arena, Size).IndexOfAnyExcept((byte)0xa5), Is.EqualTo(-1));
        Assert.That(new Span<byte>(arena + Size, Size).IndexOfAnyExcept((byte)0), Is.EqualTo(-1));
        Assert.That(new Span<byte>(arena + 2 * Size, Size).IndexOfAnyExcept((byte)0xa5), Is.EqualTo(-1));
    }

    [TestCaseSource(nameof(Copies))]
    public void CopiesOneFrameOnly(nint copy)
        => Gen.Byte.Array[Size].Sample(bytes =>
        {
            new Span<byte>(arena, 6 * Size).Fill(0x5a);
            bytes.CopyTo(new Span<byte>(arena + Size, Size));

            ((delegate*<byte*, byte*, void>)copy)(arena + 4 * Size, arena + Size);

            return new Span<byte>(arena + 4 * Size, Size).SequenceEqual(bytes)
                && new Span<byte>(arena + Size, Size).SequenceEqual(bytes)
                && new Span<byte>(arena + 3 * Size, Size).IndexOfAnyExcept((byte)0x5a) == -1
                && new Span<byte>(arena + 5 * Size, Size).IndexOfAnyExcept((byte)0x5a) == -1;
        }, iter: 20, threads: 1);
}
