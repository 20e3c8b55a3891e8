// SPDX-License-Identifier: GPL-2.0-only
using BenchmarkDotNet.Attributes;
using KMemcg.Bench.Machines;
using Linux;
using static Linux.linux_gfp_types_h;
using static Linux.linux_memcontrol_h;

namespace KMemcg.Bench.Charge;

/// <summary>
/// A folio charged to the group of the task's own memory, and to a group that was made the active one, as loop devices and
/// fsnotify do for those they work for. No figures were published; the shape is Kamezawa's (cdec2e4265df), one fault's charge,
/// and what is asked is whether the remote one costs more.
/// </summary>
public unsafe class RemoteBenchmarks : KernelBenchmark
{
    private mem_cgroup* _group;

    /// <summary>Puts the task into one group and makes another.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        Boot();
        Machine.MakeGroup("own");
        _group = Machine.MakeGroup("other");
        BenchMachine.Move(Machine.Task, "own");
    }

    /// <summary>The group of the mm.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Operations)]
    public void Own() => Machine.Run(() => ChargeAndUncharge(asm_percpu_h.current->mm));

    /// <summary>The active group.</summary>
    [Benchmark(OperationsPerInvoke = Operations)]
    public void Remote() => Machine.Run(() =>
    {
        mem_cgroup* old = linux_sched_mm_h.set_active_memcg(_group);
        ChargeAndUncharge(null);
        linux_sched_mm_h.set_active_memcg(old);
    });

    private static void ChargeAndUncharge(mm_struct* mm)
    {
        folio* folio = linux_gfp_h.__folio_alloc(GFP_HIGHUSER_MOVABLE, 0, 0, null);
        for (int i = 0; i < Operations; i++)
        {
            if (mem_cgroup_charge(folio, mm, GFP_KERNEL) != 0)
            {
                throw new InvalidOperationException("the charge failed");
            }

            mem_cgroup_uncharge(folio);
        }

        linux_mm_h.folio_put(folio);
    }
}
