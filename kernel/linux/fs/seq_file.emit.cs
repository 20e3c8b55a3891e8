// SPDX-License-Identifier: GPL-2.0-only
// fs/seq_file.c, what a show function writes with. Text is u8 literals or C strings.
using static Linux.linux_seq_file_h;
using static Linux.linux_string_h;
using static Linux.lib_vsprintf_c;

namespace Linux;

public static unsafe partial class fs_seq_file_c
{
    [KernelSource("fs/seq_file.c", "seq_set_overflow", Parity.Full)]
    private static void seq_set_overflow(seq_file* m) => m->count = m->size;

    /// <summary>An interpolated string stands for the format and its arguments; what does not fit is dropped whole.</summary>
    [KernelSource("fs/seq_file.c", "seq_printf", Parity.Full)]
    public static void seq_printf(seq_file* m, [InterpolatedStringHandlerArgument(nameof(m))] ref printf_handler text)
    {
        if (m->count < m->size)
        {
            ulong len = text.text.len;
            if (m->count + len < m->size)
            {
                m->count += len;
                return;
            }
        }
        seq_set_overflow(m);
    }

    [KernelSource("fs/seq_file.c", "seq_putc", Parity.Full)]
    public static void seq_putc(seq_file* m, byte c)
    {
        if (m->count >= m->size)
            return;

        m->buf[m->count++] = c;
    }

    [KernelSource("fs/seq_file.c", "seq_putc", Parity.Full)]
    public static void seq_putc(seq_file* m, char c) => seq_putc(m, (byte)c);

    [KernelSource("include/linux/seq_file.h", "seq_puts", Parity.Full)]
    public static void seq_puts(seq_file* m, ReadOnlySpan<byte> s)
    {
        if (s.Length == 1)
            seq_putc(m, s[0]);
        else
            seq_write(m, rodata(s), (ulong)s.Length);
    }

    [KernelSource("fs/seq_file.c", "__seq_puts", Parity.Full)]
    public static void seq_puts(seq_file* m, byte* s) => seq_write(m, s, lib_string_c.strlen(s));

    [KernelSource("fs/seq_file.c", "seq_put_decimal_ull_width", Parity.Full)]
    public static void seq_put_decimal_ull_width(seq_file* m, ReadOnlySpan<byte> delimiter, ulong num, uint width)
    {
        int len;

        if (m->count + 2 >= m->size)
            goto overflow;

        if (delimiter.Length != 0)
            seq_puts(m, delimiter);

        if (width == 0)
            width = 1;

        if (m->count + width >= m->size)
            goto overflow;

        len = num_to_str(m->buf + m->count, (int)(m->size - m->count), num, width);
        if (len == 0)
            goto overflow;

        m->count += (ulong)len;
        return;

    overflow:
        seq_set_overflow(m);
    }

    [KernelSource("fs/seq_file.c", "seq_put_decimal_ull", Parity.Full)]
    public static void seq_put_decimal_ull(seq_file* m, ReadOnlySpan<byte> delimiter, ulong num)
        => seq_put_decimal_ull_width(m, delimiter, num, 0);

    [KernelSource("fs/seq_file.c", "seq_put_decimal_ll", Parity.Full)]
    public static void seq_put_decimal_ll(seq_file* m, ReadOnlySpan<byte> delimiter, long num)
    {
        int len;

        if (m->count + 3 >= m->size)
            goto overflow;

        if (delimiter.Length != 0)
            seq_puts(m, delimiter);

        if (m->count + 2 >= m->size)
            goto overflow;

        if (num < 0)
        {
            m->buf[m->count++] = (byte)'-';
            num = -num;
        }

        if (num is >= 0 and < 10)
        {
            m->buf[m->count++] = (byte)(num + '0');
            return;
        }

        len = num_to_str(m->buf + m->count, (int)(m->size - m->count), (ulong)num, 0);
        if (len == 0)
            goto overflow;

        m->count += (ulong)len;
        return;

    overflow:
        seq_set_overflow(m);
    }

    [KernelSource("fs/seq_file.c", "seq_write", Parity.Full)]
    public static int seq_write(seq_file* seq, void* data, ulong len)
    {
        if (seq->count + len < seq->size)
        {
            memcpy(seq->buf + seq->count, data, len);
            seq->count += len;
            return 0;
        }
        seq_set_overflow(seq);
        return -1;
    }

    [KernelSource("fs/seq_file.c", "seq_pad", Parity.Full)]
    public static void seq_pad(seq_file* m, byte c)
    {
        int size = (int)(m->pad_until - m->count);

        if (size > 0)
        {
            if ((ulong)size + m->count > m->size)
            {
                seq_set_overflow(m);
                return;
            }
            memset(m->buf + m->count, ' ', (ulong)size);
            m->count += (ulong)size;
        }
        if (c != 0)
            seq_putc(m, c);
    }

    [KernelSource("fs/seq_file.c", "seq_list_start", Parity.Full)]
    public static list_head* seq_list_start(list_head* head, loff_t pos)
    {
        for (list_head* lh = head->next; lh != head; lh = lh->next)
        {
            if (pos-- == 0)
                return lh;
        }

        return null;
    }

    [KernelSource("fs/seq_file.c", "seq_list_next", Parity.Full)]
    public static list_head* seq_list_next(void* v, list_head* head, loff_t* ppos)
    {
        list_head* lh = ((list_head*)v)->next;

        ++*ppos;
        return lh == head ? null : lh;
    }
}
