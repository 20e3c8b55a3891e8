// SPDX-License-Identifier: GPL-2.0-only
using Linux;
using static Linux.kernel_sched_core_c;
using static Linux.linux_sched_h;
using static Linux.linux_timer_h;

namespace KMemcg.Kernel.Tests.Host.Sched;

public sealed unsafe class SchedulerTests
{
    [Test]
    public void BootsAndRunsInTheKernel([Values(1, 2, 4)] int cpus, [Values] bool parallel)
    {
        using var m = TestMachine.Boot(cpus: cpus, parallel: parallel);
        string comm = m.Run(() => comm_of(asm_percpu_h.current));
        Assert.That(comm, Is.EqualTo("init"));
    }

    [Test]
    public void ExceptionsOfABodyAreRethrown()
    {
        using var m = TestMachine.Boot();
        Assert.That(() => m.Run(() => throw new FormatException("x")), Throws.TypeOf<FormatException>());
        m.Run(() => { });
    }

    [Test]
    public void TheClockJumpsWhenAllSleep()
    {
        using var m = TestMachine.Boot();
        var host = System.Diagnostics.Stopwatch.StartNew();
        ulong before = TestMachine.Now;
        m.Run(() => msleep(60_000));
        Assert.That(TestMachine.Now - before, Is.InRange(60_000_000_000UL, 63_000_000_000UL));
        Assert.That(host.ElapsedMilliseconds, Is.LessThan(5000));
    }

    [Test]
    public void TheSameSeedGivesTheSameTrace()
    {
        var first = Trace(7);
        var again = Trace(7);
        Assert.That(again, Is.EqualTo(first));
        Assert.That(Trace(8).hash, Is.Not.EqualTo(first.hash));

        static (ulong hash, string order) Trace(ulong seed)
        {
            using var m = TestMachine.Boot(cpus: 2, seed: seed);
            var order = new List<string>();
            var requests = new List<machine_request>();
            for (int i = 0; i < 4; i++)
            {
                user_task t = m.Spawn($"t{i}");
                requests.Add(machine.post(t, () =>
                {
                    for (int n = 0; n < 50; n++)
                    {
                        linux_ktime_h.spend_ns(20_000);
                        kernel_entry_c.user_point();
                        order.Add(t.name);
                        if (n % 10 == 0)
                        {
                            kernel_entry_c.syscall_enter();
                            msleep(5);
                            kernel_entry_c.syscall_exit(0);
                        }
                    }
                    return 0;
                }));
            }
            foreach (machine_request r in requests)
                machine.wait_for(r);
            return (machine.trace_hash, string.Join(' ', order));
        }
    }

    [Test]
    public void TwoCpusWorkAtTheSameTime()
    {
        using var m = TestMachine.Boot(cpus: 2);
        user_task a = m.Spawn("a"), b = m.Spawn("b");
        ulong before = TestMachine.Now;
        machine_request ra = machine.post(a, Spin), rb = machine.post(b, Spin);
        machine.wait_for(ra);
        machine.wait_for(rb);
        // 100 ms of work each: side by side it takes little more than that.
        Assert.That(TestMachine.Now - before, Is.InRange(100_000_000UL, 115_000_000UL));

        static long Spin()
        {
            for (int i = 0; i < 10_000; i++)
            {
                linux_ktime_h.spend_ns(10_000);
                kernel_entry_c.user_point();
            }
            return 0;
        }
    }

    [Test]
    public void TasksOfOneCpuShareIt()
    {
        using var m = TestMachine.Boot(cpus: 1);
        user_task a = m.Spawn("a"), b = m.Spawn("b");
        var order = new List<char>();
        machine_request ra = machine.post(a, () => Spin('a')), rb = machine.post(b, () => Spin('b'));
        machine.wait_for(ra);
        machine.wait_for(rb);
        int changes = order.Zip(order.Skip(1)).Count(p => p.First != p.Second);
        Assert.That(changes, Is.GreaterThan(10), string.Join("", order.Where((_, i) => i % 20 == 0)));

        long Spin(char who)
        {
            for (int i = 0; i < 1000; i++)
            {
                linux_ktime_h.spend_ns(100_000);
                kernel_entry_c.user_point();
                order.Add(who);
            }
            return 0;
        }
    }

    [Test]
    public void AffinityMovesATask([Values] bool parallel)
    {
        using var m = TestMachine.Boot(cpus: 4, parallel: parallel);
        user_task t = m.Spawn("t");
        for (int cpu = 3; cpu >= 0; cpu--)
        {
            int want = cpu;
            long got = m.Call(t, () =>
            {
                kernel_entry_c.syscall_enter();
                cpumask mask = default;
                linux_cpumask_h.cpumask_set_cpu(want, &mask);
                sched_setaffinity(asm_percpu_h.current, &mask);
                return kernel_entry_c.syscall_exit(asm_percpu_h.smp_processor_id());
            });
            Assert.That(got, Is.EqualTo(want));
        }
    }

    [Test]
    public void ADeadlockIsToldWithItsTasks()
    {
        using var m = TestMachine.Boot();
        user_task t = m.Spawn("sleeper");
        Assert.That(() => m.Call(t, () =>
        {
            set_current_state(TASK_UNINTERRUPTIBLE);
            schedule();
            return 0;
        }), Throws.TypeOf<KernelOops>().With.Message.Contains("sleeper").And.Message.Contains("uninterruptible"));
    }

    [Test]
    public void SleepingWhileAtomicIsAnOops()
    {
        using var m = TestMachine.Boot();
        Assert.That(() => m.Run(() =>
        {
            linux_preempt_h.preempt_disable();
            msleep(1);
        }), Throws.TypeOf<KernelOops>());
    }

    [Test]
    public void KernelThreadsStartAndStop([Values] bool parallel)
    {
        using var m = TestMachine.Boot(parallel: parallel);
        s_ran = false;
        int rc = m.Run(() =>
        {
            task_struct* k = kernel_kthread_c.kthread_run(&Thread, (void*)42, "worker");
            // One that is stopped before it first ran says -EINTR.
            while (!Volatile.Read(ref s_ran))
                msleep(1);
            return kernel_kthread_c.kthread_stop(k);
        });
        Assert.That(rc, Is.EqualTo(42));

        static int Thread(void* data)
        {
            Volatile.Write(ref s_ran, true);
            while (!kernel_kthread_c.kthread_should_stop())
                schedule_timeout_interruptible(1);
            return (int)data;
        }
    }

    private static bool s_ran;

    [Test]
    public void ManyMachinesOneAfterTheOther()
    {
        for (int i = 0; i < 20; i++)
        {
            using var m = TestMachine.Boot(cpus: 2, seed: (ulong)i);
            user_task t = m.Spawn("t");
            Assert.That(m.Call(t, () => 5), Is.EqualTo(5));
        }
    }
}
