// SPDX-License-Identifier: GPL-2.0-only
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KMemcg.Native;

/// <summary>
/// One pointer for each host thread, found from the stack pointer alone: what %gs is to a kernel. A thread-static would be
/// a call (__tls_get_addr) in every function that reads it, which is more than a whole charge from the stock takes.
/// </summary>
/// <remarks>
/// The address space is divided into windows of 64 KiB, and a table, of which only the touched pages exist, has a word for
/// each. A thread owns the windows of its stack but for the lowest, which may hold the top of the stack below; no thread
/// gets that deep (<see cref="Reserve"/>). Set it to null before the thread ends: another may get its stack.
/// </remarks>
public static unsafe class ThreadWord
{
    /// <summary>How much of a stack must be left unused.</summary>
    public const int Reserve = 1 << WindowShift;

    private const int WindowShift = 16;

    // What the host gives to user space.
    private static readonly int s_addressBits = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 47 : 48;

    private static readonly HostMapping? s_mapping = Map();
    private static readonly void** s_windows = s_mapping == null ? null : (void**)s_mapping.Address;

    [ThreadStatic]
    private static void* t_value;

    [ThreadStatic]
    private static nuint t_low, t_high;

    /// <summary>Whether the stack pointer is used; else it is a thread-static.</summary>
    public static bool IsFast => s_windows != null;

    /// <summary>The calling thread's word, null at first.</summary>
    public static void* Value
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        [SkipLocalsInit]
        get
        {
            if (s_windows == null)
                return t_value;

            byte here;
            return s_windows[(nuint)(&here) >> WindowShift];
        }

        set
        {
            if (s_windows == null)
            {
                t_value = value;
                return;
            }

            if (t_high == 0)
                FindStack();
            for (nuint window = t_low; window <= t_high; window++)
                s_windows[window] = value;
        }
    }

    private static void FindStack()
    {
        if (!HostStack.TryGetBounds(out nuint low, out nuint high))
            throw new PlatformNotSupportedException("the host does not say where this thread's stack lies");

        t_low = (low >> WindowShift) + 1;
        t_high = (high - 1) >> WindowShift;
        if (t_low > t_high)
            throw new InvalidOperationException($"a stack of {(high - low) >> 10} KiB is too small");
    }

    private static HostMapping? Map()
    {
        if (sizeof(void*) != 8 || !HostStack.TryGetBounds(out _, out _))
            return null;

        try
        {
            return HostMapping.Create(((nuint)1 << (s_addressBits - WindowShift)) * (nuint)sizeof(void*), 4096);
        }
        catch (OutOfMemoryException)
        {
            // A limit on address space.
            return null;
        }
    }
}
