// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Immutable;
using KMemcg.Analyzers;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace KMemcg.Lint;

/// <summary>All analyzers of the package, and running them.</summary>
internal static class KernelAnalyzers
{
    public static ImmutableArray<DiagnosticAnalyzer> All { get; } =
        [.. typeof(FlowAnalyzer).Assembly.GetTypes()
            .Where(type => !type.IsAbstract && type.IsSubclassOf(typeof(DiagnosticAnalyzer)))
            .Select(type => (DiagnosticAnalyzer)Activator.CreateInstance(type)!)];

    /// <summary>What they report; an analyzer that fails is an error of ours.</summary>
    public static async Task<ImmutableArray<Diagnostic>> RunAsync(Compilation compilation, AnalyzerOptions options, CancellationToken cancel) =>
        await compilation.WithAnalyzers(All, new CompilationWithAnalyzersOptions(
            options, (failure, _, _) => throw new InvalidOperationException(failure.ToString(), failure), concurrentAnalysis: true, logAnalyzerExecutionTime: true))
            .GetAnalyzerDiagnosticsAsync(cancel);
}
