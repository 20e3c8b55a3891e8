// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.linux_slab_h;
using static Linux.linux_string_h;

namespace Linux;

/// <summary>The part of mm/util.c that allocates copies.</summary>
public static unsafe partial class mm_util_c
{
    /// <summary>Literals and the like are outside RAM.</summary>
    [KernelSource("include/linux/sections.h", "is_kernel_rodata", Parity.Reduced, "the host's memory is all the read-only data there is")]
    public static bool is_kernel_rodata(void* addr) => !virt_addr_valid(addr);

    [KernelSource("mm/util.c", "kfree_const", Parity.Full)]
    public static void kfree_const(void* x)
    {
        if (!is_kernel_rodata(x))
            kfree(x);
    }

    [KernelSource("mm/util.c", "__kmemdup_nul", Parity.Full)]
    private static byte* __kmemdup_nul(byte* s, ulong len, gfp_t gfp)
    {
        // One more byte, for the end.
        byte* buf = (byte*)kmalloc(len + 1, gfp);
        if (buf == null)
            return null;

        memcpy(buf, s, len);
        buf[len] = 0;
        return buf;
    }

    [KernelSource("mm/util.c", "kstrdup", Parity.Full)]
    public static byte* kstrdup(byte* s, gfp_t gfp) => s != null ? __kmemdup_nul(s, strlen(s), gfp) : null;

    [KernelSource("mm/util.c", "kstrdup_const", Parity.Full)]
    public static byte* kstrdup_const(byte* s, gfp_t gfp)
    {
        if (is_kernel_rodata(s))
            return s;

        return kstrdup(s, gfp);
    }

    [KernelSource("mm/util.c", "kstrndup", Parity.Full)]
    public static byte* kstrndup(byte* s, ulong max, gfp_t gfp) => s != null ? __kmemdup_nul(s, strnlen(s, max), gfp) : null;

    [KernelSource("mm/util.c", "kmemdup_noprof", Parity.Full)]
    public static void* kmemdup(void* src, ulong len, gfp_t gfp)
    {
        void* p = __kmalloc_node_track_caller_noprof(len, gfp, NUMA_NO_NODE, 0);
        if (p != null)
            memcpy(p, src, len);
        return p;
    }

    [KernelSource("mm/util.c", "kmemdup_array", Parity.Full)]
    public static void* kmemdup_array(void* src, ulong count, ulong element_size, gfp_t gfp) =>
        kmemdup(src, size_mul(element_size, count), gfp);

    [KernelSource("mm/util.c", "kvmemdup", Parity.Full)]
    public static void* kvmemdup(void* src, ulong len, gfp_t gfp)
    {
        void* p = kvmalloc(len, gfp);
        if (p != null)
            memcpy(p, src, len);
        return p;
    }

    [KernelSource("mm/util.c", "kmemdup_nul", Parity.Full)]
    public static byte* kmemdup_nul(byte* s, ulong len, gfp_t gfp) => s != null ? __kmemdup_nul(s, len, gfp) : null;

    [KernelSource("mm/util.c", "__vmalloc_array_noprof", Parity.Full)]
    public static void* __vmalloc_array(ulong n, ulong size, gfp_t flags)
    {
        ulong bytes;

        if (check_mul_overflow(n, size, &bytes))
            return null;
        return __vmalloc(bytes, flags);
    }

    [KernelSource("mm/util.c", "vmalloc_array_noprof", Parity.Full)]
    public static void* vmalloc_array(ulong n, ulong size) => __vmalloc_array(n, size, GFP_KERNEL);

    [KernelSource("mm/util.c", "__vcalloc_noprof", Parity.Full)]
    public static void* __vcalloc(ulong n, ulong size, gfp_t flags) => __vmalloc_array(n, size, flags | __GFP_ZERO);

    [KernelSource("mm/util.c", "vcalloc_noprof", Parity.Full)]
    public static void* vcalloc(ulong n, ulong size) => __vmalloc_array(n, size, GFP_KERNEL | __GFP_ZERO);
}
