// SPDX-License-Identifier: GPL-2.0-only
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace KMemcg.Native;

/// <summary>Clearing and copying of whole frames, with the widest vectors the CPU has.</summary>
/// <remarks>
/// Non-temporal stores are here to be measured (see README.md): they lost, as a frame that is cleared or copied is used at once.
/// </remarks>
public static unsafe class PageOps
{
    private const int Size = PhysicalMemory.FrameSize;
    private const int Unroll = 4;

    /// <summary>Fills a frame with zeros.</summary>
    /// <param name="page">Its address: 4 KiB aligned.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Clear(byte* page)
    {
        if (Vector512.IsHardwareAccelerated)
            Clear512(page);
        else if (Vector256.IsHardwareAccelerated)
            Clear256(page);
        else if (Vector128.IsHardwareAccelerated)
            Clear128(page);
        else
            ClearScalar(page);
    }

    /// <summary>Copies a frame onto another.</summary>
    /// <param name="destination">Where to: 4 KiB aligned.</param>
    /// <param name="source">Where from: 4 KiB aligned.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy(byte* destination, byte* source)
    {
        if (Vector512.IsHardwareAccelerated)
            Copy512(destination, source);
        else if (Vector256.IsHardwareAccelerated)
            Copy256(destination, source);
        else if (Vector128.IsHardwareAccelerated)
            Copy128(destination, source);
        else
            CopyScalar(destination, source);
    }

    internal static void Clear512(byte* page)
    {
        for (byte* end = page + Size; page < end; page += 64 * Unroll)
        {
            Vector512<byte>.Zero.StoreAligned(page);
            Vector512<byte>.Zero.StoreAligned(page + 64);
            Vector512<byte>.Zero.StoreAligned(page + 128);
            Vector512<byte>.Zero.StoreAligned(page + 192);
        }
    }

    internal static void Clear256(byte* page)
    {
        for (byte* end = page + Size; page < end; page += 32 * Unroll)
        {
            Vector256<byte>.Zero.StoreAligned(page);
            Vector256<byte>.Zero.StoreAligned(page + 32);
            Vector256<byte>.Zero.StoreAligned(page + 64);
            Vector256<byte>.Zero.StoreAligned(page + 96);
        }
    }

    internal static void Clear128(byte* page)
    {
        for (byte* end = page + Size; page < end; page += 16 * Unroll)
        {
            Vector128<byte>.Zero.StoreAligned(page);
            Vector128<byte>.Zero.StoreAligned(page + 16);
            Vector128<byte>.Zero.StoreAligned(page + 32);
            Vector128<byte>.Zero.StoreAligned(page + 48);
        }
    }

    internal static void ClearScalar(byte* page)
    {
        ulong* word = (ulong*)page;
        for (int i = 0; i < Size / sizeof(ulong); i++)
            word[i] = 0;
    }

    internal static void ClearNonTemporal(byte* page)
    {
        for (byte* end = page + Size; page < end; page += 32 * Unroll)
        {
            Vector256<byte>.Zero.StoreAlignedNonTemporal(page);
            Vector256<byte>.Zero.StoreAlignedNonTemporal(page + 32);
            Vector256<byte>.Zero.StoreAlignedNonTemporal(page + 64);
            Vector256<byte>.Zero.StoreAlignedNonTemporal(page + 96);
        }

        Volatile.WriteBarrier();
    }

    internal static void Copy512(byte* destination, byte* source)
    {
        for (int at = 0; at < Size; at += 64 * Unroll)
        {
            Vector512<byte> a = Vector512.LoadAligned(source + at);
            Vector512<byte> b = Vector512.LoadAligned(source + at + 64);
            Vector512<byte> c = Vector512.LoadAligned(source + at + 128);
            Vector512<byte> d = Vector512.LoadAligned(source + at + 192);
            a.StoreAligned(destination + at);
            b.StoreAligned(destination + at + 64);
            c.StoreAligned(destination + at + 128);
            d.StoreAligned(destination + at + 192);
        }
    }

    internal static void Copy256(byte* destination, byte* source)
    {
        for (int at = 0; at < Size; at += 32 * Unroll)
        {
            Vector256<byte> a = Vector256.LoadAligned(source + at);
            Vector256<byte> b = Vector256.LoadAligned(source + at + 32);
            Vector256<byte> c = Vector256.LoadAligned(source + at + 64);
            Vector256<byte> d = Vector256.LoadAligned(source + at + 96);
            a.StoreAligned(destination + at);
            b.StoreAligned(destination + at + 32);
            c.StoreAligned(destination + at + 64);
            d.StoreAligned(destination + at + 96);
        }
    }

    internal static void Copy128(byte* destination, byte* source)
    {
        for (int at = 0; at < Size; at += 16 * Unroll)
        {
            Vector128<byte> a = Vector128.LoadAligned(source + at);
            Vector128<byte> b = Vector128.LoadAligned(source + at + 16);
            Vector128<byte> c = Vector128.LoadAligned(source + at + 32);
            Vector128<byte> d = Vector128.LoadAligned(source + at + 48);
            a.StoreAligned(destination + at);
            b.StoreAligned(destination + at + 16);
            c.StoreAligned(destination + at + 32);
            d.StoreAligned(destination + at + 48);
        }
    }

    internal static void CopyScalar(byte* destination, byte* source)
    {
        ulong* to = (ulong*)destination;
        ulong* from = (ulong*)source;
        for (int i = 0; i < Size / sizeof(ulong); i++)
            to[i] = from[i];
    }

    internal static void CopyNonTemporal(byte* destination, byte* source)
    {
        for (int at = 0; at < Size; at += 32 * Unroll)
        {
            Vector256<byte> a = Vector256.LoadAligned(source + at);
            Vector256<byte> b = Vector256.LoadAligned(source + at + 32);
            Vector256<byte> c = Vector256.LoadAligned(source + at + 64);
            Vector256<byte> d = Vector256.LoadAligned(source + at + 96);
            a.StoreAlignedNonTemporal(destination + at);
            b.StoreAlignedNonTemporal(destination + at + 32);
            c.StoreAlignedNonTemporal(destination + at + 64);
            d.StoreAlignedNonTemporal(destination + at + 96);
        }

        Volatile.WriteBarrier();
    }
}
