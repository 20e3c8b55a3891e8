// SPDX-License-Identifier: GPL-2.0-only
using System.Globalization;
using System.Text;
using KMemcg.Bench.Batching;
using KMemcg.Bench.Contention;
using KMemcg.Bench.Ratios;

namespace KMemcg.Bench.Report;

/// <summary>
/// <c>report [FILE]</c>: a self-contained page with the ratios and the batching matrix as tables, and plots of what batching
/// and slots buy and cost.
/// </summary>
internal sealed class ReportCommand(ReportSettings settings)
{
    private const int StandardBatch = 64, StandardSlots = 7, StandardDepth = 3, MatrixGroups = 8;

    public static void Run(string file, ReportSettings settings)
    {
        File.WriteAllText(file, new ReportCommand(settings).Page());
        Console.WriteLine($"written: {Path.GetFullPath(file)}");
    }

    private string Page()
    {
        IReadOnlyList<Figure> figures = RatiosCommand.Run(settings.FigureBudget, settings.Only);
        var html = new StringBuilder();
        html.Append("<!doctype html><html lang='en'><meta charset='utf-8'><title>KMemcg: the charge path</title><style>body{font:14px system-ui,sans-serif;margin:2em;max-width:60em}")
            .Append("table{border-collapse:collapse}td,th{padding:.2em .8em;text-align:right}td:first-child{text-align:left}tr:nth-child(even){background:#f4f4f4}")
            .Append("svg{width:640px;display:block;margin:1em 0}svg text{font:11px system-ui,sans-serif}svg .t{font-size:14px}svg .g{stroke:#ddd}</style>\n")
            .Append(CultureInfo.InvariantCulture, $"<h1>The charge path</h1><p>{Environment.OSVersion}, .NET {Environment.Version}, {Environment.ProcessorCount} CPUs. Medians and quartiles of neighbouring slices.{(settings == ReportSettings.Brief ? " Brief: few points and no time to warm up, to look at the page and not at the numbers." : "")}</p>\n");
        Ratios(html, figures);
        html.Append("<h2>Batches</h2>\n");
        foreach (SvgPlot plot in (SvgPlot[])[.. BatchPlots(), SlotPlot()])
        {
            html.Append(plot).Append('\n');
        }

        html.Append("<h2>Threads and depth</h2>\n").Append(ThreadPlot()).Append('\n');
        if (DepthPlot(figures) is { } depths)
        {
            html.Append(depths).Append('\n');
        }

        Matrix(html);
        return html.Append("</html>\n").ToString();
    }

    private static void Ratios(StringBuilder html, IReadOnlyList<Figure> figures)
    {
        html.Append("<table><tr><th>figure<th>port, ns<th>yardstick, ns<th><th>ratio<th>quartiles<th>wanted</tr>\n");
        foreach (Figure f in figures)
        {
            html.Append(CultureInfo.InvariantCulture,
                $"<tr><td>{f.Name}<td>{Text(f.Port.Median, "F1")}<td>{Text(f.Other.Median, "F1")}<td>{f.Yardstick}<td>{Text(f.Ratio.Median, "F2")}<td>{Text(f.Ratio.Low, "F2")}–{Text(f.Ratio.High, "F2")}<td>{f.Wanted:F2}</tr>\n");
        }

        html.Append("</table>\n");
    }

    private IEnumerable<SvgPlot> BatchPlots()
    {
        int[] groups = [1, StandardSlots];
        var points = settings.Batches
            .Select(batch => (Batch: (double)batch, Points: groups.Select(n => Point(batch, StandardSlots, StandardDepth, n, 1)).ToArray()))
            .ToArray();
        IReadOnlyList<Series> Lines(Func<BatchPoint, double> value) =>
            [.. groups.Select((n, i) => new Series(n == 1 ? "1 group" : $"{n} groups", [.. points.Select(p => (p.Batch, value(p.Points[i])))]))];
        yield return new SvgPlot($"Batch size against time, {StandardDepth} levels", "MEMCG_CHARGE_BATCH, pages", "ns for a page", Lines(p => p.Nanoseconds));
        yield return new SvgPlot($"Batch size against locked operations, {StandardDepth} levels", "MEMCG_CHARGE_BATCH, pages", "locked operations for a page", Lines(p => p.Locked));
        yield return new SvgPlot("Batch size against stranded pages", "MEMCG_CHARGE_BATCH, pages", "pages in a CPU's stock", Lines(p => p.Stranded));
    }

    private SvgPlot SlotPlot() => new($"Groups on a CPU against time, batch of {StandardBatch}", "groups in turn", "ns for a page",
    [
        .. settings.Slots.Select(slots => new Series(slots == 1 ? "1 slot" : $"{slots} slots",
            [.. settings.Groups.Select(groups => ((double)groups, Point(StandardBatch, slots, StandardDepth, groups, 1).Nanoseconds))])),
    ]);

    private SvgPlot ThreadPlot()
    {
        var points = settings.Threads.Select(n => (Threads: (double)n, Rate: Throughput.Measure(n, settings.PointBudget))).ToArray();
        return new SvgPlot($"Threads against throughput, {Environment.ProcessorCount} CPUs", "threads", "million pages a second, all threads",
        [
            new Series("one group", [.. points.Select(p => (p.Threads, p.Rate.One))]),
            new Series("groups of their own", [.. points.Select(p => (p.Threads, p.Rate.Own))]),
            new Series("12 for each in turn", [.. points.Select(p => (p.Threads, p.Rate.Twelve))]),
        ]);
    }

    private static SvgPlot? DepthPlot(IReadOnlyList<Figure> figures)
    {
        const string Name = "counters, depth ";
        var counters = figures.Where(f => f.Name.StartsWith(Name, StringComparison.Ordinal))
            .Select(f => (Depth: double.Parse(f.Name[Name.Length..], CultureInfo.InvariantCulture), f.Port, f.Other))
            .ToArray();
        return counters.Length == 0 ? null : new SvgPlot("Depth against time, 64 pages charged and uncharged past the stock", "levels below the root", "ns",
        [
            new Series("port", [.. counters.Select(f => (f.Depth, f.Port.Median))]),
            new Series("C", [.. counters.Select(f => (f.Depth, f.Other.Median))]),
        ]);
    }

    /// <summary>Only as many threads as there are CPUs: a slice counts when all of them run.</summary>
    private void Matrix(StringBuilder html)
    {
        html.Append(CultureInfo.InvariantCulture, $"<h2>Batch × slots × depth × threads</h2><p>{MatrixGroups} groups in turn, the same for all threads; a page charged and uncharged.</p>\n")
            .Append("<table><tr><th>batch<th>slots<th>levels<th>threads<th>ns for a page<th>locked operations for a page<th>stranded pages</tr>\n");
        foreach (int batch in settings.Batches)
        {
            foreach (int slots in settings.Slots)
            {
                foreach (int depth in settings.Depths)
                {
                    foreach (int threads in settings.Threads.Where(n => n <= Environment.ProcessorCount))
                    {
                        BatchPoint p = Point(batch, slots, depth, MatrixGroups, threads);
                        html.Append(CultureInfo.InvariantCulture, $"<tr><td>{batch}<td>{slots}<td>{depth}<td>{threads}<td>{Text(p.Nanoseconds, "F1")}<td>{p.Locked:F3}<td>{p.Stranded}</tr>\n");
                    }
                }
            }
        }

        html.Append("</table>\n");
    }

    /// <summary>A dash where the machine was too busy for even one slice that nothing disturbed.</summary>
    private static string Text(double value, string format) => double.IsNaN(value) ? "–" : value.ToString(format, CultureInfo.InvariantCulture);

    private BatchPoint Point(int batch, int slots, int depth, int groups, int threads) =>
        BatchPoint.Measure(batch, slots, depth, groups, threads, settings.PointBudget);
}
