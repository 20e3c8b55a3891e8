// SPDX-License-Identifier: GPL-2.0-only
using System.Runtime.InteropServices;
using Linux;
using static Linux.kernel_kthread_c;
using static Linux.kernel_sched_core_c;
using static Linux.linux_completion_h;
using static Linux.linux_sched_h;
using static Linux.linux_timer_h;
using static Linux.linux_wait_bit_h;
using static Linux.linux_wait_h;

namespace KMemcg.Kernel.Tests.Wait;

[NonParallelizable]
[TestFixture(false)]
[TestFixture(true)]
public unsafe class WaitTests(bool parallel)
{
    private struct Shared
    {
        public wait_queue_head Queue;
        public completion Done;
        public completion Start;
        public ulong Word;
        public int Flag;
        public int Woken;
        public int Asleep;
    }

    private Shared* _s;

    [SetUp]
    public void SetUp()
    {
        boot_params p = new() { cpus = 2, ram = 64 << 20, parallel = parallel, pin = false };
        machine.boot(p);
        _s = (Shared*)NativeMemory.AllocZeroed((nuint)sizeof(Shared));
    }

    [TearDown]
    public void TearDown()
    {
        string[] reports = lockdep.reports;
        machine.shutdown();
        NativeMemory.Free(_s);
        Assert.That(reports, Is.Empty);
    }

    private static void WaitUntilAsleep(Shared* s, int n)
    {
        while (Volatile.Read(ref s->Asleep) != n)
            schedule_timeout_uninterruptible(1);
        schedule_timeout_uninterruptible(2);
    }

    private static bool FlagIsUp(void* arg) => Volatile.Read(ref ((Shared*)arg)->Flag) != 0;

    private static int WaitsForFlag(void* arg)
    {
        Shared* s = (Shared*)arg;
        Interlocked.Increment(ref s->Asleep);
        wait_event(&s->Queue, &FlagIsUp, s);
        Interlocked.Increment(ref s->Woken);
        complete(&s->Done);
        return 0;
    }

    [Test]
    public void Wake_up_all_wakes_all_whose_condition_came_true()
    {
        machine.run(() =>
        {
            for (int i = 0; i < 4; i++)
                kthread_run(&WaitsForFlag, _s, "waiter/" + i);
            WaitUntilAsleep(_s, 4);
            wake_up_all(&_s->Queue);
            schedule_timeout_uninterruptible(2);
            Assert.That(_s->Woken, Is.Zero, "the condition is still false");
            Volatile.Write(ref _s->Flag, 1);
            wake_up_all(&_s->Queue);
            for (int i = 0; i < 4; i++)
                wait_for_completion(&_s->Done);
            Assert.That(waitqueue_active(&_s->Queue), Is.False);
        });
        Assert.That(_s->Woken, Is.EqualTo(4));
    }

    private static int WaitsExclusively(void* arg)
    {
        Shared* s = (Shared*)arg;
        wait_queue_entry wait;
        init_wait(&wait);
        prepare_to_wait_exclusive(&s->Queue, &wait, TASK_UNINTERRUPTIBLE);
        Interlocked.Increment(ref s->Asleep);
        schedule();
        finish_wait(&s->Queue, &wait);
        Interlocked.Increment(ref s->Woken);
        complete(&s->Done);
        return 0;
    }

    [Test]
    public void One_wakeup_wakes_one_exclusive_waiter()
    {
        machine.run(() =>
        {
            for (int i = 0; i < 3; i++)
                kthread_run(&WaitsExclusively, _s, "waiter/" + i);
            WaitUntilAsleep(_s, 3);
            for (int i = 1; i <= 3; i++)
            {
                Assert.That(wake_up(&_s->Queue), Is.EqualTo(1));
                wait_for_completion(&_s->Done);
                schedule_timeout_uninterruptible(2);
                Assert.That(_s->Woken, Is.EqualTo(i));
            }
        });
    }

    [Test]
    public void A_timeout_is_what_is_left_or_zero()
    {
        machine.run(() =>
        {
            ulong before = linux_jiffies_h.jiffies;
            Assert.That(wait_event_timeout(&_s->Queue, &FlagIsUp, _s, 5), Is.Zero);
            Assert.That(linux_jiffies_h.jiffies - before, Is.GreaterThanOrEqualTo(5));
            _s->Flag = 1;
            Assert.That(wait_event_timeout(&_s->Queue, &FlagIsUp, _s, 5), Is.EqualTo(5));
            Assert.That(wait_event_interruptible(&_s->Queue, &FlagIsUp, _s), Is.Zero);
        });
    }

    private static int ClearsBit(void* arg)
    {
        Shared* s = (Shared*)arg;
        schedule_timeout_uninterruptible(3);
        clear_and_wake_up_bit(5, &s->Word);
        return 0;
    }

    [Test]
    public void A_bit_is_waited_for()
    {
        machine.run(() =>
        {
            _s->Word = 1UL << 5;
            kthread_run(&ClearsBit, _s, "clearer");
            Assert.That(wait_on_bit(&_s->Word, 5, TASK_UNINTERRUPTIBLE), Is.Zero);
            Assert.That(_s->Word, Is.Zero);
            Assert.That(wait_on_bit_lock(&_s->Word, 5, TASK_UNINTERRUPTIBLE), Is.Zero);
            Assert.That(_s->Word, Is.EqualTo(1UL << 5));
            kthread_run(&ClearsBit, _s, "clearer");
            Assert.That(wait_on_bit_lock(&_s->Word, 5, TASK_UNINTERRUPTIBLE), Is.Zero);
            Assert.That(_s->Word, Is.EqualTo(1UL << 5));
        });
    }

    private static int RaisesFlag(void* arg)
    {
        Shared* s = (Shared*)arg;
        schedule_timeout_uninterruptible(3);
        Volatile.Write(ref s->Flag, 1);
        linux_compiler_h.smp_mb();
        wake_up_var(&s->Flag);
        return 0;
    }

    [Test]
    public void A_variable_is_waited_for()
    {
        machine.run(() =>
        {
            kthread_run(&RaisesFlag, _s, "raiser");
            wait_var_event(&_s->Flag, &FlagIsUp, _s);
            Assert.That(_s->Flag, Is.EqualTo(1));
        });
    }

    private static int WaitsForCompletion(void* arg)
    {
        Shared* s = (Shared*)arg;
        Interlocked.Increment(ref s->Asleep);
        wait_for_completion(&s->Start);
        Interlocked.Increment(ref s->Woken);
        complete(&s->Done);
        return 0;
    }

    [Test]
    public void A_completion_lets_as_many_through_as_it_was_completed_and_all_for_good()
    {
        machine.run(() =>
        {
            init_completion(&_s->Start);
            for (int i = 0; i < 3; i++)
                kthread_run(&WaitsForCompletion, _s, "waiter/" + i);
            WaitUntilAsleep(_s, 3);
            complete(&_s->Start);
            wait_for_completion(&_s->Done);
            schedule_timeout_uninterruptible(2);
            Assert.That(_s->Woken, Is.EqualTo(1));
            Assert.That(completion_done(&_s->Start), Is.False);
            complete_all(&_s->Start);
            wait_for_completion(&_s->Done);
            wait_for_completion(&_s->Done);
            Assert.That(completion_done(&_s->Start), Is.True);
            wait_for_completion(&_s->Start);
            Assert.That(try_wait_for_completion(&_s->Start), Is.True);
            reinit_completion(&_s->Start);
            Assert.That(try_wait_for_completion(&_s->Start), Is.False);
            Assert.That(wait_for_completion_timeout(&_s->Start, 2), Is.Zero);
        });
    }
}
