// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public static class uapi_linux_fcntl_h
{
    public const uint F_SEAL_SEAL = 0x0001;
    public const uint F_SEAL_SHRINK = 0x0002;
    public const uint F_SEAL_GROW = 0x0004;
    public const uint F_SEAL_WRITE = 0x0008;
    public const uint F_SEAL_FUTURE_WRITE = 0x0010;
}
