// SPDX-License-Identifier: GPL-2.0-only
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace KMemcg.Analyzers;

/// <summary>What a member can keep.</summary>
internal static class KeptObject
{
    /// <summary>
    /// Whether what a call puts can be what a member keeps: it points to such an object, to what that is in or to a part of it, or to
    /// anything; one that is no pointer, as a list's link, keeps what it is in. What is not known may be.
    /// </summary>
    public static bool MayBe(ISymbol member, IOperation call, AnnotationPath path)
    {
        if (TypeOf(call, path) is not { } put)
            return true;
        ITypeSymbol? kept = LockClasses.TypeOf(member);
        if (kept is not IPointerTypeSymbol)
            return kept is not INamedTypeSymbol { SpecialType: SpecialType.None } || IsIn(kept, put) || IsIn(put, member.ContainingType);
        while (kept is IPointerTypeSymbol pointer)
            kept = QualifiedPointee.Strip(pointer.PointedAtType);
        return kept is null or { SpecialType: SpecialType.System_Void } || IsIn(kept, put) || IsIn(put, kept);
    }

    /// <summary>The type of the object that is put.</summary>
    private static ITypeSymbol? TypeOf(IOperation call, AnnotationPath path)
    {
        if (path.Root != PathRoot.Parameter)
            return null;
        if (path.Steps.IsEmpty)
            return FreedObject.TypeOf(call, path.Parameter) is { SpecialType: not SpecialType.System_Void } type ? type : null;
        return LockClasses.TypeOf(path.Last) is IPointerTypeSymbol { PointedAtType: INamedTypeSymbol pointee } ? QualifiedPointee.Strip(pointee) : null;
    }

    private static bool IsIn(ITypeSymbol part, ITypeSymbol whole) => NestedStructs.Of(whole).Any(type => SymbolEqualityComparer.Default.Equals(part, type));
}
