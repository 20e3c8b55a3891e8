// SPDX-License-Identifier: GPL-2.0-only
using System.Diagnostics;
using System.Globalization;
using Linux;

namespace KMemcg.Bench.Boot;

/// <summary><c>boot</c>: how long a machine of 1 GiB takes to come up, and how much memory the process has then.</summary>
internal static class BootCommand
{
    private const double MiB = 1 << 20;

    public static void Run()
    {
        Print("process before", Resident());
        for (int i = 0; i < 6; i++)
        {
            double before = Resident();
            var clock = Stopwatch.StartNew();
            machine.boot(new boot_params { cpus = 2, ram = 1UL << 30, parallel = i % 2 == 1, pin = false });
            double ms = clock.Elapsed.TotalMilliseconds;
            double after = Resident();
            clock.Restart();
            machine.shutdown();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"boot {i + 1}, {(i % 2 == 1 ? "parallel     " : "deterministic")}: {ms,7:F1} ms, resident {before,5:F1} → {after,5:F1} MiB; shutdown {clock.Elapsed.TotalMilliseconds,7:F1} ms"));
        }
    }

    private static void Print(string what, double mib) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: resident {mib:F1} MiB"));

    private static double Resident()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64 / MiB;
    }
}
