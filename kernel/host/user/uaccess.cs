// SPDX-License-Identifier: GPL-2.0-only
using System.Threading;
using KMemcg.Native;
using static Linux.asm_ptrace_h;

namespace Linux;

/// <summary>
/// Memory of user space: as the kernel touches it (include/linux/uaccess.h), and as user code does. Both go through the page
/// tables of the task that runs, and take page faults.
/// </summary>
public static unsafe partial class linux_uaccess_h
{
    [PerCpu(Remote = true)]
    private static readonly PerCpu<int>* mmu_in_use = DEFINE_PER_CPU<int>();
    private static Mmu? mmu;

    /// <summary>At boot, when there is RAM.</summary>
    internal static void mmu_init(PhysicalMemory ram) => mmu = new Mmu(ram);

    [KernelSource("include/linux/uaccess.h", "pagefault_disabled_inc", Parity.Full)]
    private static void pagefault_disabled_inc() => current->pagefault_disabled++;

    [KernelSource("include/linux/uaccess.h", "pagefault_disabled_dec", Parity.Full)]
    private static void pagefault_disabled_dec() => current->pagefault_disabled--;

    [KernelSource("include/linux/uaccess.h", "pagefault_disable", Parity.Full)]
    [Acquires("pagefault_off")]
    [ContextPrimitive]
    public static void pagefault_disable()
    {
        pagefault_disabled_inc();
        barrier();
    }

    [KernelSource("include/linux/uaccess.h", "pagefault_enable", Parity.Full)]
    [Releases("pagefault_off")]
    [ContextPrimitive]
    public static void pagefault_enable()
    {
        barrier();
        pagefault_disabled_dec();
    }

    [KernelSource("include/linux/uaccess.h", "pagefault_disabled", Parity.Full)]
    public static bool pagefault_disabled() => current->pagefault_disabled != 0;

    [KernelSource("include/linux/uaccess.h", "faulthandler_disabled", Parity.Full)]
    public static bool faulthandler_disabled() => pagefault_disabled() || in_atomic();

    [KernelSource("include/asm-generic/access_ok.h", "access_ok", Parity.Full)]
    public static bool access_ok(void* addr, ulong size) => size <= TASK_SIZE_MAX && (ulong)addr <= TASK_SIZE_MAX - size;

    // Addresses carry no tags: linear address masking is off.
    [KernelSource("include/linux/uaccess.h", "untagged_addr", Parity.Full)]
    public static ulong untagged_addr(ulong addr) => addr;

    [KernelSource("include/linux/uaccess.h", "untagged_addr_remote", Parity.Full)]
    public static ulong untagged_addr_remote(mm_struct* mm, ulong addr)
    {
        mmap_assert_locked(mm);
        return addr;
    }

    /// <summary>
    /// One access of the CPU, within a page. What it found in the page tables holds until it is done: who takes a page away
    /// waits in tlb_shootdown().
    /// </summary>
    [ContextUnsafe("one access of the CPU: nothing in it gives the CPU up", Rule = "KM0401")]
    private static Translation access(ulong root, ulong address, MemoryAccess how, byte* buffer, ulong n)
    {
        int* busy = this_cpu_ptr(mmu_in_use);
        bool parallel = !sched_host.deterministic;

        if (parallel)
            Interlocked.Exchange(ref *busy, 1);
        Translation t = mmu!.Translate(root, address, how);
        if (t.IsOk)
        {
            byte* at = (byte*)__va(t.PhysicalAddress);
            if ((how & MemoryAccess.Write) != 0)
                memcpy(at, buffer, n);
            else
                memcpy(buffer, at, n);
        }
        if (parallel)
            Volatile.Write(ref *busy, 0);
        return t;
    }

    /// <summary>Waits until no other CPU works with what it read from a page table before.</summary>
    internal static void tlb_shootdown()
    {
        if (sched_host.deterministic)
            return;

        smp_mb();
        foreach (int cpu in for_each_online_cpu())
        {
            while (cpu != smp_processor_id() && Volatile.Read(ref *per_cpu_ptr(mmu_in_use, cpu)) != 0)
                cpu_relax();
        }
    }

    /// <summary>An access of the kernel, within a page; a fault is taken when needed. False: it cannot be.</summary>
    private static bool kernel_access(ulong address, MemoryAccess how, byte* buffer, ulong n)
    {
        mm_struct* mm = current->mm;
        if (mm == null)
            return false;

        for (; ; )
        {
            Translation t = access(__pa(mm->pgd) >> PAGE_SHIFT, address, how, buffer, n);
            if (t.IsOk)
                return true;

            // The address is none at all: general protection, which the kernel treats as a bad pointer.
            if (t.Status == TranslationStatus.NotCanonical)
                return false;

            pt_regs regs = new() { cs = __KERNEL_CS, flags = irqs_disabled() ? 0 : X86_EFLAGS_IF };
            exc_page_fault(&regs, (ulong)t.Code, address);
            if (regs.fixed_up)
                return false;
        }
    }

    private static ulong span(ulong address, ulong n) => Math.Min(n, PAGE_SIZE - (address & ~PAGE_MASK));

    /// <summary>Copies to user space; returns how many bytes could not be.</summary>
    [KernelSource("include/linux/uaccess.h", "copy_to_user", Parity.Full)]
    [FailsUnder("pagefault_off"), MightSleep]
    public static ulong copy_to_user(void* to, void* from, ulong n)
    {
        might_fault();
        if (!access_ok(to, n))
            return n;
        return __copy(to, from, n, MemoryAccess.Write);
    }

    /// <summary>Copies from user space; returns how many bytes could not be, and zeroes those.</summary>
    [KernelSource("include/linux/uaccess.h", "copy_from_user", Parity.Full)]
    [FailsUnder("pagefault_off"), MightSleep]
    public static ulong copy_from_user(void* to, void* from, ulong n)
    {
        ulong res = n;

        might_fault();
        if (access_ok(from, n))
            res = raw_copy_from_user(to, from, n);
        if (res != 0)
            new Span<byte>((byte*)to + (n - res), (int)res).Clear();
        return res;
    }

    /// <summary>The same with the address checked already, and without zeroing: what cannot be copied stays as it was.</summary>
    [KernelSource("arch/x86/include/asm/uaccess_64.h", "raw_copy_from_user", Parity.Full)]
    [FailsUnder("pagefault_off"), MightSleep]
    public static ulong raw_copy_from_user(void* to, void* from, ulong n) => __copy(to, from, n, MemoryAccess.Read);

    private static ulong __copy(void* to, void* from, ulong n, MemoryAccess how)
    {
        bool write = how == MemoryAccess.Write;
        while (n != 0)
        {
            ulong user = (ulong)(write ? to : from);
            ulong part = span(user, n);
            if (!kernel_access(user, how, (byte*)(write ? from : to), part))
                break;
            spend_ns(COST_PAGE_COPY * part / PAGE_SIZE);
            to = (byte*)to + part;
            from = (byte*)from + part;
            n -= part;
        }
        return n;
    }

    /// <summary>Stores a value in user space: 0, or -EFAULT.</summary>
    [KernelSource("arch/x86/include/asm/uaccess.h", "put_user", Parity.Full)]
    [FailsUnder("pagefault_off"), MightSleep]
    public static int put_user<T>(T x, T* ptr) where T : unmanaged => copy_to_user(ptr, &x, (ulong)sizeof(T)) == 0 ? 0 : -EFAULT;

    [KernelSource("include/linux/uaccess.h", "might_fault", Parity.Full)]
    private static void might_fault()
    {
        if (CONFIG_PROVE_LOCKING)
            __might_fault();
    }

    /// <summary>Faults in memory that is to be read with page faults disabled; returns how many bytes could not be.</summary>
    [KernelSource("mm/gup.c", "fault_in_readable", Parity.Full)]
    public static ulong fault_in_readable(byte* uaddr, ulong size) => fault_in(uaddr, size, MemoryAccess.Read);

    /// <summary>...to be written.</summary>
    [KernelSource("mm/gup.c", "fault_in_writeable", Parity.Full)]
    public static ulong fault_in_writeable(byte* uaddr, ulong size) => fault_in(uaddr, size, MemoryAccess.Write);

    private static ulong fault_in(byte* uaddr, ulong size, MemoryAccess how)
    {
        // What was there will be overwritten: a zero does no harm.
        byte nothing = 0;

        if (size == 0)
            return 0;
        if (!access_ok(uaddr, size))
            return size;

        for (ulong done = 0; done < size;)
        {
            if (!kernel_access((ulong)uaddr + done, how, &nothing, 1))
                return size - done;
            done += span((ulong)uaddr + done, size - done);
        }
        return 0;
    }

    // ---------------------------------------------------------------- user code

    /// <summary>
    /// An access of user code: an instruction is repeated until it went through. If it cannot, the task gets a signal and,
    /// as there are only default actions, does not come back.
    /// </summary>
    private static void user_access(ulong address, MemoryAccess how, byte* buffer, ulong n)
    {
        kernel_entry_c.user_point();
        for (; ; )
        {
            Translation t = access(__pa(current->mm->pgd) >> PAGE_SHIFT, address, how | MemoryAccess.User, buffer, n);
            if (t.IsOk)
                return;

            kernel_entry_c.exception_enter();
            if (t.Status == TranslationStatus.NotCanonical)
            {
                force_sig(linux_sched_signal_h.SIGSEGV);
            }
            else
            {
                pt_regs regs = new() { cs = __USER_CS, flags = X86_EFLAGS_IF, sp = address };
                exc_page_fault(&regs, (ulong)t.Code, address);
            }
            kernel_entry_c.exception_exit();
        }
    }

    /// <summary>User code reads a byte.</summary>
    public static byte user_read(ulong address)
    {
        byte value;
        user_access(address, MemoryAccess.Read, &value, 1);
        return value;
    }

    /// <summary>User code writes a byte.</summary>
    public static void user_write(ulong address, byte value) => user_access(address, MemoryAccess.Write, &value, 1);

    /// <summary>User code copies from its memory.</summary>
    public static void user_read(ulong address, Span<byte> to)
    {
        fixed (byte* p = to)
            user_copy(address, MemoryAccess.Read, p, (ulong)to.Length);
    }

    /// <summary>User code copies into its memory.</summary>
    public static void user_write(ulong address, ReadOnlySpan<byte> from)
    {
        fixed (byte* p = from)
            user_copy(address, MemoryAccess.Write, p, (ulong)from.Length);
    }

    private static void user_copy(ulong address, MemoryAccess how, byte* buffer, ulong n)
    {
        for (ulong part; n != 0; n -= part)
        {
            part = span(address, n);
            user_access(address, how, buffer, part);
            address += part;
            buffer += part;
        }
    }

    /// <summary>What /proc/self/pagemap tells of a range: how many pages are present, and how many are in swap.</summary>
    public static long count_resident(ulong address, ulong bytes, long* present, long* swapped)
    {
        mm_struct* mm = current->mm;
        *present = *swapped = 0;

        if (mmap_read_lock_killable(mm) != 0)
            return -EINTR;
        for (ulong end = address + bytes; address < end; address += PAGE_SIZE)
        {
            pmd_t* pmd = mm_find_pmd(mm, address);
            if (pmd == null)
                continue;

            spinlock_t* ptl;
            pte_t* pte = pte_offset_map_lock(mm, pmd, address, &ptl);
            if (pte == null)
                continue;
            pte_t entry = ptep_get(pte);
            if (pte_present(entry))
                ++*present;
            else if (is_swap_pte(entry) && !non_swap_entry(pte_to_swp_entry(entry)))
                ++*swapped;
            pte_unmap_unlock(pte, ptl);
        }
        mmap_read_unlock(mm);
        return 0;
    }
}
