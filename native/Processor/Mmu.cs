// SPDX-License-Identifier: GPL-2.0-only
using System.Runtime.CompilerServices;

namespace KMemcg.Native;

/// <summary>The memory-management unit of an x86-64 CPU in four-level mode, over page tables in page frames.</summary>
/// <remarks>
/// It behaves as with CR0.WP and EFER.NXE set, and SMEP, SMAP and protection keys clear. The CPU's physical address width is
/// the size of RAM: an entry that names a frame beyond it has reserved bits set. There is no TLB (see README.md for what was
/// measured), so every change of an entry takes effect at once.
/// </remarks>
public sealed unsafe class Mmu
{
    private const int Levels = 4;
    private const int IndexBits = 9;
    private const int IndexMask = (1 << IndexBits) - 1;
    private const int CanonicalBits = 48;

    private readonly byte* memory;
    private readonly ulong frames;

    /// <summary>Makes an MMU over this RAM.</summary>
    public Mmu(PhysicalMemory memory)
    {
        this.memory = memory.Base;
        frames = memory.Frames;
    }

    /// <summary>
    /// Finds the physical address of a byte as the CPU does: checks the rights of all levels, and sets accessed and dirty bits
    /// with locked operations.
    /// </summary>
    /// <param name="root">The frame of the top-level table (what CR3 holds).</param>
    /// <param name="address">The virtual address.</param>
    /// <param name="access">What the CPU wants to do there.</param>
    public Translation Translate(ulong root, ulong address, MemoryAccess access)
    {
        if (!IsCanonical(address))
            return Translation.NotCanonical();

        // An entry that changed under the walk is read again from the top: rights may have changed with it.
        Translation found;
        while (!TryWalk(root, address, access, out found))
            ;
        return found;
    }

    /// <summary>Whether bits 47 to 63 of an address are equal.</summary>
    public static bool IsCanonical(ulong address)
    {
        long extended = (long)(address << (64 - CanonicalBits)) >> (64 - CanonicalBits);
        return (ulong)extended == address;
    }

    private bool TryWalk(ulong root, ulong address, MemoryAccess access, out Translation found)
    {
        ulong rights = PageTableEntry.Writable | PageTableEntry.User;
        ulong denied = 0;
        ulong table = root;

        for (int level = Levels - 1; ; level--)
        {
            ulong* slot = SlotOf(table, address, level);
            ulong entry = Volatile.Read(ref *slot);

            if ((entry & PageTableEntry.Present) == 0)
            {
                found = Translation.Fault(CodeOf(access));
                return true;
            }

            bool isLeaf = level == 0 || (entry & PageTableEntry.PageSize) != 0;
            if (HasReservedBits(entry, level, isLeaf))
            {
                found = Translation.Fault(CodeOf(access) | PageFaultCode.Protection | PageFaultCode.Reserved);
                return true;
            }

            rights &= entry;
            denied |= entry & PageTableEntry.NoExecute;

            if (isLeaf)
                return TryFinish(slot, entry, level, address, access, rights, denied, out found);

            if (!TrySetBits(slot, entry, PageTableEntry.Accessed))
            {
                found = default;
                return false;
            }

            table = (entry & PageTableEntry.AddressMask) >> PhysicalMemory.FrameShift;
        }
    }

    private static bool TryFinish(ulong* slot, ulong entry, int level, ulong address, MemoryAccess access,
        ulong rights, ulong denied, out Translation found)
    {
        if (!IsAllowed(access, rights, denied))
        {
            found = Translation.Fault(CodeOf(access) | PageFaultCode.Protection);
            return true;
        }

        ulong bits = PageTableEntry.Accessed | ((access & MemoryAccess.Write) != 0 ? PageTableEntry.Dirty : 0);
        if (!TrySetBits(slot, entry, bits))
        {
            found = default;
            return false;
        }

        ulong offsetMask = (1UL << (PhysicalMemory.FrameShift + IndexBits * level)) - 1;
        found = Translation.At((entry & PageTableEntry.AddressMask & ~offsetMask) | (address & offsetMask));
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong* SlotOf(ulong table, ulong address, int level)
    {
        int index = (int)(address >> (PhysicalMemory.FrameShift + IndexBits * level)) & IndexMask;
        return (ulong*)(memory + (table << PhysicalMemory.FrameShift)) + index;
    }

    private bool HasReservedBits(ulong entry, int level, bool isLeaf)
    {
        if ((entry & PageTableEntry.AddressMask) >> PhysicalMemory.FrameShift >= frames)
            return true;
        if (level == 0 || !isLeaf)
            return false;
        if (level == Levels - 1)
            return true;

        // A large page is aligned to its size, but for the attribute bit.
        ulong low = (1UL << (PhysicalMemory.FrameShift + IndexBits * level)) - 1;
        return (entry & PageTableEntry.AddressMask & low & ~PageTableEntry.LargePageAttribute) != 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsAllowed(MemoryAccess access, ulong rights, ulong denied)
    {
        if ((access & MemoryAccess.Write) != 0 && (rights & PageTableEntry.Writable) == 0)
            return false;
        if ((access & MemoryAccess.User) != 0 && (rights & PageTableEntry.User) == 0)
            return false;
        return (access & MemoryAccess.Fetch) == 0 || denied == 0;
    }

    /// <summary>Sets bits by a locked compare and exchange, so that an entry cleared meanwhile stays cleared.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TrySetBits(ulong* slot, ulong entry, ulong bits)
    {
        if ((entry & bits) == bits)
            return true;
        return Interlocked.CompareExchange(ref *slot, entry | bits, entry) == entry;
    }

    private static PageFaultCode CodeOf(MemoryAccess access)
        => (PageFaultCode)(access & (MemoryAccess.Write | MemoryAccess.User | MemoryAccess.Fetch));
}
