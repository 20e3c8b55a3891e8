// SPDX-License-Identifier: GPL-2.0-only
// Correct: guarded fields under their locks, by other names, in parts, and before anybody else knows the object.
namespace Linux;

public static unsafe partial class guarded_c
{
    private static long read_and_write(list_lru_one* l)
    {
        long n;

        spin_lock(&l->@lock);
        l->nr_items += 1;
        n = l->nr_items;
        spin_unlock(&l->@lock);
        return n;
    }

    private static void by_another_pointer(list_lru* lru)
    {
        list_lru_one* l = lru->node;

        spin_lock(&l->@lock);
        lru->node->nr_items = 0;
        spin_unlock(&lru->node->@lock);
    }

    private static void address_inside(list_lru_one* l, list_head* item)
    {
        spin_lock(&l->@lock);
        list_add(item, &l->list);
        spin_unlock(&l->@lock);
    }

    private static ulong shared_is_enough_to_read(mm_struct* mm)
    {
        ulong n;

        down_read(&mm->mmap_lock);
        n = mm->map_count;
        up_read(&mm->mmap_lock);
        return n;
    }

    private static void exclusive_to_write(mm_struct* mm)
    {
        mmap_write_lock(mm);
        mm->map_count++;
        mmap_write_unlock(mm);
    }

    private static void mixed_helpers(mm_struct* mm)
    {
        mmap_write_lock(mm);
        mm->map_count--;
        up_write(&mm->mmap_lock);
    }

    private static bool try_shared(mm_struct* mm)
    {
        bool any;

        if (!mmap_read_trylock(mm))
            return false;
        any = mm->map_count != 0;
        mmap_read_unlock(mm);
        return any;
    }

    private static int killable_write(mm_struct* mm)
    {
        if (mmap_write_lock_killable(mm) != 0)
            return -EINTR;
        mm->map_count = 0;
        mmap_write_unlock(mm);
        return 0;
    }

    private static list_lru_one* before_it_is_known()
    {
        list_lru_one* l = (list_lru_one*)kzalloc((ulong)sizeof(list_lru_one), GFP_KERNEL);

        if (l == null)
            return null;
        spin_lock_init(&l->@lock);
        l->nr_items = 0;
        INIT_LIST_HEAD(&l->list);
        return l;
    }

    private static void global_lock(obj_cgroup* objcg, mem_cgroup* memcg)
    {
        IrqFlags flags;

        spin_lock_irqsave(objcg_lock, out flags);
        list_add(&objcg->list, &memcg->objcg_list);
        spin_unlock_irqrestore(objcg_lock, flags);
    }

    private static void lock_in_a_part(address_space* mapping)
    {
        xa_lock_irq(&mapping->i_pages);
        mapping->i_pages.marks |= 1;
        WRITE_ONCE(&mapping->nrpages, mapping->nrpages + 1);
        xa_unlock_irq(&mapping->i_pages);
    }

    private static ulong lockless_reader(address_space* mapping) => READ_ONCE(&mapping->nrpages);

    private static void element_of_an_array(swap_info_struct* si, ulong i)
    {
        swap_cluster_info* ci = &si->cluster_info[i];

        spin_lock(&ci->@lock);
        ci->count++;
        ci->flags = 0;
        spin_unlock(&ci->@lock);
    }

    private static void cluster_by_helper(swap_info_struct* si, ulong offset)
    {
        swap_cluster_info* ci = swap_cluster_lock(si, offset);

        ci->count--;
        swap_cluster_unlock(ci);
    }

    private static void two_locks_for_one_line(inode* inode, bdi_writeback* wb)
    {
        spin_lock(&wb->list_lock);
        spin_lock(&inode->i_lock);
        list_move(&inode->i_io_list, &wb->b_more_io);
        spin_unlock(&inode->i_lock);
        spin_unlock(&wb->list_lock);
    }

    private static void folio_lock_is_a_bit(folio* folio)
    {
        folio_lock(folio);
        folio->index++;
        folio_unlock(folio);
    }

    private static bool folio_lock_tried(folio* folio)
    {
        if (!folio_trylock(folio))
            return false;
        folio->mapping = null;
        folio_unlock(folio);
        return true;
    }
}
