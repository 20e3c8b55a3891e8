// SPDX-License-Identifier: GPL-2.0-only
// Correct: the kernel's way out of a function that failed half way, label under label.
namespace Linux;

public static unsafe partial class ladders_c
{
    private static int one_label(mem_cgroup* memcg, void* p)
    {
        int ret = 0;

        mutex_lock(&memcg->flush_lock);
        if (p == null)
        {
            ret = -EINVAL;
            goto unlock;
        }
        memcg->flushed_at = jiffies;
    unlock:
        mutex_unlock(&memcg->flush_lock);
        return ret;
    }

    private static int three_locks(mem_cgroup* memcg, bdi_writeback* wb, inode* inode)
    {
        int ret = -EBUSY;

        mutex_lock(&memcg->flush_lock);
        if (memcg->flushed_at != 0)
            goto unlock_memcg;
        spin_lock(&wb->list_lock);
        if (list_empty(&wb->b_dirty))
            goto unlock_wb;
        spin_lock(&inode->i_lock);
        if ((inode->i_state & I_FREEING) != 0)
            goto unlock_inode;
        list_move(&inode->i_io_list, &wb->b_io);
        ret = 0;
    unlock_inode:
        spin_unlock(&inode->i_lock);
    unlock_wb:
        spin_unlock(&wb->list_lock);
    unlock_memcg:
        mutex_unlock(&memcg->flush_lock);
        return ret;
    }

    private static int memory_and_references(mem_cgroup* memcg)
    {
        void* a, b;
        int ret = -ENOMEM;

        if (!css_tryget(&memcg->css))
            return -ENOENT;
        a = kmalloc(8, GFP_KERNEL);
        if (a == null)
            goto put;
        b = kmalloc(8, GFP_KERNEL);
        if (b == null)
            goto free_a;
        ret = 0;
        kfree(b);
    free_a:
        kfree(a);
    put:
        css_put(&memcg->css);
        return ret;
    }

    private static int success_returns_before_the_ladder(mem_cgroup* memcg, xarray* xa, void* entry)
    {
        IrqFlags flags;
        void* old;

        xa_lock_irqsave(xa, out flags);
        old = __xa_store(xa, 1, entry, GFP_NOWAIT);
        if (old != null)
            goto exists;
        xa_unlock_irqrestore(xa, flags);
        return 0;
    exists:
        __xa_erase(xa, 1);
        xa_unlock_irqrestore(xa, flags);
        return -EBUSY;
    }

    private static int jumps_into_the_middle(mem_cgroup* memcg, mm_struct* mm, int kind)
    {
        int ret = 0;

        if (kind == 0)
            goto out_nothing;
        mmap_read_lock(mm);
        if (kind == 1)
            goto out_mm;
        mutex_lock(&memcg->flush_lock);
        ret = 1;
        mutex_unlock(&memcg->flush_lock);
    out_mm:
        mmap_read_unlock(mm);
    out_nothing:
        return ret;
    }

    private static int retries_after_allocating(xarray* xa, ulong index)
    {
        void* entry = null;
        void* old;

    retry:
        xa_lock_irq(xa);
        old = __xa_store(xa, index, entry, GFP_NOWAIT);
        xa_unlock_irq(xa);
        if (old == null && entry == null)
        {
            entry = kmalloc(64, GFP_KERNEL);
            if (entry == null)
                return -ENOMEM;
            goto retry;
        }
        return 0;
    }

    private static int unlocks_in_the_error_branch(inode* inode, bdi_writeback* wb)
    {
        spin_lock(&wb->list_lock);
        spin_lock(&inode->i_lock);
        if ((inode->i_state & I_SYNC) != 0)
        {
            spin_unlock(&inode->i_lock);
            spin_unlock(&wb->list_lock);
            return -EAGAIN;
        }
        inode->i_state |= I_SYNC;
        spin_unlock(&inode->i_lock);
        spin_unlock(&wb->list_lock);
        return 0;
    }

    private static int not_in_the_order_of_locking(inode* inode, bdi_writeback* wb)
    {
        spin_lock(&wb->list_lock);
        spin_lock(&inode->i_lock);
        list_move(&inode->i_io_list, &wb->b_dirty);
        spin_unlock(&wb->list_lock);
        inode->i_state |= I_DIRTY;
        spin_unlock(&inode->i_lock);
        return 0;
    }

    private static void dies_or_unlocks(inode* inode)
    {
        spin_lock(&inode->i_lock);
        if ((inode->i_state & I_FREEING) != 0)
            BUG();
        inode->i_state |= I_DIRTY;
        spin_unlock(&inode->i_lock);
    }

    private static void bug_on_then_unlocks(inode* inode)
    {
        spin_lock(&inode->i_lock);
        BUG_ON((inode->i_state & I_FREEING) != 0);
        inode->i_state |= I_DIRTY;
        spin_unlock(&inode->i_lock);
    }
}
