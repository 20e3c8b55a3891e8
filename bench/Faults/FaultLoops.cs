// SPDX-License-Identifier: GPL-2.0-only
using Linux;
using static Linux.linux_uaccess_h;
using static Linux.mm_mmap_c;

namespace KMemcg.Bench.Faults;

/// <summary>What user code of a task does with anonymous memory.</summary>
internal static class FaultLoops
{
    private const ulong ReadWrite = 3;
    private const ulong PrivateAnonymous = 0x22;

    /// <summary>Maps so many pages, writes to each and unmaps them, as will-it-scale's page_fault1 does.</summary>
    public static void MapTouchUnmap(int pages, long rounds)
    {
        while (rounds-- > 0)
        {
            ulong at = MapAndTouch(pages);
            kernel_entry_c.syscall_enter();
            kernel_entry_c.syscall_exit(sys_munmap(at, (ulong)pages * 4096));
        }
    }

    /// <summary>Maps so many pages and writes to each.</summary>
    public static ulong MapAndTouch(int pages)
    {
        ulong at = Map(pages);
        Touch(at, pages);
        return at;
    }

    /// <summary>Maps so many pages.</summary>
    public static unsafe ulong Map(int pages)
    {
        kernel_entry_c.syscall_enter();
        return (ulong)kernel_entry_c.syscall_exit(sys_mmap(0, (ulong)pages * 4096, ReadWrite, PrivateAnonymous, null, 0));
    }

    /// <summary>Writes to each page.</summary>
    public static void Touch(ulong at, int pages)
    {
        for (int i = 0; i < pages; i++)
        {
            user_write(at + ((ulong)i * 4096), 1);
        }
    }

    /// <summary>Reads from each page.</summary>
    public static void Read(ulong at, int pages)
    {
        for (int i = 0; i < pages; i++)
        {
            user_read(at + ((ulong)i * 4096));
        }
    }

    /// <summary>Writes all of it to swap.</summary>
    public static void PageOut(ulong at, int pages)
    {
        kernel_entry_c.syscall_enter();
        long rc = kernel_entry_c.syscall_exit(mm_madvise_c.sys_madvise(at, (ulong)pages * 4096, mm_madvise_c.MADV_PAGEOUT));
        if (rc < 0)
        {
            throw new InvalidOperationException($"madvise: errno {-rc}");
        }
    }
}
