// SPDX-License-Identifier: GPL-2.0-only
using static Linux.mm_memcontrol_c;

namespace Linux;

public static unsafe class fs_proc_page_c
{
    private const string C = "fs/proc/page.c";
    private const ulong KPMSIZE = sizeof(u64);
    private const ulong KPMMASK = KPMSIZE - 1;

    [KernelSource(C, "get_max_dump_pfn", Parity.Full)]
    private static ulong get_max_dump_pfn() => max_pfn;

    [KernelSource(C, "kpage_read", Parity.Reduced, "groups only, neither flags nor map counts")]
    private static ssize_t kpage_read(byte* buf, ulong count, loff_t* ppos)
    {
        ulong max_dump_pfn = get_max_dump_pfn();
        u64* @out = (u64*)buf;
        ulong src = (ulong)*ppos;
        ssize_t ret = 0;

        ulong pfn = src / KPMSIZE;
        if ((src & KPMMASK) != 0 || (count & KPMMASK) != 0)
            return -EINVAL;
        if (src >= max_dump_pfn * KPMSIZE)
            return 0;
        count = Math.Min(count, (max_dump_pfn * KPMSIZE) - src);

        while (count > 0)
        {
            page* page = pfn_valid(pfn) ? pfn_to_page(pfn) : null;
            u64 info = page != null ? page_cgroup_ino(page) : 0;

            if (put_user(info, @out) != 0)
            {
                ret = -EFAULT;
                break;
            }

            pfn++;
            @out++;
            count -= KPMSIZE;

            cond_resched();
        }

        *ppos += (byte*)@out - buf;
        if (ret == 0)
            ret = (byte*)@out - buf;
        return ret;
    }

    /// <summary>/proc/kpagecgroup: for each frame, the number of the group that its page is charged to.</summary>
    [KernelSource(C, "kpagecgroup_read", Parity.Full)]
    public static ssize_t kpagecgroup_read(byte* buf, ulong count, loff_t* ppos) => kpage_read(buf, count, ppos);
}
