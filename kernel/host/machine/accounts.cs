// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Generic;
using System.Text;
using static Linux.linux_memcontrol_h;
using static Linux.linux_mmzone_h;
using static Linux.linux_vmstat_h;

namespace Linux;

/// <summary>
/// What the kernel counts and must have counted down again when tasks, groups, files and swap are gone. The end of a
/// machine is held against zero, and against its boot.
/// </summary>
internal static unsafe partial class accounts
{
    private static long[]? at_boot;

    // Nothing is on these lists, or in these caches, any more.
    private static ReadOnlySpan<byte> node_empty =>
    [
        NR_INACTIVE_ANON, NR_ACTIVE_ANON, NR_INACTIVE_FILE, NR_ACTIVE_FILE, NR_UNEVICTABLE, NR_ISOLATED_ANON, NR_ISOLATED_FILE,
        WORKINGSET_NODES, NR_ANON_MAPPED, NR_FILE_MAPPED, NR_FILE_PAGES, NR_FILE_DIRTY, NR_WRITEBACK, NR_SHMEM, NR_SWAPCACHE,
    ];

    private static ReadOnlySpan<byte> node_same => [NR_KERNEL_MISC_RECLAIMABLE, NR_PAGETABLE, NR_SECONDARY_PAGETABLE];

    private static ReadOnlySpan<byte> zone_empty =>
    [
        NR_ZONE_INACTIVE_ANON, NR_ZONE_ACTIVE_ANON, NR_ZONE_INACTIVE_FILE, NR_ZONE_ACTIVE_FILE, NR_ZONE_UNEVICTABLE,
        NR_ZONE_WRITE_PENDING, NR_MLOCK, NR_ZSPAGES,
    ];

    // Of all groups together.
    private static ReadOnlySpan<byte> memcg_same =>
    [
        MEMCG_SWAP, MEMCG_SOCK, MEMCG_PERCPU_B, MEMCG_VMALLOC, MEMCG_KMEM, MEMCG_ZSWAP_B, MEMCG_ZSWAPPED,
        NR_SLAB_RECLAIMABLE_B, NR_SLAB_UNRECLAIMABLE_B,
    ];

    /// <summary>The machine is up.</summary>
    internal static void mark_boot() => at_boot = take();

    /// <summary>With nothing running any more but the caller: what is not as it should be; empty if all is.</summary>
    internal static string difference()
    {
        var text = new StringBuilder();
        long[] now = take();
        int i = 0;

        foreach (byte item in node_empty)
            report(text, node_stat_name(item), 0, now[i++]);
        foreach (byte item in zone_empty)
            report(text, zone_stat_name(item), 0, now[i++]);
        report(text, "pinned"u8, 0, now[i++]);
        report(text, "charged to swap"u8, 0, now[i++]);
        report(text, "stacks of nobody"u8, 0, now[i++]);
        foreach (byte item in node_same)
            report(text, node_stat_name(item), at_boot![i], now[i++]);
        foreach (byte item in memcg_same)
            report(text, Encoding.UTF8.GetBytes($"groups' statistic {item}"), at_boot![i], now[i++]);
        report(text, "charged"u8, at_boot![i], now[i]);
        return text.ToString();
    }

    private static void report(StringBuilder text, byte* name, long wanted, long found) =>
        report(text, MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name), wanted, found);

    private static void report(StringBuilder text, ReadOnlySpan<byte> name, long wanted, long found)
    {
        if (wanted != found)
            text.Append(text.Length == 0 ? "" : ", ").Append(Encoding.UTF8.GetString(name)).Append($" {found} instead of {wanted}");
    }

    // In the order of difference().
    private static long[] take()
    {
        var all = new long[node_empty.Length + zone_empty.Length + 3 + node_same.Length + memcg_same.Length + 1];
        int n = 0;

        mm_memcontrol_c.flush_root();
        foreach (byte item in node_empty)
            all[n++] = node(item);
        foreach (byte item in zone_empty)
            all[n++] = zones(item);
        all[n++] = node(NR_FOLL_PIN_ACQUIRED) - node(NR_FOLL_PIN_RELEASED);
        all[n++] = (long)page_counter_read(&mm_memcontrol_c.root_mem_cgroup->swap);
        all[n++] = node(NR_KERNEL_STACK_KB) - (tasks() * (THREAD_SIZE / 1024));
        foreach (byte item in node_same)
            all[n++] = node(item);
        foreach (byte item in memcg_same)
            all[n++] = mm_memcontrol_c.root_state(item);
        // What was charged below the root and given back by an object that had come to the root by then stays in its counter.
        all[n++] = (long)page_counter_read(&mm_memcontrol_c.root_mem_cgroup->memory) + mm_memcontrol_c.root_state_local(MEMCG_KMEM);
        return all;
    }

    // Those that a stack was allocated for: all but the boot CPU's idle task.
    private static long tasks()
    {
        long n = sched_host.nr_cpus - 1;

        rcu_read_lock();
        for (list_head* l = kernel_fork_c.init_task->tasks.next; l != &kernel_fork_c.init_task->tasks; l = l->next)
            n += container_of<task_struct>(l, &((task_struct*)nowhere)->tasks)->signal->nr_threads;
        rcu_read_unlock();
        return n;
    }

    // With what CPUs have not folded in.
    internal static long node(int item)
    {
        pglist_data* pgdat = NODE_DATA(0);
        long sum = atomic_long_read(&pgdat->vm_stat[item]);

        foreach (int cpu in for_each_possible_cpu())
            sum += per_cpu_ptr(pgdat->per_cpu_nodestats, cpu)->vm_node_stat_diff[item];
        return sum;
    }

    private static long zones(int item)
    {
        long sum = 0;

        foreach (zone* zone in for_each_populated_zone())
        {
            sum += atomic_long_read(&zone->vm_stat[item]);
            foreach (int cpu in for_each_possible_cpu())
                sum += per_cpu_ptr(zone->per_cpu_zonestats, cpu)->vm_stat_diff[item];
        }
        return sum;
    }
}
