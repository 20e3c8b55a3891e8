// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace KMemcg.Analyzers;

/// <summary>What kernel code does not use of .NET: KM0801 to KM0811.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class RuntimeAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(
        Rules.ManagedAllocation, Rules.ManagedLock, Rules.ManagedException, Rules.AsyncOrFinalizer, Rules.UnpinnedPointer, Rules.ManagedReference);

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
    }
}
