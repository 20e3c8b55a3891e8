// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_fs_h;
using static Linux.linux_pagemap_h;
using static Linux.mm_maccess_c;

namespace Linux;

/// <summary>fs/inode.c: the LRU list, and the end of an inode.</summary>
public static unsafe partial class fs_inode_c
{
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

        // Used since it was last looked at: once more around.
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

    // The mapping comes from a page that may be damaged: nothing that hangs on it is taken for good. (The address of a member
    // would be a load to .NET.)
    [KernelSource(C, "dump_mapping", Parity.Reduced, "the operations as an address")]
    public static void dump_mapping(address_space* mapping)
    {
        inode* host;
        nint a_ops;
        hlist_node* dentry_first;
        ulong ino;
        dentry dentry;

        if (get_kernel_nofault((nint*)&host, (nint*)((byte*)mapping + offsetof(&((address_space*)nowhere)->host))) != 0 ||
            get_kernel_nofault(&a_ops, (nint*)((byte*)mapping + offsetof(&((address_space*)nowhere)->a_ops))) != 0)
        {
            pr_warn($"invalid mapping:{(ulong)mapping:x16}");
            return;
        }

        if (host == null)
        {
            pr_warn($"aops:0x{a_ops:x}");
            return;
        }

        if (get_kernel_nofault((nint*)&dentry_first, (nint*)((byte*)host + offsetof(&((inode*)nowhere)->i_dentry))) != 0 ||
            get_kernel_nofault(&ino, (ulong*)((byte*)host + offsetof(&((inode*)nowhere)->i_ino))) != 0)
        {
            pr_warn($"aops:0x{a_ops:x} invalid inode:{(ulong)host:x16}");
            return;
        }

        if (dentry_first == null)
        {
            pr_warn($"aops:0x{a_ops:x} ino:{ino:x}");
            return;
        }

        var dentry_ptr = (dentry*)((byte*)dentry_first - offsetof(&((dentry*)nowhere)->d_alias));
        if (get_kernel_nofault(&dentry, dentry_ptr) != 0 || dentry.d_parent == null || dentry.d_name.name == null)
        {
            pr_warn($"aops:0x{a_ops:x} ino:{ino:x} invalid dentry:{(ulong)dentry_ptr:x16}");
            return;
        }

        byte* fname = stackalloc byte[64];
        if (strncpy_from_kernel_nofault(fname, dentry.d_name.name, 63) < 0)
            "<invalid>\0"u8.CopyTo(new Span<byte>(fname, 64));
        pr_warn($"aops:0x{a_ops:x} ino:{ino:x} dentry name(?):\"{Marshal.PtrToStringUTF8((nint)fname)}\"");
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
        // Nobody else changes the state any more, so that it needs no lock.
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
    [PutsRef("inode")]
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

        // This unlocks, and the inode may be gone afterwards.
        iput_final(inode);
    }
}
