// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Threading;

namespace Linux;

/// <summary>BUG and WARN: the first throws <see cref="KernelOops"/>, the second writes the kernel log and goes on.</summary>
[ContextPrimitive]
public static unsafe partial class linux_bug_h
{
    private static readonly HashSet<string> warned = new();

    /// <summary>Warnings since boot; a machine that is tested ends with none.</summary>
    internal static int nr_warnings;

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    [NeverReturns]
    public static void BUG([CallerMemberName] string where = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        oops("BUG", where, file, line);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [NeverReturns(When = "condition")]
    public static void BUG_ON([DoesNotReturnIf(true)] bool condition, [CallerArgumentExpression(nameof(condition))] string text = "", [CallerMemberName] string where = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (condition)
            oops(text, where, file, line);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Stable(SameObject = true)]
    public static bool WARN_ON(bool condition, [CallerArgumentExpression(nameof(condition))] string text = "", [CallerMemberName] string where = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (condition)
            warn(text, where, file, line, false);
        return condition;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Stable(SameObject = true)]
    public static bool WARN_ON_ONCE(bool condition, [CallerArgumentExpression(nameof(condition))] string text = "", [CallerMemberName] string where = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (condition)
            warn(text, where, file, line, true);
        return condition;
    }

    /// <summary>WARN with a text of its own; give a literal, it is built whether or not the condition holds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Stable(SameObject = true)]
    public static bool WARN(bool condition, string text, [CallerMemberName] string where = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (condition)
            warn(text, where, file, line, false);
        return condition;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Stable(SameObject = true)]
    public static bool WARN_ONCE(bool condition, string text, [CallerMemberName] string where = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (condition)
            warn(text, where, file, line, true);
        return condition;
    }

    /// <summary>The end of the kernel: everything that must not go on comes here.</summary>
    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    [NeverReturns]
    public static void oops(string text, string where, string file, int line)
    {
        string message = report("kernel BUG", text, where, file, line);
        pr_err(message);
        throw new KernelOops(message);
    }

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    [NeverReturns]
    public static void panic(string text, [CallerMemberName] string where = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) =>
        oops($"Kernel panic - not syncing: {text}", where, file, line);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void warn(string text, string where, string file, int line, bool once)
    {
        if (once && !first_warning(file, line))
            return;

        Interlocked.Increment(ref nr_warnings);
        pr_warn(report("WARNING", text, where, file, line));
    }

    /// <summary>Whether nobody asked for this place since boot.</summary>
    internal static bool first_warning(string file, int line)
    {
        lock (warned)
            return warned.Add($"{file}:{line}");
    }

    internal static void reset()
    {
        lock (warned)
            warned.Clear();
        nr_warnings = 0;
    }

    private static string report(string kind, string text, string where, string file, int line)
    {
        var b = new StringBuilder();
        b.Append($"{kind}: {text} in {where} ({System.IO.Path.GetFileName(file)}:{line})");
        if (__this_cpu != null && current != null)
            b.Append($" CPU: {smp_processor_id()} PID: {current->pid} Comm: {comm_of(current)}");
        var trace = new System.Diagnostics.StackTrace(2, false);
        int shown = 0;
        foreach (var frame in trace.GetFrames())
        {
            var m = frame.GetMethod();
            if (m?.DeclaringType?.Namespace != "Linux" || m.DeclaringType == typeof(linux_bug_h))
                continue;
            b.Append($"\n  {m.Name}");
            if (++shown == 24)
                break;
        }
        return b.ToString();
    }
}
