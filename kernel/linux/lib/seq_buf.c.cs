// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_seq_buf_h;
using static Linux.linux_string_h;

namespace Linux;

public static unsafe partial class lib_seq_buf_c
{
    [KernelSource("lib/seq_buf.c", "seq_buf_can_fit", Parity.Full)]
    private static bool seq_buf_can_fit(seq_buf* s, ulong len) => s->len + len <= s->size;

    /// <summary>An interpolated string stands for the format and its arguments; a piece that does not fit is dropped whole.</summary>
    [KernelSource("lib/seq_buf.c", "seq_buf_printf", Parity.Full)]
    public static int seq_buf_printf(seq_buf* s, [InterpolatedStringHandlerArgument(nameof(s))] ref printf_handler text)
    {
        WARN_ON(s->size == 0);

        if (s->len < s->size)
        {
            ulong len = text.text.len;
            text.text.terminate();
            if (s->len + len < s->size)
            {
                s->len += len;
                return 0;
            }
        }
        seq_buf_set_overflow(s);
        return -1;
    }

    [KernelSource("lib/seq_buf.c", "seq_buf_puts", Parity.Full)]
    public static int seq_buf_puts(seq_buf* s, ReadOnlySpan<byte> str)
    {
        // With the zero byte behind it, which is there but not counted.
        ulong len = (ulong)str.Length + 1;

        WARN_ON(s->size == 0);

        if (seq_buf_can_fit(s, len))
        {
            str.CopyTo(new Span<byte>(s->buffer + s->len, str.Length));
            s->buffer[s->len + len - 1] = 0;
            s->len += len - 1;
            return 0;
        }
        seq_buf_set_overflow(s);
        return -1;
    }

    [KernelSource("lib/seq_buf.c", "seq_buf_puts", Parity.Full)]
    public static int seq_buf_puts(seq_buf* s, byte* str) => seq_buf_puts(s, cstr(str));

    [KernelSource("lib/seq_buf.c", "seq_buf_putc", Parity.Full)]
    public static int seq_buf_putc(seq_buf* s, byte c)
    {
        WARN_ON(s->size == 0);

        if (seq_buf_can_fit(s, 1))
        {
            s->buffer[s->len++] = c;
            return 0;
        }
        seq_buf_set_overflow(s);
        return -1;
    }
}
