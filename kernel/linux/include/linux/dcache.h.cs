// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

// A name and its hash, which is of the directory too.
public unsafe struct qstr
{
    public uint hash;
    public uint len;
    public byte* name;
}

[StructLayout(LayoutKind.Explicit, Size = 192)]
public unsafe struct dentry
{
    [FieldOffset(0)] public uint d_flags; // guarded by d_lock
    [FieldOffset(4)] public seqcount_spinlock_t d_seq;
    [FieldOffset(8)] public hlist_bl_node d_hash;
    [FieldOffset(24)] public dentry* d_parent;
    [FieldOffset(32)] public qstr d_name;
    [FieldOffset(48)] public inode* d_inode; // null: there is no such file
    [FieldOffset(56)] public fixed byte d_shortname[linux_dcache_h.DNAME_INLINE_LEN];
    [FieldOffset(104)] public super_block* d_sb;
    [FieldOffset(112)] public ulong d_time;
    [FieldOffset(120)] public void* d_fsdata;
    [FieldOffset(128)] public lockref d_lockref;
    [FieldOffset(128)] public spinlock_t d_lock;
    [FieldOffset(136)] public list_head d_lru;
    [FieldOffset(152)] public hlist_node d_sib; // guarded by the parent's d_lock, with d_children
    [FieldOffset(168)] public hlist_head d_children;
    [FieldOffset(176)] public hlist_node d_alias; // guarded by the inode's i_lock
    [FieldOffset(176)] public rcu_head d_rcu;
}

public static unsafe class linux_dcache_h
{
    private const string H = "include/linux/dcache.h";

    public const int DNAME_INLINE_LEN = 40;

    public const uint DCACHE_REFERENCED = 1 << 6;
    public const uint DCACHE_DONTCACHE = 1 << 7;
    public const uint DCACHE_GENOCIDE = 1 << 9;
    public const uint DCACHE_SHRINK_LIST = 1 << 10;
    public const uint DCACHE_DENTRY_KILLED = 1 << 14;
    public const uint DCACHE_LRU_LIST = 1 << 18;
    public const uint DCACHE_ENTRY_TYPE = 7 << 19;
    public const uint DCACHE_MISS_TYPE = 0 << 19;
    public const uint DCACHE_DIRECTORY_TYPE = 2 << 19;
    public const uint DCACHE_REGULAR_TYPE = 4 << 19;
    public const uint DCACHE_SPECIAL_TYPE = 5 << 19;
    public const uint DCACHE_NORCU = 1 << 26;

    public const uint DENTRY_D_LOCK_NESTED = 1;

    [KernelSource(H, "d_inode", Parity.Full)]
    public static inode* d_inode(dentry* dentry) => dentry->d_inode;

    [KernelSource(H, "d_unhashed", Parity.Full)]
    public static bool d_unhashed(dentry* dentry) => hlist_bl_unhashed(&dentry->d_hash);

    [KernelSource(H, "IS_ROOT", Parity.Full)]
    public static bool IS_ROOT(dentry* dentry) => dentry == dentry->d_parent;

    [KernelSource(H, "__d_entry_type", Parity.Full)]
    private static uint __d_entry_type(dentry* dentry) => dentry->d_flags & DCACHE_ENTRY_TYPE;

    [KernelSource(H, "d_is_miss", Parity.Full)]
    public static bool d_is_miss(dentry* dentry) => __d_entry_type(dentry) == DCACHE_MISS_TYPE;

    [KernelSource(H, "d_is_negative", Parity.Full)]
    public static bool d_is_negative(dentry* dentry) => d_is_miss(dentry);

    [KernelSource(H, "d_is_dir", Parity.Full)]
    public static bool d_is_dir(dentry* dentry) => __d_entry_type(dentry) == DCACHE_DIRECTORY_TYPE;

    /// <summary>The caller has d_lock.</summary>
    [KernelSource(H, "dget_dlock", Parity.Full)]
    [GetsRef("dentry"), Stable(SameObject = true)]
    public static dentry* dget_dlock(dentry* dentry)
    {
        dentry->d_lockref.count++;
        return dentry;
    }

    [KernelSource(H, "dget", Parity.Full)]
    [GetsRef("dentry"), Stable(SameObject = true)]
    public static dentry* dget(dentry* dentry)
    {
        if (dentry != null)
            lockref_get(&dentry->d_lockref);
        return dentry;
    }
}
