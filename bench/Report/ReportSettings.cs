// SPDX-License-Identifier: GPL-2.0-only
namespace KMemcg.Bench.Report;

/// <summary>What a report measures, and for how long.</summary>
/// <param name="FigureBudget">For a figure of <c>ratios</c>.</param>
/// <param name="PointBudget">For a point of a plot or of the matrix.</param>
/// <param name="Only">Figures with this in their name; null: all.</param>
/// <param name="Batches">MEMCG_CHARGE_BATCH.</param>
/// <param name="Slots">NR_MEMCG_STOCK.</param>
/// <param name="Depths">Levels below the root.</param>
/// <param name="Groups">Groups in turn.</param>
/// <param name="Threads">CPUs.</param>
internal sealed record ReportSettings(
    TimeSpan FigureBudget, TimeSpan PointBudget, string? Only, int[] Batches, int[] Slots, int[] Depths, int[] Groups, int[] Threads)
{
    /// <summary>About five minutes.</summary>
    public static ReportSettings Full { get; } = new(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(0.3), null,
        [1, 8, 16, 32, 64, 127], [1, 7, 16], [1, 3, 6], [1, 2, 4, 6, 7, 8, 10, 12], [1, 2, 4, 8]);

    /// <summary>Every table and plot there is, with as few points as will do: to look at the page, not at the numbers.</summary>
    public static ReportSettings Brief { get; } = new(TimeSpan.FromSeconds(0.05), TimeSpan.FromSeconds(0.02), "counters, depth",
        [1, 64], [7], [3], [1, 8], [1, 2]);
}
