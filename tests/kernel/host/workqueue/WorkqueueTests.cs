// SPDX-License-Identifier: GPL-2.0-only
using Linux;
using static Linux.kernel_workqueue_c;
using static Linux.linux_sched_h;
using static Linux.linux_timer_h;
using static Linux.linux_workqueue_h;

namespace KMemcg.Kernel.Tests.Host.Workqueue;

public sealed unsafe class WorkqueueTests
{
    private static readonly List<(int cpu, string comm)> ran = new();

    [SetUp]
    public void Clear() => ran.Clear();

    private static void Note(work_struct* w)
    {
        lock (ran)
            ran.Add((asm_percpu_h.smp_processor_id(), comm_of(asm_percpu_h.current)));
    }

    private static void SleepThenNote(work_struct* w)
    {
        msleep(50);
        Note(w);
    }

    [Test]
    public void WorkRunsOnTheCpuItIsQueuedOn([Values] bool parallel)
    {
        using var m = TestMachine.Boot(cpus: 4, parallel: parallel);
        m.Run(() =>
        {
            work_struct* w = linux_init_h.bss<work_struct>(4);
            for (int cpu = 0; cpu < 4; cpu++)
            {
                INIT_WORK(w + cpu, &Note);
                Assert.That(schedule_work_on(cpu, w + cpu), Is.True);
            }
            for (int cpu = 0; cpu < 4; cpu++)
                flush_work(w + cpu);
        });
        Assert.That(ran.Select(r => r.cpu).Order(), Is.EqualTo(new[] { 0, 1, 2, 3 }));
        Assert.That(ran.Select(r => r.comm), Is.All.StartsWith("kworker/"));
    }

    [Test]
    public void PendingWorkIsNotQueuedTwice()
    {
        using var m = TestMachine.Boot();
        m.Run(() =>
        {
            work_struct* w = linux_init_h.bss<work_struct>();
            INIT_WORK(w, &Note);
            Assert.That(schedule_work_on(1, w), Is.True);
            Assert.That(schedule_work_on(1, w), Is.False);
            flush_work(w);
            Assert.That(work_pending(w), Is.False);
            Assert.That(schedule_work_on(1, w), Is.True);
            flush_work(w);
        });
        Assert.That(ran, Has.Count.EqualTo(2));
    }

    [Test]
    public void AnotherWorkerRunsWhenOneSleeps([Values] bool parallel)
    {
        using var m = TestMachine.Boot(parallel: parallel);
        m.Run(() =>
        {
            work_struct* w = linux_init_h.bss<work_struct>(5);
            ulong before = machine.now;
            for (int i = 0; i < 5; i++)
            {
                INIT_WORK(w + i, &SleepThenNote);
                schedule_work_on(0, w + i);
            }
            for (int i = 0; i < 5; i++)
                flush_work(w + i);
            Assert.That(machine.now - before, Is.LessThan(parallel ? 200_000_000UL : 80_000_000UL));
        });
        Assert.That(ran, Has.Count.EqualTo(5));
    }

    [Test]
    public void DelayedWorkRunsLater()
    {
        using var m = TestMachine.Boot();
        m.Run(() =>
        {
            delayed_work* d = linux_init_h.bss<delayed_work>();
            INIT_DELAYED_WORK(d, &Note);
            schedule_delayed_work(d, 50);
            msleep(100);
            Assert.That(ran, Is.Empty);
            msleep(150);
            Assert.That(ran, Has.Count.EqualTo(1));

            schedule_delayed_work(d, 50);
            Assert.That(cancel_delayed_work_sync(d), Is.True);
            Assert.That(cancel_delayed_work_sync(d), Is.False);
            msleep(300);
            Assert.That(ran, Has.Count.EqualTo(1));

            schedule_delayed_work(d, 50);
            mod_delayed_work(system_wq, d, 0);
            flush_delayed_work(d);
            Assert.That(ran, Has.Count.EqualTo(2));
        });
    }

    [Test]
    public void CancelWaitsForARunningWork([Values] bool parallel)
    {
        using var m = TestMachine.Boot(parallel: parallel);
        m.Run(() =>
        {
            work_struct* w = linux_init_h.bss<work_struct>();
            INIT_WORK(w, &SleepThenNote);
            schedule_work(w);
            msleep(10);
            Assert.That(ran, Is.Empty);
            cancel_work_sync(w);
            Assert.That(ran, Has.Count.EqualTo(1));
        });
    }

    [Test]
    public void FlushWaitsForAllOfAQueue([Values] bool unbound)
    {
        using var m = TestMachine.Boot();
        m.Run(() =>
        {
            workqueue_struct* wq = alloc_workqueue("test"u8, unbound ? WQ_UNBOUND : WQ_PERCPU, 2);
            work_struct* w = linux_init_h.bss<work_struct>(6);
            for (int i = 0; i < 6; i++)
            {
                INIT_WORK(w + i, &SleepThenNote);
                queue_work(wq, w + i);
            }
            flush_workqueue(wq);
            Assert.That(ran, Has.Count.EqualTo(6));
            destroy_workqueue(wq);
        });
    }

    [Test]
    public void DisabledWorkIsNotQueued()
    {
        using var m = TestMachine.Boot();
        m.Run(() =>
        {
            delayed_work* d = linux_init_h.bss<delayed_work>();
            INIT_DELAYED_WORK(d, &Note);
            disable_delayed_work_sync(d);
            Assert.That(schedule_delayed_work(d, 0), Is.False);
            Assert.That(enable_delayed_work(d), Is.True);
            Assert.That(schedule_delayed_work(d, 0), Is.True);
            flush_delayed_work(d);
            Assert.That(ran, Has.Count.EqualTo(1));
        });
    }
}
