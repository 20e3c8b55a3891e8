// SPDX-License-Identifier: GPL-2.0-only
using static Linux.fs_kernfs_internal_h;

namespace Linux;

/// <summary>fs/kernfs/dir.c without dentries, inodes, namespaces, owners, links and renames.</summary>
public static unsafe partial class fs_kernfs_dir_c
{
    private const int PATH_MAX = 4096;

    private static readonly spinlock_t* kernfs_pr_cont_lock = bss<spinlock_t>();
    private static readonly byte* kernfs_pr_cont_buf = bss<byte>(PATH_MAX); // guarded by kernfs_pr_cont_lock

    private static kmem_cache* kernfs_node_cache;

    private static kernfs_node* rb_to_kn(rb_node* rb) => rb_entry<kernfs_node>(rb, &((kernfs_node*)nowhere)->rb);

    [KernelSource("fs/kernfs/mount.c", "kernfs_init", Parity.Reduced, "no attribute cache; one mutex for open files and not a hashed array of them")]
    internal static void kernfs_init()
    {
        spin_lock_init(kernfs_pr_cont_lock);
        kernfs_node_cache = kmem_cache_create("kernfs_node_cache"u8, (uint)sizeof(kernfs_node), 0, SLAB_PANIC, null);
        fs_kernfs_file_c.kernfs_file_init();
    }

    [KernelSource("fs/kernfs/dir.c", "__kernfs_active", Parity.Full)]
    private static bool __kernfs_active(kernfs_node* kn)
    {
        return atomic_read(&kn->active) >= 0;
    }

    [KernelSource("fs/kernfs/dir.c", "kernfs_active", Parity.Full)]
    internal static bool kernfs_active(kernfs_node* kn)
    {
        lockdep_assert_held(&kernfs_root(kn)->kernfs_rwsem);
        return __kernfs_active(kn);
    }

    [KernelSource("fs/kernfs/dir.c", "kernfs_depth", Parity.Full)]
    private static ulong kernfs_depth(kernfs_node* from, kernfs_node* to)
    {
        ulong depth = 0;

        while (to->__parent != null && to != from) {
            depth++;
            to = to->__parent;
        }
        return depth;
    }

    [KernelSource("fs/kernfs/dir.c", "kernfs_common_ancestor", Parity.Full)]
    private static kernfs_node* kernfs_common_ancestor(kernfs_node* a, kernfs_node* b)
    {
        ulong da, db;
        kernfs_root* ra = kernfs_root(a), rb = kernfs_root(b);

        if (ra != rb)
            return null;

        da = kernfs_depth(ra->kn, a);
        db = kernfs_depth(rb->kn, b);

        while (da > db) {
            a = a->__parent;
            da--;
        }
        while (db > da) {
            b = b->__parent;
            db--;
        }

        // at worst they meet at the root
        while (b != a) {
            b = b->__parent;
            a = a->__parent;
        }

        return a;
    }

    // /x/y below from; /../x through the common ancestor; the length, or what strscpy() says.
    [KernelSource("fs/kernfs/dir.c", "kernfs_path_from_node_locked", Parity.Full)]
    private static int kernfs_path_from_node_locked(kernfs_node* kn_to, kernfs_node* kn_from, byte* buf, ulong buflen)
    {
        kernfs_node* kn, common;
        ulong depth_from, depth_to, len = 0;
        long copied;

        if (kn_to == null)
            return (int)strscpy(buf, "(null)"u8, buflen);

        if (kn_from == null)
            kn_from = kernfs_root(kn_to)->kn;

        if (kn_from == kn_to)
            return (int)strscpy(buf, "/"u8, buflen);

        common = kernfs_common_ancestor(kn_from, kn_to);
        if (WARN_ON(common == null))
            return -EINVAL;

        depth_to = kernfs_depth(common, kn_to);
        depth_from = kernfs_depth(common, kn_from);

        buf[0] = 0;

        for (ulong i = 0; i < depth_from; i++) {
            copied = strscpy(buf + len, "/.."u8, buflen - len);
            if (copied < 0)
                return (int)copied;
            len += (ulong)copied;
        }

        for (long i = (long)depth_to - 1; i >= 0; i--) {
            kn = kn_to;
            for (long j = 0; j < i; j++)
                kn = kn->__parent;

            len += append(buf + len, buflen - len, kn->name);
        }

        return (int)len;
    }

    // scnprintf(buf, size, "/%s", name)
    private static ulong append(byte* buf, ulong size, byte* name)
    {
        ulong n = 0;

        if (size == 0)
            return 0;
        if (size > 1)
            buf[n++] = (byte)'/';
        for (; *name != 0 && n < size - 1; name++)
            buf[n++] = *name;
        buf[n] = 0;
        return n;
    }

    [KernelSource("fs/kernfs/dir.c", "kernfs_name", Parity.Full)]
    public static int kernfs_name(kernfs_node* kn, byte* buf, ulong buflen)
    {
        kernfs_node* kn_parent;
        int ret;

        if (kn == null)
            return (int)strscpy(buf, "(null)"u8, buflen);

        rcu_read_lock();
        kn_parent = kn->__parent;
        ret = (int)(kn_parent != null ? strscpy(buf, kn->name, buflen) : strscpy(buf, "/"u8, buflen));
        rcu_read_unlock();
        return ret;
    }

    [KernelSource("fs/kernfs/dir.c", "kernfs_path_from_node", Parity.Reduced, "nothing is renamed, so there is no rename lock")]
    public static int kernfs_path_from_node(kernfs_node* to, kernfs_node* from, byte* buf, ulong buflen)
    {
        int ret;

        rcu_read_lock();
        ret = kernfs_path_from_node_locked(to, from, buf, buflen);
        rcu_read_unlock();
        return ret;
    }

    [KernelSource("fs/kernfs/dir.c", "pr_cont_kernfs_name", Parity.Full)]
    public static void pr_cont_kernfs_name(kernfs_node* kn)
    {
        spin_lock_irqsave(kernfs_pr_cont_lock, out ulong flags);

        kernfs_name(kn, kernfs_pr_cont_buf, PATH_MAX);
        pr_cont(kernfs_pr_cont_buf);

        spin_unlock_irqrestore(kernfs_pr_cont_lock, flags);
    }

    [KernelSource("fs/kernfs/dir.c", "pr_cont_kernfs_path", Parity.Full)]
    public static void pr_cont_kernfs_path(kernfs_node* kn)
    {
        int sz;

        spin_lock_irqsave(kernfs_pr_cont_lock, out ulong flags);

        sz = kernfs_path_from_node(kn, null, kernfs_pr_cont_buf, PATH_MAX);
        if (sz < 0) {
            if (sz == -E2BIG)
                pr_cont("(name too long)");
            else
                pr_cont("(error)");
            goto @out;
        }

        pr_cont(kernfs_pr_cont_buf);

    @out:
        spin_unlock_irqrestore(kernfs_pr_cont_lock, flags);
    }

    private static void pr_cont(byte* text) => pr_cont(Marshal.PtrToStringUTF8((nint)text) ?? "");

    private static void pr_cont(string text) => linux_printk_h.pr_cont(text);

    // The kernel salts the name hash; the order of names in a directory is nobody's business, so FNV-1a serves.
    [KernelSource("fs/kernfs/dir.c", "kernfs_name_hash", Parity.Reduced, "another hash function, no namespace tag")]
    private static uint kernfs_name_hash(byte* name)
    {
        uint hash = 2166136261;

        while (*name != 0)
            hash = (hash ^ *name++) * 16777619;
        hash &= 0x7fffffffU;
        // 0, 1 and INT_MAX mean something to readdir
        if (hash < 2)
            hash += 2;
        if (hash >= INT_MAX)
            hash = INT_MAX - 1;
        return hash;
    }

    [KernelSource("fs/kernfs/dir.c", "kernfs_name_compare", Parity.Reduced, "no namespace tag")]
    private static int kernfs_name_compare(uint hash, byte* name, kernfs_node* kn)
    {
        if (hash < kn->hash)
            return -1;
        if (hash > kn->hash)
            return 1;
        return strcmp(name, kn->name);
    }

    [KernelSource("fs/kernfs/dir.c", "kernfs_link_sibling", Parity.Reduced, "no inode attributes to keep in step")]
    private static int kernfs_link_sibling(kernfs_node* kn)
    {
        rb_node* parent = null;
        kernfs_node* kn_parent;
        rb_node** node;

        kn_parent = kernfs_parent(kn);
        node = &kn_parent->dir.children.rb_node;

        while (*node != null) {
            kernfs_node* pos;
            int result;

            pos = rb_to_kn(*node);
            parent = *node;
            result = kernfs_name_compare(kn->hash, kn->name, pos);
            if (result < 0)
                node = &pos->rb.rb_left;
            else if (result > 0)
                node = &pos->rb.rb_right;
            else
                return -EEXIST;
        }

        rb_link_node(&kn->rb, parent, node);
        rb_insert_color(&kn->rb, &kn_parent->dir.children);

        if (kernfs_type(kn) == KERNFS_DIR)
            kn_parent->dir.subdirs++;
        kernfs_inc_rev(kn_parent);

        return 0;
    }

    // False if it was off the tree already.
    [KernelSource("fs/kernfs/dir.c", "kernfs_unlink_sibling", Parity.Reduced, "no inode attributes to keep in step")]
    private static bool kernfs_unlink_sibling(kernfs_node* kn)
    {
        kernfs_node* kn_parent;

        if (RB_EMPTY_NODE(&kn->rb))
            return false;

        kn_parent = kernfs_parent(kn);
        if (kernfs_type(kn) == KERNFS_DIR)
            kn_parent->dir.subdirs--;
        kernfs_inc_rev(kn_parent);

        rb_erase(&kn->rb, &kn_parent->dir.children);
        RB_CLEAR_NODE(&kn->rb);
        return true;
    }

    [KernelSource("fs/kernfs/dir.c", "kernfs_get_active", Parity.Full)]
    public static kernfs_node* kernfs_get_active(kernfs_node* kn)
    {
        if (kn == null)
            return null;

        if (!atomic_inc_unless_negative(&kn->active))
            return null;

        return kn;
    }

    [KernelSource("fs/kernfs/dir.c", "kernfs_put_active", Parity.Full)]
    public static void kernfs_put_active(kernfs_node* kn)
    {
        int v;

        if (kn == null)
            return;

        v = atomic_dec_return(&kn->active);
        if (v != KN_DEACTIVATED_BIAS)
            return;

        wake_up_all(&kernfs_root(kn)->deactivate_waitq);
    }

    // Waits until nobody uses the node, and releases what still has it open. kernfs_rwsem is let go meanwhile.
    [KernelSource("fs/kernfs/dir.c", "kernfs_drain", Parity.Full)]
    [ContextUnsafe("drops the lock of the tree that kn is in, which the caller holds")]
    private static void kernfs_drain(kernfs_node* kn)
    {
        kernfs_root* root = kernfs_root(kn);

        lockdep_assert_held_write(&root->kernfs_rwsem);
        WARN_ON_ONCE(kernfs_active(kn));

        // Drained already, or never activated: nothing to wait for.
        if (atomic_read(&kn->active) == KN_DEACTIVATED_BIAS && !kernfs_should_drain_open_files(kn))
            return;

        up_write(&root->kernfs_rwsem);

        wait_event(&root->deactivate_waitq, &is_deactivated, kn);

        if (kernfs_should_drain_open_files(kn))
            kernfs_drain_open_files(kn);

        down_write(&root->kernfs_rwsem);
    }

    private static bool is_deactivated(void* kn) => atomic_read(&((kernfs_node*)kn)->active) == KN_DEACTIVATED_BIAS;

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

        kfree(kn->name);
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

        kn->name = name;
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
            kn->__parent = parent;
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

        kn->hash = kernfs_name_hash(kn->name);

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

        WARN_ON_ONCE(kn->__parent != null && RB_EMPTY_NODE(&kn->rb));
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
