// SPDX-License-Identifier: GPL-2.0-only
// Of loop.c, buffered reading and writing: what it does is charged to the group whose I/O it is, though kernel threads do it.
using static Linux.linux_bio_h;
using static Linux.linux_blkdev_h;
using static Linux.linux_fs_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_jiffies_h;
using static Linux.linux_memcontrol_h;
using static Linux.linux_pagemap_h;
using static Linux.linux_rbtree_h;
using static Linux.linux_sched_h;
using static Linux.linux_sched_mm_h;
using static Linux.linux_timer_h;
using static Linux.linux_uio_h;
using static Linux.linux_workqueue_h;

namespace Linux;

public unsafe struct loop_device
{
    [OwnsRef(EmptyWhenFreed = true)] public @file* lo_backing_file;
    public gfp_t old_gfp_mask;
    public int lo_state;
    public spinlock_t lo_work_lock; // guards the lists and the tree, and the tags
    public workqueue_struct* workqueue;
    public work_struct rootcg_work;
    public list_head rootcg_cmd_list;
    public list_head idle_worker_list;
    public rb_root worker_tree;
    public timer_list timer;
    public block_device lo_device;

    // In place of blk-mq's tag set: commands that are free, and requests that wait for one.
    public loop_cmd* tags;
    public list_head free_tags;
    public bio* waiting;
    public bio** waiting_end;
}

public unsafe struct loop_cmd
{
    public list_head list_entry;
    public bio* rq;
    public long ret;
    public kiocb iocb;
    public kvec* bvec;
    public cgroup_subsys_state* blkcg_css;
    [OwnsRef(EmptyWhenFreed = true)] public cgroup_subsys_state* memcg_css;
}

public unsafe struct loop_worker
{
    public rb_node rb_node;
    public work_struct work;
    public list_head cmd_list;
    public list_head idle_list;
    public loop_device* lo;
    [OwnsRef] public cgroup_subsys_state* blkcg_css;
    public ulong last_ran_at;
}

public static unsafe class drivers_block_loop_c
{
    private const string C = "drivers/block/loop.c";

    private const int Lo_unbound = 0;
    private const int Lo_bound = 1;
    private const int Lo_rundown = 2;

    private const uint LOOP_MAJOR = 7;
    private const int LOOP_DEFAULT_HW_Q_DEPTH = 128;
    private const uint LOOP_MAX_HW_SECTORS = 2560;
    private const ushort BLK_MAX_SEGMENTS = 128;
    private static readonly ulong LOOP_IDLE_WORKER_TIMEOUT = 60 * HZ;

    // ---------------------------------------------------------------- requests

    [KernelSource(C, "lo_complete_rq", Parity.Reduced, "what was not read is not tried again")]
    private static void lo_complete_rq(loop_device* lo, loop_cmd* cmd)
    {
        bio* next;
        long left = cmd->ret;

        for (bio* bio = cmd->rq; bio != null; bio = next)
        {
            next = bio->bi_next;
            bio->bi_status = BLK_STS_OK;
            if (cmd->ret < 0)
            {
                bio->bi_status = BLK_STS_IOERR;
            }
            else if (bio_op(bio) == REQ_OP_READ && left < bio->bi_iter.bi_size)
            {
                zero_fill_bio(bio);
                bio->bi_status = BLK_STS_IOERR;
            }

            left -= bio->bi_iter.bi_size;
            bio_endio(bio);
        }

        put_tag(lo, cmd);
    }

    [KernelSource("block/bio.c", "zero_fill_bio", Parity.Full)]
    private static void zero_fill_bio(bio* bio)
    {
        uint len;
        for (bvec_iter iter = bio->bi_iter; iter.bi_size != 0; bio_advance_iter(bio, &iter, len))
        {
            len = bio_iter_len(bio, &iter);
            memset(bio_iter_address(bio, &iter), 0, len);
        }
    }

    [KernelSource(C, "lo_rw_aio", Parity.Reduced, "never direct: it is done when this returns; all memory is mapped, so that kvecs do for bvecs")]
    private static int lo_rw_aio(loop_device* lo, loop_cmd* cmd, loff_t pos, uint rw)
    {
        iov_iter iter;
        @file* file = lo->lo_backing_file;
        ulong nr_bvec = 0;
        uint len;

        for (bio* bio = cmd->rq; bio != null; bio = bio->bi_next)
        {
            for (bvec_iter i = bio->bi_iter; i.bi_size != 0; bio_advance_iter(bio, &i, len), nr_bvec++)
                len = bio_iter_len(bio, &i);
        }

        cmd->bvec = (kvec*)kmalloc(nr_bvec * (ulong)sizeof(kvec), GFP_NOIO);
        if (cmd->bvec == null)
            return -EIO;

        kvec* bvec = cmd->bvec;
        for (bio* bio = cmd->rq; bio != null; bio = bio->bi_next)
        {
            for (bvec_iter i = bio->bi_iter; i.bi_size != 0; bio_advance_iter(bio, &i, len), bvec++)
            {
                len = bio_iter_len(bio, &i);
                bvec->iov_base = bio_iter_address(bio, &i);
                bvec->iov_len = len;
            }
        }

        iov_iter_kvec(&iter, rw, cmd->bvec, nr_bvec, cmd->rq->rq_bytes);

        cmd->iocb = default;
        cmd->iocb.ki_pos = pos;
        cmd->iocb.ki_filp = file;

        if (rw == ITER_SOURCE)
            cmd->ret = file->f_op->write_iter(&cmd->iocb, &iter);
        else
            cmd->ret = file->f_op->read_iter(&cmd->iocb, &iter);

        kfree(cmd->bvec);
        cmd->bvec = null;
        return -EIOCBQUEUED;
    }

    [KernelSource(C, "do_req_filebacked", Parity.Reduced, "there are no flushes, discards and zeroings")]
    private static int do_req_filebacked(loop_device* lo, loop_cmd* cmd)
    {
        loff_t pos = (loff_t)cmd->rq->bi_iter.bi_sector << 9;

        switch (bio_op(cmd->rq))
        {
            case REQ_OP_WRITE:
                return lo_rw_aio(lo, cmd, pos, ITER_SOURCE);
            case REQ_OP_READ:
                return lo_rw_aio(lo, cmd, pos, ITER_DEST);
            default:
                WARN_ON_ONCE(true);
                return -EIO;
        }
    }

    // ---------------------------------------------------------------- workers: one for each group

    [KernelSource(C, "queue_on_root_worker", Parity.Full)]
    private static bool queue_on_root_worker(cgroup_subsys_state* css) => css == null || css == block_blk_cgroup_c.blkcg_root_css;

    [KernelSource(C, "loop_queue_work", Parity.Reduced, "interrupts may be off already: there is no queue between it and who submits")]
    private static void loop_queue_work(loop_device* lo, loop_cmd* cmd)
    {
        rb_node* parent = null;
        loop_worker* worker = null;
        work_struct* work;
        list_head* cmd_list;

        spin_lock_irqsave(&lo->lo_work_lock, out IrqFlags flags);

        if (queue_on_root_worker(cmd->blkcg_css))
            goto queue_work;

        rb_node** node = &lo->worker_tree.rb_node;

        while (*node != null)
        {
            parent = *node;
            loop_worker* cur_worker = container_of<loop_worker>(*node, &((loop_worker*)nowhere)->rb_node);
            if (cur_worker->blkcg_css == cmd->blkcg_css)
            {
                worker = cur_worker;
                break;
            }

            node = (long)cur_worker->blkcg_css < (long)cmd->blkcg_css ? &(*node)->rb_left : &(*node)->rb_right;
        }

        if (worker != null)
            goto queue_work;

        worker = (loop_worker*)kzalloc((ulong)sizeof(loop_worker), GFP_NOWAIT);
        // Without one the root does it, and pays.
        if (worker == null)
        {
            cmd->blkcg_css = null;
            if (cmd->memcg_css != null)
                css_put(cmd->memcg_css);
            cmd->memcg_css = null;
            goto queue_work;
        }

        worker->blkcg_css = cmd->blkcg_css;
        css_get(worker->blkcg_css);
        INIT_WORK(&worker->work, &loop_workfn);
        INIT_LIST_HEAD(&worker->cmd_list);
        INIT_LIST_HEAD(&worker->idle_list);
        worker->lo = lo;
        rb_link_node(&worker->rb_node, parent, node);
        rb_insert_color(&worker->rb_node, &lo->worker_tree);
    queue_work:
        if (worker != null)
        {
            // Not idle any more, so that the timer does not free it.
            if (!list_empty(&worker->idle_list))
                list_del_init(&worker->idle_list);
            work = &worker->work;
            cmd_list = &worker->cmd_list;
        }
        else
        {
            work = &lo->rootcg_work;
            cmd_list = &lo->rootcg_cmd_list;
        }

        list_add_tail(&cmd->list_entry, cmd_list);
        queue_work(lo->workqueue, work);
        spin_unlock_irqrestore(&lo->lo_work_lock, flags);
    }

    [KernelSource(C, "loop_set_timer", Parity.Full)]
    private static void loop_set_timer(loop_device* lo) => timer_reduce(&lo->timer, jiffies + LOOP_IDLE_WORKER_TIMEOUT);

    [KernelSource(C, "loop_free_idle_workers", Parity.Full)]
    private static void loop_free_idle_workers(loop_device* lo, bool delete_all)
    {
        list_head* next;

        spin_lock_irq(&lo->lo_work_lock);
        for (list_head* p = lo->idle_worker_list.next; p != &lo->idle_worker_list; p = next)
        {
            loop_worker* worker = container_of<loop_worker>(p, &((loop_worker*)nowhere)->idle_list);
            next = p->next;
            if (!delete_all && time_is_after_jiffies(worker->last_ran_at + LOOP_IDLE_WORKER_TIMEOUT))
                break;
            list_del(&worker->idle_list);
            rb_erase(&worker->rb_node, &lo->worker_tree);
            css_put(worker->blkcg_css);
            kfree(worker);
        }

        if (!list_empty(&lo->idle_worker_list))
            loop_set_timer(lo);
        spin_unlock_irq(&lo->lo_work_lock);
    }

    [KernelSource(C, "loop_free_idle_workers_timer", Parity.Full)]
    private static void loop_free_idle_workers_timer(timer_list* timer) =>
        loop_free_idle_workers(container_of<loop_device>(timer, &((loop_device*)nowhere)->timer), false);

    // ---------------------------------------------------------------- the device

    [KernelSource(C, "loop_update_limits", Parity.Reduced, "blocks of 512 bytes; no discards")]
    private static void loop_update_limits(loop_device* lo, queue_limits* lim)
    {
        block_device* backing_bdev = lo->lo_backing_file->f_mapping->host->i_sb->s_bdev;

        lim->max_sectors = LOOP_MAX_HW_SECTORS;
        lim->max_segments = BLK_MAX_SEGMENTS;
        lo->lo_device.nonrot = backing_bdev == null || bdev_nonrot(backing_bdev);
    }

    [KernelSource(C, "loop_assign_backing_file", Parity.Reduced, "never direct")]
    [Initializes("lo->lo_backing_file"), ConsumesRef("file")]
    private static void loop_assign_backing_file(loop_device* lo, @file* file)
    {
        lo->lo_backing_file = file;
        lo->old_gfp_mask = mapping_gfp_mask(file->f_mapping);
        // To write to the device is to write to the file: that must not wait for itself.
        mapping_set_gfp_mask(file->f_mapping, lo->old_gfp_mask & ~(__GFP_IO | __GFP_FS));
    }

    [KernelSource(C, "loop_add", Parity.Reduced, "one for each file, when it is wanted")]
    private static loop_device* loop_add()
    {
        loop_device* lo = (loop_device*)kzalloc((ulong)sizeof(loop_device), GFP_KERNEL);
        if (lo == null)
            return null;
        lo->tags = (loop_cmd*)kcalloc(LOOP_DEFAULT_HW_Q_DEPTH, (ulong)sizeof(loop_cmd), GFP_KERNEL);
        lo->workqueue = lo->tags != null ? alloc_workqueue("loop"u8, WQ_UNBOUND | WQ_FREEZABLE, 0) : null;
        if (lo->workqueue == null)
        {
            kfree(lo->tags);
            kfree(lo);
            return null;
        }

        lo->worker_tree = default;
        INIT_LIST_HEAD(&lo->idle_worker_list);
        timer_setup(&lo->timer, &loop_free_idle_workers_timer, TIMER_DEFERRABLE);
        lo->lo_state = Lo_unbound;
        spin_lock_init(&lo->lo_work_lock);
        INIT_WORK(&lo->rootcg_work, &loop_rootcg_workfn);
        INIT_LIST_HEAD(&lo->rootcg_cmd_list);
        INIT_LIST_HEAD(&lo->free_tags);
        for (int i = 0; i < LOOP_DEFAULT_HW_Q_DEPTH; i++)
            list_add_tail(&lo->tags[i].list_entry, &lo->free_tags);
        lo->waiting_end = &lo->waiting;
        spin_lock_init(&lo->lo_device.@lock);
        return lo;
    }

    [KernelSource(C, "lo_free_disk", Parity.Reduced, "no lo_mutex: who mounts sets a device up, and its last user takes it down; the commands go with it, which are blk-mq's in Linux")]
    private static void lo_free_disk(loop_device* lo)
    {
        destroy_workqueue(lo->workqueue);
        loop_free_idle_workers(lo, true);
        timer_shutdown_sync(&lo->timer);
        kfree(lo->tags);
        kfree(lo);
    }

    /// <summary>LOOP_CONFIGURE: a device whose blocks are an open file's; its number, or an error.</summary>
    [KernelSource(C, "loop_configure", Parity.Reduced, "the whole of a regular file, for reading and writing")]
    public static long loop_configure(int fd)
    {
        @file* file = fget(fd);
        if (file == null)
            return -EBADF;

        inode* inode = file->f_mapping->host;
        long error = -EINVAL;
        if (!S_ISREG(inode->i_mode) || (file->f_mode & FMODE_WRITE) == 0 || file->f_op->write_iter == null)
            goto out_putf;

        error = -ENOMEM;
        loop_device* lo = loop_add();
        if (lo == null)
            goto out_putf;

        block_device* bdev = &lo->lo_device;
        bdev->queue_rq = &loop_queue_rq;
        bdev->release = &lo_release;
        loop_assign_backing_file(lo, file);
        loop_update_limits(lo, &bdev->limits);

        fs_sync_c.vfs_fsync(file, 0);

        bdev->bd_nr_sectors = (sector_t)i_size_read(inode) >> 9;
        device_add_disk(bdev);
        bdev->bd_dev = (LOOP_MAJOR << 20) | (uint)bdev->disk;
        lo->lo_state = Lo_bound;
        error = block_bdev_c.bdev_add(bdev);
        if (error == 0)
            return bdev->disk;

        del_gendisk(bdev);
        mapping_set_gfp_mask(file->f_mapping, lo->old_gfp_mask);
        lo_free_disk(lo);
    out_putf:
        fput(file);
        return error;
    }

    [KernelSource(C, "__loop_clr_fd", Parity.Reduced, "the device goes with its file")]
    private static void __loop_clr_fd(loop_device* lo)
    {
        @file* filp = lo->lo_backing_file;

        // What is cached of the device is written to the file first.
        block_bdev_c.bdev_remove(&lo->lo_device);
        del_gendisk(&lo->lo_device);
        lo->lo_state = Lo_rundown;
        lo->lo_backing_file = null;
        mapping_set_gfp_mask(filp->f_mapping, lo->old_gfp_mask);
        lo_free_disk(lo);
        fput_close_sync(filp);
    }

    [KernelSource(C, "lo_release", Parity.Reduced, "always LO_FLAGS_AUTOCLEAR: what is not mounted any more goes")]
    private static void lo_release(block_device* bdev) =>
        __loop_clr_fd(container_of<loop_device>(bdev, &((loop_device*)nowhere)->lo_device));

    [KernelSource("block/blk-mq.c", "blk_mq_get_tag", Parity.Reduced, "who finds none free leaves the request")]
    private static loop_cmd* get_tag(loop_device* lo, bio* rq)
    {
        loop_cmd* cmd = null;

        spin_lock_irqsave(&lo->lo_work_lock, out IrqFlags flags);
        if (!list_empty(&lo->free_tags))
        {
            cmd = container_of<loop_cmd>(lo->free_tags.next, &((loop_cmd*)nowhere)->list_entry);
            list_del(&cmd->list_entry);
            cmd->rq = rq;
        }
        else
        {
            rq->rq_next = null;
            *lo->waiting_end = rq;
            lo->waiting_end = &rq->rq_next;
        }

        spin_unlock_irqrestore(&lo->lo_work_lock, flags);
        return cmd;
    }

    [KernelSource("block/blk-mq.c", "blk_mq_put_tag", Parity.Reduced, "as blk_mq_get_tag")]
    private static void put_tag(loop_device* lo, loop_cmd* cmd)
    {
        spin_lock_irqsave(&lo->lo_work_lock, out IrqFlags flags);
        bio* rq = lo->waiting;
        if (rq == null)
        {
            list_add(&cmd->list_entry, &lo->free_tags);
        }
        else
        {
            lo->waiting = rq->rq_next;
            if (lo->waiting == null)
                lo->waiting_end = &lo->waiting;
            cmd->rq = rq;
        }

        spin_unlock_irqrestore(&lo->lo_work_lock, flags);
        if (rq != null)
            start(lo, cmd);
    }

    [KernelSource(C, "loop_queue_rq", Parity.Reduced, "never direct, and no flushes, discards and zeroings; start() is its second half, for requests that had to wait for a command")]
    private static void loop_queue_rq(bio* rq)
    {
        loop_device* lo = container_of<loop_device>(rq->bi_bdev, &((loop_device*)nowhere)->lo_device);

        loop_cmd* cmd = get_tag(lo, rq);
        if (cmd != null)
            start(lo, cmd);
    }

    [Initializes("cmd")]
    private static void start(loop_device* lo, loop_cmd* cmd)
    {
        cmd->blkcg_css = null;
        cmd->memcg_css = null;

        if (lo->lo_state != Lo_bound)
        {
            cmd->ret = -EIO;
            lo_complete_rq(lo, cmd);
            return;
        }

        // Always that of the first bio.
        cmd->blkcg_css = block_blk_cgroup_c.bio_blkcg_css(cmd->rq);
        if (cmd->blkcg_css != null)
            cmd->memcg_css = kernel_cgroup_cgroup_c.cgroup_get_e_css(cmd->blkcg_css->cgroup, mm_memcontrol_c.memory_cgrp_subsys);

        loop_queue_work(lo, cmd);
    }

    [KernelSource(C, "loop_handle_cmd", Parity.Reduced, "no device is read-only")]
    [PutsRef("cmd->memcg_css")]
    private static void loop_handle_cmd(loop_device* lo, loop_cmd* cmd)
    {
        cgroup_subsys_state* cmd_blkcg_css = cmd->blkcg_css;
        cgroup_subsys_state* cmd_memcg_css = cmd->memcg_css;
        mem_cgroup* old_memcg = null;

        if (cmd_blkcg_css != null)
            kernel_kthread_c.kthread_associate_blkcg(cmd_blkcg_css);
        if (cmd_memcg_css != null)
            old_memcg = set_active_memcg(mem_cgroup_from_css(cmd_memcg_css));

        int ret = do_req_filebacked(lo, cmd);

        if (cmd_blkcg_css != null)
            kernel_kthread_c.kthread_associate_blkcg(null);

        if (cmd_memcg_css != null)
        {
            set_active_memcg(old_memcg);
            css_put(cmd_memcg_css);
        }

        if (ret != -EIOCBQUEUED)
            cmd->ret = ret != 0 ? -EIO : 0;
        lo_complete_rq(lo, cmd);
    }

    [KernelSource(C, "loop_process_work", Parity.Full)]
    private static void loop_process_work(loop_worker* worker, list_head* cmd_list, loop_device* lo)
    {
        uint orig_flags = current->flags;

        current->flags |= PF_LOCAL_THROTTLE | PF_MEMALLOC_NOIO;
        spin_lock_irq(&lo->lo_work_lock);
        while (!list_empty(cmd_list))
        {
            loop_cmd* cmd = container_of<loop_cmd>(cmd_list->next, &((loop_cmd*)nowhere)->list_entry);
            list_del(cmd_list->next);
            spin_unlock_irq(&lo->lo_work_lock);

            loop_handle_cmd(lo, cmd);
            cond_resched();

            spin_lock_irq(&lo->lo_work_lock);
        }

        // Idle is who has nothing to do and will not run again: it may be freed.
        if (worker != null && !work_pending(&worker->work))
        {
            worker->last_ran_at = jiffies;
            list_add_tail(&worker->idle_list, &lo->idle_worker_list);
            loop_set_timer(lo);
        }

        spin_unlock_irq(&lo->lo_work_lock);
        current->flags = orig_flags;
    }

    [KernelSource(C, "loop_workfn", Parity.Full)]
    private static void loop_workfn(work_struct* work)
    {
        loop_worker* worker = container_of<loop_worker>(work, &((loop_worker*)nowhere)->work);

        loop_process_work(worker, &worker->cmd_list, worker->lo);
    }

    [KernelSource(C, "loop_rootcg_workfn", Parity.Full)]
    private static void loop_rootcg_workfn(work_struct* work)
    {
        loop_device* lo = container_of<loop_device>(work, &((loop_device*)nowhere)->rootcg_work);

        loop_process_work(null, &lo->rootcg_cmd_list, lo);
    }
}
