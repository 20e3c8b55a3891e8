// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_uio_h;

namespace Linux;

// Copies between the kernel and what an iterator stands on. Short counts are user pages that could not be had.
public static unsafe partial class lib_iov_iter_c
{
    [KernelSource("lib/iov_iter.c", "iov_iter_init", Parity.Full)]
    public static void iov_iter_init(iov_iter* i, uint direction, iovec* iov, ulong nr_segs, ulong count) => *i = new()
    {
        iter_type = ITER_IOVEC,
        data_source = direction == ITER_SOURCE,
        ptr = iov,
        count = count,
        nr_segs = nr_segs,
    };

    [KernelSource("lib/iov_iter.c", "iov_iter_kvec", Parity.Full)]
    public static void iov_iter_kvec(iov_iter* i, uint direction, kvec* kvec, ulong nr_segs, ulong count) => *i = new()
    {
        iter_type = ITER_KVEC,
        data_source = direction == ITER_SOURCE,
        ptr = kvec,
        count = count,
        nr_segs = nr_segs,
    };

    [KernelSource("lib/iov_iter.c", "import_iovec", Parity.Reduced, "the vector is the caller's: it is neither copied nor in user space")]
    public static long import_iovec(uint type, iovec* uvec, ulong nr_segs, iov_iter* i)
    {
        ulong total_len = 0;

        for (ulong seg = 0; seg < nr_segs; seg++)
        {
            ulong len = uvec[seg].iov_len;

            if ((long)len < 0)
                return -EINVAL;
            if (!access_ok(uvec[seg].iov_base, len))
                return -EFAULT;
            total_len += len;
        }

        iov_iter_init(i, type, uvec, nr_segs, total_len);
        return (long)total_len;
    }

    // The rest of the current segment.
    private static byte* segment(iov_iter* i, out ulong len)
    {
        if (iter_is_ubuf(i))
        {
            len = i->count;
            return (byte*)i->ptr + i->iov_offset;
        }

        iovec* v = (iovec*)i->ptr;
        while (i->iov_offset >= v->iov_len && i->nr_segs > 1)
        {
            i->iov_offset -= v->iov_len;
            v++;
            i->nr_segs--;
        }
        i->ptr = v;
        len = Math.Min(v->iov_len - i->iov_offset, i->count);
        return (byte*)v->iov_base + i->iov_offset;
    }

    [KernelSource("include/linux/uio.h", "iter_iov_addr", Parity.Full)]
    public static void* iter_iov_addr(iov_iter* i) => segment(i, out _);

    [KernelSource("include/linux/uio.h", "iter_iov_len", Parity.Full)]
    public static ulong iter_iov_len(iov_iter* i)
    {
        segment(i, out ulong len);
        return len;
    }

    [KernelSource("lib/iov_iter.c", "iov_iter_advance", Parity.Full)]
    public static void iov_iter_advance(iov_iter* i, ulong size)
    {
        i->count -= size;
        i->iov_offset += size;
        segment(i, out _);
    }

    [KernelSource("lib/iov_iter.c", "iov_iter_revert", Parity.Full)]
    public static void iov_iter_revert(iov_iter* i, ulong unroll)
    {
        i->count += unroll;
        if (iter_is_ubuf(i) || i->iov_offset >= unroll)
        {
            i->iov_offset -= unroll;
            return;
        }
        unroll -= i->iov_offset;
        for (iovec* v = (iovec*)i->ptr; ;)
        {
            v--;
            i->nr_segs++;
            if (unroll <= v->iov_len)
            {
                i->ptr = v;
                i->iov_offset = v->iov_len - unroll;
                return;
            }
            unroll -= v->iov_len;
        }
    }

    [KernelSource("lib/iov_iter.c", "iov_iter_single_seg_count", Parity.Full)]
    public static ulong iov_iter_single_seg_count(iov_iter* i)
    {
        segment(i, out ulong len);
        return len;
    }

    // Where the source ends, the destination keeps what it has: it may be another's page.
    [KernelSource("lib/iov_iter.c", "copy_from_user_iter", Parity.Full)]
    private static ulong copy_from_user_iter(void* iter_from, ulong progress, ulong len, void* to)
    {
        ulong res = len;

        if (access_ok(iter_from, len))
            res = raw_copy_from_user((byte*)to + progress, iter_from, len);
        return res;
    }

    private static ulong iterate(byte* addr, ulong bytes, iov_iter* i, bool to_iter)
    {
        ulong done = 0;

        bytes = Math.Min(bytes, i->count);
        while (done < bytes)
        {
            byte* seg = segment(i, out ulong len);
            len = Math.Min(len, bytes - done);
            ulong left = 0;

            if (!user_backed_iter(i))
            {
                if (to_iter)
                    memcpy(seg, addr + done, len);
                else
                    memcpy(addr + done, seg, len);
            }
            else if (to_iter)
            {
                left = copy_to_user(seg, addr + done, len);
            }
            else
            {
                left = copy_from_user_iter(seg, done, len, addr);
            }
            i->iov_offset += len - left;
            i->count -= len - left;
            done += len - left;
            if (left != 0)
                break;
        }
        return done;
    }

    [KernelSource("lib/iov_iter.c", "copy_to_iter", Parity.Full)]
    public static ulong copy_to_iter(void* addr, ulong bytes, iov_iter* i) => iterate((byte*)addr, bytes, i, true);

    [KernelSource("include/linux/uio.h", "copy_to_iter_full", Parity.Full)]
    public static bool copy_to_iter_full(void* addr, ulong bytes, iov_iter* i)
    {
        ulong copied = copy_to_iter(addr, bytes, i);

        if (copied == bytes)
            return true;
        iov_iter_revert(i, copied);
        return false;
    }

    [KernelSource("lib/iov_iter.c", "copy_from_iter", Parity.Full)]
    public static ulong copy_from_iter(void* addr, ulong bytes, iov_iter* i) => iterate((byte*)addr, bytes, i, false);

    [KernelSource("lib/iov_iter.c", "copy_page_to_iter", Parity.Full)]
    public static ulong copy_page_to_iter(page* page, ulong offset, ulong bytes, iov_iter* i) =>
        iterate((byte*)page_address(page) + offset, bytes, i, true);

    [KernelSource("lib/iov_iter.c", "copy_page_from_iter", Parity.Full)]
    public static ulong copy_page_from_iter(page* page, ulong offset, ulong bytes, iov_iter* i) =>
        iterate((byte*)page_address(page) + offset, bytes, i, false);

    // With a folio locked no fault may be taken: what is not mapped is left out.
    [KernelSource("lib/iov_iter.c", "copy_folio_from_iter_atomic", Parity.Full)]
    public static ulong copy_folio_from_iter_atomic(folio* folio, ulong offset, ulong bytes, iov_iter* i)
    {
        pagefault_disable();
        ulong n = iterate((byte*)page_address(&folio->page) + offset, bytes, i, false);
        pagefault_enable();
        return n;
    }

    [KernelSource("lib/iov_iter.c", "iov_iter_zero", Parity.Full)]
    public static ulong iov_iter_zero(ulong bytes, iov_iter* i)
    {
        byte* zeroes = (byte*)page_address(pfn_to_page(mm_memory_c.zero_pfn));
        ulong done = 0;

        bytes = Math.Min(bytes, i->count);
        while (done < bytes)
        {
            ulong n = Math.Min(bytes - done, PAGE_SIZE);
            ulong copied = iterate(zeroes, n, i, true);

            done += copied;
            if (copied < n)
                break;
        }
        return done;
    }

    // How much of the user's memory could not be faulted in.
    [KernelSource("lib/iov_iter.c", "fault_in_iov_iter_readable", Parity.Full)]
    public static ulong fault_in_iov_iter_readable(iov_iter* i, ulong size)
    {
        if (!user_backed_iter(i))
            return 0;

        iov_iter it = *i;
        size = Math.Min(size, it.count);
        while (size != 0)
        {
            byte* seg = segment(&it, out ulong len);
            len = Math.Min(len, size);
            ulong left = fault_in_readable(seg, len);
            size -= len - left;
            if (left != 0)
                break;
            iov_iter_advance(&it, len);
        }
        return size;
    }
}
