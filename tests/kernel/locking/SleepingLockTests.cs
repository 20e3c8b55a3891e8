// SPDX-License-Identifier: GPL-2.0-only
using System.Runtime.InteropServices;
using Linux;
using static Linux.kernel_kthread_c;
using static Linux.kernel_sched_core_c;
using static Linux.linux_completion_h;
using static Linux.linux_mutex_h;
using static Linux.linux_rwsem_h;
using static Linux.linux_percpu_rwsem_h;
using static Linux.linux_timer_h;

namespace KMemcg.Kernel.Tests.Locking;

/// <summary>Locks that sleep, taken by kernel threads of a machine, in both modes.</summary>
[NonParallelizable]
[TestFixture(false)]
[TestFixture(true)]
public unsafe class SleepingLockTests(bool parallel)
{
    private struct Shared
    {
        public mutex Mutex;
        public rw_semaphore Sem;
        public percpu_rw_semaphore Percpu;
        public completion Done;
        public int Running;
        public int Inside;
        public int Writers;
        public int Readers;
        public int MaxReaders;
        public int Bad;
        public long Count;
        public int Order;
    }

    private Shared* _s;

    [SetUp]
    public void SetUp()
    {
        boot_params p = new() { cpus = 3, ram = 64 << 20, parallel = parallel, pin = false };
        machine.boot(p);
        _s = (Shared*)NativeMemory.AllocZeroed((nuint)sizeof(Shared));
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

    /// <summary>Starts n threads and waits until all of them have finished.</summary>
    private void RunThreads(int n, delegate*<void*, int> body)
    {
        nint fn = (nint)body;
        machine.run(() =>
        {
            _s->Running = n;
            for (int i = 0; i < n; i++)
                kthread_run((delegate*<void*, int>)fn, _s, "test/" + i);
            wait_for_completion(&_s->Done);
        });
    }

    private static int Finish(Shared* s)
    {
        if (Interlocked.Decrement(ref s->Running) == 0)
            complete(&s->Done);
        return 0;
    }

    private static void Nap(int i)
    {
        // Give the CPU up with the lock held, now and then for a tick.
        if (i % 16 == 0)
            schedule_timeout_uninterruptible(1);
        else
            cond_resched();
    }

    private static int MutexBody(void* arg)
    {
        Shared* s = (Shared*)arg;
        for (int i = 0; i < 100; i++)
        {
            mutex_lock(&s->Mutex);
            if (Interlocked.Increment(ref s->Inside) != 1)
                s->Bad++;
            s->Count++;
            Nap(i);
            Interlocked.Decrement(ref s->Inside);
            mutex_unlock(&s->Mutex);
        }

        return Finish(s);
    }

    [Test]
    public void A_mutex_excludes_while_its_holder_sleeps()
    {
        RunThreads(5, &MutexBody);
        Assert.That((_s->Bad, _s->Count), Is.EqualTo((0, 500L)));
        machine.run(() => Assert.That(mutex_is_locked(&_s->Mutex), Is.False));
    }

    [Test]
    public void A_mutex_that_was_never_initialised_is_unlocked()
    {
        _s->Mutex = default;
        machine.run(() =>
        {
            Assert.That(mutex_trylock(&_s->Mutex), Is.True);
            Assert.That(mutex_trylock(&_s->Mutex), Is.False);
            mutex_unlock(&_s->Mutex);
        });
        RunThreads(3, &MutexBody);
        Assert.That((_s->Bad, _s->Count), Is.EqualTo((0, 300L)));
    }

    private static int ReaderWriterBody(void* arg)
    {
        Shared* s = (Shared*)arg;
        int me = Interlocked.Increment(ref s->Order);
        for (int i = 0; i < 60; i++)
        {
            if ((i + me) % 4 == 0)
            {
                down_write(&s->Sem);
                if (Interlocked.Increment(ref s->Writers) != 1 || Volatile.Read(ref s->Readers) != 0)
                    s->Bad++;
                s->Count++;
                Nap(i);
                Interlocked.Decrement(ref s->Writers);
                if (i % 8 == 0)
                {
                    downgrade_write(&s->Sem);
                    if (Volatile.Read(ref s->Writers) != 0)
                        s->Bad++;
                    up_read(&s->Sem);
                }
                else
                {
                    up_write(&s->Sem);
                }
            }
            else
            {
                down_read(&s->Sem);
                int readers = Interlocked.Increment(ref s->Readers);
                if (Volatile.Read(ref s->Writers) != 0)
                    s->Bad++;
                if (readers > s->MaxReaders)
                    s->MaxReaders = readers;
                Nap(i);
                Interlocked.Decrement(ref s->Readers);
                up_read(&s->Sem);
            }
        }

        return Finish(s);
    }

    [Test]
    public void Readers_share_a_semaphore_and_writers_do_not()
    {
        RunThreads(6, &ReaderWriterBody);
        Assert.That(_s->Bad, Is.Zero);
        Assert.That(_s->Count, Is.EqualTo(6 * 15));
        Assert.That(_s->MaxReaders, Is.GreaterThan(1));
        machine.run(() => Assert.That(rwsem_is_locked(&_s->Sem), Is.False));
    }

    [Test]
    public void Tries_on_a_semaphore_fail_as_the_kernels_do()
    {
        machine.run(() =>
        {
            Assert.That(down_read_trylock(&_s->Sem), Is.True);
            Assert.That(down_write_trylock(&_s->Sem), Is.False);
            up_read(&_s->Sem);
            Assert.That(down_write_trylock(&_s->Sem), Is.True);
            Assert.That(down_read_trylock(&_s->Sem), Is.False);
            up_write(&_s->Sem);
        });
    }

    private static int PercpuBody(void* arg)
    {
        Shared* s = (Shared*)arg;
        int me = Interlocked.Increment(ref s->Order);
        for (int i = 0; i < 20; i++)
        {
            if (me == 1 && i % 4 == 0)
            {
                percpu_down_write(&s->Percpu);
                if (Interlocked.Increment(ref s->Writers) != 1 || Volatile.Read(ref s->Readers) != 0)
                    s->Bad++;
                s->Count++;
                Nap(i);
                Interlocked.Decrement(ref s->Writers);
                percpu_up_write(&s->Percpu);
            }
            else
            {
                percpu_down_read(&s->Percpu);
                Interlocked.Increment(ref s->Readers);
                if (Volatile.Read(ref s->Writers) != 0)
                    s->Bad++;
                Nap(i);
                Interlocked.Decrement(ref s->Readers);
                percpu_up_read(&s->Percpu);
            }
        }

        return Finish(s);
    }

    [Test]
    public void A_percpu_semaphore_excludes_its_writer()
    {
        machine.run(() => Assert.That(percpu_init_rwsem(&_s->Percpu), Is.Zero));
        RunThreads(4, &PercpuBody);
        Assert.That((_s->Bad, _s->Count), Is.EqualTo((0, 5L)));
        machine.run(() => percpu_free_rwsem(&_s->Percpu));
    }
}
