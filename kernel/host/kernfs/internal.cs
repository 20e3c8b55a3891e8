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
        kernfs_node* knp;
        kernfs_root* root;

        rcu_read_lock();
        knp = rcu_dereference(&kn->__parent);
        if (knp != null)
            kn = knp;
        root = kn->dir.root;
        rcu_read_unlock();
        return root;
    }

    [KernelSource("fs/kernfs/kernfs-internal.h", "kernfs_root_is_locked", Parity.Full)]
    private static bool kernfs_root_is_locked(kernfs_node* kn) => lockdep_is_held(&kernfs_root(kn)->kernfs_rwsem);

    [KernelSource("fs/kernfs/kernfs-internal.h", "kernfs_rcu_name", Parity.Full)]
    internal static byte* kernfs_rcu_name(kernfs_node* kn) => rcu_dereference_check(&kn->name, kernfs_root_is_locked(kn));

    [KernelSource("fs/kernfs/kernfs-internal.h", "kernfs_inc_rev", Parity.Full)]
    internal static void kernfs_inc_rev(kernfs_node* parent)
    {
        parent->dir.rev++;
    }

    /// <summary>It stays for a reader, under the lock, and when nobody but its last user knows the node.</summary>
    [KernelSource("fs/kernfs/kernfs-internal.h", "kernfs_parent", Parity.Reduced, "nothing is renamed, so there is no rename lock")]
    internal static kernfs_node* kernfs_parent(kernfs_node* kn) =>
        rcu_dereference_check(&kn->__parent, kernfs_root_is_locked(kn) || atomic_read(&kn->count) == 0);
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
