// SPDX-License-Identifier: GPL-2.0-only
// Correct: loops that lock, unlock, break, continue and go round again.
namespace Linux;

public static unsafe partial class loops_c
{
    private static void lock_each(list_lru_one* l, int n)
    {
        for (int i = 0; i < n; i++)
        {
            spin_lock(&l[i].@lock);
            l[i].nr_items = 0;
            spin_unlock(&l[i].@lock);
        }
    }

    private static int break_with_unlock(swap_cluster_info* ci, int n)
    {
        int i;

        for (i = 0; i < n; i++)
        {
            spin_lock(&ci->@lock);
            if (ci->count != 0)
            {
                spin_unlock(&ci->@lock);
                break;
            }
            spin_unlock(&ci->@lock);
        }
        return i;
    }

    private static int break_holding_then_unlock(swap_cluster_info* ci)
    {
        int ret = 0;

        while (true)
        {
            spin_lock(&ci->@lock);
            if (ci->count != 0)
                break;
            spin_unlock(&ci->@lock);
            cpu_relax();
        }
        ret = ci->flags;
        spin_unlock(&ci->@lock);
        return ret;
    }

    private static void continue_with_unlock(list_lru_one* l, int n)
    {
        for (int i = 0; i < n; i++)
        {
            spin_lock(&l->@lock);
            if (l->nr_items == 0)
            {
                spin_unlock(&l->@lock);
                continue;
            }
            l->nr_items--;
            spin_unlock(&l->@lock);
        }
    }

    private static void drop_inside_and_retake(list_lru_one* l)
    {
        spin_lock(&l->@lock);
        while (l->nr_items > 0)
        {
            l->nr_items--;
            spin_unlock(&l->@lock);
            cond_resched();
            spin_lock(&l->@lock);
        }
        spin_unlock(&l->@lock);
    }

    private static void retry_by_goto(inode* inode, bdi_writeback* wb)
    {
    again:
        spin_lock(&inode->i_lock);
        if ((inode->i_state & I_SYNC) != 0)
        {
            spin_unlock(&inode->i_lock);
            cond_resched();
            goto again;
        }
        inode->i_state |= I_DIRTY;
        spin_unlock(&inode->i_lock);
    }

    private static void do_while(swap_info_struct* si)
    {
        bool more;

        do
        {
            spin_lock(&si->@lock);
            si->inuse--;
            more = si->inuse != 0;
            spin_unlock(&si->@lock);
        } while (more);
    }

    private static void return_from_inside(swap_info_struct* si, int n)
    {
        while (n-- > 0)
        {
            spin_lock(&si->@lock);
            if (si->inuse == 0)
            {
                spin_unlock(&si->@lock);
                return;
            }
            si->inuse--;
            spin_unlock(&si->@lock);
        }
    }

    private static void lock_around(list_lru_one* l, int n)
    {
        int i;

        spin_lock(&l->@lock);
        for (i = 0; i < n; i++)
        {
            if (l->nr_items == 0)
                break;
            if ((i & 1) != 0)
                continue;
            l->nr_items--;
        }
        spin_unlock(&l->@lock);
    }

    private static void nested_loops(bdi_writeback* wb, list_lru_one* l, int n)
    {
        for (int i = 0; i < n; i++)
        {
            spin_lock(&wb->list_lock);
            for (int j = 0; j < i; j++)
            {
                spin_lock(&l->@lock);
                l->nr_items++;
                spin_unlock(&l->@lock);
            }
            spin_unlock(&wb->list_lock);
        }
    }

    private static int by_switch(list_lru_one* l, int what)
    {
        spin_lock(&l->@lock);
        switch (what)
        {
            case 0:
                l->nr_items++;
                break;
            case 1:
                l->nr_items--;
                goto case 0;
            case 2:
                spin_unlock(&l->@lock);
                return -EINVAL;
            default:
                goto case 1;
        }
        spin_unlock(&l->@lock);
        return 0;
    }

    private static void walk_a_list(vm_area_struct* vma, mm_struct* mm)
    {
        mmap_read_lock(mm);
        for (vma = mm->mmap; vma != null; vma = vma->next)
        {
            if (vma->vm_end == 0)
                goto out_of_here;
        }
    out_of_here:
        mmap_read_unlock(mm);
    }
}
