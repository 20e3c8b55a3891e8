// SPDX-License-Identifier: GPL-2.0-only
using System.Globalization;
using Microsoft.CodeAnalysis.Diagnostics;

namespace KMemcg.Analyzers;

/// <summary>Which calls may throw.</summary>
internal enum ExceptionEdges
{
    /// <summary>None: kernel code.</summary>
    None,

    /// <summary>All calls of functions that are not kernel primitives.</summary>
    Calls,
}

/// <summary>What .editorconfig says: kmemcg.exception_edges, kmemcg.max_states, kmemcg.max_steps.</summary>
internal sealed class FlowOptions
{
    private FlowOptions(ExceptionEdges edges, int maxStates, int maxSteps)
    {
        ExceptionEdges = edges;
        MaxStates = maxStates;
        MaxSteps = maxSteps;
    }

    public ExceptionEdges ExceptionEdges { get; }

    /// <summary>How many ways may be kept apart at one point.</summary>
    public int MaxStates { get; }

    /// <summary>How many blocks may be run before the analysis gives up.</summary>
    public int MaxSteps { get; }

    /// <summary>Where nothing else is said.</summary>
    public static FlowOptions Default { get; } = new(ExceptionEdges.None, 40, 20_000);

    public static FlowOptions Read(AnalyzerConfigOptions options)
    {
        ExceptionEdges edges = options.TryGetValue("kmemcg.exception_edges", out string? text) && text is "calls" or "all"
            ? ExceptionEdges.Calls
            : ExceptionEdges.None;
        return new FlowOptions(edges, Number(options, "kmemcg.max_states", 40), Number(options, "kmemcg.max_steps", 20_000));
    }

    private static int Number(AnalyzerConfigOptions options, string key, int otherwise) =>
        options.TryGetValue(key, out string? text) && int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out int value)
            ? value
            : otherwise;
}
