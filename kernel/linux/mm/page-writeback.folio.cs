// SPDX-License-Identifier: GPL-2.0-only
// mm/page-writeback.c, the part that keeps a folio's dirty and writeback flags.
using static Linux.linux_pagemap_h;

namespace Linux;

public static unsafe partial class mm_page_writeback_c
{
    /// <summary>For mappings that are not written back by themselves: the flag alone.</summary>
    [KernelSource("mm/page-writeback.c", "noop_dirty_folio", Parity.Full)]
    public static bool noop_dirty_folio(address_space* mapping, folio* folio)
    {
        if (!folio_test_dirty(folio))
            return !folio_test_set_dirty(folio);
        return false;
    }

    /// <summary>Marks a folio dirty; true when it was clean. The caller keeps it from being truncated.</summary>
    [KernelSource("mm/page-writeback.c", "folio_mark_dirty", Parity.Full)]
    public static bool folio_mark_dirty(folio* folio)
    {
        address_space* mapping = folio_mapping(folio);

        if (mapping != null)
        {
            // The flag doubles as the readahead mark, and a reclaim mark on a page that is in use again
            // would only mislead.
            if (folio_test_reclaim(folio))
                folio_clear_reclaim(folio);
            return mapping->a_ops->dirty_folio(mapping, folio);
        }

        return noop_dirty_folio(mapping, folio);
    }

    [KernelSource("mm/page-writeback.c", "folio_wait_writeback", Parity.Full)]
    public static void folio_wait_writeback(folio* folio)
    {
        while (folio_test_writeback(folio))
            folio_wait_bit(folio, PG_writeback);
    }

    [KernelSource("mm/page-writeback.c", "folio_wait_writeback_killable", Parity.Full)]
    public static int folio_wait_writeback_killable(folio* folio)
    {
        while (folio_test_writeback(folio))
        {
            if (folio_wait_bit_killable(folio, PG_writeback) != 0)
                return -EINTR;
        }

        return 0;
    }

    [KernelSource("mm/page-writeback.c", "folio_wait_stable", Parity.Full)]
    public static void folio_wait_stable(folio* folio)
    {
        if (mapping_stable_writes(folio_mapping(folio)))
            folio_wait_writeback(folio);
    }

    /// <summary>Clears the dirty flag before I/O; true when the folio was dirty and has to be written.</summary>
    [KernelSource("mm/page-writeback.c", "folio_clear_dirty_for_io", Parity.Reduced, "not counted for devices yet")]
    public static bool folio_clear_dirty_for_io(folio* folio)
    {
        address_space* mapping = folio_mapping(folio);
        bool ret = false;

        VM_BUG_ON_FOLIO(!folio_test_locked(folio), folio);

        if (mapping != null && mapping_can_writeback(mapping))
        {
            // Page tables are made clean and read-only first, so that whoever writes now faults and dirties it again.
            // What they had of dirt is taken over: it is cleared with the rest.
            if (folio_mkclean(folio) != 0)
                folio_mark_dirty(folio);

            if (folio_test_clear_dirty(folio))
            {
                long nr = (long)folio_nr_pages(folio);
                lruvec_stat_mod_folio(folio, NR_FILE_DIRTY, (int)-nr);
                zone_stat_mod_folio(folio, NR_ZONE_WRITE_PENDING, -nr);
                ret = true;
            }

            return ret;
        }

        return folio_test_clear_dirty(folio);
    }

    /// <summary>Clears the writeback flag and counts; true when somebody waits for it.</summary>
    [KernelSource("mm/page-writeback.c", "__folio_end_writeback", Parity.Reduced, "not counted for devices yet")]
    public static bool __folio_end_writeback(folio* folio)
    {
        long nr = (long)folio_nr_pages(folio);
        address_space* mapping = folio_mapping(folio);
        bool ret;

        if (mapping != null && mapping_use_writeback_tags(mapping))
        {
            xa_lock_irqsave(&mapping->i_pages, out ulong flags);
            ret = folio_xor_flags_has_waiters(folio, 1UL << PG_writeback);
            __xa_clear_mark(&mapping->i_pages, folio->index, linux_fs_h.PAGECACHE_TAG_WRITEBACK);
            xa_unlock_irqrestore(&mapping->i_pages, flags);
        }
        else
        {
            ret = folio_xor_flags_has_waiters(folio, 1UL << PG_writeback);
        }

        lruvec_stat_mod_folio(folio, NR_WRITEBACK, (int)-nr);
        zone_stat_mod_folio(folio, NR_ZONE_WRITE_PENDING, -nr);
        node_stat_mod_folio(folio, NR_WRITTEN, nr);

        return ret;
    }

    [KernelSource("mm/page-writeback.c", "__folio_start_writeback", Parity.Reduced, "not counted for devices yet")]
    public static void __folio_start_writeback(folio* folio, bool keep_write)
    {
        long nr = (long)folio_nr_pages(folio);
        address_space* mapping = folio_mapping(folio);

        VM_BUG_ON_FOLIO(folio_test_writeback(folio), folio);
        VM_BUG_ON_FOLIO(!folio_test_locked(folio), folio);

        if (mapping != null && mapping_use_writeback_tags(mapping))
        {
            xa_state xas = XA_STATE(&mapping->i_pages, folio->index);

            xas_lock_irqsave(&xas, out ulong flags);
            xas_load(&xas);
            folio_test_set_writeback(folio);

            xas_set_mark(&xas, linux_fs_h.PAGECACHE_TAG_WRITEBACK);
            if (!folio_test_dirty(folio))
                xas_clear_mark(&xas, linux_fs_h.PAGECACHE_TAG_DIRTY);
            if (!keep_write)
                xas_clear_mark(&xas, linux_fs_h.PAGECACHE_TAG_TOWRITE);
            xas_unlock_irqrestore(&xas, flags);
        }
        else
        {
            folio_test_set_writeback(folio);
        }

        lruvec_stat_mod_folio(folio, NR_WRITEBACK, (int)nr);
        zone_stat_mod_folio(folio, NR_ZONE_WRITE_PENDING, nr);
    }

    [KernelSource("mm/page-writeback.c", "page_writeback_init", Parity.Stub, "comes with writeback")]
    public static void page_writeback_init()
    {
    }
}
