// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

// Without quotas all that is left is the inode's own count.
public static unsafe partial class linux_quotaops_h
{
    [KernelSource("include/linux/quotaops.h", "__dquot_alloc_space", Parity.Full)]
    private static int __dquot_alloc_space(inode* inode, long number)
    {
        inode_add_bytes(inode, number);
        return 0;
    }

    [KernelSource("include/linux/quotaops.h", "__dquot_free_space", Parity.Full)]
    private static void __dquot_free_space(inode* inode, long number) => inode_sub_bytes(inode, number);

    [KernelSource("include/linux/quotaops.h", "dquot_alloc_block_nodirty", Parity.Full)]
    public static int dquot_alloc_block_nodirty(inode* inode, long nr) => __dquot_alloc_space(inode, nr << inode->i_blkbits);

    [KernelSource("include/linux/quotaops.h", "dquot_free_block_nodirty", Parity.Full)]
    public static void dquot_free_block_nodirty(inode* inode, long nr) => __dquot_free_space(inode, nr << inode->i_blkbits);
}
