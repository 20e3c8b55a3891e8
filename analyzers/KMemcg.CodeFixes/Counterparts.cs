// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Generic;
using System.Linq;
using KMemcg.Analyzers;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace KMemcg.CodeFixes;

/// <summary>Finds the counterpart of a call: what drops the lock, puts the reference, ends the scope.</summary>
internal static class Counterparts
{
    /// <summary>
    /// The call that undoes <paramref name="call"/>, as text. Where the function has one already, that one again: it says which of
    /// several forms is right.
    /// </summary>
    public static string? Of(InvocationExpressionSyntax call, Annotation undoes, SemanticModel model, AnnotationSymbols annotations)
    {
        string? what = Subject(call);
        if (call.FirstAncestorOrSelf<MemberDeclarationSyntax>() is not { } member)
            return null;
        foreach (InvocationExpressionSyntax other in member.DescendantNodes().OfType<InvocationExpressionSyntax>())
        {
            if (model.GetSymbolInfo(other).Symbol is IMethodSymbol method && annotations.Has(method.OriginalDefinition, undoes)
                && (what is null || other.ArgumentList.Arguments.Any(argument => argument.Expression.ToString() == what)))
                return other + ";";
        }

        return null;
    }

    /// <summary>A function with the annotation that is in scope and takes this type first.</summary>
    public static string? InScope(int position, Annotation wanted, ITypeSymbol? type, SemanticModel model, AnnotationSymbols annotations) => model
        .LookupSymbols(position)
        .OfType<IMethodSymbol>()
        .Where(method => method.Parameters.Length > 0 && annotations.Has(method.OriginalDefinition, wanted)
            && (type is null || SymbolEqualityComparer.Default.Equals(method.Parameters[method.Parameters.Length - 1].Type, type)))
        .Select(method => method.Name)
        .OrderBy(name => name.Length)
        .FirstOrDefault();

    /// <summary>What the call is about: its first argument, or what its result is stored in.</summary>
    private static string? Subject(InvocationExpressionSyntax call) => call.ArgumentList.Arguments.FirstOrDefault()?.Expression.ToString();

    /// <summary>The variable that a call's result is stored in.</summary>
    public static string? ResultName(InvocationExpressionSyntax call)
    {
        SyntaxNode node = call;
        while (node.Parent is CastExpressionSyntax or ParenthesizedExpressionSyntax)
            node = node.Parent;
        return node.Parent switch
        {
            AssignmentExpressionSyntax { Left: IdentifierNameSyntax name } => name.Identifier.Text,
            EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax variable } => variable.Identifier.Text,
            _ => null,
        };
    }
}
