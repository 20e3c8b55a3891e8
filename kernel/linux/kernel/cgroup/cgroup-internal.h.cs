// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_cgroup_h;
using static Linux.linux_kernfs_h;
using static Linux.linux_workqueue_h;
using static Linux.linux_list_h;
using static Linux.linux_refcount_h;

namespace Linux;

public static unsafe partial class kernel_cgroup_cgroup_internal_h
{
    // CGROUP_MGCTX_INIT: the lists point at themselves, so the context must not move afterwards
    [KernelSource("kernel/cgroup/cgroup-internal.h", "CGROUP_MGCTX_INIT", Parity.Full)]
    internal static void CGROUP_MGCTX_INIT(cgroup_mgctx* mgctx)
    {
        *mgctx = default;
        INIT_LIST_HEAD(&mgctx->preloaded_src_csets);
        INIT_LIST_HEAD(&mgctx->preloaded_dst_csets);
        INIT_LIST_HEAD(&mgctx->tset.src_csets);
        INIT_LIST_HEAD(&mgctx->tset.dst_csets);
        mgctx->tset.csets = &mgctx->tset.src_csets;
    }

    [KernelSource("kernel/cgroup/cgroup-internal.h", "cgroup_is_dead", Parity.Full)]
    public static bool cgroup_is_dead(cgroup* cgrp)
    {
        return (cgrp->self.flags & linux_cgroup_defs_h.CSS_ONLINE) == 0;
    }

    [KernelSource("kernel/cgroup/cgroup-internal.h", "notify_on_release", Parity.Full)]
    public static bool notify_on_release(cgroup* cgrp)
    {
        return test_bit(linux_cgroup_defs_h.CGRP_NOTIFY_ON_RELEASE, &cgrp->flags);
    }

    [KernelSource("kernel/cgroup/cgroup-internal.h", "put_css_set", Parity.Full)]
    public static void put_css_set(css_set* cset)
    {
        // The count may reach zero only under css_set_lock, so that no reader sees it there.
        if (refcount_dec_not_one(&cset->refcount))
            return;

        spin_lock_irqsave(css_set_lock, out IrqFlags flags);
        put_css_set_locked(cset);
        spin_unlock_irqrestore(css_set_lock, flags);
    }

    [KernelSource("kernel/cgroup/cgroup-internal.h", "get_css_set", Parity.Full)]
    public static void get_css_set(css_set* cset)
    {
        refcount_inc(&cset->refcount);
    }
}

/// <summary>What an open control file keeps, in kernfs_open_file::priv.</summary>
public unsafe struct cgroup_file_ctx
{
    public struct psi_ctx
    {
        public void* trigger;
    }

    public struct procs_ctx
    {
        public bool started;
        public css_task_iter iter;
    }

    public psi_ctx psi;
    public procs_ctx procs;
    public cgroup_of_peak peak;
}

/// <summary>One pair of a cgroup and a css_set that use each other, linked from both sides.</summary>
public unsafe struct cgrp_cset_link
{
    public cgroup* cgrp;
    public css_set* cset;

    public list_head cset_link; // on cgrp->cset_links
    public list_head cgrp_link; // on cset->cgrp_links
}

/// <summary>The tasks and css_sets of a migration.</summary>
public unsafe struct cgroup_taskset
{
    // through css_set::mg_node
    public list_head src_csets;
    public list_head dst_csets;

    public int nr_tasks;

    public int ssid;

    // src_csets before the migration is committed, dst_csets after
    public list_head* csets;
    public css_set* cur_cset;
    public task_struct* cur_task;
}

public struct cgroup_mgctx
{
    public list_head preloaded_src_csets;
    public list_head preloaded_dst_csets;

    public cgroup_taskset tset;

    public ushort ss_mask;
}
