// SPDX-License-Identifier: GPL-2.0-only
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

internal static partial class Rules
{
    public static readonly DiagnosticDescriptor BadAnnotation = Rule(
        "KM0001", Category.Usage, DiagnosticSeverity.Error,
        "An annotation names nothing",
        "{0}",
        "A path, a parameter or a type that an annotation names has to exist: a wrong annotation would silence a rule.");

    public static readonly DiagnosticDescriptor ConflictingAnnotations = Rule(
        "KM0002", Category.Usage, DiagnosticSeverity.Warning,
        "Annotations contradict one another",
        "{0}",
        "Two annotations of one member, or of a member and what it overrides, cannot both hold.");

    public static readonly DiagnosticDescriptor EscapeWithoutReason = Rule(
        "KM0003", Category.Usage, DiagnosticSeverity.Warning,
        "An escape gives no reason",
        "[{0}] needs a reason",
        "ContextUnsafe, Benign and HostCode switch rules off: the next reader has to be told why.");

    public static readonly DiagnosticDescriptor UndeclaredEffect = RuleAtEnd(
        "KM0004", Category.Usage, DiagnosticSeverity.Warning,
        "An effect is not declared",
        "'{0}' {1} and does not say so: add {2}",
        "What a function leaves changed, or may do to its caller, is part of its signature.");

    public static readonly DiagnosticDescriptor StaleEscape = Rule(
        "KM0005", Category.Usage, DiagnosticSeverity.Warning,
        "An escape hides nothing",
        "[ContextUnsafe] on '{0}' hides nothing any more",
        "An escape that outlives its reason hides the next mistake.");

    public static readonly DiagnosticDescriptor AnalysisGaveUp = Rule(
        "KM0009", Category.Usage, DiagnosticSeverity.Warning,
        "The analysis gave up",
        "'{0}' was not analysed: {1}",
        "The body has more paths than the analysis may follow.");
}
