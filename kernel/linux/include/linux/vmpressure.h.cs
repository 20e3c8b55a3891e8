// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mutex_h;
using static Linux.linux_list_h;
using static Linux.linux_workqueue_h;
using static Linux.linux_gfp_h;
using static Linux.linux_types_h;
using static Linux.linux_cgroup_h;

namespace Linux;

/// <summary>How hard reclaim has to work for one group: pages it scanned against pages it got, in windows.</summary>
public unsafe struct vmpressure
{
    [GuardedBy("this.sr_lock")]
    public ulong scanned;
    [GuardedBy("this.sr_lock")]
    public ulong reclaimed;

    [GuardedBy("this.sr_lock")]
    public ulong tree_scanned;
    [GuardedBy("this.sr_lock")]
    public ulong tree_reclaimed;
    // Guards the four counts.
    public spinlock_t sr_lock;

    // Listeners (cgroup v1), guarded by events_lock.
    public list_head events;
    public mutex events_lock;

    public work_struct work;
}
