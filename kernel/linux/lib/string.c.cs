// SPDX-License-Identifier: GPL-2.0-only
// C strings: byte pointers that end in a zero byte. A second operand may be a u8 literal.
using static Linux.linux_string_h;

namespace Linux;

public static unsafe partial class lib_string_c
{
    [KernelSource("lib/string.c", "strlen", Parity.Full)]
    public static ulong strlen(byte* s) => (ulong)cstr(s).Length;

    [KernelSource("lib/string.c", "strnlen", Parity.Full)]
    public static ulong strnlen(byte* s, ulong count)
    {
        byte* sc = s;

        for (; count-- != 0 && *sc != 0; ++sc)
            ;
        return (ulong)(sc - s);
    }

    [KernelSource("lib/string.c", "strcmp", Parity.Full)]
    public static int strcmp(byte* cs, byte* ct) => cstr(cs).SequenceCompareTo(cstr(ct));

    [KernelSource("lib/string.c", "strcmp", Parity.Full)]
    public static int strcmp(byte* cs, ReadOnlySpan<byte> ct) => cstr(cs).SequenceCompareTo(ct);

    [KernelSource("lib/string.c", "strncmp", Parity.Full)]
    public static int strncmp(byte* cs, byte* ct, ulong count)
    {
        while (count != 0)
        {
            byte c1 = *cs++;
            byte c2 = *ct++;
            if (c1 != c2)
                return c1 < c2 ? -1 : 1;
            if (c1 == 0)
                break;
            count--;
        }
        return 0;
    }

    [KernelSource("lib/string.c", "strncmp", Parity.Full)]
    public static int strncmp(byte* cs, ReadOnlySpan<byte> ct, ulong count)
    {
        for (int i = 0; (ulong)i < count; i++)
        {
            byte c1 = cs[i];
            byte c2 = i < ct.Length ? ct[i] : (byte)0;
            if (c1 != c2)
                return c1 < c2 ? -1 : 1;
            if (c1 == 0)
                break;
        }
        return 0;
    }

    [KernelSource("lib/string.c", "strchr", Parity.Full)]
    public static byte* strchr(byte* s, int c)
    {
        for (; *s != (byte)c; ++s)
        {
            if (*s == 0)
                return null;
        }
        return s;
    }

    [KernelSource("lib/string.c", "strchrnul", Parity.Full)]
    public static byte* strchrnul(byte* s, int c)
    {
        while (*s != 0 && *s != (byte)c)
            s++;
        return s;
    }

    [KernelSource("lib/string.c", "strrchr", Parity.Full)]
    public static byte* strrchr(byte* s, int c)
    {
        byte* last = null;

        do
        {
            if (*s == (byte)c)
                last = s;
        } while (*s++ != 0);
        return last;
    }

    [KernelSource("lib/string.c", "strspn", Parity.Full)]
    public static ulong strspn(byte* s, ReadOnlySpan<byte> accept)
    {
        byte* p;

        for (p = s; *p != 0; ++p)
        {
            if (!accept.Contains(*p))
                break;
        }
        return (ulong)(p - s);
    }

    [KernelSource("lib/string.c", "strcspn", Parity.Full)]
    public static ulong strcspn(byte* s, ReadOnlySpan<byte> reject)
    {
        byte* p;

        for (p = s; *p != 0; ++p)
        {
            if (reject.Contains(*p))
                break;
        }
        return (ulong)(p - s);
    }

    [KernelSource("lib/string.c", "strpbrk", Parity.Full)]
    public static byte* strpbrk(byte* cs, ReadOnlySpan<byte> ct)
    {
        for (byte* sc = cs; *sc != 0; ++sc)
        {
            if (ct.Contains(*sc))
                return sc;
        }
        return null;
    }

    /// <summary>Cuts the next token off *s; two separators in a row make an empty token.</summary>
    [KernelSource("lib/string.c", "strsep", Parity.Full)]
    public static byte* strsep(byte** s, ReadOnlySpan<byte> ct)
    {
        byte* sbegin = *s;
        byte* end;

        if (sbegin == null)
            return null;

        end = strpbrk(sbegin, ct);
        if (end != null)
            *end++ = 0;
        *s = end;
        return sbegin;
    }

    [KernelSource("lib/string.c", "strstr", Parity.Full)]
    public static byte* strstr(byte* s1, ReadOnlySpan<byte> s2)
    {
        int at = cstr(s1).IndexOf(s2);

        return at < 0 ? null : s1 + at;
    }

    [KernelSource("lib/string.c", "sized_strscpy", Parity.Full)]
    public static ssize_t strscpy(byte* dest, byte* src, ulong count) => strscpy(dest, cstr(src), count);

    /// <summary>Copies what fits and always ends it; -E2BIG says that it was cut.</summary>
    [KernelSource("lib/string.c", "sized_strscpy", Parity.Full)]
    public static ssize_t strscpy(byte* dest, ReadOnlySpan<byte> src, ulong count)
    {
        if (count == 0 || count > int.MaxValue)
            return -E2BIG;

        int n = Math.Min(src.Length, (int)count - 1);
        src[..n].CopyTo(new Span<byte>(dest, n));
        dest[n] = 0;
        return n < src.Length ? -E2BIG : n;
    }

    [KernelSource("lib/string.c", "memchr", Parity.Full)]
    public static void* memchr(void* s, int c, ulong n)
    {
        int at = new ReadOnlySpan<byte>(s, (int)n).IndexOf((byte)c);

        return at < 0 ? null : (byte*)s + at;
    }

    /// <summary>The first byte that differs from c, or null.</summary>
    [KernelSource("lib/string.c", "memchr_inv", Parity.Full)]
    public static void* memchr_inv(void* start, int c, ulong bytes)
    {
        int at = new ReadOnlySpan<byte>(start, (int)bytes).IndexOfAnyExcept((byte)c);

        return at < 0 ? null : (byte*)start + at;
    }
}
