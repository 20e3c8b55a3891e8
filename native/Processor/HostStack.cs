// SPDX-License-Identifier: GPL-2.0-only
using System.Runtime.InteropServices;

namespace KMemcg.Native;

/// <summary>Where the stack of the calling thread lies.</summary>
internal static unsafe partial class HostStack
{
    /// <summary>The lowest and the first address above it; false when the host does not say.</summary>
    public static bool TryGetBounds(out nuint low, out nuint high)
    {
        low = high = 0;
        try
        {
            if (OperatingSystem.IsLinux())
                return TryGetLinux(out low, out high);
            if (OperatingSystem.IsMacOS())
            {
                high = (nuint)pthread_get_stackaddr_np(pthread_self());
                low = high - pthread_get_stacksize_np(pthread_self());
                return true;
            }
        }
        catch (EntryPointNotFoundException)
        {
            // A C library that keeps its threads elsewhere.
        }

        return false;
    }

    private static bool TryGetLinux(out nuint low, out nuint high)
    {
        // pthread_attr_t has 56 bytes at most, on the architectures there are.
        byte* attributes = stackalloc byte[128];
        void* address = null;
        nuint size = 0;

        low = high = 0;
        if (pthread_getattr_np(pthread_self(), attributes) != 0)
            return false;
        int failed = pthread_attr_getstack(attributes, &address, &size);
        _ = pthread_attr_destroy(attributes);
        if (failed != 0)
            return false;

        low = (nuint)address;
        high = low + size;
        return true;
    }

    [LibraryImport("libc")]
    private static partial nint pthread_self();

    [LibraryImport("libc")]
    private static partial int pthread_getattr_np(nint thread, void* attributes);

    [LibraryImport("libc")]
    private static partial int pthread_attr_getstack(void* attributes, void** address, nuint* size);

    [LibraryImport("libc")]
    private static partial int pthread_attr_destroy(void* attributes);

    [LibraryImport("libc")]
    private static partial void* pthread_get_stackaddr_np(nint thread);

    [LibraryImport("libc")]
    private static partial nuint pthread_get_stacksize_np(nint thread);
}
