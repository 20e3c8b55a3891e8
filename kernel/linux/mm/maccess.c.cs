// SPDX-License-Identifier: GPL-2.0-only
using System.IO;
using Microsoft.Win32.SafeHandles;

namespace Linux;

/// <summary>mm/maccess.c: reading through pointers that may be bad.</summary>
public static unsafe class mm_maccess_c
{
    private const string Memory = "/proc/self/mem";

    /// <summary>Copies bytes of kernel memory.</summary>
    /// <returns>0, or -EFAULT if not all of them are mapped.</returns>
    [KernelSource("mm/maccess.c", "copy_from_kernel_nofault", Parity.Reduced, "the host's kernel looks at the page tables (/proc/self/mem), in place of an exception table")]
    public static int copy_from_kernel_nofault(void* dst, void* src, ulong size)
    {
        try
        {
            using SafeFileHandle memory = File.OpenHandle(Memory);
            return RandomAccess.Read(memory, new Span<byte>(dst, (int)size), (long)src) == (int)size ? 0 : -EFAULT;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
            return -EFAULT;
        }
    }

    /// <summary>Copies a string of kernel memory and ends it, with at most count bytes in all.</summary>
    /// <returns>How many bytes were copied, the end included; -EFAULT if they are not mapped as far as that.</returns>
    [KernelSource("mm/maccess.c", "strncpy_from_kernel_nofault", Parity.Reduced, "as copy_from_kernel_nofault()")]
    public static long strncpy_from_kernel_nofault(byte* dst, byte* unsafe_addr, long count)
    {
        if (count <= 0)
            return 0;

        try
        {
            using SafeFileHandle memory = File.OpenHandle(Memory);
            for (long i = 0; i < count; i++)
            {
                if (RandomAccess.Read(memory, new Span<byte>(dst + i, 1), (long)(unsafe_addr + i)) != 1)
                    break;
                if (dst[i] == 0)
                    return i + 1;
                if (i == count - 1)
                {
                    dst[i] = 0;
                    return count;
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
        }

        dst[0] = 0;
        return -EFAULT;
    }

    [KernelSource("include/linux/uaccess.h", "get_kernel_nofault", Parity.Full)]
    public static int get_kernel_nofault<T>(T* val, T* ptr) where T : unmanaged => copy_from_kernel_nofault(val, ptr, (ulong)sizeof(T));
}
