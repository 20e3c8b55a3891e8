// SPDX-License-Identifier: GPL-2.0-only
// Bug 3, fixed: commit 2e898e4c0a38. The inner lock saves and restores as well, so it leaves interrupts as it found them.
namespace Linux;

public static unsafe partial class mm_page_writeback_c
{
    private static void account_dirty(folio* folio, inode* inode, bdi_writeback* wb)
    {
        IrqFlags flags, inner;

        xa_lock_irqsave(&wb->bdi->cgwb_tree, out flags);
        xa_lock_irqsave(&inode->i_mapping->i_pages, out inner);
        wb_stat_mod(wb, WB_DIRTIED, 1);
        xa_unlock_irqrestore(&inode->i_mapping->i_pages, inner);
        list_move(&inode->i_wb_link, &wb->b_attached);
        xa_unlock_irqrestore(&wb->bdi->cgwb_tree, flags);
    }
}
