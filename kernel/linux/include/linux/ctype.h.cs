// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public static partial class linux_ctype_h
{
    [KernelSource("include/linux/ctype.h", "isdigit", Parity.Full)]
    public static bool isdigit(int c) => c is >= '0' and <= '9';

    /// <summary>Latin-1, as the kernel's table: 0xa0 counts as space too.</summary>
    [KernelSource("include/linux/ctype.h", "isspace", Parity.Full)]
    public static bool isspace(int c) => (byte)c is (>= 9 and <= 13) or 32 or 0xa0;

    [KernelSource("include/linux/ctype.h", "isxdigit", Parity.Full)]
    public static bool isxdigit(int c) => (byte)c is (>= (byte)'0' and <= (byte)'9') or (>= (byte)'a' and <= (byte)'f') or (>= (byte)'A' and <= (byte)'F');

    [KernelSource("include/linux/ctype.h", "_tolower", Parity.Full)]
    public static byte _tolower(int c) => (byte)(c | 0x20);
}
