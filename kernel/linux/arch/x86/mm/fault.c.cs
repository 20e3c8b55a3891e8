// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_sched_signal_h;
using static Linux.linux_uaccess_h;
using static Linux.asm_ptrace_h;

namespace Linux;

// From the CPU's error code to the fault handler, and from its answer to a signal or a fixup.
public static unsafe partial class arch_x86_mm_fault_c
{
    public const ulong X86_PF_PROT = 1 << 0;
    public const ulong X86_PF_WRITE = 1 << 1;
    public const ulong X86_PF_USER = 1 << 2;
    public const ulong X86_PF_RSVD = 1 << 3;
    public const ulong X86_PF_INSTR = 1 << 4;

    private const int SEGV_MAPERR = 1;
    private const int SEGV_ACCERR = 2;
    private const int BUS_ADRERR = 2;

    [KernelSource("arch/x86/mm/fault.c", "page_fault_oops", Parity.Reduced, "no decoding of page tables and code")]
    private static void page_fault_oops(pt_regs* regs, ulong error_code, ulong address) =>
        linux_bug_h.oops($"unable to handle page fault for address: {address:x16}, error code 0x{error_code:x4}", "page_fault_oops", "", 0);

    [KernelSource("arch/x86/mm/fault.c", "pgtable_bad", Parity.Full)]
    private static void pgtable_bad(pt_regs* regs, ulong error_code, ulong address) =>
        linux_bug_h.oops($"{current->pid}: Corrupted page table at address {address:x}", "pgtable_bad", "", 0);

    // The copy functions of kernel/host/user are the only ones that may touch user memory: all of them have a fixup.
    [KernelSource("arch/x86/mm/fault.c", "kernelmode_fixup_or_oops", Parity.Reduced, "no prefetch erratum")]
    private static void kernelmode_fixup_or_oops(pt_regs* regs, ulong error_code, ulong address, int signal, int si_code)
    {
        WARN_ON_ONCE(user_mode(regs));

        if (fixup_exception(regs))
            return;

        page_fault_oops(regs, error_code, address);
    }

    [KernelSource("arch/x86/mm/fault.c", "__bad_area_nosemaphore", Parity.Reduced, "no errata, vDSO fixups or log of segmentation faults")]
    [ContextUnsafe("comes with interrupts on or off, and goes with them off after a signal: the exception's entry sets them right", Rule = "KM0207")]
    private static void __bad_area_nosemaphore(pt_regs* regs, ulong error_code, ulong address, int si_code)
    {
        if (!user_mode(regs))
        {
            kernelmode_fixup_or_oops(regs, error_code, address, SIGSEGV, si_code);
            return;
        }

        if ((error_code & X86_PF_USER) == 0)
        {
            page_fault_oops(regs, error_code, address);
            return;
        }

        local_irq_enable();
        force_sig_fault(SIGSEGV, si_code, (void*)address);
        local_irq_disable();
    }

    [KernelSource("arch/x86/mm/fault.c", "bad_area_nosemaphore", Parity.Full)]
    private static void bad_area_nosemaphore(pt_regs* regs, ulong error_code, ulong address) =>
        __bad_area_nosemaphore(regs, error_code, address, SEGV_MAPERR);

    [KernelSource("arch/x86/mm/fault.c", "__bad_area", Parity.Full)]
    [Releases("mm->mmap_lock")]
    private static void __bad_area(pt_regs* regs, ulong error_code, ulong address, mm_struct* mm, vm_area_struct* vma, int si_code)
    {
        if (mm != null)
            mmap_read_unlock(mm);
        else
            vma_end_read(vma);

        __bad_area_nosemaphore(regs, error_code, address, si_code);
    }

    [KernelSource("arch/x86/mm/fault.c", "bad_area_access_error", Parity.Reduced, "no protection keys")]
    [Releases("mm->mmap_lock")]
    private static void bad_area_access_error(pt_regs* regs, ulong error_code, ulong address, mm_struct* mm, vm_area_struct* vma) =>
        __bad_area(regs, error_code, address, mm, vma, SEGV_ACCERR);

    [KernelSource("arch/x86/mm/fault.c", "do_sigbus", Parity.Reduced, "no errata and no broken memory")]
    private static void do_sigbus(pt_regs* regs, ulong error_code, ulong address, vm_fault_t fault)
    {
        if (!user_mode(regs))
        {
            kernelmode_fixup_or_oops(regs, error_code, address, SIGBUS, BUS_ADRERR);
            return;
        }

        force_sig_fault(SIGBUS, BUS_ADRERR, (void*)address);
    }

    [KernelSource("arch/x86/mm/fault.c", "access_error", Parity.Reduced, "no protection keys, SGX or shadow stacks")]
    private static bool access_error(ulong error_code, vm_area_struct* vma)
    {
        bool foreign = false;

        if (!arch_vma_access_permitted(vma, (error_code & X86_PF_WRITE) != 0, (error_code & X86_PF_INSTR) != 0, foreign))
            return true;

        if ((error_code & X86_PF_WRITE) != 0)
            return (vma->vm_flags & VM_WRITE) == 0;

        // A present page that may not be read.
        if ((error_code & X86_PF_PROT) != 0)
            return true;

        return !vma_is_accessible(vma);
    }

    [KernelSource("arch/x86/mm/fault.c", "fault_in_kernel_space", Parity.Full)]
    public static bool fault_in_kernel_space(ulong address) => address >= TASK_SIZE_MAX;

    [KernelSource("arch/x86/mm/fault.c", "do_kern_addr_fault", Parity.Reduced, "the kernel's own memory is the host's and does not fault; user code that asks for it is told off")]
    private static void do_kern_addr_fault(pt_regs* regs, ulong hw_error_code, ulong address) =>
        bad_area_nosemaphore(regs, hw_error_code, address);

    [KernelSource("arch/x86/mm/fault.c", "do_user_addr_fault", Parity.Reduced, "no SMAP check, probes, vsyscall page or shadow stacks")]
    [RequiresIrqsOff, IrqEnable]
    [ContextUnsafe("handle_mm_fault() has dropped mmap_lock where its result says so", Rule = "KM0110")]
    private static void do_user_addr_fault(pt_regs* regs, ulong error_code, ulong address)
    {
        vm_area_struct* vma;
        vm_fault_t fault;
        uint flags = FAULT_FLAG_DEFAULT;
        task_struct* tsk = current;
        mm_struct* mm = tsk->mm;

        // The kernel does not run code of user space.
        if ((error_code & (X86_PF_USER | X86_PF_INSTR)) == X86_PF_INSTR)
        {
            page_fault_oops(regs, error_code, address);
            return;
        }

        if ((error_code & X86_PF_RSVD) != 0)
            pgtable_bad(regs, error_code, address);

        if (faulthandler_disabled() || mm == null)
        {
            bad_area_nosemaphore(regs, error_code, address);
            return;
        }

        if (WARN_ON_ONCE((regs->flags & X86_EFLAGS_IF) == 0))
        {
            bad_area_nosemaphore(regs, error_code, address);
            return;
        }

        local_irq_enable();

        if ((error_code & X86_PF_WRITE) != 0)
            flags |= FAULT_FLAG_WRITE;
        if ((error_code & X86_PF_INSTR) != 0)
            flags |= FAULT_FLAG_INSTRUCTION;
        if (user_mode(regs))
            flags |= FAULT_FLAG_USER;

        if ((flags & FAULT_FLAG_USER) == 0)
            goto lock_mmap;

        vma = lock_vma_under_rcu(mm, address);
        if (vma == null)
            goto lock_mmap;

        if (access_error(error_code, vma))
        {
            bad_area_access_error(regs, error_code, address, null, vma);
            return;
        }
        fault = handle_mm_fault(vma, address, flags | FAULT_FLAG_VMA_LOCK, regs);
        if ((fault & (VM_FAULT_RETRY | VM_FAULT_COMPLETED)) == 0)
            vma_end_read(vma);

        if ((fault & VM_FAULT_RETRY) == 0)
            goto done;
        if ((fault & VM_FAULT_MAJOR) != 0)
            flags |= FAULT_FLAG_TRIED;

        if (fault_signal_pending(fault, user_mode(regs)))
        {
            if (!user_mode(regs))
                kernelmode_fixup_or_oops(regs, error_code, address, SIGBUS, BUS_ADRERR);
            return;
        }

    lock_mmap:
    retry:
        vma = lock_mm_and_find_vma(mm, address, regs);
        if (vma == null)
        {
            bad_area_nosemaphore(regs, error_code, address);
            return;
        }

        if (access_error(error_code, vma))
        {
            bad_area_access_error(regs, error_code, address, mm, vma);
            return;
        }

        // On RETRY and COMPLETED the handler has dropped the lock.
        fault = handle_mm_fault(vma, address, flags, regs);

        if (fault_signal_pending(fault, user_mode(regs)))
        {
            if (!user_mode(regs))
                kernelmode_fixup_or_oops(regs, error_code, address, SIGBUS, BUS_ADRERR);
            return;
        }

        if ((fault & VM_FAULT_COMPLETED) != 0)
            return;

        if ((fault & VM_FAULT_RETRY) != 0)
        {
            flags |= FAULT_FLAG_TRIED;
            goto retry;
        }

        mmap_read_unlock(mm);
    done:
        if ((fault & VM_FAULT_ERROR) == 0)
            return;

        if (fatal_signal_pending(current) && !user_mode(regs))
        {
            kernelmode_fixup_or_oops(regs, error_code, address, 0, 0);
            return;
        }

        if ((fault & VM_FAULT_OOM) != 0)
        {
            if (!user_mode(regs))
            {
                kernelmode_fixup_or_oops(regs, error_code, address, SIGSEGV, SEGV_MAPERR);
                return;
            }

            // Back in user space the access is tried again, unless the task was the one that was killed.
            pagefault_out_of_memory();
        }
        else if ((fault & (VM_FAULT_SIGBUS | VM_FAULT_HWPOISON | VM_FAULT_HWPOISON_LARGE)) != 0)
        {
            do_sigbus(regs, error_code, address, fault);
        }
        else if ((fault & VM_FAULT_SIGSEGV) != 0)
        {
            bad_area_nosemaphore(regs, error_code, address);
        }
        else
        {
            BUG();
        }
    }

    [KernelSource("arch/x86/mm/fault.c", "handle_page_fault", Parity.Reduced, "no tracing")]
    [RequiresIrqsOff]
    [ContextUnsafe("the fault may be served with interrupts on: they are off again on return", Rule = "KM0206")]
    private static void handle_page_fault(pt_regs* regs, ulong error_code, ulong address)
    {
        if (fault_in_kernel_space(address))
            do_kern_addr_fault(regs, error_code, address);
        else
            do_user_addr_fault(regs, error_code, address);

        // It may have enabled them.
        local_irq_disable();
    }

    /// <summary>The page-fault exception; <paramref name="address"/> is what CR2 holds.</summary>
    [KernelSource("arch/x86/mm/fault.c", "exc_page_fault", Parity.Reduced, "entry and exit of user mode are the caller's, as kernel/host/user/entry.cs has them")]
    [ContextUnsafe("leaves interrupts as the fault found them", Rule = "KM0207")]
    public static void exc_page_fault(pt_regs* regs, ulong error_code, ulong address)
    {
        bool irqs = (regs->flags & X86_EFLAGS_IF) != 0;

        local_irq_disable();
        handle_page_fault(regs, error_code, address);
        if (irqs)
            local_irq_enable();
    }
}
