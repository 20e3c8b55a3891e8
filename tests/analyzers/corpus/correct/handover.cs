// SPDX-License-Identifier: GPL-2.0-only
// Correct: a lock is taken in one place and dropped in another, as the attributes say.
namespace Linux;

public static unsafe partial class handover_c
{
    [Acquires("l->@lock"), PreemptAdjust(1)]
    private static void locks(list_lru_one* l)
    {
        spin_lock(&l->@lock);
        l->nr_items++;
    }

    [Releases("l->@lock"), PreemptAdjust(-1)]
    private static void unlocks(list_lru_one* l)
    {
        l->nr_items--;
        spin_unlock(&l->@lock);
    }

    private static void both(list_lru_one* l)
    {
        locks(l);
        l->nr_items += 2;
        unlocks(l);
    }

    private static void returned_in_an_object(folio* folio)
    {
        lruvec* lruvec = folio_lruvec_lock_irq(folio);

        lruvec_del_folio(lruvec, folio);
        unlock_page_lruvec_irq(lruvec);
    }

    private static void returned_with_flags(folio* folio)
    {
        IrqFlags flags;
        lruvec* lruvec;

        lruvec = folio_lruvec_lock_irqsave(folio, out flags);
        lruvec->nr++;
        unlock_page_lruvec_irqrestore(lruvec, flags);
    }

    [AcquiresReturn("lru_lock"), PreemptAdjust(1), IrqDisable]
    private static lruvec* returns_it_locked(folio* folio)
    {
        lruvec* lruvec = folio_lruvec(folio);

        spin_lock_irq(&lruvec->lru_lock);
        return lruvec;
    }

    private static void from_one_to_the_next(folio** folios, int n)
    {
        lruvec* lruvec = null;
        int i;

        for (i = 0; i < n; i++)
        {
            lruvec = folio_lruvec_relock_irq(folios[i], lruvec);
            lruvec_add_folio(lruvec, folios[i]);
        }
        if (lruvec != null)
            unlock_page_lruvec_irq(lruvec);
    }

    private static void inode_lock_to_list_lock(inode* inode)
    {
        bdi_writeback* wb;

        spin_lock(&inode->i_lock);
        inode->i_state |= I_DIRTY;
        wb = locked_inode_to_wb_and_lock_list(inode);
        list_move(&inode->i_wb_link, &wb->b_dirty);
        spin_unlock(&wb->list_lock);
    }

    private static void drops_and_takes_again(inode* inode, bdi_writeback* wb)
    {
        spin_lock(&wb->list_lock);
        if (list_empty(&wb->b_io))
        {
            spin_unlock(&wb->list_lock);
            do_writepages(inode->i_mapping);
            spin_lock(&wb->list_lock);
        }
        list_move(&inode->i_wb_link, &wb->b_dirty);
        spin_unlock(&wb->list_lock);
    }

    [MustHold("wb->list_lock")]
    private static void works_inside(bdi_writeback* wb, inode* inode)
    {
        list_move(&inode->i_wb_link, &wb->b_io);
    }

    [MustHold("wb->list_lock")]
    private static void drops_for_a_while(bdi_writeback* wb, inode* inode)
    {
        spin_unlock(&wb->list_lock);
        cond_resched();
        spin_lock(&wb->list_lock);
        works_inside(wb, inode);
    }

    private static void calls_inside(bdi_writeback* wb, inode* inode)
    {
        spin_lock(&wb->list_lock);
        works_inside(wb, inode);
        drops_for_a_while(wb, inode);
        spin_unlock(&wb->list_lock);
    }

    private static void asserted(list_lru_one* l)
    {
        lockdep_assert_held(&l->@lock);
        l->nr_items++;
    }

    private static ulong through_a_local(list_lru_one* l)
    {
        spinlock_t* @lock = &l->@lock;
        ulong n;

        spin_lock(@lock);
        n = (ulong)l->nr_items;
        spin_unlock(@lock);
        return n;
    }
}
