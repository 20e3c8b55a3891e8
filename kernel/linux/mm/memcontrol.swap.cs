// SPDX-License-Identifier: GPL-2.0-only
// memcontrol.c, part 10 of 10: swap and zswap.
namespace Linux;

public static unsafe partial class mm_memcontrol_c
{
    /// <summary>Charges the swap slots of a folio to its group, or to the nearest ancestor that is alive.</summary>
    [KernelSource(C, "__mem_cgroup_try_charge_swap", Parity.Full)]
    public static int __mem_cgroup_try_charge_swap(folio* folio, swp_entry_t entry)
    {
        uint nr_pages = (uint)folio_nr_pages(folio);
        page_counter* counter;
        mem_cgroup* memcg;

        if (do_memsw_account())
            return 0;

        memcg = folio_memcg(folio);

        VM_WARN_ON_ONCE_FOLIO(memcg == null, folio);
        if (memcg == null)
            return 0;

        // No slot was free.
        if (entry.val == 0)
        {
            memcg_memory_event(memcg, MEMCG_SWAP_FAIL);
            return 0;
        }

        memcg = mem_cgroup_id_get_online(memcg);

        if (!mem_cgroup_is_root(memcg) &&
            !page_counter_try_charge(&memcg->swap, nr_pages, &counter))
        {
            memcg_memory_event(memcg, MEMCG_SWAP_MAX);
            memcg_memory_event(memcg, MEMCG_SWAP_FAIL);
            mem_cgroup_id_put(memcg);
            return -ENOMEM;
        }

        // Each slot holds the id.
        if (nr_pages > 1)
            mem_cgroup_id_get_many(memcg, nr_pages - 1);
        mod_memcg_state(memcg, MEMCG_SWAP, (int)nr_pages);

        swap_cgroup_record(folio, mem_cgroup_id(memcg), entry);

        return 0;
    }

    /// <summary>Slots are freed. Called under the cluster lock: does not sleep.</summary>
    [KernelSource(C, "__mem_cgroup_uncharge_swap", Parity.Full)]
    public static void __mem_cgroup_uncharge_swap(swp_entry_t entry, uint nr_pages)
    {
        mem_cgroup* memcg;
        ushort id;

        id = swap_cgroup_clear(entry, nr_pages);
        rcu_read_lock();
        memcg = mem_cgroup_from_id(id);
        if (memcg != null)
        {
            if (!mem_cgroup_is_root(memcg))
                page_counter_uncharge(&memcg->swap, nr_pages);
            mod_memcg_state(memcg, MEMCG_SWAP, -(int)nr_pages);
            mem_cgroup_id_put_many(memcg, nr_pages);
        }
        rcu_read_unlock();
    }

    /// <summary>Swap that a group may still use.</summary>
    [KernelSource(C, "mem_cgroup_get_nr_swap_pages", Parity.Full)]
    public static long mem_cgroup_get_nr_swap_pages(mem_cgroup* memcg)
    {
        long nr_swap_pages = get_nr_swap_pages();

        if (mem_cgroup_disabled() || do_memsw_account())
            return nr_swap_pages;
        for (; !mem_cgroup_is_root(memcg); memcg = parent_mem_cgroup(memcg))
            nr_swap_pages = min(nr_swap_pages,
                (long)(READ_ONCE(&memcg->swap.max) -
                    page_counter_read(&memcg->swap)));
        return nr_swap_pages;
    }

    /// <summary>Half of the swap is gone, for all or for this group: a slot whose page is in memory is better freed.</summary>
    [KernelSource(C, "mem_cgroup_swap_full", Parity.Full)]
    [MustHold("folio->PG_locked")]
    public static bool mem_cgroup_swap_full(folio* folio)
    {
        mem_cgroup* memcg;

        VM_BUG_ON_FOLIO(!folio_test_locked(folio), folio);

        if (vm_swap_full())
            return true;
        if (do_memsw_account())
            return false;

        memcg = folio_memcg(folio);
        if (memcg == null)
            return false;

        for (; !mem_cgroup_is_root(memcg); memcg = parent_mem_cgroup(memcg))
        {
            ulong usage = page_counter_read(&memcg->swap);

            if (usage * 2 >= READ_ONCE(&memcg->swap.high) ||
                usage * 2 >= READ_ONCE(&memcg->swap.max))
                return true;
        }

        return false;
    }

    [KernelSource(C, "swap_current_read", Parity.Full)]
    private static u64 swap_current_read(cgroup_subsys_state* css, cftype* cft)
    {
        mem_cgroup* memcg = mem_cgroup_from_css(css);

        return page_counter_read(&memcg->swap) * PAGE_SIZE;
    }

    [KernelSource(C, "swap_peak_show", Parity.Full)]
    private static int swap_peak_show(seq_file* sf, void* v)
    {
        mem_cgroup* memcg = mem_cgroup_from_css(seq_css(sf));

        return peak_show(sf, v, &memcg->swap);
    }

    [KernelSource(C, "swap_peak_write", Parity.Full)]
    private static ssize_t swap_peak_write(kernfs_open_file* of, byte* buf, ulong nbytes, loff_t off)
    {
        mem_cgroup* memcg = mem_cgroup_from_css(of_css(of));

        return peak_write(of, buf, nbytes, off, &memcg->swap,
            &memcg->swap_peaks);
    }

    [KernelSource(C, "swap_high_show", Parity.Full)]
    private static int swap_high_show(seq_file* m, void* v) =>
        seq_puts_memcg_tunable(m,
            READ_ONCE(&mem_cgroup_from_seq(m)->swap.high));

    [KernelSource(C, "swap_high_write", Parity.Full)]
    private static ssize_t swap_high_write(kernfs_open_file* of, byte* buf, ulong nbytes, loff_t off)
    {
        mem_cgroup* memcg = mem_cgroup_from_css(of_css(of));
        ulong high;
        int err;

        buf = strstrip(buf);
        err = page_counter_memparse(buf, "max"u8, &high);
        if (err != 0)
            return err;

        page_counter_set_high(&memcg->swap, high);

        return (ssize_t)nbytes;
    }

    [KernelSource(C, "swap_max_show", Parity.Full)]
    private static int swap_max_show(seq_file* m, void* v) =>
        seq_puts_memcg_tunable(m,
            READ_ONCE(&mem_cgroup_from_seq(m)->swap.max));

    [KernelSource(C, "swap_max_write", Parity.Full)]
    private static ssize_t swap_max_write(kernfs_open_file* of, byte* buf, ulong nbytes, loff_t off)
    {
        mem_cgroup* memcg = mem_cgroup_from_css(of_css(of));
        ulong max;
        int err;

        buf = strstrip(buf);
        err = page_counter_memparse(buf, "max"u8, &max);
        if (err != 0)
            return err;

        xchg(&memcg->swap.max, max);

        return (ssize_t)nbytes;
    }

    [KernelSource(C, "swap_events_show", Parity.Full)]
    private static int swap_events_show(seq_file* m, void* v)
    {
        mem_cgroup* memcg = mem_cgroup_from_seq(m);

        seq_printf(m, $"high {atomic_long_read(&memcg->memory_events[MEMCG_SWAP_HIGH])}\n");
        seq_printf(m, $"max {atomic_long_read(&memcg->memory_events[MEMCG_SWAP_MAX])}\n");
        seq_printf(m, $"fail {atomic_long_read(&memcg->memory_events[MEMCG_SWAP_FAIL])}\n");

        return 0;
    }

    private static readonly cftype* swap_files = CFTYPES(
        new cftype("swap.current"u8)
        {
            flags = CFTYPE_NOT_ON_ROOT,
            read_u64 = &swap_current_read,
        },
        new cftype("swap.high"u8)
        {
            flags = CFTYPE_NOT_ON_ROOT,
            seq_show = &swap_high_show,
            write = &swap_high_write,
        },
        new cftype("swap.max"u8)
        {
            flags = CFTYPE_NOT_ON_ROOT,
            seq_show = &swap_max_show,
            write = &swap_max_write,
        },
        new cftype("swap.peak"u8)
        {
            flags = CFTYPE_NOT_ON_ROOT,
            open = &peak_open,
            release = &peak_release,
            seq_show = &swap_peak_show,
            write = &swap_peak_write,
        },
        new cftype("swap.events"u8)
        {
            flags = CFTYPE_NOT_ON_ROOT,
            file_offset = offset_of(&((mem_cgroup*)nowhere)->swap_events_file),
            seq_show = &swap_events_show,
        });

    /// <summary>
    /// May this bucket's group put more into zswap? The limit is on compressed bytes, which only the statistics know: so
    /// they are flushed, at every level with a limit, before every store.
    /// </summary>
    [KernelSource(C, "obj_cgroup_may_zswap", Parity.Full)]
    public static bool obj_cgroup_may_zswap(obj_cgroup* objcg)
    {
        mem_cgroup* memcg, original_memcg;
        bool ret = true;

        if (!cgroup_subsys_on_dfl(memory_cgrp_subsys))
            return true;

        original_memcg = get_mem_cgroup_from_objcg(objcg);
        for (memcg = original_memcg; !mem_cgroup_is_root(memcg);
             memcg = parent_mem_cgroup(memcg))
        {
            ulong max = READ_ONCE(&memcg->zswap_max);
            ulong pages;

            if (max == PAGE_COUNTER_MAX)
                continue;
            if (max == 0)
            {
                ret = false;
                break;
            }

            __mem_cgroup_flush_stats(memcg, true);
            pages = memcg_page_state(memcg, MEMCG_ZSWAP_B) / PAGE_SIZE;
            if (pages < max)
                continue;
            ret = false;
            break;
        }
        mem_cgroup_put(original_memcg);
        return ret;
    }

    /// <summary>Charges compressed bytes. Comes from reclaim, whose PF_MEMALLOC lets it over the limit.</summary>
    [KernelSource(C, "obj_cgroup_charge_zswap", Parity.Full)]
    public static void obj_cgroup_charge_zswap(obj_cgroup* objcg, ulong size)
    {
        mem_cgroup* memcg;

        if (!cgroup_subsys_on_dfl(memory_cgrp_subsys))
            return;

        VM_WARN_ON_ONCE((current->flags & PF_MEMALLOC) == 0);

        bool outer = trace_page_owner(true);
        if (obj_cgroup_charge(objcg, GFP_KERNEL, size) != 0)
            VM_WARN_ON_ONCE(true);
        trace_page_owner(outer);

        rcu_read_lock();
        memcg = obj_cgroup_memcg(objcg);
        mod_memcg_state(memcg, MEMCG_ZSWAP_B, (int)size);
        mod_memcg_state(memcg, MEMCG_ZSWAPPED, 1);
        rcu_read_unlock();
    }

    [KernelSource(C, "obj_cgroup_uncharge_zswap", Parity.Full)]
    public static void obj_cgroup_uncharge_zswap(obj_cgroup* objcg, ulong size)
    {
        mem_cgroup* memcg;

        if (!cgroup_subsys_on_dfl(memory_cgrp_subsys))
            return;

        obj_cgroup_uncharge(objcg, size);

        rcu_read_lock();
        memcg = obj_cgroup_memcg(objcg);
        mod_memcg_state(memcg, MEMCG_ZSWAP_B, -(int)size);
        mod_memcg_state(memcg, MEMCG_ZSWAPPED, -1);
        rcu_read_unlock();
    }

    /// <summary>Off at any level is off.</summary>
    [KernelSource(C, "mem_cgroup_zswap_writeback_enabled", Parity.Full)]
    public static bool mem_cgroup_zswap_writeback_enabled(mem_cgroup* memcg)
    {
        // Without zswap nothing may keep pages from the disk.
        if (!zswap_is_enabled())
            return true;

        for (; memcg != null; memcg = parent_mem_cgroup(memcg))
            if (!READ_ONCE(&memcg->zswap_writeback))
                return false;

        return true;
    }

    [KernelSource(C, "zswap_current_read", Parity.Full)]
    private static u64 zswap_current_read(cgroup_subsys_state* css, cftype* cft)
    {
        mem_cgroup* memcg = mem_cgroup_from_css(css);

        mem_cgroup_flush_stats(memcg);
        return memcg_page_state(memcg, MEMCG_ZSWAP_B);
    }

    [KernelSource(C, "zswap_max_show", Parity.Full)]
    private static int zswap_max_show(seq_file* m, void* v) =>
        seq_puts_memcg_tunable(m,
            READ_ONCE(&mem_cgroup_from_seq(m)->zswap_max));

    [KernelSource(C, "zswap_max_write", Parity.Full)]
    private static ssize_t zswap_max_write(kernfs_open_file* of, byte* buf, ulong nbytes, loff_t off)
    {
        mem_cgroup* memcg = mem_cgroup_from_css(of_css(of));
        ulong max;
        int err;

        buf = strstrip(buf);
        err = page_counter_memparse(buf, "max"u8, &max);
        if (err != 0)
            return err;

        xchg(&memcg->zswap_max, max);

        return (ssize_t)nbytes;
    }

    [KernelSource(C, "zswap_writeback_show", Parity.Full)]
    private static int zswap_writeback_show(seq_file* m, void* v)
    {
        mem_cgroup* memcg = mem_cgroup_from_seq(m);

        seq_printf(m, $"{(READ_ONCE(&memcg->zswap_writeback) ? 1 : 0)}\n");
        return 0;
    }

    [KernelSource(C, "zswap_writeback_write", Parity.Full)]
    private static ssize_t zswap_writeback_write(kernfs_open_file* of, byte* buf, ulong nbytes, loff_t off)
    {
        mem_cgroup* memcg = mem_cgroup_from_css(of_css(of));
        int zswap_writeback;
        ssize_t parse_ret = kstrtoint(strstrip(buf), 0, &zswap_writeback);

        if (parse_ret != 0)
            return parse_ret;

        if (zswap_writeback != 0 && zswap_writeback != 1)
            return -EINVAL;

        WRITE_ONCE(&memcg->zswap_writeback, zswap_writeback != 0);
        return (ssize_t)nbytes;
    }

    private static readonly cftype* zswap_files = CFTYPES(
        new cftype("zswap.current"u8)
        {
            flags = CFTYPE_NOT_ON_ROOT,
            read_u64 = &zswap_current_read,
        },
        new cftype("zswap.max"u8)
        {
            flags = CFTYPE_NOT_ON_ROOT,
            seq_show = &zswap_max_show,
            write = &zswap_max_write,
        },
        new cftype("zswap.writeback"u8)
        {
            seq_show = &zswap_writeback_show,
            write = &zswap_writeback_write,
        });

    [KernelSource(C, "mem_cgroup_swap_init", Parity.Full)]
    public static int mem_cgroup_swap_init()
    {
        if (mem_cgroup_disabled())
            return 0;

        WARN_ON(cgroup_add_dfl_cftypes(memory_cgrp_subsys, swap_files) != 0);
        WARN_ON(cgroup_add_dfl_cftypes(memory_cgrp_subsys, zswap_files) != 0);
        return 0;
    }
}
