// SPDX-License-Identifier: GPL-2.0-only
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

/// <summary>Which class and kind of lock a place is.</summary>
internal static class LockClasses
{
    /// <summary>Whether the holder of the lock at a place cannot sleep.</summary>
    public static bool KeepsPreemptionOff(Term place, ContractCache contracts) => KindOf(place, contracts) is { } kind && (Spins(kind) || kind == LockKindValue.Local);

    public static ITypeSymbol? TypeOf(ISymbol? member) => member switch
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
        TermKind.Member when place.Symbol is INamedTypeSymbol => null,
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

    private static ITypeSymbol? PointedAt(ITypeSymbol? type) => type is IPointerTypeSymbol pointer ? QualifiedPointee.Strip(pointer.PointedAtType) : null;

    /// <summary>What is declared of the lock at a place: of the member or static itself, or of its type.</summary>
    public static LockClassInfo? InfoOf(Term place, ContractCache contracts)
    {
        if (SymbolOf(place) is { } symbol && contracts.ClassOf(symbol) is { } own)
            return own;
        return TypeOfPlace(place) is INamedTypeSymbol type ? contracts.ClassOf(type) : null;
    }

    public static LockKindValue? KindOf(Term place, ContractCache contracts)
    {
        LockClassInfo? own = InfoOf(place, contracts);
        if (TypeOfPlace(place) is INamedTypeSymbol type && contracts.ClassOf(type) is { } byType)
            return byType.Kind;
        if (own is not null)
            return own.Kind;
        return place is { Kind: TermKind.Member, Symbol: INamedTypeSymbol holder } ? contracts.KindOfMember(holder, place.Name) : null;
    }

    /// <summary>The member or static that gives the lock at a place its class.</summary>
    public static ISymbol? SymbolOf(Term place) => place.Kind switch
    {
        TermKind.Member or TermKind.Static => place.Symbol,
        TermKind.Pointee when place.A is { Kind: TermKind.Load, A.Kind: TermKind.Member or TermKind.Static } => place.A.A!.Symbol,
        TermKind.Element when place.A is { Kind: TermKind.Load or TermKind.Address } => place.A.A!.Symbol,
        TermKind.Element when place.A is { Kind: TermKind.Load, A: { } holder } => holder.Symbol,
        _ => null,
    };

    public static bool Spins(LockKindValue? kind) => kind is LockKindValue.Spin or LockKindValue.RawSpin or LockKindValue.Bit;
}
