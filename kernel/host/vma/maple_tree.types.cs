// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>The head of a range map: 16 bytes as in the kernel. ma_root is a sorted array, see maple_tree.cs.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
public unsafe struct maple_tree
{
    [FieldOffset(0)] public spinlock_t ma_lock;
    [FieldOffset(4)] public uint ma_flags;
    [FieldOffset(8)] public Rcu<mt_array>* ma_root;
}

/// <summary>One range, inclusive at both ends, and what it maps to.</summary>
public unsafe struct mt_slot
{
    public ulong first;
    public ulong last;
    public void* entry;
}

/// <summary>The ranges in order of address, followed by capacity slots of memory.</summary>
public unsafe struct mt_array
{
    public uint count;
    public uint capacity;
    public ulong pad;

    public mt_slot* slots
    {
        get
        {
            fixed (mt_array* self = &this)
                return (mt_slot*)(self + 1);
        }
    }
}

/// <summary>Where an operation stands: the range it looks at, and memory set aside for a store that must not fail.</summary>
public unsafe struct ma_state
{
    public maple_tree* tree;
    public ulong index;
    public ulong last;
    public mt_array* spare;
    public int status;
    public int error;
}

public static unsafe partial class linux_maple_tree_h
{
    public const uint MT_FLAGS_ALLOC_RANGE = 0x01;
    public const uint MT_FLAGS_USE_RCU = 0x02;
    public const uint MT_FLAGS_LOCK_EXTERN = 0x300;

    public const int ma_active = 0;
    public const int ma_start = 1;
    public const int ma_none = 3;
    public const int ma_pause = 4;
    public const int ma_overflow = 5;
    public const int ma_underflow = 6;
    public const int ma_error = 7;
}
