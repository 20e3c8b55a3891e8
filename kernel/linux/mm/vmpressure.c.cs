// SPDX-License-Identifier: GPL-2.0-only

namespace Linux;

/// <summary>How hard reclaim works: of a window of pages scanned, how many could not be reclaimed.</summary>
public static unsafe partial class mm_vmpressure_c
{
    private const ulong vmpressure_win = SWAP_CLUSTER_MAX * 16;

    // In percent of the window.
    private const uint vmpressure_level_med = 60;
    private const uint vmpressure_level_critical = 95;

    // ilog2(100 / 10): at a tenth of the lists scanned at once.
    private const int vmpressure_level_critical_prio = 3;

    private const int VMPRESSURE_LOW = 0;
    private const int VMPRESSURE_MEDIUM = 1;
    private const int VMPRESSURE_CRITICAL = 2;

    [KernelSource("mm/vmpressure.c", "work_to_vmpressure", Parity.Full)]
    private static vmpressure* work_to_vmpressure(work_struct* work) =>
        container_of<vmpressure>(work, &((vmpressure*)nowhere)->work);

    [KernelSource("mm/vmpressure.c", "vmpressure_parent", Parity.Full)]
    private static vmpressure* vmpressure_parent(vmpressure* vmpr)
    {
        mem_cgroup* memcg = vmpressure_to_memcg(vmpr);

        memcg = parent_mem_cgroup(memcg);
        if (memcg == null)
            return null;
        return memcg_to_vmpressure(memcg);
    }

    [KernelSource("mm/vmpressure.c", "vmpressure_level", Parity.Full)]
    private static int vmpressure_level(ulong pressure)
    {
        if (pressure >= vmpressure_level_critical)
            return VMPRESSURE_CRITICAL;
        else if (pressure >= vmpressure_level_med)
            return VMPRESSURE_MEDIUM;
        return VMPRESSURE_LOW;
    }

    [KernelSource("mm/vmpressure.c", "vmpressure_calc_level", Parity.Full)]
    private static int vmpressure_calc_level(ulong scanned, ulong reclaimed)
    {
        ulong scale = scanned + reclaimed;
        ulong pressure = 0;

        // More may be reclaimed than was scanned, with slab objects or large folios.
        if (reclaimed >= scanned)
            goto @out;
        // The scale keeps what the integer division would lose.
        pressure = scale - reclaimed * scale / scanned;
        pressure = pressure * 100 / scale;

    @out:
        return vmpressure_level(pressure);
    }

    [KernelSource("mm/vmpressure.c", "vmpressure_event", Parity.Stub, "listeners register through cgroup v1 only: there are none")]
    private static bool vmpressure_event(vmpressure* vmpr, int level, bool ancestor, bool signalled) => false;

    [KernelSource("mm/vmpressure.c", "vmpressure_work_fn", Parity.Full)]
    [Excludes("vmpressure.sr_lock")]
    private static void vmpressure_work_fn(work_struct* work)
    {
        vmpressure* vmpr = work_to_vmpressure(work);

        spin_lock(&vmpr->sr_lock);
        // Several works may have been asked for and the first have taken all.
        ulong scanned = vmpr->tree_scanned;
        if (scanned == 0)
        {
            spin_unlock(&vmpr->sr_lock);
            return;
        }

        ulong reclaimed = vmpr->tree_reclaimed;
        vmpr->tree_scanned = 0;
        vmpr->tree_reclaimed = 0;
        spin_unlock(&vmpr->sr_lock);

        int level = vmpressure_calc_level(scanned, reclaimed);
        bool ancestor = false, signalled = false;

        do
        {
            if (vmpressure_event(vmpr, level, ancestor, signalled))
                signalled = true;
            ancestor = true;
        } while ((vmpr = vmpressure_parent(vmpr)) != null);
    }

    /// <summary>Counts one step of reclaim in a group. With <paramref name="tree"/> for its subtree, else for its own.</summary>
    [KernelSource("mm/vmpressure.c", "vmpressure", Parity.Full)]
    [Excludes("vmpressure.sr_lock")]
    public static void vmpressure(gfp_t gfp, mem_cgroup* memcg, bool tree, ulong scanned, ulong reclaimed)
    {
        if (mem_cgroup_disabled())
            return;

        // A group's own pressure is for sockets, which are charged on the default hierarchy only.
        if (!cgroup_subsys_on_dfl(memory_cgrp_subsys) && !tree)
            return;

        vmpressure* vmpr = memcg_to_vmpressure(memcg);

        // Pressure on a low zone, or from a caller that may not write back, says little of what users could do.
        if ((gfp & (__GFP_HIGHMEM | __GFP_MOVABLE | __GFP_IO | __GFP_FS)) == 0)
            return;

        // Nothing scanned though it was tried: the LRU lists are empty, and it is for vmpressure_prio() to tell.
        if (scanned == 0)
            return;

        if (tree)
        {
            spin_lock(&vmpr->sr_lock);
            scanned = vmpr->tree_scanned += scanned;
            vmpr->tree_reclaimed += reclaimed;
            spin_unlock(&vmpr->sr_lock);

            if (scanned < vmpressure_win)
                return;
            schedule_work(&vmpr->work);
        }
        else
        {
            // The root group's sockets are not charged.
            if (memcg == null || mem_cgroup_is_root(memcg))
                return;

            spin_lock(&vmpr->sr_lock);
            scanned = vmpr->scanned += scanned;
            reclaimed = vmpr->reclaimed += reclaimed;
            if (scanned < vmpressure_win)
            {
                spin_unlock(&vmpr->sr_lock);
                return;
            }
            vmpr->scanned = vmpr->reclaimed = 0;
            spin_unlock(&vmpr->sr_lock);

            int level = vmpressure_calc_level(scanned, reclaimed);

            // Sockets hold back for a second.
            if (level > VMPRESSURE_LOW)
                mem_cgroup_set_socket_pressure(memcg);
        }
    }

    /// <summary>Reclaim has come down to a priority at which it is certain that things are bad.</summary>
    [KernelSource("mm/vmpressure.c", "vmpressure_prio", Parity.Full)]
    public static void vmpressure_prio(gfp_t gfp, mem_cgroup* memcg, int prio)
    {
        if (prio > vmpressure_level_critical_prio)
            return;

        // A window in which nothing was reclaimed.
        vmpressure(gfp, memcg, true, vmpressure_win, 0);
    }

    [KernelSource("mm/vmpressure.c", "vmpressure_init", Parity.Full)]
    public static void vmpressure_init(vmpressure* vmpr)
    {
        spin_lock_init(&vmpr->sr_lock);
        mutex_init(&vmpr->events_lock);
        INIT_LIST_HEAD(&vmpr->events);
        INIT_WORK(&vmpr->work, &vmpressure_work_fn);
    }

    [KernelSource("mm/vmpressure.c", "vmpressure_cleanup", Parity.Full)]
    public static void vmpressure_cleanup(vmpressure* vmpr) => flush_work(&vmpr->work);
}
