// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Native;
using KMemcg.Sim.Running;
using KMemcg.Sim.Scenarios;
using Linux;

namespace KMemcg.Conformance.Tests;

/// <summary>
/// One allocation of a scenario fails, or one transfer of its swap disk: what the tasks see is the kernel's error or nothing,
/// and the machine's end finds nothing lost and nothing charged.
/// </summary>
public class FaultInjectionTests
{
    /// <summary>How many calls of a scenario fail in turn, spread over all of them: so that it is over in no time, and when it is asked for.</summary>
    private const int Few = 1, Many = 400;

    public enum Fault
    {
        Page,
        Slab,
        SwapRead,
        SwapWrite,
    }

    private static readonly string[] s_spine =
    [
        "anon-charge", "fork-and-copy-on-write", "move-leaves-charges-behind", "ptrace-style-remote-access", "stock-batches",
        "stock-slots", "cgroup-kill", "writes-of-bad-values",
    ];

    private static readonly string[] s_reclaim =
        ["limit-in-the-parent", "swap-max", "max-reclaim-to-swap", "reclaim-on-request", "min-protects", "oom-kill", "madvise"];

    private static IEnumerable<TestCaseData> Short => Cases(s_reclaim[..2]);

    private static IEnumerable<TestCaseData> All => Cases(s_reclaim);

    private static IEnumerable<TestCaseData> Cases(string[] reclaim) =>
        from name in s_spine.Concat(reclaim)
        from fault in Enum.GetValues<Fault>()
        where fault < Fault.SwapRead || reclaim.Contains(name)
        select new TestCaseData(name, fault);

    [TestCaseSource(nameof(Short))]
    public void SomeInTurnFail(string name, Fault fault) => FailInTurn(name, fault, Few);

    [TestCaseSource(nameof(All)), Explicit("takes minutes")]
    public void EachInTurnFails(string name, Fault fault) => FailInTurn(name, fault, Many);

    private static void FailInTurn(string name, Fault fault, int most)
    {
        long calls = 0;
        List<Answer> clean = Run(name, () => Arm(fault, long.MaxValue), () => calls = Count(fault));
        var which = new Random(name.Length);
        for (long i = 0, turns = Math.Min(calls, most); i < turns; i++)
        {
            long n = 1 + (calls * i / turns) + which.NextInt64(calls / turns);
            List<Answer> answers;
            try
            {
                answers = Run(name, () => Arm(fault, n));
            }
            catch (SimulationException e)
            {
                throw new AssertionException($"{fault} {n} of {calls}: {e.Message}", e);
            }

            Answer? first = answers.Where((answer, at) => at >= clean.Count || answer != clean[at]).FirstOrDefault();
            Assert.That(first is null || IsTheKernels(first, fault), Is.True, $"{fault} {n} of {calls}: {first}");
        }

        TestContext.Out.WriteLine($"{calls} calls");
    }

    /// <summary>Whether a fault may show so: as its error, or in what is counted after the kernel has got over it.</summary>
    private static bool IsTheKernels(Answer answer, Fault fault)
    {
        string value = answer.Value;
        if (answer.What == "ERROR")
        {
            return value.EndsWith("ENOMEM", StringComparison.Ordinal);
        }

        // What process_vm_readv and writev cannot pin is a bad address to them, whatever the reason.
        return value switch
        {
            "err ENOMEM" or "empty" => fault is Fault.Page or Fault.Slab,
            "err EFAULT" => answer.What.Contains(":vm", StringComparison.Ordinal),
            "killed 7" => fault is Fault.SwapRead,
            _ => char.IsAsciiDigit(value[0]) || value.StartsWith("present ", StringComparison.Ordinal),
        };
    }

    private static List<Answer> Run(string name, Action booted, Action? ended = null)
    {
        List<Answer> answers = [];
        List<string> warnings = [];
        var options = new SimulationOptions
        {
            DiskBytes = 0,
            Log = line =>
            {
                if (line.Contains("WARNING:", StringComparison.Ordinal))
                {
                    warnings.Add(line);
                }
            },
            Booted = booted,
            Ended = ended,
        };
        ScenarioRunner.Run(ScenarioParser.ParseFile(Recording.ScenarioFile(name)), options, answers.Add);
        Assert.That(warnings, Is.Empty);
        return answers;
    }

    private static unsafe void Arm(Fault fault, long n)
    {
        switch (fault)
        {
            case Fault.Page:
                mm_fail_page_alloc_c.fail_page_alloc->min_order = 0;
                mm_fail_page_alloc_c.fail_page_alloc->ignore_gfp_highmem = false;
                mm_fail_page_alloc_c.fail_page_alloc->ignore_gfp_reclaim = false;
                Arm(&mm_fail_page_alloc_c.fail_page_alloc->attr, n);
                break;
            case Fault.Slab:
                mm_failslab_c.failslab_ignore_gfp_reclaim = false;
                Arm(mm_failslab_c.failslab_attr, n);
                break;
            default:
                host_swap.device!.Errors.FailCall(Operation(fault), host_swap.device.Calls(Operation(fault)) + Math.Min(n, int.MaxValue));
                break;
        }
    }

    // The n-th call from here on, and no other.
    private static unsafe void Arm(fault_attr* attr, long n)
    {
        attr->verbose = 0;
        attr->interval = (ulong)n;
        attr->count = 0;
        attr->times.counter = 1;
        attr->probability = 100;
    }

    private static DiskOperation Operation(Fault fault) => fault == Fault.SwapRead ? DiskOperation.Read : DiskOperation.Write;

    private static unsafe long Count(Fault fault) => fault switch
    {
        Fault.Page => (long)mm_fail_page_alloc_c.fail_page_alloc->attr.count,
        Fault.Slab => (long)mm_failslab_c.failslab_attr->count,
        _ => host_swap.device!.Calls(Operation(fault)),
    };
}
