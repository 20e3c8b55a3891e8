// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>The flags of open(2), on x86.</summary>
public static class asm_generic_fcntl_h
{
    public const uint O_ACCMODE = 0x3;
    public const uint O_RDONLY = 0x0;
    public const uint O_WRONLY = 0x1;
    public const uint O_RDWR = 0x2;
    public const uint O_CREAT = 0x40;
    public const uint O_EXCL = 0x80;
    public const uint O_TRUNC = 0x200;
    public const uint O_APPEND = 0x400;
    public const uint O_NONBLOCK = 0x800;
    public const uint O_DSYNC = 0x1000;
    public const uint O_DIRECT = 0x4000;
    public const uint O_CLOEXEC = 0x80000;
}
