// SPDX-License-Identifier: GPL-2.0-only
using Microsoft.CodeAnalysis.Diagnostics;

namespace KMemcg.Analyzers;

/// <summary>What all analyzers of the package begin with: a program without annotations costs nothing.</summary>
public abstract class AnnotatedCodeAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public sealed override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationStartAction(start =>
        {
            if (AnnotationSymbols.Resolve(start.Compilation) is { } annotations)
                Start(start, annotations);
        });
    }

    /// <summary>Registers for a program that has annotations.</summary>
    private protected abstract void Start(CompilationStartAnalysisContext start, AnnotationSymbols annotations);
}
