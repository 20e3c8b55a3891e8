// SPDX-License-Identifier: GPL-2.0-only
// memcontrol.c, part 3 of 10: the text of memory.stat, and out of memory.
namespace Linux;

public unsafe struct memory_stat
{
    public byte* name;
    public uint idx;

    /// <summary>The name is a literal.</summary>
    public memory_stat(ReadOnlySpan<byte> name, int idx)
    {
        this.name = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(name));
        this.idx = (uint)idx;
    }
}

public static unsafe partial class mm_memcontrol_c
{
    /// <summary>How much may still be charged to this very group.</summary>
    [KernelSource(C, "mem_cgroup_margin", Parity.Full)]
    private static ulong mem_cgroup_margin(mem_cgroup* memcg)
    {
        ulong margin = 0;
        ulong count;
        ulong limit;

        count = page_counter_read(&memcg->memory);
        limit = READ_ONCE(&memcg->memory.max);
        if (count < limit)
            margin = limit - count;

        return margin;
    }

    // In the order of the file. Huge pages and NUMA are off here and on, without effect, in the recorded kernel.
    private const int NR_MEMORY_STATS = 39;
    private static readonly memory_stat* memory_stats = data_array<memory_stat>(
    [
        new("anon\0"u8, NR_ANON_MAPPED),
        new("file\0"u8, NR_FILE_PAGES),
        new("kernel\0"u8, MEMCG_KMEM),
        new("kernel_stack\0"u8, NR_KERNEL_STACK_KB),
        new("pagetables\0"u8, NR_PAGETABLE),
        new("sec_pagetables\0"u8, NR_SECONDARY_PAGETABLE),
        new("percpu\0"u8, MEMCG_PERCPU_B),
        new("sock\0"u8, MEMCG_SOCK),
        new("vmalloc\0"u8, MEMCG_VMALLOC),
        new("shmem\0"u8, NR_SHMEM),
        new("zswap\0"u8, MEMCG_ZSWAP_B),
        new("zswapped\0"u8, MEMCG_ZSWAPPED),
        new("file_mapped\0"u8, NR_FILE_MAPPED),
        new("file_dirty\0"u8, NR_FILE_DIRTY),
        new("file_writeback\0"u8, NR_WRITEBACK),
        new("swapcached\0"u8, NR_SWAPCACHE),
        new("anon_thp\0"u8, NR_ANON_THPS),
        new("file_thp\0"u8, NR_FILE_THPS),
        new("shmem_thp\0"u8, NR_SHMEM_THPS),
        new("inactive_anon\0"u8, NR_INACTIVE_ANON),
        new("active_anon\0"u8, NR_ACTIVE_ANON),
        new("inactive_file\0"u8, NR_INACTIVE_FILE),
        new("active_file\0"u8, NR_ACTIVE_FILE),
        new("unevictable\0"u8, NR_UNEVICTABLE),
        new("slab_reclaimable\0"u8, NR_SLAB_RECLAIMABLE_B),
        new("slab_unreclaimable\0"u8, NR_SLAB_UNRECLAIMABLE_B),
        new("hugetlb\0"u8, NR_HUGETLB),

        // Counts of what the memory went through.
        new("workingset_refault_anon\0"u8, WORKINGSET_REFAULT_ANON),
        new("workingset_refault_file\0"u8, WORKINGSET_REFAULT_FILE),
        new("workingset_activate_anon\0"u8, WORKINGSET_ACTIVATE_ANON),
        new("workingset_activate_file\0"u8, WORKINGSET_ACTIVATE_FILE),
        new("workingset_restore_anon\0"u8, WORKINGSET_RESTORE_ANON),
        new("workingset_restore_file\0"u8, WORKINGSET_RESTORE_FILE),
        new("workingset_nodereclaim\0"u8, WORKINGSET_NODERECLAIM),

        new("pgdemote_kswapd\0"u8, PGDEMOTE_KSWAPD),
        new("pgdemote_direct\0"u8, PGDEMOTE_DIRECT),
        new("pgdemote_khugepaged\0"u8, PGDEMOTE_KHUGEPAGED),
        new("pgdemote_proactive\0"u8, PGDEMOTE_PROACTIVE),
        new("pgpromote_success\0"u8, PGPROMOTE_SUCCESS),
    ]);

    /// <summary>The unit that a statistic is kept in: pages, but for bytes and kibibytes.</summary>
    [KernelSource(C, "memcg_page_state_unit", Parity.Full)]
    private static int memcg_page_state_unit(int item)
    {
        switch (item)
        {
            case MEMCG_PERCPU_B:
            case MEMCG_ZSWAP_B:
            case NR_SLAB_RECLAIMABLE_B:
            case NR_SLAB_UNRECLAIMABLE_B:
                return 1;
            case NR_KERNEL_STACK_KB:
                return 1024;
            default:
                return (int)PAGE_SIZE;
        }
    }

    /// <summary>The factor to what is printed: bytes, but counts stay counts.</summary>
    [KernelSource(C, "memcg_page_state_output_unit", Parity.Full)]
    private static int memcg_page_state_output_unit(int item)
    {
        switch (item)
        {
            case WORKINGSET_REFAULT_ANON:
            case WORKINGSET_REFAULT_FILE:
            case WORKINGSET_ACTIVATE_ANON:
            case WORKINGSET_ACTIVATE_FILE:
            case WORKINGSET_RESTORE_ANON:
            case WORKINGSET_RESTORE_FILE:
            case WORKINGSET_NODERECLAIM:
            case PGDEMOTE_KSWAPD:
            case PGDEMOTE_DIRECT:
            case PGDEMOTE_KHUGEPAGED:
            case PGDEMOTE_PROACTIVE:
            case PGPROMOTE_SUCCESS:
                return 1;
            default:
                return memcg_page_state_unit(item);
        }
    }

    [KernelSource(C, "memcg_page_state_output", Parity.Full)]
    public static ulong memcg_page_state_output(mem_cgroup* memcg, int item) =>
        memcg_page_state(memcg, item) *
        (ulong)memcg_page_state_output_unit(item);

    [KernelSource(C, "memcg_accounts_hugetlb", Parity.Full)]
    private static bool memcg_accounts_hugetlb() => (cgrp_dfl_root->flags & CGRP_ROOT_MEMORY_HUGETLB_ACCOUNTING) != 0;

    /// <summary>The text of memory.stat. All in bytes, whatever it is kept in, but for the counts of events.</summary>
    [KernelSource(C, "memcg_stat_format", Parity.Full)]
    private static void memcg_stat_format(mem_cgroup* memcg, seq_buf* s)
    {
        int i;

        mem_cgroup_flush_stats(memcg);

        for (i = 0; i < NR_MEMORY_STATS; i++)
        {
            u64 size;

            if (memory_stats[i].idx == NR_HUGETLB &&
                !memcg_accounts_hugetlb())
                continue;

            size = memcg_page_state_output(memcg, (int)memory_stats[i].idx);
            seq_buf_printf(s, $"{memory_stats[i].name} {size}\n");

            if (memory_stats[i].idx == NR_SLAB_UNRECLAIMABLE_B)
            {
                size += memcg_page_state_output(memcg,
                    NR_SLAB_RECLAIMABLE_B);
                seq_buf_printf(s, $"slab {size}\n");
            }
        }

        // Sums of the events that follow.
        ulong pgscan = memcg_events(memcg, PGSCAN_KSWAPD) +
            memcg_events(memcg, PGSCAN_DIRECT) +
            memcg_events(memcg, PGSCAN_PROACTIVE) +
            memcg_events(memcg, PGSCAN_KHUGEPAGED);
        seq_buf_printf(s, $"pgscan {pgscan}\n");
        ulong pgsteal = memcg_events(memcg, PGSTEAL_KSWAPD) +
            memcg_events(memcg, PGSTEAL_DIRECT) +
            memcg_events(memcg, PGSTEAL_PROACTIVE) +
            memcg_events(memcg, PGSTEAL_KHUGEPAGED);
        seq_buf_printf(s, $"pgsteal {pgsteal}\n");

        for (i = 0; i < NR_MEMCG_EVENTS; i++)
        {
            seq_buf_printf(s, $"{vm_event_name(memcg_vm_event_stat[i])} {memcg_events(memcg, memcg_vm_event_stat[i])}\n");
        }
    }

    [KernelSource(C, "memory_stat_format", Parity.Full)]
    private static void memory_stat_format(mem_cgroup* memcg, seq_buf* s)
    {
        if (cgroup_subsys_on_dfl(memory_cgrp_subsys))
            memcg_stat_format(memcg, s);
        else
            memcg1_stat_format(memcg, s);
        if (seq_buf_has_overflowed(s))
            pr_warn("memory_stat_format: Warning, stat buffer overflow, please report");
    }

    /// <summary>Who is out of memory, and who is to die for it, on the line of the OOM report.</summary>
    [KernelSource(C, "mem_cgroup_print_oom_context", Parity.Full)]
    public static void mem_cgroup_print_oom_context(mem_cgroup* memcg, task_struct* p)
    {
        rcu_read_lock();

        if (memcg != null)
        {
            pr_cont(",oom_memcg=");
            pr_cont_cgroup_path(memcg->css.cgroup);
        }
        else
            pr_cont(",global_oom");
        if (p != null)
        {
            pr_cont(",task_memcg=");
            pr_cont_cgroup_path(task_cgroup(p, memory_cgrp_id));
        }
        rcu_read_unlock();
    }

    // One report at a time: oom_lock is held.
    private static readonly byte* oom_meminfo_buf = bss<byte>(SEQ_BUF_SIZE);

    [KernelSource(C, "mem_cgroup_print_oom_meminfo", Parity.Full)]
    [MustHold("mm_oom_kill_c.oom_lock")]
    public static void mem_cgroup_print_oom_meminfo(mem_cgroup* memcg)
    {
        seq_buf s;
        ulong memory_failcnt;

        lockdep_assert_held(oom_lock);

        if (cgroup_subsys_on_dfl(memory_cgrp_subsys))
            memory_failcnt = (ulong)atomic_long_read(&memcg->memory_events[MEMCG_MAX]);
        else
            memory_failcnt = memcg->memory.failcnt;

        pr_info($"memory: usage {K(page_counter_read(&memcg->memory))}kB, limit {K(READ_ONCE(&memcg->memory.max))}kB, failcnt {memory_failcnt}");
        if (cgroup_subsys_on_dfl(memory_cgrp_subsys))
            pr_info($"swap: usage {K(page_counter_read(&memcg->swap))}kB, limit {K(READ_ONCE(&memcg->swap.max))}kB, failcnt {atomic_long_read(&memcg->memory_events[MEMCG_SWAP_MAX])}");

        pr_info("Memory cgroup stats for ");
        pr_cont_cgroup_path(memcg->css.cgroup);
        pr_cont(":");
        seq_buf_init(&s, oom_meminfo_buf, SEQ_BUF_SIZE);
        memory_stat_format(memcg, &s);
        seq_buf_do_printk(&s, LOGLEVEL_INFO);
    }

    /// <summary>What a group may have in memory and in swap: the size that badness is measured against.</summary>
    [KernelSource(C, "mem_cgroup_get_max", Parity.Full)]
    public static ulong mem_cgroup_get_max(mem_cgroup* memcg)
    {
        ulong max = READ_ONCE(&memcg->memory.max);

        if (mem_cgroup_swappiness(memcg) != 0)
            max += min(READ_ONCE(&memcg->swap.max),
                (ulong)total_swap_pages);
        return max;
    }

    [KernelSource(C, "mem_cgroup_size", Parity.Full)]
    public static ulong mem_cgroup_size(mem_cgroup* memcg) => page_counter_read(&memcg->memory);

    /// <summary>Kills somebody in the group. True when it is worth trying the charge again.</summary>
    [KernelSource(C, "mem_cgroup_out_of_memory", Parity.Full)]
    [Excludes("mm_oom_kill_c.oom_lock")]
    private static bool mem_cgroup_out_of_memory(mem_cgroup* memcg, gfp_t gfp_mask, int order)
    {
        oom_control oc = new()
        {
            zonelist = null,
            nodemask = null,
            memcg = memcg,
            gfp_mask = gfp_mask,
            order = order,
        };
        bool ret = true;

        if (mutex_lock_killable(oom_lock) != 0)
            return true;

        // Another killer may have made room while this one waited.
        if (mem_cgroup_margin(memcg) >= (1UL << order))
            goto unlock;

        // The victim may be this very task, which then must get through.
        ret = out_of_memory(&oc);

    unlock:
        mutex_unlock(oom_lock);
        return ret;
    }

    [KernelSource(C, "mem_cgroup_oom", Parity.Full)]
    private static bool mem_cgroup_oom(mem_cgroup* memcg, gfp_t mask, int order)
    {
        bool locked, ret;

        if (order > PAGE_ALLOC_COSTLY_ORDER)
            return false;

        memcg_memory_event(memcg, MEMCG_OOM);

        if (!memcg1_oom_prepare(memcg, &locked))
            return false;

        ret = mem_cgroup_out_of_memory(memcg, mask, order);

        memcg1_oom_finish(memcg, locked);

        return ret;
    }

    /// <summary>The highest group, between the victim's and the one that is out of memory, that wants to die as a whole.</summary>
    [KernelSource(C, "mem_cgroup_get_oom_group", Parity.Full)]
    [ReturnsOwned]
    public static mem_cgroup* mem_cgroup_get_oom_group(task_struct* victim, mem_cgroup* oom_domain)
    {
        mem_cgroup* oom_group = null;
        mem_cgroup* memcg;

        if (!cgroup_subsys_on_dfl(memory_cgrp_subsys))
            return null;

        if (oom_domain == null)
            oom_domain = root_mem_cgroup;

        rcu_read_lock();

        memcg = mem_cgroup_from_task(victim);
        if (mem_cgroup_is_root(memcg))
            goto @out;

        // The victim has moved out of the domain: then it alone.
        if (!mem_cgroup_is_descendant(memcg, oom_domain))
            goto @out;

        for (; memcg != null; memcg = parent_mem_cgroup(memcg))
        {
            if (READ_ONCE(&memcg->oom_group))
                oom_group = memcg;

            if (memcg == oom_domain)
                break;
        }

        if (oom_group != null)
            css_get(&oom_group->css);
    @out:
        rcu_read_unlock();

        return oom_group;
    }

    [KernelSource(C, "mem_cgroup_print_oom_group", Parity.Full)]
    public static void mem_cgroup_print_oom_group(mem_cgroup* memcg)
    {
        pr_info("Tasks in ");
        pr_cont_cgroup_path(memcg->css.cgroup);
        pr_cont(" are going to be killed due to memory.oom.group set");
    }
}
