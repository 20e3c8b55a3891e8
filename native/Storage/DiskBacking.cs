// SPDX-License-Identifier: GPL-2.0-only
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace KMemcg.Native;

/// <summary>Where a disk keeps its bytes. What was never written reads as zeros.</summary>
internal abstract unsafe class DiskBacking : IDisposable
{
    public abstract void Read(long offset, byte* buffer, int length);

    public abstract void Write(long offset, byte* buffer, int length);

    /// <summary>Forgets a range: it may read as zeros from then on.</summary>
    public abstract void Discard(long offset, long length);

    /// <summary>How many bytes the backing takes on the host.</summary>
    public abstract long BytesInUse { get; }

    public abstract void Dispose();
}

/// <summary>Memory in chunks that come with the first write into them.</summary>
internal sealed unsafe class MemoryBacking : DiskBacking
{
    private const int ChunkShift = 16;
    private const int ChunkSize = 1 << ChunkShift;
    private const int ChunkMask = ChunkSize - 1;

    private readonly nint[] chunks;
    private long inUse;

    public MemoryBacking(long length) => chunks = new nint[(length + ChunkMask) >> ChunkShift];

    public override long BytesInUse => Volatile.Read(ref inUse);

    public override void Read(long offset, byte* buffer, int length)
    {
        while (length > 0)
        {
            int at = (int)(offset & ChunkMask);
            int part = Math.Min(length, ChunkSize - at);
            byte* chunk = (byte*)Volatile.Read(ref chunks[offset >> ChunkShift]);

            if (chunk == null)
                NativeMemory.Clear(buffer, (nuint)part);
            else
                NativeMemory.Copy(chunk + at, buffer, (nuint)part);
            offset += part;
            buffer += part;
            length -= part;
        }
    }

    public override void Write(long offset, byte* buffer, int length)
    {
        while (length > 0)
        {
            int at = (int)(offset & ChunkMask);
            int part = Math.Min(length, ChunkSize - at);

            NativeMemory.Copy(buffer, ChunkFor(offset >> ChunkShift) + at, (nuint)part);
            offset += part;
            buffer += part;
            length -= part;
        }
    }

    public override void Discard(long offset, long length)
    {
        long first = (offset + ChunkMask) >> ChunkShift;
        long end = (offset + length) >> ChunkShift;
        for (long i = first; i < end; i++)
            Free(i);
    }

    public override void Dispose()
    {
        for (long i = 0; i < chunks.Length; i++)
            Free(i);
    }

    private byte* ChunkFor(long index)
    {
        byte* chunk = (byte*)Volatile.Read(ref chunks[index]);
        if (chunk != null)
            return chunk;

        chunk = (byte*)NativeMemory.AllocZeroed(ChunkSize);
        nint before = Interlocked.CompareExchange(ref chunks[index], (nint)chunk, 0);
        if (before == 0)
        {
            Interlocked.Add(ref inUse, ChunkSize);
            return chunk;
        }

        NativeMemory.Free(chunk);
        return (byte*)before;
    }

    private void Free(long index)
    {
        nint chunk = Interlocked.Exchange(ref chunks[index], 0);
        if (chunk == 0)
            return;
        NativeMemory.Free((void*)chunk);
        Interlocked.Add(ref inUse, -ChunkSize);
    }
}

/// <summary>A file of the disk's length, with holes where nothing was written.</summary>
internal sealed unsafe class FileBacking : DiskBacking
{
    private readonly SafeFileHandle file;

    public FileBacking(string path, long length)
    {
        file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        if (RandomAccess.GetLength(file) < length)
            RandomAccess.SetLength(file, length);
    }

    public override long BytesInUse => RandomAccess.GetLength(file);

    public override void Read(long offset, byte* buffer, int length)
    {
        Span<byte> rest = new(buffer, length);
        while (rest.Length > 0)
        {
            int got = RandomAccess.Read(file, rest, offset);
            if (got == 0)
            {
                rest.Clear();
                return;
            }

            offset += got;
            rest = rest[got..];
        }
    }

    public override void Write(long offset, byte* buffer, int length)
        => RandomAccess.Write(file, new ReadOnlySpan<byte>(buffer, length), offset);

    public override void Discard(long offset, long length)
    {
    }

    public override void Dispose() => file.Dispose();
}
