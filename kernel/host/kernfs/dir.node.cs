// SPDX-License-Identifier: GPL-2.0-only
using static Linux.fs_kernfs_internal_h;

namespace Linux;

/// <summary>fs/kernfs/dir.c: nodes made, found and released.</summary>
public static unsafe partial class fs_kernfs_dir_c
{
    [KernelSource("fs/kernfs/dir.c", "kernfs_get", Parity.Full)]
    public static void kernfs_get(kernfs_node* kn)
    {
        if (kn != null) {
            WARN_ON(atomic_read(&kn->count) == 0);
            atomic_inc(&kn->count);
        }
    }

    [KernelSource("fs/kernfs/dir.c", "kernfs_free_rcu", Parity.Full)]
    private static void kernfs_free_rcu(callback_head* rcu)
    {
        kernfs_node* kn = container_of<kernfs_node>(rcu, &((kernfs_node*)nowhere)->rcu);

        kfree(rcu_access_pointer(&kn->name));
        kmem_cache_free(kernfs_node_cache, kn);
    }

    [KernelSource("fs/kernfs/dir.c", "kernfs_put", Parity.Full)]
    public static void kernfs_put(kernfs_node* kn)
    {
        kernfs_node* parent;
        kernfs_root* root;

        if (kn == null || !atomic_dec_and_test(&kn->count))
            return;
        root = kernfs_root(kn);
    repeat:
        parent = kernfs_parent(kn);

        WARN_ONCE(atomic_read(&kn->active) != KN_DEACTIVATED_BIAS, "kernfs_put: released with incorrect active_ref");

        spin_lock(&root->kernfs_idr_lock);
        idr_remove(&root->ino_idr, (uint)kernfs_ino(kn));
        spin_unlock(&root->kernfs_idr_lock);

        call_rcu(&kn->rcu, &kernfs_free_rcu);

        kn = parent;
        if (kn != null) {
            if (atomic_dec_and_test(&kn->count))
                goto repeat;
        } else {
            // that was the root's node
            idr_destroy(&root->ino_idr);
            kfree(root);
        }
    }

    [KernelSource("fs/kernfs/dir.c", "__kernfs_new_node", Parity.Reduced, "no owners, no security labels")]
    private static kernfs_node* __kernfs_new_node(kernfs_root* root, byte* name, umode_t mode, ushort flags)
    {
        kernfs_node* kn;
        uint id_highbits;
        int ret;

        name = kstrdup(name, GFP_KERNEL);
        if (name == null)
            return null;

        kn = (kernfs_node*)kmem_cache_zalloc(kernfs_node_cache, GFP_KERNEL);
        if (kn == null)
            goto err_out1;

        idr_preload(GFP_KERNEL);
        spin_lock(&root->kernfs_idr_lock);
        ret = idr_alloc_cyclic(&root->ino_idr, kn, 1, 0, GFP_ATOMIC);
        if (ret >= 0 && (uint)ret < root->last_id_lowbits)
            root->id_highbits++;
        id_highbits = root->id_highbits;
        root->last_id_lowbits = (uint)ret;
        spin_unlock(&root->kernfs_idr_lock);
        idr_preload_end();
        if (ret < 0)
            goto err_out2;

        kn->id = (ulong)id_highbits << 32 | (uint)ret;

        atomic_set(&kn->count, 1);
        atomic_set(&kn->active, KN_DEACTIVATED_BIAS);
        RB_CLEAR_NODE(&kn->rb);

        rcu_assign_pointer(&kn->name, name);
        kn->mode = mode;
        kn->flags = flags;

        return kn;

    err_out2:
        kmem_cache_free(kernfs_node_cache, kn);
    err_out1:
        kfree(name);
        return null;
    }

    [KernelSource("fs/kernfs/dir.c", "kernfs_new_node", Parity.Reduced, "no owners")]
    internal static kernfs_node* kernfs_new_node(kernfs_node* parent, byte* name, umode_t mode, ushort flags)
    {
        kernfs_node* kn;

        kn = __kernfs_new_node(kernfs_root(parent), name, mode, flags);
        if (kn != null) {
            kernfs_get(parent);
            rcu_assign_pointer(&kn->__parent, parent);
        }
        return kn;
    }

    [KernelSource("fs/kernfs/dir.c", "kernfs_find_and_get_node_by_id", Parity.Full)]
    public static kernfs_node* kernfs_find_and_get_node_by_id(kernfs_root* root, ulong id)
    {
        kernfs_node* kn;

        rcu_read_lock();

        kn = (kernfs_node*)idr_find(&root->ino_idr, (uint)id);
        if (kn == null)
            goto err_unlock;

        // found by the low half: compare all
        if (kernfs_ino(kn) != id)
            goto err_unlock;

        // never activated ones are not to be found, and who knows one to be active will find it
        if (!__kernfs_active(kn) || !atomic_inc_not_zero(&kn->count))
            goto err_unlock;

        rcu_read_unlock();
        return kn;
    err_unlock:
        rcu_read_unlock();
        return null;
    }

    [KernelSource("fs/kernfs/dir.c", "kernfs_add_one", Parity.Reduced, "no namespaces, no time stamps")]
    internal static int kernfs_add_one(kernfs_node* kn)
    {
        kernfs_root* root = kernfs_root(kn);
        kernfs_node* parent;
        int ret;

        down_write(&root->kernfs_rwsem);
        parent = kernfs_parent(kn);

        ret = -EINVAL;
        if (kernfs_type(parent) != KERNFS_DIR)
            goto out_unlock;

        ret = -ENOENT;
        if ((parent->flags & KERNFS_REMOVING) != 0)
            goto out_unlock;

        kn->hash = kernfs_name_hash(kernfs_rcu_name(kn));

        ret = kernfs_link_sibling(kn);
        if (ret != 0)
            goto out_unlock;

        up_write(&root->kernfs_rwsem);

        // With CREATE_DEACTIVATED the owner activates it when all is there.
        if ((kernfs_root(kn)->flags & KERNFS_ROOT_CREATE_DEACTIVATED) == 0)
            kernfs_activate(kn);
        return 0;

    out_unlock:
        up_write(&root->kernfs_rwsem);
        return ret;
    }

    [KernelSource("fs/kernfs/dir.c", "kernfs_find_ns", Parity.Reduced, "no namespaces")]
    internal static kernfs_node* kernfs_find_ns(kernfs_node* parent, byte* name)
    {
        rb_node* node = parent->dir.children.rb_node;
        uint hash;

        lockdep_assert_held(&kernfs_root(parent)->kernfs_rwsem);

        hash = kernfs_name_hash(name);
        while (node != null) {
            kernfs_node* kn;
            int result;

            kn = rb_to_kn(node);
            result = kernfs_name_compare(hash, name, kn);
            if (result < 0)
                node = node->rb_left;
            else if (result > 0)
                node = node->rb_right;
            else
                return kn;
        }
        return null;
    }

    [KernelSource("fs/kernfs/dir.c", "kernfs_walk_ns", Parity.Reduced, "no namespaces; the path is walked in place")]
    private static kernfs_node* kernfs_walk_ns(kernfs_node* parent, byte* path)
    {
        byte* name = stackalloc byte[256];

        lockdep_assert_held_read(&kernfs_root(parent)->kernfs_rwsem);

        while (parent != null) {
            int n = 0;

            while (*path == '/')
                path++;
            if (*path == 0)
                break;
            while (*path != 0 && *path != '/') {
                if (n == 255)
                    return null;
                name[n++] = *path++;
            }
            name[n] = 0;
            parent = kernfs_type(parent) == KERNFS_DIR ? kernfs_find_ns(parent, name) : null;
        }

        return parent;
    }

    [KernelSource("fs/kernfs/dir.c", "kernfs_walk_and_get_ns", Parity.Full)]
    public static kernfs_node* kernfs_walk_and_get(kernfs_node* parent, byte* path)
    {
        kernfs_node* kn;
        kernfs_root* root = kernfs_root(parent);

        down_read(&root->kernfs_rwsem);
        kn = kernfs_walk_ns(parent, path);
        kernfs_get(kn);
        up_read(&root->kernfs_rwsem);

        return kn;
    }
}
