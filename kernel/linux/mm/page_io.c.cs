// SPDX-License-Identifier: GPL-2.0-only
// mm/page_io.c: moving folios between memory and swap.
using static Linux.linux_swap_h;
using static Linux.linux_bio_h;
using static Linux.linux_swapops_h;
using static Linux.mm_swap_h;

namespace Linux;

/// <summary>A batch of swap I/O through a file system; no swap area of the machine needs one.</summary>
public struct swap_iocb
{
}

public static unsafe partial class mm_page_io_c
{
    [KernelSource("mm/page_io.c", "__end_swap_bio_write", Parity.Full)]
    private static void __end_swap_bio_write(bio* bio)
    {
        folio* folio = bio_first_folio_all(bio);

        if (bio->bi_status != 0)
        {
            // Dirty again, so that it is not taken for written; reclaim may come back to it later.
            folio_mark_dirty(folio);
            pr_alert($"Write-error on swap-device ({MAJOR(bio_dev(bio))}:{MINOR(bio_dev(bio))}:{bio->bi_iter.bi_sector})");
            folio_clear_reclaim(folio);
        }

        folio_end_writeback(folio);
    }

    [KernelSource("mm/page_io.c", "end_swap_bio_write", Parity.Full)]
    private static void end_swap_bio_write(bio* bio)
    {
        __end_swap_bio_write(bio);
        bio_put(bio);
    }

    [KernelSource("mm/page_io.c", "__end_swap_bio_read", Parity.Full)]
    [Releases("folio.PG_locked")]
    private static void __end_swap_bio_read(bio* bio)
    {
        folio* folio = bio_first_folio_all(bio);

        if (bio->bi_status != 0)
        {
            pr_alert($"Read-error on swap-device ({MAJOR(bio_dev(bio))}:{MINOR(bio_dev(bio))}:{bio->bi_iter.bi_sector})");
        }
        else
        {
            folio_mark_uptodate(folio);
        }

        folio_unlock(folio);
    }

    [KernelSource("mm/page_io.c", "end_swap_bio_read", Parity.Full)]
    [Releases("folio.PG_locked")]
    private static void end_swap_bio_read(bio* bio)
    {
        __end_swap_bio_read(bio);
        bio_put(bio);
    }

    // The last word first: pages that are zero at the front but not behind are common.
    [KernelSource("mm/page_io.c", "is_folio_zero_filled", Parity.Full)]
    private static bool is_folio_zero_filled(folio* folio)
    {
        const uint last_pos = (uint)(PAGE_SIZE / sizeof(ulong)) - 1;

        for (uint i = 0; i < folio_nr_pages(folio); i++)
        {
            ulong* data = (ulong*)kmap_local_folio(folio, i * PAGE_SIZE);
            if (data[last_pos] != 0)
            {
                kunmap_local(data);
                return false;
            }

            if (new ReadOnlySpan<ulong>(data, (int)last_pos).ContainsAnyExcept(0UL))
            {
                kunmap_local(data);
                return false;
            }

            kunmap_local(data);
        }

        return true;
    }

    [KernelSource("mm/page_io.c", "swap_zeromap_folio_set", Parity.Full)]
    private static void swap_zeromap_folio_set(folio* folio)
    {
        obj_cgroup* objcg = get_obj_cgroup_from_folio(folio);
        swap_info_struct* sis = __swap_entry_to_info(folio->swap);
        uint nr_pages = (uint)folio_nr_pages(folio);

        for (uint i = 0; i < nr_pages; i++)
        {
            swp_entry_t entry = page_swap_entry(folio_page(folio, i));
            set_bit((long)swp_offset(entry), sis->zeromap);
        }

        count_vm_events(SWPOUT_ZERO, nr_pages);
        if (objcg != null)
        {
            count_objcg_events(objcg, SWPOUT_ZERO, nr_pages);
            obj_cgroup_put(objcg);
        }
    }

    [KernelSource("mm/page_io.c", "swap_zeromap_folio_clear", Parity.Full)]
    private static void swap_zeromap_folio_clear(folio* folio)
    {
        swap_info_struct* sis = __swap_entry_to_info(folio->swap);

        for (uint i = 0; i < folio_nr_pages(folio); i++)
        {
            swp_entry_t entry = page_swap_entry(folio_page(folio, i));
            clear_bit((long)swp_offset(entry), sis->zeromap);
        }
    }

    /// <summary>Writes a locked, dirty swap-cache folio out; unlocks it unless it says AOP_WRITEPAGE_ACTIVATE.</summary>
    [KernelSource("mm/page_io.c", "swap_writeout", Parity.Full)]
    [TryReleases(Result.OtherThanValue, "folio->PG_locked", Value = AOP_WRITEPAGE_ACTIVATE)]
    public static int swap_writeout(folio* folio, swap_iocb** swap_plug)
    {
        int ret = 0;

        // Nobody needs the slot any more.
        if (folio_free_swap(folio))
            goto out_unlock;

        // A page of zeros costs a bit, no I/O.
        if (is_folio_zero_filled(folio))
        {
            swap_zeromap_folio_set(folio);
            goto out_unlock;
        }

        // A bit left from an earlier write of the same slot would hide these contents.
        swap_zeromap_folio_clear(folio);

        if (zswap_store(folio))
        {
            count_mthp_stat(folio_order(folio), MTHP_STAT_ZSWPOUT);
            goto out_unlock;
        }

        if (!mem_cgroup_zswap_writeback_enabled(folio_memcg(folio)))
        {
            folio_mark_dirty(folio);
            return AOP_WRITEPAGE_ACTIVATE;
        }

        __swap_writepage(folio, swap_plug);
        return 0;
    out_unlock:
        folio_unlock(folio);
        return ret;
    }

    [KernelSource("mm/page_io.c", "count_swpout_vm_event", Parity.Full)]
    private static void count_swpout_vm_event(folio* folio)
    {
        if (folio_test_pmd_mappable(folio))
        {
            count_memcg_folio_events(folio, THP_SWPOUT, 1);
            count_vm_event(THP_SWPOUT);
        }

        count_mthp_stat(folio_order(folio), MTHP_STAT_SWPOUT);
        count_memcg_folio_events(folio, PSWPOUT, (ulong)folio_nr_pages(folio));
        count_vm_events(PSWPOUT, (long)folio_nr_pages(folio));
    }

    // What is written is its owner's I/O, whoever reclaims it.
    [KernelSource("mm/page_io.c", "bio_associate_blkg_from_page", Parity.Full)]
    private static void bio_associate_blkg_from_page(bio* bio, folio* folio)
    {
        mem_cgroup* memcg = folio_memcg(folio);
        if (memcg == null)
            return;

        rcu_read_lock();
        bio_associate_blkg_from_css(bio, cgroup_e_css(memcg->css.cgroup, io_cgrp_subsys));
        rcu_read_unlock();
    }

    [KernelSource("mm/page_io.c", "swap_writepage_bdev_sync", Parity.Full)]
    [Releases("folio->PG_locked")]
    private static void swap_writepage_bdev_sync(folio* folio, swap_info_struct* sis)
    {
        bio_vec bv;
        bio bio;

        bio_init(&bio, sis->bdev, &bv, 1, REQ_OP_WRITE | REQ_SWAP);
        bio.bi_iter.bi_sector = swap_folio_sector(folio);
        bio_add_folio_nofail(&bio, folio, folio_size(folio), 0);

        bio_associate_blkg_from_page(&bio, folio);
        count_swpout_vm_event(folio);

        folio_start_writeback(folio);
        folio_unlock(folio);

        submit_bio_wait(&bio);
        __end_swap_bio_write(&bio);
    }

    [KernelSource("mm/page_io.c", "swap_writepage_bdev_async", Parity.Full)]
    [Releases("folio->PG_locked")]
    private static void swap_writepage_bdev_async(folio* folio, swap_info_struct* sis)
    {
        bio* bio = bio_alloc(sis->bdev, 1, REQ_OP_WRITE | REQ_SWAP, GFP_NOIO);
        bio->bi_iter.bi_sector = swap_folio_sector(folio);
        bio->bi_end_io = &end_swap_bio_write;
        bio_add_folio_nofail(bio, folio, folio_size(folio), 0);

        bio_associate_blkg_from_page(bio, folio);
        count_swpout_vm_event(folio);
        folio_start_writeback(folio);
        folio_unlock(folio);
        submit_bio(bio);
    }

    [KernelSource("mm/page_io.c", "__swap_writepage", Parity.Reduced, "no swap area goes through a file system")]
    [Releases("folio->PG_locked")]
    public static void __swap_writepage(folio* folio, swap_iocb** swap_plug)
    {
        swap_info_struct* sis = __swap_entry_to_info(folio->swap);

        VM_BUG_ON_FOLIO(!folio_test_swapcache(folio), folio);

        if ((sis->flags & SWP_SYNCHRONOUS_IO) != 0)
            swap_writepage_bdev_sync(folio, sis);
        else
            swap_writepage_bdev_async(folio, sis);
    }

    [KernelSource("mm/page_io.c", "swap_write_unplug", Parity.Reduced, "no swap area goes through a file system, whose writes alone are collected: there are none to send")]
    public static void swap_write_unplug(swap_iocb* sio) => BUG();

    [KernelSource("mm/page_io.c", "swap_read_folio_zeromap", Parity.Full)]
    private static bool swap_read_folio_zeromap(folio* folio)
    {
        int nr_pages = (int)folio_nr_pages(folio);
        bool is_zeromap;

        // Entries of one folio agree; if not, the folio stays without contents and its user gets SIGBUS.
        if (WARN_ON_ONCE(swap_zeromap_batch(folio->swap, nr_pages, &is_zeromap) != nr_pages))
            return true;

        if (!is_zeromap)
            return false;

        obj_cgroup* objcg = get_obj_cgroup_from_folio(folio);
        count_vm_events(SWPIN_ZERO, nr_pages);
        if (objcg != null)
        {
            count_objcg_events(objcg, SWPIN_ZERO, (ulong)nr_pages);
            obj_cgroup_put(objcg);
        }

        folio_zero_range(folio, 0, folio_size(folio));
        folio_mark_uptodate(folio);
        return true;
    }

    [KernelSource("mm/page_io.c", "swap_read_folio_bdev_sync", Parity.Full)]
    [Releases("folio->PG_locked"), MightSleep]
    private static void swap_read_folio_bdev_sync(folio* folio, swap_info_struct* sis)
    {
        bio_vec bv;
        bio bio;

        bio_init(&bio, sis->bdev, &bv, 1, REQ_OP_READ);
        bio.bi_iter.bi_sector = swap_folio_sector(folio);
        bio_add_folio_nofail(&bio, folio, folio_size(folio), 0);

        // The task may be killed meanwhile, but must not go.
        get_task_struct(current);
        count_mthp_stat(folio_order(folio), MTHP_STAT_SWPIN);
        count_memcg_folio_events(folio, PSWPIN, (ulong)folio_nr_pages(folio));
        count_vm_events(PSWPIN, (long)folio_nr_pages(folio));
        submit_bio_wait(&bio);
        __end_swap_bio_read(&bio);
        put_task_struct(current);
    }

    [KernelSource("mm/page_io.c", "swap_read_folio_bdev_async", Parity.Full)]
    [Releases("folio->PG_locked", Later = true), MightSleep]
    private static void swap_read_folio_bdev_async(folio* folio, swap_info_struct* sis)
    {
        bio* bio = bio_alloc(sis->bdev, 1, REQ_OP_READ, GFP_KERNEL);
        bio->bi_iter.bi_sector = swap_folio_sector(folio);
        bio->bi_end_io = &end_swap_bio_read;
        bio_add_folio_nofail(bio, folio, folio_size(folio), 0);
        count_mthp_stat(folio_order(folio), MTHP_STAT_SWPIN);
        count_memcg_folio_events(folio, PSWPIN, (ulong)folio_nr_pages(folio));
        count_vm_events(PSWPIN, (long)folio_nr_pages(folio));
        submit_bio(bio);
    }

    /// <summary>Begins to read a locked folio; it is unlocked when done, and uptodate unless the read failed.</summary>
    [KernelSource("mm/page_io.c", "swap_read_folio", Parity.Reduced, "no swap area goes through a file system; no delay accounting")]
    [Releases("folio->PG_locked", Later = true), MightSleep]
    public static void swap_read_folio(folio* folio, swap_iocb** plug)
    {
        swap_info_struct* sis = __swap_entry_to_info(folio->swap);
        bool synchronous = (sis->flags & SWP_SYNCHRONOUS_IO) != 0;
        bool workingset = folio_test_workingset(folio);
        ulong pflags;

        VM_BUG_ON_FOLIO(!folio_test_swapcache(folio) && !synchronous, folio);
        VM_BUG_ON_FOLIO(!folio_test_locked(folio), folio);
        VM_BUG_ON_FOLIO(folio_test_uptodate(folio), folio);

        // A working-set page that has to be read again is a stall of memory. Submission may block, so it counts.
        if (workingset)
            psi_memstall_enter(&pflags);

        if (swap_read_folio_zeromap(folio))
        {
            folio_unlock(folio);
            goto finish;
        }

        if (zswap_load(folio) != -ENOENT)
            goto finish;

        // A read from the disk says that the compressed pool is too small.
        zswap_folio_swapin(folio);

        if (synchronous)
            swap_read_folio_bdev_sync(folio, sis);
        else
            swap_read_folio_bdev_async(folio, sis);

    finish:
        if (workingset)
            psi_memstall_leave(&pflags);
    }

    [KernelSource("mm/page_io.c", "__swap_read_unplug", Parity.Reduced, "no swap area goes through a file system, whose reads alone are collected: there are none to send")]
    public static void __swap_read_unplug(swap_iocb* sio) => BUG();
}
