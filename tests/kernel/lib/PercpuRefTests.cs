// SPDX-License-Identifier: GPL-2.0-only
using System.Runtime.InteropServices;
using CsCheck;
using KMemcg.Annotations;
using Linux;
using static Linux.kernel_rcu_tree_c;
using static Linux.kernel_sched_core_c;
using static Linux.lib_percpu_refcount_c;
using static Linux.linux_percpu_refcount_h;
using static Linux.linux_rcupdate_h;
using static Linux.linux_timer_h;

namespace KMemcg.Kernel.Tests.Lib;

/// <summary>percpu_ref against a plain counter, in each mode and through the switches between them.</summary>
[NonParallelizable]
public unsafe class PercpuRefTests
{
    private const gfp GfpKernel = gfp.Kernel;

    private enum gfp : uint
    {
        Kernel = 0xcc0,
    }

    private static int s_released;
    private static int s_confirmed;
    private static bool s_zeroAtConfirm;
    private percpu_ref* _ref;

    [SetUp]
    public void SetUp()
    {
        boot_params p = new() { cpus = 3, ram = 64 << 20 };
        machine.boot(p);
        _ref = (percpu_ref*)NativeMemory.AllocZeroed((nuint)sizeof(percpu_ref));
        s_released = s_confirmed = 0;
    }

    [TearDown]
    public void TearDown()
    {
        string[] reports = lockdep.reports;
        machine.shutdown();
        NativeMemory.Free(_ref);
        Assert.That(reports, Is.Empty);
    }

    private static void Release(percpu_ref* @ref) => s_released++;

    private static void Confirm(percpu_ref* @ref)
    {
        s_confirmed++;
        // Whoever asks for a live reference from now on is turned away.
        rcu_read_lock();
        s_zeroAtConfirm = percpu_ref_tryget_live(@ref);
        rcu_read_unlock();
    }

    [Test]
    public void Killed_it_is_released_once_when_the_last_reference_goes()
    {
        machine.run(() =>
        {
            Assert.That(percpu_ref_init(_ref, &Release, 0, (uint)GfpKernel), Is.Zero);
            percpu_ref_get_many(_ref, 5);
            percpu_ref_kill_and_confirm(_ref, &Confirm);
            Assert.That(percpu_ref_is_dying(_ref), Is.True);
            Assert.That(s_confirmed, Is.Zero, "a grace period comes first");
            rcu_barrier();
            Assert.That((s_confirmed, s_zeroAtConfirm, s_released), Is.EqualTo((1, false, 0)));
            Assert.That(percpu_ref_tryget(_ref), Is.True, "dying is not zero");
            percpu_ref_put_many(_ref, 5);
            Assert.That(s_released, Is.Zero);
            percpu_ref_put(_ref);
            Assert.That(s_released, Is.EqualTo(1));
            Assert.That(percpu_ref_is_zero(_ref), Is.True);
            Assert.That(percpu_ref_tryget(_ref), Is.False);
            percpu_ref_exit(_ref);
            Assert.That(percpu_ref_is_zero(_ref), Is.True, "also after exit");
        });
    }

    [Test]
    public void References_taken_on_one_cpu_may_be_put_on_another()
    {
        machine.run(() =>
        {
            Assert.That(percpu_ref_init(_ref, &Release, 0, (uint)GfpKernel), Is.Zero);
            var count = (PerCpu<ulong>*)_ref->percpu_count_ptr;
            percpu_ref_get_many(_ref, 7);
            // As other CPUs would have: more puts than gets there, which wraps.
            *linux_percpu_h.per_cpu_ptr(count, 1) -= 4;
            *linux_percpu_h.per_cpu_ptr(count, 2) -= 2;
            percpu_ref_kill(_ref);
            rcu_barrier();
            Assert.That(linux_atomic_h.atomic_long_read(&_ref->data->count), Is.EqualTo(1));
            percpu_ref_put(_ref);
            Assert.That(s_released, Is.EqualTo(1));
            percpu_ref_exit(_ref);
        });
    }

    private enum Op
    {
        Get,
        Put,
        TryGet,
        TryGetLive,
        Kill,
        Resurrect,
        ToAtomic,
        ToPercpu,
        Sleep,
    }

    [Test]
    public void It_counts_as_a_plain_counter_does_whatever_its_mode()
    {
        Gen<Op[]> ops = Gen.Enum<Op>().Array[1, 60];
        Gen.Select(ops, Gen.Int[0, 3]).Sample(
            (sequence, kind) => machine.run(() => Against(sequence, (uint)kind)),
            iter: 60, threads: 1);
    }

    private void Against(Op[] sequence, uint kind)
    {
        uint flags = kind switch { 1 => PERCPU_REF_INIT_ATOMIC, 2 => PERCPU_REF_INIT_DEAD, _ => PERCPU_REF_ALLOW_REINIT };
        s_released = 0;
        long count = flags == PERCPU_REF_INIT_DEAD ? 0 : 1;
        bool dead = flags == PERCPU_REF_INIT_DEAD;
        int released = 0;
        Assert.That(percpu_ref_init(_ref, &Release, flags, (uint)GfpKernel), Is.Zero);
        foreach (Op op in sequence)
        {
            switch (op)
            {
                case Op.Get when count > 0:
                    percpu_ref_get(_ref);
                    count++;
                    break;
                case Op.Put when count > (dead ? 0 : 1):
                    if (dead)
                        rcu_barrier();
                    percpu_ref_put(_ref);
                    if (--count == 0)
                        released++;
                    break;
                case Op.TryGet:
                    bool got = percpu_ref_tryget(_ref);
                    Assert.That(got, Is.EqualTo(count > 0));
                    count += got ? 1 : 0;
                    break;
                case Op.TryGetLive:
                    if (dead)
                        rcu_barrier();
                    bool live = percpu_ref_tryget_live(_ref);
                    Assert.That(live, Is.EqualTo(!dead));
                    count += live ? 1 : 0;
                    break;
                case Op.Kill when !dead:
                    percpu_ref_kill(_ref);
                    dead = true;
                    rcu_barrier();
                    if (--count == 0)
                        released++;
                    break;
                case Op.Resurrect when dead:
                    if (count == 0)
                        percpu_ref_reinit(_ref);
                    else
                        percpu_ref_resurrect(_ref);
                    dead = false;
                    count++;
                    break;
                case Op.ToAtomic:
                    percpu_ref_switch_to_atomic_sync(_ref);
                    break;
                case Op.ToPercpu:
                    percpu_ref_switch_to_percpu(_ref);
                    break;
                case Op.Sleep:
                    schedule_timeout_uninterruptible(1);
                    break;
            }

            Assert.That(percpu_ref_is_dying(_ref), Is.EqualTo(dead));
            Assert.That(s_released, Is.EqualTo(released));
            Assert.That(percpu_ref_is_zero(_ref), Is.EqualTo(count == 0));
        }

        if (!dead)
        {
            percpu_ref_kill(_ref);
            rcu_barrier();
            if (--count == 0)
                released++;
        }

        for (; count > 0; count--)
        {
            percpu_ref_put(_ref);
            if (count == 1)
                released++;
        }

        rcu_barrier();
        Assert.That(s_released, Is.EqualTo(released));
        percpu_ref_exit(_ref);
    }
}
