// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Annotations;
using KMemcg.Sim.Parity;

namespace KMemcg.Sim.Tests.Parity;

[TestFixture]
public sealed class ParityReportTests
{
    private static readonly IReadOnlyList<FileParity> s_report = ParityReport.Create();

    private static string[] Named(PortState state, string tiers) =>
        [.. s_report.SelectMany(file => file.Functions
            .Where(f => f.State == state && tiers.Contains(f.Tier, StringComparison.Ordinal))
            .Select(f => $"{file.File} {f.Function}"))];

    [Test]
    public void NothingIsMissing() => Assert.That(Named(PortState.Missing, "AB"), Is.Empty);

    [Test]
    public void TierAIsThereWhole() =>
        Assert.That(Named(PortState.Stub, "A").Concat(Named(PortState.LeftOut, "A")), Is.Empty);

    [Test]
    public void WhatIsNotWholeSaysWhatIsLeftOut()
    {
        string[] silent = [.. ParityReport.Tags(typeof(Linux.machine).Assembly)
            .Where(tag => tag.Parity != Annotations.Parity.Full && string.IsNullOrWhiteSpace(tag.Note))
            .Select(tag => $"{tag.File} {tag.Function}: '{tag.Note}'")];
        Assert.That(silent, Is.Empty);
    }

    [Test]
    public void WhatIsWholeHasNothingToSay()
    {
        string[] loud = [.. ParityReport.Tags(typeof(Linux.machine).Assembly)
            .Where(tag => tag.Parity == Annotations.Parity.Full && tag.Note.Length != 0)
            .Select(tag => $"{tag.File} {tag.Function}: '{tag.Note}'")];
        Assert.That(loud, Is.Empty);
    }

    [Test]
    public void WhatIsLeftOutIsInTheInventoryAndNotInThePort()
    {
        HashSet<string> reported = [.. Named(PortState.LeftOut, "AB")];
        string[] stale = [.. ParityReport.LeftOut()
            .Select(row => $"{row.File} {row.Function}")
            .Where(name => !reported.Contains(name))];
        Assert.That(stale, Is.Empty);
        Assert.That(ParityReport.LeftOut().Select(row => row.Why), Has.All.Length.GreaterThan(10));
    }
}
