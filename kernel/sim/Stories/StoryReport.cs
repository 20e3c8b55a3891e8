// SPDX-License-Identifier: GPL-2.0-only
namespace KMemcg.Sim.Stories;

/// <summary>What one task made one group pay in a scene of the story, and what came of it.</summary>
/// <param name="Scene">The scene's title.</param>
/// <param name="Actor">Who acted: a task and its group.</param>
/// <param name="Charged">Who paid: a group.</param>
/// <param name="Kind">What for.</param>
/// <param name="Target">How the payer was chosen.</param>
/// <param name="Pages">How many pages.</param>
/// <param name="Outcomes">Pages by where they came from: the stock, the counters, after reclaim, over high, by force…</param>
public sealed record RemoteCharge(
    string Scene,
    string Actor,
    string Charged,
    string Kind,
    string Target,
    long Pages,
    IReadOnlyDictionary<string, long> Outcomes);

/// <summary>What else happened to a group in a scene.</summary>
/// <param name="Scene">The scene's title.</param>
/// <param name="What">reclaimed, throttled or killed.</param>
/// <param name="Actor">Who acted.</param>
/// <param name="Group">The group it happened to; for a throttled task its own.</param>
/// <param name="Victim">The task that was killed, else empty.</param>
/// <param name="Amount">Pages reclaimed, milliseconds slept, or tasks killed.</param>
public sealed record Consequence(string Scene, string What, string Actor, string Group, string Victim, long Amount);

/// <summary>The story as it went: each scene's remote charges, and what came of them.</summary>
public sealed record StoryReport(
    IReadOnlyList<string> Scenes, IReadOnlyList<RemoteCharge> Charges, IReadOnlyList<Consequence> Consequences);
