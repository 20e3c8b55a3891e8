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
    [RcuReadSection]
    private static ulong kernfs_depth(kernfs_node* from, kernfs_node* to)
    {
        ulong depth = 0;

        while (rcu_dereference(&to->__parent) != null && to != from) {
            depth++;
            to = rcu_dereference(&to->__parent);
        }
        return depth;
    }

    [KernelSource("fs/kernfs/dir.c", "kernfs_common_ancestor", Parity.Full)]
    [RcuReadSection]
    private static kernfs_node* kernfs_common_ancestor(kernfs_node* a, kernfs_node* b)
    {
        ulong da, db;
        kernfs_root* ra = kernfs_root(a), rb = kernfs_root(b);

        if (ra != rb)
            return null;

        da = kernfs_depth(ra->kn, a);
        db = kernfs_depth(rb->kn, b);

        while (da > db) {
            a = rcu_dereference(&a->__parent);
            da--;
        }
        while (db > da) {
            b = rcu_dereference(&b->__parent);
            db--;
        }

        // at worst they meet at the root
        while (b != a) {
            b = rcu_dereference(&b->__parent);
            a = rcu_dereference(&a->__parent);
        }

        return a;
    }

    // /x/y below from; /../x through the common ancestor; the length, or what strscpy() says.
    [KernelSource("fs/kernfs/dir.c", "kernfs_path_from_node_locked", Parity.Full)]
    [RcuReadSection]
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
                kn = rcu_dereference(&kn->__parent);

            len += append(buf + len, buflen - len, rcu_dereference(&kn->name));
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
        kn_parent = rcu_dereference(&kn->__parent);
        ret = (int)(kn_parent != null ? strscpy(buf, rcu_dereference(&kn->name), buflen) : strscpy(buf, "/"u8, buflen));
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
        spin_lock_irqsave(kernfs_pr_cont_lock, out IrqFlags flags);

        kernfs_name(kn, kernfs_pr_cont_buf, PATH_MAX);
        pr_cont(kernfs_pr_cont_buf);

        spin_unlock_irqrestore(kernfs_pr_cont_lock, flags);
    }

    [KernelSource("fs/kernfs/dir.c", "pr_cont_kernfs_path", Parity.Full)]
    public static void pr_cont_kernfs_path(kernfs_node* kn)
    {
        int sz;

        spin_lock_irqsave(kernfs_pr_cont_lock, out IrqFlags flags);

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
        return strcmp(name, kernfs_rcu_name(kn));
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
            result = kernfs_name_compare(kn->hash, kernfs_rcu_name(kn), pos);
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
}
