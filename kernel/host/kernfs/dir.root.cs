// SPDX-License-Identifier: GPL-2.0-only
using static Linux.fs_kernfs_internal_h;

namespace Linux;

/// <summary>fs/kernfs/dir.c: roots, activation and removal.</summary>
public static unsafe partial class fs_kernfs_dir_c
{
    [KernelSource("fs/kernfs/dir.c", "kernfs_root_flags", Parity.Full)]
    public static uint kernfs_root_flags(kernfs_node* kn)
    {
        return kernfs_root(kn)->flags;
    }

    [KernelSource("fs/kernfs/dir.c", "kernfs_create_root", Parity.Reduced, "no superblocks and none of their locks")]
    public static kernfs_root* kernfs_create_root(kernfs_syscall_ops* scops, uint flags, void* priv)
    {
        kernfs_root* root;
        kernfs_node* kn;
        byte empty = 0;

        root = (kernfs_root*)kzalloc((ulong)sizeof(kernfs_root), GFP_KERNEL);
        if (root == null)
            return ERR_PTR<kernfs_root>(-ENOMEM);

        idr_init(&root->ino_idr);
        spin_lock_init(&root->kernfs_idr_lock);
        init_rwsem(&root->kernfs_rwsem);

        kn = __kernfs_new_node(root, &empty, S_IFDIR | S_IRUGO | S_IXUGO, KERNFS_DIR);
        if (kn == null) {
            idr_destroy(&root->ino_idr);
            kfree(root);
            return ERR_PTR<kernfs_root>(-ENOMEM);
        }

        kn->priv = priv;
        kn->dir.root = root;

        root->syscall_ops = scops;
        root->flags = flags;
        root->kn = kn;
        init_waitqueue_head(&root->deactivate_waitq);

        if ((root->flags & KERNFS_ROOT_CREATE_DEACTIVATED) == 0)
            kernfs_activate(kn);

        return root;
    }

    [KernelSource("fs/kernfs/dir.c", "kernfs_destroy_root", Parity.Full)]
    public static void kernfs_destroy_root(kernfs_root* root)
    {
        // kernfs_remove() holds the root's rwsem: the root must outlast it
        kernfs_get(root->kn);
        kernfs_remove(root->kn);
        kernfs_put(root->kn);
    }

    [KernelSource("fs/kernfs/dir.c", "kernfs_root_to_node", Parity.Full)]
    public static kernfs_node* kernfs_root_to_node(kernfs_root* root)
    {
        return root->kn;
    }

    [KernelSource("fs/kernfs/dir.c", "kernfs_create_dir_ns", Parity.Reduced, "no namespaces, no owners")]
    public static kernfs_node* kernfs_create_dir_ns(kernfs_node* parent, byte* name, umode_t mode, void* priv)
    {
        kernfs_node* kn;
        int rc;

        kn = kernfs_new_node(parent, name, (umode_t)(mode | S_IFDIR), KERNFS_DIR);
        if (kn == null)
            return ERR_PTR<kernfs_node>(-ENOMEM);

        kn->dir.root = parent->dir.root;
        kn->priv = priv;

        rc = kernfs_add_one(kn);
        if (rc == 0)
            return kn;

        kernfs_put(kn);
        return ERR_PTR<kernfs_node>(rc);
    }

    [KernelSource("fs/kernfs/dir.c", "kernfs_leftmost_descendant", Parity.Full)]
    private static kernfs_node* kernfs_leftmost_descendant(kernfs_node* pos)
    {
        kernfs_node* last;

        while (true) {
            rb_node* rbn;

            last = pos;

            if (kernfs_type(pos) != KERNFS_DIR)
                break;

            rbn = rb_first(&pos->dir.children);
            if (rbn == null)
                break;

            pos = rb_to_kn(rbn);
        }

        return last;
    }

    [KernelSource("fs/kernfs/dir.c", "kernfs_next_descendant_post", Parity.Full)]
    private static kernfs_node* kernfs_next_descendant_post(kernfs_node* pos, kernfs_node* root)
    {
        rb_node* rbn;

        lockdep_assert_held_write(&kernfs_root(root)->kernfs_rwsem);

        if (pos == null)
            return kernfs_leftmost_descendant(root);

        if (pos == root)
            return null;

        // a sibling's leftmost descendant, and the parent after the last sibling
        rbn = rb_next(&pos->rb);
        if (rbn != null)
            return kernfs_leftmost_descendant(rb_to_kn(rbn));

        return kernfs_parent(pos);
    }

    [KernelSource("fs/kernfs/dir.c", "kernfs_activate_one", Parity.Full)]
    private static void kernfs_activate_one(kernfs_node* kn)
    {
        lockdep_assert_held_write(&kernfs_root(kn)->kernfs_rwsem);

        kn->flags |= KERNFS_ACTIVATED;

        if (kernfs_active(kn) || (kn->flags & (KERNFS_HIDDEN | KERNFS_REMOVING)) != 0)
            return;

        WARN_ON_ONCE(rcu_access_pointer(&kn->__parent) != null && RB_EMPTY_NODE(&kn->rb));
        WARN_ON_ONCE(atomic_read(&kn->active) != KN_DEACTIVATED_BIAS);

        atomic_sub(KN_DEACTIVATED_BIAS, &kn->active);
    }

    // Makes the whole subtree visible.
    [KernelSource("fs/kernfs/dir.c", "kernfs_activate", Parity.Full)]
    public static void kernfs_activate(kernfs_node* kn)
    {
        kernfs_node* pos;
        kernfs_root* root = kernfs_root(kn);

        down_write(&root->kernfs_rwsem);

        pos = null;
        while ((pos = kernfs_next_descendant_post(pos, kn)) != null)
            kernfs_activate_one(pos);

        up_write(&root->kernfs_rwsem);
    }

    // Hidden files are there and cannot be opened.
    [KernelSource("fs/kernfs/dir.c", "kernfs_show", Parity.Full)]
    public static void kernfs_show(kernfs_node* kn, bool show)
    {
        kernfs_root* root = kernfs_root(kn);

        if (WARN_ON_ONCE(kernfs_type(kn) == KERNFS_DIR))
            return;

        down_write(&root->kernfs_rwsem);

        if (show) {
            kn->flags &= unchecked((ushort)~KERNFS_HIDDEN);
            if ((kn->flags & KERNFS_ACTIVATED) != 0)
                kernfs_activate_one(kn);
        } else {
            kn->flags |= KERNFS_HIDDEN;
            if (kernfs_active(kn))
                atomic_add(KN_DEACTIVATED_BIAS, &kn->active);
            kernfs_drain(kn);
        }

        up_write(&root->kernfs_rwsem);
    }

    [KernelSource("fs/kernfs/dir.c", "__kernfs_remove", Parity.Reduced, "no time stamps")]
    private static void __kernfs_remove(kernfs_node* kn)
    {
        kernfs_node* pos, parent;

        if (kn == null)
            return;

        lockdep_assert_held_write(&kernfs_root(kn)->kernfs_rwsem);

        // off the tree already
        if (kernfs_parent(kn) != null && RB_EMPTY_NODE(&kn->rb))
            return;

        // no new users
        pos = null;
        while ((pos = kernfs_next_descendant_post(pos, kn)) != null) {
            pos->flags |= KERNFS_REMOVING;
            if (kernfs_active(pos))
                atomic_add(KN_DEACTIVATED_BIAS, &pos->active);
        }

        // drain and unlink node by node
        do {
            pos = kernfs_leftmost_descendant(kn);

            // draining lets the rwsem go, and the base reference may be put by somebody else
            kernfs_get(pos);

            kernfs_drain(pos);
            parent = kernfs_parent(pos);
            // who unlinks it puts the base reference
            if (parent == null || kernfs_unlink_sibling(pos))
                kernfs_put(pos);

            kernfs_put(pos);
        } while (pos != kn);
    }

    [KernelSource("fs/kernfs/dir.c", "kernfs_remove", Parity.Full)]
    public static void kernfs_remove(kernfs_node* kn)
    {
        kernfs_root* root;

        if (kn == null)
            return;

        root = kernfs_root(kn);

        down_write(&root->kernfs_rwsem);
        __kernfs_remove(kn);
        up_write(&root->kernfs_rwsem);
    }

    // For an operation that may remove its own node, or takes a lock outside active references.
    [KernelSource("fs/kernfs/dir.c", "kernfs_break_active_protection", Parity.Full)]
    public static void kernfs_break_active_protection(kernfs_node* kn)
    {
        kernfs_put_active(kn);
    }

    // Restores the count, not the protection: the node may be gone from the tree.
    [KernelSource("fs/kernfs/dir.c", "kernfs_unbreak_active_protection", Parity.Full)]
    public static void kernfs_unbreak_active_protection(kernfs_node* kn)
    {
        atomic_inc(&kn->active);
    }

    [KernelSource("fs/kernfs/dir.c", "kernfs_remove_by_name_ns", Parity.Reduced, "no namespaces")]
    public static int kernfs_remove_by_name_ns(kernfs_node* parent, byte* name)
    {
        kernfs_node* kn;
        kernfs_root* root;

        if (WARN(parent == null, "kernfs: can not remove, no directory"))
            return -ENOENT;

        root = kernfs_root(parent);
        down_write(&root->kernfs_rwsem);

        kn = kernfs_find_ns(parent, name);
        if (kn != null) {
            kernfs_get(kn);
            __kernfs_remove(kn);
            kernfs_put(kn);
        }

        up_write(&root->kernfs_rwsem);

        return kn != null ? 0 : -ENOENT;
    }
}
