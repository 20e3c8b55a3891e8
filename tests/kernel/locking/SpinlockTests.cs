// SPDX-License-Identifier: GPL-2.0-only
using System.Runtime.InteropServices;
using KMemcg.Annotations;
using Linux;
using static Linux.linux_local_lock_h;
using static Linux.linux_preempt_h;
using static Linux.linux_rwlock_h;
using static Linux.linux_seqlock_h;
using static Linux.linux_spinlock_h;

namespace KMemcg.Kernel.Tests.Locking;

[NonParallelizable]
public unsafe class SpinlockTests
{
    private struct Locks
    {
        public spinlock_t Spin;
        public rwlock_t Rw;
        public seqlock_t Seq;
        public long A;
        public long B;
    }

    private Locks* _l;

    [SetUp]
    public void SetUp()
    {
        linux_lockdep_h.lockdep_init();
        _l = (Locks*)NativeMemory.AllocZeroed((nuint)sizeof(Locks));
    }

    [TearDown]
    public void TearDown()
    {
        NativeMemory.Free(_l);
        Assert.That(lockdep.reports, Is.Empty);
    }

    private static void OnCpus(int n, Action<int> body)
    {
        Exception? failure = null;
        Thread[] threads = new Thread[n];
        for (int i = 0; i < n; i++)
        {
            int cpu = i;
            threads[i] = new Thread(() =>
            {
                try
                {
                    using BareCpu bare = new(cpu);
                    body(cpu);
                }
                catch (Exception e)
                {
                    failure = e;
                }
            });
        }

        foreach (Thread t in threads)
            t.Start();
        foreach (Thread t in threads)
            t.Join();
        Assert.That(failure, Is.Null);
    }

    [Test]
    public void A_spinlock_excludes()
    {
        const int Turns = 20_000;
        OnCpus(3, _ =>
        {
            for (int i = 0; i < Turns; i++)
            {
                spin_lock_irqsave(&_l->Spin, out IrqFlags flags);
                _l->A++;
                _l->B--;
                spin_unlock_irqrestore(&_l->Spin, flags);
            }
        });
        Assert.That(_l->A, Is.EqualTo(3 * Turns));
        Assert.That(_l->B, Is.EqualTo(-3 * Turns));
    }

    [Test]
    public void Writers_of_a_rwlock_exclude_and_readers_see_both_or_neither()
    {
        const int Turns = 5_000;
        long torn = 0;
        OnCpus(3, cpu =>
        {
            for (int i = 0; i < Turns; i++)
            {
                if (cpu == 0)
                {
                    write_lock(&_l->Rw);
                    _l->A++;
                    _l->B++;
                    write_unlock(&_l->Rw);
                }
                else
                {
                    read_lock(&_l->Rw);
                    if (Volatile.Read(ref _l->A) != Volatile.Read(ref _l->B))
                        Interlocked.Increment(ref torn);
                    read_unlock(&_l->Rw);
                }
            }
        });
        Assert.That(torn, Is.Zero);
        Assert.That(_l->A, Is.EqualTo(Turns));
    }

    [Test]
    public void Readers_of_a_seqlock_retry_until_they_saw_no_writer()
    {
        const int Turns = 5_000;
        long torn = 0;
        OnCpus(2, cpu =>
        {
            for (int i = 0; i < Turns; i++)
            {
                if (cpu == 0)
                {
                    write_seqlock(&_l->Seq);
                    Volatile.Write(ref _l->A, i);
                    Volatile.Write(ref _l->B, i);
                    write_sequnlock(&_l->Seq);
                }
                else
                {
                    long a, b;
                    uint seq;
                    do
                    {
                        seq = read_seqbegin(&_l->Seq);
                        a = Volatile.Read(ref _l->A);
                        b = Volatile.Read(ref _l->B);
                    }
                    while (read_seqretry(&_l->Seq, seq));
                    if (a != b)
                        Interlocked.Increment(ref torn);
                }
            }
        });
        Assert.That(torn, Is.Zero);
    }

    [Test]
    public void Trylock_fails_on_a_held_lock_and_leaves_preemption_and_irqs_as_they_were()
    {
        using BareCpu cpu = new();
        Assert.That(spin_trylock(&_l->Spin), Is.True);
        Assert.That(preempt_count(), Is.EqualTo(1));
        Assert.That(spin_trylock(&_l->Spin), Is.False);
        Assert.That(preempt_count(), Is.EqualTo(1));
        Assert.That(spin_trylock_irqsave(&_l->Spin, out _), Is.False);
        Assert.That(irqs_disabled(), Is.False);
        Assert.That(spin_is_locked(&_l->Spin), Is.True);
        spin_unlock(&_l->Spin);
        Assert.That(spin_is_locked(&_l->Spin), Is.False);
    }

    [Test]
    public void Irqsave_nests()
    {
        using BareCpu cpu = new();
        spin_lock_irqsave(&_l->Spin, out IrqFlags outer);
        read_lock_irqsave(&_l->Rw, out IrqFlags inner);
        read_unlock_irqrestore(&_l->Rw, inner);
        Assert.That(irqs_disabled(), Is.True);
        spin_unlock_irqrestore(&_l->Spin, outer);
        Assert.That(irqs_disabled(), Is.False);
    }

    [Test]
    public void Recursion_is_an_oops()
    {
        using BareCpu cpu = new();
        spin_lock(&_l->Spin);
        KernelOops? oops = Assert.Throws<KernelOops>(() => linux_spinlock_h.raw_spin_lock(&_l->Spin.rlock));
        Assert.That(oops!.Message, Does.Contain("recursion"));
        asm_percpu_h.__this_cpu->preempt_count--;
        linux_lockdep_h.lockdep_init();
        asm_percpu_h.__this_cpu->preempt_count--;
        _l->Spin = default;
    }

    private static readonly PerCpu<local_trylock_t>* StockLock = linux_percpu_h.DEFINE_PER_CPU<local_trylock_t>();

    [Test]
    public void A_local_trylock_fails_in_an_interrupt_that_found_it_held()
    {
        using BareCpu cpu = new();
        bool inIrq = true, inIrqsave = true, afterwards = false;
        local_lock(StockLock);
        Assert.That(local_lock_is_locked(StockLock), Is.True);
        cpu.Hardirq(() =>
        {
            inIrq = local_trylock(StockLock);
            inIrqsave = local_trylock_irqsave(StockLock, out _);
        });
        local_unlock(StockLock);
        cpu.Hardirq(() =>
        {
            afterwards = local_trylock(StockLock);
            local_unlock(StockLock);
        });
        Assert.That((inIrq, inIrqsave, afterwards), Is.EqualTo((false, false, true)));
        Assert.That(local_lock_is_locked(StockLock), Is.False);
    }

    [Test]
    public void Each_cpu_has_its_own_local_lock()
    {
        using BareCpu cpu = new();
        Assert.That(local_trylock(StockLock), Is.True);
        using (BareCpu other = new(1))
        {
            Assert.That(local_trylock(StockLock), Is.True);
            local_unlock(StockLock);
        }

        local_unlock(StockLock);
    }
}
