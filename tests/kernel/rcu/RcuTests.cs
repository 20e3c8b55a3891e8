// SPDX-License-Identifier: GPL-2.0-only
using System.Runtime.InteropServices;
using KMemcg.Annotations;
using Linux;
using static Linux.kernel_kthread_c;
using static Linux.kernel_rcu_tree_c;
using static Linux.kernel_sched_core_c;
using static Linux.linux_completion_h;
using static Linux.linux_rcupdate_h;
using static Linux.linux_smp_h;
using static Linux.linux_timer_h;

namespace KMemcg.Kernel.Tests.Rcu;

[NonParallelizable]
[TestFixture(false)]
[TestFixture(true)]
public unsafe class RcuTests(bool parallel)
{
    private struct Shared
    {
        public callback_head A;
        public callback_head B;
        public completion Done;
        public int InReader;
        public int Release;
        public int CalledA;
        public int CalledB;
        public int SeenInReader;
        public int Sequence;
        public int InSoftirq;
        public long Loops;
        public long UseAfterFree;
        public Rcu<Item>* Pointer;
    }

    private struct Item
    {
        public long Alive;
        public callback_head Rcu;
    }

    private static Shared* s_shared;
    private Shared* _s;

    [SetUp]
    public void SetUp()
    {
        boot_params p = new() { cpus = 3, ram = 64 << 20, parallel = parallel, pin = false };
        machine.boot(p);
        s_shared = _s = (Shared*)NativeMemory.AllocZeroed((nuint)sizeof(Shared));
        machine.run(() => init_completion(&_s->Done));
    }

    [TearDown]
    public void TearDown()
    {
        string[] reports = lockdep.reports;
        machine.shutdown();
        NativeMemory.Free(_s);
        Assert.That(reports, Is.Empty);
    }

    private static void CalledA(callback_head* head)
    {
        s_shared->InSoftirq += linux_preempt_h.in_serving_softirq() ? 1 : 0;
        s_shared->CalledA = ++s_shared->Sequence;
    }

    private static void CalledB(callback_head* head) => s_shared->CalledB = ++s_shared->Sequence;

    [Test]
    public void A_callback_runs_in_softirq_and_barrier_waits_for_it()
    {
        machine.run(() =>
        {
            call_rcu(&_s->A, &CalledA);
            Assert.That(_s->CalledA, Is.Zero, "not inside call_rcu");
            rcu_barrier();
        });
        Assert.That((_s->CalledA, _s->InSoftirq), Is.EqualTo((1, 1)));
    }

    [Test]
    public void Callbacks_of_one_cpu_run_in_the_order_they_were_queued()
    {
        machine.run(() =>
        {
            call_rcu(&_s->A, &CalledA);
            call_rcu(&_s->B, &CalledB);
            rcu_barrier();
        });
        Assert.That((_s->CalledA, _s->CalledB), Is.EqualTo((1, 2)));
    }

    private static int Reader(void* arg)
    {
        Shared* s = (Shared*)arg;
        rcu_read_lock();
        Volatile.Write(ref s->InReader, 1);
        while (Volatile.Read(ref s->Release) == 0)
            cpu_relax();
        s->SeenInReader = Volatile.Read(ref s->CalledA);
        rcu_read_unlock();
        complete(&s->Done);
        return 0;
    }

    [Test]
    public void No_callback_runs_while_a_reader_that_was_there_before_it_is()
    {
        machine.run(() =>
        {
            task_struct* reader = kthread_create(&Reader, _s, "reader");
            kthread_bind(reader, 1);
            wake_up_process(reader);
            while (Volatile.Read(ref _s->InReader) == 0)
                schedule_timeout_uninterruptible(1);
            call_rcu(&_s->A, &CalledA);
            schedule_timeout_uninterruptible(20);
            Assert.That(_s->CalledA, Is.Zero);
            Volatile.Write(ref _s->Release, 1);
            wait_for_completion(&_s->Done);
            synchronize_rcu();
            rcu_barrier();
            Assert.That(_s->CalledA, Is.Not.Zero);
        });
        Assert.That(_s->SeenInReader, Is.Zero);
    }

    [Test]
    public void A_grace_period_ends_although_a_cpu_stays_in_user_mode()
    {
        // User code that never comes to a point keeps its CPU: nobody else of this test may be waiting for that one.
        user_task t = machine.spawn("user");
        machine.call(t, () => StayOn(1));
        machine.call(null, () => StayOn(0));
        machine_request spin = machine.post(t, () =>
        {
            if (parallel)
            {
                while (Volatile.Read(ref _s->Release) == 0)
                    Thread.SpinWait(10);
            }

            return 0;
        });
        machine.run(() => synchronize_rcu());
        Volatile.Write(ref _s->Release, 1);
        machine.wait_for(spin);
    }

    private static long StayOn(int cpu)
    {
        kernel_entry_c.syscall_enter();
        cpumask mask = default;
        linux_cpumask_h.cpumask_set_cpu(cpu, &mask);
        long rc = set_cpus_allowed_ptr(asm_percpu_h.current, &mask);
        schedule();
        return kernel_entry_c.syscall_exit(rc);
    }

    [Test]
    public void Grace_periods_nobody_waits_for_keep_their_distance()
    {
        if (!parallel)
        {
            Assert.Ignore("a deterministic machine's grace periods stop nobody");
        }

        long intervals = 0, periods = 0;
        user_task t = machine.spawn("user");
        machine.call(t, () =>
        {
            ulong began = linux_ktime_h.ktime_get_ns(), seq = rcu_gp_seq;
            for (int i = 0; i < 2000; i++)
            {
                kernel_entry_c.syscall_enter();
                callback_head* head = (callback_head*)linux_slab_h.kmalloc((ulong)sizeof(callback_head), linux_gfp_types_h.GFP_KERNEL);
                kfree_rcu(head, head);
                kernel_entry_c.syscall_exit(0);
            }

            periods = (long)((rcu_gp_seq - seq) / 2);
            intervals = (long)((linux_ktime_h.ktime_get_ns() - began) / GP_INTERVAL_NS);
            return 0;
        });

        // One was under way, and the machine's own work may have waited for another.
        Assert.That(periods, Is.LessThanOrEqualTo(intervals + 3));
    }

    private static void FreeItem(callback_head* head)
    {
        Item* item = linux_container_of_h.container_of<Item>(head, &((Item*)linux_container_of_h.nowhere)->Rcu);
        Volatile.Write(ref item->Alive, 0);
    }

    private static int StressReader(void* arg)
    {
        Shared* s = (Shared*)arg;
        while (!kthread_should_stop())
        {
            rcu_read_lock();
            Item* item = rcu_dereference(&s->Pointer);
            for (int i = 0; i < 20; i++)
            {
                if (Volatile.Read(ref item->Alive) == 0)
                    Interlocked.Increment(ref s->UseAfterFree);
                if (i == 10)
                    cpu_relax();
            }

            rcu_read_unlock();
            Interlocked.Increment(ref s->Loops);
            cond_resched();
        }

        return 0;
    }

    [Test]
    public void Readers_never_see_what_was_freed_after_a_grace_period()
    {
        const int Items = 200;
        Item* items = (Item*)NativeMemory.AllocZeroed(Items, (nuint)sizeof(Item));
        machine.run(() =>
        {
            items[0].Alive = 1;
            rcu_assign_pointer(&_s->Pointer, items);
            task_struct* a = kthread_run(&StressReader, _s, "reader/a");
            task_struct* b = kthread_run(&StressReader, _s, "reader/b");
            for (int i = 1; i < Items; i++)
            {
                items[i].Alive = 1;
                Item* old = rcu_access_pointer(&_s->Pointer);
                rcu_assign_pointer(&_s->Pointer, &items[i]);
                if (i % 5 == 0)
                {
                    synchronize_rcu();
                    FreeItem(&old->Rcu);
                }
                else
                {
                    call_rcu(&old->Rcu, &FreeItem);
                    cond_resched();
                }
            }

            rcu_barrier();
            kthread_stop(a);
            kthread_stop(b);
            for (int i = 0; i < Items - 1; i++)
                Assert.That(items[i].Alive, Is.Zero);
        });
        Assert.That(_s->Loops, Is.GreaterThan(0));
        Assert.That(_s->UseAfterFree, Is.Zero);
        NativeMemory.Free(items);
    }
}
