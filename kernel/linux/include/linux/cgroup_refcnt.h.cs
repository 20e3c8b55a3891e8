// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_cgroup_defs_h;

namespace Linux;

public static unsafe partial class linux_cgroup_refcnt_h
{
    [KernelSource("include/linux/cgroup_refcnt.h", "css_get", Parity.Full)]
    [GetsRef("css")]
    public static void css_get(cgroup_subsys_state* css)
    {
        if ((css->flags & CSS_NO_REF) == 0)
            percpu_ref_get(&css->refcnt);
    }

    [KernelSource("include/linux/cgroup_refcnt.h", "css_get_many", Parity.Full)]
    public static void css_get_many(cgroup_subsys_state* css, uint n)
    {
        if ((css->flags & CSS_NO_REF) == 0)
            percpu_ref_get_many(&css->refcnt, n);
    }

    // Works on an offline css too: it fails only once the count has reached zero.
    [KernelSource("include/linux/cgroup_refcnt.h", "css_tryget", Parity.Full)]
    [TryGetsRef(Result.True, "css")]
    public static bool css_tryget(cgroup_subsys_state* css)
    {
        if ((css->flags & CSS_NO_REF) == 0)
            return percpu_ref_tryget(&css->refcnt);
        return true;
    }

    [KernelSource("include/linux/cgroup_refcnt.h", "css_tryget_online", Parity.Full)]
    [TryGetsRef(Result.True, "css")]
    public static bool css_tryget_online(cgroup_subsys_state* css)
    {
        if ((css->flags & CSS_NO_REF) == 0)
            return percpu_ref_tryget_live(&css->refcnt);
        return true;
    }

    [KernelSource("include/linux/cgroup_refcnt.h", "css_put", Parity.Full)]
    [PutsRef("css")]
    public static void css_put(cgroup_subsys_state* css)
    {
        if ((css->flags & CSS_NO_REF) == 0)
            percpu_ref_put(&css->refcnt);
    }

    [KernelSource("include/linux/cgroup_refcnt.h", "css_put_many", Parity.Full)]
    [PutsRef("css")]
    public static void css_put_many(cgroup_subsys_state* css, uint n)
    {
        if ((css->flags & CSS_NO_REF) == 0)
            percpu_ref_put_many(&css->refcnt, n);
    }
}
