// SPDX-License-Identifier: GPL-2.0-only
// Numbers in and out of text. The formatting itself is in kernel/host/text: C#'s interpolation stands for format strings.
using static Linux.lib_kstrtox_c;
using static Linux.linux_string_h;

namespace Linux;

public static unsafe partial class lib_vsprintf_c
{
    [KernelSource("lib/vsprintf.c", "simple_strntoull", Parity.Full)]
    private static ulong simple_strntoull(byte* startp, byte** endp, uint @base, ulong max_chars)
    {
        ulong result = 0;
        byte* cp = _parse_integer_fixup_radix(startp, &@base);
        ulong prefix_chars = (ulong)(cp - startp);

        if (prefix_chars < max_chars)
        {
            uint rv = _parse_integer_limit(cp, @base, &result, max_chars - prefix_chars);
            cp += rv & ~KSTRTOX_OVERFLOW;
        }
        else
        {
            // The field is too short for the prefix and one digit after it.
            cp = startp + max_chars;
        }

        if (endp != null)
            *endp = cp;

        return result;
    }

    [KernelSource("lib/vsprintf.c", "simple_strtoull", Parity.Full)]
    public static ulong simple_strtoull(byte* cp, byte** endp, uint @base) => simple_strntoull(cp, endp, @base, INT_MAX);

    [KernelSource("lib/vsprintf.c", "simple_strtoul", Parity.Full)]
    public static ulong simple_strtoul(byte* cp, byte** endp, uint @base) => simple_strtoull(cp, endp, @base);

    [KernelSource("lib/vsprintf.c", "simple_strtol", Parity.Full)]
    public static long simple_strtol(byte* cp, byte** endp, uint @base)
    {
        if (*cp == '-')
            return -(long)simple_strtoul(cp + 1, endp, @base);

        return (long)simple_strtoul(cp, endp, @base);
    }

    /// <summary>Writes num in decimal, at least width wide; answers the length, 0 when it does not fit.</summary>
    [KernelSource("lib/vsprintf.c", "num_to_str", Parity.Full)]
    public static int num_to_str(byte* buf, int size, ulong num, uint width)
    {
        byte* tmp = stackalloc byte[21];
        int len = 0;

        do
        {
            (num, ulong digit) = Math.DivRem(num, 10);
            tmp[len++] = (byte)('0' + digit);
        } while (num != 0);

        if (len > size || width > size)
            return 0;

        if (width > len)
        {
            width -= (uint)len;
            memset(buf, ' ', width);
        }
        else
        {
            width = 0;
        }

        for (int idx = 0; idx < len; ++idx)
            buf[idx + width] = tmp[len - idx - 1];

        return len + (int)width;
    }
}
