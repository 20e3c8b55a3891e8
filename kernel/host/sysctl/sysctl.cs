// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Generic;
using System.Globalization;

namespace Linux;

/// <summary>The sysctls of the machine, by name, as /proc/sys shows them.</summary>
public static class sysctl
{
    private sealed record table(Func<long> get, Func<long, int> set, long min, long max);

    [HostState]
    private static readonly Dictionary<string, table> tables = new()
    {
        ["vm.swappiness"] = plain(() => mm_vmscan_c.vm_swappiness, v => mm_vmscan_c.vm_swappiness = (int)v, 0, 200),
        ["vm.page-cluster"] = plain(() => page_cluster, v => page_cluster = (int)v, 0, 31),
        ["vm.drop_caches"] = plain(() => 0, fs_drop_caches_c.drop_caches, 1, 4),
        ["vm.min_free_kbytes"] = new(() => mm_page_alloc_c.min_free_kbytes, v => mm_page_alloc_c.min_free_kbytes_sysctl_handler((int)v), 0, int.MaxValue),
        ["vm.watermark_scale_factor"] = new(() => mm_page_alloc_c.watermark_scale_factor, v => mm_page_alloc_c.watermark_scale_factor_sysctl_handler((int)v), 1, 3000),
        ["vm.watermark_boost_factor"] = plain(() => mm_page_alloc_c.watermark_boost_factor, v => mm_page_alloc_c.watermark_boost_factor = (int)v, 0, int.MaxValue),
        ["vm.percpu_pagelist_high_fraction"] = new(() => mm_page_alloc_c.percpu_pagelist_high_fraction, v => mm_page_alloc_c.percpu_pagelist_high_fraction_sysctl_handler((int)v), 0, int.MaxValue),
        ["vm.vfs_cache_pressure"] = plain(() => fs_super_c.sysctl_vfs_cache_pressure, v => fs_super_c.sysctl_vfs_cache_pressure = (int)v, 0, int.MaxValue),
        ["vm.overcommit_memory"] = plain(() => mm_util_c.sysctl_overcommit_memory, v => mm_util_c.sysctl_overcommit_memory = (int)v, 0, 2),
        ["vm.overcommit_ratio"] = plain(() => mm_util_c.sysctl_overcommit_ratio, v => mm_util_c.sysctl_overcommit_ratio = (int)v, int.MinValue, int.MaxValue),
        ["vm.max_map_count"] = plain(() => mm_mmap_c.sysctl_max_map_count, v => mm_mmap_c.sysctl_max_map_count = (int)v, 0, int.MaxValue),
        ["vm.panic_on_oom"] = plain(() => mm_oom_kill_c.sysctl_panic_on_oom, v => mm_oom_kill_c.sysctl_panic_on_oom = (int)v, 0, 2),
        ["vm.oom_kill_allocating_task"] = plain(() => mm_oom_kill_c.sysctl_oom_kill_allocating_task, v => mm_oom_kill_c.sysctl_oom_kill_allocating_task = (int)v, int.MinValue, int.MaxValue),
        ["vm.oom_dump_tasks"] = plain(() => mm_oom_kill_c.sysctl_oom_dump_tasks, v => mm_oom_kill_c.sysctl_oom_dump_tasks = (int)v, int.MinValue, int.MaxValue),
        ["vm.stat_interval"] = plain(() => mm_vmstat_c.sysctl_stat_interval / HZ, v => mm_vmstat_c.sysctl_stat_interval = (int)v * HZ, 0, int.MaxValue / HZ),
        ["vm.dirty_background_ratio"] = new(() => mm_page_writeback_c.dirty_background_ratio, dirty_background_ratio_handler, 0, 100),
        ["vm.dirty_background_bytes"] = new(() => (long)mm_page_writeback_c.dirty_background_bytes, dirty_background_bytes_handler, 1, long.MaxValue),
        ["vm.dirty_ratio"] = new(() => mm_page_writeback_c.vm_dirty_ratio, dirty_ratio_handler, 0, 100),
        ["vm.dirty_bytes"] = new(() => (long)mm_page_writeback_c.vm_dirty_bytes, dirty_bytes_handler, (long)dirty_bytes_min, long.MaxValue),
        ["vm.dirty_writeback_centisecs"] = new(() => dirty_writeback_interval, dirty_writeback_centisecs_handler, 0, int.MaxValue),
        ["vm.dirty_expire_centisecs"] = plain(() => dirty_expire_interval, v => dirty_expire_interval = (uint)v, 0, int.MaxValue),
        ["vm.laptop_mode"] = plain(() => laptop_mode / HZ, v => laptop_mode = (int)v * HZ, 0, int.MaxValue / HZ),
    };

    private static table plain(Func<long> get, Action<long> set, long min, long max) => new(get, v =>
    {
        set(v);
        return 0;
    }, min, max);

    /// <summary>The names there are, sorted.</summary>
    public static IEnumerable<string> names => tables.Keys;

    /// <summary>Reads a sysctl; null when there is none of this name.</summary>
    public static string? read(string name) =>
        tables.TryGetValue(name, out table? t) ? t.get().ToString(CultureInfo.InvariantCulture) : null;

    /// <summary>Writes a sysctl; 0, -ENOENT, -EINVAL for a value that is no number or out of range, or what its handler says.</summary>
    public static long write(string name, string value)
    {
        if (!tables.TryGetValue(name, out table? t))
            return -ENOENT;
        if (!long.TryParse(value.AsSpan().Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long v))
            return -EINVAL;
        if (v < t.min || v > t.max)
            return -EINVAL;
        return t.set(v);
    }
}
