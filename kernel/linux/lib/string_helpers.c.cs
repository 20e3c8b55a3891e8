// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_ctype_h;
using static Linux.lib_string_c;

namespace Linux;

public static unsafe partial class lib_string_helpers_c
{
    [KernelSource("include/linux/string_helpers.h", "skip_spaces", Parity.Full)]
    public static byte* skip_spaces(byte* str)
    {
        while (isspace(*str))
            ++str;
        return str;
    }

    /// <summary>Cuts white space off both ends, in place.</summary>
    [KernelSource("lib/string_helpers.c", "strim", Parity.Full)]
    public static byte* strim(byte* s)
    {
        ulong size = strlen(s);
        byte* end;

        if (size == 0)
            return s;

        end = s + size - 1;
        while (end >= s && isspace(*end))
            end--;
        *(end + 1) = 0;

        return skip_spaces(s);
    }

    [KernelSource("include/linux/string.h", "strstrip", Parity.Full)]
    public static byte* strstrip(byte* str) => strim(str);

    /// <summary>Equal but for one newline at the end: what `echo` writes to a control file.</summary>
    [KernelSource("lib/string_helpers.c", "sysfs_streq", Parity.Full)]
    public static bool sysfs_streq(byte* s1, ReadOnlySpan<byte> s2)
    {
        ReadOnlySpan<byte> a = linux_string_h.cstr(s1);

        if (a.Length > 0 && a[^1] == '\n' && a.Length == s2.Length + 1)
            a = a[..^1];
        else if (s2.Length > 0 && s2[^1] == '\n' && s2.Length == a.Length + 1)
            s2 = s2[..^1];
        return a.SequenceEqual(s2);
    }
}
