// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Generic;

namespace Linux;

/// <summary>One line of the kernel log.</summary>
public sealed record printk_record(ulong ts_nsec, int level, string text);

/// <summary>The kernel log: a ring that the simulator reads, and a sink for those who watch it live.</summary>
public static unsafe class linux_printk_h
{
    public const int LOGLEVEL_EMERG = 0;
    public const int LOGLEVEL_ALERT = 1;
    public const int LOGLEVEL_CRIT = 2;
    public const int LOGLEVEL_ERR = 3;
    public const int LOGLEVEL_WARNING = 4;
    public const int LOGLEVEL_NOTICE = 5;
    public const int LOGLEVEL_INFO = 6;
    public const int LOGLEVEL_DEBUG = 7;

    private const int LOG_LINES = 8192;
    private static readonly Queue<printk_record> log_buf = new();

    // The last record, if it is one that pr_cont() may go on with; it stays when a machine is switched off.
    private static readonly StrongBox<printk_record?> open_record = new();

    /// <summary>
    /// Called for each record: of LOGLEVEL_INFO when the line is known to have ended, with the next one or <see cref="console_flush"/>.
    /// Stays across machines until it is taken away.
    /// </summary>
    public static event Action<printk_record>? console;

    public static void pr_emerg(string s) => printk(LOGLEVEL_EMERG, s);
    public static void pr_alert(string s) => printk(LOGLEVEL_ALERT, s);
    public static void pr_crit(string s) => printk(LOGLEVEL_CRIT, s);
    public static void pr_err(string s) => printk(LOGLEVEL_ERR, s);
    public static void pr_warn(string s) => printk(LOGLEVEL_WARNING, s);
    public static void pr_notice(string s) => printk(LOGLEVEL_NOTICE, s);
    public static void pr_info(string s) => printk(LOGLEVEL_INFO, s);

    /// <summary>Goes on with the line before, if that was informative.</summary>
    public static void pr_cont(string s)
    {
        lock (log_buf)
        {
            if (open_record.Value is { } r)
            {
                open_record.Value = r with { text = r.text + s };
                return;
            }
        }

        printk(LOGLEVEL_INFO, s);
    }

    [System.Diagnostics.Conditional("KERNEL_PR_DEBUG")]
    public static void pr_debug(string s) => printk(LOGLEVEL_DEBUG, s);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void printk(int level, string s)
    {
        var r = new printk_record(printk_clock(), level, s);
        emit_open(level == LOGLEVEL_INFO ? r : null);
        if (level != LOGLEVEL_INFO)
            emit(r);
    }

    /// <summary>Ends the last line.</summary>
    public static void console_flush() => emit_open(null);

    private static void emit_open(printk_record? next)
    {
        printk_record? r;

        lock (log_buf)
        {
            r = open_record.Value;
            open_record.Value = next;
        }
        if (r != null)
            emit(r);
    }

    private static void emit(printk_record r)
    {
        lock (log_buf)
        {
            if (log_buf.Count == LOG_LINES)
                log_buf.Dequeue();
            log_buf.Enqueue(r);
        }
        console?.Invoke(r);
    }

    /// <summary>The log since boot, oldest first.</summary>
    public static printk_record[] dmesg()
    {
        console_flush();
        lock (log_buf)
            return log_buf.ToArray();
    }

    internal static void log_buf_clear()
    {
        lock (log_buf)
        {
            log_buf.Clear();
            open_record.Value = null;
        }
    }

    private static ulong printk_clock() => sched_host.now_monotonic();
}
