// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Immutable;
using System.Composition;
using System.Threading.Tasks;
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

    /// <inheritdoc/>
    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        (SyntaxNode root, SemanticModel model, SyntaxNode node) = await ReadAsync(context).ConfigureAwait(false);
        bool rcu = context.Diagnostics[0].Id != "KM0701";
        if (node.FirstAncestorOrSelf<AssignmentExpressionSyntax>() is { RawKind: (int)SyntaxKind.SimpleAssignmentExpression } assignment && assignment.Left.Span.IntersectsWith(context.Span)
            && Place(assignment.Left, model) is { } target)
        {
            Replace(context, root, assignment, $"{(rcu ? "rcu_assign_pointer" : "WRITE_ONCE")}({target}, {Value(assignment.Right)})");
        }
        else if (Access(node) is { } read && Place(read, model) is { } source)
        {
            Replace(context, root, rcu && read.Parent is CastExpressionSyntax cast ? cast : read, $"{(rcu ? "rcu_dereference" : "READ_ONCE")}({source})");
        }
    }

    /// <summary>What is made an RCU pointer to be stored plainly.</summary>
    private static ExpressionSyntax Value(ExpressionSyntax stored) => stored switch
    {
        InvocationExpressionSyntax { Expression: IdentifierNameSyntax { Identifier.ValueText: "RCU_INITIALIZER" }, ArgumentList.Arguments: { Count: 1 } arguments } => arguments[0].Expression,
        _ => stored,
    };

    private static void Replace(CodeFixContext context, SyntaxNode root, ExpressionSyntax old, string text)
    {
        ExpressionSyntax wrapped = SyntaxFactory.ParseExpression(text).WithTriviaFrom(old).WithAdditionalAnnotations(Formatter.Annotation);
        Offer(context, "Use the accessor", root, root.ReplaceNode(old, wrapped));
    }

    /// <summary>The whole access that the report is about: p->f, or an element of it.</summary>
    private static ExpressionSyntax? Access(SyntaxNode node)
    {
        ExpressionSyntax? access = node.FirstAncestorOrSelf<MemberAccessExpressionSyntax>();
        return access?.Parent is ElementAccessExpressionSyntax element && element.Expression == access ? element : access;
    }

    /// <summary>The address of a field that is reached through a pointer, a reference to one that is not.</summary>
    private static string? Place(ExpressionSyntax access, SemanticModel model)
    {
        for (ExpressionSyntax? part = access; part is not null;)
        {
            if (part.IsKind(SyntaxKind.PointerMemberAccessExpression) || part.IsKind(SyntaxKind.PointerIndirectionExpression)
                || (part is ElementAccessExpressionSyntax { Expression: { } array } && model.GetTypeInfo(array).Type is IPointerTypeSymbol))
                return "&" + access;
            part = part switch
            {
                MemberAccessExpressionSyntax member => member.Expression,
                ElementAccessExpressionSyntax element => element.Expression,
                ParenthesizedExpressionSyntax inner => inner.Expression,
                _ => null,
            };
        }

        return access is MemberAccessExpressionSyntax or ElementAccessExpressionSyntax ? "ref " + access : null;
    }
}
