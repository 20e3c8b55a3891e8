// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

[LockClass(Kind = LockKind.Spin)]
public unsafe partial struct xarray
{
    public spinlock_t xa_lock;
    public gfp_t xa_flags;
    public Rcu* xa_head;
}

/// <summary>A range of indices to allocate from, both ends included.</summary>
public struct xa_limit
{
    public u32 max;
    public u32 min;
}

/// <summary>64 slots and three marks for each; radix_tree_node is its other name.</summary>
[StructLayout(LayoutKind.Explicit, Size = 576)]
public unsafe struct xa_node
{
    [FieldOffset(0)] public byte shift;
    [FieldOffset(1)] public byte offset;
    [FieldOffset(2)] public byte count;
    [FieldOffset(3)] public byte nr_values;
    [FieldOffset(8)] public Rcu<xa_node>* parent;
    [FieldOffset(16)] public xarray* array;

    /// <summary>For the owner of the array (the shadow nodes' LRU), until the node is freed.</summary>
    [FieldOffset(24)] public list_head private_list;
    [FieldOffset(24)] public rcu_head rcu_head;

    [FieldOffset(40)] private fixed ulong __slots[linux_xarray_h.XA_CHUNK_SIZE];

    /// <summary>One word for each of the three marks.</summary>
    [FieldOffset(552)] public fixed ulong marks[linux_xarray_h.XA_MAX_MARKS * linux_xarray_h.XA_MARK_LONGS];
    [FieldOffset(552)] public fixed ulong tags[linux_xarray_h.XA_MAX_MARKS * linux_xarray_h.XA_MARK_LONGS];

    /// <summary>void __rcu *slots[XA_CHUNK_SIZE]: C# has no arrays of pointers in structs.</summary>
    public Rcu** slots
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (Rcu**)Unsafe.AsPointer(ref __slots[0]);
    }
}

/// <summary>Where an operation on an xarray is, and what it still needs. It lives on the stack.</summary>
public unsafe struct xa_state
{
    public xarray* xa;
    public ulong xa_index;
    public byte xa_shift;
    public byte xa_sibs;
    public byte xa_offset;
    public byte xa_pad;
    public xa_node* xa_node;
    public xa_node* xa_alloc;
    public delegate*<xa_node*, void> xa_update;
    public list_lru* xa_lru;
}

public static unsafe partial class linux_xarray_h
{
    public const int XA_CHUNK_SHIFT = 6;
    public const int XA_CHUNK_SIZE = 1 << XA_CHUNK_SHIFT;
    public const ulong XA_CHUNK_MASK = XA_CHUNK_SIZE - 1;
    public const int XA_MAX_MARKS = 3;
    public const int XA_MARK_LONGS = XA_CHUNK_SIZE / BITS_PER_LONG;
    public const int BITS_PER_XA_VALUE = BITS_PER_LONG - 1;

    public const xa_mark_t XA_MARK_0 = 0;
    public const xa_mark_t XA_MARK_1 = 1;
    public const xa_mark_t XA_MARK_2 = 2;
    public const xa_mark_t XA_PRESENT = 8;
    public const xa_mark_t XA_MARK_MAX = XA_MARK_2;
    public const xa_mark_t XA_FREE_MARK = XA_MARK_0;

    public const uint XA_LOCK_IRQ = 1;
    public const uint XA_LOCK_BH = 2;

    public const gfp_t XA_FLAGS_LOCK_IRQ = XA_LOCK_IRQ;
    public const gfp_t XA_FLAGS_LOCK_BH = XA_LOCK_BH;
    public const gfp_t XA_FLAGS_TRACK_FREE = 4;
    public const gfp_t XA_FLAGS_ZERO_BUSY = 8;
    public const gfp_t XA_FLAGS_ALLOC_WRAPPED = 16;
    public const gfp_t XA_FLAGS_ACCOUNT = 32;
    public const gfp_t XA_FLAGS_ALLOC = XA_FLAGS_TRACK_FREE | (1u << __GFP_BITS_SHIFT << (int)XA_FREE_MARK);
    public const gfp_t XA_FLAGS_ALLOC1 = XA_FLAGS_TRACK_FREE | XA_FLAGS_ZERO_BUSY;
}
