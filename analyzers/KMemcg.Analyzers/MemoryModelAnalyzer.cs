// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace KMemcg.Analyzers;

/// <summary>Marked accesses and barriers: KM0701, KM0703 to KM0705.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class MemoryModelAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(
        Rules.PlainAccess, Rules.TornType, Rules.ReadModifyWrite, Rules.BarrierWithoutComment);

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
    }
}
