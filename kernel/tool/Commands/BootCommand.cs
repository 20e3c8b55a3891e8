// SPDX-License-Identifier: GPL-2.0-only
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Runtime;
using Linux;

namespace KMemcg.Tool.Commands;

/// <summary>
/// <c>kmemcg boot</c>: how long machines take to come up, and what the process holds in memory then. The first one is what a
/// user of the tool waits for, the later ones what a test waits for.
/// </summary>
internal static class BootCommand
{
    private const int Boots = 4;
    private const double MiB = 1 << 20;

    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var command = new Command(
            "boot",
            """
            Boots machines one after the other and prints for each how long that took, how much of it the JIT compiler, and how
            much memory is resident before and after, of the runtime and the machine together.

            Examples:
              kmemcg boot
              kmemcg boot --ram 64G --cpus 64
            """)
        {
            MachineOptions.Ram, MachineOptions.Cpus,
        };
        command.SetAction(parsed =>
        {
            ulong ram = parsed.GetValue(MachineOptions.Ram).Count;
            int cpus = parsed.GetValue(MachineOptions.Cpus);
            for (int i = 0; i < Boots; i++)
            {
                Boot(new boot_params { ram = ram, cpus = cpus, parallel = i % 2 == 1, pin = false });
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static void Boot(in boot_params parameters)
    {
        double before = Resident();
        TimeSpan compiling = JitInfo.GetCompilationTime();
        var clock = Stopwatch.StartNew();
        machine.boot(parameters);
        double up = clock.Elapsed.TotalMilliseconds;
        compiling = JitInfo.GetCompilationTime() - compiling;
        double after = Resident();
        clock.Restart();
        machine.shutdown();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{(parameters.parallel ? "parallel     " : "deterministic")} up in {up,5:F1} ms (JIT {compiling.TotalMilliseconds:F1}), "
            + $"down in {clock.Elapsed.TotalMilliseconds,5:F1}; resident {before:F1} → {after:F1} MiB"));
    }

    /// <summary>Resident MiB of this process. Read by hand: <see cref="Process"/> brings some of its own into memory.</summary>
    private static double Resident()
    {
        Span<byte> text = stackalloc byte[128];
        using var statm = File.OpenHandle("/proc/self/statm");
        text = text[..RandomAccess.Read(statm, text, 0)];
        text = text[(text.IndexOf((byte)' ') + 1)..];
        return long.Parse(text[..text.IndexOf((byte)' ')], CultureInfo.InvariantCulture) * Environment.SystemPageSize / MiB;
    }
}
