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

namespace KMemcg.CodeFixes;

/// <summary>Writes the attribute that says what a function does, or asks of its callers.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class DeclareFix : KernelFix
{
    private static readonly Annotation[] Requirements = { Annotation.MustHold, Annotation.MustHoldShared, Annotation.MustHoldAny };

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create("KM0004", "KM0101", "KM0103", "KM0113", "KM0207");

    private protected override Change[] Changes(Reported report)
    {
        if (report.Node.FirstAncestorOrSelf<MethodDeclarationSyntax>() is not { } method || report.Annotations is not { } annotations)
            return Nothing;
        string? attribute = report.Id switch
        {
            "KM0004" => Declarations.Bracketed(report.Message),
            "KM0101" => Declarations.OfLock(nameof(Annotation.MustHold), report.Message, 1, method),
            "KM0113" => Declarations.OfLock(nameof(Annotation.Releases), report.Message, 0, method),
            "KM0207" => Context(report.Message),
            _ => Required(report.Node.FirstAncestorOrSelf<InvocationExpressionSyntax>(), method, report.Model, annotations),
        };
        return attribute is not null && Declarations.Add(report.Root, method, attribute) is { } changed ? One($"Declare [{attribute}]", changed, "Declare") : Nothing;
    }

    /// <summary>What is changed on return.</summary>
    private static string? Context(string message)
    {
        string changed = message.Substring(message.IndexOf("' returns with ", StringComparison.Ordinal) + "' returns with ".Length);
        bool off = changed.EndsWith(" off", StringComparison.Ordinal) && !changed.EndsWith("that was off", StringComparison.Ordinal) && !changed.EndsWith("that were off", StringComparison.Ordinal);
        string by = off ? "(1)" : "(-1)";
        return changed.Split(' ')[0] switch
        {
            "preemption" => nameof(Annotation.PreemptAdjust) + by,
            "bottom" => nameof(Annotation.BhAdjust) + by,
            "migration" => nameof(Annotation.MigrateAdjust) + by,
            "interrupts" => off ? nameof(Annotation.IrqDisable) : nameof(Annotation.IrqEnable),
            "page" => (off ? nameof(Annotation.Acquires) : nameof(Annotation.Releases)) + "(\"pagefault_off\")",
            _ => null,
        };
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
}
