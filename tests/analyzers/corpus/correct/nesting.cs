// SPDX-License-Identifier: GPL-2.0-only
// Correct: more than one lock at a time, of two classes in one order, or of one class where the order is told.
namespace Linux;

public static unsafe partial class nesting_c
{
    private static void outer_and_inner(mm_struct* mm, folio* folio)
    {
        mmap_read_lock(mm);
        spin_lock(&mm->page_table_lock);
        spin_unlock(&mm->page_table_lock);
        mmap_read_unlock(mm);
    }

    private static void always_the_same_order(bdi_writeback* wb, inode* inode)
    {
        spin_lock(&wb->list_lock);
        spin_lock(&inode->i_lock);
        inode->i_state |= I_DIRTY;
        spin_unlock(&inode->i_lock);
        spin_unlock(&wb->list_lock);
    }

    private static void parent_and_child(list_lru_one* child, list_lru_one* parent)
    {
        spin_lock(&parent->@lock);
        spin_lock_nested(&child->@lock, SINGLE_DEPTH_NESTING);
        parent->nr_items += child->nr_items;
        child->nr_items = 0;
        spin_unlock(&child->@lock);
        spin_unlock(&parent->@lock);
    }

    private static void two_of_a_class_by_address(bdi_writeback* a, bdi_writeback* b)
    {
        if (a < b)
        {
            spin_lock(&a->list_lock);
            spin_lock_nested(&b->list_lock, SINGLE_DEPTH_NESTING);
        }
        else
        {
            spin_lock(&b->list_lock);
            spin_lock_nested(&a->list_lock, SINGLE_DEPTH_NESTING);
        }
        list_splice_init(&a->b_dirty, &b->b_dirty);
        spin_unlock(&a->list_lock);
        spin_unlock(&b->list_lock);
    }

    private static void inner_one_is_tried(bdi_writeback* wb, inode* inode)
    {
        spin_lock(&inode->i_lock);
        if (spin_trylock(&wb->list_lock))
        {
            list_move(&inode->i_io_list, &wb->b_io);
            spin_unlock(&wb->list_lock);
        }
        spin_unlock(&inode->i_lock);
    }

    private static void hand_over_hand(list_lru_one* first, list_lru_one* second)
    {
        spin_lock(&first->@lock);
        first->nr_items++;
        spin_lock_nested(&second->@lock, SINGLE_DEPTH_NESTING);
        spin_unlock(&first->@lock);
        second->nr_items++;
        spin_unlock(&second->@lock);
    }

    private static void one_after_the_other(list_lru_one* a, list_lru_one* b)
    {
        spin_lock(&a->@lock);
        a->nr_items++;
        spin_unlock(&a->@lock);
        spin_lock(&b->@lock);
        b->nr_items++;
        spin_unlock(&b->@lock);
    }

    private static void mutex_around_spinlock(mem_cgroup* memcg, list_lru_one* l)
    {
        mutex_lock(&memcg->flush_lock);
        spin_lock(&l->@lock);
        l->nr_items = 0;
        spin_unlock(&l->@lock);
        memcg->flushed_at = 0;
        mutex_unlock(&memcg->flush_lock);
    }

    private static void raw_inside_spin(list_lru_one* l, raw_spinlock_t* raw)
    {
        spin_lock(&l->@lock);
        raw_spin_lock(raw);
        raw_spin_unlock(raw);
        spin_unlock(&l->@lock);
    }

    private static void shared_twice(mm_struct* a, mm_struct* b)
    {
        mmap_read_lock(a);
        if (mmap_read_trylock(b))
            mmap_read_unlock(b);
        mmap_read_unlock(a);
    }
}
