// SPDX-License-Identifier: GPL-2.0-only
using static Linux.kernel_cgroup_cgroup_internal_h;
using static Linux.linux_errno_h;
using static Linux.linux_kernel_h;
using static Linux.linux_mutex_h;
using static Linux.linux_rcupdate_h;
using static Linux.linux_sched_h;
using static Linux.linux_slab_h;
using static Linux.linux_spinlock_h;
using static Linux.linux_percpu_rwsem_h;
using static Linux.linux_string_h;
using static Linux.linux_hashtable_h;
using static Linux.linux_idr_h;
using static Linux.linux_atomic_h;
using static Linux.linux_cpuset_h;
using static Linux.linux_sched_cputime_h;
using static Linux.linux_psi_h;
using static Linux.linux_cgroup_subsys_h;
using static Linux.linux_cgroup_refcnt_h;

namespace Linux;

// kernel/cgroup/cgroup.c: cgroups by their id.
public static unsafe partial class kernel_cgroup_cgroup_c
{
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_path_from_kernfs_id", Parity.Full)]
    public static void cgroup_path_from_kernfs_id(ulong id, byte* buf, ulong buflen)
    {
        kernfs_node* kn;

        kn = kernfs_find_and_get_node_by_id(cgrp_dfl_root->kf_root, id);
        if (kn == null)
            return;
        kernfs_path(kn, buf, buflen);
        kernfs_put(kn);
    }

    [KernelSource("kernel/cgroup/cgroup.c", "__cgroup_get_from_id", Parity.Full)]
    [ReturnsOwned]
    public static cgroup* __cgroup_get_from_id(ulong id)
    {
        kernfs_node* kn;
        cgroup* cgrp;

        kn = kernfs_find_and_get_node_by_id(cgrp_dfl_root->kf_root, id);
        if (kn == null)
            return ERR_PTR<cgroup>(-ENOENT);

        if (kernfs_type(kn) != KERNFS_DIR) {
            kernfs_put(kn);
            return ERR_PTR<cgroup>(-ENOENT);
        }

        rcu_read_lock();

        cgrp = rcu_dereference(__rcu((cgroup**)&kn->priv));
        if (cgrp != null && !cgroup_tryget(cgrp))
            cgrp = null;

        rcu_read_unlock();
        kernfs_put(kn);

        if (cgrp == null)
            return ERR_PTR<cgroup>(-ENOENT);
        return cgrp;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_get_from_id", Parity.Full)]
    [ReturnsOwned]
    public static cgroup* cgroup_get_from_id(ulong id)
    {
        cgroup* cgrp, root_cgrp;

        cgrp = __cgroup_get_from_id(id);
        if (IS_ERR(cgrp))
            return cgrp;

        root_cgrp = current_cgns_cgroup_dfl();
        if (!cgroup_is_descendant(cgrp, root_cgrp)) {
            cgroup_put(cgrp);
            return ERR_PTR<cgroup>(-ENOENT);
        }

        return cgrp;
    }

    // A task is with init_css_set until cgroup_post_fork() puts it where it belongs.
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_fork", Parity.Full)]
    public static void cgroup_fork(task_struct* child)
    {
        RCU_INIT_POINTER(&child->cgroups, init_css_set);
        INIT_LIST_HEAD(&child->cg_list);
    }
}
