// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Native;

namespace Linux;

/// <summary>I/O that a task holds back for a moment, so that neighbours go to the disk as one request.</summary>
public unsafe struct blk_plug
{
    public bio* first;
    public bio* last;

    /// <summary>How many bios are held.</summary>
    public int count;
}

/// <summary>What is below a file system or a swap area: a disk, its queue, and the pages cached of it.</summary>
/// <remarks>lock guards queue.</remarks>
public unsafe struct block_device
{
    public dev_t bd_dev;

    /// <summary>Which disk of the machine; an index into blkdev's table.</summary>
    public int disk;
    public sector_t bd_nr_sectors;
    public bool nonrot;
    public bool synchronous;
    public bool stable_writes;
    public spinlock_t @lock;

    /// <summary>What the disk is working on, in the order in which it ends.</summary>
    public bio* queue;
    public hrtimer completion_timer;
    public inode* bd_inode;

    /// <summary>The pages cached of it: the inode's.</summary>
    public address_space* bd_mapping;
    public backing_dev_info* bd_bdi;
}

/// <summary>blkdev.h: block devices over the machine's disks.</summary>
/// <remarks>The disk says when a request ends; that is when its bytes move and its interrupt comes.</remarks>
public static unsafe class linux_blkdev_h
{
    private static Disk[] disks = [];
    private static block_device* bdevs;
    private static int nr_bdevs;

    /// <summary>Makes a block device of each disk; called once at boot.</summary>
    internal static int blkdev_init(Disk[] machine_disks)
    {
        init_bio();
        disks = machine_disks;
        nr_bdevs = disks.Length;
        if (nr_bdevs == 0)
            return 0;
        bdevs = (block_device*)kcalloc((ulong)nr_bdevs, (ulong)sizeof(block_device), GFP_KERNEL);
        if (bdevs == null)
            return -ENOMEM;
        for (int i = 0; i < nr_bdevs; i++)
        {
            block_device* bdev = &bdevs[i];
            bdev->bd_dev = (254u << 20) | ((uint)i << 4);
            bdev->disk = i;
            bdev->bd_nr_sectors = disks[i].Sectors;
            spin_lock_init(&bdev->@lock);
            hrtimer_setup(&bdev->completion_timer, &complete_due, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
        }

        return 0;
    }

    internal static void blkdev_exit()
    {
        for (int i = 0; i < nr_bdevs; i++)
        {
            BUG_ON(bdevs[i].queue != null);
            hrtimer_cancel(&bdevs[i].completion_timer);
        }

        kfree(bdevs);
        bdevs = null;
        nr_bdevs = 0;
    }

    /// <summary>The block device of a disk of the machine, by its number; null when there is none.</summary>
    public static block_device* blkdev_get_no(int disk) => disk < nr_bdevs ? &bdevs[disk] : null;

    public static sector_t bdev_nr_sectors(block_device* bdev) => bdev->bd_nr_sectors;

    public static bool bdev_nonrot(block_device* bdev) => bdev->nonrot;

    public static bool bdev_synchronous(block_device* bdev) => bdev->synchronous;

    public static bool bdev_stable_writes(block_device* bdev) => bdev->stable_writes;

    public static uint bdev_max_discard_sectors(block_device* bdev) => 0;

    /// <summary>No disk of the machine takes discards: -EOPNOTSUPP.</summary>
    public static int blkdev_issue_discard(block_device* bdev, sector_t sector, sector_t nr_sects, gfp_t gfp) => -EOPNOTSUPP;

    /// <summary>Bios of one plug: as much as BLK_PLUG_FLUSH_SIZE, of pages.</summary>
    private const int BLK_PLUG_FLUSH_PAGES = 32;

    [KernelSource("block/blk-core.c", "blk_start_plug", Parity.Reduced, "a list of bios; no requests to cache, no callbacks")]
    public static void blk_start_plug(blk_plug* plug)
    {
        // Who is plugged already stays so: the outermost flushes.
        if (current->plug != null)
            return;

        plug->first = plug->last = null;
        plug->count = 0;
        current->plug = plug;
    }

    [KernelSource("block/blk-core.c", "blk_finish_plug", Parity.Full)]
    public static void blk_finish_plug(blk_plug* plug)
    {
        if (plug == current->plug)
        {
            blk_flush_plug(plug, false);
            current->plug = null;
        }
    }

    /// <summary>Sends what is held to the disks; a task that is about to sleep does it as well.</summary>
    [KernelSource("include/linux/blkdev.h", "blk_flush_plug", Parity.Full)]
    internal static void blk_flush_plug(blk_plug* plug, bool async)
    {
        if (plug != null)
            __blk_flush_plug(plug, async);
    }

    [KernelSource("block/blk-core.c", "__blk_flush_plug", Parity.Reduced, "always sent at once")]
    private static void __blk_flush_plug(blk_plug* plug, bool from_schedule)
    {
        bio* bio = plug->first;
        plug->first = plug->last = null;
        plug->count = 0;

        while (bio != null)
        {
            bio* end = bio;
            ulong bytes = bio->bi_iter.bi_size;
            while (end->bi_next != null && follows(end, end->bi_next))
            {
                end = end->bi_next;
                bytes += end->bi_iter.bi_size;
            }
            bio* next = end->bi_next;
            end->bi_next = null;
            send(bio, end, bytes);
            bio = next;
        }
    }

    private static bool follows(bio* bio, bio* next) =>
        next->bi_bdev == bio->bi_bdev && bio_op(next) == bio_op(bio) &&
        next->bi_iter.bi_sector == bio->bi_iter.bi_sector + (bio->bi_iter.bi_size >> Disk.SectorShift);

    /// <summary>Hands a bio to its disk. It ends in an interrupt, even when the disk is infinitely fast.</summary>
    public static void submit_bio(bio* bio)
    {
        if (bio_op(bio) == REQ_OP_READ)
            count_vm_events(PGPGIN, bio->bi_iter.bi_size >> 9);
        else
            count_vm_events(PGPGOUT, bio->bi_iter.bi_size >> 9);
        linux_ktime_h.spend_ns(linux_ktime_h.COST_BIO);

        bio->bi_next = null;
        blk_plug* plug = current->plug;
        if (plug == null)
        {
            send(bio, bio, bio->bi_iter.bi_size);
            return;
        }

        if (plug->first == null)
            plug->first = bio;
        else
            plug->last->bi_next = bio;
        plug->last = bio;
        if (++plug->count >= BLK_PLUG_FLUSH_PAGES)
            blk_flush_plug(plug, false);
    }

    // One request of neighbouring bios.
    private static void send(bio* first, bio* last, ulong bytes)
    {
        block_device* bdev = first->bi_bdev;
        Disk disk = disks[bdev->disk];

        linux_ktime_h.spend_ns(linux_ktime_h.COST_REQUEST);
        spin_lock_irqsave(&bdev->@lock, out ulong flags);
        ulong done_at = (ulong)disk.Schedule((int)bytes, ktime_get());
        for (bio* bio = first; bio != null; bio = bio->bi_next)
            bio->bi_done_at = done_at;

        // Requests on different channels may overtake each other: by the end, the older first.
        bio** link = &bdev->queue;
        while (*link != null && (*link)->bi_done_at <= done_at)
            link = &(*link)->bi_next;
        last->bi_next = *link;
        *link = first;
        if (bdev->queue == first)
            hrtimer_start(&bdev->completion_timer, (ktime_t)done_at, HRTIMER_MODE_ABS);
        spin_unlock_irqrestore(&bdev->@lock, flags);
    }

    // The disk's interrupt: what is done by now ends, in order.
    private static int complete_due(hrtimer* timer)
    {
        block_device* bdev = container_of<block_device>(timer, &((block_device*)nowhere)->completion_timer);

        for (; ; )
        {
            spin_lock_irqsave(&bdev->@lock, out ulong flags);
            bio* bio = bdev->queue;
            if (bio == null)
            {
                spin_unlock_irqrestore(&bdev->@lock, flags);
                return HRTIMER_NORESTART;
            }

            if (bio->bi_done_at > (ulong)ktime_get())
            {
                timer->expires = (ktime_t)bio->bi_done_at;
                spin_unlock_irqrestore(&bdev->@lock, flags);
                return HRTIMER_RESTART;
            }

            bdev->queue = bio->bi_next;
            spin_unlock_irqrestore(&bdev->@lock, flags);
            bio->bi_status = transfer(bio);
            bio_endio(bio);
        }
    }

    private static blk_status_t transfer(bio* bio)
    {
        Disk disk = disks[bio->bi_bdev->disk];
        sector_t sector = bio->bi_iter.bi_sector;

        for (int i = 0; i < bio->bi_vcnt; i++)
        {
            bio_vec* bv = &bio->bi_io_vec[i];
            byte* data = (byte*)page_address(bv->bv_page) + bv->bv_offset;
            if (disk.Transfer(operation(bio), sector, data, (int)bv->bv_len) != DiskStatus.Ok)
                return BLK_STS_IOERR;
            sector += bv->bv_len >> Disk.SectorShift;
        }

        return BLK_STS_OK;
    }

    private static DiskOperation operation(bio* bio) =>
        bio_op(bio) == REQ_OP_READ ? DiskOperation.Read : DiskOperation.Write;

    /// <summary>Moves a page between the disk and kernel memory and waits for it; 0 or -EIO.</summary>
    public static int bdev_rw_virt(block_device* bdev, sector_t sector, void* data, ulong len, blk_opf_t op)
    {
        bio_vec bv;
        bio bio;

        bio_init(&bio, bdev, &bv, 1, op);
        bio.bi_iter.bi_sector = sector;
        bio_add_folio_nofail(&bio, virt_to_folio(data), len, 0);
        return submit_bio_wait(&bio);
    }
}
