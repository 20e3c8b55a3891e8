// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public unsafe struct iovec
{
    public void* iov_base;
    public ulong iov_len;
}

public unsafe struct kvec
{
    public void* iov_base;
    public ulong iov_len;
}

// Where a copy stands in memory of user space or of the kernel, in one piece or several.
public unsafe struct iov_iter
{
    public byte iter_type;
    public bool nofault;
    public bool data_source;
    public ulong iov_offset;
    // The vector, or the one buffer itself.
    public void* ptr;
    public ulong count;
    public ulong nr_segs;
}

public static unsafe partial class linux_uio_h
{
    // enum iter_type
    public const byte ITER_UBUF = 0;
    public const byte ITER_IOVEC = 1;
    public const byte ITER_KVEC = 3;

    public const uint ITER_SOURCE = 1;
    public const uint ITER_DEST = 0;
    public const ulong UIO_FASTIOV = 8;
    public const ulong UIO_MAXIOV = 1024;

    [KernelSource("include/linux/uio.h", "iov_iter_count", Parity.Full)]
    public static ulong iov_iter_count(iov_iter* i) => i->count;

    [KernelSource("include/linux/uio.h", "iter_is_ubuf", Parity.Full)]
    public static bool iter_is_ubuf(iov_iter* i) => i->iter_type == ITER_UBUF;

    [KernelSource("include/linux/uio.h", "iter_is_iovec", Parity.Full)]
    public static bool iter_is_iovec(iov_iter* i) => i->iter_type == ITER_IOVEC;

    [KernelSource("include/linux/uio.h", "iov_iter_is_kvec", Parity.Full)]
    public static bool iov_iter_is_kvec(iov_iter* i) => i->iter_type == ITER_KVEC;

    [KernelSource("include/linux/uio.h", "user_backed_iter", Parity.Full)]
    public static bool user_backed_iter(iov_iter* i) => iter_is_ubuf(i) || iter_is_iovec(i);

    [KernelSource("include/linux/uio.h", "iov_iter_rw", Parity.Full)]
    public static uint iov_iter_rw(iov_iter* i) => i->data_source ? ITER_SOURCE : ITER_DEST;

    [KernelSource("include/linux/uio.h", "iov_iter_truncate", Parity.Full)]
    public static void iov_iter_truncate(iov_iter* i, ulong count)
    {
        if (i->count > count)
            i->count = count;
    }

    [KernelSource("include/linux/uio.h", "iov_iter_reexpand", Parity.Full)]
    public static void iov_iter_reexpand(iov_iter* i, ulong count) => i->count = count;

    [KernelSource("include/linux/uio.h", "iov_iter_ubuf", Parity.Full)]
    public static void iov_iter_ubuf(iov_iter* i, uint direction, void* buf, ulong count) => *i = new()
    {
        iter_type = ITER_UBUF,
        data_source = direction == ITER_SOURCE,
        ptr = buf,
        count = count,
        nr_segs = 1,
    };

    [KernelSource("include/linux/uio.h", "copy_folio_to_iter", Parity.Full)]
    public static ulong copy_folio_to_iter(folio* folio, ulong offset, ulong bytes, iov_iter* i) =>
        copy_page_to_iter(&folio->page, offset, bytes, i);

    [KernelSource("include/linux/uio.h", "copy_folio_from_iter", Parity.Full)]
    public static ulong copy_folio_from_iter(folio* folio, ulong offset, ulong bytes, iov_iter* i) =>
        copy_page_from_iter(&folio->page, offset, bytes, i);
}
