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
    public static unsafe void MapTouchUnmap(int pages, long rounds)
    {
        ulong length = (ulong)pages * 4096;
        while (rounds-- > 0)
        {
            kernel_entry_c.syscall_enter();
            ulong at = (ulong)kernel_entry_c.syscall_exit(sys_mmap(0, length, ReadWrite, PrivateAnonymous, null, 0));
            for (ulong i = 0; i < length; i += 4096)
            {
                user_write(at + i, 1);
            }

            kernel_entry_c.syscall_enter();
            kernel_entry_c.syscall_exit(sys_munmap(at, length));
        }
    }
}
