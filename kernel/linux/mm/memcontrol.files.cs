// SPDX-License-Identifier: GPL-2.0-only
// memcontrol.c, part 8 of 10: the interface files of a group, and the controller itself.
namespace Linux;

public static unsafe partial class mm_memcontrol_c
{
    [KernelSource(C, "seq_puts_memcg_tunable", Parity.Full)]
    private static int seq_puts_memcg_tunable(seq_file* m, ulong value)
    {
        if (value == PAGE_COUNTER_MAX)
            seq_puts(m, "max\n"u8);
        else
            seq_printf(m, $"{value * PAGE_SIZE}\n");

        return 0;
    }

    [KernelSource(C, "memory_current_read", Parity.Full)]
    private static u64 memory_current_read(cgroup_subsys_state* css, cftype* cft)
    {
        mem_cgroup* memcg = mem_cgroup_from_css(css);

        return page_counter_read(&memcg->memory) * PAGE_SIZE;
    }

    private const ulong OFP_PEAK_UNSET = ulong.MaxValue;

    /// <summary>The watermark since ever, or since this descriptor was last written to.</summary>
    [KernelSource(C, "peak_show", Parity.Full)]
    private static int peak_show(seq_file* sf, void* v, page_counter* pc)
    {
        cgroup_of_peak* ofp = of_peak((kernfs_open_file*)sf->@private);
        u64 fd_peak = READ_ONCE(&ofp->value), peak;

        if (fd_peak == OFP_PEAK_UNSET)
            peak = pc->watermark;
        else
            peak = max(fd_peak, READ_ONCE(&pc->local_watermark));

        seq_printf(sf, $"{peak * PAGE_SIZE}\n");
        return 0;
    }

    [KernelSource(C, "memory_peak_show", Parity.Full)]
    private static int memory_peak_show(seq_file* sf, void* v)
    {
        mem_cgroup* memcg = mem_cgroup_from_css(seq_css(sf));

        return peak_show(sf, v, &memcg->memory);
    }

    [KernelSource(C, "peak_open", Parity.Full)]
    private static int peak_open(kernfs_open_file* of)
    {
        cgroup_of_peak* ofp = of_peak(of);

        ofp->value = OFP_PEAK_UNSET;
        return 0;
    }

    [KernelSource(C, "peak_release", Parity.Full)]
    [Excludes("mem_cgroup.peaks_lock")]
    private static void peak_release(kernfs_open_file* of)
    {
        mem_cgroup* memcg = mem_cgroup_from_css(of_css(of));
        cgroup_of_peak* ofp = of_peak(of);

        // Never written to: on no list.
        if (ofp->value == OFP_PEAK_UNSET)
            return;

        spin_lock(&memcg->peaks_lock);
        list_del(&ofp->list);
        spin_unlock(&memcg->peaks_lock);
    }

    /// <summary>
    /// Starts this descriptor's watermark anew. The counter has one local watermark for all descriptors: what it was goes
    /// to those who have not seen it yet.
    /// </summary>
    [KernelSource(C, "peak_write", Parity.Full)]
    [Excludes("mem_cgroup.peaks_lock")]
    private static ssize_t peak_write(kernfs_open_file* of, byte* buf, ulong nbytes, loff_t off, page_counter* pc,
        list_head* watchers)
    {
        ulong usage;
        cgroup_of_peak* peer_ctx;
        mem_cgroup* memcg = mem_cgroup_from_css(of_css(of));
        cgroup_of_peak* ofp = of_peak(of);

        spin_lock(&memcg->peaks_lock);

        usage = page_counter_read(pc);
        WRITE_ONCE(&pc->local_watermark, usage);

        for (list_head* p = watchers->next; p != watchers; p = p->next)
        {
            peer_ctx = container_of<cgroup_of_peak>(p, &((cgroup_of_peak*)nowhere)->list);
            if (usage > peer_ctx->value)
                WRITE_ONCE(&peer_ctx->value, usage);
        }

        // The first write puts the descriptor on the list.
        if (ofp->value == OFP_PEAK_UNSET)
            list_add(&ofp->list, watchers);

        WRITE_ONCE(&ofp->value, usage);
        spin_unlock(&memcg->peaks_lock);

        return (ssize_t)nbytes;
    }

    [KernelSource(C, "memory_peak_write", Parity.Full)]
    private static ssize_t memory_peak_write(kernfs_open_file* of, byte* buf, ulong nbytes, loff_t off)
    {
        mem_cgroup* memcg = mem_cgroup_from_css(of_css(of));

        return peak_write(of, buf, nbytes, off, &memcg->memory,
            &memcg->memory_peaks);
    }

    [KernelSource(C, "memory_min_show", Parity.Full)]
    private static int memory_min_show(seq_file* m, void* v) =>
        seq_puts_memcg_tunable(m,
            READ_ONCE(&mem_cgroup_from_seq(m)->memory.min));

    [KernelSource(C, "memory_min_write", Parity.Full)]
    private static ssize_t memory_min_write(kernfs_open_file* of, byte* buf, ulong nbytes, loff_t off)
    {
        mem_cgroup* memcg = mem_cgroup_from_css(of_css(of));
        ulong min;
        int err;

        buf = strstrip(buf);
        err = page_counter_memparse(buf, "max"u8, &min);
        if (err != 0)
            return err;

        page_counter_set_min(&memcg->memory, min);

        return (ssize_t)nbytes;
    }

    [KernelSource(C, "memory_low_show", Parity.Full)]
    private static int memory_low_show(seq_file* m, void* v) =>
        seq_puts_memcg_tunable(m,
            READ_ONCE(&mem_cgroup_from_seq(m)->memory.low));

    [KernelSource(C, "memory_low_write", Parity.Full)]
    private static ssize_t memory_low_write(kernfs_open_file* of, byte* buf, ulong nbytes, loff_t off)
    {
        mem_cgroup* memcg = mem_cgroup_from_css(of_css(of));
        ulong low;
        int err;

        buf = strstrip(buf);
        err = page_counter_memparse(buf, "max"u8, &low);
        if (err != 0)
            return err;

        page_counter_set_low(&memcg->memory, low);

        return (ssize_t)nbytes;
    }

    [KernelSource(C, "memory_high_show", Parity.Full)]
    private static int memory_high_show(seq_file* m, void* v) =>
        seq_puts_memcg_tunable(m,
            READ_ONCE(&mem_cgroup_from_seq(m)->memory.high));

    /// <summary>Sets the limit and reclaims down to it, unless the descriptor is O_NONBLOCK.</summary>
    [KernelSource(C, "memory_high_write", Parity.Full)]
    private static ssize_t memory_high_write(kernfs_open_file* of, byte* buf, ulong nbytes, loff_t off)
    {
        mem_cgroup* memcg = mem_cgroup_from_css(of_css(of));
        uint nr_retries = MAX_RECLAIM_RETRIES;
        bool drained = false;
        ulong high;
        int err;

        buf = strstrip(buf);
        err = page_counter_memparse(buf, "max"u8, &high);
        if (err != 0)
            return err;

        page_counter_set_high(&memcg->memory, high);

        if ((of->file->f_flags & O_NONBLOCK) != 0)
            goto @out;

        for (; ; )
        {
            ulong nr_pages = page_counter_read(&memcg->memory);
            ulong reclaimed;

            if (nr_pages <= high)
                break;

            if (signal_pending(current))
                break;

            if (!drained)
            {
                drain_all_stock(memcg);
                drained = true;
                continue;
            }

            reclaimed = try_to_free_mem_cgroup_pages(memcg, nr_pages - high,
                GFP_KERNEL, MEMCG_RECLAIM_MAY_SWAP, null);

            if (reclaimed == 0 && nr_retries-- == 0)
                break;
        }
    @out:
        memcg_wb_domain_size_changed(memcg);
        return (ssize_t)nbytes;
    }

    [KernelSource(C, "memory_max_show", Parity.Full)]
    private static int memory_max_show(seq_file* m, void* v) =>
        seq_puts_memcg_tunable(m,
            READ_ONCE(&mem_cgroup_from_seq(m)->memory.max));

    /// <summary>Sets the limit, reclaims and then kills until the usage is below it, unless the descriptor is O_NONBLOCK.</summary>
    [KernelSource(C, "memory_max_write", Parity.Full)]
    private static ssize_t memory_max_write(kernfs_open_file* of, byte* buf, ulong nbytes, loff_t off)
    {
        mem_cgroup* memcg = mem_cgroup_from_css(of_css(of));
        uint nr_reclaims = MAX_RECLAIM_RETRIES;
        bool drained = false;
        ulong max;
        int err;

        buf = strstrip(buf);
        err = page_counter_memparse(buf, "max"u8, &max);
        if (err != 0)
            return err;

        xchg(&memcg->memory.max, max);

        if ((of->file->f_flags & O_NONBLOCK) != 0)
            goto @out;

        for (; ; )
        {
            ulong nr_pages = page_counter_read(&memcg->memory);

            if (nr_pages <= max)
                break;

            if (signal_pending(current))
                break;

            if (!drained)
            {
                drain_all_stock(memcg);
                drained = true;
                continue;
            }

            if (nr_reclaims != 0)
            {
                if (try_to_free_mem_cgroup_pages(memcg, nr_pages - max,
                    GFP_KERNEL, MEMCG_RECLAIM_MAY_SWAP, null) == 0)
                    nr_reclaims--;
                continue;
            }

            memcg_memory_event(memcg, MEMCG_OOM);
            if (!mem_cgroup_out_of_memory(memcg, GFP_KERNEL, 0))
                break;
            cond_resched();
        }
    @out:
        memcg_wb_domain_size_changed(memcg);
        return (ssize_t)nbytes;
    }

    /// <summary>The array is read while it is written: each value is right by itself.</summary>
    [KernelSource(C, "__memory_events_show", Parity.Reduced, "no sock_throttled: the event is not in the recorded kernel")]
    private static void __memory_events_show(seq_file* m, atomic_long_t* events)
    {
        seq_printf(m, $"low {atomic_long_read(&events[MEMCG_LOW])}\n");
        seq_printf(m, $"high {atomic_long_read(&events[MEMCG_HIGH])}\n");
        seq_printf(m, $"max {atomic_long_read(&events[MEMCG_MAX])}\n");
        seq_printf(m, $"oom {atomic_long_read(&events[MEMCG_OOM])}\n");
        seq_printf(m, $"oom_kill {atomic_long_read(&events[MEMCG_OOM_KILL])}\n");
        seq_printf(m, $"oom_group_kill {atomic_long_read(&events[MEMCG_OOM_GROUP_KILL])}\n");
    }

    [KernelSource(C, "memory_events_show", Parity.Full)]
    private static int memory_events_show(seq_file* m, void* v)
    {
        mem_cgroup* memcg = mem_cgroup_from_seq(m);

        __memory_events_show(m, memcg->memory_events);
        return 0;
    }

    [KernelSource(C, "memory_events_local_show", Parity.Full)]
    private static int memory_events_local_show(seq_file* m, void* v)
    {
        mem_cgroup* memcg = mem_cgroup_from_seq(m);

        __memory_events_show(m, memcg->memory_events_local);
        return 0;
    }

    [KernelSource(C, "memory_stat_show", Parity.Full)]
    public static int memory_stat_show(seq_file* m, void* v)
    {
        mem_cgroup* memcg = mem_cgroup_from_seq(m);
        byte* buf = (byte*)kmalloc(SEQ_BUF_SIZE, GFP_KERNEL);
        seq_buf s;

        if (buf == null)
            return -ENOMEM;
        seq_buf_init(&s, buf, SEQ_BUF_SIZE);
        memory_stat_format(memcg, &s);
        seq_puts(m, buf);
        kfree(buf);
        return 0;
    }

    [KernelSource(C, "lruvec_page_state_output", Parity.Full)]
    private static ulong lruvec_page_state_output(lruvec* lruvec, int item) =>
        lruvec_page_state(lruvec, item) *
        (ulong)memcg_page_state_output_unit(item);

    /// <summary>Of the one node that there is: the recorded kernel has NUMA built in, and so this file.</summary>
    [KernelSource(C, "memory_numa_stat_show", Parity.Full)]
    private static int memory_numa_stat_show(seq_file* m, void* v)
    {
        int i;
        mem_cgroup* memcg = mem_cgroup_from_seq(m);

        mem_cgroup_flush_stats(memcg);

        for (i = 0; i < NR_MEMORY_STATS; i++)
        {
            int nid;

            if (memory_stats[i].idx >= NR_VM_NODE_STAT_ITEMS)
                continue;

            seq_printf(m, $"{memory_stats[i].name}");
            for (nid = 0; nid < nr_node_ids; nid++)
            {
                u64 size;
                lruvec* lruvec;

                lruvec = mem_cgroup_lruvec(memcg, NODE_DATA(nid));
                size = lruvec_page_state_output(lruvec,
                    (int)memory_stats[i].idx);
                seq_printf(m, $" N{nid}={size}");
            }
            seq_putc(m, (byte)'\n');
        }

        return 0;
    }

    [KernelSource(C, "memory_oom_group_show", Parity.Full)]
    private static int memory_oom_group_show(seq_file* m, void* v)
    {
        mem_cgroup* memcg = mem_cgroup_from_seq(m);

        seq_printf(m, $"{(READ_ONCE(&memcg->oom_group) ? 1 : 0)}\n");

        return 0;
    }

    [KernelSource(C, "memory_oom_group_write", Parity.Full)]
    private static ssize_t memory_oom_group_write(kernfs_open_file* of, byte* buf, ulong nbytes, loff_t off)
    {
        mem_cgroup* memcg = mem_cgroup_from_css(of_css(of));
        int ret, oom_group;

        buf = strstrip(buf);
        if (buf == null)
            return -EINVAL;

        ret = kstrtoint(buf, 0, &oom_group);
        if (ret != 0)
            return ret;

        if (oom_group != 0 && oom_group != 1)
            return -EINVAL;

        WRITE_ONCE(&memcg->oom_group, oom_group != 0);

        return (ssize_t)nbytes;
    }

    [KernelSource(C, "memory_reclaim", Parity.Full)]
    private static ssize_t memory_reclaim(kernfs_open_file* of, byte* buf, ulong nbytes, loff_t off)
    {
        mem_cgroup* memcg = mem_cgroup_from_css(of_css(of));
        int ret;

        ret = user_proactive_reclaim(buf, memcg, null);
        if (ret != 0)
            return ret;

        return (ssize_t)nbytes;
    }

    private static uint offset_of(void* member) => (uint)offsetof(member);

    private static readonly cftype* memory_files = CFTYPES(
        new cftype("current"u8)
        {
            flags = CFTYPE_NOT_ON_ROOT,
            read_u64 = &memory_current_read,
        },
        new cftype("peak"u8)
        {
            flags = CFTYPE_NOT_ON_ROOT,
            open = &peak_open,
            release = &peak_release,
            seq_show = &memory_peak_show,
            write = &memory_peak_write,
        },
        new cftype("min"u8)
        {
            flags = CFTYPE_NOT_ON_ROOT,
            seq_show = &memory_min_show,
            write = &memory_min_write,
        },
        new cftype("low"u8)
        {
            flags = CFTYPE_NOT_ON_ROOT,
            seq_show = &memory_low_show,
            write = &memory_low_write,
        },
        new cftype("high"u8)
        {
            flags = CFTYPE_NOT_ON_ROOT,
            seq_show = &memory_high_show,
            write = &memory_high_write,
        },
        new cftype("max"u8)
        {
            flags = CFTYPE_NOT_ON_ROOT,
            seq_show = &memory_max_show,
            write = &memory_max_write,
        },
        new cftype("events"u8)
        {
            flags = CFTYPE_NOT_ON_ROOT,
            file_offset = offset_of(&((mem_cgroup*)nowhere)->events_file),
            seq_show = &memory_events_show,
        },
        new cftype("events.local"u8)
        {
            flags = CFTYPE_NOT_ON_ROOT,
            file_offset = offset_of(&((mem_cgroup*)nowhere)->events_local_file),
            seq_show = &memory_events_local_show,
        },
        new cftype("stat"u8)
        {
            seq_show = &memory_stat_show,
        },
        new cftype("numa_stat"u8)
        {
            seq_show = &memory_numa_stat_show,
        },
        new cftype("oom.group"u8)
        {
            flags = CFTYPE_NOT_ON_ROOT | CFTYPE_NS_DELEGATABLE,
            seq_show = &memory_oom_group_show,
            write = &memory_oom_group_write,
        },
        new cftype("reclaim"u8)
        {
            flags = CFTYPE_NS_DELEGATABLE,
            write = &memory_reclaim,
        });

    public static readonly cgroup_subsys* memory_cgrp_subsys = data(new cgroup_subsys
    {
        css_alloc = &mem_cgroup_css_alloc,
        css_online = &mem_cgroup_css_online,
        css_offline = &mem_cgroup_css_offline,
        css_released = &mem_cgroup_css_released,
        css_free = &mem_cgroup_css_free,
        css_reset = &mem_cgroup_css_reset,
        css_rstat_flush = &mem_cgroup_css_rstat_flush,
        attach = &mem_cgroup_attach,
        fork = &mem_cgroup_fork,
        exit = &mem_cgroup_exit,
        dfl_cftypes = memory_files,
        early_init = false,
    });
}
