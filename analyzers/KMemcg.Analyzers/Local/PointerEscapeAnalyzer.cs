// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace KMemcg.Analyzers;

/// <summary>Pointers to what the collector moves, or to a stack frame, that live longer than what keeps it in place.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class PointerEscapeAnalyzer : AnnotatedCodeAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(Rules.UnpinnedPointer);

    private protected override void Start(CompilationStartAnalysisContext start, AnnotationSymbols annotations)
    {
        var scope = new KernelScope(annotations);
        start.RegisterSyntaxNodeAction(c => CheckFixed(c, scope), SyntaxKind.FixedStatement);
        start.RegisterSyntaxNodeAction(c => CheckAsPointer(c, scope), SyntaxKind.InvocationExpression);
        start.RegisterSyntaxNodeAction(c => CheckAddressOfLocal(c, scope), SyntaxKind.ReturnStatement, SyntaxKind.ArrowExpressionClause);
    }

    /// <summary>fixed (T* p = …): p, or a cast of it, is not returned nor stored outside the statement.</summary>
    private static void CheckFixed(SyntaxNodeAnalysisContext context, KernelScope scope)
    {
        var statement = (FixedStatementSyntax)context.Node;
        if (context.ContainingSymbol is null || !scope.Contains(context.ContainingSymbol))
            return;
        foreach (VariableDeclaratorSyntax declarator in statement.Declaration.Variables)
        {
            string name = declarator.Identifier.ValueText;
            foreach (SyntaxNode node in statement.Statement.DescendantNodesAndSelf())
            {
                if (node is ReturnStatementSyntax { Expression: { } returned } && IsPointer(returned, name))
                    Report(context, returned, name, "is returned out of its fixed statement");
                else if (node is AssignmentExpressionSyntax assignment && IsPointer(assignment.Right, name) && Outlives(context, assignment.Left, statement))
                    Report(context, assignment, name, "is stored where it outlives its fixed statement");
            }
        }
    }

    private static bool Outlives(SyntaxNodeAnalysisContext context, ExpressionSyntax target, FixedStatementSyntax statement) =>
        context.SemanticModel.GetSymbolInfo(target, context.CancellationToken).Symbol switch
        {
            ILocalSymbol local => !statement.Span.Contains(local.Locations[0].SourceSpan),
            IFieldSymbol or IPropertySymbol or IParameterSymbol => true,
            _ => false,
        };

    /// <summary>p, (T*)p, &amp;p[i], p + i: the same memory.</summary>
    private static bool IsPointer(ExpressionSyntax expression, string name) => expression switch
    {
        IdentifierNameSyntax identifier => identifier.Identifier.ValueText == name,
        CastExpressionSyntax cast => IsPointer(cast.Expression, name),
        ParenthesizedExpressionSyntax inner => IsPointer(inner.Expression, name),
        BinaryExpressionSyntax sum when sum.IsKind(SyntaxKind.AddExpression) => IsPointer(sum.Left, name),
        PrefixUnaryExpressionSyntax { Operand: ElementAccessExpressionSyntax element } address when address.IsKind(SyntaxKind.AddressOfExpression) => IsPointer(element.Expression, name),
        _ => false,
    };

    /// <summary>Unsafe.AsPointer of a managed object's insides pins nothing. In a struct of the kernel, this is in a page frame.</summary>
    private static void CheckAsPointer(SyntaxNodeAnalysisContext context, KernelScope scope)
    {
        var call = (InvocationExpressionSyntax)context.Node;
        if (call is not { Expression: MemberAccessExpressionSyntax { Name.Identifier.ValueText: "AsPointer" }, ArgumentList.Arguments: { Count: 1 } arguments }
            || context.ContainingSymbol is null || !scope.Contains(context.ContainingSymbol))
            return;
        ExpressionSyntax place = arguments[0].Expression;
        if (place is RefExpressionSyntax reference)
            place = reference.Expression;
        bool moves = place is ElementAccessExpressionSyntax element
            ? context.SemanticModel.GetTypeInfo(element.Expression, context.CancellationToken).Type is IArrayTypeSymbol
            : context.SemanticModel.GetSymbolInfo(place, context.CancellationToken).Symbol is IFieldSymbol { IsStatic: false, ContainingType.IsReferenceType: true };
        if (moves)
            Report(context, call, place.ToString(), "is not pinned");
    }

    /// <summary>return &amp;local: the frame is gone.</summary>
    private static void CheckAddressOfLocal(SyntaxNodeAnalysisContext context, KernelScope scope)
    {
        ExpressionSyntax? value = context.Node is ReturnStatementSyntax statement ? statement.Expression : ((ArrowExpressionClauseSyntax)context.Node).Expression;
        while (value is CastExpressionSyntax cast)
            value = cast.Expression;
        if (value is not PrefixUnaryExpressionSyntax { Operand: { } operand } address || !address.IsKind(SyntaxKind.AddressOfExpression))
            return;
        while (operand is MemberAccessExpressionSyntax member && member.IsKind(SyntaxKind.SimpleMemberAccessExpression))
            operand = member.Expression;
        ISymbol? symbol = operand is IdentifierNameSyntax ? context.SemanticModel.GetSymbolInfo(operand, context.CancellationToken).Symbol : null;
        bool frame = symbol is ILocalSymbol { IsRef: false } or IParameterSymbol { RefKind: RefKind.None };
        if (frame && context.ContainingSymbol is not null && scope.Contains(context.ContainingSymbol))
            Report(context, address, operand.ToString(), "outlives the function's frame");
    }

    private static void Report(SyntaxNodeAnalysisContext context, SyntaxNode where, string what, string how) =>
        context.ReportDiagnostic(Diagnostic.Create(Rules.UnpinnedPointer, where.GetLocation(), what, how));
}
