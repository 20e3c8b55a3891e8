// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_refcount_h;

namespace Linux;

/// <summary>A count of references to what it is embedded in.</summary>
public struct kref
{
    public refcount_t refcount;
}

public static unsafe class linux_kref_h
{
    [KernelSource("include/linux/kref.h", "kref_init", Parity.Full)]
    public static void kref_init(kref* kref) => refcount_set(&kref->refcount, 1);

    [KernelSource("include/linux/kref.h", "kref_get", Parity.Full)]
    public static void kref_get(kref* kref) => refcount_inc(&kref->refcount);

    /// <summary>1 when this was the last reference, and release was called.</summary>
    [KernelSource("include/linux/kref.h", "kref_put", Parity.Full)]
    public static int kref_put(kref* kref, delegate*<kref*, void> release)
    {
        if (refcount_dec_and_test(&kref->refcount))
        {
            release(kref);
            return 1;
        }

        return 0;
    }
}
