// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_fs_h;
using static Linux.linux_gfp_types_h;

namespace Linux;

/// <summary>The files that a task, or several, has open, by number.</summary>
public unsafe partial struct files_struct
{
    public atomic_t count;
    public spinlock_t file_lock; // guards fd and open_fds
    public fd_array fd;
    public fixed ulong open_fds[2]; // numbers in use, with a file or before they have one

    [OwnsRef] public Rcu<@file>** slots
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (Rcu<@file>**)Unsafe.AsPointer(ref fd);
    }
}

[InlineArray(fs_file_c.NR_OPEN_DEFAULT)]
public struct fd_array
{
    private nint first; // @file*
}

/// <summary>fs/file.c: numbers of open files.</summary>
public static unsafe partial class fs_file_c
{
    private const string C = "fs/file.c";
    public const int NR_OPEN_DEFAULT = 80;

    private static kmem_cache* files_cachep;

    internal static void files_init() =>
        files_cachep = kmem_cache_create("files_cache"u8, (uint)sizeof(files_struct), 0, SLAB_HWCACHE_ALIGN | SLAB_PANIC | SLAB_ACCOUNT, null);

    internal static files_struct* alloc_files()
    {
        files_struct* files = (files_struct*)kmem_cache_zalloc(files_cachep, GFP_KERNEL);
        if (files == null)
            return null;
        atomic_set(&files->count, 1);
        spin_lock_init(&files->file_lock);
        return files;
    }

    [KernelSource(C, "dup_fd", Parity.Reduced, "tables are of one size")]
    private static files_struct* dup_fd(files_struct* oldf)
    {
        files_struct* newf = alloc_files();
        if (newf == null)
            return null;

        spin_lock(&oldf->file_lock);
        for (int i = 0; i < NR_OPEN_DEFAULT; i++)
        {
            @file* f = rcu_dereference_raw(&oldf->slots[i]);
            if (f != null)
            {
                rcu_assign_pointer(&newf->slots[i], get_file(f));
                __set_bit((uint)i, newf->open_fds);
            }
        }

        spin_unlock(&oldf->file_lock);
        return newf;
    }

    [KernelSource("kernel/fork.c", "copy_files", Parity.Full)]
    internal static int copy_files(ulong clone_flags, task_struct* tsk)
    {
        files_struct* oldf = current->files;

        // A kernel thread may have none.
        if (oldf == null)
            return 0;

        if ((tsk->flags & PF_KTHREAD) != 0)
        {
            tsk->files = null;
            return 0;
        }

        if ((clone_flags & kernel_fork_c.CLONE_FILES) != 0)
        {
            atomic_inc(&oldf->count);
            return 0;
        }

        tsk->files = dup_fd(oldf);
        return tsk->files == null ? -ENOMEM : 0;
    }

    [KernelSource(C, "put_files_struct", Parity.Full)]
    private static void put_files_struct(files_struct* files)
    {
        if (!atomic_dec_and_test(&files->count))
            return;
        for (int i = 0; i < NR_OPEN_DEFAULT; i++)
        {
            @file* file = rcu_dereference_raw(&files->slots[i]);
            if (file != null)
                fput(file);
        }

        kmem_cache_free(files_cachep, files);
    }

    [KernelSource(C, "exit_files", Parity.Full)]
    internal static void exit_files(task_struct* tsk)
    {
        files_struct* files = tsk->files;

        if (files == null)
            return;
        task_lock(tsk);
        tsk->files = null;
        task_unlock(tsk);
        put_files_struct(files);
    }

    /// <summary>The lowest number that is free, for a file that is to come.</summary>
    [KernelSource(C, "get_unused_fd_flags", Parity.Reduced, "tables are of one size, and nothing is closed on exec")]
    public static int get_unused_fd_flags(uint flags)
    {
        files_struct* files = current->files;

        spin_lock(&files->file_lock);
        int fd = (int)find_first_zero_bit(files->open_fds, NR_OPEN_DEFAULT);
        if (fd < NR_OPEN_DEFAULT)
            __set_bit((uint)fd, files->open_fds);
        else
            fd = -EMFILE;
        spin_unlock(&files->file_lock);
        return fd;
    }

    /// <summary>No file came.</summary>
    [KernelSource(C, "put_unused_fd", Parity.Full)]
    public static void put_unused_fd(int fd)
    {
        files_struct* files = current->files;

        spin_lock(&files->file_lock);
        __clear_bit((uint)fd, files->open_fds);
        spin_unlock(&files->file_lock);
    }

    /// <summary>The number is of this file from now on, whose reference it takes.</summary>
    [KernelSource(C, "fd_install", Parity.Reduced, "under the table's lock")]
    [ConsumesRef("file")]
    public static void fd_install(int fd, @file* file)
    {
        files_struct* files = current->files;

        spin_lock(&files->file_lock);
        BUG_ON(rcu_access_pointer(&files->slots[fd]) != null);
        rcu_assign_pointer(&files->slots[fd], file);
        spin_unlock(&files->file_lock);
    }

    /// <summary>The open file of a number, with a reference; null if there is none.</summary>
    [KernelSource(C, "fget", Parity.Reduced, "under the table's lock")]
    [ReturnsOwned]
    public static @file* fget(int fd) => __fget_files(current->files, fd);

    /// <summary>...of another task's number.</summary>
    [KernelSource(C, "fget_task", Parity.Full)]
    [ReturnsOwned]
    private static @file* fget_task(task_struct* task, int fd)
    {
        @file* file = null;

        task_lock(task);
        if (task->files != null)
            file = __fget_files(task->files, fd);
        task_unlock(task);

        return file;
    }

    [KernelSource(C, "__fget_files", Parity.Reduced, "under the table's lock")]
    [ReturnsOwned]
    private static @file* __fget_files(files_struct* files, int fd)
    {
        if (files == null || (uint)fd >= NR_OPEN_DEFAULT)
            return null;
        spin_lock(&files->file_lock);
        @file* file = rcu_dereference_raw(&files->slots[fd]);
        if (file != null)
            get_file(file);
        spin_unlock(&files->file_lock);
        return file;
    }

    /// <summary>pidfd_getfd(2): another process's open file, under a number of our own.</summary>
    [KernelSource("kernel/pid.c", "SYSCALL_pidfd_getfd", Parity.Reduced, "the process is told by its number, and may always be looked at")]
    public static long sys_pidfd_getfd(int pid, int fd)
    {
        rcu_read_lock();
        task_struct* task = find_task_by_vpid(pid);
        if (task != null)
            get_task_struct(task);
        rcu_read_unlock();
        if (task == null)
            return -ESRCH;

        @file* file = fget_task(task, fd);
        put_task_struct(task);
        if (file == null)
            return -EBADF;

        int ret = get_unused_fd_flags(O_CLOEXEC);
        if (ret < 0)
            fput(file);
        else
            fd_install(ret, file);
        return ret;
    }

    [KernelSource(C, "file_close_fd", Parity.Full)]
    [ReturnsOwned]
    public static @file* file_close_fd(int fd)
    {
        files_struct* files = current->files;

        if (files == null || (uint)fd >= NR_OPEN_DEFAULT)
            return null;
        spin_lock(&files->file_lock);
        @file* file = rcu_dereference_raw(&files->slots[fd]);
        if (file != null)
        {
            rcu_assign_pointer(&files->slots[fd], null);
            __clear_bit((uint)fd, files->open_fds);
        }

        spin_unlock(&files->file_lock);
        return file;
    }
}

/// <summary>fs/file_table.c: open files.</summary>
public static unsafe partial class fs_file_table_c
{
    private const string C = "fs/file_table.c";
    private static kmem_cache* filp_cachep;

    [KernelSource(C, "files_init", Parity.Reduced, "their number is not limited")]
    internal static void filp_init() =>
        filp_cachep = kmem_cache_create("filp"u8, (uint)sizeof(@file), 0, SLAB_HWCACHE_ALIGN | SLAB_PANIC | SLAB_ACCOUNT, null);

    [KernelSource(C, "alloc_empty_file", Parity.Reduced, "no credentials or limits")]
    [ReturnsOwned]
    public static @file* alloc_empty_file(uint flags)
    {
        @file* f = (@file*)kmem_cache_zalloc(filp_cachep, GFP_KERNEL);
        if (f == null)
            return (@file*)ERR_PTR(-ENOMEM);
        spin_lock_init(&f->f_lock);
        mutex_init(&f->f_pos_lock);
        f->f_flags = flags;
        f->f_mode = flags_to_mode(flags);
        atomic_long_set(&f->f_ref, 1);
        return f;
    }

    [KernelSource("include/linux/fs.h", "OPEN_FMODE", Parity.Full)]
    private static fmode_t flags_to_mode(uint flags) => (flags + 1) & 3;

    /// <summary>An open file of an inode that is in no directory, as for shared memory; takes the caller's use of the inode unless it fails.</summary>
    [KernelSource(C, "alloc_file_pseudo", Parity.Reduced, "no access to be checked")]
    [ConsumesRef(Result.NotError, "inode"), ReturnsOwned]
    public static @file* alloc_file_pseudo(inode* inode, vfsmount* mnt, ReadOnlySpan<byte> name, uint flags, file_operations* fops)
    {
        dentry* dentry;
        fixed (byte* p = name)
        {
            qstr @this = new() { len = (uint)name.Length, name = p };
            dentry = d_alloc_pseudo(mnt->mnt_sb, &@this);
        }

        if (dentry == null)
            return (@file*)ERR_PTR(-ENOMEM);
        d_instantiate(dentry, inode);
        @file* file = alloc_empty_file(flags);
        if (IS_ERR(file))
        {
            ihold(inode);
            dput(dentry);
            return file;
        }

        file_init_path(file, mnt, dentry, fops);
        return file;
    }

    /// <summary>The file is of this name, of which it takes the caller's reference.</summary>
    [KernelSource(C, "file_init_path", Parity.Full)]
    [ConsumesRef("dentry")]
    internal static void file_init_path(@file* file, vfsmount* mnt, dentry* dentry, file_operations* fop)
    {
        file->f_path.mnt = mnt;
        file->f_path.dentry = dentry;
        file->f_inode = dentry->d_inode;
        file->f_mapping = dentry->d_inode->i_mapping;
        file->f_wb_err = filemap_sample_wb_err(file->f_mapping);
        file->f_sb_err = errseq_sample(&dentry->d_sb->s_wb_err);
        if (fop->read != null || fop->read_iter != null)
            file->f_mode |= FMODE_CAN_READ;
        if (fop->write_iter != null)
            file->f_mode |= FMODE_CAN_WRITE;
        file->f_mode |= FMODE_OPENED;
        file->f_op = fop;
        file_ra_state_init(&file->f_ra, file->f_mapping->host->i_mapping);
        atomic_inc(&dentry->d_sb->s_active);
    }

    [KernelSource(C, "__fput", Parity.Reduced, "no leases or epoll")]
    [MightSleep]
    [PutsRef("file->f_path.dentry", Sometimes = true)]
    private static void __fput(@file* file)
    {
        dentry* dentry = file->f_path.dentry;
        inode* inode = file->f_inode;

        might_sleep();

        if ((file->f_mode & FMODE_OPENED) != 0)
        {
            fsnotify_close(file);
            if (file->f_op->release != null)
                file->f_op->release(inode, file);
            super_block* sb = dentry->d_sb;
            dput(dentry);
            // The mount may be gone: then the file was the last that held the file system.
            fs_super_c.deactivate_super(sb);
        }

        kmem_cache_free(filp_cachep, file);
    }

    private static void ____fput(callback_head* work) =>
        __fput(container_of<@file>(work, &((@file*)nowhere)->f_task_work));

    /// <summary>Gives up a use of an open file. With the last one it is closed, on the way back to user space.</summary>
    [KernelSource(C, "fput", Parity.Reduced, "kernel threads close at once: they hold no locks that a file system wants")]
    [PutsRef("file")]
    public static void fput(@file* file)
    {
        if (!atomic_long_dec_and_test(&file->f_ref))
            return;

        task_struct* task = current;
        if ((task->flags & PF_KTHREAD) == 0)
        {
            file->f_task_work.func = &____fput;
            if (kernel_task_work_c.task_work_add(task, &file->f_task_work, kernel_task_work_c.TWA_RESUME) == 0)
                return;
        }

        __fput(file);
    }

    [KernelSource(C, "fput_close_sync", Parity.Full)]
    [PutsRef("file")]
    public static void fput_close_sync(@file* file)
    {
        if (atomic_long_dec_and_test(&file->f_ref))
            __fput(file);
    }
}
