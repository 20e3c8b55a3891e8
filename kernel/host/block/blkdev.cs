// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Native;

namespace Linux;

/// <summary>I/O that a task holds back for a moment; disks of the machine take every bio at once, so it holds nothing.</summary>
public struct blk_plug
{
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

    public static void blk_start_plug(blk_plug* plug)
    {
    }

    public static void blk_finish_plug(blk_plug* plug)
    {
    }

    /// <summary>Hands a bio to its disk. It ends in an interrupt, even when the disk is infinitely fast.</summary>
    public static void submit_bio(bio* bio)
    {
        block_device* bdev = bio->bi_bdev;
        Disk disk = disks[bdev->disk];

        // Most of it is the notification of a disk that a hypervisor serves.
        linux_ktime_h.spend_ns(linux_ktime_h.COST_BIO);
        if (bio_op(bio) == REQ_OP_READ)
            count_vm_events(PGPGIN, bio->bi_iter.bi_size >> 9);
        else
            count_vm_events(PGPGOUT, bio->bi_iter.bi_size >> 9);

        // Setting a request up takes a CPU some time: enough for those before it to get on.
        linux_ktime_h.spend_ns(linux_ktime_h.COST_IO_SUBMIT);
        spin_lock_irqsave(&bdev->@lock, out ulong flags);
        bio->bi_done_at = (ulong)disk.Schedule((int)bio->bi_iter.bi_size, ktime_get());

        // Requests on different channels may overtake each other: by the end, the older first.
        bio** link = &bdev->queue;
        while (*link != null && (*link)->bi_done_at <= bio->bi_done_at)
            link = &(*link)->bi_next;
        bio->bi_next = *link;
        *link = bio;
        if (bdev->queue == bio)
            hrtimer_start(&bdev->completion_timer, (ktime_t)bio->bi_done_at, HRTIMER_MODE_ABS);
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
