// SPDX-License-Identifier: GPL-2.0-only
using Linux;
using static Linux.linux_timer_h;

namespace KMemcg.Kernel.Tests.Host.Sched;

/// <summary>Everything at once, with more tasks than CPUs: nothing is lost and nothing hangs.</summary>
public sealed unsafe class StressTests
{
    private static readonly spinlock_t* Lock = linux_init_h.bss<spinlock_t>();
    private static readonly mutex* Mutex = linux_init_h.bss<mutex>();
    private static readonly work_struct* Works = linux_init_h.bss<work_struct>(16);
    private static long underLock, underMutex, worked;

    private static void Work(work_struct* w)
    {
        if (((nint)w >> 6) % 3 == 0)
            msleep(1);
        Interlocked.Increment(ref worked);
    }

    [Test]
    public void TasksLocksWorksAndKills([Values] bool parallel, [Values(1, 2, 5)] int cpus)
    {
        using var m = TestMachine.Boot(cpus: cpus, parallel: parallel, seed: (ulong)cpus);
        underLock = underMutex = worked = 0;
        m.Run(() =>
        {
            linux_spinlock_h.spin_lock_init(Lock);
            linux_mutex_h.mutex_init(Mutex);
            for (int i = 0; i < 16; i++)
                linux_workqueue_h.INIT_WORK(Works + i, &Work);
        });
        const int Tasks = 8, Rounds = 60;
        var tasks = Enumerable.Range(0, Tasks).Select(i => m.Spawn($"t{i}")).ToArray();
        var requests = tasks.Select((t, i) => machine.post(t, () => Body(i, Rounds))).ToArray();
        var victims = Enumerable.Range(0, 4).Select(i => m.Spawn($"v{i}")).ToArray();
        var endless = victims.Select((t, i) => machine.post(t, () => Body(i, int.MaxValue))).ToArray();
        foreach (user_task v in victims)
        {
            m.Sleep(2);
            machine.kill(v);
        }
        foreach (machine_request r in requests)
            machine.wait_for(r);
        foreach (machine_request r in endless)
        {
            machine.wait_for(r);
            Assert.That(r.killed, Is.True);
        }
        m.Run(() =>
        {
            for (int i = 0; i < 16; i++)
                kernel_workqueue_c.flush_work(Works + i);
        });
        Assert.That(underLock, Is.GreaterThanOrEqualTo(Tasks * Rounds));
        Assert.That(underMutex, Is.EqualTo(underLock));
        Assert.That(worked, Is.GreaterThan(0));

        static long Body(int seed, int rounds)
        {
            var random = new Random(seed);
            for (int i = 0; i < rounds; i++)
            {
                kernel_entry_c.syscall_enter();
                linux_spinlock_h.spin_lock(Lock);
                long was = underLock;
                linux_ktime_h.spend_ns((ulong)random.Next(3000));
                underLock = was + 1;
                linux_spinlock_h.spin_unlock(Lock);

                linux_mutex_h.mutex_lock(Mutex);
                was = underMutex;
                if (random.Next(4) == 0)
                    usleep_range(20, 20);
                linux_ktime_h.spend_ns((ulong)random.Next(10_000));
                underMutex = was + 1;
                linux_mutex_h.mutex_unlock(Mutex);

                kernel_workqueue_c.queue_work(random.Next(2) == 0 ? kernel_workqueue_c.system_wq : kernel_workqueue_c.system_unbound_wq, Works + random.Next(16));
                if (random.Next(8) == 0)
                    schedule_timeout_killable(1);
                kernel_sched_core_c.cond_resched();
                kernel_entry_c.syscall_exit(0);
            }
            return 0;
        }
    }
}
