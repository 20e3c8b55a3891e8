// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>
/// The controllers beside memory, there to be listed and switched on as on the recorded machine, and to weigh in a
/// group's memory and life what a css weighs. They control nothing.
/// </summary>
public static unsafe class kernel_host_controllers
{
    public static readonly cgroup_subsys* cpuset_cgrp_subsys = controller(CFTYPES(
        new cftype("cpus"u8) { flags = CFTYPE_NOT_ON_ROOT, seq_show = &nothing_show }), threaded: true);

    public static readonly cgroup_subsys* cpu_cgrp_subsys = controller(CFTYPES(
        new cftype("weight"u8) { flags = CFTYPE_NOT_ON_ROOT, read_u64 = &weight_read }), threaded: true);

    public static readonly cgroup_subsys* perf_event_cgrp_subsys = controller(null, threaded: true, implicit_on_dfl: true);

    public static readonly cgroup_subsys* hugetlb_cgrp_subsys = controller(CFTYPES(
        new cftype("2MB.current"u8) { flags = CFTYPE_NOT_ON_ROOT, read_u64 = &zero_read }));

    public static readonly cgroup_subsys* rdma_cgrp_subsys = controller(CFTYPES(
        new cftype("current"u8) { flags = CFTYPE_NOT_ON_ROOT, seq_show = &nothing_show }));

    public static readonly cgroup_subsys* misc_cgrp_subsys = controller(CFTYPES(
        new cftype("current"u8) { seq_show = &nothing_show }));

    private static cgroup_subsys* controller(cftype* files, bool threaded = false, bool implicit_on_dfl = false) =>
        data<cgroup_subsys>(new cgroup_subsys
        {
            css_alloc = &css_alloc,
            css_free = &css_free,
            dfl_cftypes = files,
            threaded = threaded,
            implicit_on_dfl = implicit_on_dfl,
        });

    private static cgroup_subsys_state* css_alloc(cgroup_subsys_state* parent_css)
    {
        void* css = kzalloc((ulong)sizeof(cgroup_subsys_state), GFP_KERNEL);

        return css != null ? (cgroup_subsys_state*)css : ERR_PTR<cgroup_subsys_state>(-ENOMEM);
    }

    private static void css_free(cgroup_subsys_state* css) => kfree(css);

    private static int nothing_show(seq_file* seq, void* v) => 0;

    private static ulong weight_read(cgroup_subsys_state* css, cftype* cft) => (ulong)linux_cgroup_h.CGROUP_WEIGHT_DFL;

    private static ulong zero_read(cgroup_subsys_state* css, cftype* cft) => 0;
}
