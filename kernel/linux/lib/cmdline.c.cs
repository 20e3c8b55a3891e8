// SPDX-License-Identifier: GPL-2.0-only
using static Linux.lib_vsprintf_c;

namespace Linux;

public static unsafe partial class lib_cmdline_c
{
    /// <summary>A number with an optional K, M, G, T, P or E behind it, each 1024 times the one before.</summary>
    [KernelSource("lib/cmdline.c", "memparse", Parity.Full)]
    public static ulong memparse(byte* ptr, byte** retptr)
    {
        byte* endptr;
        ulong ret = simple_strtoull(ptr, &endptr, 0);

        switch ((char)*endptr)
        {
            case 'E':
            case 'e':
                ret <<= 10;
                goto case 'P';
            case 'P':
            case 'p':
                ret <<= 10;
                goto case 'T';
            case 'T':
            case 't':
                ret <<= 10;
                goto case 'G';
            case 'G':
            case 'g':
                ret <<= 10;
                goto case 'M';
            case 'M':
            case 'm':
                ret <<= 10;
                goto case 'K';
            case 'K':
            case 'k':
                ret <<= 10;
                endptr++;
                break;
        }

        if (retptr != null)
            *retptr = endptr;

        return ret;
    }
}
