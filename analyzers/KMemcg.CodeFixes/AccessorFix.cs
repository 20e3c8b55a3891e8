// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Immutable;
using System.Composition;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;

namespace KMemcg.CodeFixes;

/// <summary>Wraps a plain access of a shared field in the accessor that it asks for.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class AccessorFix : KernelFix
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create("KM0701", "KM0301", "KM0302");

    private protected override Change[] Changes(Reported report)
    {
        bool rcu = report.Id != "KM0701";
        if (report.Node.FirstAncestorOrSelf<AssignmentExpressionSyntax>() is { RawKind: (int)SyntaxKind.SimpleAssignmentExpression } assignment
            && assignment.Left.Span.IntersectsWith(report.Span) && Place(assignment.Left, report.Model) is { } target)
        {
            return Replace(report, assignment, rcu ? "rcu_assign_pointer" : "WRITE_ONCE", target, Value(assignment.Right));
        }

        if (Access(report.Node) is { } read && Place(read, report.Model) is { } source)
            return Replace(report, rcu && read.Parent is CastExpressionSyntax cast ? cast : read, rcu ? "rcu_dereference" : "READ_ONCE", source);
        return Nothing;
    }

    /// <summary>What is made an RCU pointer to be stored plainly.</summary>
    private static ExpressionSyntax Value(ExpressionSyntax stored) => stored switch
    {
        InvocationExpressionSyntax { Expression: IdentifierNameSyntax { Identifier.ValueText: "RCU_INITIALIZER" }, ArgumentList.Arguments: { Count: 1 } arguments } => arguments[0].Expression,
        _ => stored.WithoutTrivia(),
    };

    private static Change[] Replace(Reported report, ExpressionSyntax old, string accessor, params ExpressionSyntax[] arguments)
    {
        ExpressionSyntax call = SyntaxFactory.InvocationExpression(
            SyntaxFactory.IdentifierName(accessor), SyntaxFactory.ArgumentList(SyntaxFactory.SeparatedList(arguments.Select(SyntaxFactory.Argument))));
        return One("Use the accessor", report.Root.ReplaceNode(old, call.WithTriviaFrom(old).WithAdditionalAnnotations(Formatter.Annotation)));
    }

    /// <summary>The whole access that the report is about: p->f, or an element of it.</summary>
    private static ExpressionSyntax? Access(SyntaxNode node)
    {
        ExpressionSyntax? access = node.FirstAncestorOrSelf<MemberAccessExpressionSyntax>();
        return access?.Parent is ElementAccessExpressionSyntax element && element.Expression == access ? element : access;
    }

    /// <summary>The address of a field that is reached through a pointer, a reference to one that is not.</summary>
    private static ExpressionSyntax? Place(ExpressionSyntax access, SemanticModel model)
    {
        ExpressionSyntax bare = access.WithoutTrivia();
        for (ExpressionSyntax? part = access; part is not null;)
        {
            if (part.IsKind(SyntaxKind.PointerMemberAccessExpression) || part.IsKind(SyntaxKind.PointerIndirectionExpression)
                || (part is ElementAccessExpressionSyntax { Expression: { } array } && model.GetTypeInfo(array).Type is IPointerTypeSymbol))
                return SyntaxFactory.PrefixUnaryExpression(SyntaxKind.AddressOfExpression, bare);
            part = part switch
            {
                MemberAccessExpressionSyntax member => member.Expression,
                ElementAccessExpressionSyntax element => element.Expression,
                ParenthesizedExpressionSyntax inner => inner.Expression,
                _ => null,
            };
        }

        return access is MemberAccessExpressionSyntax or ElementAccessExpressionSyntax ? SyntaxFactory.RefExpression(bare) : null;
    }
}
