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
    private static readonly long* nr_inodes = DEFINE_PER_CPU<long>();
    private static readonly long* nr_unused = DEFINE_PER_CPU<long>();

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
    public static void __iget(inode* inode) => atomic_inc(&inode->i_count);

    [KernelSource(C, "ihold", Parity.Full)]
    public static void ihold(inode* inode) => WARN_ON(atomic_inc_return(&inode->i_count) < 2);

    [KernelSource("include/linux/fs.h", "igrab", Parity.Full)]
    public static inode* igrab(inode* inode)
    {
        spin_lock(&inode->i_lock);
        bool live = (inode->i_state & (I_FREEING | I_WILL_FREE)) == 0;
        if (live)
            __iget(inode);
        spin_unlock(&inode->i_lock);
        return live ? inode : null;
    }

    // ---------------------------------------------------------------- LRU

    [KernelSource(C, "__inode_add_lru", Parity.Full)]
    [MustHold("inode->i_lock")]
    private static void __inode_add_lru(inode* inode, bool rotate)
    {
        lockdep_assert_held(&inode->i_lock);

        if ((inode->i_state & (I_DIRTY_ALL | I_SYNC | I_FREEING | I_WILL_FREE)) != 0)
            return;
        if (atomic_read(&inode->i_count) != 0)
            return;
        if ((inode->i_sb->s_flags & SB_ACTIVE) == 0)
            return;
        if (!mapping_shrinkable(&inode->i_data))
            return;

        if (list_lru_add_obj(&inode->i_sb->s_inode_lru, &inode->i_lru))
            this_cpu_inc(nr_unused);
        else if (rotate)
            inode->i_state |= I_REFERENCED;
    }

    /// <summary>Its last page is gone: it may go, if nobody uses it. The caller has i_lock.</summary>
    [KernelSource(C, "inode_add_lru", Parity.Full)]
    [MustHold("inode->i_lock")]
    public static void inode_add_lru(inode* inode) => __inode_add_lru(inode, false);

    [KernelSource(C, "inode_lru_list_del", Parity.Full)]
    private static void inode_lru_list_del(inode* inode)
    {
        if (list_lru_del_obj(&inode->i_sb->s_inode_lru, &inode->i_lru))
            this_cpu_dec(nr_unused);
    }

    [KernelSource(C, "inode_pin_lru_isolating", Parity.Full)]
    [MustHold("inode->i_lock")]
    private static void inode_pin_lru_isolating(inode* inode)
    {
        lockdep_assert_held(&inode->i_lock);
        WARN_ON((inode->i_state & (I_LRU_ISOLATING | I_FREEING | I_WILL_FREE)) != 0);
        inode->i_state |= I_LRU_ISOLATING;
    }

    [KernelSource(C, "inode_bit_waitqueue", Parity.Full)]
    public static wait_queue_head* inode_bit_waitqueue(wait_bit_queue_entry* wqe, inode* inode, int bit)
    {
        void* bit_address = inode_state_wait_address(inode, bit);
        init_wait_var_entry(wqe, bit_address, 0);
        return __var_waitqueue(bit_address);
    }

    [KernelSource(C, "inode_unpin_lru_isolating", Parity.Full)]
    private static void inode_unpin_lru_isolating(inode* inode)
    {
        spin_lock(&inode->i_lock);
        WARN_ON((inode->i_state & I_LRU_ISOLATING) == 0);
        inode->i_state &= ~I_LRU_ISOLATING;
        // Under i_lock, which orders the two.
        inode_wake_up_bit(inode, __I_LRU_ISOLATING);
        spin_unlock(&inode->i_lock);
    }

    [KernelSource(C, "inode_wait_for_lru_isolating", Parity.Full)]
    [MustHold("inode->i_lock")]
    private static void inode_wait_for_lru_isolating(inode* inode)
    {
        wait_bit_queue_entry wqe;

        lockdep_assert_held(&inode->i_lock);
        if ((inode->i_state & I_LRU_ISOLATING) == 0)
            return;

        wait_queue_head* wq_head = inode_bit_waitqueue(&wqe, inode, __I_LRU_ISOLATING);
        for (; ; )
        {
            prepare_to_wait_event(wq_head, &wqe.wq_entry, TASK_UNINTERRUPTIBLE);
            if ((inode->i_state & I_LRU_ISOLATING) == 0)
                break;
            spin_unlock(&inode->i_lock);
            schedule();
            spin_lock(&inode->i_lock);
        }

        finish_wait(wq_head, &wqe.wq_entry);
        WARN_ON((inode->i_state & I_LRU_ISOLATING) != 0);
    }

    [KernelSource(C, "inode_lru_isolate", Parity.Full)]
    [MustHold("lru->lock")]
    [ContextUnsafe("the result tells whether the list's lock was dropped", Rule = "KM0110"), ContextUnsafe("the result tells whether the list's lock was dropped", Rule = "KM0207")]
    private static int inode_lru_isolate(list_head* item, list_lru_one* lru, void* arg)
    {
        list_head* freeable = (list_head*)arg;
        inode* inode = container_of<inode>(item, &((inode*)nowhere)->i_lru);

        // The order is i_lock first: only tried here.
        if (!spin_trylock(&inode->i_lock))
            return LRU_SKIP;

        // In use again: off the list, onto which it comes back by itself.
        if (atomic_read(&inode->i_count) != 0 || (inode->i_state & ~I_REFERENCED) != 0 || !mapping_shrinkable(&inode->i_data))
        {
            list_lru_isolate(lru, &inode->i_lru);
            spin_unlock(&inode->i_lock);
            this_cpu_dec(nr_unused);
            return LRU_REMOVED;
        }

        // Recently referenced inodes get one more pass
        if ((inode->i_state & I_REFERENCED) != 0)
        {
            inode->i_state &= ~I_REFERENCED;
            spin_unlock(&inode->i_lock);
            return LRU_ROTATE;
        }

        if (inode_has_buffers(inode) || !mapping_empty(&inode->i_data))
        {
            inode_pin_lru_isolating(inode);
            spin_unlock(&inode->i_lock);
            spin_unlock(&lru->@lock);
            if (remove_inode_buffers(inode))
                count_vm_events(PGINODESTEAL, (long)invalidate_mapping_pages(&inode->i_data, 0, ulong.MaxValue));
            inode_unpin_lru_isolating(inode);
            return LRU_RETRY;
        }

        WARN_ON((inode->i_state & I_NEW) != 0);
        inode->i_state |= I_FREEING;
        list_lru_isolate_move(lru, &inode->i_lru, freeable);
        spin_unlock(&inode->i_lock);

        this_cpu_dec(nr_unused);
        return LRU_REMOVED;
    }

    [KernelSource(C, "prune_icache_sb", Parity.Full)]
    public static long prune_icache_sb(super_block* sb, shrink_control* sc)
    {
        list_head freeable;

        INIT_LIST_HEAD(&freeable);
        ulong freed = list_lru_shrink_walk(&sb->s_inode_lru, sc, &inode_lru_isolate, &freeable);
        dispose_list(&freeable);
        return (long)freed;
    }

    // ---------------------------------------------------------------- the end of an inode

    [KernelSource(C, "inode_sb_list_add", Parity.Full)]
    public static void inode_sb_list_add(inode* inode)
    {
        spin_lock(&inode->i_sb->s_inode_list_lock);
        list_add(&inode->i_sb_list, &inode->i_sb->s_inodes);
        spin_unlock(&inode->i_sb->s_inode_list_lock);
    }

    [KernelSource(C, "inode_sb_list_del", Parity.Full)]
    private static void inode_sb_list_del(inode* inode)
    {
        if (!list_empty(&inode->i_sb_list))
        {
            spin_lock(&inode->i_sb->s_inode_list_lock);
            list_del_init(&inode->i_sb_list);
            spin_unlock(&inode->i_sb->s_inode_list_lock);
        }
    }

    [KernelSource(C, "remove_inode_hash", Parity.Reduced, "there is no table: it counts as hashed, and is found by walking the super block's inodes")]
    private static void remove_inode_hash(inode* inode)
    {
        if (!inode_unhashed(inode))
            hlist_del_init(&inode->i_hash);
    }

    /// <summary>A file system's evict_inode ends with this: nothing is left of the inode but its memory.</summary>
    [KernelSource(C, "clear_inode", Parity.Full)]
    public static void clear_inode(inode* inode)
    {
        // Who took the last page out may still hold the lock.
        xa_lock_irq(&inode->i_data.i_pages);
        BUG_ON(inode->i_data.nrpages != 0);
        xa_unlock_irq(&inode->i_data.i_pages);
        BUG_ON(!list_empty(&inode->i_data.i_private_list));
        BUG_ON((inode->i_state & I_FREEING) == 0);
        BUG_ON((inode->i_state & I_CLEAR) != 0);
        BUG_ON(!list_empty(&inode->i_wb_list));
        // don't need i_lock here, no concurrent mods to i_state
        inode->i_state = I_FREEING | I_CLEAR;
    }

    [KernelSource(C, "evict", Parity.Reduced, "no character devices")]
    private static void evict(inode* inode)
    {
        super_operations* op = inode->i_sb->s_op;

        BUG_ON((inode->i_state & I_FREEING) == 0);
        BUG_ON(!list_empty(&inode->i_lru));

        if (!list_empty(&inode->i_io_list))
            inode_io_list_del(inode);

        inode_sb_list_del(inode);

        spin_lock(&inode->i_lock);
        inode_wait_for_lru_isolating(inode);

        // The flusher has no reference: it begins nothing with an inode that is being freed, but may be at it.
        inode_wait_for_writeback(inode);
        spin_unlock(&inode->i_lock);

        if (op->evict_inode != null)
        {
            op->evict_inode(inode);
        }
        else
        {
            truncate_inode_pages_final(&inode->i_data);
            clear_inode(inode);
        }

        remove_inode_hash(inode);

        BUG_ON(inode->i_state != (I_FREEING | I_CLEAR));

        destroy_inode(inode);
    }

    [KernelSource(C, "dispose_list", Parity.Full)]
    private static void dispose_list(list_head* head)
    {
        while (!list_empty(head))
        {
            inode* inode = container_of<inode>(head->next, &((inode*)nowhere)->i_lru);
            list_del_init(&inode->i_lru);

            evict(inode);
            cond_resched();
        }
    }

    /// <summary>All that nobody uses go; the super block goes next.</summary>
    [KernelSource(C, "evict_inodes", Parity.Full)]
    public static void evict_inodes(super_block* sb)
    {
        list_head dispose;

    again:
        INIT_LIST_HEAD(&dispose);
        spin_lock(&sb->s_inode_list_lock);
        for (list_head* p = sb->s_inodes.next; p != &sb->s_inodes; p = p->next)
        {
            inode* inode = container_of<inode>(p, &((inode*)nowhere)->i_sb_list);

            if (atomic_read(&inode->i_count) != 0)
                continue;

            spin_lock(&inode->i_lock);
            if (atomic_read(&inode->i_count) != 0 || (inode->i_state & (I_NEW | I_FREEING | I_WILL_FREE)) != 0)
            {
                spin_unlock(&inode->i_lock);
                continue;
            }

            inode->i_state |= I_FREEING;
            inode_lru_list_del(inode);
            spin_unlock(&inode->i_lock);
            list_add(&inode->i_lru, &dispose);

            if (need_resched())
            {
                spin_unlock(&sb->s_inode_list_lock);
                cond_resched();
                dispose_list(&dispose);
                goto again;
            }
        }

        spin_unlock(&sb->s_inode_list_lock);

        dispose_list(&dispose);
    }

    [KernelSource("include/linux/fs.h", "inode_generic_drop", Parity.Full)]
    public static int inode_generic_drop(inode* inode) => inode->i_nlink == 0 || inode_unhashed(inode) ? 1 : 0;

    [KernelSource("include/linux/fs.h", "inode_just_drop", Parity.Full)]
    public static int inode_just_drop(inode* inode) => 1;

    // The last user is gone. The caller has i_lock.
    [KernelSource(C, "iput_final", Parity.Full)]
    [Releases("inode->i_lock")]
    private static void iput_final(inode* inode)
    {
        super_block* sb = inode->i_sb;
        super_operations* op = sb->s_op;

        WARN_ON((inode->i_state & I_NEW) != 0);

        int drop = op->drop_inode != null ? op->drop_inode(inode) : inode_generic_drop(inode);

        if (drop == 0 && (inode->i_state & I_DONTCACHE) == 0 && (sb->s_flags & SB_ACTIVE) != 0)
        {
            __inode_add_lru(inode, true);
            spin_unlock(&inode->i_lock);
            return;
        }

        uint state = inode->i_state;
        if (drop == 0)
        {
            WRITE_ONCE(&inode->i_state, state | I_WILL_FREE);
            spin_unlock(&inode->i_lock);

            write_inode_now(inode, 1);

            spin_lock(&inode->i_lock);
            state = inode->i_state;
            WARN_ON((state & I_NEW) != 0);
            state &= ~I_WILL_FREE;
        }

        WRITE_ONCE(&inode->i_state, state | I_FREEING);
        if (!list_empty(&inode->i_lru))
            inode_lru_list_del(inode);
        spin_unlock(&inode->i_lock);

        evict(inode);
    }

    /// <summary>Gives up a use of the inode. With the last one it may be written and go: this may sleep.</summary>
    [KernelSource(C, "iput", Parity.Full)]
    [MightSleep]
    public static void iput(inode* inode)
    {
        might_sleep();
        if (inode == null)
            return;

    retry:
        if (atomic_add_unless(&inode->i_count, -1, 1))
            return;

        if ((inode->i_state & I_DIRTY_TIME) != 0 && inode->i_nlink != 0)
        {
            mark_inode_dirty_sync(inode);
            goto retry;
        }

        spin_lock(&inode->i_lock);
        if ((inode->i_state & I_DIRTY_TIME) != 0 && inode->i_nlink != 0)
        {
            spin_unlock(&inode->i_lock);
            goto retry;
        }

        if (!atomic_dec_and_test(&inode->i_count))
        {
            spin_unlock(&inode->i_lock);
            return;
        }

        // iput_final() drops ->i_lock, we must not touch the inode after this
        iput_final(inode);
    }

    // ---------------------------------------------------------------- getting one

    [KernelSource("include/linux/fs.h", "insert_inode_hash", Parity.Reduced, "as remove_inode_hash")]
    public static void insert_inode_hash(inode* inode) => inode_fake_hash(inode);

    [KernelSource("include/linux/fs.h", "is_bad_inode", Parity.Reduced, "there are none: see iget_failed")]
    public static bool is_bad_inode(inode* inode) => false;

    [KernelSource(C, "new_inode", Parity.Full)]
    public static inode* new_inode(super_block* sb)
    {
        inode* inode = alloc_inode(sb);
        if (inode != null)
            inode_sb_list_add(inode);
        return inode;
    }

    [KernelSource(C, "get_next_ino", Parity.Reduced, "numbers are not given out to CPUs in batches")]
    public static uint get_next_ino() => (uint)atomic_long_inc_return(last_ino);

    [KernelSource(C, "find_inode_fast", Parity.Reduced, "the super block's inodes are walked")]
    private static inode* find_inode_fast(super_block* sb, ulong ino)
    {
    repeat:
        spin_lock(&sb->s_inode_list_lock);
        for (list_head* p = sb->s_inodes.next; p != &sb->s_inodes; p = p->next)
        {
            inode* inode = container_of<inode>(p, &((inode*)nowhere)->i_sb_list);
            if (inode->i_ino != ino)
                continue;
            spin_lock(&inode->i_lock);
            if ((inode->i_state & (I_FREEING | I_WILL_FREE | I_NEW)) != 0)
            {
                // On its way out, or in: not long.
                spin_unlock(&inode->i_lock);
                spin_unlock(&sb->s_inode_list_lock);
                schedule_timeout_uninterruptible(1);
                goto repeat;
            }

            __iget(inode);
            spin_unlock(&inode->i_lock);
            spin_unlock(&sb->s_inode_list_lock);
            return inode;
        }

        spin_unlock(&sb->s_inode_list_lock);
        return null;
    }

    /// <summary>The inode of this number; a new one has I_NEW set until unlock_new_inode().</summary>
    [KernelSource(C, "iget_locked", Parity.Reduced, "the caller has the directory locked, so that nobody makes the same one meanwhile")]
    public static inode* iget_locked(super_block* sb, ulong ino)
    {
        inode* inode = find_inode_fast(sb, ino);
        if (inode != null)
            return inode;

        inode = alloc_inode(sb);
        if (inode == null)
            return null;
        inode->i_ino = ino;
        inode->i_state = I_NEW;
        insert_inode_hash(inode);
        inode_sb_list_add(inode);
        return inode;
    }

    [KernelSource(C, "unlock_new_inode", Parity.Reduced, "who waits looks again, instead of sleeping on the bit")]
    public static void unlock_new_inode(inode* inode)
    {
        spin_lock(&inode->i_lock);
        WARN_ON((inode->i_state & I_NEW) == 0);
        inode->i_state &= ~(I_NEW | I_CREATING);
        spin_unlock(&inode->i_lock);
    }

    [KernelSource("fs/bad_inode.c", "iget_failed", Parity.Reduced, "the inode is not made a bad one: nobody has seen it")]
    public static void iget_failed(inode* inode)
    {
        clear_nlink(inode);
        unlock_new_inode(inode);
        iput(inode);
    }

    // ---------------------------------------------------------------- times and sizes

    [KernelSource(C, "current_time", Parity.Reduced, "the machine's clock starts at its boot, and only seconds are kept")]
    public static long current_time(inode* inode) => linux_ktime_h.ktime_get() / 1_000_000_000;

    [KernelSource(C, "inode_set_ctime_current", Parity.Reduced, "as current_time")]
    public static long inode_set_ctime_current(inode* inode) => inode_set_ctime_to_ts(inode, current_time(inode));

    [KernelSource("include/linux/fs.h", "inode_set_ctime_to_ts", Parity.Reduced, "as current_time")]
    public static long inode_set_ctime_to_ts(inode* inode, long ts) => inode->i_ctime_sec = ts;

    [KernelSource("include/linux/fs.h", "inode_get_ctime", Parity.Reduced, "as current_time")]
    public static long inode_get_ctime(inode* inode) => inode->i_ctime_sec;

    [KernelSource("include/linux/fs.h", "inode_set_mtime_to_ts", Parity.Reduced, "as current_time")]
    public static long inode_set_mtime_to_ts(inode* inode, long ts) => inode->i_mtime_sec = ts;

    [KernelSource("include/linux/fs.h", "inode_get_mtime", Parity.Reduced, "as current_time")]
    public static long inode_get_mtime(inode* inode) => inode->i_mtime_sec;

    [KernelSource("include/linux/fs.h", "is_zero_ino", Parity.Full)]
    public static bool is_zero_ino(ulong ino) => (uint)ino == 0;

    [KernelSource(C, "inode_init_owner", Parity.Reduced, "root is the only user")]
    public static void inode_init_owner(inode* inode, inode* dir, umode_t mode) => inode->i_mode = mode;

    [KernelSource("include/linux/fs.h", "file_accessed", Parity.Stub, "mounted with noatime")]
    public static void file_accessed(@file* file)
    {
    }

    [KernelSource(C, "file_update_time", Parity.Reduced, "whole seconds, so that the inode is dirtied at most once in each")]
    public static int file_update_time(@file* file)
    {
        inode* inode = file->f_mapping->host;
        long now = current_time(inode);

        if (inode->i_mtime_sec == now && inode->i_ctime_sec == now)
            return 0;
        inode->i_mtime_sec = inode->i_ctime_sec = now;
        mark_inode_dirty_sync(inode);
        return 0;
    }

    [KernelSource(C, "file_modified", Parity.Reduced, "no privileges to take away")]
    public static int file_modified(@file* file) => file_update_time(file);

    [KernelSource("fs/attr.c", "inode_newsize_ok", Parity.Reduced, "no limit of the task's")]
    public static int inode_newsize_ok(inode* inode, loff_t offset)
    {
        if (offset < 0)
            return -EINVAL;
        if (offset > inode->i_size && offset > inode->i_sb->s_maxbytes)
            return -EFBIG;
        if (offset < inode->i_size && IS_SWAPFILE(inode))
            return -ETXTBSY;
        return 0;
    }
}
