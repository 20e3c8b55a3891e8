// SPDX-License-Identifier: GPL-2.0-only
// Bug 15, fixed: commit 10e14073107d. i_lock inside list_lock, around the move and the state that goes with it.
namespace Linux;

public static unsafe partial class fs_fs_writeback_c
{
    private static void move_expired_inodes(bdi_writeback* wb, inode* inode)
    {
        lockdep_assert_held(&wb->list_lock);
        spin_lock(&inode->i_lock);
        list_move(&inode->i_io_list, &wb->b_io);
        inode->i_state |= I_SYNC_QUEUED;
        spin_unlock(&inode->i_lock);
    }
}
