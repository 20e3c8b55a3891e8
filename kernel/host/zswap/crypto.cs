// SPDX-License-Identifier: GPL-2.0-only
using System.IO;
using System.IO.Compression;

namespace Linux;

/// <summary>The compressors that zswap can use, by name: the part of the crypto API that it calls.</summary>
/// <remarks>
/// "model" codes runs of equal 8-byte words and then pads to a modelled ratio, three to one, which is about what zswap sees
/// in practice; it is quick and the same everywhere. "deflate" and "zstd" are the real ones.
/// </remarks>
public static unsafe partial class linux_crypto_h
{
    private const int WORDS = 512;
    private const int BITMAP_BYTES = WORDS / 8;
    private const uint MODEL_FLOOR = 4096 / 3;

    private static readonly string[] names = ["model", "deflate", "zstd"];

    /// <summary>zswap.compressor of the machine.</summary>
    public static string zswap_compressor = "model";

    [ThreadStatic]
    private static ZstdSharp.Compressor? compressor;

    [ThreadStatic]
    private static ZstdSharp.Decompressor? decompressor;

    /// <summary>Whether there is a compressor of this name.</summary>
    public static bool crypto_has_acomp(string name) => Array.IndexOf(names, name) >= 0;

    /// <summary>The number of the compressor of this name; -1 when there is none.</summary>
    internal static int crypto_find_acomp(string name) => Array.IndexOf(names, name);

    /// <summary>Makes a compressor zswap's own from now on; one that is not there changes nothing, as zswap falls back to what it has.</summary>
    internal static void crypto_set_default_acomp(int tfm)
    {
        if (tfm >= 0)
            zswap_compressor = names[tfm];
    }

    internal static int crypto_default_acomp() => Math.Max(0, Array.IndexOf(names, zswap_compressor));

    /// <summary>Compresses a page; 0, or -ENOSPC when it does not get smaller.</summary>
    internal static int crypto_acomp_compress(int tfm, byte* src, byte* dst, uint* dlen)
    {
        int length = tfm switch
        {
            1 => deflate(src, dst),
            2 => zstd(src, dst),
            _ => model(src, dst),
        };
        *dlen = (uint)Math.Max(length, 0);
        return length > 0 ? 0 : -ENOSPC;
    }

    /// <summary>Fills a page from its compressed form; 0 or -EINVAL.</summary>
    internal static int crypto_acomp_decompress(int tfm, byte* src, uint slen, byte* dst, uint* dlen)
    {
        int length = tfm switch
        {
            1 => inflate(src, slen, dst),
            2 => unzstd(src, slen, dst),
            _ => unmodel(src, dst),
        };
        *dlen = (uint)Math.Max(length, 0);
        return length == (int)PAGE_SIZE ? 0 : -EINVAL;
    }

    // A bit for each word that equals the one before, then the words that do not.
    private static int model(byte* src, byte* dst)
    {
        ulong* words = (ulong*)src;
        ulong* bitmap = (ulong*)dst;
        ulong* next = (ulong*)(dst + BITMAP_BYTES);
        ulong previous = 0;

        new Span<byte>(dst, BITMAP_BYTES).Clear();
        for (int i = 0; i < WORDS; i++)
        {
            if (words[i] == previous)
            {
                bitmap[i / 64] |= 1UL << (i % 64);
                continue;
            }

            if (next == (ulong*)(dst + PAGE_SIZE))
                return -1;
            *next++ = previous = words[i];
        }

        return (int)Math.Max((uint)((byte*)next - dst), MODEL_FLOOR);
    }

    private static int unmodel(byte* src, byte* dst)
    {
        ulong* bitmap = (ulong*)src;
        ulong* next = (ulong*)(src + BITMAP_BYTES);
        ulong word = 0;

        for (int i = 0; i < WORDS; i++)
        {
            if ((bitmap[i / 64] & (1UL << (i % 64))) == 0)
                word = *next++;
            ((ulong*)dst)[i] = word;
        }

        return (int)PAGE_SIZE;
    }

    private static int deflate(byte* src, byte* dst)
    {
        using var output = new UnmanagedMemoryStream(dst, 0, (long)PAGE_SIZE, FileAccess.Write);
        try
        {
            using (var stream = new DeflateStream(output, CompressionLevel.Fastest, leaveOpen: true))
                stream.Write(new ReadOnlySpan<byte>(src, (int)PAGE_SIZE));
            return (int)output.Length;
        }
        catch (NotSupportedException) // no room for more than a page
        {
            return -1;
        }
    }

    private static int inflate(byte* src, uint slen, byte* dst)
    {
        using var input = new UnmanagedMemoryStream(src, slen);
        using var stream = new DeflateStream(input, CompressionMode.Decompress);
        try
        {
            stream.ReadExactly(new Span<byte>(dst, (int)PAGE_SIZE));
            return (int)PAGE_SIZE;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            return -1;
        }
    }

    private static int zstd(byte* src, byte* dst)
    {
        compressor ??= new ZstdSharp.Compressor(1);
        return compressor.TryWrap(new ReadOnlySpan<byte>(src, (int)PAGE_SIZE), new Span<byte>(dst, (int)PAGE_SIZE), out int written)
            ? written
            : -1;
    }

    private static int unzstd(byte* src, uint slen, byte* dst)
    {
        decompressor ??= new ZstdSharp.Decompressor();
        return decompressor.TryUnwrap(new ReadOnlySpan<byte>(src, (int)slen), new Span<byte>(dst, (int)PAGE_SIZE), out int written)
            ? written
            : -1;
    }
}
