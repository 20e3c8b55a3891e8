// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_fs_h;
using static Linux.linux_gfp_types_h;

namespace Linux;

/// <summary>fs/super.c: file systems that are there, and what reclaim can have of them.</summary>
public static unsafe partial class fs_super_c
{
    private const string C = "fs/super.c";

    public static readonly list_head* super_blocks = linux_init_h.LIST_HEAD();
    public static readonly spinlock_t* sb_lock = bss<spinlock_t>();
    private static uint unnamed_dev;

    [KernelSource(C, "total_objects", Parity.Full)]
    private static long total(super_block* sb, shrink_control* sc, out long dentries, out long inodes)
    {
        dentries = (long)list_lru_shrink_count(&sb->s_dentry_lru, sc);
        inodes = (long)list_lru_shrink_count(&sb->s_inode_lru, sc);
        return dentries + inodes;
    }

    // Names and inodes in proportion; names first, for they hold inodes.
    [KernelSource(C, "super_cache_scan", Parity.Full)]
    private static ulong super_cache_scan(shrinker* shrink, shrink_control* sc)
    {
        super_block* sb = (super_block*)shrink->private_data;
        long fs_objects = 0;
        long freed = 0;

        // Deadlock avoidance: this may be from within the file system.
        if ((sc->gfp_mask & __GFP_FS) == 0)
            return SHRINK_STOP;

        if (!super_trylock_shared(sb))
            return SHRINK_STOP;

        if (sb->s_op->nr_cached_objects != null)
            fs_objects = sb->s_op->nr_cached_objects(sb, sc);

        long total_objects = total(sb, sc, out long dentries, out long inodes) + fs_objects + 1;

        dentries = (long)sc->nr_to_scan * dentries / total_objects;
        inodes = (long)sc->nr_to_scan * inodes / total_objects;
        fs_objects = (long)sc->nr_to_scan * fs_objects / total_objects;

        // One at least of each, so that small caches are not kept for ever.
        sc->nr_to_scan = (ulong)dentries + 1;
        freed = fs_dcache_c.prune_dcache_sb(sb, sc);
        sc->nr_to_scan = (ulong)inodes + 1;
        freed += fs_inode_c.prune_icache_sb(sb, sc);

        if (fs_objects != 0)
        {
            sc->nr_to_scan = (ulong)fs_objects + 1;
            freed += sb->s_op->free_cached_objects(sb, sc);
        }

        up_read(&sb->s_umount);
        return (ulong)freed;
    }

    [KernelSource(C, "super_cache_count", Parity.Full)]
    private static ulong super_cache_count(shrinker* shrink, shrink_control* sc)
    {
        super_block* sb = (super_block*)shrink->private_data;
        long total_objects = 0;

        // It is not all there yet, or no longer.
        if ((smp_load_acquire(&sb->s_flags) & SB_BORN) == 0)
            return 0;

        if (sb->s_op != null && sb->s_op->nr_cached_objects != null)
            total_objects = sb->s_op->nr_cached_objects(sb, sc);

        total_objects += total(sb, sc, out _, out _);
        if (total_objects == 0)
            return SHRINK_EMPTY;

        return (ulong)vfs_pressure_ratio((ulong)total_objects);
    }

    [KernelSource("include/linux/dcache.h", "vfs_pressure_ratio", Parity.Full)]
    private static ulong vfs_pressure_ratio(ulong val) => val * (ulong)sysctl_vfs_cache_pressure / 100;

    public static int sysctl_vfs_cache_pressure = 100;

    [KernelSource(C, "super_trylock_shared", Parity.Full)]
    [TryAcquires(Result.True, "sb->s_umount", Shared = true)]
    public static bool super_trylock_shared(super_block* sb)
    {
        if (down_read_trylock(&sb->s_umount))
        {
            if ((sb->s_flags & (SB_DYING | SB_BORN)) == SB_BORN)
                return true;
            up_read(&sb->s_umount);
        }

        return false;
    }

    [KernelSource(C, "alloc_super", Parity.Reduced, "no namespaces, quota, freezing or exports")]
    [TryAcquires(Result.NonNull, "return->s_umount")]
    private static super_block* alloc_super(file_system_type* type, ulong flags)
    {
        super_block* s = (super_block*)kzalloc((ulong)sizeof(super_block), GFP_KERNEL);
        if (s == null)
            return null;

        init_rwsem(&s->s_umount);
        down_write(&s->s_umount);
        s->s_flags = flags;
        s->s_bdi = noop_backing_dev_info;
        INIT_LIST_HEAD(&s->s_list);
        INIT_LIST_HEAD(&s->s_inodes);
        spin_lock_init(&s->s_inode_list_lock);
        INIT_LIST_HEAD(&s->s_inodes_wb);
        spin_lock_init(&s->s_inode_wblist_lock);
        mutex_init(&s->s_sync_lock);
        s->s_count = 1;
        atomic_set(&s->s_active, 1);
        s->s_maxbytes = int.MaxValue;
        s->s_type = type;

        s->s_shrink = shrinker_alloc(SHRINKER_MEMCG_AWARE, "sb"u8);
        if (s->s_shrink == null)
            goto fail;
        s->s_shrink->scan_objects = &super_cache_scan;
        s->s_shrink->count_objects = &super_cache_count;
        s->s_shrink->batch = 1024;
        s->s_shrink->private_data = s;

        if (list_lru_init_memcg(&s->s_dentry_lru, s->s_shrink) != 0)
            goto fail;
        if (list_lru_init_memcg(&s->s_inode_lru, s->s_shrink) != 0)
        {
            list_lru_destroy(&s->s_dentry_lru);
            goto fail;
        }

        return s;
    fail:
        if (s->s_shrink != null)
            shrinker_free(s->s_shrink);
        up_write(&s->s_umount);
        kfree(s);
        return null;
    }

    /// <summary>A new super block, on the list of all, with s_umount held for writing; an error as a pointer.</summary>
    [KernelSource(C, "sget", Parity.Reduced, "always a new one")]
    [AcquiresReturn("s_umount"), MightSleep]
    public static super_block* sget(file_system_type* type, ulong flags)
    {
        super_block* s = alloc_super(type, flags);
        if (s == null)
            return (super_block*)ERR_PTR(-ENOMEM);

        spin_lock(sb_lock);
        list_add_tail(&s->s_list, super_blocks);
        spin_unlock(sb_lock);
        shrinker_register(s->s_shrink);
        return s;
    }

    [KernelSource(C, "set_anon_super", Parity.Full)]
    public static int set_anon_super(super_block* s)
    {
        s->s_dev = ++unnamed_dev;
        return 0;
    }

    /// <summary>Takes the file system apart: names, data, inodes.</summary>
    [KernelSource(C, "generic_shutdown_super", Parity.Reduced, "no keys or delayed closing")]
    [Releases("sb->s_umount")]
    public static void generic_shutdown_super(super_block* sb)
    {
        super_operations* sop = sb->s_op;

        if (sb->s_root != null)
        {
            fs_dcache_c.shrink_dcache_for_umount(sb);
            sync_filesystem(sb);
            sb->s_flags &= ~SB_ACTIVE;

            // Inodes that are still on somebody's writeback list are done with first.
            cgroup_writeback_umount(sb);

            fs_inode_c.evict_inodes(sb);

            // What is watched is still there: those who watch it are told, and let go of it.
            fsnotify_sb_delete(sb);

            if (sop->put_super != null)
                sop->put_super(sb);

            WARN_ON(!list_empty(&sb->s_inodes));
        }

        sb->s_flags |= SB_DYING;
        up_write(&sb->s_umount);
        if (sb->s_bdi != noop_backing_dev_info)
        {
            if ((sb->s_iflags & SB_I_PERSB_BDI) != 0)
                bdi_unregister(sb->s_bdi);
            bdi_put(sb->s_bdi);
            sb->s_bdi = noop_backing_dev_info;
        }
    }

    /// <summary>The file system's own bdi, which goes with it.</summary>
    public const ulong SB_I_PERSB_BDI = 0x00000200;

    [KernelSource(C, "kill_anon_super", Parity.Full)]
    [Releases("sb->s_umount"), MightSleep]
    public static void kill_anon_super(super_block* sb) => generic_shutdown_super(sb);

    [KernelSource(C, "kill_litter_super", Parity.Full)]
    [Releases("sb->s_umount"), MightSleep]
    public static void kill_litter_super(super_block* sb)
    {
        if (sb->s_root != null)
            d_genocide(sb->s_root);
        kill_anon_super(sb);
    }

    [KernelSource(C, "kill_block_super", Parity.Full)]
    [Releases("sb->s_umount"), MightSleep]
    public static void kill_block_super(super_block* sb)
    {
        block_device* bdev = sb->s_bdev;

        generic_shutdown_super(sb);
        if (bdev != null)
        {
            block_bdev_c.sync_blockdev(bdev);
            if (bdev->release != null)
                bdev->release(bdev);
        }
    }

    /// <summary>Gives up the last use of a super block, whose s_umount the caller has for writing.</summary>
    [KernelSource(C, "deactivate_locked_super", Parity.Full)]
    [Releases("s->s_umount")]
    [ContextUnsafe("kill_sb() drops s_umount", Rule = "KM0110"), MightSleep]
    public static void deactivate_locked_super(super_block* s)
    {
        file_system_type* fs = s->s_type;
        if (atomic_dec_and_test(&s->s_active))
        {
            shrinker_free(s->s_shrink);
            fs->kill_sb(s);

            list_lru_destroy(&s->s_dentry_lru);
            list_lru_destroy(&s->s_inode_lru);

            // Inodes are freed after a grace period, and look at the super block then.
            rcu_barrier();
            spin_lock(sb_lock);
            list_del_init(&s->s_list);
            spin_unlock(sb_lock);
            put_super(s);
        }
        else
        {
            up_write(&s->s_umount);
        }
    }

    [KernelSource(C, "put_super", Parity.Full)]
    private static void put_super(super_block* s)
    {
        spin_lock(sb_lock);
        bool last = --s->s_count == 0;
        spin_unlock(sb_lock);
        if (last)
        {
            fsnotify_sb_free(s);
            kfree(s);
        }
    }

    [KernelSource(C, "deactivate_super", Parity.Full)]
    public static void deactivate_super(super_block* s)
    {
        if (!atomic_add_unless(&s->s_active, -1, 1))
        {
            down_write(&s->s_umount);
            deactivate_locked_super(s);
        }
    }

    /// <summary>Calls f for each super block that is there, with s_umount held for reading.</summary>
    [KernelSource(C, "iterate_supers", Parity.Full)]
    public static void iterate_supers(delegate*<super_block*, void*, void> f, void* arg)
    {
        super_block* p = null;

        spin_lock(sb_lock);
        for (list_head* l = super_blocks->next; l != super_blocks; l = l->next)
        {
            super_block* sb = container_of<super_block>(l, &((super_block*)nowhere)->s_list);

            if ((sb->s_flags & SB_DYING) != 0)
                continue;
            sb->s_count++;
            spin_unlock(sb_lock);

            down_read(&sb->s_umount);
            if ((sb->s_flags & (SB_DYING | SB_BORN)) == SB_BORN && sb->s_root != null)
                f(sb, arg);
            up_read(&sb->s_umount);

            if (p != null)
                put_super(p);
            p = sb;
            spin_lock(sb_lock);
        }

        spin_unlock(sb_lock);
        if (p != null)
            put_super(p);
    }

    /// <summary>Makes a super block without a disk, as the context says; its root is the context's.</summary>
    [KernelSource(C, "get_tree_nodev", Parity.Full)]
    [Initializes("fc->root")]
    public static int get_tree_nodev(fs_context* fc, delegate*<super_block*, fs_context*, int> fill_super)
    {
        super_block* s = sget(fc->fs_type, fc->sb_flags);
        if (IS_ERR(s))
            return PTR_ERR(s);

        set_anon_super(s);
        int error = fill_super(s, fc);
        if (error != 0)
        {
            deactivate_locked_super(s);
            return error;
        }

        fc->root = born(s);
        return 0;
    }

    /// <summary>Makes a super block on a disk; its root with a reference, or an error as a pointer.</summary>
    [KernelSource(C, "mount_bdev", Parity.Reduced, "a disk is mounted once")]
    [ReturnsOwned]
    public static dentry* mount_bdev(file_system_type* fs_type, int flags, block_device* bdev, void* data,
        delegate*<super_block*, void*, int, int> fill_super)
    {
        super_block* s = sget(fs_type, (ulong)flags);
        if (IS_ERR(s))
            return (dentry*)s;

        s->s_bdev = bdev;
        s->s_dev = bdev->bd_dev;
        s->s_bdi = bdi_get(bdev->bd_bdi);
        int error = fill_super(s, data, 0);
        if (error != 0)
        {
            deactivate_locked_super(s);
            return (dentry*)ERR_PTR(error);
        }

        return born(s);
    }

    // From here on reclaim and sync see it.
    [Releases("s->s_umount")]
    [ReturnsOwned]
    private static dentry* born(super_block* s)
    {
        s->s_flags |= SB_ACTIVE;
        smp_store_release(&s->s_flags, s->s_flags | SB_BORN);
        dentry* root = dget(s->s_root);
        up_write(&s->s_umount);
        return root;
    }
}
