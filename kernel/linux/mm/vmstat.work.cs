// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;
using static Linux.linux_cpumask_h;
using static Linux.linux_jiffies_h;
using static Linux.linux_sched_isolation_h;
using static Linux.linux_workqueue_h;
using static Linux.linux_vmstat_h;
using static Linux.mm_internal_h;

namespace Linux;

// Folding the differences in once a second, on CPUs that have some, and when CPUs come and go.
public static unsafe partial class mm_vmstat_c
{
    [PerCpu(Remote = true)]
    private static readonly PerCpu<delayed_work>* vmstat_work = DEFINE_PER_CPU<delayed_work>();
    internal static int sysctl_stat_interval = HZ;
    private static bool vmstat_late_init_done;

    [KernelSource("mm/vmstat.c", "refresh_vm_stats", Parity.Full)]
    private static void refresh_vm_stats(work_struct* work) => refresh_cpu_vm_stats(true);

    /// <summary>vm.stat_refresh: everything folded in on every CPU, and a line for each counter that is below zero.</summary>
    [KernelSource("mm/vmstat.c", "vmstat_refresh", Parity.Reduced, "no file position")]
    public static int vmstat_refresh()
    {
        int err = schedule_on_each_cpu(&refresh_vm_stats);
        if (err != 0)
            return err;

        for (int i = 0; i < NR_VM_ZONE_STAT_ITEMS; i++)
        {
            // These may be below zero for a moment, in a harmless race.
            switch (i)
            {
                case NR_ZONE_WRITE_PENDING:
                case NR_FREE_CMA_PAGES:
                    continue;
            }
            long val = atomic_long_read(&vm_zone_stat[i]);
            if (val < 0)
                pr_warn($"vmstat_refresh: {Marshal.PtrToStringUTF8((nint)zone_stat_name(i))} {val}");
        }
        for (int i = 0; i < NR_VM_NODE_STAT_ITEMS; i++)
        {
            switch (i)
            {
                case NR_WRITEBACK:
                    continue;
            }
            long val = atomic_long_read(&vm_node_stat[i]);
            if (val < 0)
                pr_warn($"vmstat_refresh: {Marshal.PtrToStringUTF8((nint)node_stat_name(i))} {val}");
        }
        return 0;
    }

    [KernelSource("mm/vmstat.c", "vmstat_update", Parity.Full)]
    [ContextUnsafe("a worker that is bound to its CPU", Rule = "KM0401")]
    private static void vmstat_update(work_struct* w)
    {
        if (refresh_cpu_vm_stats(true))
        {
            // There was something: likely there will be again. Otherwise the shepherd looks after it.
            queue_delayed_work_on(smp_processor_id(), mm_percpu_wq, this_cpu_ptr(vmstat_work),
                round_jiffies_relative((ulong)sysctl_stat_interval));
        }
    }

    [KernelSource("mm/vmstat.c", "need_update", Parity.Full)]
    private static bool need_update(int cpu)
    {
        pglist_data* last_pgdat = null;

        foreach (zone* zone in for_each_populated_zone())
        {
            per_cpu_zonestat* pzstats = per_cpu_ptr(zone->per_cpu_zonestats, cpu);

            if (memchr_inv(pzstats->vm_stat_diff, 0, NR_VM_ZONE_STAT_ITEMS) != null)
                return true;

            if (last_pgdat == zone->zone_pgdat)
                continue;
            last_pgdat = zone->zone_pgdat;
            per_cpu_nodestat* n = per_cpu_ptr(zone->zone_pgdat->per_cpu_nodestats, cpu);
            if (memchr_inv(n->vm_node_stat_diff, 0, NR_VM_NODE_STAT_ITEMS) != null)
                return true;
        }
        return false;
    }

    /// <summary>Called by a CPU that goes idle.</summary>
    [KernelSource("mm/vmstat.c", "quiet_vmstat", Parity.Full)]
    [ContextUnsafe("the idle task of the CPU", Rule = "KM0401")]
    public static void quiet_vmstat()
    {
        if (system_state != SYSTEM_RUNNING)
            return;

        if (!delayed_work_pending(this_cpu_ptr(vmstat_work)))
            return;

        if (!need_update(smp_processor_id()))
            return;

        // The pagesets can wait: they belong to the periodic work.
        refresh_cpu_vm_stats(false);
    }

    // Starts the work again where a CPU counts and its work has stopped.
    private static readonly delayed_work* shepherd = bss<delayed_work>();

    [KernelSource("mm/vmstat.c", "vmstat_shepherd", Parity.Full)]
    private static void vmstat_shepherd(work_struct* w)
    {
        cpus_read_lock();
        foreach (int cpu in for_each_online_cpu())
        {
            delayed_work* dw = per_cpu_ptr(vmstat_work, cpu);

            // Who needs the exact sum adds up all CPUs, so that this may wait as long as the CPU is to be left alone.
            if (cpu_is_isolated(cpu))
                continue;

            if (!delayed_work_pending(dw) && need_update(cpu))
                queue_delayed_work_on(cpu, mm_percpu_wq, dw, 0);

            cond_resched();
        }
        cpus_read_unlock();

        schedule_delayed_work(shepherd, round_jiffies_relative((ulong)sysctl_stat_interval));
    }

    [KernelSource("mm/vmstat.c", "start_shepherd_timer", Parity.Full)]
    private static void start_shepherd_timer()
    {
        foreach (int cpu in for_each_possible_cpu())
        {
            INIT_DEFERRABLE_WORK(per_cpu_ptr(vmstat_work, cpu), &vmstat_update);

            // vmstat_cpu_online() enables it when the CPU comes.
            if (!cpumask_test_cpu(cpu, cpu_online_mask))
                disable_delayed_work_sync(per_cpu_ptr(vmstat_work, cpu));
        }

        INIT_DEFERRABLE_WORK(shepherd, &vmstat_shepherd);
        schedule_delayed_work(shepherd, round_jiffies_relative((ulong)sysctl_stat_interval));
    }

    [KernelSource("mm/vmstat.c", "vmstat_cpu_online", Parity.Reduced, "one node, which always has a CPU")]
    private static int vmstat_cpu_online(uint cpu)
    {
        if (vmstat_late_init_done)
            refresh_zone_stat_thresholds();
        enable_delayed_work(per_cpu_ptr(vmstat_work, (int)cpu));
        return 0;
    }

    [KernelSource("mm/vmstat.c", "vmstat_cpu_down_prep", Parity.Full)]
    private static int vmstat_cpu_down_prep(uint cpu)
    {
        disable_delayed_work_sync(per_cpu_ptr(vmstat_work, (int)cpu));
        return 0;
    }

    [KernelSource("mm/vmstat.c", "vmstat_cpu_dead", Parity.Reduced, "one node, which always has a CPU")]
    private static int vmstat_cpu_dead(uint cpu)
    {
        refresh_zone_stat_thresholds();
        return 0;
    }

    [KernelSource("mm/vmstat.c", "vmstat_late_init", Parity.Full)]
    public static int vmstat_late_init()
    {
        refresh_zone_stat_thresholds();
        vmstat_late_init_done = true;

        return 0;
    }

    public static workqueue_struct* mm_percpu_wq;

    [KernelSource("mm/vmstat.c", "init_mm_internals", Parity.Reduced, "no files are made here: who shows /proc calls the show functions")]
    public static void init_mm_internals()
    {
        mm_percpu_wq = alloc_workqueue("mm_percpu_wq"u8, WQ_MEM_RECLAIM, 0);

        int ret = cpuhp_setup_state_nocalls(CPUHP_MM_VMSTAT_DEAD, "mm/vmstat:dead", null, &vmstat_cpu_dead);
        if (ret < 0)
            pr_err("vmstat: failed to register 'dead' hotplug state");

        ret = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "mm/vmstat:online", &vmstat_cpu_online, &vmstat_cpu_down_prep);
        if (ret < 0)
            pr_err("vmstat: failed to register 'online' hotplug state");

        start_shepherd_timer();
    }
}
