// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_err_h;
using static Linux.linux_list_h;
using static Linux.linux_mutex_h;
using static Linux.linux_idr_h;
using static Linux.linux_lockdep_h;
using static Linux.linux_rbtree_h;
using static Linux.linux_atomic_h;
using static Linux.linux_bug_h;
using static Linux.linux_types_h;
using static Linux.linux_wait_h;
using static Linux.linux_rwsem_h;
using static Linux.linux_cache_h;

namespace Linux;

public static unsafe partial class linux_kernfs_h
{
    // enum kernfs_node_type
    public const ushort KERNFS_DIR = 0x0001;
    public const ushort KERNFS_FILE = 0x0002;
    public const ushort KERNFS_LINK = 0x0004;
    public const ushort KERNFS_TYPE_MASK = 0x000f;

    // enum kernfs_node_flag, those in use here
    public const ushort KERNFS_ACTIVATED = 0x0010;
    public const ushort KERNFS_HAS_SEQ_SHOW = 0x0040;
    public const ushort KERNFS_HIDDEN = 0x0200;
    public const ushort KERNFS_HAS_RELEASE = 0x2000;
    public const ushort KERNFS_REMOVING = 0x4000;

    // enum kernfs_root_flag
    public const uint KERNFS_ROOT_CREATE_DEACTIVATED = 0x0001;
    public const uint KERNFS_ROOT_EXTRA_OPEN_PERM_CHECK = 0x0002;
    public const uint KERNFS_ROOT_SUPPORT_EXPORTOP = 0x0004;
    public const uint KERNFS_ROOT_SUPPORT_USER_XATTR = 0x0008;
    public const uint KERNFS_ROOT_INVARIANT_PARENT = 0x0010;

    [KernelSource("include/linux/kernfs.h", "kernfs_type", Parity.Full)]
    public static int kernfs_type(kernfs_node* kn)
    {
        return kn->flags & KERNFS_TYPE_MASK;
    }

    [KernelSource("include/linux/kernfs.h", "kernfs_ino", Parity.Full)]
    public static ulong kernfs_ino(kernfs_node* kn)
    {
        return kn->id;
    }

    [KernelSource("include/linux/kernfs.h", "kernfs_path", Parity.Full)]
    public static int kernfs_path(kernfs_node* kn, byte* buf, ulong buflen)
    {
        return kernfs_path_from_node(kn, null, buf, buflen);
    }

    [KernelSource("include/linux/kernfs.h", "kernfs_remove_by_name", Parity.Full)]
    public static int kernfs_remove_by_name(kernfs_node* parent, byte* name)
    {
        return kernfs_remove_by_name_ns(parent, name);
    }
}

public unsafe struct kernfs_elem_dir
{
    public ulong subdirs;
    public rb_root children;
    public kernfs_root* root;
    public ulong rev;
}

public unsafe struct kernfs_elem_attr
{
    public kernfs_ops* ops;
    public Rcu<kernfs_open_node>* open;
    public long size;
    public kernfs_node* notify_next;
}

/// <summary>A directory or a file. A count reference keeps it in memory, an active one keeps it in the tree.</summary>
[StructLayout(LayoutKind.Explicit)]
public unsafe struct kernfs_node
{
    [FieldOffset(0)] public atomic_t count;
    [FieldOffset(4)] public atomic_t active;
    [FieldOffset(8)] public Rcu<kernfs_node>* __parent;
    [FieldOffset(16)] public Rcu<byte>* name;

    [FieldOffset(24)] public rb_node rb;

    [FieldOffset(48)] public uint hash;
    [FieldOffset(52)] public ushort flags;
    [FieldOffset(54)] public ushort mode;

    [FieldOffset(56)] public kernfs_elem_dir dir;
    [FieldOffset(56)] public kernfs_elem_attr attr;

    [FieldOffset(88)] public ulong id;
    [FieldOffset(96)] public void* priv;
    [FieldOffset(104)] public rcu_head rcu;
}

public unsafe struct kernfs_syscall_ops
{
    public delegate*<seq_file*, kernfs_root*, int> show_options;
    public delegate*<kernfs_node*, byte*, ushort, int> mkdir;
    public delegate*<kernfs_node*, int> rmdir;
    public delegate*<seq_file*, kernfs_node*, kernfs_root*, int> show_path;
}

public unsafe struct kernfs_open_file
{
    public kernfs_node* kn;
    public @file* @file;
    public seq_file* seq_file;
    public void* priv;

    // kernfs only
    public mutex mutex;
    public int @event;
    public list_head list;

    public ulong atomic_write_len;
    public bool released;
}

public unsafe struct kernfs_ops
{
    public delegate*<kernfs_open_file*, int> open;
    public delegate*<kernfs_open_file*, void> release;

    public delegate*<seq_file*, void*, int> seq_show;
    public delegate*<seq_file*, long*, void*> seq_start;
    public delegate*<seq_file*, void*, long*, void*> seq_next;
    public delegate*<seq_file*, void*, void> seq_stop;

    public delegate*<kernfs_open_file*, byte*, ulong, long, long> read;

    // a longer write is refused with E2BIG
    public ulong atomic_write_len;
    public delegate*<kernfs_open_file*, byte*, ulong, long, long> write;

    public delegate*<kernfs_open_file*, poll_table_struct*, uint> poll;
}
