// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public static partial class linux_sizes_h
{
    public const int SZ_1K = 0x00000400;
    public const int SZ_2K = 0x00000800;
    public const int SZ_4K = 0x00001000;
    public const int SZ_8K = 0x00002000;
    public const int SZ_16K = 0x00004000;
    public const int SZ_32K = 0x00008000;
    public const int SZ_64K = 0x00010000;
    public const int SZ_128K = 0x00020000;
    public const int SZ_256K = 0x00040000;
    public const int SZ_512K = 0x00080000;
    public const int SZ_1M = 0x00100000;
    public const int SZ_2M = 0x00200000;
    public const int SZ_4M = 0x00400000;
    public const int SZ_8M = 0x00800000;
    public const int SZ_16M = 0x01000000;
    public const int SZ_32M = 0x02000000;
    public const int SZ_64M = 0x04000000;
    public const int SZ_128M = 0x08000000;
    public const int SZ_256M = 0x10000000;
    public const int SZ_512M = 0x20000000;
    public const int SZ_1G = 0x40000000;
    public const long SZ_2G = 0x80000000;
    public const long SZ_4G = 0x100000000;
}
