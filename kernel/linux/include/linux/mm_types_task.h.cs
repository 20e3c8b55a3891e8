// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public static unsafe partial class linux_mm_types_task_h
{
    // One rss counter for each kind of page that a mm can hold.
    public const int MM_FILEPAGES = 0;
    public const int MM_ANONPAGES = 1;
    public const int MM_SWAPENTS = 2;
    public const int MM_SHMEMPAGES = 3;
    public const int NR_MM_COUNTERS = 4;
}

// A piece of a page that is handed out in fragments.
public unsafe struct page_frag
{
    public page* page;
    public uint offset;
    public uint size;
}

// x86 batches the CPUs of an unmap; here no CPU caches translations, so only the request is kept.
public struct tlbflush_unmap_batch
{
    public bool flush_required;
    public bool writable;
}
