// SPDX-License-Identifier: GPL-2.0-only
using System.Text.Json;
using KMemcg.Sim.Running;

namespace KMemcg.Conformance.Tests;

/// <summary>What the real kernel answered to one scenario, in several runs.</summary>
public sealed record Recording(string Name, string Kernel, IReadOnlyList<IReadOnlyList<Answer>> Runs)
{
    /// <summary>The folder that holds the scenarios and recordings beside the test assembly.</summary>
    public static string Folder => Path.Combine(AppContext.BaseDirectory, "oracle");

    /// <summary>The names of all recorded scenarios, sorted.</summary>
    public static IEnumerable<string> Names => Directory
        .EnumerateFiles(Path.Combine(Folder, "recordings"), "*.json")
        .Select(file => Path.GetFileNameWithoutExtension(file))
        .Order(StringComparer.Ordinal);

    /// <summary>The scenario that the recording called <paramref name="name"/> answers.</summary>
    public static string ScenarioFile(string name) => Path.Combine(Folder, "scenarios", name + ".scn");

    /// <summary>Loads the recording called <paramref name="name"/>.</summary>
    public static Recording Load(string name)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "recordings", name + ".json")));
        var runs = json.RootElement.GetProperty("runs").EnumerateArray()
            .Select(run => (IReadOnlyList<Answer>)run.EnumerateArray().Select(ToAnswer).ToList())
            .ToList();
        return new Recording(name, json.RootElement.GetProperty("kernel").GetString()!, runs);
    }

    private static Answer ToAnswer(JsonElement row) =>
        new(int.Parse(row[0].GetString()!), row[1].GetString()!, row[2].GetString()!);
}
