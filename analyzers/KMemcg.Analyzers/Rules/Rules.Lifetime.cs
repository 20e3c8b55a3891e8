// SPDX-License-Identifier: GPL-2.0-only
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

internal static partial class Rules
{
    public static readonly DiagnosticDescriptor ReferenceLeaked = Rule(
        "KM0501", Category.Lifetime, DiagnosticSeverity.Warning,
        "A reference is not put",
        "the reference of '{0}' is not put on this way out",
        "The object stays forever.");

    public static readonly DiagnosticDescriptor UseAfterPut = Rule(
        "KM0502", Category.Lifetime, DiagnosticSeverity.Warning,
        "An object is used after its reference was put, or put without one",
        "'{0}' is {1}",
        "It may be freed already, or somebody else's reference may have been put.");

    public static readonly DiagnosticDescriptor GetOnDying = Rule(
        "KM0503", Category.Lifetime, DiagnosticSeverity.Warning,
        "A reference is taken of an object that may be dying",
        "'{0}' may have no references left: {1}",
        "A count that has reached zero stays there; a tryget tells.");

    public static readonly DiagnosticDescriptor PutUnderLock = Rule(
        "KM0504", Category.Lifetime, DiagnosticSeverity.Warning,
        "The last reference may be put under a lock that the release takes",
        "the release of '{0}' takes '{1}', which is held",
        "If it is the last one, the task waits for itself.");

    public static readonly DiagnosticDescriptor FreedWithReference = Rule(
        "KM0505", Category.Lifetime, DiagnosticSeverity.Warning,
        "An object is freed that still owns a reference",
        "'{0}' owns a reference that is not put before this",
        "What it is of stays forever: nobody knows of that reference any more.");

    public static readonly DiagnosticDescriptor ScopeNotRestored = Rule(
        "KM0510", Category.Lifetime, DiagnosticSeverity.Warning,
        "A scope is not ended",
        "'{0}' is not restored to what it was on this way out",
        "The value goes on to apply to what it was not meant for.");

    public static readonly DiagnosticDescriptor IteratorAborted = Rule(
        "KM0511", Category.Lifetime, DiagnosticSeverity.Warning,
        "A walk is left without a break",
        "the walk over '{0}' is left with a reference held",
        "Who leaves early puts the reference of the element where he stands.");

    public static readonly DiagnosticDescriptor SavedValueOverwritten = Rule(
        "KM0512", Category.Lifetime, DiagnosticSeverity.Warning,
        "A saved value is overwritten",
        "'{0}' holds {1} and is overwritten",
        "What was saved there cannot be restored or put any more.");
}
