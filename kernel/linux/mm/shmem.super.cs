// SPDX-License-Identifier: GPL-2.0-only
// mm/shmem.c: mounts and their options, and objects without a name.
using static Linux.lib_cmdline_c;
using static Linux.lib_string_c;
using static Linux.linux_ctype_h;
using static Linux.linux_fs_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_percpu_counter_h;
using static Linux.linux_shmem_fs_h;

namespace Linux;

/// <summary>The options of a tmpfs, as they were given.</summary>
public unsafe struct shmem_options
{
    public ulong blocks;
    public ulong inodes;
    public mempolicy* mpol;
    public uint uid;
    public uint gid;
    public umode_t mode;
    public bool full_inums;
    public int huge;
    public int seen;
    public bool noswap;
}

public static unsafe partial class mm_shmem_c
{
    private const int SHMEM_SEEN_BLOCKS = 1;
    private const int SHMEM_SEEN_INODES = 2;
    private const int SHMEM_SEEN_HUGE = 4;
    private const int SHMEM_SEEN_INUMS = 8;

    private const int Opt_gid = 0;
    private const int Opt_huge = 1;
    private const int Opt_mode = 2;
    private const int Opt_mpol = 3;
    private const int Opt_nr_blocks = 4;
    private const int Opt_nr_inodes = 5;
    private const int Opt_size = 6;
    private const int Opt_uid = 7;
    private const int Opt_inode32 = 8;
    private const int Opt_inode64 = 9;
    private const int Opt_noswap = 10;

    private static readonly constant_table* shmem_param_enums_huge = data_array<constant_table>(new constant_table[]
    {
        new(rodata("never"u8), SHMEM_HUGE_NEVER),
        new(rodata("always"u8), SHMEM_HUGE_ALWAYS),
        new(rodata("within_size"u8), SHMEM_HUGE_WITHIN_SIZE),
        new(rodata("advise"u8), SHMEM_HUGE_ADVISE),
        default,
    });

    private static readonly fs_parameter_spec* shmem_fs_parameters = data_array<fs_parameter_spec>(new fs_parameter_spec[]
    {
        new(rodata("gid"u8), Opt_gid, fs_param_type.u32),
        new(rodata("huge"u8), Opt_huge, fs_param_type.@enum, shmem_param_enums_huge),
        new(rodata("mode"u8), Opt_mode, fs_param_type.u32oct),
        new(rodata("mpol"u8), Opt_mpol, fs_param_type.@string),
        new(rodata("nr_blocks"u8), Opt_nr_blocks, fs_param_type.@string),
        new(rodata("nr_inodes"u8), Opt_nr_inodes, fs_param_type.@string),
        new(rodata("size"u8), Opt_size, fs_param_type.@string),
        new(rodata("uid"u8), Opt_uid, fs_param_type.u32),
        new(rodata("inode32"u8), Opt_inode32, fs_param_type.flag),
        new(rodata("inode64"u8), Opt_inode64, fs_param_type.flag),
        new(rodata("noswap"u8), Opt_noswap, fs_param_type.flag),
        default,
    });

    [KernelSource(C, "shmem_parse_one", Parity.Reduced, "no quotas, case folding or namespaces of users; root is who mounts")]
    private static int shmem_parse_one(fs_context* fc, fs_parameter* param)
    {
        shmem_options* ctx = (shmem_options*)fc->fs_private;
        fs_parse_result result;
        byte* rest;

        int opt = fs_parse(fc, shmem_fs_parameters, param, &result);
        if (opt < 0)
            return opt;

        switch (opt)
        {
            case Opt_size:
                ulong size = memparse(param->@string, &rest);
                if (*rest == '%')
                {
                    size <<= PAGE_SHIFT;
                    size *= totalram_pages();
                    size /= 100;
                    rest++;
                }

                if (*rest != 0)
                    goto bad_value;
                ctx->blocks = DIV_ROUND_UP(size, PAGE_SIZE);
                ctx->seen |= SHMEM_SEEN_BLOCKS;
                break;
            case Opt_nr_blocks:
                ctx->blocks = memparse(param->@string, &rest);
                if (*rest != 0 || ctx->blocks > LONG_MAX)
                    goto bad_value;
                ctx->seen |= SHMEM_SEEN_BLOCKS;
                break;
            case Opt_nr_inodes:
                ctx->inodes = memparse(param->@string, &rest);
                if (*rest != 0 || ctx->inodes > ULONG_MAX / BOGO_INODE_SIZE)
                    goto bad_value;
                ctx->seen |= SHMEM_SEEN_INODES;
                break;
            case Opt_mode:
                ctx->mode = (umode_t)(result.uint_32 & S_IALLUGO);
                break;
            case Opt_uid:
                ctx->uid = result.uint_32;
                break;
            case Opt_gid:
                ctx->gid = result.uint_32;
                break;
            case Opt_huge:
                ctx->huge = (int)result.uint_32;
                if (ctx->huge != SHMEM_HUGE_NEVER && !(CONFIG_TRANSPARENT_HUGEPAGE && has_transparent_hugepage()))
                    goto unsupported_parameter;
                ctx->seen |= SHMEM_SEEN_HUGE;
                break;
            case Opt_mpol:
                // It takes NUMA.
                goto unsupported_parameter;
            case Opt_inode32:
                ctx->full_inums = false;
                ctx->seen |= SHMEM_SEEN_INUMS;
                break;
            case Opt_inode64:
                ctx->full_inums = true;
                ctx->seen |= SHMEM_SEEN_INUMS;
                break;
            case Opt_noswap:
                ctx->noswap = true;
                break;
        }

        return 0;

    unsupported_parameter:
        return invalfc(fc, $"Unsupported parameter '{fs_text(param->key)}'");
    bad_value:
        return invalfc(fc, $"Bad value for '{fs_text(param->key)}'");
    }

    // Options are separated by commas; but one before a digit is part of a list.
    [KernelSource(C, "shmem_next_opt", Parity.Full)]
    private static byte* shmem_next_opt(byte** s)
    {
        byte* sbegin = *s;

        if (sbegin == null)
            return null;

        for (; ; )
        {
            byte* p = strchr(*s, ',');
            if (p == null)
                break;
            *s = p + 1;
            if (!isdigit(*(p + 1)))
            {
                *p = 0;
                return sbegin;
            }
        }

        *s = null;
        return sbegin;
    }

    [KernelSource(C, "shmem_parse_monolithic", Parity.Full)]
    private static int shmem_parse_monolithic(fs_context* fc, byte* data) => vfs_parse_monolithic_sep(fc, data, &shmem_next_opt);

    /// <summary>Remount: limits may change as long as what is there fits, and swap may not be turned off.</summary>
    [KernelSource(C, "shmem_reconfigure", Parity.Reduced, "no quotas")]
    [Excludes("shmem_sb_info.stat_lock")]
    private static int shmem_reconfigure(fs_context* fc)
    {
        shmem_options* ctx = (shmem_options*)fc->fs_private;
        shmem_sb_info* sbinfo = SHMEM_SB(fc->root->d_sb);
        string err;

        raw_spin_lock(&sbinfo->stat_lock);
        ulong used_isp = (sbinfo->max_inodes * BOGO_INODE_SIZE) - sbinfo->free_ispace;

        if ((ctx->seen & SHMEM_SEEN_BLOCKS) != 0 && ctx->blocks != 0)
        {
            if (sbinfo->max_blocks == 0)
            {
                err = "Cannot retroactively limit size";
                goto @out;
            }

            if (percpu_counter_compare(&sbinfo->used_blocks, (long)ctx->blocks) > 0)
            {
                err = "Too small a size for current use";
                goto @out;
            }
        }

        if ((ctx->seen & SHMEM_SEEN_INODES) != 0 && ctx->inodes != 0)
        {
            if (sbinfo->max_inodes == 0)
            {
                err = "Cannot retroactively limit inodes";
                goto @out;
            }

            if (ctx->inodes * BOGO_INODE_SIZE < used_isp)
            {
                err = "Too few inodes for current use";
                goto @out;
            }
        }

        if ((ctx->seen & SHMEM_SEEN_INUMS) != 0 && !ctx->full_inums && sbinfo->next_ino > uint.MaxValue)
        {
            err = "Current inum too high to switch to 32-bit inums";
            goto @out;
        }

        if (ctx->noswap && !sbinfo->noswap)
        {
            err = "Cannot disable swap on remount";
            goto @out;
        }

        if ((ctx->seen & SHMEM_SEEN_HUGE) != 0)
            sbinfo->huge = (byte)ctx->huge;
        if ((ctx->seen & SHMEM_SEEN_INUMS) != 0)
            sbinfo->full_inums = ctx->full_inums;
        if ((ctx->seen & SHMEM_SEEN_BLOCKS) != 0)
            sbinfo->max_blocks = ctx->blocks;
        if ((ctx->seen & SHMEM_SEEN_INODES) != 0)
        {
            sbinfo->max_inodes = ctx->inodes;
            sbinfo->free_ispace = (ctx->inodes * BOGO_INODE_SIZE) - used_isp;
        }

        if (ctx->noswap)
            sbinfo->noswap = true;

        raw_spin_unlock(&sbinfo->stat_lock);
        return 0;
    @out:
        raw_spin_unlock(&sbinfo->stat_lock);
        return invalfc(fc, err);
    }

    [KernelSource(C, "shmem_show_options", Parity.Reduced, "no quotas")]
    private static int shmem_show_options(seq_file* seq, dentry* root)
    {
        shmem_sb_info* sbinfo = SHMEM_SB(root->d_sb);
        int mode = sbinfo->mode;

        if (sbinfo->max_blocks != shmem_default_max_blocks())
            seq_printf(seq, $",size={K(sbinfo->max_blocks)}k");
        if (sbinfo->max_inodes != shmem_default_max_inodes())
            seq_printf(seq, $",nr_inodes={sbinfo->max_inodes}");
        if (mode != (S_IRWXUGO | S_ISVTX))
        {
            // In octal, at least three digits
            seq_puts(seq, ",mode="u8);
            if (mode >> 9 != 0)
                seq_putc(seq, (byte)('0' + (mode >> 9)));
            for (int shift = 6; shift >= 0; shift -= 3)
                seq_putc(seq, (byte)('0' + (mode >> shift & 7)));
        }

        if (sbinfo->uid != 0)
            seq_printf(seq, $",uid={sbinfo->uid}");
        if (sbinfo->gid != 0)
            seq_printf(seq, $",gid={sbinfo->gid}");

        if (CONFIG_TMPFS_INODE64 || sbinfo->full_inums)
            seq_printf(seq, $",inode{(sbinfo->full_inums ? 64 : 32)}");
        mempolicy* mpol = shmem_get_sbmpol(sbinfo);
        shmem_show_mpol(seq, mpol);
        if (sbinfo->noswap)
            seq_puts(seq, ",noswap"u8);
        return 0;
    }

    [KernelSource(C, "shmem_put_super", Parity.Reduced, "no quotas")]
    private static void shmem_put_super(super_block* sb)
    {
        shmem_sb_info* sbinfo = SHMEM_SB(sb);

        free_percpu(sbinfo->ino_batch);
        percpu_counter_destroy(&sbinfo->used_blocks);
        kfree(sbinfo);
        sb->s_fs_info = null;
    }

    [KernelSource(C, "shmem_fill_super", Parity.Reduced, "no exports, extended attributes, ACLs, quotas or UUID")]
    private static int shmem_fill_super(super_block* sb, fs_context* fc)
    {
        shmem_options* ctx = (shmem_options*)fc->fs_private;
        int error = -ENOMEM;

        // A cache line of its own, for its counters change all the time.
        shmem_sb_info* sbinfo = (shmem_sb_info*)kzalloc(Math.Max((ulong)sizeof(shmem_sb_info), L1_CACHE_BYTES), GFP_KERNEL);
        if (sbinfo == null)
            return error;

        sb->s_fs_info = sbinfo;

        // Half of RAM each, and an inode for each page of that; the kernel's own has no limits.
        if ((sb->s_flags & SB_KERNMOUNT) == 0)
        {
            if ((ctx->seen & SHMEM_SEEN_BLOCKS) == 0)
                ctx->blocks = shmem_default_max_blocks();
            if ((ctx->seen & SHMEM_SEEN_INODES) == 0)
                ctx->inodes = shmem_default_max_inodes();
            if ((ctx->seen & SHMEM_SEEN_INUMS) == 0)
                ctx->full_inums = CONFIG_TMPFS_INODE64;
            sbinfo->noswap = ctx->noswap;
        }
        else
        {
            sb->s_flags |= SB_NOUSER;
        }

        sbinfo->max_blocks = ctx->blocks;
        sbinfo->max_inodes = ctx->inodes;
        sbinfo->free_ispace = sbinfo->max_inodes * BOGO_INODE_SIZE;
        if ((sb->s_flags & SB_KERNMOUNT) != 0)
        {
            sbinfo->ino_batch = alloc_percpu<ulong>();
            if (sbinfo->ino_batch == null)
                goto failed;
        }

        sbinfo->uid = ctx->uid;
        sbinfo->gid = ctx->gid;
        sbinfo->full_inums = ctx->full_inums;
        sbinfo->mode = ctx->mode;
        sbinfo->mpol = ctx->mpol;
        ctx->mpol = null;

        raw_spin_lock_init(&sbinfo->stat_lock);
        if (percpu_counter_init(&sbinfo->used_blocks, 0, GFP_KERNEL) != 0)
            goto failed;
        spin_lock_init(&sbinfo->shrinklist_lock);
        INIT_LIST_HEAD(&sbinfo->shrinklist);

        sb->s_maxbytes = MAX_LFS_FILESIZE;
        sb->s_blocksize = PAGE_SIZE;
        sb->s_blocksize_bits = PAGE_SHIFT;
        sb->s_magic = (ulong)TMPFS_MAGIC;
        sb->s_op = shmem_ops;

        inode* inode = shmem_get_inode(sb, null, (umode_t)(S_IFDIR | sbinfo->mode), 0, VM_NORESERVE);
        if (IS_ERR(inode))
        {
            error = PTR_ERR(inode);
            goto failed;
        }

        inode->i_uid = sbinfo->uid;
        inode->i_gid = sbinfo->gid;
        sb->s_root = d_make_root(inode);
        if (sb->s_root == null)
            goto failed;
        return 0;

    failed:
        shmem_put_super(sb);
        return error;
    }

    [KernelSource(C, "shmem_get_tree", Parity.Full)]
    private static int shmem_get_tree(fs_context* fc) => get_tree_nodev(fc, &shmem_fill_super);

    [KernelSource(C, "shmem_free_fc", Parity.Full)]
    private static void shmem_free_fc(fs_context* fc)
    {
        shmem_options* ctx = (shmem_options*)fc->fs_private;

        if (ctx != null)
            kfree(ctx);
    }

    private static readonly fs_context_operations* shmem_fs_context_ops = data(new fs_context_operations
    {
        free = &shmem_free_fc,
        get_tree = &shmem_get_tree,
        parse_monolithic = &shmem_parse_monolithic,
        parse_param = &shmem_parse_one,
        reconfigure = &shmem_reconfigure,
    });

    private static kmem_cache* shmem_inode_cachep;

    [KernelSource(C, "shmem_alloc_inode", Parity.Full)]
    private static inode* shmem_alloc_inode(super_block* sb)
    {
        shmem_inode_info* info = (shmem_inode_info*)alloc_inode_sb(sb, shmem_inode_cachep, GFP_KERNEL);
        if (info == null)
            return null;
        return &info->vfs_inode;
    }

    [KernelSource(C, "shmem_free_in_core_inode", Parity.Reduced, "no symbolic links")]
    private static void shmem_free_in_core_inode(inode* inode) => kmem_cache_free(shmem_inode_cachep, SHMEM_I(inode));

    [KernelSource(C, "shmem_destroy_inode", Parity.Reduced, "no policies, and no offsets of directories' entries")]
    private static void shmem_destroy_inode(inode* inode)
    {
    }

    [KernelSource(C, "shmem_init_inode", Parity.Full)]
    private static void shmem_init_inode(void* foo)
    {
        shmem_inode_info* info = (shmem_inode_info*)foo;

        inode_init_once(&info->vfs_inode);
    }

    [KernelSource(C, "shmem_init_inodecache", Parity.Full)]
    private static void shmem_init_inodecache() =>
        shmem_inode_cachep = kmem_cache_create("shmem_inode_cache"u8, (uint)sizeof(shmem_inode_info), 0, SLAB_PANIC | SLAB_ACCOUNT,
            &shmem_init_inode);

    [KernelSource(C, "shmem_destroy_inodecache", Parity.Full)]
    private static void shmem_destroy_inodecache() => kmem_cache_destroy(shmem_inode_cachep);

    // There is no disk to read it from again: a broken page stays, lest zeroes show in its place.
    [KernelSource(C, "shmem_error_remove_folio", Parity.Full)]
    private static int shmem_error_remove_folio(address_space* mapping, folio* folio) => 0;

    private static readonly address_space_operations* shmem_aops = data(new address_space_operations
    {
        dirty_folio = &noop_dirty_folio,
        write_begin = &shmem_write_begin,
        write_end = &shmem_write_end,
        error_remove_folio = &shmem_error_remove_folio,
    });

    private static readonly file_operations* shmem_file_operations = data(new file_operations
    {
        mmap = &shmem_mmap,
        open = &shmem_file_open,
        read_iter = &shmem_file_read_iter,
        write_iter = &shmem_file_write_iter,
        fsync = &noop_fsync,
        fallocate = &shmem_fallocate,
    });

    private static readonly inode_operations* shmem_inode_operations = data(new inode_operations
    {
        getattr = &shmem_getattr,
        setattr = &shmem_setattr,
    });

    private static readonly inode_operations* shmem_dir_inode_operations = data(new inode_operations
    {
        getattr = &shmem_getattr,
        create = &shmem_create,
        lookup = &simple_lookup,
        unlink = &shmem_unlink,
    });

    private static readonly super_operations* shmem_ops = data(new super_operations
    {
        alloc_inode = &shmem_alloc_inode,
        free_inode = &shmem_free_in_core_inode,
        destroy_inode = &shmem_destroy_inode,
        statfs = &shmem_statfs,
        show_options = &shmem_show_options,
        evict_inode = &shmem_evict_inode,
        drop_inode = &inode_just_drop,
        put_super = &shmem_put_super,
    });

    private static readonly vm_operations_struct* shmem_vm_ops = data(new vm_operations_struct
    {
        fault = &shmem_fault,
        map_pages = &filemap_map_pages,
    });

    private static readonly vm_operations_struct* shmem_anon_vm_ops = data(new vm_operations_struct
    {
        fault = &shmem_fault,
        map_pages = &filemap_map_pages,
    });

    [KernelSource(C, "shmem_init_fs_context", Parity.Reduced, "root is who mounts")]
    private static int shmem_init_fs_context(fs_context* fc)
    {
        shmem_options* ctx = (shmem_options*)kzalloc((ulong)sizeof(shmem_options), GFP_KERNEL);
        if (ctx == null)
            return -ENOMEM;

        ctx->mode = S_IRWXUGO | S_ISVTX;

        fc->fs_private = ctx;
        fc->ops = shmem_fs_context_ops;
        fc->sb_flags |= SB_I_VERSION;
        return 0;
    }

    private static readonly file_system_type* shmem_fs_type = data(new file_system_type
    {
        name = rodata("tmpfs"u8),
        init_fs_context = &shmem_init_fs_context,
        kill_sb = &kill_litter_super,
    });

    [KernelSource(C, "shmem_init", Parity.Reduced, "no sysfs")]
    internal static void shmem_init()
    {
        shmem_init_inodecache();

        int error = register_filesystem(shmem_fs_type);
        if (error != 0)
        {
            pr_err("Could not register tmpfs\n");
            goto out2;
        }

        shm_mnt = kern_mount(shmem_fs_type);
        if (IS_ERR(shm_mnt))
        {
            error = PTR_ERR(shm_mnt);
            pr_err("Could not kern_mount tmpfs\n");
            goto out1;
        }

        return;

    out1:
        unregister_filesystem(shmem_fs_type);
    out2:
        shmem_destroy_inodecache();
        shm_mnt = (vfsmount*)ERR_PTR(error);
    }

    /// <summary>An open file of an object that has a size and no name; an error as a pointer.</summary>
    [KernelSource(C, "__shmem_file_setup", Parity.Full)]
    [ReturnsOwned]
    private static @file* __shmem_file_setup(vfsmount* mnt, ReadOnlySpan<byte> name, loff_t size, ulong flags, uint i_flags)
    {
        if (IS_ERR(mnt))
            return (@file*)mnt;

        if (size < 0 || size > MAX_LFS_FILESIZE)
            return (@file*)ERR_PTR(-EINVAL);

        if (shmem_acct_size(flags, size) != 0)
            return (@file*)ERR_PTR(-ENOMEM);

        inode* inode = shmem_get_inode(mnt->mnt_sb, null, S_IFREG | S_IRWXUGO, 0, flags);
        if (IS_ERR(inode))
        {
            shmem_unacct_size(flags, size);
            return (@file*)inode;
        }

        inode->i_flags |= i_flags;
        inode->i_size = size;
        clear_nlink(inode); // no directory has it
        @file* res = alloc_file_pseudo(inode, mnt, name, O_RDWR, shmem_file_operations);
        if (IS_ERR(res))
            iput(inode);
        return res;
    }

    /// <summary>As shmem_file_setup(), for the kernel itself.</summary>
    [KernelSource(C, "shmem_kernel_file_setup", Parity.Full)]
    [ReturnsOwned]
    public static @file* shmem_kernel_file_setup(ReadOnlySpan<byte> name, loff_t size, ulong flags) =>
        __shmem_file_setup(shm_mnt, name, size, flags, S_PRIVATE);

    /// <summary>A file on the kernel's own tmpfs that is in no directory. VM_NORESERVE: its size is not promised as a whole.</summary>
    [KernelSource(C, "shmem_file_setup", Parity.Full)]
    [ReturnsOwned]
    public static @file* shmem_file_setup(ReadOnlySpan<byte> name, loff_t size, ulong flags) =>
        __shmem_file_setup(shm_mnt, name, size, flags, 0);

    /// <summary>Gives a VMA that is being made shared anonymous memory.</summary>
    [KernelSource(C, "shmem_zero_setup", Parity.Full)]
    public static int shmem_zero_setup(vm_area_struct* vma)
    {
        loff_t size = (loff_t)(vma->vm_end - vma->vm_start);

        // Nobody gets at the file but through the mapping: it is the kernel's own.
        @file* file = shmem_kernel_file_setup("dev/zero"u8, size, vma->vm_flags);
        if (IS_ERR(file))
            return PTR_ERR(file);

        if (vma->vm_file != null)
            fput(vma->vm_file);
        vma->vm_file = file;
        vma->vm_ops = shmem_anon_vm_ops;

        return 0;
    }

    /// <summary>A page of the file, from swap if need be, unlocked; an error as a pointer.</summary>
    [KernelSource(C, "shmem_read_folio_gfp", Parity.Full)]
    public static folio* shmem_read_folio_gfp(address_space* mapping, pgoff_t index, gfp_t gfp)
    {
        inode* inode = mapping->host;
        folio* folio;

        int error = shmem_get_folio_gfp(inode, index, i_size_read(inode), &folio, sgp_type.SGP_CACHE, gfp, null, null);
        if (error != 0)
            return (folio*)ERR_PTR(error);

        folio_unlock(folio);
        return folio;
    }
}
