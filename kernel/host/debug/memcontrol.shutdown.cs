// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

// The end of a machine, or of a test: no CPU holds on to a group. In Linux one may for as long as nobody else wants the slot.
public static unsafe partial class mm_memcontrol_c
{
    /// <summary>Empties every CPU's stocks. drain_all_stock() leaves those be that have a group but none of its pages.</summary>
    internal static void drain_each_cpu()
    {
        if (schedule_on_each_cpu(&drain_local_memcg_stock) != 0 || schedule_on_each_cpu(&drain_local_obj_stock) != 0)
            panic("no memory for works");
    }
}
