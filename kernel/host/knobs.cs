// SPDX-License-Identifier: GPL-2.0-only
using System;
using System.Globalization;

namespace Linux;

/// <summary>
/// The knobs that the hot path folds in. Each is read once for the process, from the AppContext datum or the environment
/// variable KMEMCG_SET ("memcg.charge_batch=32,lockdep=1") or a variable of its own (KMEMCG_memcg.charge_batch=32, which
/// wins), so that tier-1 code has it as a constant. Another value means another process.
/// </summary>
public static class linux_knobs
{
    /// <summary>The variable, and the AppContext datum, that holds NAME=VALUE pairs between commas.</summary>
    public const string SET = "KMEMCG_SET";

    /// <summary>The knobs there are; a constant, so that asking does not read them.</summary>
    public static ReadOnlySpan<string> names => new[] { "memcg.charge_batch", "memcg.nr_stock", "memcg.trace", "lockdep", "page_poison", "count_locked" };

    /// <summary>memcg.charge_batch: MEMCG_CHARGE_BATCH. A stock counts in a u8 that may hold two batches, hence the upper bound.</summary>
    public static readonly int memcg_charge_batch = number("memcg.charge_batch", 64, 1, 127);

    /// <summary>memcg.nr_stock: NR_MEMCG_STOCK.</summary>
    public static readonly int memcg_nr_stock = number("memcg.nr_stock", 7, 1, 16);

    /// <summary>memcg.trace: whether the trace points of charging are there.</summary>
    public static readonly bool memcg_trace = flag("memcg.trace", false);

    /// <summary>count_locked: whether locked operations are counted, as `kmemcg count` does.</summary>
    public static readonly bool count_locked = flag("count_locked", false);

    /// <summary>lockdep: whether locks are checked.</summary>
    public static readonly bool lockdep = flag("lockdep", CONFIG_LOCKDEP);

    /// <summary>page_poison: whether free pages hold a pattern that is checked when they are allocated.</summary>
    public static readonly bool page_poison = flag("page_poison", CONFIG_DEBUG_VM);

    /// <summary>The value of a knob as it was given, or null.</summary>
    public static string? text(string name)
    {
        string? own = Environment.GetEnvironmentVariable("KMEMCG_" + name);
        if (own != null)
            return own;
        return find(AppContext.GetData(SET) as string, name) ?? find(Environment.GetEnvironmentVariable(SET), name);
    }

    /// <summary>A knob that is a number between <paramref name="min"/> and <paramref name="max"/>.</summary>
    public static int number(string name, int value, int min, int max)
    {
        string? given = text(name);
        if (given == null)
            return value;
        if (!int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out int parsed) || parsed < min || parsed > max)
            throw new KnobException($"{name}={given}: a number from {min} to {max} is wanted");
        return parsed;
    }

    /// <summary>A knob that is 0 or 1.</summary>
    public static bool flag(string name, bool value) => number(name, value ? 1 : 0, 0, 1) == 1;

    /// <summary>The value of NAME in "A=1,NAME=2"; the last one counts.</summary>
    private static string? find(string? set, string name)
    {
        string? value = null;
        foreach (string pair in (set ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            int equals = pair.IndexOf('=');
            if (equals > 0 && pair.AsSpan(0, equals).SequenceEqual(name))
                value = pair[(equals + 1)..];
        }
        return value;
    }
}

/// <summary>A knob has a value that it cannot have: bad input, and no bug.</summary>
public sealed class KnobException(string message) : Exception(message);
