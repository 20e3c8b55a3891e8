// SPDX-License-Identifier: GPL-2.0-only
// page-writeback.c, part 4 of 5: setup, and the walk over the dirty folios of a mapping.
using static Linux.linux_fs_h;
using static Linux.linux_pagemap_h;
using static Linux.linux_writeback_h;

namespace Linux;

public static unsafe partial class mm_page_writeback_c
{
    [KernelSource(C, "dirty_writeback_centisecs_handler", Parity.Reduced, "the value comes parsed")]
    public static int dirty_writeback_centisecs_handler(long value)
    {
        uint old_interval = dirty_writeback_interval;

        dirty_writeback_interval = (uint)value;

        // 0 switches periodic writeback off; another one holds from now on.
        if (dirty_writeback_interval != 0 &&
            dirty_writeback_interval != old_interval)
            wakeup_flusher_threads(WB_REASON_PERIODIC);

        return 0;
    }

    [KernelSource(C, "laptop_mode_timer_fn", Parity.Full)]
    public static void laptop_mode_timer_fn(timer_list* t)
    {
        backing_dev_info* backing_dev_info =
            container_of<backing_dev_info>(t, &((backing_dev_info*)nowhere)->laptop_mode_wb_timer);

        wakeup_flusher_threads_bdi(backing_dev_info, WB_REASON_LAPTOP_TIMER);
    }

    /// <summary>All CPUs together may dirty a 32nd over the limit before somebody looks.</summary>
    [KernelSource(C, "writeback_set_ratelimit", Parity.Full)]
    public static void writeback_set_ratelimit()
    {
        wb_domain* dom = global_wb_domain;
        ulong background_thresh;
        ulong dirty_thresh;

        global_dirty_limits(&background_thresh, &dirty_thresh);
        dom->dirty_limit = dirty_thresh;
        ratelimit_pages = (long)(dirty_thresh / (num_online_cpus() * 32));
        if (ratelimit_pages < 16)
            ratelimit_pages = 16;
    }

    [KernelSource(C, "page_writeback_cpu_online", Parity.Full)]
    private static int page_writeback_cpu_online(uint cpu)
    {
        writeback_set_ratelimit();
        return 0;
    }

    /// <summary>The least value of vm.dirty_bytes.</summary>
    public const ulong dirty_bytes_min = 2 * PAGE_SIZE;

    [KernelSource(C, "page_writeback_init", Parity.Reduced, "sysctls are served by kernel/host/sysctl")]
    public static void page_writeback_init()
    {
        BUG_ON(wb_domain_init(global_wb_domain, GFP_KERNEL) != 0);

        cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "mm/writeback:online", &page_writeback_cpu_online, null);
        cpuhp_setup_state(CPUHP_MM_WRITEBACK_DEAD, "mm/writeback:dead", null, &page_writeback_cpu_online);
    }

    /// <summary>Marks what is dirty now, so that who writes it comes to an end while others go on dirtying.</summary>
    [KernelSource(C, "tag_pages_for_writeback", Parity.Full)]
    [Excludes("mapping->i_pages.xa_lock")]
    public static void tag_pages_for_writeback(address_space* mapping, pgoff_t start, pgoff_t end)
    {
        xa_state xas = XA_STATE(&mapping->i_pages, start);
        uint tagged = 0;

        xas_lock_irq(&xas);
        for (void* page = xas_find_marked(&xas, end, PAGECACHE_TAG_DIRTY); page != null; page = xas_next_marked(&xas, end, PAGECACHE_TAG_DIRTY))
        {
            xas_set_mark(&xas, PAGECACHE_TAG_TOWRITE);
            if (++tagged % XA_CHECK_SCHED != 0)
                continue;

            xas_pause(&xas);
            xas_unlock_irq(&xas);
            cond_resched();
            xas_lock_irq(&xas);
        }

        xas_unlock_irq(&xas);
    }

    [KernelSource(C, "folio_prepare_writeback", Parity.Full)]
    [MustHold("folio->PG_locked")]
    private static bool folio_prepare_writeback(address_space* mapping, writeback_control* wbc, folio* folio)
    {
        // Truncated or invalidated meanwhile: even who wants all of it does not want this any more.
        if (unlikely(folio->mapping != mapping))
            return false;

        // Somebody else wrote it.
        if (!folio_test_dirty(folio))
            return false;

        if (folio_test_writeback(folio))
        {
            if (wbc->sync_mode == WB_SYNC_NONE)
                return false;
            folio_wait_writeback(folio);
        }

        BUG_ON(folio_test_writeback(folio));

        if (!folio_clear_dirty_for_io(folio))
            return false;

        return true;
    }

    [KernelSource(C, "wbc_to_tag", Parity.Full)]
    private static xa_mark_t wbc_to_tag(writeback_control* wbc)
    {
        if (wbc->sync_mode == WB_SYNC_ALL || wbc->tagged_writepages)
            return PAGECACHE_TAG_TOWRITE;
        return PAGECACHE_TAG_DIRTY;
    }

    [KernelSource(C, "wbc_end", Parity.Full)]
    private static pgoff_t wbc_end(writeback_control* wbc)
    {
        if (wbc->range_cyclic)
            return ulong.MaxValue;
        return (ulong)wbc->range_end >> PAGE_SHIFT;
    }

    [KernelSource(C, "writeback_get_folio", Parity.Full)]
    [TryAcquires(Result.NonNull, "return->PG_locked")]
    private static folio* writeback_get_folio(address_space* mapping, writeback_control* wbc)
    {
    retry:
        folio* folio = folio_batch_next(&wbc->fbatch);
        if (folio == null)
        {
            folio_batch_release(&wbc->fbatch);
            cond_resched();
            filemap_get_folios_tag(mapping, &wbc->index, wbc_end(wbc), wbc_to_tag(wbc), &wbc->fbatch);
            folio = folio_batch_next(&wbc->fbatch);
            if (folio == null)
                return null;
        }

        folio_lock(folio);
        if (unlikely(!folio_prepare_writeback(mapping, wbc, folio)))
        {
            folio_unlock(folio);
            goto retry;
        }

        return folio;
    }

    /// <summary>
    /// The next folio to be written, locked and clean; null at the end. Called with null at first and then with the last one,
    /// and always until it answers null; error is what became of the last one, and at the end of all.
    /// </summary>
    [KernelSource(C, "writeback_iter", Parity.Full)]
    [TryAcquires(Result.NonNull, "return->PG_locked")]
    public static folio* writeback_iter(address_space* mapping, writeback_control* wbc, folio* folio, int* error)
    {
        if (folio == null)
        {
            folio_batch_init(&wbc->fbatch);
            wbc->saved_err = *error = 0;

            // From where the last one stopped, or from the beginning of the range.
            if (wbc->range_cyclic)
                wbc->index = mapping->writeback_index;
            else
                wbc->index = (ulong)wbc->range_start >> PAGE_SHIFT;

            // What is dirtied from now on is left for the next round. Who clears the dirty mark, to write it, is the only one
            // who may clear this one: nothing gets lost.
            if (wbc->sync_mode == WB_SYNC_ALL || wbc->tagged_writepages)
                tag_pages_for_writeback(mapping, wbc->index, wbc_end(wbc));
        }
        else
        {
            wbc->nr_to_write -= (long)folio_nr_pages(folio);

            WARN_ON_ONCE(*error > 0);

            // For data integrity, all are written in spite of errors, and the first error is reported. In the background, one
            // is enough.
            if (wbc->sync_mode == WB_SYNC_ALL)
            {
                if (*error != 0 && wbc->saved_err == 0)
                    wbc->saved_err = *error;
            }
            else
            {
                if (*error != 0 || wbc->nr_to_write <= 0)
                    goto done;
            }
        }

        folio = writeback_get_folio(mapping, wbc);
        if (folio == null)
        {
            // The next cyclic round starts at the beginning. This one does not: who has folios under writeback and locks one
            // before them would wait for others who do the same.
            if (wbc->range_cyclic)
                mapping->writeback_index = 0;

            *error = wbc->saved_err;
        }

        return folio;

    done:
        if (wbc->range_cyclic)
            mapping->writeback_index = folio_next_index(folio);
        folio_batch_release(&wbc->fbatch);
        return null;
    }

    [KernelSource(C, "do_writepages", Parity.Full)]
    public static int do_writepages(address_space* mapping, writeback_control* wbc)
    {
        int ret;
        bdi_writeback* wb;

        if (wbc->nr_to_write <= 0)
            return 0;
        wb = inode_to_wb_wbc(mapping->host, wbc);
        wb_bandwidth_estimate_start(wb);
        for (; ; )
        {
            if (mapping->a_ops->writepages != null)
                ret = mapping->a_ops->writepages(mapping, wbc);
            else
                ret = 0; // nothing to be written to
            if (ret != -ENOMEM || wbc->sync_mode != WB_SYNC_ALL)
                break;

            // Nothing is known of what memory is waited for: writeback anywhere may free some.
            reclaim_throttle(NODE_DATA(numa_node_id()), VMSCAN_THROTTLE_WRITEBACK);
        }

        // Most of what was submitted just now is not written yet; but where writing never ends, this is where it is measured.
        if (time_is_before_jiffies(READ_ONCE(&wb->bw_time_stamp) + BANDWIDTH_INTERVAL))
            wb_update_bandwidth(wb);
        return ret;
    }
}
