// SPDX-License-Identifier: GPL-2.0-only
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

internal static partial class Rules
{
    public static readonly DiagnosticDescriptor ManagedAllocation = Rule(
        "KM0801", Category.Runtime, DiagnosticSeverity.Warning,
        "Managed memory is allocated on a hot path",
        "{0} allocates on the managed heap",
        "The collector stops everybody.");

    public static readonly DiagnosticDescriptor ManagedLock = Rule(
        "KM0802", Category.Runtime, DiagnosticSeverity.Warning,
        "A managed lock in kernel code",
        "'{0}' is a managed lock",
        "Kernel locks are known to the scheduler and to lockdep.");

    public static readonly DiagnosticDescriptor ManagedException = Rule(
        "KM0803", Category.Runtime, DiagnosticSeverity.Warning,
        "Exceptions in kernel code",
        "{0} in kernel code",
        "Errors are negative errnos; an exception passes unlocks by.");

    public static readonly DiagnosticDescriptor AsyncOrFinalizer = Rule(
        "KM0804", Category.Runtime, DiagnosticSeverity.Warning,
        "Asynchronous code, finalizers or static constructors in kernel code",
        "{0} in kernel code",
        "They run when and where the runtime likes.");

    public static readonly DiagnosticDescriptor UnpinnedPointer = Rule(
        "KM0810", Category.Runtime, DiagnosticSeverity.Warning,
        "A pointer to movable memory outlives its pin",
        "the pointer to '{0}' {1}",
        "The collector moves what it pointed to.");

    public static readonly DiagnosticDescriptor ManagedReference = Rule(
        "KM0811", Category.Runtime, DiagnosticSeverity.Warning,
        "A managed reference in a kernel struct",
        "'{0}' of '{1}' is a managed reference",
        "The struct lives in page frames, where the collector does not look.");
}
