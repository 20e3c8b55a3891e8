// SPDX-License-Identifier: GPL-2.0-only
using System;
using System.Collections.Generic;
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

/// <summary>KM0005: escapes that hide nothing, each where it is written, so that a fix knows which of a function's it is.</summary>
internal static class StaleEscapes
{
    /// <summary>Reports those escapes of a function whose rule ("*" for all) hides nothing.</summary>
    public static IEnumerable<Diagnostic> Report(DiagnosticDescriptor descriptor, IMethodSymbol method, AnnotationSymbols annotations, Func<string, bool> hidesNothing)
    {
        foreach (KeyValuePair<Annotation, AttributeData> own in annotations.Of(method))
        {
            if (own.Key == Annotation.ContextUnsafe && hidesNothing(own.Value.Named<string>("Rule") is { Length: > 0 } rule ? rule : "*") && own.Value.ApplicationSyntaxReference is { } written)
                yield return Diagnostic.Create(descriptor, written.SyntaxTree.GetLocation(written.Span), method.Name);
        }
    }
}
