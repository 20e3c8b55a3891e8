// SPDX-License-Identifier: GPL-2.0-only
using System.Runtime.InteropServices;

namespace KMemcg.Bench.Yardstick;

/// <summary>The kernel underneath, as a yardstick: anonymous page faults of this process, and whether a thread was left alone.</summary>
internal static unsafe partial class HostKernel
{
    private const int ReadWrite = 3;
    private const int PrivateAnonymous = 0x22;
    private const int NoHugePage = 15;
    private const int RusageThread = 1;

    /// <summary>Whether the host's faults can be measured.</summary>
    public static bool IsThere => OperatingSystem.IsLinux();

    /// <summary>Maps so many pages, writes to each and unmaps them, as will-it-scale's page_fault1 does.</summary>
    public static void MapTouchUnmap(int pages, long rounds)
    {
        nuint length = (nuint)pages * 4096;
        while (rounds-- > 0)
        {
            byte* at = mmap(null, length, ReadWrite, PrivateAnonymous, -1, 0);
            if ((nint)at == -1)
            {
                throw new InvalidOperationException("mmap failed");
            }

            // A huge page would be one fault for 512.
            _ = madvise(at, length, NoHugePage);
            for (nuint i = 0; i < length; i += 4096)
            {
                at[i] = 1;
            }

            _ = munmap(at, length);
        }
    }

    /// <summary>How often the calling thread was taken off its CPU against its will; a slice in which that grew is not counted.</summary>
    public static long InvoluntarySwitches()
    {
        if (!OperatingSystem.IsLinux())
        {
            return 0;
        }

        Rusage usage;
        return getrusage(RusageThread, &usage) == 0 ? usage.Fields[15] : 0;
    }

    private struct Rusage
    {
        public fixed long Fields[32];
    }

    [LibraryImport("libc")]
    private static partial byte* mmap(void* address, nuint length, int protection, int flags, int file, long offset);

    [LibraryImport("libc")]
    private static partial int munmap(void* address, nuint length);

    [LibraryImport("libc")]
    private static partial int madvise(void* address, nuint length, int advice);

    [LibraryImport("libc")]
    private static partial int getrusage(int who, Rusage* usage);
}
