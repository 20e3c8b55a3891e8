// SPDX-License-Identifier: GPL-2.0-only
using System.Text.Json;
using KMemcg.Sim.Running;
using KMemcg.Sim.Scenarios;

namespace KMemcg.Tool.Commands;

/// <summary>Where the answers of one or more scenarios go.</summary>
internal interface IAnswerWriter
{
    /// <summary>Starts the answers of <paramref name="scenario"/>.</summary>
    void Begin(Scenario scenario);

    /// <summary>Takes one answer.</summary>
    void Write(Answer answer);

    /// <summary>Ends the answers of the scenario.</summary>
    void End();

    /// <summary>Ends the output.</summary>
    void Finish();
}

/// <summary>FORMAT.md's form: a line an answer and nothing else.</summary>
internal sealed class TextAnswerWriter(TextWriter output) : IAnswerWriter
{
    public void Begin(Scenario scenario)
    {
    }

    public void Write(Answer answer) => output.WriteLine(answer);

    public void End()
    {
    }

    public void Finish() => output.Flush();
}

/// <summary>The recordings' form: an array with an object for each scenario, its runs one.</summary>
internal sealed class JsonAnswerWriter(TextWriter output) : IAnswerWriter
{
    private readonly List<(string Name, List<string[]> Answers)> _scenarios = [];

    public void Begin(Scenario scenario) => _scenarios.Add((scenario.Name, []));

    public void Write(Answer answer) =>
        _scenarios[^1].Answers.Add([answer.Line.ToString(), answer.What, answer.Value]);

    public void End()
    {
    }

    public void Finish()
    {
        var rows = _scenarios.Select(s => new { name = s.Name, kernel = "kmemcg", runs = new[] { s.Answers } }).ToArray();
        output.WriteLine(rows.Length == 1 ? JsonSerializer.Serialize(rows[0]) : JsonSerializer.Serialize(rows));
        output.Flush();
    }
}
