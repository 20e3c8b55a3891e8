// SPDX-License-Identifier: GPL-2.0-only
using System.IO;
using Microsoft.Win32.SafeHandles;

namespace Linux;

/// <summary>mm/maccess.c: reading through pointers that may be bad.</summary>
public static unsafe class mm_maccess_c
{
    /// <summary>Copies bytes of kernel memory.</summary>
    /// <returns>0, or -EFAULT if not all of them are mapped.</returns>
    [KernelSource("mm/maccess.c", "copy_from_kernel_nofault", Parity.Reduced, "the host's kernel looks at the page tables (/proc/self/mem), in place of an exception table")]
    public static int copy_from_kernel_nofault(void* dst, void* src, ulong size)
    {
        try
        {
            using SafeFileHandle memory = File.OpenHandle("/proc/self/mem");
            return RandomAccess.Read(memory, new Span<byte>(dst, (int)size), (long)src) == (int)size ? 0 : -EFAULT;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
            return -EFAULT;
        }
    }

    [KernelSource("include/linux/uaccess.h", "get_kernel_nofault", Parity.Full)]
    public static int get_kernel_nofault<T>(T* val, T* ptr) where T : unmanaged => copy_from_kernel_nofault(val, ptr, (ulong)sizeof(T));
}
