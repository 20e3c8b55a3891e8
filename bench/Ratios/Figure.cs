// SPDX-License-Identifier: GPL-2.0-only
namespace KMemcg.Bench.Ratios;

/// <summary>One line of <c>ratios</c>, and what is kept of it in a run's file.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Yardstick">Against what: C or host.</param>
/// <param name="Port">Nanoseconds of the port for one operation.</param>
/// <param name="Other">Nanoseconds of the yardstick.</param>
/// <param name="Ratio">Port to yardstick, of neighbouring slices.</param>
/// <param name="AllocatedBytes">Managed bytes for one operation.</param>
/// <param name="Wanted">The ratio that is to be reached, if there is one.</param>
internal sealed record Figure(string Name, string Yardstick, Spread Port, Spread Other, Spread Ratio, double AllocatedBytes, double? Wanted)
{
    /// <inheritdoc cref="Measured.Way"/>
    public Spread? Way { get; init; }

    /// <inheritdoc cref="Measured.Apart"/>
    public Measured? Apart { get; init; }

    public static Figure From(string name, string yardstick, Measured measured, double? wanted) =>
        new(name, yardstick, measured.Port, measured.Yardstick, measured.Ratio, measured.AllocatedBytes, wanted) { Way = measured.Way, Apart = measured.Apart };
}
