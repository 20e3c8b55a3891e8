// SPDX-License-Identifier: GPL-2.0-only
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using KMemcg.Bench.Yardstick;

namespace KMemcg.Bench.Machines;

/// <summary>
/// A benchmark of kernel code: a machine for each case, loops as the body of one system call. In this process, as the
/// machine is one a process anyway; knobs are given to it in the environment (KMEMCG_SET).
/// </summary>
[Config(typeof(Settings))]
[MemoryDiagnoser(displayGenColumns: false)]
public abstract class KernelBenchmark
{
    /// <summary>How many operations an invocation has, so that entering the kernel is nothing beside them.</summary>
    protected const int Operations = 1 << 16;

    /// <summary>Each benchmark once and cold, to see that it runs; --job would add a process of its own for each.</summary>
    internal static bool Dry { get; set; }

    /// <summary>The machine; set up by the benchmark.</summary>
    private protected BenchMachine Machine { get; private set; } = null!;

    /// <summary>The C yardstick, or null.</summary>
    private protected static CYardstick? Yard => CYardstick.Instance;

    /// <summary>Boots the machine.</summary>
    private protected void Boot(int cpus = 2, ulong ram = 1UL << 30, ulong swap = 0, bool parallel = true)
    {
        Machine = new BenchMachine(cpus, ram, swap, parallel);
        if (parallel && Yard is { } yard)
        {
            unsafe
            {
                Machine.RunEverywhere(cpus, cpu => yard.BeCpu(cpu));
            }
        }
    }

    /// <summary>Switches the machine off.</summary>
    [GlobalCleanup]
    public void ShutDown() => Machine.Dispose();

    private sealed class Settings : ManualConfig
    {
        public Settings() => AddJob((Dry ? Job.Dry : Job.Default.WithInvocationCount(16).WithUnrollFactor(1)).WithToolchain(InProcessEmitToolchain.Instance));
    }
}
