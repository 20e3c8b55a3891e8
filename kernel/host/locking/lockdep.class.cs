// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Generic;

namespace Linux;

/// <summary>From addresses to classes.</summary>
public static unsafe partial class lockdep
{
    internal static void init_map(nint @lock, string name, nint key, uint subclass, int inner, int outer, int type, string file, int line)
    {
        held_stack s = this_held();
        for (int i = 0; i < s.depth; i++)
        {
            if (s.locks[i].instance == @lock)
            {
                report("held lock freed", "", $"{task_name()} initialises {name} at 0x{@lock:x}, which it holds: {describe(s.locks[i])}", trace_here());
                break;
            }
        }

        string clean = clean_name(name);
        lock (maps_lock)
            register(@lock, map_for(key != 0 ? new map_key(key, "", "", 0, subclass) : new map_key(0, clean, file, line, subclass), clean, inner, outer, type));
    }

    internal static void set_class(nint @lock, nint key, string name, uint subclass)
    {
        string clean = clean_name(name);
        lock (maps_lock)
        {
            maps.TryGetValue(@lock, out lock_map? old);
            register(@lock, map_for(new map_key(key, "", "", 0, subclass), clean, old?.inner ?? LD_WAIT_INV, old?.outer ?? LD_WAIT_INV, old?.type ?? LD_LOCK_NORMAL));
        }
    }

    /// <summary>Gives a lock the class that another address has, if it has one.</summary>
    internal static void copy_class(nint @lock, nint from)
    {
        lock (maps_lock)
        {
            if (!maps.TryGetValue(from, out lock_map? map))
                return;
            if (map.inner == LD_WAIT_INV && maps.TryGetValue(@lock, out lock_map? own))
            {
                map.inner = own.inner;
                map.outer = own.outer;
                map.type = own.type;
            }

            register(@lock, map);
        }
    }

    internal static void set_subclass(nint @lock, uint subclass)
    {
        lock (maps_lock)
        {
            if (!maps.TryGetValue(@lock, out lock_map? old))
                return;
            lock_map map = new() { name = old.name, site = old.site, inner = old.inner, outer = old.outer, type = old.type, subclass = subclass };
            // The classes are the old map's: a subclass is a position, not another kind of lock.
            for (int i = 0; i < old.classes.Length; i++)
                map.classes[i] = old.classes[i] ??= new_class(old, (uint)i);
            register(@lock, map);
        }
    }

    internal static void set_novalidate(nint @lock)
    {
        lock (maps_lock)
            register(@lock, new lock_map { name = "&__lockdep_no_validate__", site = "", novalidate = true });
    }

    internal static void forget_key(nint key)
    {
        lock (maps_lock)
        {
            List<map_key> gone = [];
            foreach (map_key k in map_of_site.Keys)
            {
                if (k.address == key)
                    gone.Add(k);
            }

            foreach (map_key k in gone)
                map_of_site.Remove(k);
        }
    }

    internal static void free_range(nint from, nint length)
    {
        held_stack s = this_held();
        for (int i = 0; i < s.depth; i++)
        {
            nint at = s.locks[i].instance;
            if (at >= from && at < from + length)
            {
                report("held lock freed", $"{s.locks[i].@class.name}",
                    $"{task_name()} frees memory 0x{from:x}-0x{from + length - 1:x} with a lock still held there!\n{describe(s.locks[i])}", trace_here());
            }
        }

        // An object that goes back to its slab may keep its locks, as its constructor made them; a page frame keeps nothing.
        if (((from | length) & ((1 << page_shift) - 1)) != 0 || locks_of_page.Count == 0)
            return;
        lock (maps_lock)
        {
            for (nint page = from >> page_shift; page <= (from + length - 1) >> page_shift; page++)
            {
                if (!locks_of_page.TryGetValue(page, out HashSet<nint>? here))
                    continue;
                here.RemoveWhere(at => at >= from && at < from + length && maps.TryRemove(at, out _));
                if (here.Count == 0)
                    locks_of_page.Remove(page);
            }
        }
    }

    private static void register(nint @lock, lock_map map)
    {
        maps[@lock] = map;
        if (!locks_of_page.TryGetValue(@lock >> page_shift, out HashSet<nint>? here))
            locks_of_page[@lock >> page_shift] = here = [];
        here.Add(@lock);
    }

    private static lock_map map_for(map_key key, string name, int inner, int outer, int type)
    {
        if (!map_of_site.TryGetValue(key, out lock_map? map))
        {
            map = new lock_map
            {
                name = name,
                site = key.file.Length == 0 ? "" : $"{System.IO.Path.GetFileName(key.file)}:{key.line}",
                inner = inner,
                outer = outer,
                type = type,
                subclass = key.subclass,
            };
            map_of_site[key] = map;
        }

        return map;
    }

    /// <summary>A lock that nobody initialised: a static one is its own class, another belongs to the place that met it first.</summary>
    private static lock_map first_use(nint @lock, lock_kind kind, string name, string file, int line)
    {
        int inner = kind switch
        {
            lock_kind.raw_spin => LD_WAIT_SPIN,
            lock_kind.spin or lock_kind.local or lock_kind.bit => LD_WAIT_CONFIG,
            lock_kind.sleep => LD_WAIT_SLEEP,
            _ => LD_WAIT_INV,
        };
        int type = kind == lock_kind.local ? LD_LOCK_PERCPU : LD_LOCK_NORMAL;
        string clean = clean_name(name, kind);
        lock (maps_lock)
        {
            if (maps.TryGetValue(@lock, out lock_map? map))
                return map;
            nint identity = static_identity(@lock);
            map_key key = identity != 0 ? new map_key(identity, "", "", 0) : new map_key(0, clean, file, line);
            map = map_for(key, clean, inner, LD_WAIT_INV, type);
            register(@lock, map);
            return map;
        }
    }

    private static string clean_name(string expression, lock_kind kind = lock_kind.unknown)
    {
        ReadOnlySpan<char> s = expression.AsSpan().Trim();
        while (s.Length > 0 && (s[0] == '&' || s[0] == '('))
            s = s[1..];
        s = s.TrimEnd(')');
        if (kind == lock_kind.map)
        {
            // The kernel's __fs_reclaim_map is called fs_reclaim.
            s = s.TrimStart('_');
            if (s.EndsWith("_map"))
                s = s[..^4];
        }

        return s.ToString();
    }
}
