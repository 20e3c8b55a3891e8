// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>File types and permissions.</summary>
public static class linux_stat_h
{
    public const umode_t S_IFMT = 0xf000;
    public const umode_t S_IFSOCK = 0xc000;
    public const umode_t S_IFLNK = 0xa000;
    public const umode_t S_IFREG = 0x8000;
    public const umode_t S_IFBLK = 0x6000;
    public const umode_t S_IFDIR = 0x4000;
    public const umode_t S_IFCHR = 0x2000;
    public const umode_t S_IFIFO = 0x1000;
    public const umode_t S_ISUID = 0x800;
    public const umode_t S_ISGID = 0x400;
    public const umode_t S_ISVTX = 0x200;

    public const umode_t S_IRWXU = 0x1c0;
    public const umode_t S_IRUSR = 0x100;
    public const umode_t S_IWUSR = 0x80;
    public const umode_t S_IXUSR = 0x40;
    public const umode_t S_IRGRP = 0x20;
    public const umode_t S_IWGRP = 0x10;
    public const umode_t S_IXGRP = 0x8;
    public const umode_t S_IROTH = 0x4;
    public const umode_t S_IWOTH = 0x2;
    public const umode_t S_IXOTH = 0x1;

    public const umode_t S_IRWXUGO = 0x1ff;
    public const umode_t S_IALLUGO = S_ISUID | S_ISGID | S_ISVTX | S_IRWXUGO;
    public const umode_t S_IRUGO = S_IRUSR | S_IRGRP | S_IROTH;
    public const umode_t S_IWUGO = S_IWUSR | S_IWGRP | S_IWOTH;
    public const umode_t S_IXUGO = S_IXUSR | S_IXGRP | S_IXOTH;

    [KernelSource("include/uapi/linux/stat.h", "S_ISLNK", Parity.Full)]
    public static bool S_ISLNK(umode_t m) => (m & S_IFMT) == S_IFLNK;

    [KernelSource("include/uapi/linux/stat.h", "S_ISREG", Parity.Full)]
    public static bool S_ISREG(umode_t m) => (m & S_IFMT) == S_IFREG;

    [KernelSource("include/uapi/linux/stat.h", "S_ISDIR", Parity.Full)]
    public static bool S_ISDIR(umode_t m) => (m & S_IFMT) == S_IFDIR;

    [KernelSource("include/uapi/linux/stat.h", "S_ISCHR", Parity.Full)]
    public static bool S_ISCHR(umode_t m) => (m & S_IFMT) == S_IFCHR;

    [KernelSource("include/uapi/linux/stat.h", "S_ISBLK", Parity.Full)]
    public static bool S_ISBLK(umode_t m) => (m & S_IFMT) == S_IFBLK;
}
