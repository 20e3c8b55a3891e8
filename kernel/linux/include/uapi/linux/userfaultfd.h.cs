// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

// What read() of a userfaultfd gives.
[StructLayout(LayoutKind.Explicit, Size = 32)]
public struct uffd_msg
{
    [FieldOffset(0)] public byte @event;
    [FieldOffset(8)] public uffd_msg_arg arg;
}

[StructLayout(LayoutKind.Explicit, Size = 24)]
public struct uffd_msg_arg
{
    [FieldOffset(0)] public uffd_msg_pagefault pagefault;
    [FieldOffset(0)] public uffd_msg_fork fork;
    [FieldOffset(0)] public uffd_msg_remap remap;
    [FieldOffset(0)] public uffd_msg_remove remove;
    [FieldOffset(0)] public uffd_msg_reserved reserved;
}

public struct uffd_msg_pagefault
{
    public ulong flags;
    public ulong address;
    public uint ptid;
}

public struct uffd_msg_fork
{
    public uint ufd;
}

public struct uffd_msg_remap
{
    public ulong from;
    public ulong to;
    public ulong len;
}

public struct uffd_msg_remove
{
    public ulong start;
    public ulong end;
}

public struct uffd_msg_reserved
{
    public ulong reserved1;
    public ulong reserved2;
    public ulong reserved3;
}

public struct uffdio_api
{
    public ulong api;
    public ulong features;
    public ulong ioctls;
}

public struct uffdio_range
{
    public ulong start;
    public ulong len;
}

public struct uffdio_register
{
    public uffdio_range range;
    public ulong mode;
    public ulong ioctls;
}

public struct uffdio_copy
{
    public ulong dst;
    public ulong src;
    public ulong len;
    public ulong mode;
    public long copy;
}

public struct uffdio_zeropage
{
    public uffdio_range range;
    public ulong mode;
    public long zeropage;
}

public struct uffdio_writeprotect
{
    public uffdio_range range;
    public ulong mode;
}

public struct uffdio_continue
{
    public uffdio_range range;
    public ulong mode;
    public long mapped;
}

public struct uffdio_poison
{
    public uffdio_range range;
    public ulong mode;
    public long updated;
}

public struct uffdio_move
{
    public ulong dst;
    public ulong src;
    public ulong len;
    public ulong mode;
    public long move;
}

public static class uapi_userfaultfd_h
{
    public const ulong UFFD_API = 0xAA;
    public const ulong UFFD_API_REGISTER_MODES = UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_WP | UFFDIO_REGISTER_MODE_MINOR;
    public const ulong UFFD_API_FEATURES = UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_EVENT_FORK | UFFD_FEATURE_EVENT_REMAP
        | UFFD_FEATURE_EVENT_REMOVE | UFFD_FEATURE_EVENT_UNMAP | UFFD_FEATURE_MISSING_HUGETLBFS | UFFD_FEATURE_MISSING_SHMEM
        | UFFD_FEATURE_SIGBUS | UFFD_FEATURE_THREAD_ID | UFFD_FEATURE_MINOR_HUGETLBFS | UFFD_FEATURE_MINOR_SHMEM
        | UFFD_FEATURE_EXACT_ADDRESS | UFFD_FEATURE_WP_HUGETLBFS_SHMEM | UFFD_FEATURE_WP_UNPOPULATED | UFFD_FEATURE_POISON
        | UFFD_FEATURE_WP_ASYNC | UFFD_FEATURE_MOVE;
    public const ulong UFFD_API_IOCTLS = 1UL << _UFFDIO_REGISTER | 1UL << _UFFDIO_UNREGISTER | 1UL << _UFFDIO_API;
    public const ulong UFFD_API_RANGE_IOCTLS = 1UL << _UFFDIO_WAKE | 1UL << _UFFDIO_COPY | 1UL << _UFFDIO_ZEROPAGE | 1UL << _UFFDIO_MOVE
        | 1UL << _UFFDIO_WRITEPROTECT | 1UL << _UFFDIO_CONTINUE | 1UL << _UFFDIO_POISON;
    public const ulong UFFD_API_RANGE_IOCTLS_BASIC = 1UL << _UFFDIO_WAKE | 1UL << _UFFDIO_COPY | 1UL << _UFFDIO_WRITEPROTECT
        | 1UL << _UFFDIO_CONTINUE | 1UL << _UFFDIO_POISON;

    public const int _UFFDIO_REGISTER = 0x00;
    public const int _UFFDIO_UNREGISTER = 0x01;
    public const int _UFFDIO_WAKE = 0x02;
    public const int _UFFDIO_COPY = 0x03;
    public const int _UFFDIO_ZEROPAGE = 0x04;
    public const int _UFFDIO_MOVE = 0x05;
    public const int _UFFDIO_WRITEPROTECT = 0x06;
    public const int _UFFDIO_CONTINUE = 0x07;
    public const int _UFFDIO_POISON = 0x08;
    public const int _UFFDIO_API = 0x3F;

    // _IOWR and _IOR of type 0xAA: direction, size of the argument, type, number.
    public const uint UFFDIO_API = 0xc018aa3f;
    public const uint UFFDIO_REGISTER = 0xc020aa00;
    public const uint UFFDIO_UNREGISTER = 0x8010aa01;
    public const uint UFFDIO_WAKE = 0x8010aa02;
    public const uint UFFDIO_COPY = 0xc028aa03;
    public const uint UFFDIO_ZEROPAGE = 0xc020aa04;
    public const uint UFFDIO_MOVE = 0xc028aa05;
    public const uint UFFDIO_WRITEPROTECT = 0xc018aa06;
    public const uint UFFDIO_CONTINUE = 0xc020aa07;
    public const uint UFFDIO_POISON = 0xc020aa08;

    public const byte UFFD_EVENT_PAGEFAULT = 0x12;
    public const byte UFFD_EVENT_FORK = 0x13;
    public const byte UFFD_EVENT_REMAP = 0x14;
    public const byte UFFD_EVENT_REMOVE = 0x15;
    public const byte UFFD_EVENT_UNMAP = 0x16;

    public const ulong UFFD_PAGEFAULT_FLAG_WRITE = 1 << 0;
    public const ulong UFFD_PAGEFAULT_FLAG_WP = 1 << 1;
    public const ulong UFFD_PAGEFAULT_FLAG_MINOR = 1 << 2;

    public const uint UFFD_FEATURE_PAGEFAULT_FLAG_WP = 1 << 0;
    public const uint UFFD_FEATURE_EVENT_FORK = 1 << 1;
    public const uint UFFD_FEATURE_EVENT_REMAP = 1 << 2;
    public const uint UFFD_FEATURE_EVENT_REMOVE = 1 << 3;
    public const uint UFFD_FEATURE_MISSING_HUGETLBFS = 1 << 4;
    public const uint UFFD_FEATURE_MISSING_SHMEM = 1 << 5;
    public const uint UFFD_FEATURE_EVENT_UNMAP = 1 << 6;
    public const uint UFFD_FEATURE_SIGBUS = 1 << 7;
    public const uint UFFD_FEATURE_THREAD_ID = 1 << 8;
    public const uint UFFD_FEATURE_MINOR_HUGETLBFS = 1 << 9;
    public const uint UFFD_FEATURE_MINOR_SHMEM = 1 << 10;
    public const uint UFFD_FEATURE_EXACT_ADDRESS = 1 << 11;
    public const uint UFFD_FEATURE_WP_HUGETLBFS_SHMEM = 1 << 12;
    public const uint UFFD_FEATURE_WP_UNPOPULATED = 1 << 13;
    public const uint UFFD_FEATURE_POISON = 1 << 14;
    public const uint UFFD_FEATURE_WP_ASYNC = 1 << 15;
    public const uint UFFD_FEATURE_MOVE = 1 << 16;

    public const ulong UFFDIO_REGISTER_MODE_MISSING = 1 << 0;
    public const ulong UFFDIO_REGISTER_MODE_WP = 1 << 1;
    public const ulong UFFDIO_REGISTER_MODE_MINOR = 1 << 2;

    public const ulong UFFDIO_COPY_MODE_DONTWAKE = 1 << 0;
    public const ulong UFFDIO_COPY_MODE_WP = 1 << 1;
    public const ulong UFFDIO_ZEROPAGE_MODE_DONTWAKE = 1 << 0;
    public const ulong UFFDIO_WRITEPROTECT_MODE_WP = 1 << 0;
    public const ulong UFFDIO_WRITEPROTECT_MODE_DONTWAKE = 1 << 1;
    public const ulong UFFDIO_CONTINUE_MODE_DONTWAKE = 1 << 0;
    public const ulong UFFDIO_CONTINUE_MODE_WP = 1 << 1;
    public const ulong UFFDIO_POISON_MODE_DONTWAKE = 1 << 0;
    public const ulong UFFDIO_MOVE_MODE_DONTWAKE = 1 << 0;
    public const ulong UFFDIO_MOVE_MODE_ALLOW_SRC_HOLES = 1 << 1;

    public const uint UFFD_USER_MODE_ONLY = 1;
}
