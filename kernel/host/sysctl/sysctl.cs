// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Generic;
using System.Globalization;

namespace Linux;

/// <summary>The sysctls of the machine, by name, as /proc/sys shows them.</summary>
public static class sysctl
{
    private sealed record table(Func<long> get, Action<long> set, long min, long max);

    [HostState]
    private static readonly Dictionary<string, table> tables = new()
    {
        ["vm.swappiness"] = new(() => mm_vmscan_c.vm_swappiness, v => mm_vmscan_c.vm_swappiness = (int)v, 0, 200),
        ["vm.page-cluster"] = new(() => page_cluster, v => page_cluster = (int)v, 0, 31),
        ["vm.drop_caches"] = new(() => 0, fs_drop_caches_c.drop_caches, 1, 4),
    };

    /// <summary>The names there are, sorted.</summary>
    public static IEnumerable<string> names => tables.Keys;

    /// <summary>Reads a sysctl; null when there is none of this name.</summary>
    public static string? read(string name) =>
        tables.TryGetValue(name, out table? t) ? t.get().ToString(CultureInfo.InvariantCulture) : null;

    /// <summary>Writes a sysctl; 0, -ENOENT, or -EINVAL for a value that is no number or out of range.</summary>
    public static long write(string name, string value)
    {
        if (!tables.TryGetValue(name, out table? t))
            return -ENOENT;
        if (!long.TryParse(value.AsSpan().Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long v))
            return -EINVAL;
        if (v < t.min || v > t.max)
            return -EINVAL;
        t.set(v);
        return 0;
    }
}
