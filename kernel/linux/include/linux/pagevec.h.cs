// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_types_h;

namespace Linux;

// One cache-friendly batch: 8 bytes of header and 31 folios, 256 bytes.
[StructLayout(LayoutKind.Explicit, Size = 256)]
public unsafe struct folio_batch
{
    [FieldOffset(0)] public byte nr;
    [FieldOffset(1)] public byte i;
    [FieldOffset(2)] public bool percpu_pvec_drained;
    // As addresses: a fixed buffer cannot hold pointers.
    [FieldOffset(8)] public fixed ulong __folios[linux_pagevec_h.PAGEVEC_SIZE];

    public folio** folios
    {
        get
        {
            fixed (ulong* p = __folios)
                return (folio**)p;
        }
    }
}

public static unsafe partial class linux_pagevec_h
{
    public const int PAGEVEC_SIZE = 31;

    [KernelSource("include/linux/pagevec.h", "folio_batch_init", Parity.Full)]
    public static void folio_batch_init(folio_batch* fbatch)
    {
        fbatch->nr = 0;
        fbatch->i = 0;
        fbatch->percpu_pvec_drained = false;
    }

    [KernelSource("include/linux/pagevec.h", "folio_batch_reinit", Parity.Full)]
    public static void folio_batch_reinit(folio_batch* fbatch)
    {
        fbatch->nr = 0;
        fbatch->i = 0;
    }

    [KernelSource("include/linux/pagevec.h", "folio_batch_count", Parity.Full)]
    public static uint folio_batch_count(folio_batch* fbatch) => fbatch->nr;

    [KernelSource("include/linux/pagevec.h", "folio_batch_space", Parity.Full)]
    public static uint folio_batch_space(folio_batch* fbatch) => (uint)(PAGEVEC_SIZE - fbatch->nr);

    // Returns the room that is left: 0 tells the caller to empty the batch.
    [KernelSource("include/linux/pagevec.h", "folio_batch_add", Parity.Full)]
    public static uint folio_batch_add(folio_batch* fbatch, folio* folio)
    {
        fbatch->folios[fbatch->nr++] = folio;
        return folio_batch_space(fbatch);
    }

    [KernelSource("include/linux/pagevec.h", "folio_batch_next", Parity.Full)]
    public static folio* folio_batch_next(folio_batch* fbatch)
    {
        if (fbatch->i == fbatch->nr)
            return null;
        return fbatch->folios[fbatch->i++];
    }

    [KernelSource("include/linux/pagevec.h", "folio_batch_release", Parity.Full)]
    public static void folio_batch_release(folio_batch* fbatch)
    {
        if (folio_batch_count(fbatch) != 0)
            __folio_batch_release(fbatch);
    }
}
