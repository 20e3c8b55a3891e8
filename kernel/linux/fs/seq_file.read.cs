// SPDX-License-Identifier: GPL-2.0-only
// fs/seq_file.c, how a file is opened and read: a record that does not fit is made again into a buffer twice the size.
using static Linux.linux_fs_h;
using static Linux.linux_seq_file_h;
using static Linux.linux_slab_h;
using static Linux.linux_string_h;

namespace Linux;

public static unsafe partial class fs_seq_file_c
{
    private const ulong MAX_RW_COUNT = int.MaxValue & PAGE_MASK;

    private static kmem_cache* seq_file_cache;

    [KernelSource("fs/seq_file.c", "seq_buf_alloc", Parity.Full)]
    private static byte* seq_buf_alloc(ulong size)
    {
        if (unlikely(size > MAX_RW_COUNT))
            return null;

        return (byte*)kvmalloc(size, GFP_KERNEL_ACCOUNT);
    }

    [KernelSource("fs/seq_file.c", "seq_open", Parity.Full)]
    public static int seq_open(@file* file, seq_operations* op)
    {
        seq_file* p;

        WARN_ON(file->private_data != null);

        p = (seq_file*)kmem_cache_zalloc(seq_file_cache, GFP_KERNEL);
        if (p == null)
            return -ENOMEM;

        file->private_data = p;

        mutex_init(&p->@lock);
        p->op = op;

        p->file = file;

        // Positions only move by reading on: pwrite has no meaning here.
        file->f_mode &= ~FMODE_PWRITE;
        return 0;
    }

    [KernelSource("fs/seq_file.c", "traverse", Parity.Full)]
    private static int traverse(seq_file* m, loff_t offset)
    {
        loff_t pos = 0;
        int error = 0;
        void* p;

        m->index = 0;
        m->count = m->from = 0;
        if (offset == 0)
            return 0;

        if (m->buf == null)
        {
            m->buf = seq_buf_alloc(m->size = PAGE_SIZE);
            if (m->buf == null)
                return -ENOMEM;
        }
        p = m->op->start(m, &m->index);
        while (p != null)
        {
            error = (int)PTR_ERR(p);
            if (IS_ERR(p))
                break;
            error = m->op->show(m, p);
            if (error < 0)
                break;
            if (unlikely(error != 0))
            {
                error = 0;
                m->count = 0;
            }
            if (seq_has_overflowed(m))
                goto Eoverflow;
            p = m->op->next(m, p, &m->index);
            if (pos + (loff_t)m->count > offset)
            {
                m->from = (ulong)(offset - pos);
                m->count -= m->from;
                break;
            }
            pos += (loff_t)m->count;
            m->count = 0;
            if (pos == offset)
                break;
        }
        m->op->stop(m, p);
        return error;

    Eoverflow:
        m->op->stop(m, p);
        kvfree(m->buf);
        m->count = 0;
        m->buf = seq_buf_alloc(m->size <<= 1);
        return m->buf == null ? -ENOMEM : -EAGAIN;
    }

    [KernelSource("fs/seq_file.c", "seq_read", Parity.Reduced, "buf is memory of the kernel's: no iov_iter between, and no copy that faults")]
    public static ssize_t seq_read(@file* file, byte* buf, ulong size, loff_t* ppos)
        => seq_read((seq_file*)file->private_data, buf, size, ppos);

    /// <summary>For who keeps the seq_file without a struct file.</summary>
    [KernelSource("fs/seq_file.c", "seq_read_iter", Parity.Reduced, "buf is memory of the kernel's: no iov_iter, and no copy that faults")]
    public static ssize_t seq_read(seq_file* m, byte* buf, ulong size, loff_t* ppos)
    {
        ulong copied = 0;
        ulong n;
        void* p;
        int err = 0;

        if (size == 0)
            return 0;

        mutex_lock(&m->@lock);

        // A read from the start begins anew, even if the last one ended in the middle of a record.
        if (*ppos == 0)
        {
            m->index = 0;
            m->count = 0;
        }

        if (unlikely(*ppos != m->read_pos))
        {
            while ((err = traverse(m, *ppos)) == -EAGAIN)
                ;
            if (err != 0)
            {
                // With read_pos 0 the next read walks again.
                m->read_pos = 0;
                m->index = 0;
                m->count = 0;
                goto Done;
            }
            else
            {
                m->read_pos = *ppos;
            }
        }

        if (m->buf == null)
        {
            m->buf = seq_buf_alloc(m->size = PAGE_SIZE);
            if (m->buf == null)
                goto Enomem;
        }
        // What is left of the last record comes first.
        if (m->count != 0)
        {
            n = min(m->count, size);
            memcpy(buf, m->buf + m->from, n);
            m->count -= n;
            m->from += n;
            copied += n;
            if (m->count != 0)
                goto Done;
        }
        // At least one record that is not empty.
        m->from = 0;
        p = m->op->start(m, &m->index);
        while (true)
        {
            err = (int)PTR_ERR(p);
            if (p == null || IS_ERR(p))
                break;
            err = m->op->show(m, p);
            if (err < 0)
                break;
            if (unlikely(err != 0))
                m->count = 0;
            if (unlikely(m->count == 0))
            {
                p = m->op->next(m, p, &m->index);
                continue;
            }
            if (!seq_has_overflowed(m))
                goto Fill;
            m->op->stop(m, p);
            kvfree(m->buf);
            m->count = 0;
            m->buf = seq_buf_alloc(m->size <<= 1);
            if (m->buf == null)
                goto Enomem;
            p = m->op->start(m, &m->index);
        }
        // The end, or an error.
        m->op->stop(m, p);
        m->count = 0;
        goto Done;
    Fill:
        // As many more whole records as the caller and the buffer take.
        while (true)
        {
            ulong offs = m->count;
            loff_t pos = m->index;

            p = m->op->next(m, p, &m->index);
            if (pos == m->index)
            {
                pr_info("buggy .next function did not update position index");
                m->index++;
            }
            if (p == null || IS_ERR(p))
                break;
            if (m->count >= size - copied)
                break;
            err = m->op->show(m, p);
            if (err > 0)
            {
                m->count = offs;
            }
            else if (err != 0 || seq_has_overflowed(m))
            {
                m->count = offs;
                break;
            }
        }
        m->op->stop(m, p);
        n = min(m->count, size - copied);
        memcpy(buf + copied, m->buf, n);
        copied += n;
        m->count -= n;
        m->from = n;
    Done:
        ssize_t ret;
        if (unlikely(copied == 0))
        {
            ret = m->count != 0 ? -EFAULT : err;
        }
        else
        {
            *ppos += (loff_t)copied;
            m->read_pos += (loff_t)copied;
            ret = (ssize_t)copied;
        }
        mutex_unlock(&m->@lock);
        return ret;
    Enomem:
        err = -ENOMEM;
        goto Done;
    }

    [KernelSource("fs/seq_file.c", "seq_release", Parity.Full)]
    public static int seq_release(inode* inode, @file* file)
    {
        seq_file* m = (seq_file*)file->private_data;
        kvfree(m->buf);
        kmem_cache_free(seq_file_cache, m);
        return 0;
    }

    [KernelSource("fs/seq_file.c", "single_start", Parity.Full)]
    public static void* single_start(seq_file* p, loff_t* pos) => *pos != 0 ? null : SEQ_START_TOKEN;

    [KernelSource("fs/seq_file.c", "single_next", Parity.Full)]
    private static void* single_next(seq_file* p, void* v, loff_t* pos)
    {
        ++*pos;
        return null;
    }

    [KernelSource("fs/seq_file.c", "single_stop", Parity.Full)]
    private static void single_stop(seq_file* p, void* v) { }

    [KernelSource("fs/seq_file.c", "single_open", Parity.Full)]
    public static int single_open(@file* file, delegate*<seq_file*, void*, int> show, void* data)
    {
        seq_operations* op = (seq_operations*)kmalloc((ulong)sizeof(seq_operations), GFP_KERNEL_ACCOUNT);
        int res = -ENOMEM;

        if (op != null)
        {
            op->start = &single_start;
            op->next = &single_next;
            op->stop = &single_stop;
            op->show = show;
            res = seq_open(file, op);
            if (res == 0)
                ((seq_file*)file->private_data)->@private = data;
            else
                kfree(op);
        }
        return res;
    }

    [KernelSource("fs/seq_file.c", "single_release", Parity.Full)]
    public static int single_release(inode* inode, @file* file)
    {
        seq_operations* op = ((seq_file*)file->private_data)->op;
        int res = seq_release(inode, file);
        kfree(op);
        return res;
    }

    [KernelSource("fs/seq_file.c", "seq_file_init", Parity.Full)]
    public static void seq_file_init()
    {
        seq_file_cache = kmem_cache_create("seq_file"u8, (uint)sizeof(seq_file), 0, SLAB_ACCOUNT | SLAB_PANIC, null);
    }
}
