// SPDX-License-Identifier: GPL-2.0-only
using System.Reflection;
using KMemcg.Annotations;

namespace KMemcg.Sim.Parity;

/// <summary>How far one kernel function is ported; <see cref="State"/> is null when nothing is there.</summary>
/// <param name="Function">The kernel's name.</param>
/// <param name="Tier">A, B or C, as in the inventory.</param>
/// <param name="State">What the tag of the port says.</param>
/// <param name="Note">What the tag says is left out, and why.</param>
public sealed record FunctionParity(string Function, char Tier, Annotations.Parity? State, string Note);

/// <summary>One kernel file of the inventory and its functions of tiers A and B.</summary>
public sealed record FileParity(string File, IReadOnlyList<FunctionParity> Functions)
{
    /// <summary>How many functions of <paramref name="tier"/> (or of both, when null) are in <paramref name="state"/>.</summary>
    public int Count(Annotations.Parity? state, char? tier = null) =>
        Functions.Count(f => f.State == state && (tier is null || f.Tier == tier));
}

/// <summary>Holds the inventory of kernel functions against the <see cref="KernelSourceAttribute"/> tags of the port.</summary>
public static class ParityReport
{
    /// <summary>The report, a file a row in the inventory's order; tier C (left out on purpose) is not in it.</summary>
    public static IReadOnlyList<FileParity> Create()
    {
        ILookup<(string, string), KernelSourceAttribute> tags = Tags(typeof(Linux.machine).Assembly)
            .ToLookup(t => (t.File, t.Function));
        return [.. Inventory()
            .Where(row => row.Tier != 'C')
            .DistinctBy(row => (row.File, row.Function))
            .GroupBy(row => row.File)
            .Select(file => new FileParity(file.Key, [.. file.Select(row => Hold(row, tags))]))];
    }

    /// <summary>All tags of <paramref name="assembly"/>.</summary>
    public static IEnumerable<KernelSourceAttribute> Tags(Assembly assembly) => assembly.GetTypes()
        .SelectMany(type => type.GetMembers(
            BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic
            | BindingFlags.DeclaredOnly))
        .Select(member => member.GetCustomAttribute<KernelSourceAttribute>())
        .OfType<KernelSourceAttribute>();

    private static FunctionParity Hold(
        (string File, string Function, char Tier) row, ILookup<(string, string), KernelSourceAttribute> tags)
    {
        // Overloads that serve several argument types carry the tag each: the least of them counts.
        KernelSourceAttribute? tag = tags[(row.File, row.Function)].MaxBy(t => t.Parity);
        return new FunctionParity(row.Function, row.Tier, tag?.Parity, tag?.Note ?? "");
    }

    private static IEnumerable<(string File, string Function, char Tier)> Inventory()
    {
        using Stream stream = typeof(ParityReport).Assembly.GetManifestResourceStream("functions.tsv")!;
        using var reader = new StreamReader(stream);
        reader.ReadLine(); // the header
        while (reader.ReadLine() is { } line)
        {
            string[] cells = line.Split('\t');
            yield return (cells[0], cells[1], cells[5][0]);
        }
    }
}
