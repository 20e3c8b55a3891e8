// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Annotations;
using Linux;
using static Linux.linux_interrupt_h;
using static Linux.linux_preempt_h;
using static Linux.linux_smp_h;

namespace KMemcg.Kernel.Tests.Host.Sched;

public sealed unsafe class ContextTests
{
    private static readonly List<string> seen = new();

    [SetUp]
    public void Clear() => seen.Clear();

    private static void Handler(void* arg)
    {
        seen.Add($"{(in_hardirq() ? "hard" : "?")} {(irqs_disabled() ? "off" : "on")} {in_task()} {(nint)arg}");
        raise_softirq(NET_RX_SOFTIRQ);
    }

    private static void Softirq() => seen.Add($"{(in_serving_softirq() ? "soft" : "?")} {(irqs_disabled() ? "off" : "on")} {in_task()}");

    [Test]
    public void AnInterruptIsTakenWhereInterruptsComeOn()
    {
        using var m = TestMachine.Boot();
        m.Run(() =>
        {
            open_softirq(NET_RX_SOFTIRQ, &Softirq);
            local_irq_save(out IrqFlags flags);
            raise_device_irq(asm_percpu_h.smp_processor_id(), &Handler, (void*)7);
            preempt_disable();
            preempt_enable();
            Assert.That(seen, Is.Empty);
            local_irq_restore(flags);
            Assert.That(seen, Is.EqualTo(new[] { "hard off False 7", "soft on False" }));
            Assert.That(in_task() && !irqs_disabled() && preempt_count() == 0, Is.True);
        });
    }

    [Test]
    public void SoftirqsWaitForBottomHalves()
    {
        using var m = TestMachine.Boot();
        m.Run(() =>
        {
            open_softirq(NET_RX_SOFTIRQ, &Softirq);
            linux_bottom_half_h.local_bh_disable();
            Assert.That(in_softirq() && !in_serving_softirq() && in_task(), Is.True);
            raise_softirq(NET_RX_SOFTIRQ);
            Assert.That(seen, Is.Empty);
            linux_bottom_half_h.local_bh_enable();
            Assert.That(seen, Is.EqualTo(new[] { "soft on False" }));
        });
    }

    private static void Where(void* arg) => *(int*)arg = asm_percpu_h.smp_processor_id() + 1;

    [Test]
    public void AnotherCpuIsCalled([Values] bool parallel)
    {
        using var m = TestMachine.Boot(cpus: 4, parallel: parallel);
        m.Run(() =>
        {
            for (int cpu = 0; cpu < 4; cpu++)
            {
                int where = 0;
                smp_call_function_single(cpu, &Where, &where, 1);
                Assert.That(where, Is.EqualTo(cpu + 1));
            }
        });
    }
}
