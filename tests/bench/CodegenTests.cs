// SPDX-License-Identifier: GPL-2.0-only
using System.Runtime.InteropServices;
using Iced.Intel;
using KMemcg.Sim.Jit;

namespace KMemcg.Bench.Tests;

/// <summary>
/// The machine code of the charge, held to what a kernel engineer would accept. It is the tier-1 code of the Release build,
/// as the runtime of this process compiled it while a task's memory was charged.
/// </summary>
[TestFixture]
internal sealed class CodegenTests
{
    private static readonly string[] s_hot =
        ["try_charge_memcg", "page_counter_try_charge", "__mem_cgroup_charge", "do_anonymous_page", "handle_mm_fault", "exc_page_fault"];

    private JitListener _listener = null!;
    private RuntimeHelpers _helpers = null!;
    private long _allocated;

    [OneTimeSetUp]
    public void Compile()
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            Assert.Ignore("the decoder knows x86-64");
        }

        _listener = new JitListener();
        _allocated = HotPath.Run(_listener, s_hot, TimeSpan.FromSeconds(60));
        _helpers = new RuntimeHelpers(_listener);
    }

    [OneTimeTearDown]
    public void StopListening() => _listener?.Dispose();

    /// <summary>The way of a charge that the stock serves: lock, find, take, unlock, and back.</summary>
    [Test]
    public void A_stock_hit_has_at_most_40_instructions_and_calls_nothing()
    {
        MachineCode code = Code("try_charge_memcg");
        // The stock's lock is a byte, the count is one, and the lock again.
        IReadOnlyList<Instruction>? hit = code.ShortestPath(i => MachineCode.WritesByte(i), 3);
        string listing = JitListing.Of(code, _listener);
        Assert.That(hit, Is.Not.Null, listing);
        Assert.Multiple(() =>
        {
            Assert.That(hit!, Has.Count.LessThanOrEqualTo(40), listing);
            Assert.That(hit!.Count(i => MachineCode.IsLocked(i)), Is.Zero, listing);
            Assert.That(hit!.Count(i => MachineCode.IsCall(i)), Is.Zero, listing);
            Assert.That(Targets(code), Has.None.Matches<ulong>(_helpers.RangeCheck.Contains), $"a bounds check\n{listing}");
        });
    }

    /// <summary>Without protection to propagate, each level is one locked add; and nothing of the runtime is called anywhere.</summary>
    [TestCase(1)]
    [TestCase(3)]
    [TestCase(6)]
    public void A_counter_has_one_locked_instruction_a_level(int levels)
    {
        MachineCode code = Code("page_counter_try_charge");
        IReadOnlyList<Instruction>? walk = code.ShortestPath(i => i.Mnemonic == Mnemonic.Xadd, levels);
        string listing = JitListing.Of(code, _listener);
        Assert.That(walk, Is.Not.Null, listing);
        Assert.Multiple(() =>
        {
            Assert.That(walk!.Count(i => MachineCode.IsLocked(i)), Is.EqualTo(levels), listing);
            Assert.That(Targets(code), Has.All.Matches<ulong>(t => _listener.At(t) is { Namespace: "Linux" }), listing);
        });
    }

    /// <summary>
    /// From the fault down, through every function of the kernel that is called and compiled. Not followed are the reports of
    /// bugs and the log, which build strings, the host's side of giving the CPU up, which throws when the machine is switched
    /// off, and interrupts, which may come at the end of any section.
    /// </summary>
    [Test]
    public void A_fault_allocates_nothing()
    {
        HashSet<CompiledMethod> closure = Closure("exc_page_fault");
        Assert.Multiple(() =>
        {
            Assert.That(closure.Select(m => m.Name), Does.Contain("try_charge_memcg"));
            Assert.That(_allocated, Is.Zero, "bytes in 5120 faults");
        });
    }

    /// <summary>
    /// The charge, and everything that it calls and the workload has come to: the stock, its refill, the counters.
    /// </summary>
    [Test]
    public void The_charge_of_a_fault_allocates_nothing() =>
        Assert.That(Closure("__mem_cgroup_charge").Select(m => m.Name), Is.SupersetOf(new[]
        {
            "__mem_cgroup_charge", "get_mem_cgroup_from_mm", "try_charge_memcg", "try_charge_memcg_missed", "refill_stock",
        }));

    /// <summary>A method and all that can be reached from it, each of which has been looked through for what allocates.</summary>
    private HashSet<CompiledMethod> Closure(string root)
    {
        var seen = new HashSet<CompiledMethod>();
        var queue = new Queue<CompiledMethod>([Code(root).Method]);
        while (queue.TryDequeue(out CompiledMethod? method))
        {
            if (method.Type is "linux_bug_h" or "linux_printk_h" or "sched_host" or "host_thread" or "kernel_irq_c" || !seen.Add(method))
            {
                continue;
            }

            MachineCode code = MachineCode.Read(method);
            foreach (ulong target in Targets(code))
            {
                Assert.That(_helpers.Allocation.Contains(target), Is.False, () => $"{method} allocates:\n{JitListing.Of(code, _listener)}");
                if (_listener.At(target) is { Namespace: "Linux" } callee)
                {
                    queue.Enqueue(_listener.Find(callee.ToString()) ?? callee);
                }
            }
        }

        return seen;
    }

    private MachineCode Code(string method)
    {
        CompiledMethod? compiled = _listener.Find(method);
        Assert.That(compiled, Is.Not.Null, $"{method} did not reach tier 1");
        return MachineCode.Read(compiled!);
    }

    private static IEnumerable<ulong> Targets(MachineCode code)
    {
        for (int i = 0; i < code.Instructions.Count; i++)
        {
            if (MachineCode.IsCall(code.Instructions[i]))
            {
                yield return MachineCode.BehindStubs(MachineCode.Target(code.Instructions, i));
            }
        }
    }
}
