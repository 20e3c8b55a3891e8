// SPDX-License-Identifier: GPL-2.0-only
using System.Globalization;
using System.Text.Json;
using KMemcg.Bench.Ratios;

namespace KMemcg.Bench.Compare;

/// <summary>
/// <c>compare A.json B.json</c>: two runs of <c>ratios --json FILE</c>, before and after a patch. The ratios to the yardstick
/// are compared, as the machine may have been busier in one of them.
/// </summary>
internal static class CompareCommand
{
    public static void Save(string file, IReadOnlyList<Figure> figures) =>
        File.WriteAllText(file, JsonSerializer.Serialize(figures, Options));

    public static void Run(string before, string after)
    {
        Figure[] a = Load(before), b = Load(after);
        Console.WriteLine($"{"",-38} {"before",7} {"after",7} {"change",8}");
        foreach (Figure old in a)
        {
            if (b.FirstOrDefault(f => f.Name == old.Name) is { } now)
            {
                // Outside each other's quartiles, or it may be noise.
                bool clear = now.Ratio.Low > old.Ratio.High || now.Ratio.High < old.Ratio.Low;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{old.Name,-38} {old.Ratio.Median,7:F2} {now.Ratio.Median,7:F2} {(now.Ratio.Median / old.Ratio.Median) - 1,8:+0.0%;-0.0%}{(clear ? "" : "  within the spread")}"));
            }
        }
    }

    private static Figure[] Load(string file) => JsonSerializer.Deserialize<Figure[]>(File.ReadAllText(file), Options)!;

    private static JsonSerializerOptions Options { get; } = new()
    {
        WriteIndented = true,
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };
}
