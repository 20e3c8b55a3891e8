// SPDX-License-Identifier: GPL-2.0-only
using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

/// <summary>Annotations that cannot both hold.</summary>
internal static class AnnotationConflicts
{
    // Of the whole member, whatever they are given.
    private static readonly (Annotation, Annotation)[] Exclusive =
    {
        (Annotation.MightSleep, Annotation.AtomicContext),
        (Annotation.MightSleep, Annotation.HardIrqContext),
        (Annotation.MightSleep, Annotation.SoftIrqContext),
        (Annotation.MightSleep, Annotation.RequiresPreemptOff),
        (Annotation.MightSleep, Annotation.RequiresIrqsOff),
        (Annotation.MightSleep, Annotation.RcuReadSection),
        (Annotation.RequiresIrqsOn, Annotation.RequiresIrqsOff),
        (Annotation.RequiresIrqsOn, Annotation.HardIrqContext),
        (Annotation.KernelCode, Annotation.HostCode),
        (Annotation.ReturnsOwned, Annotation.ReturnsBorrowed),
        (Annotation.Marked, Annotation.GuardedBy),
        (Annotation.Marked, Annotation.WriteGuardedBy),
        (Annotation.GuardedBy, Annotation.GuardedByAny),
    };

    // Of the same lock.
    private static readonly (Annotation, Annotation)[] OfOnePath =
    {
        (Annotation.Acquires, Annotation.MustHold),
        (Annotation.Acquires, Annotation.Releases),
        (Annotation.Acquires, Annotation.AcquiresShared),
        (Annotation.Acquires, Annotation.TryAcquires),
        (Annotation.Releases, Annotation.MustHold),
        (Annotation.MustHold, Annotation.Excludes),
        (Annotation.Releases, Annotation.Excludes),
        (Annotation.GetsRef, Annotation.PutsRef),
    };

    private static readonly Annotation[] Contract =
    {
        Annotation.MightSleep, Annotation.AtomicContext, Annotation.Acquires, Annotation.AcquiresShared, Annotation.Releases, Annotation.TryAcquires, Annotation.MustHold,
        Annotation.MustHoldShared, Annotation.MustHoldAny, Annotation.Excludes, Annotation.RcuReadSection,
    };

    /// <summary>Among the annotations of one member.</summary>
    public static IEnumerable<(AttributeData Where, string What)> Within(List<KeyValuePair<Annotation, AttributeData>> own)
    {
        for (int i = 1; i < own.Count; i++)
        {
            for (int j = 0; j < i; j++)
            {
                Annotation a = own[j].Key, b = own[i].Key;
                if (IsPair(Exclusive, a, b))
                    yield return (own[i].Value, $"[{b}] cannot hold with [{a}]");
                else if (IsPair(OfOnePath, a, b) && SharedPath(own[j], own[i]) is { } path && !DependsOnArgument(own[i].Value) && !DependsOnArgument(own[j].Value))
                    yield return (own[i].Value, $"[{b}] of '{path}' cannot hold with [{a}] of it");
            }
        }
    }

    /// <summary>An override is called by those who know the original only.</summary>
    public static string? Between(IMethodSymbol method, IMethodSymbol original, AnnotationSymbols annotations)
    {
        string mine = Describe(method, annotations), theirs = Describe(original, annotations);
        return mine == theirs ? null : $"'{method.Name}' declares {(mine.Length > 0 ? mine : "nothing")}, and what it overrides {(theirs.Length > 0 ? theirs : "nothing")}";
    }

    private static string Describe(IMethodSymbol method, AnnotationSymbols annotations) => string.Join(", ", annotations.Of(method)
        .Where(own => Array.IndexOf(Contract, own.Key) >= 0)
        .Select(own => $"[{own.Key}({string.Join(", ", AnnotationCheck.Paths(own.Key, own.Value))})]")
        .OrderBy(text => text, StringComparer.Ordinal));

    private static bool IsPair((Annotation, Annotation)[] pairs, Annotation a, Annotation b) =>
        Array.IndexOf(pairs, (a, b)) >= 0 || Array.IndexOf(pairs, (b, a)) >= 0;

    private static string? SharedPath(KeyValuePair<Annotation, AttributeData> a, KeyValuePair<Annotation, AttributeData> b) =>
        AnnotationCheck.Paths(a.Key, a.Value).Intersect(AnnotationCheck.Paths(b.Key, b.Value)).FirstOrDefault();

    private static bool DependsOnArgument(AttributeData attribute) => attribute.Named<string>("When") is { Length: > 0 };
}
