// SPDX-License-Identifier: GPL-2.0-only
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KMemcg.Annotations;
using Linux;
using static Linux.linux_lockdep_h;
using static Linux.linux_preempt_h;
using static Linux.linux_rcupdate_h;
using static Linux.linux_spinlock_h;

namespace KMemcg.Kernel.Tests.Locking;

/// <summary>The validator on locks of its own, with a bare CPU.</summary>
[NonParallelizable]
public unsafe class LockdepTests
{
    private struct Object
    {
        public spinlock_t A;
        public spinlock_t B;
        public spinlock_t C;
        public raw_spinlock_t Raw;
        public mutex M;
        public rw_semaphore S;
        public rwlock_t Rw;
    }

    private Object* _o;
    private Object* _p;
    private BareCpu _cpu = null!;

    [SetUp]
    public void SetUp()
    {
        if (!prove_locking)
            Assert.Ignore("the validator is off");
        lockdep_init();
        _cpu = new BareCpu();
        linux_rcupdate_h.rcu_init_lockdep();
        _o = Make();
        _p = Make();
    }

    [TearDown]
    public void TearDown()
    {
        if (!prove_locking)
            return;
        Assert.That(lockdep.depth, Is.Zero);
        _cpu.Dispose();
        NativeMemory.Free(_o);
        NativeMemory.Free(_p);
        lockdep_init();
    }

    private static Object* Make()
    {
        Object* o = (Object*)NativeMemory.AllocZeroed((nuint)sizeof(Object));
        spin_lock_init(&o->A);
        spin_lock_init(&o->B);
        spin_lock_init(&o->C);
        raw_spin_lock_init(&o->Raw);
        linux_mutex_h.mutex_init(&o->M);
        linux_rwsem_h.init_rwsem(&o->S);
        linux_rwlock_h.rwlock_init(&o->Rw);
        return o;
    }

    private static string Only()
    {
        Assert.That(lockdep.reports, Has.Length.EqualTo(1));
        return lockdep.reports[0];
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void TakeInOrder(spinlock_t* outer, spinlock_t* inner)
    {
        spin_lock(outer);
        spin_lock(inner);
        spin_unlock(inner);
        spin_unlock(outer);
    }

    [Test]
    public void An_order_and_its_inverse_are_a_deadlock_of_two_objects_of_the_classes()
    {
        First();
        Assert.That(lockdep.reports, Is.Empty);
        Inverse();
        string report = Only();
        Assert.That(report, Does.Contain("possible circular locking dependency detected"));
        // Both chains: where the order was first seen, and where it is now inverted.
        Assert.That(report, Does.Contain(nameof(First)).And.Contain(nameof(Inverse)));
        Assert.That(report, Does.Contain("(o->A)").And.Contain("(o->B)"));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void First() => TakeInOrder(&_o->A, &_o->B);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Inverse() => TakeInOrder(&_p->B, &_p->A);

    [Test]
    public void A_circle_of_three_is_found()
    {
        TakeInOrder(&_o->A, &_o->B);
        TakeInOrder(&_o->B, &_o->C);
        Assert.That(lockdep.reports, Is.Empty);
        TakeInOrder(&_o->C, &_o->A);
        Assert.That(Only(), Does.Contain("circular"));
    }

    [Test]
    public void One_class_twice_is_recursion_unless_it_is_nested()
    {
        spin_lock(&_o->A);
        spin_lock_nested(&_p->A, SINGLE_DEPTH_NESTING);
        spin_unlock(&_p->A);
        Assert.That(lockdep.reports, Is.Empty);
        spin_lock(&_p->A);
        spin_unlock(&_p->A);
        spin_unlock(&_o->A);
        Assert.That(Only(), Does.Contain("possible recursive locking detected"));
    }

    [Test]
    public void Many_of_a_class_may_be_taken_inside_the_lock_that_nests_them()
    {
        linux_mutex_h.mutex_lock(&_o->M);
        spin_lock_nest_lock(&_o->A, &_o->M);
        spin_lock_nest_lock(&_p->A, &_o->M);
        Assert.That(lockdep_is_held(&_o->A) && lockdep_is_held(&_p->A), Is.True);
        spin_unlock(&_o->A);
        Assert.That(lockdep_is_held(&_p->A), Is.True);
        spin_unlock(&_p->A);
        Assert.That(lockdep_is_held(&_p->A), Is.False);
        linux_mutex_h.mutex_unlock(&_o->M);
        Assert.That(lockdep.reports, Is.Empty);
    }

    [Test]
    public void A_try_makes_no_order()
    {
        TakeInOrder(&_o->A, &_o->B);
        spin_lock(&_o->B);
        Assert.That(spin_trylock(&_o->A), Is.True);
        spin_unlock(&_o->A);
        spin_unlock(&_o->B);
        Assert.That(lockdep.reports, Is.Empty);
    }

    [Test]
    public void A_lock_taken_in_an_interrupt_and_with_interrupts_on_is_inconsistent()
    {
        _cpu.Hardirq(() =>
        {
            spin_lock(&_o->A);
            spin_unlock(&_o->A);
        });
        Assert.That(lockdep.reports, Is.Empty);
        spin_lock(&_p->A);
        spin_unlock(&_p->A);
        Assert.That(Only(), Does.Contain("inconsistent lock state").And.Contain("{IN-HARDIRQ-W} -> {HARDIRQ-ON-W}"));
    }

    [Test]
    public void With_interrupts_off_it_is_consistent()
    {
        _cpu.Hardirq(() =>
        {
            spin_lock(&_o->A);
            spin_unlock(&_o->A);
        });
        spin_lock_irqsave(&_p->A, out IrqFlags flags);
        spin_unlock_irqrestore(&_p->A, flags);
        Assert.That(lockdep.reports, Is.Empty);
    }

    [Test]
    public void An_interrupts_lock_may_not_be_outside_one_that_interrupts_find_held()
    {
        _cpu.Hardirq(() =>
        {
            spin_lock(&_o->A);
            spin_unlock(&_o->A);
        });
        spin_lock(&_o->B);
        spin_unlock(&_o->B);
        spin_lock_irq(&_o->A);
        spin_lock(&_o->B);
        spin_unlock(&_o->B);
        spin_unlock_irq(&_o->A);
        string report = Only();
        Assert.That(report, Does.Contain("HARDIRQ-safe -> HARDIRQ-unsafe lock order detected"));
        Assert.That(report, Does.Contain("became HARDIRQ-irq-safe at").And.Contain("became HARDIRQ-irq-unsafe at"));
    }

    [Test]
    public void The_inversion_is_found_in_whatever_order_it_is_learned()
    {
        spin_lock_irq(&_o->A);
        spin_lock(&_o->B);
        spin_unlock(&_o->B);
        spin_unlock_irq(&_o->A);
        spin_lock(&_o->B);
        spin_unlock(&_o->B);
        Assert.That(lockdep.reports, Is.Empty);
        _cpu.Hardirq(() =>
        {
            spin_lock(&_o->A);
            spin_unlock(&_o->A);
        });
        Assert.That(Only(), Does.Contain("possible irq lock inversion dependency detected"));
    }

    [Test]
    public void Softirqs_are_told_apart_from_hardirqs()
    {
        _cpu.Softirq(() =>
        {
            spin_lock(&_o->A);
            spin_unlock(&_o->A);
        });
        spin_lock_bh(&_o->A);
        spin_unlock_bh(&_o->A);
        Assert.That(lockdep.reports, Is.Empty);
        spin_lock(&_o->A);
        spin_unlock(&_o->A);
        Assert.That(Only(), Does.Contain("{IN-SOFTIRQ-W} -> {SOFTIRQ-ON-W}"));
    }

    [Test]
    public void What_an_interrupt_takes_is_not_ordered_after_what_it_interrupted()
    {
        spin_lock_irq(&_o->A);
        _cpu.Hardirq(() =>
        {
            spin_lock(&_o->B);
            spin_unlock(&_o->B);
        });
        spin_unlock_irq(&_o->A);
        spin_lock_irq(&_o->B);
        spin_lock(&_o->A);
        spin_unlock(&_o->A);
        spin_unlock_irq(&_o->B);
        Assert.That(lockdep.reports, Is.Empty);
    }

    [Test]
    public void Sleeping_under_a_spinlock_is_reported_with_the_locks_held()
    {
        spin_lock(&_o->A);
        might_sleep();
        spin_unlock(&_o->A);
        Assert.That(Only(), Does.Contain("sleeping function called from invalid context").And.Contain("(o->A)").And.Contain("in_atomic(): 1"));
    }

    [Test]
    public void Sleeping_with_interrupts_off_or_in_a_reader_is_reported()
    {
        local_irq_save(out IrqFlags flags);
        might_sleep();
        local_irq_restore(flags);
        Assert.That(Only(), Does.Contain("irqs_disabled(): 1"));
        lockdep.clear_reports();
        rcu_read_lock();
        might_sleep();
        rcu_read_unlock();
        Assert.That(Only(), Does.Contain("RCU nest depth: 1"));
    }

    [Test]
    public void A_mutex_inside_a_spinlock_is_an_invalid_wait_context()
    {
        spin_lock(&_o->A);
        lockdep.acquire((nint)(&_o->M), 0, false, 0, true, 0, lock_kind.sleep, "m", "f", 1);
        lockdep.release((nint)(&_o->M), "m", "f", 2);
        spin_unlock(&_o->A);
        Assert.That(Only(), Does.Contain("Invalid wait context"));
    }

    [Test]
    public void A_spinlock_inside_a_raw_spinlock_is_an_invalid_wait_context()
    {
        raw_spin_lock(&_o->Raw);
        spin_lock(&_o->A);
        spin_unlock(&_o->A);
        raw_spin_unlock(&_o->Raw);
        Assert.That(Only(), Does.Contain("Invalid wait context"));
    }

    [Test]
    public void An_unlock_of_what_is_not_held_is_reported()
    {
        lockdep.release((nint)(&_o->A), "x", "file", 1);
        Assert.That(Only(), Does.Contain("bad unlock balance"));
    }

    [Test]
    public void Assertions_know_who_holds_what_and_how()
    {
        lockdep_assert_not_held(&_o->S);
        Assert.That(linux_rwsem_h.down_read_trylock(&_o->S), Is.True);
        lockdep_assert_held(&_o->S);
        lockdep_assert_held_read(&_o->S);
        Assert.That(lockdep.reports, Is.Empty);
        lockdep_assert_held_write(&_o->S);
        Assert.That(Only(), Does.Contain("lockdep_assert_held_write(&_o->S)"));
        lockdep.clear_reports();
        linux_rwsem_h.up_read(&_o->S);
        lockdep_assert_held(&_o->S);
        Assert.That(Only(), Does.Contain("lockdep_assert_held(&_o->S)"));
    }

    [Test]
    public void A_downgraded_semaphore_is_held_for_reading()
    {
        Assert.That(linux_rwsem_h.down_write_trylock(&_o->S), Is.True);
        lockdep_assert_held_write(&_o->S);
        linux_rwsem_h.downgrade_write(&_o->S);
        lockdep_assert_held_read(&_o->S);
        linux_rwsem_h.up_read(&_o->S);
        Assert.That(lockdep.reports, Is.Empty);
    }

    [Test]
    public void A_dereference_outside_a_reader_is_suspicious()
    {
        long x = 0;
        Rcu<long>* p = RCU_INITIALIZER(&x);
        rcu_read_lock();
        Assert.That((nint)rcu_dereference(&p), Is.EqualTo((nint)(&x)));
        rcu_read_unlock();
        rcu_dereference_check(&p, true);
        rcu_access_pointer(&p);
        Assert.That(lockdep.reports, Is.Empty);
        rcu_dereference(&p);
        Assert.That(Only(), Does.Contain("suspicious RCU usage").And.Contain("rcu_dereference(&p)"));
    }

    [Test]
    public void Edges_are_listed_by_class()
    {
        TakeInOrder(&_o->A, &_o->B);
        TakeInOrder(&_p->A, &_p->B);
        Assert.That(lockdep.dump_edges(), Has.Length.EqualTo(1));
        Assert.That(lockdep.dump_edges()[0], Does.Match(@"^o->A \[LockdepTests\.cs:\d+\] -> o->B \[LockdepTests\.cs:\d+\]$"));
    }

    [Test]
    public void A_lock_in_memory_that_is_freed_must_not_be_held_and_is_forgotten()
    {
        spin_lock(&_o->A);
        debug_check_no_locks_freed(_o, (ulong)sizeof(Object));
        Assert.That(Only(), Does.Contain("held lock freed"));
        lockdep.clear_reports();
        spin_unlock(&_o->A);
        // The same bytes are another lock now.
        spin_lock_init(&_o->A, "elsewhere");
        spin_lock(&_p->A);
        spin_lock(&_o->A);
        spin_unlock(&_o->A);
        spin_unlock(&_p->A);
        Assert.That(lockdep.reports, Is.Empty);
    }

    [Test]
    public void Zero_is_an_unlocked_lock_that_belongs_to_where_it_was_first_used()
    {
        Object raw = default;
        spin_lock(&raw.A);
        spin_lock(&raw.B);
        spin_unlock(&raw.B);
        spin_unlock(&raw.A);
        Assert.That(lockdep.reports, Is.Empty);
        Assert.That(lockdep.dump_edges(), Has.Length.EqualTo(1));
        debug_check_no_locks_freed(&raw, (ulong)sizeof(Object));
    }

    private const uint GfpKernel = linux_gfp_types_h.GFP_KERNEL;

    private void TakenInReclaim()
    {
        mm_page_alloc_c.fs_reclaim_acquire(GfpKernel);
        linux_mutex_h.mutex_lock(&_o->M);
        linux_mutex_h.mutex_unlock(&_o->M);
        mm_page_alloc_c.fs_reclaim_release(GfpKernel);
    }

    [Test]
    public void A_lock_that_reclaim_takes_may_not_be_held_over_an_allocation_that_reclaims()
    {
        TakenInReclaim();
        linux_mutex_h.mutex_lock(&_p->M);
        linux_sched_mm_h.might_alloc(linux_gfp_types_h.GFP_NOFS);
        Assert.That(lockdep.reports, Is.Empty);
        linux_sched_mm_h.might_alloc(GfpKernel);
        linux_mutex_h.mutex_unlock(&_p->M);
        Assert.That(Only(), Does.Contain("circular").And.Contain("(fs_reclaim)").And.Contain(nameof(TakenInReclaim)));
    }

    [Test]
    public void Who_reclaims_does_not_enter_reclaim_again()
    {
        TakenInReclaim();
        linux_mutex_h.mutex_lock(&_p->M);
        uint flags = linux_sched_mm_h.memalloc_noreclaim_save();
        linux_sched_mm_h.might_alloc(GfpKernel);
        linux_sched_mm_h.memalloc_noreclaim_restore(flags);
        linux_mutex_h.mutex_unlock(&_p->M);
        Assert.That(lockdep.reports, Is.Empty);
    }

    [Test]
    public void Shared_recursive_readers_do_not_deadlock_with_each_other_but_with_a_writer_between()
    {
        // In an interrupt a reader may overtake a writer that waits: read, read is no deadlock.
        linux_rwlock_h.read_lock(&_o->Rw);
        _cpu.Hardirq(() =>
        {
            linux_rwlock_h.read_lock(&_o->Rw);
            linux_rwlock_h.read_unlock(&_o->Rw);
        });
        linux_rwlock_h.read_unlock(&_o->Rw);
        Assert.That(lockdep.reports, Is.Empty);
        linux_rwlock_h.write_lock(&_o->Rw);
        linux_rwlock_h.write_unlock(&_o->Rw);
        Assert.That(Only(), Does.Contain("inconsistent lock state").And.Contain("{IN-HARDIRQ-R}"));
    }
}
