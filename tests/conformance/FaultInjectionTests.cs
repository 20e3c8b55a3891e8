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
    /// <summary>How many calls of a case fail: in the suite, and when places are asked for.</summary>
    private const int Few = 3, Many = 400;

    /// <summary>Two calls that failed in the same place have others looked at between them while they are farther apart than this part of all.</summary>
    private const int Spread = 32;

    /// <summary>What a call was when it failed: how many answers there were, and the kernel's call chain.</summary>
    private sealed record Place(int Answers, string Chain);

    private static readonly Dictionary<string, (List<Answer> Answers, long[] Calls)> s_clean = [];

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
    [
        "limit-in-the-parent", "swap-max", "max-reclaim-to-swap", "reclaim-on-request", "min-protects", "oom-kill", "madvise",
        "oom-group", "oom-picks-largest", "high-throttles-local", "high-bypassed-by-remote", "low-shares-parent-protection",
        "lower-max-below-usage", "mlock-is-unevictable",
    ];

    private static IEnumerable<TestCaseData> Short => Cases(s_reclaim[..2]);

    private static IEnumerable<TestCaseData> All => Cases(s_reclaim);

    private static IEnumerable<TestCaseData> Cases(string[] reclaim) =>
        from name in s_spine.Concat(reclaim)
        from fault in Enum.GetValues<Fault>()
        where fault < Fault.SwapRead || reclaim.Contains(name)
        select new TestCaseData(name, fault);

    [TestCaseSource(nameof(Short))]
    public void SomeInTurnFail(string name, Fault fault) => FailPlaces(name, fault, Few);

    /// <summary>First and last, and between two calls the one in the middle, as long as they are far from each other or failed in different places.</summary>
    [TestCaseSource(nameof(All)), Explicit("takes minutes")]
    public void EachPlaceFails(string name, Fault fault) => FailPlaces(name, fault, Many);

    /// <summary>Every call.</summary>
    [TestCaseSource(nameof(All)), Explicit("takes hours")]
    public void EachInTurnFails(string name, Fault fault)
    {
        long calls = Clean(name).Calls[(int)fault];
        List<string> wrong = [];
        for (long n = 1; n <= calls; n++)
        {
            Fail(name, fault, n, wrong);
            if (n % 500 == 0)
            {
                TestContext.Progress.WriteLine($"{name} {fault}: {n} of {calls}, {wrong.Count} wrong");
            }
        }

        Conclude(wrong, calls, calls);
    }

    private static void FailPlaces(string name, Fault fault, int most)
    {
        long calls = Clean(name).Calls[(int)fault];
        List<string> wrong = [];
        int failed = 0;
        Place? At(long n)
        {
            failed++;
            return Fail(name, fault, n, wrong);
        }

        var gaps = new Queue<(long From, Place? First, long To, Place? Last)>();
        if (calls > 0)
        {
            Place? first = At(1);
            gaps.Enqueue((1, first, calls, calls > 1 ? At(calls) : first));
        }

        while (failed < most && gaps.TryDequeue(out (long From, Place? First, long To, Place? Last) gap))
        {
            if (gap.To - gap.From < 2 || (gap.First == gap.Last && gap.To - gap.From <= calls / Spread))
            {
                continue;
            }

            long middle = gap.From + ((gap.To - gap.From) / 2);
            Place? place = At(middle);
            gaps.Enqueue((gap.From, gap.First, middle, place));
            gaps.Enqueue((middle, place, gap.To, gap.Last));
        }

        Conclude(wrong, failed, calls);
    }

    private static void Conclude(List<string> wrong, long failed, long calls)
    {
        TestContext.Out.WriteLine($"{failed} of {calls} calls failed in turn");
        Assert.That(wrong, Is.Empty);
    }

    /// <summary>What a scenario answers when nothing fails, and how many calls of each kind it makes.</summary>
    private static (List<Answer> Answers, long[] Calls) Clean(string name)
    {
        if (!s_clean.TryGetValue(name, out (List<Answer> Answers, long[] Calls) clean))
        {
            Fault[] faults = Enum.GetValues<Fault>();
            long[] calls = new long[faults.Length];
            List<Answer> answers = [];
            Run(name, answers, () => Array.ForEach(faults, f => Arm(f, long.MaxValue)), null, () => Array.ForEach(faults, f => calls[(int)f] = Count(f)));
            s_clean[name] = clean = (answers, calls);
        }

        return clean;
    }

    /// <summary>Has the n-th call fail, adds what was wrong then, and says where it was; null if it was not on the way.</summary>
    private static Place? Fail(string name, Fault fault, long n, List<string> wrong)
    {
        List<Answer> clean = Clean(name).Answers;
        List<Answer> answers = [];
        Place? place = null;
        bool tracing = false;
        try
        {
            Run(name, answers, () => Arm(fault, n), line =>
            {
                if (line.Contains("FAULT_INJECTION:", StringComparison.Ordinal))
                {
                    place = new Place(answers.Count, "");
                }

                tracing = place is not null && (line.EndsWith("Call Trace:", StringComparison.Ordinal) ||
                    (tracing && line.Contains("]  ", StringComparison.Ordinal)));
                if (tracing)
                {
                    place = place! with { Chain = place.Chain + line[(line.IndexOf(']') + 2)..] };
                }
            });
        }
        catch (SimulationException e)
        {
            wrong.Add($"{fault} {n}: {e.Message}\n{place}");
            return place;
        }
        Answer? first = answers.Where((answer, at) => at >= clean.Count || answer != clean[at]).FirstOrDefault();
        if (first is not null && !IsTheKernels(first, fault))
        {
            wrong.Add($"{fault} {n}: {first}\n{place}");
        }

        return place;
    }

    /// <summary>Whether a fault may show so: as its error, or in what is counted after the kernel has got over it.</summary>
    private static bool IsTheKernels(Answer answer, Fault fault)
    {
        // A timed step says how long it took behind what it answers.
        string value = answer.Value.Split(" ms ")[0];
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

    private static void Run(string name, List<Answer> answers, Action booted, Action<string>? log, Action? ended = null)
    {
        string? warning = null;
        var options = new SimulationOptions
        {
            DiskBytes = 0,
            Log = line =>
            {
                if (line.Contains("WARNING:", StringComparison.Ordinal))
                {
                    warning ??= line;
                }

                log?.Invoke(line);
            },
            Booted = booted,
            Ended = ended,
        };
        ScenarioRunner.Run(ScenarioParser.ParseFile(Recording.ScenarioFile(name)), options, answers.Add);
        if (warning is not null)
        {
            throw new SimulationException(warning);
        }
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
        attr->verbose = 2;
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
