// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Native;
using Linux;
using NUnit.Framework;

namespace KMemcg.Kernel.Tests.Host.Sched;

/// <summary>In a pinned machine a task's thread is on the host's CPU that stands for the task's.</summary>
[TestFixture]
internal sealed unsafe class PinningTests
{
    [Test]
    public void A_thread_follows_its_task()
    {
        int[] host = HostCpus.Allowed();
        if (!OperatingSystem.IsLinux() || host.Length < 2)
            Assert.Ignore("the host has one CPU, or does not say where a thread may run");

        machine.boot(new boot_params { ram = 256UL << 20, cpus = 2, parallel = true });
        try
        {
            user_task a = machine.spawn("a"), b = machine.spawn("b");
            foreach (int cpu in (int[])[1, 0, 1])
            {
                Assert.That(On(a, cpu), Is.EqualTo(new[] { host[cpu] }));
                Assert.That(On(b, 1 - cpu), Is.EqualTo(new[] { host[1 - cpu] }));
            }
        }
        finally
        {
            machine.shutdown();
        }
        Assert.That(HostCpus.Allowed(), Is.EqualTo(host), "the test's own thread is as it was");
    }

    /// <summary>Moves a task to a CPU; where its thread may run then.</summary>
    private static int[] On(user_task task, int cpu)
    {
        int[] allowed = [];
        machine.call(task, () =>
        {
            kernel_entry_c.syscall_enter();
            cpumask mask = default;
            linux_cpumask_h.cpumask_set_cpu(cpu, &mask);
            long rc = kernel_sched_core_c.set_cpus_allowed_ptr(asm_percpu_h.current, &mask);
            kernel_sched_core_c.schedule();
            allowed = HostCpus.Allowed();
            return kernel_entry_c.syscall_exit(rc);
        });
        return allowed;
    }
}
