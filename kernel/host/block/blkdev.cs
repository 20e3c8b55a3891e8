// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Native;

namespace Linux;

/// <summary>Requests that a task holds back for a moment, so that more may be merged into them.</summary>
public unsafe struct blk_plug
{
    public bio* first;
    public bio* last;
    public int rq_count;
    public bool multiple_queues;
}

/// <summary>What a disk takes in one request.</summary>
public struct queue_limits
{
    public uint max_sectors;
    public ushort max_segments;
}

/// <summary>What is below a file system or a swap area: a disk, its queue, and the pages cached of it.</summary>
/// <remarks>lock guards queue.</remarks>
public unsafe struct block_device
{
    public dev_t bd_dev;

    /// <summary>Its number; below that of the machine's disks, which of them.</summary>
    public int disk;

    /// <summary>Takes a request in place of a disk, and may not sleep; null for a disk.</summary>
    public delegate*<bio*, void> queue_rq;

    /// <summary>Calls it when nothing is mounted on the device any more.</summary>
    public delegate*<block_device*, void> release;
    public block_device* next;
    public sector_t bd_nr_sectors;
    public queue_limits limits;
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
public static unsafe partial class linux_blkdev_h
{
    private static Disk[] disks = [];
    private static block_device* bdevs;
    private static int nr_bdevs;
    private static readonly block_device** added = (block_device**)bss<nint>(); // those without a disk, guarded by added_lock
    private static readonly mutex* added_lock = bss<mutex>();

    /// <summary>Makes a block device of each disk; called once at boot.</summary>
    internal static int blkdev_init(Disk[] machine_disks)
    {
        init_bio();
        mutex_init(added_lock);
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
            bdev->limits.max_sectors = BLK_DEF_MAX_SECTORS_CAP;
            bdev->limits.max_segments = VIRTBLK_SEG_MAX;
            spin_lock_init(&bdev->@lock);
            hrtimer_setup(&bdev->completion_timer, &complete_due, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
        }

        return 0;
    }

    /// <summary>How far to read ahead on a disk: twice what is best for it, which for one that rotates is its largest request.</summary>
    [KernelSource("block/blk-settings.c", "blk_apply_bdi_limits", Parity.Reduced, "no disk says what size of I/O is best for it")]
    public static void blk_apply_bdi_limits(backing_dev_info* bdi, block_device* bdev)
    {
        ulong io_opt = bdev->nonrot ? 0 : (ulong)bdev->limits.max_sectors << Disk.SectorShift;

        bdi->ra_pages = Math.Max(bdi->ra_pages, Math.Max(io_opt * 2 >> PAGE_SHIFT, VM_READAHEAD_PAGES));
        bdi->io_pages = bdev->limits.max_sectors >> (PAGE_SHIFT - Disk.SectorShift);
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

    /// <summary>The block device of a number: that of a disk of the machine, or one that was added; null when there is none.</summary>
    public static block_device* blkdev_get_no(int disk)
    {
        if (disk < nr_bdevs)
            return &bdevs[disk];

        mutex_lock(added_lock);
        block_device* bdev = *added;
        while (bdev != null && bdev->disk != disk)
            bdev = bdev->next;
        mutex_unlock(added_lock);
        return bdev;
    }

    /// <summary>A device without a disk gets the first number that is free.</summary>
    [KernelSource("block/genhd.c", "device_add_disk", Parity.Reduced, "no partitions, and nothing to be seen in /sys")]
    public static void device_add_disk(block_device* bdev)
    {
        mutex_lock(added_lock);
        bdev->disk = nr_bdevs;
        block_device** link = added;
        for (; *link != null && (*link)->disk == bdev->disk; link = &(*link)->next)
            bdev->disk++;
        bdev->next = *link;
        *link = bdev;
        mutex_unlock(added_lock);
    }

    [KernelSource("block/genhd.c", "del_gendisk", Parity.Reduced, "as device_add_disk")]
    public static void del_gendisk(block_device* bdev)
    {
        mutex_lock(added_lock);
        block_device** link = added;
        while (*link != bdev)
            link = &(*link)->next;
        *link = bdev->next;
        mutex_unlock(added_lock);
    }

    /// <summary>When the machine is switched off: devices that were not mounted go.</summary>
    internal static void release_added()
    {
        while (*added != null)
            (*added)->release(*added);
    }

    public static sector_t bdev_nr_sectors(block_device* bdev) => bdev->bd_nr_sectors;

    public static bool bdev_nonrot(block_device* bdev) => bdev->nonrot;

    public static bool bdev_synchronous(block_device* bdev) => bdev->synchronous;

    public static bool bdev_stable_writes(block_device* bdev) => bdev->stable_writes;

    public static uint bdev_max_discard_sectors(block_device* bdev) => 0;

    /// <summary>No disk of the machine takes discards: -EOPNOTSUPP.</summary>
    public static int blkdev_issue_discard(block_device* bdev, sector_t sector, sector_t nr_sects, gfp_t gfp) => -EOPNOTSUPP;

    private const int BLK_MAX_REQUEST_COUNT = 32;
    private const uint BLK_PLUG_FLUSH_SIZE = 128 * 1024;

    /// <summary>The most that a request has by default, however much the disk would take.</summary>
    private const uint BLK_DEF_MAX_SECTORS_CAP = 4 * 1024 * 1024 >> Disk.SectorShift;

    /// <summary>A virtio disk's ring of 256 descriptors, less the request's header and status.</summary>
    private const ushort VIRTBLK_SEG_MAX = 254;

    [KernelSource("block/blk-core.c", "blk_start_plug", Parity.Reduced, "no requests are cached, no callbacks")]
    public static void blk_start_plug(blk_plug* plug)
    {
        // Who is plugged already stays so: the outermost flushes.
        if (current->plug != null)
            return;

        *plug = default;
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
        bio* rq = plug->first;
        plug->first = plug->last = null;
        plug->rq_count = 0;

        while (rq != null)
        {
            bio* next = rq->rq_next;
            send(rq);
            rq = next;
        }
    }

    [KernelSource("block/blk-merge.c", "ll_back_merge_fn", Parity.Reduced, "a segment for each piece; no gaps, integrity or encryption")]
    private static bool ll_back_merge_fn(bio* rq, bio* bio)
    {
        queue_limits* limits = &rq->bi_bdev->limits;

        return (rq->rq_bytes + bio->bi_iter.bi_size) >> Disk.SectorShift <= limits->max_sectors &&
            rq->rq_segments + bio->rq_segments <= limits->max_segments;
    }

    [KernelSource("block/blk-merge.c", "blk_attempt_bio_merge", Parity.Reduced, "no merging in front, no discards")]
    private static bool blk_attempt_bio_merge(bio* rq, bio* bio)
    {
        if (bio_op(rq) != bio_op(bio) ||
            rq->bi_iter.bi_sector + (rq->rq_bytes >> Disk.SectorShift) != bio->bi_iter.bi_sector ||
            !ll_back_merge_fn(rq, bio))
            return false;

        rq->rq_biotail->bi_next = bio;
        rq->rq_biotail = bio;
        rq->rq_bytes += bio->bi_iter.bi_size;
        rq->rq_segments += bio->rq_segments;
        return true;
    }

    // The last request of the same disk, and no older one.
    [KernelSource("block/blk-merge.c", "blk_attempt_plug_merge", Parity.Full)]
    private static bool blk_attempt_plug_merge(bio* bio)
    {
        blk_plug* plug = current->plug;

        if (plug == null || plug->first == null)
            return false;

        if (plug->last->bi_bdev == bio->bi_bdev)
            return blk_attempt_bio_merge(plug->last, bio);
        if (!plug->multiple_queues)
            return false;

        for (bio* rq = plug->first; rq != null; rq = rq->rq_next)
        {
            if (rq->bi_bdev == bio->bi_bdev)
                return blk_attempt_bio_merge(rq, bio);
        }
        return false;
    }

    [KernelSource("block/blk-mq.c", "blk_add_rq_to_plug", Parity.Reduced, "no elevator")]
    private static void blk_add_rq_to_plug(blk_plug* plug, bio* rq)
    {
        int max_rq_count = plug->multiple_queues ? BLK_MAX_REQUEST_COUNT * 2 : BLK_MAX_REQUEST_COUNT;

        if (plug->rq_count != 0 &&
            (plug->rq_count >= max_rq_count || plug->first->rq_bytes >= BLK_PLUG_FLUSH_SIZE))
            blk_flush_plug(plug, false);

        if (plug->first == null)
            plug->first = rq;
        else
        {
            plug->multiple_queues |= plug->first->bi_bdev != rq->bi_bdev;
            plug->last->rq_next = rq;
        }
        plug->last = rq;
        plug->rq_count++;
    }

    /// <summary>Hands a bio to its disk. It ends in an interrupt, even when the disk is infinitely fast.</summary>
    public static void submit_bio(bio* bio)
    {
        if (bio_op(bio) == REQ_OP_READ)
            count_vm_events(PGPGIN, bio->bi_iter.bi_size >> 9);
        else
            count_vm_events(PGPGOUT, bio->bi_iter.bi_size >> 9);

        // A large one goes as several requests.
        uint bytes;
        while ((bytes = bio_split_rw_at(bio)) < bio->bi_iter.bi_size)
        {
            bio* split = bio_split(bio, bytes);
            split->rq_segments = bio->rq_segments;
            blk_mq_submit_bio(split);
        }

        blk_mq_submit_bio(bio);
    }

    // How much of it one request can have, and in how many segments.
    [KernelSource("block/blk-merge.c", "bio_split_rw_at", Parity.Reduced, "a segment for each piece; no gaps")]
    private static uint bio_split_rw_at(bio* bio)
    {
        queue_limits* limits = &bio->bi_bdev->limits;
        bvec_iter iter = bio->bi_iter;
        uint max_bytes = limits->max_sectors << Disk.SectorShift;
        uint bytes = 0;
        ushort nsegs = 0;

        while (iter.bi_size != 0 && nsegs < limits->max_segments && bytes < max_bytes)
        {
            uint len = Math.Min(bio_iter_len(bio, &iter), max_bytes - bytes);
            bytes += len;
            nsegs++;
            bio_advance_iter(bio, &iter, len);
        }

        bio->rq_segments = nsegs;
        return bytes;
    }

    [KernelSource("block/blk-mq.c", "blk_mq_submit_bio", Parity.Reduced, "no elevator, tags or zones; split before")]
    private static void blk_mq_submit_bio(bio* bio)
    {
        linux_ktime_h.spend_ns(linux_ktime_h.COST_BIO);

        bio->bi_next = bio->rq_next = null;
        if (blk_attempt_plug_merge(bio))
            return;

        bio->rq_biotail = bio;
        bio->rq_bytes = bio->bi_iter.bi_size;
        if (current->plug != null)
            blk_add_rq_to_plug(current->plug, bio);
        else
            send(bio);
    }

    // A request goes to its disk.
    private static void send(bio* rq)
    {
        block_device* bdev = rq->bi_bdev;

        linux_ktime_h.spend_ns(linux_ktime_h.COST_REQUEST);
        if (bdev->queue_rq != null)
        {
            bdev->queue_rq(rq);
            return;
        }

        Disk disk = disks[bdev->disk];
        spin_lock_irqsave(&bdev->@lock, out IrqFlags flags);
        ulong done_at = (ulong)disk.Schedule((int)rq->rq_bytes, ktime_get());
        for (bio* bio = rq; bio != null; bio = bio->bi_next)
            bio->bi_done_at = done_at;

        // Requests on different channels may overtake each other: by the end, the older first.
        bio** link = &bdev->queue;
        while (*link != null && (*link)->bi_done_at <= done_at)
            link = &(*link)->bi_next;
        rq->rq_biotail->bi_next = *link;
        *link = rq;
        if (bdev->queue == rq)
            hrtimer_start(&bdev->completion_timer, (ktime_t)done_at, HRTIMER_MODE_ABS);
        spin_unlock_irqrestore(&bdev->@lock, flags);
    }

    // The disk's interrupt: what is done by now ends, in order.
    private static int complete_due(hrtimer* timer)
    {
        block_device* bdev = container_of<block_device>(timer, &((block_device*)nowhere)->completion_timer);

        for (; ; )
        {
            spin_lock_irqsave(&bdev->@lock, out IrqFlags flags);
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
            // A part that was split off it may have failed before.
            blk_status_t status = transfer(bio);
            if (status != BLK_STS_OK)
                bio->bi_status = status;
            bio_endio(bio);
        }
    }

    private static blk_status_t transfer(bio* bio)
    {
        Disk disk = disks[bio->bi_bdev->disk];
        bvec_iter iter = bio->bi_iter;

        while (iter.bi_size != 0)
        {
            byte* data = bio_iter_address(bio, &iter);
            uint len = bio_iter_len(bio, &iter);
            if (disk.Transfer(operation(bio), iter.bi_sector, data, (int)len) != DiskStatus.Ok)
                return BLK_STS_IOERR;
            bio_advance_iter(bio, &iter, len);
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
