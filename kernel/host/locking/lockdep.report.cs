// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Generic;
using System.Diagnostics;
using System.Text;

namespace Linux;

public static unsafe partial class lockdep
{
    private static readonly HashSet<string> reported = [];
    private static readonly List<string> report_texts = [];

    /// <summary>What was found since boot, each finding once. A machine that is tested ends with none.</summary>
    public static string[] reports
    {
        get
        {
            lock (reported)
                return report_texts.ToArray();
        }
    }

    /// <summary>Forgets the findings, and only them: for a test that provoked one.</summary>
    public static void clear_reports()
    {
        lock (reported)
        {
            reported.Clear();
            report_texts.Clear();
        }
    }

    /// <summary>The orders of classes seen since boot, one "outer -> inner" a line, sorted: what the analyzers' manifest is held against.</summary>
    public static string[] dump_edges()
    {
        SortedSet<string> lines = new(StringComparer.Ordinal);
        lock (graph_lock)
        {
            foreach (lock_class cls in classes)
            {
                foreach (lock_edge e in cls.after)
                    lines.Add($"{class_text(cls)} -> {class_text(e.@class)}");
            }
        }

        string[] all = new string[lines.Count];
        lines.CopyTo(all);
        return all;
    }

    /// <summary>The classes seen since boot with the kernel's usage characters: {hardirq, its readers, softirq, its readers}.</summary>
    public static string[] dump_classes()
    {
        SortedSet<string> lines = new(StringComparer.Ordinal);
        lock (graph_lock)
        {
            foreach (lock_class cls in classes)
                lines.Add($"{class_text(cls)} {{{usage_chars(cls)}}}");
        }

        string[] all = new string[lines.Count];
        lines.CopyTo(all);
        return all;
    }

    private static string class_text(lock_class cls) => cls.map.site.Length == 0 ? cls.name : $"{cls.name} [{cls.map.site}]";

    private static string usage_chars(lock_class cls)
    {
        Span<char> c = stackalloc char[4];
        for (int i = 0; i < 4; i++)
        {
            int bit = (i >> 1) * 4 + (i & 1);
            bool used_in = (cls.usage & (1u << bit)) != 0;
            bool enabled = (cls.usage & (1u << (bit + LOCK_USAGE_DIR))) != 0;
            c[i] = used_in ? enabled ? '?' : '-' : enabled ? '+' : '.';
        }

        return new string(c);
    }

    /* Text. */

    private static StackTrace trace_here(bool lines = true) => new(2, lines);

    private static string where(string file, int line) => $"{System.IO.Path.GetFileName(file)}:{line}";

    private static string comm() => __this_cpu == null || current == null ? "?" : comm_of(current);

    private static string task_name() => __this_cpu == null || current == null ? "?/?" : $"{comm()}/{current->pid}";

    private static string describe(in held_lock h) =>
        $"0x{h.instance:x} ({h.@class.name}){{{usage_chars(h.@class)}}}, at: {where(h.file, h.line)}" +
        (h.read != 0 ? h.read == 2 ? ", recursive read" : ", read" : "") + (h.trylock ? ", try" : "");

    private static string held_text(held_stack s)
    {
        if (s.depth == 0)
            return $"no locks held by {task_name()}.";
        StringBuilder b = new();
        b.Append($"{s.depth} lock{(s.depth == 1 ? "" : "s")} held by {task_name()}:");
        for (int i = 0; i < s.depth; i++)
            b.Append($"\n #{i}: {describe(s.locks[i])}");
        return b.ToString();
    }

    /// <summary>The locks that this task holds, as the kernel prints them.</summary>
    public static string debug_show_held_locks() => prove_locking ? held_text(this_held()) : "";

    private static string trace_text(StackTrace? trace)
    {
        if (trace == null)
            return "  (not recorded)";
        StringBuilder b = new();
        int shown = 0;
        foreach (StackFrame frame in trace.GetFrames())
        {
            System.Reflection.MethodBase? m = frame.GetMethod();
            if (m == null || m.DeclaringType == typeof(lockdep) || m.DeclaringType?.DeclaringType == typeof(lockdep) || m.DeclaringType == typeof(linux_lockdep_h))
                continue;
            if (b.Length > 0)
                b.Append('\n');
            b.Append($"  {m.DeclaringType?.Name}.{m.Name}");
            if (frame.GetFileLineNumber() != 0)
                b.Append($" ({where(frame.GetFileName() ?? "", frame.GetFileLineNumber())})");
            if (++shown == 24)
                break;
        }

        return b.ToString();
    }

    private static string context_name(byte context) =>
        (context & hardirq_context) != 0 ? "hardirq context" : context != 0 ? "softirq context" : "task context";

    private static readonly string[] usage_names =
    [
        "IN-HARDIRQ-W", "IN-HARDIRQ-R", "HARDIRQ-ON-W", "HARDIRQ-ON-R", "IN-SOFTIRQ-W", "IN-SOFTIRQ-R", "SOFTIRQ-ON-W", "SOFTIRQ-ON-R",
    ];

    private static string irq_name(int bit) => bit >= LOCK_USED_IN_SOFTIRQ ? "SOFTIRQ" : "HARDIRQ";

    private static void report(string kind, string about, string text, StackTrace trace)
    {
        string full;
        lock (reported)
        {
            if (!reported.Add($"{kind}|{about}"))
                return;
            full = $"======================================================\nWARNING: {kind}\n{text}\n\nstack backtrace:\n{trace_text(trace)}";
            report_texts.Add(full);
        }

        held_stack s = this_held();
        s.recursion++;
        pr_warn(full);
        s.recursion--;
    }

    internal static void assertion(string kind, string what, string file, int line)
    {
        held_stack s = this_held();
        if (s.recursion != 0)
            return;
        report($"{kind}({what})", $"{file}:{line}", $"{task_name()} at {where(file, line)}\n{held_text(s)}", trace_here());
    }

    /// <summary>An rcu_dereference outside every section that would keep its object alive.</summary>
    internal static void suspicious_rcu(string what, string file, int line)
    {
        held_stack s = this_held();
        if (s.recursion != 0)
            return;
        report("suspicious RCU usage", $"{file}:{line}", $"{where(file, line)} {what}\n{task_name()}\n{held_text(s)}", trace_here());
    }

    /* The four deadlocks. */

    private static string path_text(lock_class to)
    {
        StringBuilder b = new();
        for (lock_class? c = to; c != null; c = c.parent)
        {
            if (b.Length > 0)
                b.Append(" <- ");
            b.Append(c.name);
        }

        return b.ToString();
    }

    private static void report_circular(held_stack s, ref held_lock src, ref held_lock target, lock_class found)
    {
        StringBuilder b = new();
        b.Append($"{task_name()} is trying to acquire lock:\n  {describe(src)}\n\nbut task is already holding lock:\n  {describe(target)}\n\n");
        b.Append("which lock already depends on the new lock.\n\n\nthe existing dependency chain (in reverse order) is:\n");
        int n = 0;
        for (lock_class c = found; c.parent != null; c = c.parent)
            n++;
        for (lock_class c = found; c.parent != null; c = c.parent)
        {
            edge_origin o = c.parent_edge!.origin;
            b.Append($"\n-> #{n--} ({c.name}), after ({c.parent.name}):\n  by {o.task}, holding {o.prev}\n  taking {o.next}\n{trace_text(o.trace)}\n");
        }

        b.Append($"\n-> #0 ({src.@class.name}), after ({target.@class.name}):\n  now, by {task_name()}\n\n");
        b.Append("other info that might help us debug this:\n\nChain exists of:\n  ");
        b.Append($"{path_text(found)} <- {target.@class.name}\n\n Possible unsafe locking scenario:\n\n");
        b.Append("       CPU0                    CPU1\n       ----                    ----\n");
        b.Append($"  lock({target.@class.name});\n                               lock({src.@class.name});\n                               lock({target.@class.name});\n  lock({src.@class.name});\n\n *** DEADLOCK ***\n\n");
        b.Append(held_text(s));
        report("possible circular locking dependency detected", $"{target.@class.name}->{src.@class.name}", b.ToString(), trace_here());
    }

    private static void report_bad_irq_dependency(held_stack s, ref held_lock prev, ref held_lock next, lock_class safe_class, string backward_path,
        lock_class unsafe_class, string forward_path, uint backward_mask)
    {
        int safe_bit = System.Numerics.BitOperations.TrailingZeroCount(safe_class.usage & backward_mask & LOCKF_USED_IN);
        int unsafe_bit = exclusive_bit(safe_bit);
        if ((unsafe_class.usage & (1u << unsafe_bit)) == 0)
            unsafe_bit |= LOCK_USAGE_READ;
        string irq = irq_name(safe_bit);
        StringBuilder b = new();
        b.Append($"{task_name()} is trying to acquire:\n  {describe(next)}\n\nand this task is already holding:\n  {describe(prev)}\n");
        b.Append($"which would create a new lock dependency:\n  ({prev.@class.name}) -> ({next.@class.name})\n\n");
        b.Append($"but this new dependency connects a {irq}-irq-safe lock:\n  ({safe_class.name}){{{usage_chars(safe_class)}}} [{backward_path}]\n");
        b.Append($"... which became {irq}-irq-safe at: {safe_class.usage_sites[safe_bit]}\n{trace_text(safe_class.usage_traces[safe_bit])}\n\n");
        b.Append($"to a {irq}-irq-unsafe lock:\n  ({unsafe_class.name}){{{usage_chars(unsafe_class)}}} [{forward_path}]\n");
        b.Append($"... which became {irq}-irq-unsafe at: {unsafe_class.usage_sites[unsafe_bit]}\n{trace_text(unsafe_class.usage_traces[unsafe_bit])}\n\n");
        b.Append(" Possible interrupt unsafe locking scenario:\n\n       CPU0                    CPU1\n       ----                    ----\n");
        b.Append($"  lock({unsafe_class.name});\n                               local_irq_disable();\n                               lock({safe_class.name});\n");
        b.Append($"                               lock({unsafe_class.name});\n  <Interrupt>\n    lock({safe_class.name});\n\n *** DEADLOCK ***\n\n{held_text(s)}");
        report($"{irq}-safe -> {irq}-unsafe lock order detected", $"{safe_class.name}->{unsafe_class.name}", b.ToString(), trace_here());
    }

    private static void report_usage(held_stack s, ref held_lock hlock, int prev_bit, int new_bit)
    {
        lock_class cls = hlock.@class;
        string text = $"inconsistent {{{usage_names[prev_bit]}}} -> {{{usage_names[new_bit]}}} usage.\n" +
            $"{task_name()} takes:\n  {describe(hlock)}\n\n{{{usage_names[prev_bit]}}} state was registered at: {cls.usage_sites[prev_bit]}\n{trace_text(cls.usage_traces[prev_bit])}\n\n" +
            $" Possible unsafe locking scenario:\n\n       CPU0\n       ----\n  lock({cls.name});\n  <Interrupt>\n    lock({cls.name});\n\n *** DEADLOCK ***\n\n{held_text(s)}";
        report("inconsistent lock state", $"{cls.name}/{usage_names[new_bit]}", text, trace_here());
    }

    private static void report_irq_inversion(held_stack s, ref held_lock hlock, int bit, lock_class other, int other_bit, bool backwards)
    {
        lock_class cls = hlock.@class;
        lock_edge edge = other.parent_edge!;
        string text = $"{task_name()} just changed the state of lock:\n  {describe(hlock)} to {{{usage_names[bit]}}}\n" +
            $"but this lock {(backwards ? "was taken by another, " + irq_name(bit) + "-safe one" : "took another, " + irq_name(bit) + "-unsafe lock")} in the past:\n" +
            $"  ({other.name}){{{usage_chars(other)}}}, {usage_names[other_bit]} at: {other.usage_sites[other_bit]}\n{trace_text(other.usage_traces[other_bit])}\n\n" +
            $"and interrupts could create inverse lock ordering between them: {path_text(other)}\n" +
            $"the order was seen by {edge.origin.task}, holding {edge.origin.prev}, taking {edge.origin.next}:\n{trace_text(edge.origin.trace)}\n\n{held_text(s)}";
        report("possible irq lock inversion dependency detected", $"{cls.name}/{other.name}/{usage_names[bit]}", text, trace_here());
    }
}
