// SPDX-License-Identifier: GPL-2.0-only
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

internal static partial class Rules
{
    public static readonly DiagnosticDescriptor LayoutContract = Rule(
        "KM0901", Category.Layout, DiagnosticSeverity.Warning,
        "A struct has not the layout it promises",
        "{0}",
        "Offsets and sizes are the kernel's where the layout matters.");

    public static readonly DiagnosticDescriptor FalseSharing = Rule(
        "KM0902", Category.Layout, DiagnosticSeverity.Warning,
        "Groups share a cache line",
        "'{0}' ({1}) shares a cache line with '{2}' ({3})",
        "Each write by one CPU takes the line away from the others.");
}
