// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_bitmap_h;
using static Linux.linux_find_h;
using static Linux.linux_gfp_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_list_h;
using static Linux.linux_memcontrol_h;
using static Linux.linux_mm_h;
using static Linux.linux_slab_h;

namespace Linux;

/// <summary>A chunk: a unit for each possible CPU, side by side in one block of pages.</summary>
internal unsafe struct pcpu_chunk
{
    public list_head list;
    public byte* base_addr;
    public page* pages;
    public int order;
    public int free_bytes;
    public int start_offset;
    public int nr_alloc;
    public int first_bit;
    public int contig_hint; // no run of free bits is longer
    [OwnsRef(EmptyWhenFreed = true)] public obj_cgroup** obj_exts;
    public fixed ulong alloc_map[mm_percpu_c.PCPU_UNIT_BITS / 64];
    public fixed ulong bound_map[mm_percpu_c.PCPU_UNIT_BITS / 64 + 1];
}

/// <summary>
/// mm/percpu.c: allocation of per-CPU memory, and who is charged for it. Units are 64 KiB and a chunk's pages are taken
/// and given back as a whole; the first chunk lies behind the static variables.
/// </summary>
public static unsafe partial class mm_percpu_c
{
    private const int PCPU_MIN_ALLOC_SHIFT = 2;
    private const int PCPU_MIN_ALLOC_SIZE = 1 << PCPU_MIN_ALLOC_SHIFT;
    internal const int PCPU_UNIT_BITS = linux_percpu_h.PERCPU_UNIT >> PCPU_MIN_ALLOC_SHIFT;
    private const int PCPU_MIN_UNIT_SIZE = 32 << 10;

    private static readonly spinlock_t* pcpu_lock = bss<spinlock_t>();
    private static readonly mutex* pcpu_alloc_mutex = bss<mutex>();

    // Chunks by the size of what they can give, in steps of 64 bytes: with thousands of groups the kernel's powers of two
    // would leave long lists of chunks that are just too full. A bit says where there may be one.
    private const int PCPU_SLOT_SHIFT = 6;
    private const int PCPU_NR_SLOTS = (linux_percpu_h.PERCPU_UNIT >> PCPU_SLOT_SHIFT) + 1;
    private static readonly list_head* pcpu_chunk_lists = bss<list_head>(PCPU_NR_SLOTS);
    private static readonly ulong* pcpu_slot_map = bss<ulong>(PCPU_NR_SLOTS / 64 + 1);

    private static readonly pcpu_chunk* pcpu_first_chunk = bss<pcpu_chunk>();
    private static readonly work_struct* pcpu_balance_work = bss<work_struct>();
    private static bool pcpu_ready;
    private static bool pcpu_async_enabled;
    private static bool pcpu_atomic_alloc_failed;
    private static int pcpu_nr_empty;
    private static ulong pcpu_nr_populated;

    [KernelSource("mm/percpu.c", "pcpu_obj_full_size", Parity.Full)]
    private static ulong pcpu_obj_full_size(ulong size)
    {
        // A pointer to the owner for each unit of allocation counts as well.
        ulong extra_size = size / PCPU_MIN_ALLOC_SIZE * (ulong)sizeof(void*);
        return size * num_possible_cpus() + extra_size;
    }

    internal static void reset() => pcpu_ready = false;

    /// <summary>The first chunk: what the static variables leave of the static area.</summary>
    [KernelSource("mm/percpu.c", "pcpu_setup_first_chunk", Parity.Reduced, "one group, no reserved chunk")]
    public static void setup_per_cpu_areas()
    {
        if (pcpu_ready)
            return;
        pcpu_ready = true;
        spin_lock_init(pcpu_lock);
        mutex_init(pcpu_alloc_mutex);
        for (int slot = 0; slot < PCPU_NR_SLOTS; slot++)
            INIT_LIST_HEAD(&pcpu_chunk_lists[slot]);
        linux_workqueue_h.INIT_WORK(pcpu_balance_work, &pcpu_balance_workfn);
        pcpu_init_chunk(pcpu_first_chunk, linux_percpu_h.static_area, linux_percpu_h.STATIC_SIZE);
    }

    /// <summary>Work queues are there: chunks can be made for those who cannot wait.</summary>
    [KernelSource("mm/percpu.c", "percpu_enable_async", Parity.Full)]
    internal static void percpu_enable_async() => pcpu_async_enabled = true;

    private static void pcpu_init_chunk(pcpu_chunk* chunk, byte* @base, int start)
    {
        chunk->base_addr = @base;
        chunk->start_offset = start;
        chunk->free_bytes = linux_percpu_h.PERCPU_UNIT - start;
        chunk->first_bit = start >> PCPU_MIN_ALLOC_SHIFT;
        if (start != 0)
            bitmap_set(chunk->alloc_map, 0, (uint)chunk->first_bit);
        chunk->contig_hint = PCPU_UNIT_BITS - chunk->first_bit;
        pcpu_chunk_add(chunk);
    }

    [KernelSource("mm/percpu.c", "pcpu_chunk_slot", Parity.Reduced, "finer slots; chunks are not isolated, and empty ones have the slot of their size")]
    private static int pcpu_chunk_slot(pcpu_chunk* chunk) => chunk->contig_hint << PCPU_MIN_ALLOC_SHIFT >> PCPU_SLOT_SHIFT;

    private static void pcpu_chunk_add(pcpu_chunk* chunk)
    {
        int slot = pcpu_chunk_slot(chunk);
        list_add(&chunk->list, &pcpu_chunk_lists[slot]);
        pcpu_slot_map[slot >> 6] |= 1UL << (slot & 63);
    }

    [KernelSource("mm/percpu.c", "pcpu_chunk_relocate", Parity.Full)]
    private static void pcpu_chunk_relocate(pcpu_chunk* chunk, int oslot)
    {
        if (oslot != pcpu_chunk_slot(chunk))
        {
            list_del(&chunk->list);
            pcpu_chunk_add(chunk);
        }
    }

    [KernelSource("mm/percpu-km.c", "pcpu_create_chunk", Parity.Full)]
    private static pcpu_chunk* pcpu_create_chunk(gfp_t gfp)
    {
        uint order = (uint)get_order((ulong)linux_percpu_h.PERCPU_UNIT * num_possible_cpus());
        pcpu_chunk* chunk = (pcpu_chunk*)kzalloc((ulong)sizeof(pcpu_chunk), gfp);
        if (chunk == null)
            return null;
        chunk->pages = alloc_pages(gfp, order);
        if (chunk->pages == null)
        {
            kfree(chunk);
            return null;
        }
        chunk->obj_exts = (obj_cgroup**)kvcalloc(PCPU_UNIT_BITS, (ulong)sizeof(void*), gfp);
        if (chunk->obj_exts == null)
        {
            __free_pages(chunk->pages, order);
            kfree(chunk);
            return null;
        }
        chunk->order = (int)order;
        byte* @base = (byte*)page_address(chunk->pages);
        for (int i = 0; i < 1 << (int)order; i++)
            (chunk->pages + i)->@private = (ulong)chunk;
        spin_lock_irq(pcpu_lock);
        pcpu_init_chunk(chunk, @base, 0);
        pcpu_nr_empty++;
        pcpu_nr_populated += 1UL << (int)order;
        spin_unlock_irq(pcpu_lock);
        return chunk;
    }

    [KernelSource("mm/percpu-km.c", "pcpu_destroy_chunk", Parity.Full)]
    private static void pcpu_destroy_chunk(pcpu_chunk* chunk)
    {
        pcpu_nr_populated -= 1UL << chunk->order;
        kvfree(chunk->obj_exts);
        __free_pages(chunk->pages, (uint)chunk->order);
        kfree(chunk);
    }

    [KernelSource("mm/percpu.c", "pcpu_nr_pages", Parity.Full)]
    public static ulong pcpu_nr_pages() => pcpu_nr_populated;

    /// <summary>Finds room in a chunk and takes it; its offset, or -1.</summary>
    private static int pcpu_alloc_area(pcpu_chunk* chunk, int bits, int align_bits)
    {
        int oslot = pcpu_chunk_slot(chunk);

        if (chunk->free_bytes < bits << PCPU_MIN_ALLOC_SHIFT || chunk->contig_hint < bits)
            return -1;
        ulong at = bitmap_find_next_zero_area(chunk->alloc_map, PCPU_UNIT_BITS, (ulong)chunk->first_bit, (uint)bits, (ulong)align_bits - 1);
        if (at >= PCPU_UNIT_BITS)
        {
            // Aligned, it might have fitted a run that is not much longer.
            chunk->contig_hint = Math.Min(chunk->contig_hint, bits + align_bits - 2);
            pcpu_chunk_relocate(chunk, oslot);
            return -1;
        }
        bitmap_set(chunk->alloc_map, (uint)at, (uint)bits);
        set_bound(chunk, (int)at);
        set_bound(chunk, (int)at + bits);
        if ((int)at == chunk->first_bit)
            chunk->first_bit = (int)find_next_zero_bit(chunk->alloc_map, PCPU_UNIT_BITS, at + (ulong)bits);
        chunk->free_bytes -= bits << PCPU_MIN_ALLOC_SHIFT;
        chunk->contig_hint = Math.Min(chunk->contig_hint, chunk->free_bytes >> PCPU_MIN_ALLOC_SHIFT);
        if (chunk->nr_alloc++ == 0 && chunk != pcpu_first_chunk)
            pcpu_nr_empty--;
        pcpu_chunk_relocate(chunk, oslot);
        return (int)at << PCPU_MIN_ALLOC_SHIFT;
    }

    private static void set_bound(pcpu_chunk* chunk, int bit) => chunk->bound_map[bit >> 6] |= 1UL << (bit & 63);

    private static int pcpu_free_area(pcpu_chunk* chunk, int off)
    {
        int bit = off >> PCPU_MIN_ALLOC_SHIFT;
        int end = (int)find_next_bit(chunk->bound_map, PCPU_UNIT_BITS + 1, (ulong)bit + 1);
        int bits = end - bit;
        int oslot = pcpu_chunk_slot(chunk);
        bitmap_clear(chunk->alloc_map, (uint)bit, (uint)bits);
        // A boundary stays where the neighbour is in use.
        chunk->bound_map[bit >> 6] &= ~(1UL << (bit & 63));
        if (bit > 0 && (chunk->alloc_map[(bit - 1) >> 6] & (1UL << ((bit - 1) & 63))) != 0)
            set_bound(chunk, bit);
        if (end == PCPU_UNIT_BITS || (chunk->alloc_map[end >> 6] & (1UL << (end & 63))) == 0)
            chunk->bound_map[end >> 6] &= ~(1UL << (end & 63));
        chunk->first_bit = Math.Min(chunk->first_bit, bit);
        chunk->free_bytes += bits << PCPU_MIN_ALLOC_SHIFT;
        int from = bit, to = (int)find_next_bit(chunk->alloc_map, PCPU_UNIT_BITS, (ulong)end);
        while (from > 0 && (chunk->alloc_map[(from - 1) >> 6] & (1UL << ((from - 1) & 63))) == 0)
            from = (from & 63) == 0 && chunk->alloc_map[(from >> 6) - 1] == 0 ? from - 64 : from - 1;
        chunk->contig_hint = Math.Max(chunk->contig_hint, to - from);
        if (--chunk->nr_alloc == 0 && chunk != pcpu_first_chunk)
            pcpu_nr_empty++;
        pcpu_chunk_relocate(chunk, oslot);
        return bits << PCPU_MIN_ALLOC_SHIFT;
    }

    [KernelSource("mm/percpu.c", "pcpu_chunk_addr_search", Parity.Full)]
    private static pcpu_chunk* pcpu_chunk_addr_search(byte* addr)
    {
        if (addr >= pcpu_first_chunk->base_addr && addr < pcpu_first_chunk->base_addr + linux_percpu_h.PERCPU_UNIT)
            return pcpu_first_chunk;

        return (pcpu_chunk*)virt_to_page(addr)->@private;
    }

    [KernelSource("mm/percpu.c", "pcpu_memcg_pre_alloc_hook", Parity.Full)]
    private static bool pcpu_memcg_pre_alloc_hook(ulong size, gfp_t gfp, obj_cgroup** objcgp)
    {
        if (!memcg_kmem_online() || (gfp & __GFP_ACCOUNT) == 0)
            return true;
        obj_cgroup* objcg = current_obj_cgroup();
        if (objcg == null)
            return true;
        if (obj_cgroup_charge(objcg, gfp, pcpu_obj_full_size(size)) != 0)
            return false;
        *objcgp = objcg;
        return true;
    }

    [KernelSource("mm/percpu.c", "pcpu_memcg_post_alloc_hook", Parity.Full)]
    private static void pcpu_memcg_post_alloc_hook(obj_cgroup* objcg, pcpu_chunk* chunk, int off, ulong size)
    {
        if (objcg == null)
            return;
        if (chunk != null && chunk->obj_exts != null)
        {
            obj_cgroup_get(objcg);
            chunk->obj_exts[off >> PCPU_MIN_ALLOC_SHIFT] = objcg;
            rcu_read_lock();
            mod_memcg_state(obj_cgroup_memcg(objcg), MEMCG_PERCPU_B, (int)pcpu_obj_full_size(size));
            rcu_read_unlock();
        }
        else
            obj_cgroup_uncharge(objcg, pcpu_obj_full_size(size));
    }

    [KernelSource("mm/percpu.c", "pcpu_memcg_free_hook", Parity.Full)]
    private static void pcpu_memcg_free_hook(pcpu_chunk* chunk, int off, ulong size)
    {
        if (chunk->obj_exts == null)
            return;
        obj_cgroup* objcg = chunk->obj_exts[off >> PCPU_MIN_ALLOC_SHIFT];
        if (objcg == null)
            return;
        chunk->obj_exts[off >> PCPU_MIN_ALLOC_SHIFT] = null;
        obj_cgroup_uncharge(objcg, pcpu_obj_full_size(size));
        rcu_read_lock();
        mod_memcg_state(obj_cgroup_memcg(objcg), MEMCG_PERCPU_B, -(int)pcpu_obj_full_size(size));
        rcu_read_unlock();
        obj_cgroup_put(objcg);
    }

    [KernelSource("mm/percpu.c", "pcpu_alloc_noprof", Parity.Reduced, "first fit in a chunk, with one hint; pages are populated with the chunk")]
    internal static PerCpu<byte>* pcpu_alloc(ulong size, ulong align, bool reserved, gfp_t gfp)
    {
        setup_per_cpu_areas();
        obj_cgroup* objcg = null;
        gfp = current == null ? gfp : current_gfp_context(gfp);
        // Only these reach the pages underneath, and never the charge.
        gfp_t pcpu_gfp = gfp & (GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN);
        bool is_atomic = !gfpflags_allow_blocking(gfp);

        if (align < PCPU_MIN_ALLOC_SIZE)
            align = PCPU_MIN_ALLOC_SIZE;
        size = ALIGN(size, (ulong)PCPU_MIN_ALLOC_SIZE);
        int bits = (int)(size >> PCPU_MIN_ALLOC_SHIFT);
        int bit_align = (int)(align >> PCPU_MIN_ALLOC_SHIFT);
        if (size == 0 || size > PCPU_MIN_UNIT_SIZE || align > PAGE_SIZE || (align & (align - 1)) != 0)
        {
            WARN(true, "illegal size or align for percpu allocation");
            return null;
        }
        if (!pcpu_memcg_pre_alloc_hook(size, gfp, &objcg))
            return null;

        if (!is_atomic)
        {
            if ((gfp & __GFP_NOFAIL) != 0)
                mutex_lock(pcpu_alloc_mutex);
            else if (mutex_lock_killable(pcpu_alloc_mutex) != 0)
            {
                pcpu_memcg_post_alloc_hook(objcg, null, 0, size);
                return null;
            }
        }

        pcpu_chunk* chunk;
        int off;
        IrqFlags flags;
        spin_lock_irqsave(pcpu_lock, out flags);
    restart:
        for (ulong slot = (size + (1 << PCPU_SLOT_SHIFT) - 1) >> PCPU_SLOT_SHIFT;
             (slot = find_next_bit(pcpu_slot_map, PCPU_NR_SLOTS, slot)) < PCPU_NR_SLOTS; slot++)
        {
            list_head* head = &pcpu_chunk_lists[slot], n;
            for (list_head* l = head->next; l != head; l = n)
            {
                n = l->next;
                chunk = container_of<pcpu_chunk>(l, &((pcpu_chunk*)nowhere)->list);
                // What lies in the first chunk is charged to nobody; the kernel's boot fills that chunk, ours does not.
                if (objcg != null && chunk == pcpu_first_chunk)
                    continue;
                off = pcpu_alloc_area(chunk, bits, bit_align);
                if (off >= 0)
                    goto area_found;
            }
            if (list_empty(head))
                pcpu_slot_map[slot >> 6] &= ~(1UL << (int)(slot & 63));
        }
        spin_unlock_irqrestore(pcpu_lock, flags);
        if (is_atomic)
            goto fail;
        chunk = pcpu_create_chunk(pcpu_gfp);
        if (chunk == null)
            goto fail;
        spin_lock_irqsave(pcpu_lock, out flags);
        goto restart;

    area_found:
        spin_unlock_irqrestore(pcpu_lock, flags);
        if (!is_atomic)
            mutex_unlock(pcpu_alloc_mutex);
        else if (pcpu_nr_empty < 1)
            pcpu_schedule_balance_work();

        byte* ptr = chunk->base_addr + off;
        foreach (int cpu in for_each_possible_cpu())
            NativeMemory.Clear(ptr + (nint)cpu * linux_percpu_h.PERCPU_UNIT, (nuint)size);
        pcpu_memcg_post_alloc_hook(objcg, chunk, off, size);
        return linux_percpu_h.__addr_to_pcpu_ptr(ptr);

    fail:
        if (is_atomic)
        {
            pcpu_atomic_alloc_failed = true;
            pcpu_schedule_balance_work();
        }
        else
            mutex_unlock(pcpu_alloc_mutex);
        pcpu_memcg_post_alloc_hook(objcg, null, 0, size);
        return null;
    }

    private static void pcpu_schedule_balance_work()
    {
        if (pcpu_async_enabled)
            schedule_work(pcpu_balance_work);
    }

    /// <summary>Keeps one chunk empty for those who cannot wait, and frees what is empty beyond that.</summary>
    [KernelSource("mm/percpu.c", "pcpu_balance_workfn", Parity.Reduced, "whole chunks, as pages are populated with them")]
    private static void pcpu_balance_workfn(work_struct* work)
    {
        mutex_lock(pcpu_alloc_mutex);
        pcpu_free_empty(1);
        if (pcpu_atomic_alloc_failed && pcpu_nr_empty == 0)
            pcpu_create_chunk(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN);
        pcpu_atomic_alloc_failed = false;
        mutex_unlock(pcpu_alloc_mutex);
    }

    /// <summary>Gives every empty chunk back, the one kept in reserve as well: the free areas are about to be compared.</summary>
    internal static void pcpu_drop_empty()
    {
        mutex_lock(pcpu_alloc_mutex);
        pcpu_free_empty(0);
        mutex_unlock(pcpu_alloc_mutex);
    }

    private static void pcpu_free_empty(int keep)
    {
        spin_lock_irq(pcpu_lock);
        // an empty chunk can give all it has
        list_head* full = &pcpu_chunk_lists[PCPU_NR_SLOTS - 1];
    again:
        for (list_head* l = full->prev; l != full && pcpu_nr_empty > keep; l = l->prev)
        {
            pcpu_chunk* chunk = container_of<pcpu_chunk>(l, &((pcpu_chunk*)nowhere)->list);
            if (chunk->nr_alloc != 0 || chunk == pcpu_first_chunk)
                continue;
            list_del(&chunk->list);
            pcpu_nr_empty--;
            spin_unlock_irq(pcpu_lock);
            pcpu_destroy_chunk(chunk);
            spin_lock_irq(pcpu_lock);
            goto again;
        }
        spin_unlock_irq(pcpu_lock);
    }

    [KernelSource("mm/percpu.c", "free_percpu", Parity.Full)]
    public static void free_percpu<T>(PerCpu<T>* ptr) where T : unmanaged
    {
        if (ptr == null)
            return;
        byte* addr = linux_percpu_h.__pcpu_ptr_to_addr(ptr);
        spin_lock_irqsave(pcpu_lock, out IrqFlags flags);
        pcpu_chunk* chunk = pcpu_chunk_addr_search(addr);
        BUG_ON(chunk == null);
        int off = (int)(addr - chunk->base_addr);
        int size = pcpu_free_area(chunk, off);
        pcpu_memcg_free_hook(chunk, off, (ulong)size);
        bool need_balance = chunk->nr_alloc == 0 && pcpu_nr_empty > 1;
        spin_unlock_irqrestore(pcpu_lock, flags);
        if (need_balance)
            pcpu_schedule_balance_work();
    }
}
