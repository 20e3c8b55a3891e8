// SPDX-License-Identifier: GPL-2.0-only
using System.Globalization;
using System.Text;

namespace KMemcg.Bench.Report;

/// <summary>A line of a plot: points from left to right.</summary>
internal sealed record Series(string Name, IReadOnlyList<(double X, double Y)> Points)
{
    /// <summary>The points that could be measured.</summary>
    public IReadOnlyList<(double X, double Y)> Points { get; } = [.. Points.Where(p => !double.IsNaN(p.Y))];
}

/// <summary>A plot with axes and a legend, as SVG text; nothing is drawn by a library.</summary>
internal sealed class SvgPlot(string title, string xLabel, string yLabel, IReadOnlyList<Series> series)
{
    private const double Width = 640, Height = 320, Left = 70, Right = 150, Top = 36, Bottom = 46;

    private static readonly string[] s_colours = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf"];

    private readonly double _maxX = Math.Max(1e-9, series.SelectMany(s => s.Points).Select(p => p.X).DefaultIfEmpty(0).Max());
    private readonly double _minX = series.SelectMany(s => s.Points).Select(p => p.X).DefaultIfEmpty(0).Min();
    private readonly double _maxY = Nice(Math.Max(1e-9, series.SelectMany(s => s.Points).Select(p => p.Y).DefaultIfEmpty(0).Max()));

    public override string ToString()
    {
        var svg = new StringBuilder();
        Append(svg, $"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {Width} {Height}' role='img'><title>{title}</title>");
        Append(svg, $"<text x='{Left}' y='20' class='t'>{title}</text>");
        for (int i = 0; i <= 4; i++)
        {
            double value = _maxY * i / 4;
            Append(svg, $"<line x1='{Left}' x2='{Width - Right}' y1='{Y(value):F1}' y2='{Y(value):F1}' class='g'/>");
            Append(svg, $"<text x='{Left - 6}' y='{Y(value) + 4:F1}' text-anchor='end'>{value:G4}</text>");
        }

        foreach (double x in series.SelectMany(s => s.Points).Select(p => p.X).Distinct().Order())
        {
            Append(svg, $"<text x='{X(x):F1}' y='{Height - Bottom + 16}' text-anchor='middle'>{x:G4}</text>");
        }

        Append(svg, $"<text x='{(Left + Width - Right) / 2}' y='{Height - 8}' text-anchor='middle'>{xLabel}</text>");
        Append(svg, $"<text transform='translate(16 {Height / 2}) rotate(-90)' text-anchor='middle'>{yLabel}</text>");
        for (int i = 0; i < series.Count; i++)
        {
            string colour = s_colours[i % s_colours.Length];
            string points = string.Join(' ', series[i].Points.Select(p => string.Create(CultureInfo.InvariantCulture, $"{X(p.X):F1},{Y(p.Y):F1}")));
            Append(svg, $"<polyline points='{points}' fill='none' stroke='{colour}' stroke-width='2'/>");
            foreach ((double x, double y) in series[i].Points)
            {
                Append(svg, $"<circle cx='{X(x):F1}' cy='{Y(y):F1}' r='3' fill='{colour}'/>");
            }

            Append(svg, $"<text x='{Width - Right + 10}' y='{Top + 14 + (i * 18)}' fill='{colour}'>{series[i].Name}</text>");
        }

        return svg.Append("</svg>").ToString();
    }

    private double X(double value) => Left + ((value - _minX) / Math.Max(1e-9, _maxX - _minX) * (Width - Left - Right));

    private double Y(double value) => Height - Bottom - (value / _maxY * (Height - Top - Bottom));

    private static double Nice(double value)
    {
        double unit = Math.Pow(10, Math.Floor(Math.Log10(value)));
        return ((double[])[1, 2, 4, 5, 10]).First(m => m * unit >= value) * unit;
    }

    private static void Append(StringBuilder svg, FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
