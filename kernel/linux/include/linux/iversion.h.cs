// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public static unsafe partial class linux_iversion_h
{
    public const ulong I_VERSION_QUERIED_SHIFT = 1;
    public const ulong I_VERSION_QUERIED = 1UL << ((int)I_VERSION_QUERIED_SHIFT - 1);
    public const ulong I_VERSION_INCREMENT = 1UL << (int)I_VERSION_QUERIED_SHIFT;

    [KernelSource("include/linux/iversion.h", "inode_inc_iversion", Parity.Full)]
    public static void inode_inc_iversion(inode* inode) => inode_maybe_inc_iversion(inode, true);
}
