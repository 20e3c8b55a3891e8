// SPDX-License-Identifier: GPL-2.0-only
namespace KMemcg.Sim.Running;

/// <summary>One line of a scenario's output: the scenario's line, what was asked, and what the machine said.</summary>
/// <param name="Line">The scenario's line, counted from 1.</param>
/// <param name="What"><c>TASK:OPERATION</c>, <c>G/FILE</c>, <c>G/FILE:KEY</c>, or a name.</param>
/// <param name="Value">The rest of the line.</param>
public sealed record Answer(int Line, string What, string Value)
{
    /// <summary>The line as FORMAT.md prints it.</summary>
    public override string ToString() => $"{Line} {What} {Value}";
}
