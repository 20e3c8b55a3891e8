// SPDX-License-Identifier: GPL-2.0-only
using System.Diagnostics;
using System.Xml;

namespace KMemcg.Bench.Tests;

/// <summary>The benchmarks' commands: what is asked for wrongly, a comparison, and the page of a report.</summary>
[TestFixture]
internal sealed class CommandTests
{
    private string _directory = null!;

    [SetUp]
    public void MakeDirectory() => _directory = Directory.CreateTempSubdirectory("kmemcg-bench-").FullName;

    [TearDown]
    public void RemoveDirectory() => Directory.Delete(_directory, recursive: true);

    [TestCase("compare", "one.json")]
    [TestCase("ratios", "--json")]
    [TestCase("report", "--brief", "a", "b")]
    [TestCase("groups", "many")]
    [TestCase("groups", "0")]
    [TestCase("ratios", "")]
    [TestCase("report", "")]
    [TestCase("report", "--breif")]
    [TestCase("nonsense")]
    public void What_is_not_understood_is_said_with_the_usage(params string[] arguments)
    {
        Result result = Bench(arguments);
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(2));
            Assert.That(result.Errors, Does.StartWith("not understood").And.Contain("compare BEFORE.json AFTER.json"));
        });
    }

    /// <summary>At once: what was measured before would be lost.</summary>
    [TestCase("ratios", "--json")]
    [TestCase("report")]
    [TestCase("report", "--brief")]
    public void A_file_that_cannot_be_written_is_named_at_once(params string[] arguments)
    {
        string file = Path.Combine(_directory, "none", "a");
        Result result = Bench([.. arguments, file]);
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(2));
            Assert.That(result.Errors, Does.StartWith($"{file}: cannot be written: "));
            Assert.That(result.Output, Is.Empty);
        });
    }

    [Test]
    public void Help_is_the_usage()
    {
        Result result = Bench("--help");
        Assert.That(result.ExitCode, Is.Zero, result.Errors);
        Assert.That(result.Output, Does.StartWith("ratios [NAME]"));
    }

    /// <summary>BenchmarkDotNet says why itself.</summary>
    [TestCase("--filter", "*Nosuch*")]
    [TestCase("--bogus")]
    public void What_runs_no_benchmark_is_no_success(params string[] arguments) => Assert.That(Bench(arguments).ExitCode, Is.EqualTo(2));

    [TestCase(null, "Could not find file")]
    [TestCase("not json", "not a file that `ratios --json` has written")]
    [TestCase("{}", "not a file that `ratios --json` has written")]
    [TestCase("[{\"Name\": \"stock hit\"}]", "not a file that `ratios --json` has written")]
    [TestCase("[null]", "no figures")]
    [TestCase("[]", "no figures")]
    public void A_file_that_is_no_run_is_named(string? content, string error)
    {
        string good = Write("good.json", Run(("stock hit", 1)));
        string bad = content is null ? Path.Combine(_directory, "missing.json") : Write("bad.json", content);
        Result result = Bench("compare", good, bad);
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(2));
            Assert.That(result.Errors, Does.StartWith("compare: ").And.Contain(bad).And.Contain(error).And.Not.Contain("::"));
            Assert.That(result.Output, Is.Empty);
        });
    }

    [Test]
    public void A_comparison_tells_a_change_from_the_spread()
    {
        string before = Write("a.json", Run(("stock hit", 1), ("counters, depth 1", 1), ("gone", 1)));
        string after = Write("b.json", Run(("stock hit", 1.5), ("counters, depth 1", 1.02), ("new", 1)));
        Result result = Bench("compare", before, after);
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero, result.Errors);
            Assert.That(Words(result.Output).Skip(1), Is.EqualTo(new[]
            {
                "stock hit 1.00 1.50 +50.0%",
                "counters, depth 1 1.00 1.02 +2.0% within the spread",
                "gone only before",
                "new only after",
            }));
        });
    }

    /// <summary>Each plot has its axes named and a point for each value; nothing comes from elsewhere.</summary>
    [Test]
    public void A_report_has_all_its_plots()
    {
        string file = Path.Combine(_directory, "report.html");
        Result result = Bench("report", "--brief", file);
        Assert.That(result.ExitCode, Is.Zero, result.Errors);
        string html = File.ReadAllText(file);
        List<XmlElement> plots = Plots(html);
        Assert.Multiple(() =>
        {
            Assert.That(html, Does.Not.Contain("NaN").And.Not.Contain("src=").And.Not.Contain("href="));
            Assert.That(plots.Select(p => p.GetElementsByTagName("title")[0]!.InnerText.Split(',')[0]), Is.SupersetOf(new[]
            {
                "Batch size against time", "Batch size against locked operations", "Batch size against stranded pages",
                "Groups on a CPU against time", "Threads against throughput",
            }));
            foreach (XmlElement plot in plots)
            {
                Assert.That(plot.GetElementsByTagName("polyline"), Is.Not.Empty);
                Assert.That(plot.GetElementsByTagName("circle"), Is.Not.Empty);
                Assert.That(plot.GetElementsByTagName("text"), Has.Count.GreaterThan(8));
            }

            Assert.That(html.Split("<h2>Batch × slots × depth × threads</h2>")[1].Split("<tr><td>"), Has.Length.GreaterThan(4));
        });
    }

    private static List<XmlElement> Plots(string html)
    {
        List<XmlElement> plots = [];
        for (int at = html.IndexOf("<svg ", StringComparison.Ordinal); at >= 0; at = html.IndexOf("<svg ", at + 1, StringComparison.Ordinal))
        {
            var svg = new XmlDocument();
            svg.LoadXml(html[at..(html.IndexOf("</svg>", at, StringComparison.Ordinal) + "</svg>".Length)]);
            plots.Add(svg.DocumentElement!);
        }

        return plots;
    }

    private static string Run(params (string Name, double Ratio)[] figures)
    {
        static string Spread(double median) => FormattableString.Invariant($$"""{"Median": {{median}}, "Low": {{median * 0.95}}, "High": {{median * 1.05}}, "Count": 9}""");
        IEnumerable<string> lines = figures.Select(f =>
            $$"""{"Name": "{{f.Name}}", "Yardstick": "C", "Port": {{Spread(10 * f.Ratio)}}, "Other": {{Spread(10)}}, "Ratio": {{Spread(f.Ratio)}}, "AllocatedBytes": 0, "Wanted": null}""");
        return $"[{string.Join(",\n", lines)}]";
    }

    private string Write(string name, string content)
    {
        string file = Path.Combine(_directory, name);
        File.WriteAllText(file, content);
        return file;
    }

    private static IEnumerable<string> Words(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)));

    private static Result Bench(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])[Path.Combine(AppContext.BaseDirectory, "KMemcg.Bench.dll"), .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new Result(process.ExitCode, output, errors.Result);
    }

    private sealed record Result(int ExitCode, string Output, string Errors);
}
