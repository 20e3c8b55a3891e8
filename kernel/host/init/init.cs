// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Generic;

namespace Linux;

/// <summary>Kernel globals: addresses for those that need one, and their return to the initial value at every boot.</summary>
public static unsafe partial class linux_init_h
{
    // Types and shapes here are such that ReadyToRun code of them can be made: a first boot is mostly what the JIT compiler gets.
    private sealed record section(nint start, nuint size, nint image);

    private static readonly List<section> sections = new();
    [HostState]
    private static bool statics_kept;

    /// <summary>The address of a global of type T (or of n in a row): zero at every boot, valid as long as the process.</summary>
    public static T* bss<T>(int n = 1) where T : unmanaged => (T*)bss((nuint)sizeof(T) * (nuint)n);

    private static void* bss(nuint size)
    {
        void* p = NativeMemory.AlignedAlloc(Math.Max(size, 1), 64);
        NativeMemory.Clear(p, size);
        lock (sections)
            sections.Add(new section((nint)p, size, 0));
        return p;
    }

    /// <summary>As bss, but holding <paramref name="value"/> at every boot.</summary>
    public static T* data<T>(T value) where T : unmanaged
    {
        nuint size = (nuint)sizeof(T);
        T* image = (T*)NativeMemory.AlignedAlloc(size, 64);
        *image = value;
        T* p = (T*)NativeMemory.AlignedAlloc(size, 64);
        *p = value;
        lock (sections)
            sections.Add(new section((nint)p, size, (nint)image));
        return p;
    }

    /// <summary>LIST_HEAD(x): a global list, empty at every boot.</summary>
    public static list_head* LIST_HEAD()
    {
        list_head* p = (list_head*)NativeMemory.AlignedAlloc((nuint)sizeof(list_head), 64);
        list_head* image = (list_head*)NativeMemory.AlignedAlloc((nuint)sizeof(list_head), 64);
        image->next = image->prev = p;
        *p = *image;
        lock (sections)
            sections.Add(new section((nint)p, (nuint)sizeof(list_head), (nint)image));
        return p;
    }

    /// <summary>As data, for an array.</summary>
    public static T* data_array<T>(T[] values) where T : unmanaged
    {
        fixed (T* first = values)
            return (T*)data_array(first, (nuint)sizeof(T) * (nuint)values.Length);
    }

    private static void* data_array(void* values, nuint size)
    {
        void* image = NativeMemory.AlignedAlloc(Math.Max(size, 1), 64);
        NativeMemory.Copy(values, image, size);
        void* p = NativeMemory.AlignedAlloc(Math.Max(size, 1), 64);
        NativeMemory.Copy(values, p, size);
        lock (sections)
            sections.Add(new section((nint)p, size, (nint)image));
        return p;
    }

    /// <summary>Whether the address is in a global that bss or data made.</summary>
    internal static bool is_kernel_global(nint addr)
    {
        lock (sections)
        {
            foreach (section s in sections)
            {
                if (addr >= s.start && addr < s.start + (nint)s.size)
                    return true;
            }
        }

        return false;
    }

    /// <summary>Remembers what every mutable static of the kernel holds before the first boot.</summary>
    internal static void snapshot_statics()
    {
        if (statics_kept)
            return;
        keep_statics();
        statics_kept = true;
    }

    /// <summary>Puts every kernel global back to what it was before the first boot.</summary>
    internal static void reset_statics()
    {
        lock (sections)
        {
            foreach (section s in sections)
            {
                if (s.image == 0)
                    NativeMemory.Clear((void*)s.start, s.size);
                else
                    NativeMemory.Copy((void*)s.image, (void*)s.start, s.size);
            }
        }
        put_back_statics();
    }

    // Of KMemcg.Generators, which knows them all.
    private static partial void keep_statics();

    private static partial void put_back_statics();
}

/// <summary>A static of the host that outlives the machine: it is not put back when a machine is disposed.</summary>
[AttributeUsage(AttributeTargets.Field)]
public sealed class HostStateAttribute : Attribute
{
}
