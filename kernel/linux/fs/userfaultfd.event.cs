// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_gfp_types_h;
using static Linux.linux_mm_types_h;
using static Linux.linux_sched_signal_h;
using static Linux.linux_userfaultfd_k_h;

namespace Linux;

// What the monitor is told of that it did not ask for: forks, and mappings that move or go.
public static unsafe partial class fs_userfaultfd_c
{
    // Until the monitor has read the event; gives up mmap_changing and the reference that came with it.
    [KernelSource(C, "userfaultfd_event_wait_completion", Parity.Full)]
    [Excludes("ctx->event_wqh.lock")]
    private static void userfaultfd_event_wait_completion(userfaultfd_ctx* ctx, userfaultfd_wait_queue* ewq)
    {
        userfaultfd_ctx* release_new_ctx;

        if (WARN_ON_ONCE((current->flags & PF_EXITING) != 0))
            goto @out;

        ewq->ctx = ctx;
        init_waitqueue_entry(&ewq->wq, current);
        release_new_ctx = null;

        spin_lock_irq(&ctx->event_wqh.@lock);
        // From here on read() and poll() see it.
        __add_wait_queue(&ctx->event_wqh, &ewq->wq);
        for (; ; )
        {
            set_current_state(TASK_KILLABLE);
            if (ewq->msg.@event == 0)
                break;
            if (READ_ONCE(&ctx->released) || fatal_signal_pending(current))
            {
                // It may be in the queue of who is reading it: the head does not matter.
                __remove_wait_queue(&ctx->event_wqh, &ewq->wq);
                if (ewq->msg.@event == UFFD_EVENT_FORK)
                    release_new_ctx = (userfaultfd_ctx*)ewq->msg.arg.reserved.reserved1;
                break;
            }

            spin_unlock_irq(&ctx->event_wqh.@lock);

            wake_up_poll(&ctx->fd_wqh, EPOLLIN);
            schedule();

            spin_lock_irq(&ctx->event_wqh.@lock);
        }
        __set_current_state(TASK_RUNNING);
        spin_unlock_irq(&ctx->event_wqh.@lock);

        if (release_new_ctx != null)
        {
            userfaultfd_release_new(release_new_ctx);
            userfaultfd_ctx_put(release_new_ctx);
        }

        // The last, if the file is closed meanwhile.
    @out:
        atomic_dec(&ctx->mmap_changing);
        VM_WARN_ON_ONCE(atomic_read(&ctx->mmap_changing) < 0);
        userfaultfd_ctx_put(ctx);
    }

    [KernelSource(C, "userfaultfd_event_complete", Parity.Full)]
    [MustHold("ctx->event_wqh.lock")]
    private static void userfaultfd_event_complete(userfaultfd_ctx* ctx, userfaultfd_wait_queue* ewq)
    {
        ewq->msg.@event = 0;
        wake_up_locked(&ctx->event_wqh);
        __remove_wait_queue(&ctx->event_wqh, &ewq->wq);
    }

    // A VMA of the child: watched over by a context of its own if the monitor wants to hear of forks, else by nobody.
    [KernelSource(C, "dup_userfaultfd", Parity.Full)]
    [Excludes("userfaultfd_ctx.map_changing_lock")]
    public static int dup_userfaultfd(vm_area_struct* vma, list_head* fcs)
    {
        userfaultfd_ctx* ctx = null;
        userfaultfd_fork_ctx* fctx;

        userfaultfd_ctx* octx = vma->vm_userfaultfd_ctx.ctx;
        if (octx == null)
            return 0;

        if ((octx->features & UFFD_FEATURE_EVENT_FORK) == 0)
        {
            userfaultfd_reset_ctx(vma);
            return 0;
        }

        for (list_head* p = fcs->next; p != fcs; p = p->next)
        {
            fctx = list_entry<userfaultfd_fork_ctx>(p, &((userfaultfd_fork_ctx*)nowhere)->list);
            if (fctx->orig == octx)
            {
                ctx = fctx->@new;
                break;
            }
        }

        if (ctx == null)
        {
            fctx = (userfaultfd_fork_ctx*)kmalloc((ulong)sizeof(userfaultfd_fork_ctx), GFP_KERNEL);
            if (fctx == null)
                return -ENOMEM;

            ctx = (userfaultfd_ctx*)kmem_cache_alloc(userfaultfd_ctx_cachep, GFP_KERNEL);
            if (ctx == null)
            {
                kfree(fctx);
                return -ENOMEM;
            }

            refcount_set(&ctx->refcount, 1);
            ctx->flags = octx->flags;
            ctx->features = octx->features;
            ctx->released = false;
            init_rwsem(&ctx->map_changing_lock);
            atomic_set(&ctx->mmap_changing, 0);
            ctx->mm = vma->vm_mm;
            mmgrab(ctx->mm);

            userfaultfd_ctx_get(octx);
            down_write(&octx->map_changing_lock);
            atomic_inc(&octx->mmap_changing);
            up_write(&octx->map_changing_lock);
            fctx->orig = octx;
            fctx->@new = ctx;
            list_add_tail(&fctx->list, fcs);
        }

        vma->vm_userfaultfd_ctx.ctx = ctx;
        return 0;
    }

    [KernelSource(C, "dup_fctx", Parity.Full)]
    private static void dup_fctx(userfaultfd_fork_ctx* fctx)
    {
        userfaultfd_ctx* ctx = fctx->orig;
        userfaultfd_wait_queue ewq = default;

        msg_init(&ewq.msg);

        ewq.msg.@event = UFFD_EVENT_FORK;
        ewq.msg.arg.reserved.reserved1 = (ulong)fctx->@new;

        userfaultfd_event_wait_completion(ctx, &ewq);
    }

    [KernelSource(C, "dup_userfaultfd_complete", Parity.Full)]
    public static void dup_userfaultfd_complete(list_head* fcs)
    {
        list_head* n;

        for (list_head* p = fcs->next; p != fcs; p = n)
        {
            n = p->next;
            userfaultfd_fork_ctx* fctx = list_entry<userfaultfd_fork_ctx>(p, &((userfaultfd_fork_ctx*)nowhere)->list);
            dup_fctx(fctx);
            list_del(&fctx->list);
            kfree(fctx);
        }
    }

    // The fork failed: what a monitor would have done with the event is done here. The child's VMAs go with its mm.
    [KernelSource(C, "dup_userfaultfd_fail", Parity.Full)]
    public static void dup_userfaultfd_fail(list_head* fcs)
    {
        list_head* n;

        for (list_head* p = fcs->next; p != fcs; p = n)
        {
            n = p->next;
            userfaultfd_fork_ctx* fctx = list_entry<userfaultfd_fork_ctx>(p, &((userfaultfd_fork_ctx*)nowhere)->list);
            userfaultfd_ctx* octx = fctx->orig;
            userfaultfd_ctx* ctx = fctx->@new;

            atomic_dec(&octx->mmap_changing);
            VM_WARN_ON_ONCE(atomic_read(&octx->mmap_changing) < 0);
            userfaultfd_ctx_put(octx);
            userfaultfd_ctx_put(ctx);

            list_del(&fctx->list);
            kfree(fctx);
        }
    }

    [KernelSource(C, "mremap_userfaultfd_prep", Parity.Full)]
    [Excludes("userfaultfd_ctx.map_changing_lock")]
    public static void mremap_userfaultfd_prep(vm_area_struct* vma, vm_userfaultfd_ctx* vm_ctx)
    {
        userfaultfd_ctx* ctx = vma->vm_userfaultfd_ctx.ctx;

        if (ctx == null)
            return;

        if ((ctx->features & UFFD_FEATURE_EVENT_REMAP) != 0)
        {
            vm_ctx->ctx = ctx;
            userfaultfd_ctx_get(ctx);
            down_write(&ctx->map_changing_lock);
            atomic_inc(&ctx->mmap_changing);
            up_write(&ctx->map_changing_lock);
        }
        else
        {
            // The monitor would not know where it went.
            userfaultfd_reset_ctx(vma);
        }
    }

    [KernelSource(C, "mremap_userfaultfd_complete", Parity.Full)]
    public static void mremap_userfaultfd_complete(vm_userfaultfd_ctx* vm_ctx, ulong from, ulong to, ulong len)
    {
        userfaultfd_ctx* ctx = vm_ctx->ctx;
        userfaultfd_wait_queue ewq = default;

        if (ctx == null)
            return;

        msg_init(&ewq.msg);

        ewq.msg.@event = UFFD_EVENT_REMAP;
        ewq.msg.arg.remap.from = from;
        ewq.msg.arg.remap.to = to;
        ewq.msg.arg.remap.len = len;

        userfaultfd_event_wait_completion(ctx, &ewq);
    }

    [KernelSource(C, "mremap_userfaultfd_fail", Parity.Full)]
    public static void mremap_userfaultfd_fail(vm_userfaultfd_ctx* vm_ctx)
    {
        userfaultfd_ctx* ctx = vm_ctx->ctx;

        if (ctx == null)
            return;

        userfaultfd_ctx_put(ctx);
    }

    // Pages are about to be dropped. False: the mmap lock was dropped, and the VMA may be another.
    [KernelSource(C, "userfaultfd_remove", Parity.Full)]
    [TryReleases(Result.False, "vma->vm_mm->mmap_lock"), MightSleep]
    [Excludes("userfaultfd_ctx.map_changing_lock")]
    public static bool userfaultfd_remove(vm_area_struct* vma, ulong start, ulong end)
    {
        mm_struct* mm = vma->vm_mm;
        userfaultfd_wait_queue ewq = default;

        userfaultfd_ctx* ctx = vma->vm_userfaultfd_ctx.ctx;
        if (ctx == null || (ctx->features & UFFD_FEATURE_EVENT_REMOVE) == 0)
            return true;

        userfaultfd_ctx_get(ctx);
        down_write(&ctx->map_changing_lock);
        atomic_inc(&ctx->mmap_changing);
        up_write(&ctx->map_changing_lock);
        mmap_read_unlock(mm);

        msg_init(&ewq.msg);

        ewq.msg.@event = UFFD_EVENT_REMOVE;
        ewq.msg.arg.remove.start = start;
        ewq.msg.arg.remove.end = end;

        userfaultfd_event_wait_completion(ctx, &ewq);

        return false;
    }

    [KernelSource(C, "has_unmap_ctx", Parity.Full)]
    private static bool has_unmap_ctx(userfaultfd_ctx* ctx, list_head* unmaps, ulong start, ulong end)
    {
        for (list_head* p = unmaps->next; p != unmaps; p = p->next)
        {
            userfaultfd_unmap_ctx* unmap_ctx = list_entry<userfaultfd_unmap_ctx>(p, &((userfaultfd_unmap_ctx*)nowhere)->list);
            if (unmap_ctx->ctx == ctx && unmap_ctx->start == start && unmap_ctx->end == end)
                return true;
        }

        return false;
    }

    [KernelSource(C, "userfaultfd_unmap_prep", Parity.Full)]
    [Excludes("userfaultfd_ctx.map_changing_lock")]
    public static int userfaultfd_unmap_prep(vm_area_struct* vma, ulong start, ulong end, list_head* unmaps)
    {
        userfaultfd_ctx* ctx = vma->vm_userfaultfd_ctx.ctx;

        if (ctx == null || (ctx->features & UFFD_FEATURE_EVENT_UNMAP) == 0 || has_unmap_ctx(ctx, unmaps, start, end))
            return 0;

        userfaultfd_unmap_ctx* unmap_ctx = (userfaultfd_unmap_ctx*)kzalloc((ulong)sizeof(userfaultfd_unmap_ctx), GFP_KERNEL);
        if (unmap_ctx == null)
            return -ENOMEM;

        userfaultfd_ctx_get(ctx);
        down_write(&ctx->map_changing_lock);
        atomic_inc(&ctx->mmap_changing);
        up_write(&ctx->map_changing_lock);
        unmap_ctx->ctx = ctx;
        unmap_ctx->start = start;
        unmap_ctx->end = end;
        list_add_tail(&unmap_ctx->list, unmaps);

        return 0;
    }

    [KernelSource(C, "userfaultfd_unmap_complete", Parity.Full)]
    public static void userfaultfd_unmap_complete(mm_struct* mm, list_head* uf)
    {
        list_head* n;
        userfaultfd_wait_queue ewq = default;

        for (list_head* p = uf->next; p != uf; p = n)
        {
            n = p->next;
            userfaultfd_unmap_ctx* ctx = list_entry<userfaultfd_unmap_ctx>(p, &((userfaultfd_unmap_ctx*)nowhere)->list);
            msg_init(&ewq.msg);

            ewq.msg.@event = UFFD_EVENT_UNMAP;
            ewq.msg.arg.remove.start = ctx->start;
            ewq.msg.arg.remove.end = ctx->end;

            userfaultfd_event_wait_completion(ctx->ctx, &ewq);

            list_del(&ctx->list);
            kfree(ctx);
        }
    }
}
