// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Annotations;
using Linux;
using static Linux.linux_percpu_h;
using static Linux.mm_percpu_c;

namespace KMemcg.Kernel.Tests.Host.Percpu;

public sealed unsafe class PercpuTests
{
    private static readonly PerCpu<long>* counter = DEFINE_PER_CPU<long>();

    [Test]
    public void EachCpuHasItsOwnCopyThatStartsAtZero()
    {
        for (int round = 0; round < 2; round++)
        {
            using var m = TestMachine.Boot(cpus: 3);
            m.Run(() =>
            {
                for (int cpu = 0; cpu < 3; cpu++)
                    Assert.That(*per_cpu_ptr(counter, cpu), Is.Zero);
                this_cpu_add(counter, 5);
                this_cpu_inc(counter);
                Assert.That(this_cpu_read(counter), Is.EqualTo(6));
                Assert.That(this_cpu_xchg(counter, 9), Is.EqualTo(6));
                Assert.That(this_cpu_cmpxchg(counter, 9, 10), Is.EqualTo(9));
                int me = asm_percpu_h.smp_processor_id();
                for (int cpu = 0; cpu < 3; cpu++)
                    Assert.That(*per_cpu_ptr(counter, cpu), Is.EqualTo(cpu == me ? 10 : 0));
            });
        }
    }

    [Test]
    public void DynamicMemoryIsZeroOnEveryCpu()
    {
        using var m = TestMachine.Boot(cpus: 4);
        m.Run(() =>
        {
            PerCpu<ulong>* p = alloc_percpu<ulong>();
            for (int cpu = 0; cpu < 4; cpu++)
                *per_cpu_ptr(p, cpu) = (ulong)cpu + 1;
            for (int cpu = 0; cpu < 4; cpu++)
                Assert.That(*per_cpu_ptr(p, cpu), Is.EqualTo((ulong)cpu + 1));
            free_percpu(p);
        });
    }
}
