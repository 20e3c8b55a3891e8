// SPDX-License-Identifier: GPL-2.0-only
// Bug 15: commit 10e14073107d, fs/fs-writeback.c. Rule: KM0101 (unguarded access), or KM0103 through the helper.
//
// Which list an inode is on is decided under its i_lock and the list's lock. queue_io's sorting moved inodes from list to
// list with the list's lock alone, and raced with __mark_inode_dirty, which looks with i_lock.
namespace Linux;

public static unsafe partial class fs_fs_writeback_c
{
    private static void move_expired_inodes(bdi_writeback* wb, inode* inode)
    {
        lockdep_assert_held(&wb->list_lock);
        list_move(&inode->i_io_list, &wb->b_io); // expect: KM0101
    }
}
