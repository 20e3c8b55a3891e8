// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

// The end of a machine, or of a test: no CPU holds on to a group. In Linux one may for as long as nobody else wants the slot.
public static unsafe partial class mm_memcontrol_c
{
    /// <summary>
    /// Empties the stocks of all CPUs, if there is one to empty: works make workers. drain_all_stock() leaves those be
    /// that have a group but none of its pages.
    /// </summary>
    internal static void drain_each_cpu()
    {
        if (!any_stocked())
            return;
        if (schedule_on_each_cpu(&drain_local_memcg_stock) != 0 || schedule_on_each_cpu(&drain_local_obj_stock) != 0)
            panic("no memory for works");
    }

    private static bool any_stocked()
    {
        foreach (int cpu in for_each_possible_cpu())
        {
            memcg_stock_pcp* stock = per_cpu_ptr(memcg_stock, cpu);

            if (READ_ONCE(&per_cpu_ptr(obj_stock, cpu)->cached_objcg) != null)
                return true;
            for (int i = 0; i < NR_MEMCG_STOCK; i++)
            {
                if (READ_ONCE(&stock->cached[i]) != null)
                    return true;
            }
        }
        return false;
    }

    /// <summary>Brings the statistics of all groups together up to date.</summary>
    internal static void flush_root() => css_rstat_flush(&root_mem_cgroup->css);

    /// <summary>A statistic of all groups together, as of the last flush.</summary>
    internal static long root_state(int item) => root_mem_cgroup->vmstats->state[memcg_stats_index(item)];

    /// <summary>A statistic of the root alone.</summary>
    internal static long root_state_local(int item) => root_mem_cgroup->vmstats->state_local[memcg_stats_index(item)];
}
