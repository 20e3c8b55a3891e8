// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace KMemcg.Analyzers;

/// <summary>A barrier is half of a pair, and a race that does no harm has a reason: a comment at the call says which.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class BarrierCommentAnalyzer : AnnotatedCodeAnalyzer
{
    private const string DataRace = "data_race";

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(Rules.BarrierWithoutComment);

    private protected override void Start(CompilationStartAnalysisContext start, AnnotationSymbols annotations)
    {
        start.RegisterOperationAction(c => Check(c, annotations), OperationKind.Invocation);
    }

    private static void Check(OperationAnalysisContext context, AnnotationSymbols annotations)
    {
        IMethodSymbol method = ((IInvocationOperation)context.Operation).TargetMethod;
        bool race = method.Name == DataRace;
        if (!race && !annotations.Has(method.OriginalDefinition, Annotation.Barrier))
            return;
        // A barrier made of barriers has its pair where it is used.
        if (annotations.Has(context.ContainingSymbol, Annotation.Barrier) || IsExplained(context.Operation.Syntax))
            return;
        context.ReportDiagnostic(Diagnostic.Create(
            Rules.BarrierWithoutComment, context.Operation.Syntax.GetLocation(), method.Name,
            race ? "why the race does no harm" : "which barrier it is paired with"));
    }

    /// <summary>A comment on the statement's own lines, or right above it.</summary>
    private static bool IsExplained(SyntaxNode call)
    {
        SyntaxNode owner = call;
        while (owner.Parent is { } parent && owner is not (StatementSyntax or MemberDeclarationSyntax))
            owner = parent;

        foreach (SyntaxTrivia trivia in owner.DescendantTrivia())
        {
            if (IsComment(trivia))
                return true;
        }

        // "do { … } while" and "if" conditions: the comment may stand behind the opening brace of the block around.
        return owner.GetFirstToken().GetPreviousToken() is { } before && HasComment(before.TrailingTrivia);
    }

    private static bool HasComment(SyntaxTriviaList list)
    {
        foreach (SyntaxTrivia trivia in list)
        {
            if (IsComment(trivia))
                return true;
        }

        return false;
    }

    private static bool IsComment(SyntaxTrivia trivia) =>
        trivia.IsKind(SyntaxKind.SingleLineCommentTrivia) || trivia.IsKind(SyntaxKind.MultiLineCommentTrivia) || trivia.IsKind(SyntaxKind.SingleLineDocumentationCommentTrivia);
}
