// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_seq_buf_h;

namespace Linux;

public static unsafe partial class lib_seq_buf_c
{
    /// <summary>Writes what is in the buffer to the kernel log, a record for each line.</summary>
    [KernelSource("lib/seq_buf.c", "seq_buf_do_printk", Parity.Full)]
    public static void seq_buf_do_printk(seq_buf* s, int lvl)
    {
        if (s->size == 0 || s->len == 0)
            return;

        ReadOnlySpan<byte> text = new(s->buffer, (int)seq_buf_used(s));
        foreach (Range line in text.Split((byte)'\n'))
        {
            if (!text[line].IsEmpty)
                printk(lvl, System.Text.Encoding.ASCII.GetString(text[line]));
        }
    }
}
