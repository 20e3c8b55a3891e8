// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Sim.Running;
using KMemcg.Sim.Scenarios;
using KMemcg.Sim.Tracing;
using Linux;

namespace KMemcg.Sim.Stories;

/// <summary>
/// The built-in scenario, which shows remote charging. A line of it that begins with "##" names the scene that follows.
/// </summary>
public static class Story
{
    /// <summary>Its name in events.</summary>
    public const string Name = "remote-charging";

    private const string Resource = Name + ".scn";
    private const string SceneMark = "##";

    /// <summary>Runs it on a machine of its own; <paramref name="trace"/> takes each event as it happens.</summary>
    /// <exception cref="SimulationException">The port stopped with an oops, or a line of the story failed.</exception>
    public static StoryReport Run(SimulationOptions options, Action<TracedEvent> trace)
    {
        string text = Text();
        SortedList<int, string> scenes = Scenes(text);
        var events = new List<TracedEvent>();
        string failure = "";
        SimulationOptions traced = options with { Trace = e => { events.Add(e); trace(e); } };
        if (!ScenarioRunner.Run(ScenarioParser.Parse(Resource, text), traced, answer => failure = answer.ToString()))
        {
            throw new SimulationException($"{Resource}: {failure}");
        }

        return Report(scenes, events);
    }

    private static string Text()
    {
        using Stream stream = typeof(Story).Assembly.GetManifestResourceStream(Resource)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static SortedList<int, string> Scenes(string text)
    {
        var scenes = new SortedList<int, string>();
        foreach ((int index, string row) in text.Split('\n').Index())
        {
            if (row.StartsWith(SceneMark, StringComparison.Ordinal))
            {
                scenes.Add(index + 1, row[SceneMark.Length..].Trim());
            }
        }

        return scenes;
    }

    private static StoryReport Report(SortedList<int, string> scenes, List<TracedEvent> events)
    {
        ILookup<string, memcg_event> byScene = events.ToLookup(
            e => scenes.LastOrDefault(scene => scene.Key <= e.Line).Value ?? "", e => e.Event);
        return new StoryReport(
            [.. scenes.Values],
            [.. scenes.Values.SelectMany(scene => RemoteCharges(scene, byScene[scene]))],
            [.. scenes.Values.SelectMany(scene => Consequences(scene, byScene[scene]))]);
    }

    private static IEnumerable<RemoteCharge> RemoteCharges(string scene, IEnumerable<memcg_event> events) => events
        .OfType<charge_event>()
        .Where(e => e.group != e.actor.group)
        .GroupBy(e => (Actor: Who(e.actor), e.group, e.kind, e.target))
        .Select(same => new RemoteCharge(
            scene,
            same.Key.Actor,
            same.Key.group,
            ChargeLog.Word(same.Key.kind),
            ChargeLog.Word(same.Key.target),
            same.Sum(e => e.outcome == charge_outcome.failed ? 0 : (long)e.pages),
            same.GroupBy(e => e.outcome).ToDictionary(o => ChargeLog.Word(o.Key), o => o.Sum(e => (long)e.pages))));

    private static IEnumerable<Consequence> Consequences(string scene, IEnumerable<memcg_event> events) => events
        .Where(e => e is not charge_event)
        .GroupBy(e => (
            What: e is reclaim_event ? "reclaimed" : e is throttle_event ? "throttled" : "killed",
            Actor: Who(e.actor),
            e.group,
            Victim: (e as kill_event)?.victim ?? ""))
        .Select(same => new Consequence(
            scene, same.Key.What, same.Key.Actor, same.Key.group, same.Key.Victim, same.Sum(Amount)))
        .Where(c => c.Amount > 0);

    private static long Amount(memcg_event e) => e switch
    {
        reclaim_event reclaim => (long)reclaim.pages,
        throttle_event throttle => (long)(throttle.ns / 1_000_000),
        _ => 1,
    };

    private static string Who(memcg_actor actor) => $"{actor.task} in {actor.group}";
}
