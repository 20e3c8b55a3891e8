// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public struct atomic_t
{
    public int counter;
}

/// <summary>atomic_long_t and, as longs have 64 bits, atomic64_t as well.</summary>
public struct atomic_long_t
{
    public long counter;
}

public unsafe struct list_head
{
    public list_head* next;
    public list_head* prev;
}

public unsafe struct hlist_head
{
    public hlist_node* first;
}

public unsafe struct hlist_node
{
    public hlist_node* next;
    public hlist_node** pprev;
}

/// <summary>struct callback_head of the kernel; rcu_head is its other name.</summary>
public unsafe struct callback_head
{
    public callback_head* next;
    public delegate*<callback_head*, void> func;
}

public unsafe struct llist_head
{
    public llist_node* first;
}

public unsafe struct llist_node
{
    public llist_node* next;
}

public struct refcount_t
{
    public atomic_t refs;
}

public static class linux_types_h
{
    public const int BITS_PER_BYTE = 8;
    public const int BITS_PER_LONG = 64;
    public const int NR_CPUS = CONFIG_NR_CPUS;

    public const int INT_MAX = int.MaxValue;
    public const int INT_MIN = int.MinValue;
    public const uint UINT_MAX = uint.MaxValue;
    public const long LONG_MAX = long.MaxValue;
    public const long LONG_MIN = long.MinValue;
    public const ulong ULONG_MAX = ulong.MaxValue;
    public const long LLONG_MAX = long.MaxValue;
    public const ulong ULLONG_MAX = ulong.MaxValue;
    public const ulong SIZE_MAX = ulong.MaxValue;
    public const byte U8_MAX = byte.MaxValue;
    public const ushort U16_MAX = ushort.MaxValue;
    public const short SHRT_MAX = short.MaxValue;
    public const uint U32_MAX = uint.MaxValue;
    public const ulong U64_MAX = ulong.MaxValue;
    public const int S32_MAX = int.MaxValue;
    public const long S64_MAX = long.MaxValue;
}
