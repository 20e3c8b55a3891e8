// SPDX-License-Identifier: GPL-2.0-only
using System.Reflection;
using KMemcg.Annotations;

namespace KMemcg.Sim.Parity;

/// <summary>How far a kernel function is ported.</summary>
public enum PortState
{
    /// <summary>All of it is there.</summary>
    Full,

    /// <summary>Something is left out, which the tag names.</summary>
    Reduced,

    /// <summary>Only its name is there; the tag says why.</summary>
    Stub,

    /// <summary>The port's configuration has no use for it; left-out.tsv says why.</summary>
    LeftOut,

    /// <summary>Neither a tag nor left-out.tsv knows of it.</summary>
    Missing,
}

/// <summary>How far one kernel function is ported.</summary>
/// <param name="Function">The kernel's name.</param>
/// <param name="Tier">A, B or C, as in the inventory.</param>
/// <param name="State">How far.</param>
/// <param name="Note">What is left out, and why.</param>
public sealed record FunctionParity(string Function, char Tier, PortState State, string Note);

/// <summary>One kernel file of the inventory and its functions of tiers A and B.</summary>
public sealed record FileParity(string File, IReadOnlyList<FunctionParity> Functions)
{
    /// <summary>How many functions of <paramref name="tier"/> are in <paramref name="state"/>.</summary>
    public int Count(PortState state, char tier) => Functions.Count(f => f.State == state && f.Tier == tier);
}

/// <summary>Holds the inventory of kernel functions against the <see cref="KernelSourceAttribute"/> tags of the port.</summary>
public static class ParityReport
{
    /// <summary>The report, a file a row in the inventory's order; tier C (left out on purpose) is not in it.</summary>
    public static IReadOnlyList<FileParity> Create()
    {
        ILookup<(string, string), KernelSourceAttribute> tags = Tags(typeof(Linux.machine).Assembly)
            .ToLookup(t => (t.File, t.Function));
        Dictionary<(string, string), string> leftOut = LeftOut().ToDictionary(row => (row.File, row.Function), row => row.Why);
        return [.. Inventory()
            .Where(row => row.Tier != 'C')
            .DistinctBy(row => (row.File, row.Function))
            .GroupBy(row => row.File)
            .Select(file => new FileParity(file.Key, [.. file.Select(row => Hold(row, tags, leftOut))]))];
    }

    /// <summary>All tags of <paramref name="assembly"/>.</summary>
    public static IEnumerable<KernelSourceAttribute> Tags(Assembly assembly) => assembly.GetTypes()
        .SelectMany(type => type.GetMembers(
            BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic
            | BindingFlags.DeclaredOnly))
        .Select(member => member.GetCustomAttribute<KernelSourceAttribute>())
        .OfType<KernelSourceAttribute>();

    private static FunctionParity Hold(
        (string File, string Function, char Tier) row,
        ILookup<(string, string), KernelSourceAttribute> tags,
        Dictionary<(string, string), string> leftOut)
    {
        // Overloads that serve several argument types carry the tag each: the least of them counts.
        if (tags[(row.File, row.Function)].MaxBy(t => t.Parity) is { } tag)
        {
            return new FunctionParity(row.Function, row.Tier, (PortState)tag.Parity, tag.Note);
        }

        return leftOut.TryGetValue((row.File, row.Function), out string? why)
            ? new FunctionParity(row.Function, row.Tier, PortState.LeftOut, why)
            : new FunctionParity(row.Function, row.Tier, PortState.Missing, "");
    }

    private static IEnumerable<(string File, string Function, char Tier)> Inventory() =>
        Rows("functions.tsv").Select(cells => (cells[0], cells[1], cells[5][0]));

    /// <summary>The functions of the inventory that the port's configuration has no use for, and why.</summary>
    public static IEnumerable<(string File, string Function, string Why)> LeftOut() =>
        Rows("left-out.tsv").Select(cells => (cells[0], cells[1], cells[2]));

    private static IEnumerable<string[]> Rows(string resource)
    {
        using Stream stream = typeof(ParityReport).Assembly.GetManifestResourceStream(resource)!;
        using var reader = new StreamReader(stream);
        reader.ReadLine(); // the header
        while (reader.ReadLine() is { } line)
        {
            yield return line.Split('\t');
        }
    }
}
