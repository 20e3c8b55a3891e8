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

    /// <summary>Prints the comparison; 2 when a file is none that <c>ratios --json</c> writes, or they have nothing in common.</summary>
    public static int Run(string before, string after)
    {
        try
        {
            Figure[] a = Load(before), b = Load(after);
            if (!a.Any(old => b.Any(now => now.Name == old.Name)))
            {
                throw new InvalidDataException($"{before} and {after} have no figure in common");
            }

            Print(a, b);
            return 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or ArgumentException)
        {
            Console.Error.WriteLine($"compare: {e.Message}");
            return 2;
        }
    }

    private static void Print(Figure[] before, Figure[] after)
    {
        Console.WriteLine($"{"",-38} {"before",7} {"after",7} {"change",8}");
        foreach (Figure old in before)
        {
            if (after.FirstOrDefault(f => f.Name == old.Name) is not { } now)
            {
                Console.WriteLine($"{old.Name,-38} only before");
                continue;
            }

            // Outside each other's quartiles, or it may be noise.
            bool clear = now.Ratio.Low > old.Ratio.High || now.Ratio.High < old.Ratio.Low;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{old.Name,-38} {old.Ratio.Median,7:F2} {now.Ratio.Median,7:F2} {(now.Ratio.Median / old.Ratio.Median) - 1,8:+0.0%;-0.0%}{(clear ? "" : "  within the spread")}"));
        }

        foreach (Figure now in after.Where(f => before.All(old => old.Name != f.Name)))
        {
            Console.WriteLine($"{now.Name,-38} only after");
        }
    }

    private static Figure[] Load(string file)
    {
        try
        {
            return JsonSerializer.Deserialize<Figure[]>(File.ReadAllText(file), Options) is { Length: > 0 } figures && figures.All(f => f is not null)
                ? figures
                : throw new InvalidDataException($"{file}: no figures");
        }
        catch (JsonException e)
        {
            string line = e.LineNumber is { } number ? $":{number + 1}" : "";
            throw new InvalidDataException($"{file}{line}: not a file that `ratios --json` has written: {e.Message}", e);
        }
    }

    private static JsonSerializerOptions Options { get; } = new()
    {
        WriteIndented = true,
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };
}
