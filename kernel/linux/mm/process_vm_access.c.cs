// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_gfp_types_h;
using static Linux.linux_mm_h;
using static Linux.linux_sched_mm_h;
using static Linux.linux_slab_h;
using static Linux.linux_uio_h;

namespace Linux;

// Reading and writing another process's memory. Its pages are charged to it, page tables and file pages to the caller.
public static unsafe partial class mm_process_vm_access_c
{
    // How large the array of pages may become on the heap.
    private const ulong PVM_MAX_KMALLOC_PAGES = 2;

    // How many pages that is.
    private const ulong PVM_MAX_USER_PAGES = PVM_MAX_KMALLOC_PAGES * PAGE_SIZE / 8;

    // Up to here the array is on the stack.
    private const int PVM_MAX_PP_ARRAY_COUNT = 16;

    private const uint PTRACE_MODE_ATTACH_REALCREDS = 0x02 | 0x10;

    [KernelSource("mm/process_vm_access.c", "process_vm_rw_pages", Parity.Full)]
    private static int process_vm_rw_pages(page** pages, ulong offset, ulong len, iov_iter* iter, bool vm_write)
    {
        while (len != 0 && iov_iter_count(iter) != 0)
        {
            page* page = *pages++;
            ulong copy = PAGE_SIZE - offset;
            ulong copied;

            if (copy > len)
                copy = len;

            if (vm_write)
                copied = copy_page_from_iter(page, offset, copy, iter);
            else
                copied = copy_page_to_iter(page, offset, copy, iter);

            len -= copied;
            if (copied < copy && iov_iter_count(iter) != 0)
                return -EFAULT;
            offset = 0;
        }
        return 0;
    }

    [KernelSource("mm/process_vm_access.c", "process_vm_rw_single_vec", Parity.Full)]
    [ContextUnsafe("locked tells whether mmap_lock is held: pin_user_pages_remote() may have dropped it", Rule = "KM0110"), MightSleep]
    [Excludes("mm->mmap_lock")]
    private static int process_vm_rw_single_vec(ulong addr, ulong len, iov_iter* iter, page** process_pages, mm_struct* mm, task_struct* task, bool vm_write)
    {
        ulong pa = addr & PAGE_MASK;
        ulong start_offset = addr - pa;
        int rc = 0;
        uint flags = 0;

        if (len == 0)
            return 0;
        ulong nr_pages = (addr + len - 1) / PAGE_SIZE - addr / PAGE_SIZE + 1;

        if (vm_write)
            flags |= FOLL_WRITE;

        while (rc == 0 && nr_pages != 0 && iov_iter_count(iter) != 0)
        {
            long pinned_pages = (long)Math.Min(nr_pages, PVM_MAX_USER_PAGES);
            int locked = 1;

            // The mm is another task's: remote.
            mmap_read_lock(mm);
            pinned_pages = pin_user_pages_remote(mm, pa, (ulong)pinned_pages, flags, process_pages, &locked);
            if (locked != 0)
                mmap_read_unlock(mm);
            if (pinned_pages <= 0)
                return -EFAULT;

            ulong bytes = (ulong)pinned_pages * PAGE_SIZE - start_offset;
            if (bytes > len)
                bytes = len;

            rc = process_vm_rw_pages(process_pages, start_offset, bytes, iter, vm_write);
            len -= bytes;
            start_offset = 0;
            nr_pages -= (ulong)pinned_pages;
            pa += (ulong)pinned_pages * PAGE_SIZE;

            unpin_user_pages_dirty_lock(process_pages, (ulong)pinned_pages, vm_write);
        }

        return rc;
    }

    [KernelSource("mm/process_vm_access.c", "process_vm_rw_core", Parity.Full)]
    private static long process_vm_rw_core(int pid, iov_iter* iter, iovec* rvec, ulong riovcnt, ulong flags, bool vm_write)
    {
        nint* pp_stack = stackalloc nint[PVM_MAX_PP_ARRAY_COUNT];
        page** process_pages = (page**)pp_stack;
        long rc = 0;
        ulong nr_pages = 0;
        ulong total_len = iov_iter_count(iter);

        for (ulong i = 0; i < riovcnt; i++)
        {
            ulong iov_len = rvec[i].iov_len;
            if ((long)iov_len > 0)
            {
                ulong nr_pages_iov = ((ulong)rvec[i].iov_base + iov_len - 1) / PAGE_SIZE - (ulong)rvec[i].iov_base / PAGE_SIZE + 1;
                nr_pages = Math.Max(nr_pages, nr_pages_iov);
            }
        }

        if (nr_pages == 0)
            return 0;

        if (nr_pages > PVM_MAX_PP_ARRAY_COUNT)
        {
            process_pages = (page**)kmalloc(Math.Min(PVM_MAX_KMALLOC_PAGES * PAGE_SIZE, (ulong)sizeof(nint) * nr_pages), GFP_KERNEL);

            if (process_pages == null)
                return -ENOMEM;
        }

        task_struct* task = find_get_task_by_vpid(pid);
        if (task == null)
        {
            rc = -ESRCH;
            goto free_proc_pages;
        }

        mm_struct* mm = mm_access(task, PTRACE_MODE_ATTACH_REALCREDS);
        if (IS_ERR(mm))
        {
            rc = PTR_ERR(mm);
            // The system call knows only EPERM.
            if (rc == -EACCES)
                rc = -EPERM;
            goto put_task_struct;
        }

        for (ulong i = 0; i < riovcnt && iov_iter_count(iter) != 0 && rc == 0; i++)
            rc = process_vm_rw_single_vec((ulong)rvec[i].iov_base, rvec[i].iov_len, iter, process_pages, mm, task, vm_write);

        total_len -= iov_iter_count(iter);

        // Bytes that were copied count more than an error after them.
        if (total_len != 0)
            rc = (long)total_len;

        mmput(mm);

    put_task_struct:
        kernel_fork_c.put_task_struct(task);

    free_proc_pages:
        if (process_pages != (page**)pp_stack)
            kfree(process_pages);
        return rc;
    }

    [KernelSource("mm/process_vm_access.c", "process_vm_rw", Parity.Reduced, "the vectors are in the caller's registers, so to speak: they are not read from user space")]
    private static long process_vm_rw(int pid, iovec* lvec, ulong liovcnt, iovec* rvec, ulong riovcnt, ulong flags, bool vm_write)
    {
        iov_iter iter;
        uint dir = vm_write ? ITER_SOURCE : ITER_DEST;

        if (flags != 0)
            return -EINVAL;
        if (liovcnt > UIO_MAXIOV || riovcnt > UIO_MAXIOV)
            return -EINVAL;

        long rc = import_iovec(dir, lvec, liovcnt, &iter);
        if (rc < 0)
            return rc;
        if (iov_iter_count(&iter) == 0)
            return 0;
        return process_vm_rw_core(pid, &iter, rvec, riovcnt, flags, vm_write);
    }

    [KernelSource("mm/process_vm_access.c", "SYSCALL_process_vm_readv", Parity.Full)]
    public static long sys_process_vm_readv(int pid, iovec* lvec, ulong liovcnt, iovec* rvec, ulong riovcnt, ulong flags) =>
        process_vm_rw(pid, lvec, liovcnt, rvec, riovcnt, flags, false);

    [KernelSource("mm/process_vm_access.c", "SYSCALL_process_vm_writev", Parity.Full)]
    public static long sys_process_vm_writev(int pid, iovec* lvec, ulong liovcnt, iovec* rvec, ulong riovcnt, ulong flags) =>
        process_vm_rw(pid, lvec, liovcnt, rvec, riovcnt, flags, true);
}
