// SPDX-License-Identifier: GPL-2.0-only
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

/// <summary>The categories of the rules.</summary>
internal static class Category
{
    public const string Usage = "KMemcg.Usage";
    public const string Locking = "KMemcg.Locking";
    public const string Context = "KMemcg.Context";
    public const string Rcu = "KMemcg.Rcu";
    public const string PerCpu = "KMemcg.PerCpu";
    public const string Lifetime = "KMemcg.Lifetime";
    public const string LockOrder = "KMemcg.LockOrder";
    public const string MemoryModel = "KMemcg.MemoryModel";
    public const string Runtime = "KMemcg.Runtime";
    public const string Layout = "KMemcg.Layout";
}

/// <summary>All rules, one file a family. An id is never used again for something else.</summary>
internal static partial class Rules
{
    private static DiagnosticDescriptor Rule(string id, string category, DiagnosticSeverity severity, string title, string message, string description) =>
        new DiagnosticDescriptor(id, title, message, category, severity, isEnabledByDefault: true, description, HelpLink(id));

    /// <summary>A rule that needs the whole program: editors do not show it live.</summary>
    private static DiagnosticDescriptor RuleAtEnd(string id, string category, DiagnosticSeverity severity, string title, string message, string description) =>
        new DiagnosticDescriptor(id, title, message, category, severity, isEnabledByDefault: true, description, HelpLink(id), WellKnownDiagnosticTags.CompilationEnd);

    private static string HelpLink(string id) => "analyzers/docs/" + id + ".md";
}
