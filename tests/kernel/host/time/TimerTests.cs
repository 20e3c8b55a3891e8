// SPDX-License-Identifier: GPL-2.0-only
using Linux;
using static Linux.linux_hrtimer_h;
using static Linux.linux_jiffies_h;
using static Linux.linux_timer_h;

namespace KMemcg.Kernel.Tests.Host.Time;

public sealed unsafe class TimerTests
{
    private static readonly List<(ulong jiffy, ulong expires)> fired = new();

    [SetUp]
    public void Clear() => fired.Clear();

    private static void Fired(timer_list* t) => fired.Add((jiffies, t->expires));

    [Test]
    public void WheelTimersFireInTimeAndNeverEarly()
    {
        using var m = TestMachine.Boot(cpus: 1);
        m.Run(() =>
        {
            ulong[] delays = { 1, 2, 63, 64, 100, 511, 512, 1000, 5000 };
            timer_list* timers = linux_init_h.bss<timer_list>(delays.Length);
            for (int i = 0; i < delays.Length; i++)
            {
                timer_setup(timers + i, &Fired, 0);
                mod_timer(timers + i, jiffies + delays[i]);
            }
            msleep(25_000);
        });
        Assert.That(fired, Has.Count.EqualTo(9));
        foreach ((ulong jiffy, ulong expires) in fired)
        {
            Assert.That(jiffy, Is.GreaterThanOrEqualTo(expires));
            // Late by no more than an eighth, which is what the levels are coarse by.
            Assert.That(jiffy - expires, Is.LessThanOrEqualTo((expires - INITIAL_JIFFIES) / 8 + 2));
        }
    }

    [Test]
    public void ADeletedTimerDoesNotFire()
    {
        using var m = TestMachine.Boot();
        m.Run(() =>
        {
            timer_list t;
            timer_setup_on_stack(&t, &Fired, 0);
            mod_timer(&t, jiffies + 10);
            Assert.That(timer_pending(&t), Is.True);
            Assert.That(timer_delete_sync(&t), Is.EqualTo(1));
            Assert.That(timer_delete_sync(&t), Is.EqualTo(0));
            msleep(100);
        });
        Assert.That(fired, Is.Empty);
    }

    [Test]
    public void ADeferrableTimerWaitsForAnother()
    {
        using var m = TestMachine.Boot(cpus: 1);
        ulong start = 0;
        m.Run(() =>
        {
            timer_list* t = linux_init_h.bss<timer_list>();
            timer_setup(t, &Fired, TIMER_DEFERRABLE);
            start = jiffies;
            mod_timer(t, jiffies + 10);
            msleep(1000);
        });
        Assert.That(fired, Has.Count.EqualTo(1));
        // Due after 10, it waits until something else wakes the CPU: at the latest the clock's watchdog.
        Assert.That(fired[0].jiffy - start, Is.InRange(12UL, 140UL));
    }

    private static readonly List<long> at = new();

    private static int Tick(hrtimer* t)
    {
        at.Add((long)machine.now);
        if (at.Count == 5)
            return HRTIMER_NORESTART;
        hrtimer_forward_now(t, 100_000);
        return HRTIMER_RESTART;
    }

    [Test]
    public void HighResolutionTimersKeepTheirBeat()
    {
        at.Clear();
        using var m = TestMachine.Boot();
        m.Run(() =>
        {
            hrtimer* t = linux_init_h.bss<hrtimer>();
            hrtimer_setup(t, &Tick, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
            hrtimer_start(t, 100_000, HRTIMER_MODE_REL);
            msleep(10);
            Assert.That(hrtimer_cancel(t), Is.EqualTo(0));
        });
        Assert.That(at, Has.Count.EqualTo(5));
        for (int i = 1; i < at.Count; i++)
            Assert.That(at[i] - at[i - 1], Is.InRange(95_000, 105_000));
    }

    [Test]
    public void UsleepIsExact()
    {
        using var m = TestMachine.Boot();
        ulong took = m.Run(() =>
        {
            ulong before = machine.now;
            usleep_range(250, 250);
            return machine.now - before;
        });
        Assert.That(took, Is.InRange(250_000UL, 260_000UL));
    }
}
