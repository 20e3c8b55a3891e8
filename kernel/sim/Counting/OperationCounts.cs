// SPDX-License-Identifier: GPL-2.0-only
namespace KMemcg.Sim.Counting;

/// <summary>What a run of charges and uncharges did; the same each time, on any host.</summary>
/// <param name="Shape">What ran.</param>
/// <param name="Pages">Pages charged, and uncharged again.</param>
/// <param name="Hits">Charges that the stock served.</param>
/// <param name="Walks">Walks up the counters, to charge or to uncharge.</param>
/// <param name="Locked">Locked operations.</param>
/// <param name="Evictions">Groups that lost their slot to another.</param>
/// <param name="Drains">Slots emptied because they held more than a batch.</param>
/// <param name="Stranded">Pages charged and used by nobody, at most: what the stock held.</param>
public sealed record OperationCounts(string Shape, long Pages, long Hits, long Walks, long Locked, long Evictions, long Drains, long Stranded)
{
    /// <summary>Locked operations for a page, charged and uncharged.</summary>
    public double LockedPerPage => (double)Locked / Pages;
}
