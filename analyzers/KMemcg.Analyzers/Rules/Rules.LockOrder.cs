// SPDX-License-Identifier: GPL-2.0-only
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

internal static partial class Rules
{
    public static readonly DiagnosticDescriptor LockCycle = RuleAtEnd(
        "KM0601", Category.LockOrder, DiagnosticSeverity.Warning,
        "Locks are taken in a circle",
        "lock order circle: {0}",
        "Two tasks that take them at the same time wait for each other.");

    public static readonly DiagnosticDescriptor ReclaimRecursion = RuleAtEnd(
        "KM0602", Category.LockOrder, DiagnosticSeverity.Warning,
        "Reclaim is entered with a lock that reclaim takes",
        "reclaim takes a lock that is held where it is entered: {0}",
        "GFP_NOFS, or a memalloc_*_save scope, is meant.");

    public static readonly DiagnosticDescriptor IrqInversion = RuleAtEnd(
        "KM0603", Category.LockOrder, DiagnosticSeverity.Warning,
        "A lock that handlers take waits for one that they interrupt",
        "'{0}', which interrupt handlers take, is held around '{1}' ({2}), which is also taken with interrupts on ({3})",
        "A handler that interrupts the holder of the inner lock waits for the outer one.");

    public static readonly DiagnosticDescriptor ContradictsManifest = RuleAtEnd(
        "KM0604", Category.LockOrder, DiagnosticSeverity.Warning,
        "The lock order contradicts the manifest",
        "'{0}' is taken inside '{1}' ({2}); the manifest has it outside",
        "LockOrder.txt says otherwise.");
}
