// SPDX-License-Identifier: GPL-2.0-only
using System.Runtime.ExceptionServices;
using Linux;

namespace KMemcg.Sim.Running;

/// <summary>A booted machine with swap on and the recorder's program in its first task; switched off when disposed.</summary>
internal sealed class SimulatedMachine : IDisposable
{
    /// <summary>
    /// How long the machine has been up before a scenario begins: past what only happens in a machine's first seconds. The
    /// statistics of groups are flushed every two seconds; until the first time, each reclaim sees them exactly, and later as
    /// they were at the last flush.
    /// </summary>
    private const uint SettleMilliseconds = 5000;

    private readonly Action<printk_record>? _log;

    private SimulatedMachine(Action<printk_record>? log) => _log = log;

    /// <summary>Boots a machine of these options in deterministic mode.</summary>
    public static SimulatedMachine Boot(SimulationOptions options)
    {
        Action<printk_record>? log = options.Log is { } sink
            ? record => sink($"[{record.ts_nsec / 1e9,12:F6}] {record.text}")
            : null;
        var simulated = new SimulatedMachine(log);
        linux_printk_h.console += log;
        try
        {
            machine.boot(new boot_params
            {
                ram = options.RamBytes,
                cpus = options.Cpus,
                seed = options.Seed,
                swap = options.SwapBytes,
                disk = options.DiskBytes,
            });
            UserProgram.Load();
            machine.sleep(SettleMilliseconds);
        }
        catch
        {
            linux_printk_h.console_flush();
            linux_printk_h.console -= log;
            throw;
        }

        return simulated;
    }

    /// <summary>Ends all tasks, switches the machine off, and checks that it holds nothing.</summary>
    public void Dispose()
    {
        try
        {
            if (machine.oops is null)
            {
                UserProgram.Unload();
            }

            machine.shutdown();
        }
        finally
        {
            linux_printk_h.console_flush();
            linux_printk_h.console -= _log;
        }
    }
}
