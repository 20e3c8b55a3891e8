// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Generic;
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

/// <summary>Annotation paths as places of a call, and what kind of lock a place is.</summary>
internal sealed partial class FlowEngine
{
    private readonly Dictionary<int, Term> _capturedPlaces = new();

    /// <summary>The place that a path names in a call; null for conditions, any instance, and arguments that are not there.</summary>
    private Term? PlaceOf(AnnotationPath path, CallFrame frame, FlowState state)
    {
        Term? pointer = path.Root switch
        {
            PathRoot.Parameter => path.Parameter < frame.Arguments.Length ? frame.Arguments[path.Parameter] : null,
            PathRoot.Return => frame.Result,
            PathRoot.This => frame.Receiver,
            PathRoot.Static => IsPointer(path.Static!) ? Load(_terms.Static(path.Static!), state) : _terms.Address(_terms.Static(path.Static!)),
            _ => null,
        };
        if (pointer is null)
            return null;
        if (path.Dereferences)
            pointer = Load(_terms.Pointee(pointer), state);
        return Walk(_terms.Pointee(pointer), path.Steps, state);
    }

    private Term Walk(Term place, System.Collections.Immutable.ImmutableArray<PathStep> steps, FlowState state)
    {
        foreach (PathStep step in steps)
        {
            place = _terms.Member(place, step.Key, step.Name);
            if (step.Symbol is not null && IsPointer(step.Symbol))
                place = _terms.Pointee(Load(place, state));
        }

        return place;
    }

    /// <summary>The place that a field's guard names, for the field of this object.</summary>
    private Term? GuardPlace(AnnotationPath guard, Term fieldPlace, FlowState state) => guard.Root switch
    {
        PathRoot.This when fieldPlace.Kind == TermKind.Member => Walk(fieldPlace.A!, guard.Steps, state),
        PathRoot.Static => PlaceOf(guard, _ownFrame, state),
        _ => null,
    };

    private LockClassInfo? LockInfo(Term place) => LockClasses.InfoOf(place, _contracts);

    private LockKindValue? LockKindOf(Term place) => LockClasses.KindOf(place, _contracts);

    private static ISymbol? LockSymbol(Term place) => LockClasses.SymbolOf(place);

    private static bool IsPointer(ISymbol member) => TypeOf(member) is IPointerTypeSymbol;

    private static ITypeSymbol? TypeOf(ISymbol? member) => LockClasses.TypeOf(member);

    private static bool Spins(LockKindValue? kind) => LockClasses.Spins(kind);

    private static bool Sleeps(LockKindValue? kind) => kind is LockKindValue.Mutex or LockKindValue.RwSem;
}
