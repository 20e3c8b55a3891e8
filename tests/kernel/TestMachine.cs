// SPDX-License-Identifier: GPL-2.0-only
using Linux;

namespace KMemcg.Kernel.Tests;

/// <summary>A machine for one test. Disposing it switches it off and checks that the kernel has not warned, that no locking rule was broken, and that it holds nothing.</summary>
public sealed class TestMachine : IDisposable
{
    private bool expectWarnings;
    private bool expectFindings;

    private TestMachine()
    {
    }

    /// <summary>Nanoseconds since boot.</summary>
    public static ulong Now => machine.now;

    /// <summary>Boots a machine.</summary>
    public static TestMachine Boot(ulong ram = 256UL << 20, int cpus = 2, ulong seed = 1, bool parallel = false, ulong disk = 0,
        KMemcg.Native.DiskLatency? latency = null, ulong swap = 0)
    {
        machine.boot(new boot_params { ram = ram, cpus = cpus, seed = seed, parallel = parallel, pin = false, disk = disk, disk_latency = latency, swap = swap });
        return new TestMachine();
    }

    /// <summary>Runs a delegate in the kernel, as the first task; what it throws is thrown here.</summary>
    public void Run(Action body) => machine.run(body);

    /// <summary>Runs a delegate in the kernel, as the first task, and returns what it returns.</summary>
    public T Run<T>(Func<T> body)
    {
        T result = default!;
        machine.run(() => result = body());
        return result;
    }

    /// <summary>A new task of user space.</summary>
    public user_task Spawn(string name, user_task? parent = null) => machine.spawn(name, parent);

    /// <summary>Runs a step of user code in a task.</summary>
    public long Call(user_task task, Func<long> step) => machine.call(task, step);

    /// <summary>Lets the machine run for so many milliseconds on its clock.</summary>
    public void Sleep(ulong ms) => machine.sleep(ms);

    /// <summary>The test breaks a locking rule.</summary>
    public void ExpectFindings() => expectFindings = true;

    /// <summary>The test makes the kernel warn.</summary>
    public void ExpectWarnings() => expectWarnings = true;

    public void Dispose()
    {
        int warnings = linux_bug_h.nr_warnings;
        string log = warnings == 0 ? "" : string.Join('\n', linux_printk_h.dmesg().Where(r => r.level <= linux_printk_h.LOGLEVEL_WARNING).Select(r => r.text));
        string[] findings = lockdep.reports;
        machine.shutdown();
        if (!expectFindings && findings.Length != 0)
            Assert.Fail($"the lock validator has {findings.Length} findings:\n{string.Join("\n\n", findings)}");
        if (!expectWarnings && warnings != 0)
            Assert.Fail($"the kernel warned {warnings} times:\n{log}");
    }
}
