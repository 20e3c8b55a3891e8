// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_fs_h;
using static Linux.linux_gfp_types_h;

namespace Linux;

/// <summary>
/// fs/dcache.c: names of files in memory, as trees by parent. One lock guards all of it: the kernel's lock-free walks are left
/// out. A name that nobody uses stays on its super block's LRU list until reclaim wants it.
/// </summary>
public static unsafe partial class fs_dcache_c
{
    private const string C = "fs/dcache.c";
    private const uint DCACHE_REFERENCED = 1 << 6;
    private const uint DCACHE_LRU_LIST = 1 << 19;
    private const uint DCACHE_UNHASHED = 1 << 30; // host: no longer to be found by its name

    /// <summary>The kernel's dentry is of this size; what lies behind ours is the name.</summary>
    private const uint DENTRY_SIZE = 192;

    private static readonly int DNAME_LEN = (int)DENTRY_SIZE - sizeof(dentry) - 1;

    private static kmem_cache* dentry_cache;
    private static readonly spinlock_t* dcache_lock = bss<spinlock_t>();

    [KernelSource(C, "dcache_init", Parity.Reduced, "no hash table")]
    internal static void dcache_init()
    {
        spin_lock_init(dcache_lock);
        dentry_cache = kmem_cache_create("dentry"u8, DENTRY_SIZE, 0, SLAB_RECLAIM_ACCOUNT | SLAB_PANIC | SLAB_ACCOUNT, null);
    }

    private static int* count(dentry* d) => (int*)&d->d_count;

    [KernelSource(C, "__d_alloc", Parity.Reduced, "names of at most so many bytes as the kernel's dentry holds with us")]
    private static dentry* __d_alloc(super_block* sb, ReadOnlySpan<byte> name)
    {
        if (name.Length > DNAME_LEN)
            return (dentry*)ERR_PTR(-ENAMETOOLONG);

        dentry* d = (dentry*)kmem_cache_alloc_lru(dentry_cache, &sb->s_dentry_lru, GFP_KERNEL);
        if (d == null)
            return (dentry*)ERR_PTR(-ENOMEM);
        *d = default;
        d->d_name = (byte*)(d + 1);
        name.CopyTo(new Span<byte>(d->d_name, name.Length));
        d->d_name[name.Length] = 0;
        d->d_name_len = (uint)name.Length;
        d->d_sb = sb;
        d->d_parent = d;
        *count(d) = 1;
        INIT_LIST_HEAD(&d->d_lru);
        return d;
    }

    /// <summary>A name in a directory, without a file yet; an error as a pointer.</summary>
    [KernelSource(C, "d_alloc", Parity.Reduced, "as __d_alloc")]
    public static dentry* d_alloc(dentry* parent, ReadOnlySpan<byte> name)
    {
        dentry* d = __d_alloc(parent->d_sb, name);
        if (IS_ERR(d))
            return d;

        spin_lock(dcache_lock);
        ++*count(parent);
        d->d_parent = parent;
        hlist_add_head(&d->d_sib, &parent->d_children);
        spin_unlock(dcache_lock);
        return d;
    }

    /// <summary>A name that is in no directory.</summary>
    [KernelSource(C, "d_alloc_pseudo", Parity.Reduced, "as __d_alloc")]
    internal static dentry* d_alloc_pseudo(super_block* sb, ReadOnlySpan<byte> name) => __d_alloc(sb, name);

    /// <summary>Says which inode a name is of; the caller's reference to it becomes the name's.</summary>
    [KernelSource(C, "d_instantiate", Parity.Full)]
    public static void d_instantiate(dentry* entry, inode* inode)
    {
        spin_lock(dcache_lock);
        entry->d_inode = inode;
        spin_unlock(dcache_lock);
    }

    [KernelSource(C, "d_make_root", Parity.Full)]
    public static dentry* d_make_root(inode* root_inode)
    {
        if (root_inode == null)
            return null;

        dentry* res = __d_alloc(root_inode->i_sb, "/"u8);
        if (IS_ERR(res))
        {
            iput(root_inode);
            return null;
        }

        d_instantiate(res, root_inode);
        return res;
    }

    [KernelSource("include/linux/dcache.h", "d_inode", Parity.Full)]
    public static inode* d_inode(dentry* dentry) => dentry->d_inode;

    [KernelSource("include/linux/dcache.h", "d_is_negative", Parity.Full)]
    public static bool d_is_negative(dentry* dentry) => dentry->d_inode == null;

    [KernelSource("include/linux/dcache.h", "dget", Parity.Full)]
    public static dentry* dget(dentry* dentry)
    {
        spin_lock(dcache_lock);
        ++*count(dentry);
        spin_unlock(dcache_lock);
        return dentry;
    }

    /// <summary>Finds a cached name, with a reference.</summary>
    [KernelSource(C, "d_lookup", Parity.Full)]
    public static dentry* d_lookup(dentry* parent, ReadOnlySpan<byte> name)
    {
        dentry* found = null;

        spin_lock(dcache_lock);
        for (hlist_node* n = parent->d_children.first; n != null; n = n->next)
        {
            dentry* d = container_of<dentry>(n, &((dentry*)nowhere)->d_sib);
            if ((d->d_flags & DCACHE_UNHASHED) == 0 && new ReadOnlySpan<byte>(d->d_name, (int)d->d_name_len).SequenceEqual(name))
            {
                ++*count(d);
                d->d_flags |= DCACHE_REFERENCED;
                found = d;
                break;
            }
        }

        spin_unlock(dcache_lock);
        return found;
    }

    /// <summary>The name is not to be found any more; who has it open keeps it.</summary>
    [KernelSource(C, "d_drop", Parity.Full)]
    public static void d_drop(dentry* dentry)
    {
        spin_lock(dcache_lock);
        dentry->d_flags |= DCACHE_UNHASHED;
        spin_unlock(dcache_lock);
    }

    /// <summary>The file was removed from its directory.</summary>
    [KernelSource(C, "d_delete", Parity.Reduced, "no negative entries are kept")]
    public static void d_delete(dentry* dentry) => d_drop(dentry);

    // Off the tree, under the lock; the parent's reference is the caller's now.
    private static void unlink(dentry* d)
    {
        if (d->d_parent != d)
            hlist_del_init(&d->d_sib);
        if ((d->d_flags & DCACHE_LRU_LIST) != 0)
        {
            d->d_flags &= ~DCACHE_LRU_LIST;
            list_lru_del_obj(&d->d_sb->s_dentry_lru, &d->d_lru);
        }
    }

    // It is off the tree and nobody has it.
    [KernelSource(C, "__dentry_kill", Parity.Reduced, "no operations of file systems on names")]
    private static void __dentry_kill(dentry* d)
    {
        dentry* parent = d->d_parent;
        inode* inode = d->d_inode;

        d->d_inode = null;
        if (inode != null && inode->i_nlink == 0)
            fsnotify_inoderemove(inode);
        iput(inode);
        kmem_cache_free(dentry_cache, d);
        if (parent != d)
            dput(parent);
    }

    /// <summary>Gives up a use of a name. It stays, unless it is not to be found any more or has no file.</summary>
    [KernelSource(C, "dput", Parity.Full)]
    public static void dput(dentry* d)
    {
        if (d == null)
            return;
        might_sleep();

        spin_lock(dcache_lock);
        if (--*count(d) != 0)
        {
            spin_unlock(dcache_lock);
            return;
        }

        if (retain_dentry(d))
        {
            spin_unlock(dcache_lock);
            return;
        }

        unlink(d);
        spin_unlock(dcache_lock);
        __dentry_kill(d);
    }

    [KernelSource(C, "retain_dentry", Parity.Full)]
    private static bool retain_dentry(dentry* d)
    {
        if ((d->d_flags & DCACHE_UNHASHED) != 0 || d->d_inode == null || d->d_parent == d || (d->d_sb->s_flags & SB_ACTIVE) == 0)
            return false;

        if ((d->d_flags & DCACHE_LRU_LIST) == 0)
        {
            d->d_flags |= DCACHE_LRU_LIST;
            list_lru_add_obj(&d->d_sb->s_dentry_lru, &d->d_lru);
        }
        else
        {
            d->d_flags |= DCACHE_REFERENCED;
        }

        return true;
    }

    [KernelSource(C, "dentry_lru_isolate", Parity.Full)]
    private static int dentry_lru_isolate(list_head* item, list_lru_one* lru, void* arg)
    {
        list_head* freeable = (list_head*)arg;
        dentry* d = container_of<dentry>(item, &((dentry*)nowhere)->d_lru);

        // The order is the other way round: only tried here.
        if (!spin_trylock(dcache_lock))
            return LRU_SKIP;

        int ret = LRU_REMOVED;
        if (*count(d) != 0)
        {
            d->d_flags &= ~DCACHE_LRU_LIST;
            list_lru_isolate(lru, &d->d_lru);
        }
        else if ((d->d_flags & DCACHE_REFERENCED) != 0)
        {
            d->d_flags &= ~DCACHE_REFERENCED;
            ret = LRU_ROTATE;
        }
        else
        {
            d->d_flags &= ~DCACHE_LRU_LIST;
            d->d_flags |= DCACHE_UNHASHED;
            unlink(d);
            list_lru_isolate_move(lru, &d->d_lru, freeable);
        }

        spin_unlock(dcache_lock);
        return ret;
    }

    [KernelSource(C, "prune_dcache_sb", Parity.Full)]
    public static long prune_dcache_sb(super_block* sb, shrink_control* sc)
    {
        list_head dispose;

        INIT_LIST_HEAD(&dispose);
        ulong freed = list_lru_shrink_walk(&sb->s_dentry_lru, sc, &dentry_lru_isolate, &dispose);
        while (!list_empty(&dispose))
        {
            dentry* d = container_of<dentry>(dispose.next, &((dentry*)nowhere)->d_lru);
            list_del_init(&d->d_lru);
            __dentry_kill(d);
        }

        return (long)freed;
    }

    // The names below d go; those that are pinned, as on a file system in memory, with them.
    private static void shrink_tree(dentry* d)
    {
        for (; ; )
        {
            spin_lock(dcache_lock);
            hlist_node* n = d->d_children.first;
            if (n == null)
            {
                spin_unlock(dcache_lock);
                return;
            }

            dentry* child = container_of<dentry>(n, &((dentry*)nowhere)->d_sib);
            ++*count(child);
            spin_unlock(dcache_lock);
            shrink_tree(child);
            spin_lock(dcache_lock);
            WARN_ON(*count(child) > 2);
            unlink(child);
            spin_unlock(dcache_lock);
            __dentry_kill(child);
        }
    }

    /// <summary>The whole tree goes, for nobody can be in it.</summary>
    [KernelSource(C, "shrink_dcache_for_umount", Parity.Full)]
    public static void shrink_dcache_for_umount(super_block* sb)
    {
        dentry* root = sb->s_root;

        sb->s_root = null;
        if (root == null)
            return;
        shrink_tree(root);
        dput(root);
    }
}
