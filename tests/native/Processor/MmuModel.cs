// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Native;

namespace KMemcg.Native.Tests.Processor;

/// <summary>Page tables as objects, and the rules of a walk written down plainly: what the MMU is held against.</summary>
internal sealed class MmuModel
{
    internal sealed class Entry
    {
        public ulong Flags;
        public ulong Frame;
        public Dictionary<int, Entry>? Table;
        public ulong TableFrame;
        public int Index;
    }

    private readonly ulong frames;

    public MmuModel(ulong frames) => this.frames = frames;

    public Dictionary<int, Entry> Root { get; } = [];

    public Translation Expect(ulong address, MemoryAccess access, out List<Entry> path)
    {
        path = [];
        Dictionary<int, Entry> table = Root;
        PageFaultCode code = (PageFaultCode)access;

        for (int level = 3; ; level--)
        {
            int index = (int)(address >> (12 + 9 * level) & 511);
            if (!table.TryGetValue(index, out Entry? entry) || (entry.Flags & PageTableEntry.Present) == 0)
                return Translation.Fault(code);

            bool large = level > 0 && (entry.Flags & PageTableEntry.PageSize) != 0;
            ulong pages = 1ul << (9 * level);
            if (entry.Frame >= frames || (large && (level == 3 || (entry.Frame & (pages - 1) & ~1ul) != 0)))
                return Translation.Fault(code | PageFaultCode.Protection | PageFaultCode.Reserved);

            path.Add(entry);
            if (level > 0 && !large)
            {
                entry.Flags |= PageTableEntry.Accessed;
                table = entry.Table!;
                continue;
            }

            if (!Allowed(path, access))
                return Translation.Fault(code | PageFaultCode.Protection);

            entry.Flags |= PageTableEntry.Accessed;
            if ((access & MemoryAccess.Write) != 0)
                entry.Flags |= PageTableEntry.Dirty;
            ulong first = entry.Frame / pages * pages;
            return Translation.At((first << 12) + address % (pages << 12));
        }
    }

    private static bool Allowed(List<Entry> path, MemoryAccess access)
    {
        if ((access & MemoryAccess.Write) != 0 && path.Exists(e => (e.Flags & PageTableEntry.Writable) == 0))
            return false;
        if ((access & MemoryAccess.User) != 0 && path.Exists(e => (e.Flags & PageTableEntry.User) == 0))
            return false;
        return (access & MemoryAccess.Fetch) == 0 || !path.Exists(e => (e.Flags & PageTableEntry.NoExecute) != 0);
    }
}
