// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_fs_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_userfaultfd_k_h;

namespace Linux;

// What the monitor asks for.
public static unsafe partial class fs_userfaultfd_c
{
    // The last word of an argument is the answer. Not by its name: the runtime would look at the user's memory.
    private static long* answer<T>(ulong arg) where T : unmanaged => (long*)(arg + (ulong)sizeof(T) - sizeof(long));

    // For those whose pages were filled in with a DONTWAKE.
    [KernelSource(C, "userfaultfd_wake", Parity.Full)]
    private static int userfaultfd_wake(userfaultfd_ctx* ctx, ulong arg)
    {
        uffdio_range uffdio_wake;
        userfaultfd_wake_range range;

        int ret = -EFAULT;
        if (copy_from_user(&uffdio_wake, (void*)arg, (ulong)sizeof(uffdio_range)) != 0)
            goto @out;

        ret = validate_range(ctx->mm, uffdio_wake.start, uffdio_wake.len);
        if (ret != 0)
            goto @out;

        range.start = uffdio_wake.start;
        range.len = uffdio_wake.len;

        // Without a length it would be all of them.
        VM_WARN_ON_ONCE(range.len == 0);

        wake_userfault(ctx, &range);
        ret = 0;

    @out:
        return ret;
    }

    [KernelSource(C, "userfaultfd_copy", Parity.Full)]
    private static int userfaultfd_copy(userfaultfd_ctx* ctx, ulong arg)
    {
        uffdio_copy uffdio_copy;
        uffdio_copy* user_uffdio_copy = (uffdio_copy*)arg;
        userfaultfd_wake_range range;
        uffd_flags_t flags = 0;

        long ret = -EAGAIN;
        if (atomic_read(&ctx->mmap_changing) != 0)
        {
            if (put_user(ret, answer<uffdio_copy>(arg)) != 0)
                return -EFAULT;
            goto @out;
        }

        ret = -EFAULT;
        if (copy_from_user(&uffdio_copy, user_uffdio_copy, (ulong)sizeof(uffdio_copy) - sizeof(long)) != 0)
            goto @out;

        ret = validate_unaligned_range(ctx->mm, uffdio_copy.src, uffdio_copy.len);
        if (ret != 0)
            goto @out;
        ret = validate_range(ctx->mm, uffdio_copy.dst, uffdio_copy.len);
        if (ret != 0)
            goto @out;

        ret = -EINVAL;
        if ((uffdio_copy.mode & ~(UFFDIO_COPY_MODE_DONTWAKE | UFFDIO_COPY_MODE_WP)) != 0)
            goto @out;
        if ((uffdio_copy.mode & UFFDIO_COPY_MODE_WP) != 0)
            flags |= MFILL_ATOMIC_WP;
        if (mmget_not_zero(ctx->mm))
        {
            ret = mfill_atomic_copy(ctx, uffdio_copy.dst, uffdio_copy.src, uffdio_copy.len, flags);
            mmput(ctx->mm);
        }
        else
        {
            return -ESRCH;
        }
        if (put_user(ret, answer<uffdio_copy>(arg)) != 0)
            return -EFAULT;
        if (ret < 0)
            goto @out;
        VM_WARN_ON_ONCE(ret == 0);
        range.len = (ulong)ret;
        if ((uffdio_copy.mode & UFFDIO_COPY_MODE_DONTWAKE) == 0)
        {
            range.start = uffdio_copy.dst;
            wake_userfault(ctx, &range);
        }
        ret = range.len == uffdio_copy.len ? 0 : -EAGAIN;
    @out:
        return (int)ret;
    }

    [KernelSource(C, "userfaultfd_zeropage", Parity.Full)]
    private static int userfaultfd_zeropage(userfaultfd_ctx* ctx, ulong arg)
    {
        uffdio_zeropage uffdio_zeropage;
        uffdio_zeropage* user_uffdio_zeropage = (uffdio_zeropage*)arg;
        userfaultfd_wake_range range;

        long ret = -EAGAIN;
        if (atomic_read(&ctx->mmap_changing) != 0)
        {
            if (put_user(ret, answer<uffdio_zeropage>(arg)) != 0)
                return -EFAULT;
            goto @out;
        }

        ret = -EFAULT;
        if (copy_from_user(&uffdio_zeropage, user_uffdio_zeropage, (ulong)sizeof(uffdio_zeropage) - sizeof(long)) != 0)
            goto @out;

        ret = validate_range(ctx->mm, uffdio_zeropage.range.start, uffdio_zeropage.range.len);
        if (ret != 0)
            goto @out;
        ret = -EINVAL;
        if ((uffdio_zeropage.mode & ~UFFDIO_ZEROPAGE_MODE_DONTWAKE) != 0)
            goto @out;

        if (mmget_not_zero(ctx->mm))
        {
            ret = mfill_atomic_zeropage(ctx, uffdio_zeropage.range.start, uffdio_zeropage.range.len);
            mmput(ctx->mm);
        }
        else
        {
            return -ESRCH;
        }
        if (put_user(ret, answer<uffdio_zeropage>(arg)) != 0)
            return -EFAULT;
        if (ret < 0)
            goto @out;
        VM_WARN_ON_ONCE(ret == 0);
        range.len = (ulong)ret;
        if ((uffdio_zeropage.mode & UFFDIO_ZEROPAGE_MODE_DONTWAKE) == 0)
        {
            range.start = uffdio_zeropage.range.start;
            wake_userfault(ctx, &range);
        }
        ret = range.len == uffdio_zeropage.range.len ? 0 : -EAGAIN;
    @out:
        return (int)ret;
    }

    [KernelSource(C, "userfaultfd_writeprotect", Parity.Full)]
    private static int userfaultfd_writeprotect(userfaultfd_ctx* ctx, ulong arg)
    {
        uffdio_writeprotect uffdio_wp;
        uffdio_writeprotect* user_uffdio_wp;
        userfaultfd_wake_range range;

        if (atomic_read(&ctx->mmap_changing) != 0)
            return -EAGAIN;

        user_uffdio_wp = (uffdio_writeprotect*)arg;

        if (copy_from_user(&uffdio_wp, user_uffdio_wp, (ulong)sizeof(uffdio_writeprotect)) != 0)
            return -EFAULT;

        int ret = validate_range(ctx->mm, uffdio_wp.range.start, uffdio_wp.range.len);
        if (ret != 0)
            return ret;

        if ((uffdio_wp.mode & ~(UFFDIO_WRITEPROTECT_MODE_DONTWAKE | UFFDIO_WRITEPROTECT_MODE_WP)) != 0)
            return -EINVAL;

        bool mode_wp = (uffdio_wp.mode & UFFDIO_WRITEPROTECT_MODE_WP) != 0;
        bool mode_dontwake = (uffdio_wp.mode & UFFDIO_WRITEPROTECT_MODE_DONTWAKE) != 0;

        if (mode_wp && mode_dontwake)
            return -EINVAL;

        if (mmget_not_zero(ctx->mm))
        {
            ret = mwriteprotect_range(ctx, uffdio_wp.range.start, uffdio_wp.range.len, mode_wp);
            mmput(ctx->mm);
        }
        else
        {
            return -ESRCH;
        }

        if (ret != 0)
            return ret;

        if (!mode_wp && !mode_dontwake)
        {
            range.start = uffdio_wp.range.start;
            range.len = uffdio_wp.range.len;
            wake_userfault(ctx, &range);
        }
        return ret;
    }

    [KernelSource(C, "userfaultfd_continue", Parity.Full)]
    private static int userfaultfd_continue(userfaultfd_ctx* ctx, ulong arg)
    {
        uffdio_continue uffdio_continue;
        uffdio_continue* user_uffdio_continue = (uffdio_continue*)arg;
        userfaultfd_wake_range range;
        uffd_flags_t flags = 0;

        long ret = -EAGAIN;
        if (atomic_read(&ctx->mmap_changing) != 0)
        {
            if (put_user(ret, answer<uffdio_continue>(arg)) != 0)
                return -EFAULT;
            goto @out;
        }

        ret = -EFAULT;
        if (copy_from_user(&uffdio_continue, user_uffdio_continue, (ulong)sizeof(uffdio_continue) - sizeof(long)) != 0)
            goto @out;

        ret = validate_range(ctx->mm, uffdio_continue.range.start, uffdio_continue.range.len);
        if (ret != 0)
            goto @out;

        ret = -EINVAL;
        if ((uffdio_continue.mode & ~(UFFDIO_CONTINUE_MODE_DONTWAKE | UFFDIO_CONTINUE_MODE_WP)) != 0)
            goto @out;
        if ((uffdio_continue.mode & UFFDIO_CONTINUE_MODE_WP) != 0)
            flags |= MFILL_ATOMIC_WP;

        if (mmget_not_zero(ctx->mm))
        {
            ret = mfill_atomic_continue(ctx, uffdio_continue.range.start, uffdio_continue.range.len, flags);
            mmput(ctx->mm);
        }
        else
        {
            return -ESRCH;
        }

        if (put_user(ret, answer<uffdio_continue>(arg)) != 0)
            return -EFAULT;
        if (ret < 0)
            goto @out;

        VM_WARN_ON_ONCE(ret == 0);
        range.len = (ulong)ret;
        if ((uffdio_continue.mode & UFFDIO_CONTINUE_MODE_DONTWAKE) == 0)
        {
            range.start = uffdio_continue.range.start;
            wake_userfault(ctx, &range);
        }
        ret = range.len == uffdio_continue.range.len ? 0 : -EAGAIN;

    @out:
        return (int)ret;
    }

    [KernelSource(C, "userfaultfd_poison", Parity.Full)]
    private static int userfaultfd_poison(userfaultfd_ctx* ctx, ulong arg)
    {
        uffdio_poison uffdio_poison;
        uffdio_poison* user_uffdio_poison = (uffdio_poison*)arg;
        userfaultfd_wake_range range;

        long ret = -EAGAIN;
        if (atomic_read(&ctx->mmap_changing) != 0)
        {
            if (put_user(ret, answer<uffdio_poison>(arg)) != 0)
                return -EFAULT;
            goto @out;
        }

        ret = -EFAULT;
        if (copy_from_user(&uffdio_poison, user_uffdio_poison, (ulong)sizeof(uffdio_poison) - sizeof(long)) != 0)
            goto @out;

        ret = validate_range(ctx->mm, uffdio_poison.range.start, uffdio_poison.range.len);
        if (ret != 0)
            goto @out;

        ret = -EINVAL;
        if ((uffdio_poison.mode & ~UFFDIO_POISON_MODE_DONTWAKE) != 0)
            goto @out;

        if (mmget_not_zero(ctx->mm))
        {
            ret = mfill_atomic_poison(ctx, uffdio_poison.range.start, uffdio_poison.range.len, 0);
            mmput(ctx->mm);
        }
        else
        {
            return -ESRCH;
        }

        if (put_user(ret, answer<uffdio_poison>(arg)) != 0)
            return -EFAULT;
        if (ret < 0)
            goto @out;

        VM_WARN_ON_ONCE(ret == 0);
        range.len = (ulong)ret;
        if ((uffdio_poison.mode & UFFDIO_POISON_MODE_DONTWAKE) == 0)
        {
            range.start = uffdio_poison.range.start;
            wake_userfault(ctx, &range);
        }
        ret = range.len == uffdio_poison.range.len ? 0 : -EAGAIN;

    @out:
        return (int)ret;
    }

    [KernelSource(C, "userfaultfd_wp_async", Parity.Full)]
    public static bool userfaultfd_wp_async(vm_area_struct* vma) => userfaultfd_wp_async_ctx(vma->vm_userfaultfd_ctx.ctx);

    [KernelSource(C, "uffd_ctx_features", Parity.Full)]
    private static uint uffd_ctx_features(ulong user_features) => (uint)user_features | UFFD_FEATURE_INITIALIZED;

    [KernelSource(C, "userfaultfd_api", Parity.Reduced, "UFFDIO_MOVE is not there, and neither is its feature")]
    private static int userfaultfd_api(userfaultfd_ctx* ctx, ulong arg)
    {
        uffdio_api uffdio_api;
        void* buf = (void*)arg;

        int ret = -EFAULT;
        if (copy_from_user(&uffdio_api, buf, (ulong)sizeof(uffdio_api)) != 0)
            goto @out;
        ulong features = uffdio_api.features;
        ret = -EINVAL;
        if (uffdio_api.api != UFFD_API)
            goto err_out;
        ret = -EPERM;
        if ((features & UFFD_FEATURE_EVENT_FORK) != 0 && !capable(CAP_SYS_PTRACE))
            goto err_out;

        // The one is of no use without the other.
        if ((features & UFFD_FEATURE_WP_ASYNC) != 0)
            features |= UFFD_FEATURE_WP_UNPOPULATED;

        uffdio_api.features = UFFD_API_FEATURES & ~(ulong)UFFD_FEATURE_MOVE;

        ret = -EINVAL;
        if ((features & ~uffdio_api.features) != 0)
            goto err_out;

        uffdio_api.ioctls = UFFD_API_IOCTLS;
        ret = -EFAULT;
        if (copy_to_user(buf, &uffdio_api, (ulong)sizeof(uffdio_api)) != 0)
            goto @out;

        uint ctx_features = uffd_ctx_features(features);
        ret = -EINVAL;
        if (cmpxchg(&ctx->features, 0U, ctx_features) != 0)
            goto err_out;

        ret = 0;
    @out:
        return ret;
    err_out:
        uffdio_api = default;
        if (copy_to_user(buf, &uffdio_api, (ulong)sizeof(uffdio_api)) != 0)
            ret = -EFAULT;
        goto @out;
    }

    [KernelSource(C, "userfaultfd_ioctl", Parity.Reduced, "no UFFDIO_MOVE")]
    private static long userfaultfd_ioctl(@file* file, uint cmd, ulong arg)
    {
        userfaultfd_ctx* ctx = (userfaultfd_ctx*)file->private_data;

        if (cmd != UFFDIO_API && !userfaultfd_is_initialized(ctx))
            return -EINVAL;

        return cmd switch
        {
            UFFDIO_API => userfaultfd_api(ctx, arg),
            UFFDIO_REGISTER => userfaultfd_register(ctx, arg),
            UFFDIO_UNREGISTER => userfaultfd_unregister(ctx, arg),
            UFFDIO_WAKE => userfaultfd_wake(ctx, arg),
            UFFDIO_COPY => userfaultfd_copy(ctx, arg),
            UFFDIO_ZEROPAGE => userfaultfd_zeropage(ctx, arg),
            UFFDIO_WRITEPROTECT => userfaultfd_writeprotect(ctx, arg),
            UFFDIO_CONTINUE => userfaultfd_continue(ctx, arg),
            UFFDIO_POISON => userfaultfd_poison(ctx, arg),
            _ => -EINVAL,
        };
    }

    private static readonly file_operations* userfaultfd_fops = data(new file_operations
    {
        release = &userfaultfd_release,
        poll = &userfaultfd_poll,
        read_iter = &userfaultfd_read_iter,
        unlocked_ioctl = &userfaultfd_ioctl,
    });

    [KernelSource(C, "init_once_userfaultfd_ctx", Parity.Full)]
    private static void init_once_userfaultfd_ctx(void* mem)
    {
        userfaultfd_ctx* ctx = (userfaultfd_ctx*)mem;

        init_waitqueue_head(&ctx->fault_pending_wqh);
        init_waitqueue_head(&ctx->fault_wqh);
        init_waitqueue_head(&ctx->event_wqh);
        init_waitqueue_head(&ctx->fd_wqh);
        seqcount_spinlock_init(&ctx->refile_seq, &ctx->fault_pending_wqh.@lock);
    }

    [KernelSource(C, "new_userfaultfd", Parity.Full)]
    private static int new_userfaultfd(int flags)
    {
        VM_WARN_ON_ONCE(current->mm == null);

        if (((uint)flags & ~(UFFD_SHARED_FCNTL_FLAGS | UFFD_USER_MODE_ONLY)) != 0)
            return -EINVAL;

        userfaultfd_ctx* ctx = (userfaultfd_ctx*)kmem_cache_alloc(userfaultfd_ctx_cachep, GFP_KERNEL);
        if (ctx == null)
            return -ENOMEM;

        refcount_set(&ctx->refcount, 1);
        ctx->flags = (uint)flags;
        ctx->features = 0;
        ctx->released = false;
        init_rwsem(&ctx->map_changing_lock);
        atomic_set(&ctx->mmap_changing, 0);
        ctx->mm = current->mm;

        int fd = get_unused_fd_flags((uint)flags & UFFD_SHARED_FCNTL_FLAGS);
        if (fd < 0)
            goto err_out;

        @file* file = anon_inode_create_getfile("[userfaultfd]"u8, userfaultfd_fops, ctx, O_RDONLY | ((uint)flags & UFFD_SHARED_FCNTL_FLAGS), null);
        if (IS_ERR(file))
        {
            put_unused_fd(fd);
            fd = (int)PTR_ERR(file);
            goto err_out;
        }
        // The structure is kept, the memory in it is not.
        mmgrab(ctx->mm);
        file->f_mode |= FMODE_NOWAIT;
        fd_install(fd, file);
        return fd;
    err_out:
        kmem_cache_free(userfaultfd_ctx_cachep, ctx);
        return fd;
    }

    [KernelSource(C, "userfaultfd_syscall_allowed", Parity.Full)]
    private static bool userfaultfd_syscall_allowed(int flags)
    {
        // Faults of user space only are everybody's right.
        if (((uint)flags & UFFD_USER_MODE_ONLY) != 0)
            return true;

        if (capable(CAP_SYS_PTRACE))
            return true;

        return sysctl_unprivileged_userfaultfd != 0;
    }

    /// <summary>userfaultfd(2).</summary>
    [KernelSource(C, "SYSCALL_userfaultfd", Parity.Full)]
    public static long sys_userfaultfd(int flags)
    {
        if (!userfaultfd_syscall_allowed(flags))
            return -EPERM;

        return new_userfaultfd(flags);
    }

    [KernelSource(C, "userfaultfd_init", Parity.Reduced, "no /dev/userfaultfd")]
    internal static int userfaultfd_init()
    {
        userfaultfd_ctx_cachep = kmem_cache_create("userfaultfd_ctx_cache"u8, (uint)sizeof(userfaultfd_ctx), 0,
            SLAB_HWCACHE_ALIGN | SLAB_PANIC, &init_once_userfaultfd_ctx);
        return 0;
    }
}
