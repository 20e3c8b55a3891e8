// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_ctype_h;
using static Linux.linux_parser_h;
using static Linux.linux_string_h;
using static Linux.lib_kstrtox_c;
using static Linux.lib_string_c;
using static Linux.lib_vsprintf_c;

namespace Linux;

public static unsafe partial class lib_parser_c
{
    /// <summary>No number that fits 64 bits is longer than this in any base used.</summary>
    private const int NUMBER_BUF_LEN = 24;

    [KernelSource("lib/parser.c", "match_one", Parity.Full)]
    private static bool match_one(byte* s, byte* p, substring_t* args)
    {
        byte* meta;
        int argc = 0;

        if (p == null)
            return true;

        while (true)
        {
            long len = -1;

            meta = strchr(p, '%');
            if (meta == null)
                return strcmp(p, s) == 0;

            if (strncmp(p, s, (ulong)(meta - p)) != 0)
                return false;

            s += meta - p;
            p = meta + 1;

            if (isdigit(*p))
            {
                len = (int)simple_strtoul(p, &p, 10);
            }
            else if (*p == '%')
            {
                if (*s++ != '%')
                    return false;
                p++;
                continue;
            }

            if (argc >= MAX_OPT_ARGS)
                return false;

            args[argc].from = s;
            switch ((char)*p++)
            {
                case 's':
                    ulong str_len = strlen(s);

                    if (str_len == 0)
                        return false;
                    if (len == -1 || (ulong)len > str_len)
                        len = (long)str_len;
                    args[argc].to = s + len;
                    break;
                case 'd':
                    simple_strtol(s, &args[argc].to, 0);
                    goto num;
                case 'u':
                    simple_strtoul(s, &args[argc].to, 0);
                    goto num;
                case 'o':
                    simple_strtoul(s, &args[argc].to, 8);
                    goto num;
                case 'x':
                    simple_strtoul(s, &args[argc].to, 16);
                num:
                    if (args[argc].to == args[argc].from)
                        return false;
                    break;
                default:
                    return false;
            }
            s = args[argc].to;
            argc++;
        }
    }

    /// <summary>The token of the first pattern that matches; the table ends in a row without a pattern.</summary>
    [KernelSource("lib/parser.c", "match_token", Parity.Full)]
    public static int match_token(byte* s, match_table_t* table, substring_t* args)
    {
        match_table_t* p;

        for (p = table; !match_one(s, p->pattern, args); p++)
            ;

        return p->token;
    }

    [KernelSource("lib/parser.c", "match_number", Parity.Full)]
    private static int match_number(substring_t* s, int* result, int @base)
    {
        byte* endp;
        byte* buf = stackalloc byte[NUMBER_BUF_LEN];
        int ret;
        long val;

        if (match_strlcpy(buf, s, NUMBER_BUF_LEN) >= NUMBER_BUF_LEN)
            return -ERANGE;
        ret = 0;
        val = simple_strtol(buf, &endp, (uint)@base);
        if (endp == buf)
            ret = -EINVAL;
        else if (val < INT_MIN || val > INT_MAX)
            ret = -ERANGE;
        else
            *result = (int)val;
        return ret;
    }

    [KernelSource("lib/parser.c", "match_u64int", Parity.Full)]
    private static int match_u64int(substring_t* s, ulong* result, int @base)
    {
        byte* buf = stackalloc byte[NUMBER_BUF_LEN];
        int ret;
        ulong val;

        if (match_strlcpy(buf, s, NUMBER_BUF_LEN) >= NUMBER_BUF_LEN)
            return -ERANGE;
        ret = kstrtoull(buf, (uint)@base, &val);
        if (ret == 0)
            *result = val;
        return ret;
    }

    [KernelSource("lib/parser.c", "match_int", Parity.Full)]
    public static int match_int(substring_t* s, int* result) => match_number(s, result, 0);

    [KernelSource("lib/parser.c", "match_uint", Parity.Full)]
    public static int match_uint(substring_t* s, uint* result)
    {
        byte* buf = stackalloc byte[NUMBER_BUF_LEN];

        if (match_strlcpy(buf, s, NUMBER_BUF_LEN) >= NUMBER_BUF_LEN)
            return -ERANGE;

        return kstrtouint(buf, 10, result);
    }

    [KernelSource("lib/parser.c", "match_u64", Parity.Full)]
    public static int match_u64(substring_t* s, ulong* result) => match_u64int(s, result, 0);

    [KernelSource("lib/parser.c", "match_octal", Parity.Full)]
    public static int match_octal(substring_t* s, int* result) => match_number(s, result, 8);

    [KernelSource("lib/parser.c", "match_hex", Parity.Full)]
    public static int match_hex(substring_t* s, int* result) => match_number(s, result, 16);

    /// <summary>Copies what fits and ends it; answers the length there was, so that a cut shows.</summary>
    [KernelSource("lib/parser.c", "match_strlcpy", Parity.Full)]
    public static ulong match_strlcpy(byte* dest, substring_t* src, ulong size)
    {
        ulong ret = (ulong)(src->to - src->from);

        if (size != 0)
        {
            ulong len = ret >= size ? size - 1 : ret;
            memcpy(dest, src->from, len);
            dest[len] = 0;
        }
        return ret;
    }
}
