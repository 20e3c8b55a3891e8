// SPDX-License-Identifier: GPL-2.0-only
// Numbers out of strings that hold nothing else, but for one newline at the end.
using static Linux.linux_ctype_h;

namespace Linux;

public static unsafe partial class lib_kstrtox_c
{
    public const uint KSTRTOX_OVERFLOW = 1u << 31;

    [KernelSource("lib/kstrtox.c", "_parse_integer_fixup_radix", Parity.Full)]
    public static byte* _parse_integer_fixup_radix(byte* s, uint* @base)
    {
        if (*@base == 0)
        {
            if (s[0] == '0')
            {
                if (_tolower(s[1]) == 'x' && isxdigit(s[2]))
                    *@base = 16;
                else
                    *@base = 8;
            }
            else
            {
                *@base = 10;
            }
        }
        if (*@base == 16 && s[0] == '0' && _tolower(s[1]) == 'x')
            s += 2;
        return s;
    }

    /// <summary>Reads digits; answers how many, with KSTRTOX_OVERFLOW set when the number does not fit.</summary>
    [KernelSource("lib/kstrtox.c", "_parse_integer_limit", Parity.Full)]
    public static uint _parse_integer_limit(byte* s, uint @base, ulong* p, ulong max_chars)
    {
        ulong res = 0;
        uint rv = 0;

        while (max_chars-- != 0)
        {
            uint c = *s;
            uint lc = _tolower((int)c);
            uint val;

            if (c is >= '0' and <= '9')
                val = c - '0';
            else if (lc is >= 'a' and <= 'f')
                val = lc - 'a' + 10;
            else
                break;

            if (val >= @base)
                break;
            // Only a number this large can overflow with one digit more.
            if (unlikely((res & (~0UL << 60)) != 0))
            {
                if (res > div_u64(ULLONG_MAX - val, @base))
                    rv |= KSTRTOX_OVERFLOW;
            }
            res = res * @base + val;
            rv++;
            s++;
        }
        *p = res;
        return rv;
    }

    [KernelSource("lib/kstrtox.c", "_parse_integer", Parity.Full)]
    public static uint _parse_integer(byte* s, uint @base, ulong* p) => _parse_integer_limit(s, @base, p, INT_MAX);

    [KernelSource("lib/kstrtox.c", "_kstrtoull", Parity.Full)]
    private static int _kstrtoull(byte* s, uint @base, ulong* res)
    {
        ulong _res;
        uint rv;

        s = _parse_integer_fixup_radix(s, &@base);
        rv = _parse_integer(s, @base, &_res);
        if ((rv & KSTRTOX_OVERFLOW) != 0)
            return -ERANGE;
        if (rv == 0)
            return -EINVAL;
        s += rv;
        if (*s == '\n')
            s++;
        if (*s != 0)
            return -EINVAL;
        *res = _res;
        return 0;
    }

    [KernelSource("lib/kstrtox.c", "kstrtoull", Parity.Full)]
    public static int kstrtoull(byte* s, uint @base, ulong* res)
    {
        if (s[0] == '+')
            s++;
        return _kstrtoull(s, @base, res);
    }

    [KernelSource("lib/kstrtox.c", "kstrtoll", Parity.Full)]
    public static int kstrtoll(byte* s, uint @base, long* res)
    {
        ulong tmp;
        int rv;

        if (s[0] == '-')
        {
            rv = _kstrtoull(s + 1, @base, &tmp);
            if (rv < 0)
                return rv;
            if ((long)(0 - tmp) > 0)
                return -ERANGE;
            *res = (long)(0 - tmp);
        }
        else
        {
            rv = kstrtoull(s, @base, &tmp);
            if (rv < 0)
                return rv;
            if ((long)tmp < 0)
                return -ERANGE;
            *res = (long)tmp;
        }
        return 0;
    }

    [KernelSource("include/linux/kstrtox.h", "kstrtoul", Parity.Full)]
    public static int kstrtoul(byte* s, uint @base, ulong* res) => kstrtoull(s, @base, res);

    [KernelSource("include/linux/kstrtox.h", "kstrtol", Parity.Full)]
    public static int kstrtol(byte* s, uint @base, long* res) => kstrtoll(s, @base, res);

    [KernelSource("include/linux/kstrtox.h", "kstrtou64", Parity.Full)]
    public static int kstrtou64(byte* s, uint @base, ulong* res) => kstrtoull(s, @base, res);

    [KernelSource("lib/kstrtox.c", "kstrtouint", Parity.Full)]
    public static int kstrtouint(byte* s, uint @base, uint* res)
    {
        ulong tmp;
        int rv = kstrtoull(s, @base, &tmp);

        if (rv < 0)
            return rv;
        if (tmp != (uint)tmp)
            return -ERANGE;
        *res = (uint)tmp;
        return 0;
    }

    [KernelSource("lib/kstrtox.c", "kstrtoint", Parity.Full)]
    public static int kstrtoint(byte* s, uint @base, int* res)
    {
        long tmp;
        int rv = kstrtoll(s, @base, &tmp);

        if (rv < 0)
            return rv;
        if (tmp != (int)tmp)
            return -ERANGE;
        *res = (int)tmp;
        return 0;
    }

    [KernelSource("lib/kstrtox.c", "kstrtobool", Parity.Full)]
    public static int kstrtobool(byte* s, bool* res)
    {
        if (s == null)
            return -EINVAL;

        switch ((char)s[0])
        {
            case 'e':
            case 'E':
            case 'y':
            case 'Y':
            case 't':
            case 'T':
            case '1':
                *res = true;
                return 0;
            case 'd':
            case 'D':
            case 'n':
            case 'N':
            case 'f':
            case 'F':
            case '0':
                *res = false;
                return 0;
            case 'o':
            case 'O':
                switch ((char)s[1])
                {
                    case 'n':
                    case 'N':
                        *res = true;
                        return 0;
                    case 'f':
                    case 'F':
                        *res = false;
                        return 0;
                }
                break;
        }

        return -EINVAL;
    }
}
