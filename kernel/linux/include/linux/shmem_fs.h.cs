// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_pagemap_h;

namespace Linux;

/// <summary>An inode of tmpfs. lock guards alloced and swapped; shmem_swaplist_lock guards swaplist.</summary>
/// <remarks>Laid out as the kernel's. Directory offsets, the memory policy and extended attributes are left out and kept empty.</remarks>
[StructLayout(LayoutKind.Explicit, Size = 744)]
public unsafe struct shmem_inode_info
{
    [FieldOffset(0)] public spinlock_t @lock;
    [FieldOffset(4)] public uint seals;
    [FieldOffset(8)] public ulong flags;

    /// <summary>Data pages that belong to the file, in memory or in swap.</summary>
    [FieldOffset(16)] public ulong alloced;

    /// <summary>How many of them are in swap.</summary>
    [FieldOffset(24)] public ulong swapped;
    [FieldOffset(32)] public list_head shrinklist;
    [FieldOffset(48)] public list_head swaplist;

    /// <summary>When it was made: seconds of the machine's clock.</summary>
    [FieldOffset(64)] public long i_crtime;

    /// <summary>The highest index that fallocate() has reserved, plus one.</summary>
    [FieldOffset(112)] public pgoff_t fallocend;
    [FieldOffset(120)] public uint fsflags;

    /// <summary>Held by swapoff while it works on the inode without a reference.</summary>
    [FieldOffset(124)] public atomic_t stop_eviction;
    [FieldOffset(128)] public inode vfs_inode;
}

/// <summary>A tmpfs. stat_lock guards the limits and the numbers of inodes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 176)]
public unsafe struct shmem_sb_info
{
    /// <summary>How many pages it may have; 0 is no limit.</summary>
    [FieldOffset(0)] public ulong max_blocks;
    [FieldOffset(8)] public percpu_counter used_blocks;
    [FieldOffset(48)] public ulong max_inodes;

    /// <summary>What is left for inodes, in bytes.</summary>
    [FieldOffset(56)] public ulong free_ispace;
    [FieldOffset(64)] public raw_spinlock_t stat_lock;
    [FieldOffset(68)] public umode_t mode;
    [FieldOffset(70)] public byte huge;
    [FieldOffset(72)] public uint uid;
    [FieldOffset(76)] public uint gid;
    [FieldOffset(80)] public bool full_inums;

    /// <summary>Reclaim is to leave its pages alone.</summary>
    [FieldOffset(81)] public bool noswap;
    [FieldOffset(88)] public ulong next_ino;

    /// <summary>Per CPU: the next number, in batches of SHMEM_INO_BATCH.</summary>
    [FieldOffset(96), PerCpu(Remote = true)] public PerCpu<ulong>* ino_batch;
    [FieldOffset(104)] public mempolicy* mpol;
    [FieldOffset(112)] public spinlock_t shrinklist_lock;
    [FieldOffset(120)] public list_head shrinklist;
    [FieldOffset(136)] public ulong shrinklist_len;
}

/// <summary>What shmem_get_folio() is to do about a page that is not there.</summary>
public enum sgp_type
{
    /// <summary>Not beyond the size; a hole stays one.</summary>
    SGP_READ,

    /// <summary>The same, and a hole is an error.</summary>
    SGP_NOALLOC,

    /// <summary>Not beyond the size; a hole gets a page.</summary>
    SGP_CACHE,

    /// <summary>Beyond the size too; the new page is not cleared.</summary>
    SGP_WRITE,

    /// <summary>As SGP_WRITE, but a page that is there becomes up to date.</summary>
    SGP_FALLOC,
}

public static unsafe partial class linux_shmem_fs_h
{
    [KernelSource("include/linux/shmem_fs.h", "SHMEM_I", Parity.Full)]
    public static shmem_inode_info* SHMEM_I(inode* inode) =>
        container_of<shmem_inode_info>(inode, &((shmem_inode_info*)nowhere)->vfs_inode);

    [KernelSource("include/linux/shmem_fs.h", "shmem_allowable_huge_orders", Parity.Full)]
    public static ulong shmem_allowable_huge_orders(inode* inode, vm_area_struct* vma, pgoff_t index, loff_t write_end,
        bool shmem_huge_force) => 0;

    [KernelSource("include/linux/shmem_fs.h", "shmem_hpage_pmd_enabled", Parity.Full)]
    public static bool shmem_hpage_pmd_enabled() => false;

    [KernelSource("include/linux/shmem_fs.h", "shmem_read_folio", Parity.Full)]
    public static folio* shmem_read_folio(address_space* mapping, pgoff_t index) =>
        shmem_read_folio_gfp(mapping, index, mapping_gfp_mask(mapping));

    [KernelSource("include/linux/shmem_fs.h", "shmem_file", Parity.Full)]
    public static bool shmem_file(@file* file)
    {
        if (!CONFIG_SHMEM)
            return false;
        if (file == null || file->f_mapping == null)
            return false;
        return shmem_mapping(file->f_mapping);
    }

    // Pages beyond the end of the file that fallocate() promised are not to be given up.
    [KernelSource("include/linux/shmem_fs.h", "shmem_fallocend", Parity.Full)]
    public static pgoff_t shmem_fallocend(inode* inode, pgoff_t eof) => Math.Max(eof, SHMEM_I(inode)->fallocend);
}
