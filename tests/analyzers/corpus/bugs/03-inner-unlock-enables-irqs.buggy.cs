// SPDX-License-Identifier: GPL-2.0-only
// Bug 3: commit 2e898e4c0a38, mm/page-writeback.c and fs/fs-writeback.c. Rule: KM0206 (irqs enabled inside irqsave), or KM0205.
//
// unlocked_inode_to_wb_begin/end took i_pages with the _irq variants, as if interrupts were always on. Its callers had already
// taken a lock with irqsave: the inner unlock turned interrupts on while the outer lock was held, and an I/O completion on this
// CPU that wants the outer lock would have spun for ever. Found by reading.
namespace Linux;

public static unsafe partial class mm_page_writeback_c
{
    private static bdi_writeback* unlocked_inode_to_wb_begin(inode* inode, out bool locked)
    {
        rcu_read_lock();
        locked = (READ_ONCE(&inode->i_wb_switching) & 1) != 0;
        if (locked)
            xa_lock_irq(&inode->i_mapping->i_pages);
        return inode->i_wb;
    }

    private static void account_dirty(folio* folio, inode* inode, bdi_writeback* wb)
    {
        IrqFlags flags;

        xa_lock_irqsave(&wb->bdi->cgwb_tree, out flags);
        xa_lock_irq(&inode->i_mapping->i_pages);
        wb_stat_mod(wb, WB_DIRTIED, 1);
        xa_unlock_irq(&inode->i_mapping->i_pages); // expect: KM0206|KM0205
        list_move(&inode->i_wb_link, &wb->b_attached);
        xa_unlock_irqrestore(&wb->bdi->cgwb_tree, flags);
    }
}
