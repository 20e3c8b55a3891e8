// SPDX-License-Identifier: GPL-2.0-only
namespace KMemcg.Sim.Scenarios;

/// <summary>A scenario that cannot be run as written: names the file, the line and what was expected there.</summary>
public sealed class ScenarioException : Exception
{
    /// <summary>Reports <paramref name="problem"/> at <paramref name="line"/> (1-based, or 0) of <paramref name="file"/>.</summary>
    public ScenarioException(string file, int line, string problem)
        : base(line == 0 ? $"{file}: {problem}" : $"{file}:{line}: {problem}")
    {
        File = file;
        Line = line;
        Problem = problem;
    }

    /// <summary>The scenario file, as it was named.</summary>
    public string File { get; }

    /// <summary>The line, counted from 1; 0 when the file as a whole is at fault.</summary>
    public int Line { get; }

    /// <summary>What is wrong and what was expected.</summary>
    public string Problem { get; }
}
