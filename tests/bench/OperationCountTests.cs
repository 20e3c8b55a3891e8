// SPDX-License-Identifier: GPL-2.0-only
using System.Diagnostics;

namespace KMemcg.Bench.Tests;

/// <summary>
/// The operation counts of the loads behind published results, to the last locked instruction. Batch and slots are fixed for
/// a process, so each is one of its own.
/// </summary>
[TestFixture]
internal sealed class OperationCountTests
{
    private static readonly string[] s_default =
    [
        "3 levels 4096 4032 159 636 0.1553 0 31 64",
        "3 levels, min and low 4096 4032 159 2544 0.6211 0 31 64",
        "1 groups in turn 512 511 1 2 0.0039 0 0 64",
        "2 groups in turn 1024 1022 2 4 0.0039 0 0 128",
        "3 groups in turn 1536 1533 3 6 0.0039 0 0 192",
        "4 groups in turn 2048 2044 4 8 0.0039 0 0 256",
        "5 groups in turn 2560 2555 5 10 0.0039 0 0 320",
        "6 groups in turn 3072 3066 6 12 0.0039 0 0 384",
        "7 groups in turn 3584 3577 7 14 0.0039 0 0 448",
        "8 groups in turn 4096 0 8185 16370 3.9966 4089 0 448",
        "9 groups in turn 4608 0 9209 18418 3.9970 4601 0 448",
        "10 groups in turn 5120 0 10233 20466 3.9973 5113 0 448",
        "11 groups in turn 5632 0 11257 22514 3.9975 5625 0 448",
        "12 groups in turn 6144 0 12281 24562 3.9977 6137 0 448",
    ];

    /// <summary>64 pages a batch, seven slots: 6.18. The eighth group in turn evicts with every charge.</summary>
    [Test]
    public void As_in_6_18() => Assert.That(Count(), Is.EqualTo(s_default));

    /// <summary>A batch of 32 walks the counters nearly twice as often; min and low quadruple the locked operations of a walk.</summary>
    [Test]
    public void A_batch_of_32_pages() => Assert.That(Count("memcg.charge_batch=32").Take(2), Is.EqualTo(new[]
    {
        "3 levels 4096 3968 254 1016 0.2480 0 62 32",
        "3 levels, min and low 4096 3968 254 4064 0.9922 0 62 32",
    }));

    /// <summary>One slot, as before 6.16: the second group in turn evicts with every charge.</summary>
    [Test]
    public void One_slot()
    {
        string[] counts = Count("memcg.nr_stock=1");
        Assert.That(counts.Skip(2).Take(3), Is.EqualTo(new[]
        {
            "1 groups in turn 512 511 1 2 0.0039 0 0 64",
            "2 groups in turn 1024 0 2047 4094 3.9980 1023 0 64",
            "3 groups in turn 1536 0 3071 6142 3.9987 1535 0 64",
        }));
        Assert.That(counts[^1], Is.EqualTo("12 groups in turn 6144 0 12287 24574 3.9997 6143 0 64"));
    }

    /// <summary>The lines of `kmemcg count`, words with one space between.</summary>
    private static string[] Count(params string[] settings)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])[Path.Combine(AppContext.BaseDirectory, "kmemcg.dll"), "count", .. settings.SelectMany(s => new[] { "--set", s })])
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, errors.Result);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1)
            .Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))];
    }
}
