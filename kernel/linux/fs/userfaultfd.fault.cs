// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_gfp_types_h;
using static Linux.linux_mm_h;
using static Linux.linux_mm_types_h;
using static Linux.linux_sched_signal_h;
using static Linux.linux_swapops_h;
using static Linux.linux_userfaultfd_k_h;

namespace Linux;

public unsafe struct userfaultfd_fork_ctx
{
    public userfaultfd_ctx* orig;
    public userfaultfd_ctx* @new;
    public list_head list;
}

public unsafe struct userfaultfd_unmap_ctx
{
    public userfaultfd_ctx* ctx;
    public ulong start;
    public ulong end;
    public list_head list;
}

// A fault or an event, on the stack of the task that waits.
public unsafe struct userfaultfd_wait_queue
{
    public uffd_msg msg;
    public wait_queue_entry_t wq;
    public userfaultfd_ctx* ctx;
    public bool waken;
}

public struct userfaultfd_wake_range
{
    public ulong start;
    public ulong len;
}

/// <summary>fs/userfaultfd.c: page faults that a task of user space answers.</summary>
public static unsafe partial class fs_userfaultfd_c
{
    private const string C = "fs/userfaultfd.c";

    public static int sysctl_unprivileged_userfaultfd;

    private static kmem_cache* userfaultfd_ctx_cachep;

    // UFFDIO_API has been through.
    private const uint UFFD_FEATURE_INITIALIZED = 1U << 31;

    [KernelSource(C, "userfaultfd_is_initialized", Parity.Full)]
    private static bool userfaultfd_is_initialized(userfaultfd_ctx* ctx) => (ctx->features & UFFD_FEATURE_INITIALIZED) != 0;

    [KernelSource(C, "userfaultfd_wp_async_ctx", Parity.Full)]
    private static bool userfaultfd_wp_async_ctx(userfaultfd_ctx* ctx) => ctx != null && (ctx->features & UFFD_FEATURE_WP_ASYNC) != 0;

    [KernelSource(C, "userfaultfd_wp_unpopulated", Parity.Full)]
    public static bool userfaultfd_wp_unpopulated(vm_area_struct* vma)
    {
        userfaultfd_ctx* ctx = vma->vm_userfaultfd_ctx.ctx;

        if (ctx == null)
            return false;

        return (ctx->features & UFFD_FEATURE_WP_UNPOPULATED) != 0;
    }

    [KernelSource(C, "userfaultfd_wake_function", Parity.Full)]
    private static int userfaultfd_wake_function(wait_queue_entry_t* wq, uint mode, int wake_flags, void* key)
    {
        userfaultfd_wake_range* range = (userfaultfd_wake_range*)key;

        userfaultfd_wait_queue* uwq = container_of<userfaultfd_wait_queue>(wq, &((userfaultfd_wait_queue*)nowhere)->wq);
        int ret = 0;
        // Without a length: all.
        ulong start = range->start;
        ulong len = range->len;
        if (len != 0 && (start > uwq->msg.arg.pagefault.address || start + len <= uwq->msg.arg.pagefault.address))
            goto @out;
        // Seen before the task is woken, as the scheduler orders it.
        WRITE_ONCE(&uwq->waken, true);
        ret = wake_up_state((task_struct*)wq->@private, mode) ? 1 : 0;
        if (ret != 0)
        {
            // Once that is seen the entry may be gone: see list_empty_careful() in handle_userfault().
            list_del_init(&wq->entry);
        }
    @out:
        return ret;
    }

    [KernelSource(C, "userfaultfd_ctx_get", Parity.Full)]
    private static void userfaultfd_ctx_get(userfaultfd_ctx* ctx) => refcount_inc(&ctx->refcount);

    [KernelSource(C, "userfaultfd_ctx_put", Parity.Full)]
    private static void userfaultfd_ctx_put(userfaultfd_ctx* ctx)
    {
        if (refcount_dec_and_test(&ctx->refcount))
        {
            VM_WARN_ON_ONCE(spin_is_locked(&ctx->fault_pending_wqh.@lock));
            VM_WARN_ON_ONCE(waitqueue_active(&ctx->fault_pending_wqh));
            VM_WARN_ON_ONCE(spin_is_locked(&ctx->fault_wqh.@lock));
            VM_WARN_ON_ONCE(waitqueue_active(&ctx->fault_wqh));
            VM_WARN_ON_ONCE(spin_is_locked(&ctx->event_wqh.@lock));
            VM_WARN_ON_ONCE(waitqueue_active(&ctx->event_wqh));
            VM_WARN_ON_ONCE(spin_is_locked(&ctx->fd_wqh.@lock));
            VM_WARN_ON_ONCE(waitqueue_active(&ctx->fd_wqh));
            mmdrop(ctx->mm);
            kmem_cache_free(userfaultfd_ctx_cachep, ctx);
        }
    }

    [KernelSource(C, "msg_init", Parity.Full)]
    private static void msg_init(uffd_msg* msg) => *msg = default;

    [KernelSource(C, "userfault_msg", Parity.Full)]
    private static uffd_msg userfault_msg(ulong address, ulong real_address, uint flags, ulong reason, uint features)
    {
        uffd_msg msg;

        msg_init(&msg);
        msg.@event = UFFD_EVENT_PAGEFAULT;

        msg.arg.pagefault.address = (features & UFFD_FEATURE_EXACT_ADDRESS) != 0 ? real_address : address;

        // Neither protected nor minor: the page is missing.
        if ((flags & FAULT_FLAG_WRITE) != 0)
            msg.arg.pagefault.flags |= UFFD_PAGEFAULT_FLAG_WRITE;
        if ((reason & VM_UFFD_WP) != 0)
            msg.arg.pagefault.flags |= UFFD_PAGEFAULT_FLAG_WP;
        if ((reason & VM_UFFD_MINOR) != 0)
            msg.arg.pagefault.flags |= UFFD_PAGEFAULT_FLAG_MINOR;
        if ((features & UFFD_FEATURE_THREAD_ID) != 0)
            msg.arg.pagefault.ptid = (uint)task_pid_vnr(current);
        return msg;
    }

    // Looks again, now that the fault is in the queue: a page that came between its being read and this needs no wakeup.
    [KernelSource(C, "userfaultfd_must_wait", Parity.Full)]
    private static bool userfaultfd_must_wait(userfaultfd_ctx* ctx, vm_fault* vmf, ulong reason)
    {
        mm_struct* mm = ctx->mm;
        ulong address = vmf->address;
        bool ret = true;

        assert_fault_locked(vmf);

        pgd_t* pgd = pgd_offset(mm, address);
        if (!pgd_present(*pgd))
            goto @out;
        p4d_t* p4d = p4d_offset(pgd, address);
        if (!p4d_present(*p4d))
            goto @out;
        pud_t* pud = pud_offset(p4d, address);
        if (!pud_present(*pud))
            goto @out;
        pmd_t* pmd = pmd_offset(pud, address);
    again:
        pmd_t _pmd = pmdp_get_lockless(pmd);
        if (pmd_none(_pmd))
            goto @out;

        ret = false;
        if (!pmd_present(_pmd))
            goto @out;

        if (pmd_trans_huge(_pmd))
        {
            if (!pmd_write(_pmd) && (reason & VM_UFFD_WP) != 0)
                ret = true;
            goto @out;
        }

        pte_t* pte = pte_offset_map(pmd, address);
        if (pte == null)
        {
            ret = true;
            goto again;
        }
        // Without the lock: it may change, and whoever changes it wakes us. A marker is as good as nothing.
        pte_t ptent = ptep_get(pte);
        if (pte_none_mostly(ptent))
            ret = true;
        if (!pte_write(ptent) && (reason & VM_UFFD_WP) != 0)
            ret = true;
        pte_unmap(pte);

    @out:
        return ret;
    }

    [KernelSource(C, "userfaultfd_get_blocking_state", Parity.Full)]
    private static uint userfaultfd_get_blocking_state(uint flags)
    {
        if ((flags & FAULT_FLAG_INTERRUPTIBLE) != 0)
            return TASK_INTERRUPTIBLE;

        if ((flags & FAULT_FLAG_KILLABLE) != 0)
            return TASK_KILLABLE;

        return TASK_UNINTERRUPTIBLE;
    }

    // With VM_FAULT_RETRY the fault's lock is dropped, unless it was not to wait.
    [KernelSource(C, "handle_userfault", Parity.Reduced, "no hugetlb")]
    [MightSleep]
    [Excludes("wait_queue_head.lock")]
    public static vm_fault_t handle_userfault(vm_fault* vmf, ulong reason)
    {
        vm_area_struct* vma = vmf->vma;
        mm_struct* mm = vma->vm_mm;
        userfaultfd_wait_queue uwq;
        vm_fault_t ret = VM_FAULT_SIGBUS;

        // Nobody is left to be answered.
        if ((current->flags & (PF_EXITING | PF_DUMPCORE)) != 0)
            goto @out;

        assert_fault_locked(vmf);

        userfaultfd_ctx* ctx = vma->vm_userfaultfd_ctx.ctx;
        if (ctx == null)
            goto @out;

        VM_WARN_ON_ONCE(ctx->mm != mm);

        // One reason, and one that is known.
        VM_WARN_ON_ONCE((reason & ~__VM_UFFD_FLAGS) != 0);
        VM_WARN_ON_ONCE(reason == 0 || (reason & (reason - 1)) != 0);

        if ((ctx->features & UFFD_FEATURE_SIGBUS) != 0)
            goto @out;
        if ((vmf->flags & FAULT_FLAG_USER) == 0 && (ctx->flags & UFFD_USER_MODE_ONLY) != 0)
            goto @out;

        if ((vmf->flags & FAULT_FLAG_ALLOW_RETRY) == 0)
        {
            // Who must not wait may at least retry.
            VM_WARN_ON_ONCE((vmf->flags & FAULT_FLAG_RETRY_NOWAIT) != 0);
            pr_warn($"FAULT_FLAG_ALLOW_RETRY missing {vmf->flags:x}");
            goto @out;
        }

        ret = VM_FAULT_RETRY;
        if ((vmf->flags & FAULT_FLAG_RETRY_NOWAIT) != 0)
            goto @out;

        if (READ_ONCE(&ctx->released))
        {
            // The monitor is closing: it needs the mmap lock, so let go of it and fault again. No SIGBUS, for the monitor
            // need not unregister first.
            release_fault_lock(vmf);
            goto @out;
        }

        // While the lock still keeps it.
        userfaultfd_ctx_get(ctx);

        init_waitqueue_func_entry(&uwq.wq, &userfaultfd_wake_function);
        uwq.wq.@private = current;
        uwq.msg = userfault_msg(vmf->address, vmf->real_address, vmf->flags, reason, ctx->features);
        uwq.ctx = ctx;
        uwq.waken = false;

        uint blocking_state = userfaultfd_get_blocking_state(vmf->flags);

        spin_lock_irq(&ctx->fault_pending_wqh.@lock);
        // From here on read() and poll() see it.
        __add_wait_queue(&ctx->fault_pending_wqh, &uwq.wq);
        // The barrier in it keeps the look at the page table behind the queueing.
        set_current_state(blocking_state);
        spin_unlock_irq(&ctx->fault_pending_wqh.@lock);

        bool must_wait = userfaultfd_must_wait(ctx, vmf, reason);
        release_fault_lock(vmf);

        if (must_wait && !READ_ONCE(&ctx->released))
        {
            wake_up_poll(&ctx->fd_wqh, EPOLLIN);
            schedule();
        }

        __set_current_state(TASK_RUNNING);

        // read() moves it from queue to queue without ever leaving it empty; only a wakeup does that.
        if (!list_empty_careful(&uwq.wq.entry))
        {
            spin_lock_irq(&ctx->fault_pending_wqh.@lock);
            list_del(&uwq.wq.entry);
            spin_unlock_irq(&ctx->fault_pending_wqh.@lock);
        }

        // The last, if the file is closed meanwhile.
        userfaultfd_ctx_put(ctx);

    @out:
        return ret;
    }
}
