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

    /// <summary>The machine; set up by the benchmark.</summary>
    private protected BenchMachine Machine { get; private set; } = null!;

    /// <summary>The C yardstick, or null.</summary>
    private protected static CYardstick? Yard => CYardstick.Instance;

    /// <summary>Boots the machine.</summary>
    private protected void Boot(int cpus = 2, ulong ram = 1UL << 30, ulong swap = 0)
    {
        Machine = new BenchMachine(cpus, ram, swap);
        if (Yard is { } yard)
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
        public Settings() => AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithInvocationCount(16).WithUnrollFactor(1));
    }
}
