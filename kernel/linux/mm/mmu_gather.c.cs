// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_gfp_types_h;
using static Linux.linux_mm_h;
using static Linux.linux_mm_types_h;
using static Linux.linux_mm_inline_h;
using static Linux.linux_rmap_h;
using static Linux.asm_tlb_h;

namespace Linux;

public static unsafe partial class mm_mmu_gather_c
{
    // One go of freeing; between two the CPU may be given up.
    private const uint MAX_NR_FOLIOS_PER_FREE = 512;

    [KernelSource("mm/mmu_gather.c", "tlb_next_batch", Parity.Full)]
    private static bool tlb_next_batch(mmu_gather* tlb)
    {
        // Delayed rmap removals wait for a flush, and only one batch beside local is looked at then.
        if (tlb->delayed_rmap && tlb->active != &tlb->local)
            return false;

        mmu_gather_batch* batch = tlb->active;
        if (batch->next != null)
        {
            tlb->active = batch->next;
            return true;
        }

        if (tlb->batch_count == MAX_GATHER_BATCH_COUNT)
            return false;

        batch = (mmu_gather_batch*)__get_free_page(GFP_NOWAIT);
        if (batch == null)
            return false;

        tlb->batch_count++;
        batch->next = null;
        batch->nr = 0;
        batch->max = MAX_GATHER_BATCH;

        tlb->active->next = batch;
        tlb->active = batch;

        return true;
    }

    [KernelSource("mm/mmu_gather.c", "tlb_flush_rmap_batch", Parity.Full)]
    [RequiresPreemptOff]
    private static void tlb_flush_rmap_batch(mmu_gather_batch* batch, vm_area_struct* vma)
    {
        encoded_page** pages = mmu_gather_batch.encoded_pages(batch);

        for (uint i = 0; i < batch->nr; i++)
        {
            encoded_page* enc = pages[i];

            if ((encoded_page_flags(enc) & ENCODED_PAGE_BIT_DELAY_RMAP) != 0)
            {
                page* page = encoded_page_ptr(enc);
                uint nr_pages = 1;

                if ((encoded_page_flags(enc) & ENCODED_PAGE_BIT_NR_PAGES_NEXT) != 0)
                    nr_pages = (uint)encoded_nr_pages(pages[++i]);

                folio_remove_rmap_ptes(page_folio(page), page, (int)nr_pages, vma);
            }
        }
    }

    [KernelSource("mm/mmu_gather.c", "tlb_flush_rmaps", Parity.Full)]
    [RequiresPreemptOff]
    public static void tlb_flush_rmaps(mmu_gather* tlb, vm_area_struct* vma)
    {
        if (!tlb->delayed_rmap)
            return;

        tlb_flush_rmap_batch(&tlb->local, vma);
        if (tlb->active != &tlb->local)
            tlb_flush_rmap_batch(tlb->active, vma);
        tlb->delayed_rmap = false;
    }

    [KernelSource("mm/mmu_gather.c", "__tlb_batch_free_encoded_pages", Parity.Full)]
    private static void __tlb_batch_free_encoded_pages(mmu_gather_batch* batch)
    {
        encoded_page** pages = mmu_gather_batch.encoded_pages(batch);
        uint nr, nr_pages;

        while (batch->nr != 0)
        {
            if (!page_poisoning_enabled_static() && !want_init_on_free())
            {
                nr = Math.Min(MAX_NR_FOLIOS_PER_FREE, batch->nr);

                // Do not part an entry from its page count.
                if ((encoded_page_flags(pages[nr - 1]) & ENCODED_PAGE_BIT_NR_PAGES_NEXT) != 0)
                    nr++;
            }
            else
            {
                // Clearing takes time by the page, so count pages.
                for (nr = 0, nr_pages = 0; nr < batch->nr && nr_pages < MAX_NR_FOLIOS_PER_FREE; nr++)
                {
                    if ((encoded_page_flags(pages[nr]) & ENCODED_PAGE_BIT_NR_PAGES_NEXT) != 0)
                        nr_pages += (uint)encoded_nr_pages(pages[++nr]);
                    else
                        nr_pages++;
                }
            }

            free_pages_and_swap_cache(pages, (int)nr);
            pages += nr;
            batch->nr -= nr;

            cond_resched();
        }
    }

    [KernelSource("mm/mmu_gather.c", "tlb_batch_pages_flush", Parity.Full)]
    private static void tlb_batch_pages_flush(mmu_gather* tlb)
    {
        for (mmu_gather_batch* batch = &tlb->local; batch != null && batch->nr != 0; batch = batch->next)
            __tlb_batch_free_encoded_pages(batch);
        tlb->active = &tlb->local;
    }

    [KernelSource("mm/mmu_gather.c", "tlb_batch_list_free", Parity.Full)]
    private static void tlb_batch_list_free(mmu_gather* tlb)
    {
        mmu_gather_batch* next;

        for (mmu_gather_batch* batch = tlb->local.next; batch != null; batch = next)
        {
            next = batch->next;
            free_pages((ulong)batch, 0);
        }
        tlb->local.next = null;
    }

    [KernelSource("mm/mmu_gather.c", "__tlb_remove_folio_pages_size", Parity.Full)]
    private static bool __tlb_remove_folio_pages_size(mmu_gather* tlb, page* page, uint nr_pages, bool delay_rmap, int page_size)
    {
        ulong flags = delay_rmap ? ENCODED_PAGE_BIT_DELAY_RMAP : 0;

        VM_BUG_ON(tlb->end == 0);

        mmu_gather_batch* batch = tlb->active;
        encoded_page** pages = mmu_gather_batch.encoded_pages(batch);

        if (nr_pages == 1)
        {
            pages[batch->nr++] = encode_page(page, flags);
        }
        else
        {
            flags |= ENCODED_PAGE_BIT_NR_PAGES_NEXT;
            pages[batch->nr++] = encode_page(page, flags);
            pages[batch->nr++] = encode_nr_pages(nr_pages);
        }
        // The next one may need two places.
        if (batch->nr >= batch->max - 1)
        {
            if (!tlb_next_batch(tlb))
                return true;
            batch = tlb->active;
        }
        VM_BUG_ON_PAGE(batch->nr > batch->max - 1, page);

        return false;
    }

    [KernelSource("mm/mmu_gather.c", "__tlb_remove_folio_pages", Parity.Full)]
    public static bool __tlb_remove_folio_pages(mmu_gather* tlb, page* page, uint nr_pages, bool delay_rmap) =>
        __tlb_remove_folio_pages_size(tlb, page, nr_pages, delay_rmap, (int)PAGE_SIZE);

    [KernelSource("mm/mmu_gather.c", "__tlb_remove_page_size", Parity.Full)]
    public static bool __tlb_remove_page_size(mmu_gather* tlb, page* page, bool delay_rmap, int page_size) =>
        __tlb_remove_folio_pages_size(tlb, page, 1, delay_rmap, page_size);

    [KernelSource("mm/mmu_gather.c", "__tlb_remove_table_free", Parity.Full)]
    private static void __tlb_remove_table_free(mmu_table_batch* batch)
    {
        void** tables = mmu_table_batch.tables(batch);

        for (uint i = 0; i < batch->nr; i++)
            __tlb_remove_table(tables[i]);

        free_page((ulong)batch);
    }

    // Waits until no CPU is inside a lockless walk of page tables.
    [KernelSource("mm/mmu_gather.c", "tlb_remove_table_sync_one", Parity.Stub, "no walk here runs with interrupts off and without RCU")]
    public static void tlb_remove_table_sync_one()
    {
    }

    [KernelSource("mm/mmu_gather.c", "tlb_remove_table_rcu", Parity.Full)]
    private static void tlb_remove_table_rcu(callback_head* head) =>
        __tlb_remove_table_free(container_of<mmu_table_batch>(head, &((mmu_table_batch*)nowhere)->rcu));

    [KernelSource("mm/mmu_gather.c", "tlb_remove_table_free", Parity.Full)]
    private static void tlb_remove_table_free(mmu_table_batch* batch) => call_rcu(&batch->rcu, &tlb_remove_table_rcu);

    [KernelSource("mm/mmu_gather.c", "tlb_table_invalidate", Parity.Full)]
    private static void tlb_table_invalidate(mmu_gather* tlb)
    {
        if (tlb_needs_table_invalidate())
            tlb_flush_mmu_tlbonly(tlb);
    }

    [KernelSource("mm/mmu_gather.c", "__tlb_remove_table_one_rcu", Parity.Full)]
    private static void __tlb_remove_table_one_rcu(callback_head* head) =>
        __tlb_remove_table(container_of<ptdesc>(head, &((ptdesc*)nowhere)->pt_rcu_head));

    [KernelSource("mm/mmu_gather.c", "__tlb_remove_table_one", Parity.Full)]
    private static void __tlb_remove_table_one(void* table) => call_rcu(&((ptdesc*)table)->pt_rcu_head, &__tlb_remove_table_one_rcu);

    [KernelSource("mm/mmu_gather.c", "tlb_remove_table_one", Parity.Full)]
    private static void tlb_remove_table_one(void* table) => __tlb_remove_table_one(table);

    [KernelSource("mm/mmu_gather.c", "tlb_table_flush", Parity.Full)]
    private static void tlb_table_flush(mmu_gather* tlb)
    {
        if (tlb->batch != null)
        {
            tlb_table_invalidate(tlb);
            tlb_remove_table_free(tlb->batch);
            tlb->batch = null;
        }
    }

    [KernelSource("mm/mmu_gather.c", "tlb_remove_table", Parity.Full)]
    public static void tlb_remove_table(mmu_gather* tlb, void* table)
    {
        if (tlb->batch == null)
        {
            tlb->batch = (mmu_table_batch*)__get_free_page(GFP_NOWAIT);
            if (tlb->batch == null)
            {
                tlb_table_invalidate(tlb);
                tlb_remove_table_one(table);
                return;
            }
            tlb->batch->nr = 0;
        }

        mmu_table_batch.tables(tlb->batch)[tlb->batch->nr++] = table;
        if (tlb->batch->nr == MAX_TABLE_BATCH)
            tlb_table_flush(tlb);
    }

    [KernelSource("mm/mmu_gather.c", "tlb_table_init", Parity.Full)]
    private static void tlb_table_init(mmu_gather* tlb) => tlb->batch = null;

    [KernelSource("mm/mmu_gather.c", "tlb_flush_mmu_free", Parity.Full)]
    private static void tlb_flush_mmu_free(mmu_gather* tlb)
    {
        tlb_table_flush(tlb);
        tlb_batch_pages_flush(tlb);
    }

    [KernelSource("mm/mmu_gather.c", "tlb_flush_mmu", Parity.Full)]
    public static void tlb_flush_mmu(mmu_gather* tlb)
    {
        tlb_flush_mmu_tlbonly(tlb);
        tlb_flush_mmu_free(tlb);
    }

    [KernelSource("mm/mmu_gather.c", "__tlb_gather_mmu", Parity.Full)]
    private static void __tlb_gather_mmu(mmu_gather* tlb, mm_struct* mm, bool fullmm)
    {
        tlb->mm = mm;
        tlb->fullmm = fullmm;

        tlb->need_flush_all = false;
        tlb->local.next = null;
        tlb->local.nr = 0;
        tlb->local.max = MMU_GATHER_BUNDLE;
        tlb->active = &tlb->local;
        tlb->batch_count = 0;

        tlb->delayed_rmap = false;
        tlb_table_init(tlb);
        tlb->vma_pfn = false;

        __tlb_reset_range(tlb);
        inc_tlb_flush_pending(tlb->mm);
    }

    [KernelSource("mm/mmu_gather.c", "tlb_gather_mmu", Parity.Full)]
    public static void tlb_gather_mmu(mmu_gather* tlb, mm_struct* mm) => __tlb_gather_mmu(tlb, mm, false);

    // The whole mm goes: nobody else walks it any more.
    [KernelSource("mm/mmu_gather.c", "tlb_gather_mmu_fullmm", Parity.Full)]
    public static void tlb_gather_mmu_fullmm(mmu_gather* tlb, mm_struct* mm) => __tlb_gather_mmu(tlb, mm, true);

    [KernelSource("mm/mmu_gather.c", "tlb_finish_mmu", Parity.Full)]
    public static void tlb_finish_mmu(mmu_gather* tlb)
    {
        // Two unmaps at once may each have seen entries that the other had cleared but not flushed.
        if (mm_tlb_flush_nested(tlb->mm))
        {
            tlb->fullmm = true;
            __tlb_reset_range(tlb);
            tlb->freed_tables = true;
        }

        tlb_flush_mmu(tlb);

        tlb_batch_list_free(tlb);
        dec_tlb_flush_pending(tlb->mm);
    }
}
