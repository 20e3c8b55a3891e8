// SPDX-License-Identifier: GPL-2.0-only
using System.Runtime.InteropServices;

namespace KMemcg.Native;

/// <summary>The CPUs of the host that this process may use, and pinning of threads to them.</summary>
/// <remarks>Linux and Windows can pin; elsewhere <see cref="CanPin"/> says no and a pin does nothing.</remarks>
public static unsafe partial class HostCpus
{
    private const int MaskWords = 16;
    private const int MaskBytes = MaskWords * sizeof(ulong);

    /// <summary>Whether this host lets a thread choose its CPU.</summary>
    public static bool CanPin => OperatingSystem.IsLinux() || OperatingSystem.IsWindows();

    /// <summary>The numbers of the CPUs this process may run on, in rising order.</summary>
    public static int[] Allowed()
    {
        if (OperatingSystem.IsLinux())
        {
            ulong* mask = stackalloc ulong[MaskWords];
            if (sched_getaffinity(0, MaskBytes, mask) == 0)
                return Numbers(mask, MaskWords);
        }

        return [.. Enumerable.Range(0, Environment.ProcessorCount)];
    }

    /// <summary>Binds the calling thread to one CPU until the scope is disposed, on the same thread.</summary>
    /// <param name="cpu">A number out of <see cref="Allowed"/>.</param>
    /// <returns>A scope whose <see cref="CpuPin.IsPinned"/> says whether the host did it.</returns>
    public static CpuPin Pin(int cpu)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(cpu);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(cpu, MaskWords * 64);

        if (OperatingSystem.IsLinux())
            return PinLinux(cpu);
        if (OperatingSystem.IsWindows() && cpu < 64)
            return PinWindows(cpu);
        return default;
    }

    /// <summary>Lets the calling thread run on these CPUs only, from now on; a thread that it starts inherits that.</summary>
    /// <returns>Whether the host did it.</returns>
    public static bool Allow(ReadOnlySpan<int> cpus)
    {
        ulong* mask = stackalloc ulong[MaskWords];
        new Span<ulong>(mask, MaskWords).Clear();
        foreach (int cpu in cpus)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(cpu);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(cpu, MaskWords * 64);
            mask[cpu >> 6] |= 1UL << (cpu & 63);
        }

        if (OperatingSystem.IsLinux())
            return sched_setaffinity(0, MaskBytes, mask) == 0;
        return OperatingSystem.IsWindows() && SetThreadAffinityMask(GetCurrentThread(), (nuint)mask[0]) != 0;
    }

    internal static void Restore(ulong[] mask)
    {
        fixed (ulong* words = mask)
        {
            if (OperatingSystem.IsLinux())
                _ = sched_setaffinity(0, MaskBytes, words);
            else
                _ = SetThreadAffinityMask(GetCurrentThread(), (nuint)words[0]);
        }

        Thread.EndThreadAffinity();
    }

    private static CpuPin PinLinux(int cpu)
    {
        ulong[] old = new ulong[MaskWords];
        fixed (ulong* words = old)
        {
            // The call answers the size of the kernel's mask; the libc wrapper turns that into 0.
            if (sched_getaffinity(0, MaskBytes, words) < 0)
                return default;
        }

        ulong* mask = stackalloc ulong[MaskWords];
        new Span<ulong>(mask, MaskWords).Clear();
        mask[cpu >> 6] = 1UL << (cpu & 63);
        if (sched_setaffinity(0, MaskBytes, mask) != 0)
            return default;

        Thread.BeginThreadAffinity();
        return new CpuPin(old);
    }

    private static CpuPin PinWindows(int cpu)
    {
        nuint old = SetThreadAffinityMask(GetCurrentThread(), (nuint)1 << cpu);
        if (old == 0)
            return default;

        Thread.BeginThreadAffinity();
        return new CpuPin([old]);
    }

    private static int[] Numbers(ulong* mask, int words)
    {
        List<int> cpus = [];
        ulong size = (ulong)words * 64;
        for (ulong bit = Bits.NextSet(mask, size, 0); bit < size; bit = Bits.NextSet(mask, size, bit + 1))
            cpus.Add((int)bit);
        return [.. cpus];
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int sched_getaffinity(int pid, nuint size, ulong* mask);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int sched_setaffinity(int pid, nuint size, ulong* mask);

    [LibraryImport("kernel32")]
    private static partial nint GetCurrentThread();

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial nuint SetThreadAffinityMask(nint thread, nuint mask);
}

/// <summary>A thread's binding to a CPU; disposing it gives the thread its old CPUs back.</summary>
public readonly struct CpuPin : IDisposable
{
    private readonly ulong[]? old;

    internal CpuPin(ulong[] old) => this.old = old;

    /// <summary>Whether the thread was bound at all.</summary>
    public bool IsPinned => old is not null;

    /// <summary>Ends the binding; call it on the thread that is bound.</summary>
    public void Dispose()
    {
        if (old is not null)
            HostCpus.Restore(old);
    }
}
