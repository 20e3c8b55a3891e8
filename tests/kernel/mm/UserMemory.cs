// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Kernel.Tests.cgroup;
using Linux;
using NUnit.Framework;
using static Linux.asm_percpu_h;
using static Linux.asm_pgtable_h;
using static Linux.kernel_cgroup_rstat_c;
using static Linux.linux_mm_h;
using static Linux.linux_mm_types_h;
using static Linux.linux_mmap_lock_h;
using static Linux.linux_pgtable_h;
using static Linux.linux_uaccess_h;
using static Linux.mm_memcontrol_c;
using static Linux.mm_mmap_c;
using static Linux.mm_rmap_c;
using static Linux.mm_swap_c;

namespace KMemcg.Kernel.Tests.mm;

/// <summary>What the user code of a task does with its memory, for tests.</summary>
internal static unsafe class UserMemory
{
    public const ulong Page = 4096;
    public const ulong ReadWrite = 3;
    public const ulong ReadOnly = 1;
    private const ulong PrivateAnonymous = 0x22;
    private const ulong Fixed = 0x10;

    /// <summary>A system call of a task.</summary>
    public static long Syscall(user_task t, Func<long> call) => machine.call(t, () =>
    {
        kernel_entry_c.syscall_enter();
        return kernel_entry_c.syscall_exit(call());
    });

    /// <summary>Private memory of so many pages, somewhere or at an address.</summary>
    public static ulong Map(user_task t, ulong pages, ulong at = 0, ulong protection = ReadWrite)
    {
        long address = Syscall(t, () => sys_mmap(at, pages * Page, protection, PrivateAnonymous | (at != 0 ? Fixed : 0), null, 0));
        Assert.That(address is > 0 or < -4095, $"mmap: {address}");
        return (ulong)address;
    }

    public static long Unmap(user_task t, ulong address, ulong pages) => Syscall(t, () => sys_munmap(address, pages * Page));

    /// <summary>User code reads a byte; -EINTR when it died of it.</summary>
    public static long Read(user_task t, ulong address) => machine.call(t, () => user_read(address));

    /// <summary>User code writes a byte; -EINTR when it died of it.</summary>
    public static long Write(user_task t, ulong address, byte value) => machine.call(t, () =>
    {
        user_write(address, value);
        return 0;
    });

    /// <summary>Writes a byte to the start of each page.</summary>
    public static void Fill(user_task t, ulong address, ulong pages, byte first) => machine.call(t, () =>
    {
        for (ulong i = 0; i < pages; i++)
            user_write(address + (i * Page), (byte)(first + i));
        return 0;
    });

    /// <summary>In the kernel, as the task: what its page table has for an address.</summary>
    public static ulong Frame(user_task t, ulong address) => (ulong)Syscall(t, () =>
    {
        pmd_t* pmd = mm_find_pmd(current->mm, address);
        if (pmd == null)
            return 0;
        spinlock_t* ptl;
        pte_t* pte = pte_offset_map_lock(current->mm, pmd, address, &ptl);
        if (pte == null)
            return 0;
        long frame = pte_present(ptep_get(pte)) ? (long)pte_pfn(ptep_get(pte)) : 0;
        pte_unmap_unlock(pte, ptl);
        return frame;
    });

    /// <summary>In the kernel: something of the folio that is mapped at an address.</summary>
    public static long Folio(user_task t, ulong address, Func<nint, long> look)
    {
        ulong frame = Frame(t, address);
        Assert.That(frame, Is.Not.Zero, "nothing is mapped");
        return CgroupMachine.Syscall(() => look((nint)pfn_folio(frame)));
    }

    public static int MapCount(user_task t, ulong address) => (int)Folio(t, address, f => folio_mapcount((folio*)f));

    /// <summary>The VMAs of a task, as ranges of pages from a base.</summary>
    public static string Areas(user_task t, ulong from)
    {
        var text = new List<string>();
        Syscall(t, () =>
        {
            mm_struct* mm = current->mm;
            mmap_read_lock(mm);
            vma_iterator vmi = VMA_ITERATOR(mm, 0);
            for (vm_area_struct* v = vma_next(&vmi); v != null; v = vma_next(&vmi))
                text.Add($"{(long)(v->vm_start - from) / (long)Page}-{(long)(v->vm_end - from) / (long)Page}");
            Assert.That(mm->map_count, Is.EqualTo(text.Count));
            mmap_read_unlock(mm);
            return 0;
        });
        return string.Join(' ', text);
    }

    /// <summary>All that CPUs keep in batches goes to the LRU lists, and groups' statistics are brought up to date.</summary>
    public static void Drain()
    {
        CgroupMachine.Syscall(() =>
        {
            lru_add_drain_all();
            return 0;
        });
        CgroupMachine.Settle();
        CgroupMachine.Syscall(() =>
        {
            css_rstat_flush(&root_mem_cgroup->css);
            return 0;
        });
    }
}
