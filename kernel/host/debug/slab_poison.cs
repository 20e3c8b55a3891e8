// SPDX-License-Identifier: GPL-2.0-only
using System.Diagnostics;
using static Linux.linux_slab_h;
using static Linux.mm_slab_h;

namespace Linux;

/// <summary>
/// Debug builds fill free objects with a pattern and look at it when the object is allocated or freed again. Unlike
/// slub_debug this takes no byte from the object, so that sizes, and what they are charged, are those of a kernel
/// without it; the bytes of the free pointer are therefore not covered. Objects that keep their contents while free,
/// for their constructor or for RCU readers, are left alone.
/// </summary>
internal static unsafe class slab_poison
{
    private const byte POISON_INUSE = 0x5a;
    private const byte POISON_FREE = 0x6b;

    private static bool covers(kmem_cache* s) => s->ctor == null && (s->flags & SLAB_TYPESAFE_BY_RCU) == 0;

    /// <summary>An object of a new slab.</summary>
    [Conditional("DEBUG")]
    public static void fresh(kmem_cache* s, void* x)
    {
        if (covers(s))
            new Span<byte>(x, (int)s->object_size).Fill(POISON_FREE);
    }

    /// <summary>An object about to be handed out must be as it was left.</summary>
    [Conditional("DEBUG")]
    public static void alloc(kmem_cache* s, void* x)
    {
        if (x == null || !covers(s))
            return;

        byte* p = (byte*)x;
        int before = (int)s->offset, after = before + sizeof(void*);
        int bad = new ReadOnlySpan<byte>(p, before).IndexOfAnyExcept(POISON_FREE);
        if (bad < 0 && after < s->object_size)
        {
            bad = new ReadOnlySpan<byte>(p + after, (int)s->object_size - after).IndexOfAnyExcept(POISON_FREE);
            if (bad >= 0)
                bad += after;
        }
        if (bad >= 0)
            oops(s, x, $"was written to after it was freed: {p[bad]:x2} at offset {bad}");
        new Span<byte>(x, (int)s->object_size).Fill(POISON_INUSE);
    }

    /// <summary>An object about to be freed must not be free: its pattern would show it.</summary>
    [Conditional("DEBUG")]
    public static void free(kmem_cache* s, void* x)
    {
        if (!covers(s))
            return;

        byte* p = (byte*)x;
        slab* slab = virt_to_slab(x);
        ulong at = (ulong)(p - (byte*)slab_address(slab));
        if (at % s->size != 0 || at / s->size >= slab->objects)
            oops(s, x, "is freed, but no object begins here");

        int before = (int)s->offset, after = before + sizeof(void*);
        bool free = s->object_size > sizeof(void*) &&
            new ReadOnlySpan<byte>(p, before).IndexOfAnyExcept(POISON_FREE) < 0 &&
            (after >= s->object_size ||
             new ReadOnlySpan<byte>(p + after, (int)s->object_size - after).IndexOfAnyExcept(POISON_FREE) < 0);
        if (free)
            oops(s, x, "is freed twice");
        new Span<byte>(x, (int)s->object_size).Fill(POISON_FREE);
    }

    private static void oops(kmem_cache* s, void* x, string what) =>
        panic($"{Marshal.PtrToStringUTF8((nint)s->name)}: object {(nint)x:x} {what}");
}
