// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>
/// Formats as vsnprintf does, into a buffer that may be too small: what does not fit is counted, not written.
/// </summary>
/// <remarks>
/// C#'s interpolated strings stand for C's format strings and are written straight into the buffer, without a string or a box:
/// {n} is %d/%u/%llu, {n:x} is %x, {n:x8} is %08x, {n:d6} is %06d, {n,5} is %5d, {p} of a byte* or a span is %s.
/// </remarks>
public unsafe ref struct text_writer
{
    private readonly byte* buf;
    private readonly ulong size;

    /// <summary>How long the text is, whether it fits or not.</summary>
    public ulong len;

    public text_writer(byte* buf, ulong size)
    {
        this.buf = buf;
        this.size = size;
        len = 0;
    }

    public readonly bool fits => len < size;

    public void put(byte c)
    {
        if (len < size)
            buf[len] = c;
        len++;
    }

    public void put(ReadOnlySpan<byte> s)
    {
        if (len < size)
        {
            int n = (int)min((ulong)s.Length, size - len);
            s[..n].CopyTo(new Span<byte>(buf + len, n));
        }
        len += (ulong)s.Length;
    }

    public void put(string s)
    {
        foreach (char c in s)
            put((byte)c);
    }

    public void pad(int count, byte c = (byte)' ')
    {
        while (count-- > 0)
            put(c);
    }

    public void put_aligned(ReadOnlySpan<byte> s, int alignment)
    {
        pad(alignment - s.Length);
        put(s);
        pad(-alignment - s.Length);
    }

    public void put_number(ulong value, bool negative, int alignment, ReadOnlySpan<char> format)
    {
        byte* tmp = stackalloc byte[88];
        int at = 88;
        bool hex = format.Length > 0 && format[0] is 'x' or 'X';
        uint radix = hex ? 16u : 10u;
        int digits = format.Length > 1 ? min(int.Parse(format[1..]), 64) : 1;

        do
        {
            ulong digit = value % radix;
            value /= radix;
            tmp[--at] = (byte)(digit < 10 ? '0' + digit : 'a' - 10 + digit);
        } while (value != 0);
        while (88 - at < digits)
            tmp[--at] = (byte)'0';
        if (negative)
            tmp[--at] = (byte)'-';
        put_aligned(new ReadOnlySpan<byte>(tmp + at, 88 - at), alignment);
    }

    /// <summary>Ends the text with a zero byte, in the last place if it was cut.</summary>
    public readonly void terminate()
    {
        if (size != 0)
            buf[min(len, size - 1)] = 0;
    }
}

/// <summary>What an interpolated string becomes where a format string is wanted; the buffer comes from the call.</summary>
[InterpolatedStringHandler]
public unsafe ref struct printf_handler
{
    public text_writer text;

    public printf_handler(int literalLength, int formattedCount, byte* buf, ulong size)
    {
        text = new text_writer(buf, size);
    }

    public printf_handler(int literalLength, int formattedCount, seq_file* m)
    {
        text = m->count < m->size ? new text_writer(m->buf + m->count, m->size - m->count) : new text_writer(null, 0);
    }

    public printf_handler(int literalLength, int formattedCount, seq_buf* s)
    {
        text = s->len < s->size ? new text_writer(s->buffer + s->len, s->size - s->len) : new text_writer(null, 0);
    }

    public void AppendLiteral(string s) => text.put(s);

    public void AppendFormatted(string s) => text.put(s);

    public void AppendFormatted(ReadOnlySpan<byte> s, int alignment = 0) => text.put_aligned(s, alignment);

    public void AppendFormatted(byte* s, int alignment = 0)
        => text.put_aligned(s != null ? MemoryMarshal.CreateReadOnlySpanFromNullTerminated(s) : "(null)"u8, alignment);

    public void AppendFormatted(char c) => text.put((byte)c);

    public void AppendFormatted(ulong value, int alignment = 0, ReadOnlySpan<char> format = default)
        => text.put_number(value, false, alignment, format);

    public void AppendFormatted(uint value, int alignment = 0, ReadOnlySpan<char> format = default)
        => text.put_number(value, false, alignment, format);

    public void AppendFormatted(long value, int alignment = 0, ReadOnlySpan<char> format = default)
        => text.put_number(value < 0 ? 0 - (ulong)value : (ulong)value, value < 0, alignment, format);

    public void AppendFormatted(int value, int alignment = 0, ReadOnlySpan<char> format = default)
    {
        if (format.Length > 0 && format[0] is 'x' or 'X')
            text.put_number((uint)value, false, alignment, format);
        else
            AppendFormatted((long)value, alignment, format);
    }
}

/// <summary>snprintf and its kin over interpolated strings.</summary>
public static unsafe class linux_sprintf_h
{
    /// <summary>Answers how long the text is, though no more than size - 1 bytes and a zero byte are written.</summary>
    [KernelSource("lib/vsprintf.c", "snprintf", Parity.Reduced, "an interpolated string stands for the format and its arguments")]
    public static int snprintf(byte* buf, ulong size, [InterpolatedStringHandlerArgument(nameof(buf), nameof(size))] ref printf_handler text)
    {
        text.text.terminate();
        return (int)text.text.len;
    }

    /// <summary>As snprintf, but answers how much was written.</summary>
    [KernelSource("lib/vsprintf.c", "scnprintf", Parity.Reduced, "an interpolated string stands for the format and its arguments")]
    public static int scnprintf(byte* buf, ulong size, [InterpolatedStringHandlerArgument(nameof(buf), nameof(size))] ref printf_handler text)
    {
        text.text.terminate();
        return size == 0 ? 0 : (int)min(text.text.len, size - 1);
    }
}
