// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public static unsafe partial class fs_kernfs_internal_h
{
    /// <summary>Added to kernfs_node::active to refuse new active references; when only it is left, all are gone.</summary>
    internal const int KN_DEACTIVATED_BIAS = INT_MIN + 1;

    [KernelSource("fs/kernfs/kernfs-internal.h", "kernfs_root", Parity.Full)]
    internal static kernfs_root* kernfs_root(kernfs_node* kn)
    {
        // a file keeps no pointer to the root of its own: its directory does
        if (kn->__parent != null)
            kn = kn->__parent;
        return kn->dir.root;
    }

    [KernelSource("fs/kernfs/kernfs-internal.h", "kernfs_inc_rev", Parity.Full)]
    internal static void kernfs_inc_rev(kernfs_node* parent)
    {
        parent->dir.rev++;
    }

    [KernelSource("fs/kernfs/kernfs-internal.h", "kernfs_parent", Parity.Full)]
    internal static kernfs_node* kernfs_parent(kernfs_node* kn)
    {
        return kn->__parent;
    }
}

public unsafe struct kernfs_root
{
    public kernfs_node* kn;
    public uint flags;

    // guarded by kernfs_idr_lock
    public idr ino_idr;
    public spinlock_t kernfs_idr_lock;
    public uint last_id_lowbits;
    public uint id_highbits;

    public kernfs_syscall_ops* syscall_ops;

    public wait_queue_head deactivate_waitq;

    // the tree
    public rw_semaphore kernfs_rwsem;
}

/// <summary>The open files of one node.</summary>
public struct kernfs_open_node
{
    public rcu_head rcu_head;
    public atomic_t @event;
    public wait_queue_head poll;
    public list_head files;
    public uint nr_to_release;
}
