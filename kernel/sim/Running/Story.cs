// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Sim.Scenarios;

namespace KMemcg.Sim.Running;

/// <summary>The built-in scenario, which shows remote charging.</summary>
public static class Story
{
    private const string Name = "remote-charging.scn";

    /// <summary>Loads it.</summary>
    public static Scenario Load()
    {
        using Stream stream = typeof(Story).Assembly.GetManifestResourceStream(Name)!;
        using var reader = new StreamReader(stream);
        return ScenarioParser.Parse(Name, reader.ReadToEnd());
    }
}
