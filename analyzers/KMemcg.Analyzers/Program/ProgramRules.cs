// SPDX-License-Identifier: GPL-2.0-only
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

/// <summary>Rules of the flow analysis that the program pass reports too, over undeclared calls: editors show only the former live.</summary>
internal static class ProgramRules
{
    public static readonly DiagnosticDescriptor SleepInAtomic = AtEnd(Rules.SleepInAtomic);

    public static readonly DiagnosticDescriptor SleepInRcu = AtEnd(Rules.SleepInRcu);

    public static readonly DiagnosticDescriptor StaleEscape = AtEnd(Rules.StaleEscape);

    private static DiagnosticDescriptor AtEnd(DiagnosticDescriptor rule) =>
        new(rule.Id, rule.Title, rule.MessageFormat, rule.Category, rule.DefaultSeverity, isEnabledByDefault: true, rule.Description, rule.HelpLinkUri, WellKnownDiagnosticTags.CompilationEnd);
}
