// SPDX-License-Identifier: GPL-2.0-only
using System.Runtime.InteropServices;

namespace KMemcg.Native;

/// <summary>Zeroed host memory that is backed on first touch, aligned, between guard pages where the host has them.</summary>
internal sealed unsafe partial class HostMapping
{
    private const int ProtNone = 0;
    private const int ProtReadWrite = 3;
    private const int MapPrivate = 2;
    private const int LinuxMapAnonymousNoReserve = 0x20 | 0x4000;
    private const int MacMapAnonymousNoReserve = 0x1000 | 0x40;
    private const int MadviseHugePage = 14;
    private const uint MemCommit = 0x1000;
    private const uint MemReserve = 0x2000;
    private const uint MemRelease = 0x8000;
    private const uint PageNoAccess = 1;
    private const uint PageReadWrite = 4;

    private readonly byte* reserved;
    private readonly nuint reservedLength;
    private readonly nuint length;
    private readonly bool fromHeap;

    private HostMapping(byte* reserved, nuint reservedLength, byte* address, nuint length, bool guards, bool fromHeap)
    {
        this.reserved = reserved;
        this.reservedLength = reservedLength;
        this.length = length;
        this.fromHeap = fromHeap;
        Address = address;
        HasGuards = guards;
    }

    public byte* Address { get; }

    public bool HasGuards { get; }

    public static HostMapping Create(nuint length, nuint alignment)
    {
        // Room for the alignment and for a guard on either side, of whatever page size the host has.
        nuint guard = (nuint)Environment.SystemPageSize;
        nuint total = length + alignment + 2 * guard;

        if (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS())
            return CreateUnix(length, alignment, guard, total);
        if (OperatingSystem.IsWindows())
            return CreateWindows(length, alignment, guard, total);
        return CreatePortable(length, alignment);
    }

    public static HostMapping CreatePortable(nuint length, nuint alignment)
    {
        byte* block = (byte*)NativeMemory.AllocZeroed(length + alignment);
        return new HostMapping(block, length + alignment, AlignUp(block, alignment), length, guards: false, fromHeap: true);
    }

    public bool AdviseHugePages() =>
        OperatingSystem.IsLinux() && !fromHeap && madvise(Address, length, MadviseHugePage) == 0;

    public void Release()
    {
        if (fromHeap)
            NativeMemory.Free(reserved);
        else if (OperatingSystem.IsWindows())
            _ = VirtualFree(reserved, 0, MemRelease);
        else
            _ = munmap(reserved, reservedLength);
    }

    private static HostMapping CreateUnix(nuint length, nuint alignment, nuint guard, nuint total)
    {
        int flags = MapPrivate | (OperatingSystem.IsLinux() ? LinuxMapAnonymousNoReserve : MacMapAnonymousNoReserve);
        byte* block = mmap(null, total, ProtNone, flags, -1, 0);
        if ((nint)block == -1)
            throw new OutOfMemoryException($"the host gives no {total:N0} bytes of address space");

        byte* start = AlignUp(block + guard, alignment);
        if (mprotect(start, length, ProtReadWrite) != 0)
        {
            _ = munmap(block, total);
            throw new OutOfMemoryException($"the host gives no {length:N0} bytes of memory");
        }

        return new HostMapping(block, total, start, length, guards: true, fromHeap: false);
    }

    private static HostMapping CreateWindows(nuint length, nuint alignment, nuint guard, nuint total)
    {
        byte* block = VirtualAlloc(null, total, MemReserve, PageNoAccess);
        if (block == null)
            throw new OutOfMemoryException($"the host gives no {total:N0} bytes of address space");

        byte* start = AlignUp(block + guard, alignment);
        if (VirtualAlloc(start, length, MemCommit, PageReadWrite) == null)
        {
            _ = VirtualFree(block, 0, MemRelease);
            throw new OutOfMemoryException($"the host gives no {length:N0} bytes of memory");
        }

        return new HostMapping(block, total, start, length, guards: true, fromHeap: false);
    }

    private static byte* AlignUp(byte* p, nuint alignment) => (byte*)(((nuint)p + alignment - 1) & ~(alignment - 1));

    [LibraryImport("libc", SetLastError = true)]
    private static partial byte* mmap(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int munmap(void* address, nuint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int mprotect(void* address, nuint length, int protection);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int madvise(void* address, nuint length, int advice);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial byte* VirtualAlloc(void* address, nuint size, uint type, uint protection);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial int VirtualFree(void* address, nuint size, uint type);
}
