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
using static Linux.linux_psi_types_h;

namespace Linux;

// The pressure files.
public static unsafe partial class kernel_cgroup_cgroup_c
{
    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_io_pressure_show", Parity.Full)]
    private static int cgroup_io_pressure_show(seq_file* seq, void* v) =>
        psi_show(seq, cgroup_psi(seq_css(seq)->cgroup), PSI_IO);

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_memory_pressure_show", Parity.Full)]
    private static int cgroup_memory_pressure_show(seq_file* seq, void* v) =>
        psi_show(seq, cgroup_psi(seq_css(seq)->cgroup), PSI_MEM);

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_cpu_pressure_show", Parity.Full)]
    private static int cgroup_cpu_pressure_show(seq_file* seq, void* v) =>
        psi_show(seq, cgroup_psi(seq_css(seq)->cgroup), PSI_CPU);

    [KernelSource("kernel/cgroup/cgroup.c", "pressure_write", Parity.Full)]
    private static long pressure_write(kernfs_open_file* of, byte* buf, ulong nbytes, int res)
    {
        cgroup_file_ctx* ctx = (cgroup_file_ctx*)of->priv;

        cgroup* cgrp = cgroup_kn_lock_live(of->kn, false);
        if (cgrp == null)
            return -ENODEV;

        cgroup_get(cgrp);
        cgroup_kn_unlock(of->kn);

        // One trigger for each open file.
        if (ctx->psi.trigger != null)
        {
            cgroup_put(cgrp);
            return -EBUSY;
        }

        psi_group* psi = cgroup_psi(cgrp);
        psi_trigger* @new = psi_trigger_create(psi, buf, res, of->file, of);
        if (IS_ERR(@new))
        {
            cgroup_put(cgrp);
            return PTR_ERR(@new);
        }

        smp_store_release((nint*)&ctx->psi.trigger, (nint)@new);
        cgroup_put(cgrp);

        return (long)nbytes;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_io_pressure_write", Parity.Full)]
    private static long cgroup_io_pressure_write(kernfs_open_file* of, byte* buf, ulong nbytes, long off) =>
        pressure_write(of, buf, nbytes, PSI_IO);

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_memory_pressure_write", Parity.Full)]
    private static long cgroup_memory_pressure_write(kernfs_open_file* of, byte* buf, ulong nbytes, long off) =>
        pressure_write(of, buf, nbytes, PSI_MEM);

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_cpu_pressure_write", Parity.Full)]
    private static long cgroup_cpu_pressure_write(kernfs_open_file* of, byte* buf, ulong nbytes, long off) =>
        pressure_write(of, buf, nbytes, PSI_CPU);

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_pressure_show", Parity.Full)]
    private static int cgroup_pressure_show(seq_file* seq, void* v)
    {
        psi_group* psi = cgroup_psi(seq_css(seq)->cgroup);

        seq_printf(seq, $"{(psi->enabled ? 1 : 0)}\n");

        return 0;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_pressure_write", Parity.Full)]
    private static long cgroup_pressure_write(kernfs_open_file* of, byte* buf, ulong nbytes, long off)
    {
        int enable;

        int ret = kstrtoint(strstrip(buf), 0, &enable);
        if (ret != 0)
            return ret;

        if (enable < 0 || enable > 1)
            return -ERANGE;

        cgroup* cgrp = cgroup_kn_lock_live(of->kn, false);
        if (cgrp == null)
            return -ENOENT;

        psi_group* psi = cgroup_psi(cgrp);
        if (psi->enabled != (enable != 0))
        {
            // The files of the resources come and go with it.
            for (int i = 0; i < NR_PSI_RESOURCES; i++)
                cgroup_file_show(&cgrp->psi_files[i], enable != 0);

            psi->enabled = enable != 0;
            if (enable != 0)
                psi_cgroup_restart(psi);
        }

        cgroup_kn_unlock(of->kn);

        return (long)nbytes;
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_pressure_poll", Parity.Full)]
    private static uint cgroup_pressure_poll(kernfs_open_file* of, poll_table_struct* pt)
    {
        cgroup_file_ctx* ctx = (cgroup_file_ctx*)of->priv;

        return psi_trigger_poll(&ctx->psi.trigger, of->file, pt);
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_pressure_release", Parity.Full)]
    private static void cgroup_pressure_release(kernfs_open_file* of)
    {
        cgroup_file_ctx* ctx = (cgroup_file_ctx*)of->priv;

        psi_trigger_destroy((psi_trigger*)ctx->psi.trigger);
    }

    [KernelSource("kernel/cgroup/cgroup.c", "cgroup_psi_enabled", Parity.Full)]
    public static bool cgroup_psi_enabled()
    {
        if (psi_disabled)
            return false;

        return (cgroup_feature_disable_mask & (1 << OPT_FEATURE_PRESSURE)) == 0;
    }

    private static readonly cftype* cgroup_psi_files = CFTYPES(
        new("io.pressure"u8)
        {
            file_offset = (uint)offsetof(&((cgroup*)nowhere)->psi_files[PSI_IO]),
            seq_show = &cgroup_io_pressure_show,
            write = &cgroup_io_pressure_write,
            poll = &cgroup_pressure_poll,
            release = &cgroup_pressure_release,
        },
        new("memory.pressure"u8)
        {
            file_offset = (uint)offsetof(&((cgroup*)nowhere)->psi_files[PSI_MEM]),
            seq_show = &cgroup_memory_pressure_show,
            write = &cgroup_memory_pressure_write,
            poll = &cgroup_pressure_poll,
            release = &cgroup_pressure_release,
        },
        new("cpu.pressure"u8)
        {
            file_offset = (uint)offsetof(&((cgroup*)nowhere)->psi_files[PSI_CPU]),
            seq_show = &cgroup_cpu_pressure_show,
            write = &cgroup_cpu_pressure_write,
            poll = &cgroup_pressure_poll,
            release = &cgroup_pressure_release,
        },
        new("cgroup.pressure"u8)
        {
            seq_show = &cgroup_pressure_show,
            write = &cgroup_pressure_write,
        });
}
