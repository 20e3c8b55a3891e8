// SPDX-License-Identifier: GPL-2.0-only
using System.Globalization;
using System.Text;
using KMemcg.Bench.Batching;
using KMemcg.Bench.Ratios;

namespace KMemcg.Bench.Report;

/// <summary><c>report [FILE]</c>: a self-contained page with the ratios as a table and plots of what batching buys.</summary>
internal static class ReportCommand
{
    private static readonly int[] s_batches = [1, 8, 16, 32, 64, 127];
    private static readonly int[] s_groups = [1, 2, 4, 7, 8, 10, 12];

    public static void Run(string file)
    {
        IReadOnlyList<Figure> figures = RatiosCommand.Run(TimeSpan.FromSeconds(2), null);
        string[] plots = [.. BatchPlots(), SlotPlot(), DepthPlot(figures)];
        File.WriteAllText(file, Page(figures, plots));
        Console.WriteLine($"written: {Path.GetFullPath(file)}");
    }

    private static IEnumerable<string> BatchPlots()
    {
        var points = s_batches.Select(batch => (batch, one: BatchPoint.Measure(batch, 7, 3, 1), seven: BatchPoint.Measure(batch, 7, 3, 7))).ToArray();
        yield return new SvgPlot("Batch size against time, 3 levels", "MEMCG_CHARGE_BATCH", "ns a page",
        [
            new Series("1 group", [.. points.Select(p => ((double)p.batch, p.one.Nanoseconds))]),
            new Series("7 groups", [.. points.Select(p => ((double)p.batch, p.seven.Nanoseconds))]),
        ]).ToString();
        yield return new SvgPlot("Batch size against stranded pages", "MEMCG_CHARGE_BATCH", "pages in a CPU's stock",
        [
            new Series("1 group", [.. points.Select(p => ((double)p.batch, (double)p.one.Stranded))]),
            new Series("7 groups", [.. points.Select(p => ((double)p.batch, (double)p.seven.Stranded))]),
        ]).ToString();
    }

    private static string SlotPlot() => new SvgPlot("Groups on a CPU against time, batch of 64", "groups in turn", "ns a page",
    [
        .. ((int[])[1, 7, 16]).Select(slots => new Series($"{slots} slots",
            [.. s_groups.Select(groups => ((double)groups, BatchPoint.Measure(64, slots, 2, groups).Nanoseconds))])),
    ]).ToString();

    private static string DepthPlot(IReadOnlyList<Figure> figures)
    {
        Figure[] counters = [.. figures.Where(f => f.Name.StartsWith("counters, depth ", StringComparison.Ordinal))];
        if (counters.Length == 0)
        {
            return "";
        }

        double Depth(Figure f) => double.Parse(f.Name["counters, depth ".Length..], CultureInfo.InvariantCulture);
        return new SvgPlot("Depth against time, charge and uncharge of the counters", "levels below the root", "ns",
        [
            new Series("port", [.. counters.Select(f => (Depth(f), f.Port.Median))]),
            new Series("C", [.. counters.Select(f => (Depth(f), f.Other.Median))]),
        ]).ToString();
    }

    private static string Page(IReadOnlyList<Figure> figures, string[] plots)
    {
        var html = new StringBuilder();
        html.Append("<!doctype html><meta charset='utf-8'><title>KMemcg: the charge path</title><style>body{font:14px system-ui;margin:2em;max-width:60em}")
            .Append("table{border-collapse:collapse}td,th{padding:.2em .8em;text-align:right}td:first-child{text-align:left}tr:nth-child(even){background:#f4f4f4}")
            .Append("svg{width:640px;display:block;margin:1em 0}svg text{font:11px system-ui}svg .t{font-size:14px}svg .g{stroke:#ddd}</style>\n")
            .Append(CultureInfo.InvariantCulture, $"<h1>The charge path</h1><p>{Environment.OSVersion}, .NET {Environment.Version}, {Environment.ProcessorCount} CPUs. Medians and quartiles of neighbouring slices.</p>\n")
            .Append("<table><tr><th>figure<th>port ns<th>yardstick ns<th><th>ratio<th>quartiles<th>wanted</tr>\n");
        foreach (Figure f in figures)
        {
            html.Append(CultureInfo.InvariantCulture,
                $"<tr><td>{f.Name}<td>{f.Port.Median:F1}<td>{f.Other.Median:F1}<td>{f.Yardstick}<td>{f.Ratio.Median:F2}<td>{f.Ratio.Low:F2}–{f.Ratio.High:F2}<td>{f.Wanted:F2}</tr>\n");
        }

        html.Append("</table>\n").AppendJoin('\n', plots);
        return html.ToString();
    }
}
