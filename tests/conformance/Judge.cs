// SPDX-License-Identifier: GPL-2.0-only
using System.Text.RegularExpressions;
using KMemcg.Sim.Running;

namespace KMemcg.Conformance.Tests;

/// <summary>How many lines of a run match, and what is said of those that do not.</summary>
public sealed record Verdict(int Matched, int Total, IReadOnlyList<string> Differences);

/// <summary>Holds answers against a recording with FORMAT.md's tolerances; the twin of the oracle's compare.py.</summary>
public static partial class Judge
{
    private const double KiB = 1 << 10;
    private const double MiB = 1 << 20;

    /// <summary>Compares <paramref name="answers"/> with what the kernel said in <paramref name="runs"/>.</summary>
    public static Verdict Compare(IReadOnlyList<IReadOnlyList<Answer>> runs, IReadOnlyList<Answer> answers)
    {
        var got = Number([answers]);
        var expected = Number(runs);
        var differences = new List<string>();
        int total = 0;
        foreach (((int line, string what, int nth), List<string> values) in expected.OrderBy(e => e.Key.Line))
        {
            string? value = got.TryGetValue((line, what, nth), out List<string>? mine) ? mine[0] : null;
            if (value is null && values.Count < runs.Count)
            {
                continue; // the kernel did not always say it either
            }

            total++;
            if (value is null || !ValueMatches(what, value, values))
            {
                differences.Add($"line {line} {what}: {value ?? "nothing"}, the kernel: {string.Join(", ", values)}");
            }
        }

        foreach ((int line, string what, int _) in got.Keys.Where(k => k.Nth == 0 && !expected.ContainsKey(k)))
        {
            total++;
            differences.Add($"line {line} {what}: {got[(line, what, 0)][0]}, the kernel: nothing");
        }

        return new Verdict(total - differences.Count, total, differences);
    }

    /// <summary>Whether one answer is within tolerance of the recorded ones.</summary>
    public static bool ValueMatches(string what, string value, IReadOnlyList<string> recorded)
    {
        if (recorded.Contains(value))
        {
            return true;
        }

        string[] words = value.Split(' ');
        if (words.Length == 1 && double.TryParse(value, out double number))
        {
            double[] numbers = [.. recorded.Where(r => r.All(char.IsAsciiDigit)).Select(double.Parse)];
            return numbers.Length > 0 && NumberMatches(what, number, numbers.Min(), numbers.Max());
        }

        List<string[]> options = [.. recorded.Select(r => r.Split(' ')).Where(o => o.Length == words.Length)];
        return options.Any(option => words.Index().All(w => w.Item == option[w.Index] || ColumnMatches(words, w.Index, options)));
    }

    private static Dictionary<(int Line, string What, int Nth), List<string>> Number(
        IReadOnlyList<IReadOnlyList<Answer>> runs)
    {
        var table = new Dictionary<(int, string, int), List<string>>();
        foreach (IReadOnlyList<Answer> run in runs)
        {
            foreach (var group in run.GroupBy(a => (a.Line, a.What)))
            {
                foreach ((int nth, Answer answer) in group.Index())
                {
                    var key = (answer.Line, answer.What, nth);
                    table.TryAdd(key, []);
                    table[key].Add(answer.Value);
                }
            }
        }

        return table;
    }

    private static bool NumberMatches(string what, double value, double low, double high)
    {
        if (CountKeys().IsMatch(what))
        {
            return high == 0 || (low == high && low <= 4)
                ? value == low
                : value >= low / 2 && value <= high * 2;
        }

        double wide = WideKeys().IsMatch(what) ? MiB : 320 * KiB;
        if (high == 0 && what.Contains("swap", StringComparison.Ordinal))
        {
            wide = 64 * KiB;
        }

        double slack = Math.Max(wide, 0.03 * high);
        return value >= low - slack && value <= high + slack;
    }

    private static bool ColumnMatches(string[] words, int index, List<string[]> options)
    {
        if (index == 0 || !words[index].All(char.IsAsciiDigit))
        {
            return false;
        }

        double[] column = [.. options.Select(o => o[index]).Where(o => o.All(char.IsAsciiDigit)).Select(double.Parse)];
        if (column.Length == 0)
        {
            return false;
        }

        double number = double.Parse(words[index]);
        if (words[index - 1] == "ms")
        {
            return number >= (0.6 * column.Min()) - 150 && number <= (1.6 * column.Max()) + 150;
        }

        double slack = Math.Max(96, 0.03 * column.Max());
        return number >= column.Min() - slack && number <= column.Max() + slack;
    }

    [GeneratedRegex(@"memory\.(swap\.)?events(\.local)?:|:(pg|pswp|workingset_|nr_|thp_|zswpin|zswpout|zswpwb|swpin|swpout)")]
    private static partial Regex CountKeys();

    [GeneratedRegex(@"memory\.(current|peak)$|:slab|:kernel$")]
    private static partial Regex WideKeys();
}
