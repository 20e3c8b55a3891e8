// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public static partial class uapi_mman_h
{
    public const ulong PROT_NONE = 0x0;
    public const ulong PROT_READ = 0x1;
    public const ulong PROT_WRITE = 0x2;
    public const ulong PROT_EXEC = 0x4;

    public const ulong MAP_SHARED = 0x01;
    public const ulong MAP_PRIVATE = 0x02;
    public const ulong MAP_SHARED_VALIDATE = 0x03;
    public const ulong MAP_DROPPABLE = 0x08;
    public const ulong MAP_TYPE = 0x0f;
    public const ulong MAP_FIXED = 0x10;
    public const ulong MAP_ANONYMOUS = 0x20;
    public const ulong MAP_GROWSDOWN = 0x0100;
    public const ulong MAP_LOCKED = 0x2000;
    public const ulong MAP_NORESERVE = 0x4000;
    public const ulong MAP_POPULATE = 0x008000;
    public const ulong MAP_NONBLOCK = 0x010000;
    public const ulong MAP_FIXED_NOREPLACE = 0x100000;
}
