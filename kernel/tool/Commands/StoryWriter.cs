// SPDX-License-Identifier: GPL-2.0-only
using System.Text.Json;
using KMemcg.Sim.Stories;
using Spectre.Console;

namespace KMemcg.Tool.Commands;

/// <summary>Tells the story: as a table a scene, or as JSON.</summary>
internal static class StoryWriter
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Writes the whole report as one JSON object: scenes, charges, consequences.</summary>
    public static void WriteJson(StoryReport story, TextWriter output) =>
        output.WriteLine(JsonSerializer.Serialize(story, s_json));

    /// <summary>Writes a table a scene, with what came of the charges under it.</summary>
    public static void WriteTable(StoryReport story, IAnsiConsole console)
    {
        foreach (string scene in story.Scenes)
        {
            RemoteCharge[] charges = [.. story.Charges.Where(c => c.Scene == scene)];
            var table = new Table()
                .Border(TableBorder.Simple)
                .Title(Markup.Escape(scene))
                .AddColumns("who acted", "who was charged", "for", "chosen by");
            table.AddColumn(new TableColumn("pages").RightAligned());
            table.AddColumn("from");
            foreach (RemoteCharge c in charges)
            {
                string from = string.Join(", ", c.Outcomes.OrderByDescending(o => o.Value).Select(o => $"{o.Key} {o.Value}"));
                table.AddRow(
                    Markup.Escape(c.Actor), Markup.Escape(c.Charged), c.Kind, c.Target, c.Pages.ToString(), from);
            }

            if (charges.Length == 0)
            {
                table.AddRow("nobody", "nobody", "-", "-", "0");
            }

            console.Write(table);
            foreach (Consequence c in story.Consequences.Where(c => c.Scene == scene))
            {
                console.WriteLine("    " + Sentence(c));
            }

            console.WriteLine();
        }
    }

    private static string Sentence(Consequence c) => c.What switch
    {
        "reclaimed" => $"{c.Actor} reclaimed {c.Amount} pages from {c.Group}",
        "throttled" => $"{c.Actor} slept {c.Amount} ms, as {c.Group} is over memory.high",
        _ => $"{c.Actor} had {c.Victim} in {c.Group} killed",
    };
}
