// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>Text that is put together piece by piece; len beyond size says that a piece did not fit.</summary>
public unsafe struct seq_buf
{
    public byte* buffer;
    public ulong size;
    public ulong len;
}

public static unsafe partial class linux_seq_buf_h
{
    [KernelSource("include/linux/seq_buf.h", "seq_buf_clear", Parity.Full)]
    public static void seq_buf_clear(seq_buf* s)
    {
        s->len = 0;
        if (s->size != 0)
            s->buffer[0] = 0;
    }

    [KernelSource("include/linux/seq_buf.h", "seq_buf_init", Parity.Full)]
    public static void seq_buf_init(seq_buf* s, byte* buf, uint size)
    {
        s->buffer = buf;
        s->size = size;
        seq_buf_clear(s);
    }

    [KernelSource("include/linux/seq_buf.h", "seq_buf_has_overflowed", Parity.Full)]
    public static bool seq_buf_has_overflowed(seq_buf* s) => s->len > s->size;

    [KernelSource("include/linux/seq_buf.h", "seq_buf_set_overflow", Parity.Full)]
    public static void seq_buf_set_overflow(seq_buf* s) => s->len = s->size + 1;

    [KernelSource("include/linux/seq_buf.h", "seq_buf_buffer_left", Parity.Full)]
    public static uint seq_buf_buffer_left(seq_buf* s) => seq_buf_has_overflowed(s) ? 0 : (uint)(s->size - s->len);

    [KernelSource("include/linux/seq_buf.h", "seq_buf_used", Parity.Full)]
    public static uint seq_buf_used(seq_buf* s) => (uint)min(s->len, s->size);

    [KernelSource("include/linux/seq_buf.h", "seq_buf_str", Parity.Full)]
    public static byte* seq_buf_str(seq_buf* s)
    {
        if (WARN_ON(s->size == 0))
            return linux_string_h.rodata(""u8);

        if (seq_buf_buffer_left(s) != 0)
            s->buffer[s->len] = 0;
        else
            s->buffer[s->size - 1] = 0;

        return s->buffer;
    }
}
