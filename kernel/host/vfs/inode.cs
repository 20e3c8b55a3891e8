// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_fs_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_pagemap_h;

namespace Linux;

/// <summary>
/// fs/inode.c: inodes in memory. They are found by walking the super block's list, as there are few. One that nobody uses
/// stays; it is on an LRU list, and goes when reclaim wants it, as long as nothing is cached of it.
/// </summary>
public static unsafe partial class fs_inode_c
{
    private const string C = "fs/inode.c";

    private static kmem_cache* inode_cachep;
    private static readonly address_space_operations* empty_aops = data(new address_space_operations { dirty_folio = &noop_dirty_folio });
    private static readonly inode_operations* empty_iops = bss<inode_operations>();
    private static readonly file_operations* no_open_fops = bss<file_operations>();
    private static readonly atomic_long_t* last_ino = bss<atomic_long_t>();
    [PerCpu(Remote = true)] private static readonly PerCpu<long>* nr_inodes = DEFINE_PER_CPU<long>();
    [PerCpu(Remote = true)] private static readonly PerCpu<long>* nr_unused = DEFINE_PER_CPU<long>();

    [KernelSource(C, "get_nr_inodes", Parity.Full)]
    private static long get_nr_inodes()
    {
        long sum = 0;
        foreach (int i in for_each_possible_cpu())
            sum += *per_cpu_ptr(nr_inodes, i);
        return sum < 0 ? 0 : sum;
    }

    [KernelSource(C, "get_nr_inodes_unused", Parity.Full)]
    private static long get_nr_inodes_unused()
    {
        long sum = 0;
        foreach (int i in for_each_possible_cpu())
            sum += *per_cpu_ptr(nr_unused, i);
        return sum < 0 ? 0 : sum;
    }

    /// <summary>Not those that are dirty but those in use: a rough idea is enough.</summary>
    [KernelSource(C, "get_nr_dirty_inodes", Parity.Full)]
    public static long get_nr_dirty_inodes()
    {
        long nr_dirty = get_nr_inodes() - get_nr_inodes_unused();
        return nr_dirty > 0 ? nr_dirty : 0;
    }

    [KernelSource(C, "inode_init", Parity.Reduced, "no hash table: a super block's inodes are walked")]
    internal static void inode_init() =>
        inode_cachep = kmem_cache_create("inode_cache"u8, (uint)sizeof(inode), 0, SLAB_RECLAIM_ACCOUNT | SLAB_PANIC | SLAB_ACCOUNT, &init_once);

    private static void init_once(void* foo) => inode_init_once((inode*)foo);

    [KernelSource(C, "__address_space_init_once", Parity.Full)]
    private static void __address_space_init_once(address_space* mapping)
    {
        xa_init_flags(&mapping->i_pages, XA_FLAGS_LOCK_IRQ | XA_FLAGS_ACCOUNT);
        init_rwsem(&mapping->i_mmap_rwsem);
        spin_lock_init(&mapping->i_private_lock);
        INIT_LIST_HEAD(&mapping->i_private_list);
        mapping->i_mmap = default;
    }

    [KernelSource(C, "address_space_init_once", Parity.Full)]
    public static void address_space_init_once(address_space* mapping)
    {
        *mapping = default;
        __address_space_init_once(mapping);
    }

    /// <summary>What stays the same while an inode's memory is used for one after the other.</summary>
    [KernelSource(C, "inode_init_once", Parity.Full)]
    public static void inode_init_once(inode* inode)
    {
        *inode = default;
        INIT_LIST_HEAD(&inode->i_devices);
        INIT_LIST_HEAD(&inode->i_io_list);
        INIT_LIST_HEAD(&inode->i_wb_list);
        INIT_LIST_HEAD(&inode->i_lru);
        INIT_LIST_HEAD(&inode->i_sb_list);
        __address_space_init_once(&inode->i_data);
    }

    [KernelSource(C, "inode_init_always_gfp", Parity.Reduced, "no owners, ACLs, security or notification")]
    public static int inode_init_always(super_block* sb, inode* inode)
    {
        address_space* mapping = &inode->i_data;

        inode->i_sb = sb;
        inode->i_blkbits = sb->s_blocksize_bits;
        inode->i_flags = 0;
        inode->i_state = 0;
        atomic64_set(&inode->i_sequence, 0);
        atomic_set(&inode->i_count, 1);
        inode->i_op = empty_iops;
        inode->i_fop = no_open_fops;
        inode->i_ino = 0;
        inode->__i_nlink = 1;
        inode->i_opflags = 0;
        atomic_set(&inode->i_writecount, 0);
        inode->i_size = 0;
        inode->i_blocks = 0;
        inode->i_bytes = 0;
        inode->i_generation = 0;
        inode->i_rdev = 0;
        inode->dirtied_when = 0;
        inode->i_wb_frn_winner = 0;
        inode->i_wb_frn_avg_time = 0;
        inode->i_wb_frn_history = 0;
        inode->i_private = null;
        INIT_HLIST_HEAD(&inode->i_dentry); // its memory was an RCU head meanwhile

        spin_lock_init(&inode->i_lock);
        init_rwsem(&inode->i_rwsem);

        mapping->a_ops = empty_aops;
        mapping->host = inode;
        mapping->flags = 0;
        mapping->wb_err = 0;
        atomic_set(&mapping->i_mmap_writable, 0);
        mapping_set_gfp_mask(mapping, GFP_HIGHUSER_MOVABLE);
        mapping->i_private_data = null;
        mapping->writeback_index = 0;
        init_rwsem(&mapping->invalidate_lock);
        inode->i_mapping = mapping;

        this_cpu_inc(nr_inodes);
        return 0;
    }

    [KernelSource("include/linux/fs.h", "alloc_inode_sb", Parity.Full)]
    public static void* alloc_inode_sb(super_block* sb, kmem_cache* cache, gfp_t gfp) =>
        kmem_cache_alloc_lru(cache, &sb->s_inode_lru, gfp);

    [KernelSource(C, "alloc_inode", Parity.Full)]
    [ReturnsOwned]
    public static inode* alloc_inode(super_block* sb)
    {
        super_operations* ops = sb->s_op;

        inode* inode = ops->alloc_inode != null ? ops->alloc_inode(sb) : (inode*)alloc_inode_sb(sb, inode_cachep, GFP_KERNEL);
        if (inode == null)
            return null;
        inode_init_always(sb, inode);
        return inode;
    }

    [KernelSource(C, "i_callback", Parity.Full)]
    private static void i_callback(rcu_head* head)
    {
        inode* inode = container_of<inode>(head, &((inode*)nowhere)->i_rcu);
        delegate*<inode*, void> free_inode = inode->i_sb->s_op->free_inode;

        if (free_inode != null)
            free_inode(inode);
        else
            kmem_cache_free(inode_cachep, inode);
    }

    [KernelSource(C, "__destroy_inode", Parity.Reduced, "no ACLs")]
    private static void __destroy_inode(inode* inode)
    {
        BUG_ON(inode_has_buffers(inode));
        inode_detach_wb(inode);
        fsnotify_inode_delete(inode);
        this_cpu_dec(nr_inodes);
    }

    // Who looked at a folio without a lock may still look at its mapping: the memory stays for a grace period.
    [KernelSource(C, "destroy_inode", Parity.Full)]
    private static void destroy_inode(inode* inode)
    {
        super_operations* ops = inode->i_sb->s_op;

        BUG_ON(!list_empty(&inode->i_lru));
        __destroy_inode(inode);
        if (ops->destroy_inode != null)
        {
            ops->destroy_inode(inode);
            if (ops->free_inode == null)
                return;
        }

        call_rcu(&inode->i_rcu, &i_callback);
    }

    [KernelSource(C, "drop_nlink", Parity.Full)]
    public static void drop_nlink(inode* inode)
    {
        WARN_ON(inode->i_nlink == 0);
        inode->__i_nlink--;
    }

    [KernelSource(C, "clear_nlink", Parity.Full)]
    public static void clear_nlink(inode* inode) => inode->__i_nlink = 0;

    [KernelSource(C, "set_nlink", Parity.Full)]
    public static void set_nlink(inode* inode, uint nlink) => inode->__i_nlink = nlink;

    [KernelSource(C, "inc_nlink", Parity.Full)]
    public static void inc_nlink(inode* inode) => inode->__i_nlink++;

    /// <summary>The caller has i_lock, or the inode cannot be without users.</summary>
    [KernelSource("include/linux/fs.h", "__iget", Parity.Full)]
    [GetsRef("inode")]
    public static void __iget(inode* inode) => atomic_inc(&inode->i_count);

    [KernelSource(C, "ihold", Parity.Full)]
    [GetsRef("inode")]
    public static void ihold(inode* inode) => WARN_ON(atomic_inc_return(&inode->i_count) < 2);

    [KernelSource("include/linux/fs.h", "igrab", Parity.Full)]
    [TryGetsRef(Result.NonNull, "inode")]
    public static inode* igrab(inode* inode)
    {
        spin_lock(&inode->i_lock);
        bool live = (inode->i_state & (I_FREEING | I_WILL_FREE)) == 0;
        if (live)
            __iget(inode);
        spin_unlock(&inode->i_lock);
        return live ? inode : null;
    }
}
