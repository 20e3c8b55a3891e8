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
