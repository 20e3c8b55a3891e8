// SPDX-License-Identifier: GPL-2.0-only
using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Composition;
using System.Linq;
using KMemcg.Analyzers;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;

namespace KMemcg.CodeFixes;

/// <summary>Writes the attribute that says what a function does, or asks of its callers.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class DeclareFix : KernelFix
{
    private static readonly Annotation[] Requirements = { Annotation.MustHold, Annotation.MustHoldShared, Annotation.MustHoldAny };

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create("KM0004", "KM0103");

    private protected override Change[] Changes(Reported report)
    {
        if (report.Node.FirstAncestorOrSelf<MethodDeclarationSyntax>() is not { } method || report.Annotations is not { } annotations)
            return Nothing;
        string? attribute = report.Id == "KM0004"
            ? Named(report.Message)
            : Required(report.Node.FirstAncestorOrSelf<InvocationExpressionSyntax>(), method, report.Model, annotations);
        return attribute is null || Declares(method, attribute)
            ? Nothing
            : Only($"Declare [{attribute}]", report.Root.ReplaceNode(method, With(method, attribute)), "Declare");
    }

    /// <summary>Another report has had the same attribute for its fix.</summary>
    private static bool Declares(MethodDeclarationSyntax method, string attribute) =>
        method.AttributeLists.SelectMany(list => list.Attributes).Any(own => own.ToString() == attribute);

    /// <summary>The message ends with the attribute.</summary>
    private static string? Named(string message)
    {
        int start = message.LastIndexOf('[');
        return start >= 0 && message.EndsWith("]", StringComparison.Ordinal) ? message.Substring(start + 1, message.Length - start - 2) : null;
    }

    /// <summary>What the function called asks for, in the caller's words.</summary>
    private static string? Required(InvocationExpressionSyntax? call, MethodDeclarationSyntax caller, SemanticModel model, AnnotationSymbols annotations)
    {
        if (call is null || model.GetSymbolInfo(call).Symbol is not IMethodSymbol callee)
            return null;
        if (annotations.Has(callee, Annotation.RcuReadSection))
            return "RcuReadSection";
        foreach (KeyValuePair<Annotation, AttributeData> own in annotations.Of(callee))
        {
            if (!Requirements.Contains(own.Key))
                continue;
            string?[] paths = own.Value.Texts().Select(path => Translate(path, call, callee, caller)).ToArray();
            if (paths.All(path => path is not null))
                return $"{own.Key}({string.Join(", ", paths.Select(path => SyntaxFactory.Literal(path!).ToString()))})";
        }

        return null;
    }

    /// <summary>A path from the callee's parameter becomes one from the caller's.</summary>
    private static string? Translate(string path, InvocationExpressionSyntax call, IMethodSymbol callee, MethodDeclarationSyntax caller)
    {
        if (!PathSyntax.TryParse(path, out PathSyntax syntax))
            return null;
        int parameter = callee.Parameters.IndexOf(callee.Parameters.FirstOrDefault(p => p.Name == syntax.Names[0])!);
        if (parameter < 0)
            return path;
        if (parameter >= call.ArgumentList.Arguments.Count)
            return null;

        string argument = call.ArgumentList.Arguments[parameter].Expression.ToString();
        bool address = argument.StartsWith("&", StringComparison.Ordinal);
        argument = argument.TrimStart('&');
        if (!PathSyntax.TryParse(argument, out PathSyntax from) || caller.ParameterList.Parameters.All(p => p.Identifier.ValueText != from.Names[0]))
            return null;
        string rest = path.Substring(path.IndexOf(syntax.Names[0], StringComparison.Ordinal) + syntax.Names[0].Length);
        return argument + (address && rest.StartsWith("->", StringComparison.Ordinal) ? "." + rest.Substring(2) : rest);
    }

    private static MethodDeclarationSyntax With(MethodDeclarationSyntax method, string attribute)
    {
        AttributeListSyntax list = SyntaxFactory.ParseMemberDeclaration($"[{attribute}] void M() {{ }}")!.AttributeLists[0];
        SyntaxTriviaList above = method.GetLeadingTrivia();
        return method.WithLeadingTrivia(SyntaxFactory.ElasticMarker)
            .WithAttributeLists(method.AttributeLists.Count > 0
                ? method.AttributeLists.Replace(method.AttributeLists[0], method.AttributeLists[0].WithLeadingTrivia(SyntaxFactory.ElasticMarker)).Insert(0, list.WithTrailingTrivia(SyntaxFactory.ElasticLineFeed))
                : method.AttributeLists.Insert(0, list.WithTrailingTrivia(SyntaxFactory.ElasticLineFeed)))
            .WithLeadingTrivia(above)
            .WithAdditionalAnnotations(Formatter.Annotation);
    }
}
