// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>A file whose text is made record by record, into a buffer that grows until a record fits.</summary>
public unsafe partial struct seq_file
{
    public byte* buf;
    public ulong size;
    public ulong from;
    public ulong count;
    public ulong pad_until;
    public loff_t index;
    public loff_t read_pos;
    public mutex @lock;
    public seq_operations* op;
    public int poll_event;
    public @file* file;
    public void* @private;
}

public unsafe struct seq_operations
{
    public delegate*<seq_file*, loff_t*, void*> start;
    public delegate*<seq_file*, void*, void> stop;
    public delegate*<seq_file*, void*, loff_t*, void*> next;
    public delegate*<seq_file*, void*, int> show;
}

public static unsafe partial class linux_seq_file_h
{
    public const int SEQ_SKIP = 1;

    /// <summary>What a start answers for a record before the first.</summary>
    public static readonly void* SEQ_START_TOKEN = (void*)1;

    [KernelSource("include/linux/seq_file.h", "seq_has_overflowed", Parity.Full)]
    public static bool seq_has_overflowed(seq_file* m) => m->count == m->size;

    [KernelSource("include/linux/seq_file.h", "seq_get_buf", Parity.Full)]
    public static ulong seq_get_buf(seq_file* m, byte** bufp)
    {
        BUG_ON(m->count > m->size);
        if (m->count < m->size)
            *bufp = m->buf + m->count;
        else
            *bufp = null;

        return m->size - m->count;
    }

    [KernelSource("include/linux/seq_file.h", "seq_commit", Parity.Full)]
    public static void seq_commit(seq_file* m, int num)
    {
        if (num < 0)
        {
            m->count = m->size;
        }
        else
        {
            BUG_ON(m->count + (ulong)num > m->size);
            m->count += (ulong)num;
        }
    }

    [KernelSource("include/linux/seq_file.h", "seq_setwidth", Parity.Full)]
    public static void seq_setwidth(seq_file* m, ulong size) => m->pad_until = m->count + size;
}
