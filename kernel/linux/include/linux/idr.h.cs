// SPDX-License-Identifier: GPL-2.0-only
// Small integers for pointers. idr_for_each_entry is
// for (int id = 0; (entry = idr_get_next(idr, &id)) != null; id++).
using static Linux.linux_radix_tree_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_percpu_h;
using static Linux.lib_idr_c;
using static Linux.lib_radix_tree_c;

namespace Linux;

public static unsafe partial class linux_idr_h
{
    /// <summary>Root flags of an IDR in which everything is free.</summary>
    public const gfp_t IDR_RT_MARKER = ROOT_IS_IDR | (1u << (ROOT_TAG_SHIFT + IDR_FREE));

    public const gfp_t IDA_INIT_FLAGS = XA_FLAGS_LOCK_IRQ | XA_FLAGS_ALLOC;

    /// <summary>For a static: data(IDR_INIT()).</summary>
    [KernelSource("include/linux/idr.h", "IDR_INIT_BASE", Parity.Full)]
    public static idr IDR_INIT(int @base = 0) => new() { idr_rt = new xarray { xa_flags = IDR_RT_MARKER }, idr_base = (uint)@base };

    [KernelSource("include/linux/idr.h", "idr_get_cursor", Parity.Full)]
    public static uint idr_get_cursor(idr* idr) => READ_ONCE(&idr->idr_next);

    [KernelSource("include/linux/idr.h", "idr_set_cursor", Parity.Full)]
    public static void idr_set_cursor(idr* idr, uint val) => WRITE_ONCE(&idr->idr_next, val);

    [KernelSource("include/linux/idr.h", "idr_init_base", Parity.Full)]
    public static void idr_init_base(idr* idr, int @base, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        INIT_RADIX_TREE(&idr->idr_rt, IDR_RT_MARKER, file, line);
        idr->idr_base = (uint)@base;
        idr->idr_next = 0;
    }

    [KernelSource("include/linux/idr.h", "idr_init", Parity.Full)]
    public static void idr_init(idr* idr, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
        => idr_init_base(idr, 0, file, line);

    [KernelSource("include/linux/idr.h", "idr_is_empty", Parity.Full)]
    public static bool idr_is_empty(idr* idr) => radix_tree_empty(&idr->idr_rt) && radix_tree_tagged(&idr->idr_rt, IDR_FREE);

    [KernelSource("include/linux/idr.h", "idr_preload_end", Parity.Full)]
    [Releases("lib_radix_tree_c.radix_tree_preloads->lock")]
    public static void idr_preload_end() => local_unlock(lock_of(radix_tree_preloads));

    /// <summary>For a static: data(IDA_INIT()).</summary>
    [KernelSource("include/linux/idr.h", "IDA_INIT", Parity.Full)]
    public static ida IDA_INIT() => new() { xa = new xarray { xa_flags = IDA_INIT_FLAGS } };

    [KernelSource("include/linux/idr.h", "ida_alloc", Parity.Full)]
    [MightSleepIf("gfp")]
    public static int ida_alloc(ida* ida, gfp_t gfp) => ida_alloc_range(ida, 0, UINT_MAX, gfp);

    [KernelSource("include/linux/idr.h", "ida_alloc_min", Parity.Full)]
    [MightSleepIf("gfp")]
    public static int ida_alloc_min(ida* ida, uint min, gfp_t gfp) => ida_alloc_range(ida, min, UINT_MAX, gfp);

    [KernelSource("include/linux/idr.h", "ida_alloc_max", Parity.Full)]
    [MightSleepIf("gfp")]
    public static int ida_alloc_max(ida* ida, uint max, gfp_t gfp) => ida_alloc_range(ida, 0, max, gfp);

    [KernelSource("include/linux/idr.h", "ida_init", Parity.Full)]
    public static void ida_init(ida* ida, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
        => xa_init_flags(&ida->xa, IDA_INIT_FLAGS, file, line);

    [KernelSource("include/linux/idr.h", "ida_is_empty", Parity.Full)]
    public static bool ida_is_empty(ida* ida) => xa_empty(&ida->xa);

    [KernelSource("include/linux/idr.h", "ida_exists", Parity.Full)]
    public static bool ida_exists(ida* ida, uint id) => ida_find_first_range(ida, id, id) == (int)id;

    [KernelSource("include/linux/idr.h", "ida_find_first", Parity.Full)]
    public static int ida_find_first(ida* ida) => ida_find_first_range(ida, 0, UINT_MAX);
}
