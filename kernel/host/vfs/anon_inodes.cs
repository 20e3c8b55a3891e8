// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_fs_h;

namespace Linux;

/// <summary>fs/anon_inodes.c: open files of what has no name, such as a userfaultfd.</summary>
public static unsafe partial class fs_anon_inodes_c
{
    private const string C = "fs/anon_inodes.c";

    private static readonly vfsmount* anon_inode_mnt = bss<vfsmount>();
    private static inode* anon_inode_inode;

    private static readonly super_operations* anon_inode_sops = data(new super_operations { drop_inode = &inode_just_drop });

    private static readonly file_system_type* anon_inode_fs_type = data(new file_system_type { kill_sb = &fs_super_c.kill_anon_super });

    [KernelSource(C, "__anon_inode_getfile", Parity.Reduced, "no security modules: an inode of its own is like any other")]
    [ReturnsOwned]
    private static @file* __anon_inode_getfile(ReadOnlySpan<byte> name, file_operations* fops, void* priv, uint flags, inode* context_inode, bool make_inode)
    {
        inode* inode;

        if (make_inode)
        {
            inode = alloc_anon_inode(anon_inode_mnt->mnt_sb);
            if (IS_ERR(inode))
                return (@file*)inode;
            inode->i_flags &= ~S_PRIVATE;
        }
        else
        {
            inode = anon_inode_inode;
            ihold(inode);
        }

        @file* file = alloc_file_pseudo(inode, anon_inode_mnt, name, flags & (O_ACCMODE | O_NONBLOCK), fops);
        if (IS_ERR(file))
        {
            iput(inode);
            return file;
        }

        file->f_mapping = inode->i_mapping;
        file->private_data = priv;
        return file;
    }

    /// <summary>A file on the inode that all such files share.</summary>
    [KernelSource(C, "anon_inode_getfile", Parity.Full)]
    [ReturnsOwned]
    public static @file* anon_inode_getfile(ReadOnlySpan<byte> name, file_operations* fops, void* priv, uint flags) =>
        __anon_inode_getfile(name, fops, priv, flags, null, false);

    /// <summary>A file with an inode of its own.</summary>
    [KernelSource(C, "anon_inode_create_getfile", Parity.Full)]
    [ReturnsOwned]
    public static @file* anon_inode_create_getfile(ReadOnlySpan<byte> name, file_operations* fops, void* priv, uint flags, inode* context_inode) =>
        __anon_inode_getfile(name, fops, priv, flags, context_inode, true);

    [KernelSource(C, "__anon_inode_getfd", Parity.Full)]
    private static int __anon_inode_getfd(ReadOnlySpan<byte> name, file_operations* fops, void* priv, uint flags, inode* context_inode, bool make_inode)
    {
        int error = get_unused_fd_flags(flags);
        if (error < 0)
            return error;
        int fd = error;

        @file* file = __anon_inode_getfile(name, fops, priv, flags, context_inode, make_inode);
        if (IS_ERR(file))
        {
            put_unused_fd(fd);
            return (int)PTR_ERR(file);
        }

        fd_install(fd, file);
        return fd;
    }

    [KernelSource(C, "anon_inode_getfd", Parity.Full)]
    public static int anon_inode_getfd(ReadOnlySpan<byte> name, file_operations* fops, void* priv, uint flags) =>
        __anon_inode_getfd(name, fops, priv, flags, null, false);

    [KernelSource(C, "anon_inode_create_getfd", Parity.Full)]
    public static int anon_inode_create_getfd(ReadOnlySpan<byte> name, file_operations* fops, void* priv, uint flags, inode* context_inode) =>
        __anon_inode_getfd(name, fops, priv, flags, context_inode, true);

    [KernelSource(C, "anon_inode_init", Parity.Full)]
    internal static void anon_inode_init()
    {
        super_block* sb = fs_super_c.sget(anon_inode_fs_type, SB_KERNMOUNT | SB_NOUSER);
        if (IS_ERR(sb))
            panic("anon_inode_init() kernel mount failed");
        fs_super_c.set_anon_super(sb);
        sb->s_op = anon_inode_sops;
        sb->s_iflags |= SB_I_NODEV;

        inode* root = new_inode(sb);
        if (root == null)
            panic("no memory for anonymous inodes");
        root->i_mode = S_IFDIR | S_IRUSR | S_IWUSR;
        sb->s_root = fs_dcache_c.d_make_root(root);
        sb->s_flags |= SB_ACTIVE;
        smp_store_release(&sb->s_flags, sb->s_flags | SB_BORN);
        up_write(&sb->s_umount);
        anon_inode_mnt->mnt_root = sb->s_root;
        anon_inode_mnt->mnt_sb = sb;

        anon_inode_inode = alloc_anon_inode(sb);
        if (IS_ERR(anon_inode_inode))
            panic("anon_inode_init() inode allocation failed");
    }
}
