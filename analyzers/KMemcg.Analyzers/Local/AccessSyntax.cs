// SPDX-License-Identifier: GPL-2.0-only
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace KMemcg.Analyzers;

/// <summary>What an expression does to a field.</summary>
internal enum Access
{
    /// <summary>Takes its address, or names it only.</summary>
    None,
    Read,
    Write,

    /// <summary>Reads and writes it in one go, as += does.</summary>
    Change,
}

/// <summary>Tells from the syntax around a field's name: through pointers there is nothing else to tell it from.</summary>
internal static class AccessSyntax
{
    public static Access Of(SyntaxNode name, IFieldSymbol field)
    {
        SyntaxNode node = name;
        bool element = false;
        while (true)
        {
            SyntaxNode? parent = node.Parent;
            if (parent is ParenthesizedExpressionSyntax)
                node = parent;
            else if (parent is MemberAccessExpressionSyntax member && member.Name == node)
                node = parent;
            // An element of an inline array or of a fixed buffer, or a part of a struct that is marked as a whole.
            else if (parent is ElementAccessExpressionSyntax access && access.Expression == node && field.Type.IsValueType | field.IsFixedSizeBuffer)
            {
                node = parent;
                element = true;
            }
            else if (parent is MemberAccessExpressionSyntax part && part.Expression == node && part.IsKind(SyntaxKind.SimpleMemberAccessExpression))
                node = parent;
            else
                break;
        }

        // The name of a fixed buffer is its address.
        if (field.IsFixedSizeBuffer && !element)
            return Access.None;

        return node.Parent switch
        {
            PrefixUnaryExpressionSyntax unary when unary.IsKind(SyntaxKind.AddressOfExpression) => Access.None,
            PrefixUnaryExpressionSyntax unary when unary.IsKind(SyntaxKind.PreIncrementExpression) || unary.IsKind(SyntaxKind.PreDecrementExpression) => Access.Change,
            PostfixUnaryExpressionSyntax unary when !unary.IsKind(SyntaxKind.SuppressNullableWarningExpression) => Access.Change,
            RefExpressionSyntax => Access.None,
            ArgumentSyntax argument when !argument.RefOrOutKeyword.IsKind(SyntaxKind.None) => Access.None,
            ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax { Expression: IdentifierNameSyntax { Identifier.ValueText: "nameof" or "data_race" } } } => Access.None,
            AssignmentExpressionSyntax assignment when assignment.Left == node =>
                assignment.IsKind(SyntaxKind.SimpleAssignmentExpression) ? Access.Write : Access.Change,
            // The receiver of a call or of a property works on the field where it is.
            InvocationExpressionSyntax call when call.Expression == node => Access.None,
            _ => Access.Read,
        };
    }
}
