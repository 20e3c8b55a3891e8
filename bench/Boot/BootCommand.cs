// SPDX-License-Identifier: GPL-2.0-only
using System.Diagnostics;
using System.Globalization;
using System.Runtime;
using Linux;

namespace KMemcg.Bench.Boot;

/// <summary>
/// <c>boot</c>: how long a machine of 1 GiB takes to come up, how much of it is the JIT compiler's, and how much memory the
/// process has then. The first line is what a user of the tool waits for; the later ones are what a test waits for.
/// </summary>
internal static class BootCommand
{
    private const int Boots = 6;
    private const double MiB = 1 << 20;

    public static void Run()
    {
        double start = Resident();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"process before: resident {start:F1} MiB"));
        for (int i = 0; i < Boots; i++)
            BootOnce(i + 1, i % 2 == 1);
    }

    private static void BootOnce(int number, bool parallel)
    {
        double before = Resident();
        long methods = JitInfo.GetCompiledMethodCount();
        TimeSpan compiling = JitInfo.GetCompilationTime();
        var clock = Stopwatch.StartNew();
        machine.boot(new boot_params { cpus = 2, ram = 1UL << 30, parallel = parallel, pin = false });
        double ms = clock.Elapsed.TotalMilliseconds;
        compiling = JitInfo.GetCompilationTime() - compiling;
        methods = JitInfo.GetCompiledMethodCount() - methods;
        double after = Resident();
        clock.Restart();
        machine.shutdown();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"boot {number}, {(parallel ? "parallel     " : "deterministic")}: {ms,6:F1} ms, JIT {compiling.TotalMilliseconds,5:F1} ms for {methods,4} methods, "
            + $"resident {before,5:F1} → {after,5:F1} MiB; shutdown {clock.Elapsed.TotalMilliseconds,5:F1} ms"));
    }

    /// <summary>Resident bytes as MiB. Read by hand: <see cref="Process"/> brings 4 MiB of its own into memory.</summary>
    private static double Resident()
    {
        Span<byte> text = stackalloc byte[128];
        using var statm = File.OpenHandle("/proc/self/statm");
        text = text[..RandomAccess.Read(statm, text, 0)];
        text = text[(text.IndexOf((byte)' ') + 1)..];
        return long.Parse(text[..text.IndexOf((byte)' ')], CultureInfo.InvariantCulture) * Environment.SystemPageSize / MiB;
    }
}
