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
            place = _terms.Member(place, step.Symbol, step.Name);
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

    private static bool IsPointer(ISymbol member) => TypeOf(member) is IPointerTypeSymbol;

    internal static ITypeSymbol? TypeOf(ISymbol? member) => member switch
    {
        IFieldSymbol field => field.Type,
        IPropertySymbol property => property.Type,
        ILocalSymbol local => local.Type,
        IParameterSymbol parameter => parameter.Type,
        IMethodSymbol method => method.ReturnType,
        INamedTypeSymbol type => type,
        _ => null,
    };

    /// <summary>The type of what is at a place, as far as it is known.</summary>
    private static ITypeSymbol? TypeOfPlace(Term place) => place.Kind switch
    {
        TermKind.Member or TermKind.Static or TermKind.Variable => TypeOf(place.Symbol),
        TermKind.Pointee or TermKind.Element => PointedAt(TypeOfValue(place.A!)),
        _ => null,
    };

    private static ITypeSymbol? TypeOfValue(Term value) => value.Kind switch
    {
        TermKind.Load when value.A!.Symbol is IParameterSymbol { RefKind: not RefKind.None } => null,
        TermKind.Load or TermKind.Join => TypeOfPlace(value.A!),
        TermKind.Stale => TypeOfValue(value.A!),
        TermKind.Result or TermKind.Apply => TypeOf(value.Symbol),
        _ => null,
    };

    private static ITypeSymbol? PointedAt(ITypeSymbol? type) => type is IPointerTypeSymbol pointer ? pointer.PointedAtType : null;

    /// <summary>What is declared of the lock at a place: of the member or static itself, or of its type.</summary>
    private LockClassInfo? LockInfo(Term place)
    {
        if (LockSymbol(place) is { } symbol && _contracts.ClassOf(symbol) is { } own)
            return own;
        return TypeOfPlace(place) is INamedTypeSymbol type ? _contracts.ClassOf(type) : null;
    }

    private LockKindValue? LockKindOf(Term place)
    {
        LockClassInfo? own = LockInfo(place);
        if (TypeOfPlace(place) is INamedTypeSymbol type && _contracts.ClassOf(type) is { } byType)
            return byType.Kind;
        if (own is not null)
            return own.Kind;
        return place is { Kind: TermKind.Member, Symbol: null } ? LockKindValue.Bit : null;
    }

    /// <summary>The member or static that gives the lock at a place its class.</summary>
    internal static ISymbol? LockSymbol(Term place) => place.Kind switch
    {
        TermKind.Member or TermKind.Static => place.Symbol,
        TermKind.Pointee when place.A is { Kind: TermKind.Load, A.Kind: TermKind.Member or TermKind.Static } => place.A.A!.Symbol,
        TermKind.Element when place.A is { Kind: TermKind.Load or TermKind.Address } => place.A.A!.Symbol,
        TermKind.Element when place.A is { Kind: TermKind.Load, A: { } holder } => holder.Symbol,
        _ => null,
    };

    private static bool Spins(LockKindValue? kind) => kind is LockKindValue.Spin or LockKindValue.RawSpin or LockKindValue.Bit;

    private static bool Sleeps(LockKindValue? kind) => kind is LockKindValue.Mutex or LockKindValue.RwSem;
}
