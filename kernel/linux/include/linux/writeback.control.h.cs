// SPDX-License-Identifier: GPL-2.0-only
// Of writeback.h: what one round of writeback is asked for and what became of it.
namespace Linux;

public unsafe struct writeback_control
{
    public long nr_to_write; // counts down
    public long pages_skipped;
    public loff_t range_start; // in bytes
    public loff_t range_end; // the last byte
    public int sync_mode;

    private uint flags; // the bits below

    // Of writeback_iter() alone.
    public folio_batch fbatch;
    public pgoff_t index;
    public int saved_err;

    [OwnsRef] public bdi_writeback* wb;
    public inode* inode;

    // Who dirties this inode: the wb it is written for, the last round's winner, and this round's candidate.
    public int wb_id;
    public int wb_lcand_id;
    public int wb_tcand_id;
    public ulong wb_bytes;
    public ulong wb_lcand_bytes;
    public ulong wb_tcand_bytes;

    public bool for_kupdate
    {
        readonly get => (flags & (1u << 0)) != 0;
        set => flags = value ? flags | (1u << 0) : flags & ~(1u << 0);
    }

    public bool for_background
    {
        readonly get => (flags & (1u << 1)) != 0;
        set => flags = value ? flags | (1u << 1) : flags & ~(1u << 1);
    }

    /// <summary>Tags what is dirty first, so that it ends.</summary>
    public bool tagged_writepages
    {
        readonly get => (flags & (1u << 2)) != 0;
        set => flags = value ? flags | (1u << 2) : flags & ~(1u << 2);
    }

    /// <summary>Goes on where the last round stopped.</summary>
    public bool range_cyclic
    {
        readonly get => (flags & (1u << 3)) != 0;
        set => flags = value ? flags | (1u << 3) : flags & ~(1u << 3);
    }

    /// <summary>For sync(2), which waits by itself.</summary>
    public bool for_sync
    {
        readonly get => (flags & (1u << 4)) != 0;
        set => flags = value ? flags | (1u << 4) : flags & ~(1u << 4);
    }

    public bool unpinned_netfs_wb
    {
        readonly get => (flags & (1u << 5)) != 0;
        set => flags = value ? flags | (1u << 5) : flags & ~(1u << 5);
    }

    /// <summary>This round says nothing about whose inode it is.</summary>
    public bool no_cgroup_owner
    {
        readonly get => (flags & (1u << 6)) != 0;
        set => flags = value ? flags | (1u << 6) : flags & ~(1u << 6);
    }
}

public static unsafe partial class linux_writeback_h
{
    // enum writeback_sync_modes
    public const int WB_SYNC_NONE = 0;
    public const int WB_SYNC_ALL = 1;

    [KernelSource("include/linux/writeback.h", "wbc_to_write_flags", Parity.Full)]
    public static blk_opf_t wbc_to_write_flags(writeback_control* wbc)
    {
        blk_opf_t flags = 0;

        if (wbc->sync_mode == WB_SYNC_ALL)
            flags = REQ_SYNC;
        else if (wbc->for_kupdate || wbc->for_background)
            flags = REQ_BACKGROUND;

        return flags;
    }
}
