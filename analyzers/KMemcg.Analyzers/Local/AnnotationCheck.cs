// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Generic;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

/// <summary>Whether an attribute says something that can be: what is wrong with it, in words.</summary>
internal sealed class AnnotationCheck
{
    private readonly AnnotationSymbols _annotations;
    private readonly PathResolver _paths;

    public AnnotationCheck(AnnotationSymbols annotations)
    {
        _annotations = annotations;
        _paths = new PathResolver(annotations);
    }

    /// <summary>Null if the attribute is right.</summary>
    public string? Error(Annotation kind, AttributeData attribute, ISymbol owner)
    {
        foreach (string path in Paths(kind, attribute))
        {
            if (_paths.Resolve(path, owner, out string error) is not { } resolved)
                return error;
            if (IsGuard(kind) && !IsLock(resolved))
                return $"'{path}' is not a lock";
        }

        foreach (string name in Parameters(kind, attribute))
        {
            if (name.Length > 0 && ParameterType(owner, name) is null)
                return $"'{name}' is not a parameter";
        }

        return ResultError(kind, attribute, owner) ?? TargetError(kind, attribute, owner);
    }

    /// <summary>What the attribute takes as a path.</summary>
    public static IEnumerable<string> Paths(Annotation kind, AttributeData attribute)
    {
        switch (kind)
        {
            case Annotation.Acquires or Annotation.AcquiresShared or Annotation.Releases or Annotation.GuardedBy or Annotation.PointeeGuardedBy
                or Annotation.WriteGuardedBy or Annotation.AssumesHeld or Annotation.Initializes or Annotation.Frees or Annotation.GetsRef
                or Annotation.ReturnsBorrowed or Annotation.ReturnsKept or Annotation.ReturnsAddressOf:
                yield return attribute.Text();
                break;
            case Annotation.PutsRef:
                yield return attribute.Text();
                foreach (string path in attribute.NamedTexts("MayTake"))
                    yield return path;
                break;
            case Annotation.ConsumesRef when attribute.ConstructorArguments.Length == 2:
                yield return attribute.Text(1);
                break;
            case Annotation.ConsumesRef:
                if (attribute.Text().Length > 0)
                    yield return attribute.Text();
                break;
            case Annotation.TryAcquires or Annotation.TryReleases or Annotation.TryGetsRef or Annotation.ScopeBegin or Annotation.ScopeEnd:
                yield return attribute.Text(1);
                break;
            case Annotation.AcquiresReturn:
                yield return "return->" + attribute.Text();
                break;
            case Annotation.LockOrder:
                foreach (string path in new[] { attribute.Text(), attribute.Text(1) })
                {
                    if (path.Length > 0)
                        yield return path;
                }

                break;
            case Annotation.HandsOver:
                yield return attribute.Text();
                yield return attribute.Text(1);
                break;
            case Annotation.MustHold or Annotation.MustHoldShared or Annotation.MustHoldAny or Annotation.Excludes or Annotation.GuardedByAny or Annotation.TryOnly:
                foreach (string path in attribute.Texts())
                    yield return path;
                break;
            case Annotation.RcuProtected:
                foreach (string path in attribute.NamedTexts("Or"))
                    yield return path;
                break;
            case Annotation.Callback:
                foreach (string path in attribute.NamedTexts("Holds"))
                    yield return path;
                break;
            case Annotation.PerCpu:
                if (attribute.Named<string>("Lock") is { Length: > 0 } local)
                    yield return local;
                break;
        }
    }

    private static IEnumerable<string> Parameters(Annotation kind, AttributeData attribute)
    {
        switch (kind)
        {
            case Annotation.MightSleepIf or Annotation.IrqRestore or Annotation.Iterates or Annotation.BreaksIteration or Annotation.ScopedSwap:
                yield return attribute.Text();
                break;
            case Annotation.IrqSave:
                if (attribute.Text() != "return")
                    yield return attribute.Text();
                break;
            case Annotation.Acquires or Annotation.AcquiresReturn or Annotation.Releases or Annotation.IrqDisable or Annotation.IrqEnable or Annotation.NeverReturns:
                yield return attribute.Named<string>("When") ?? "";
                break;
            case Annotation.TryAcquires:
                yield return attribute.Named<string>("By") ?? "";
                break;
        }
    }

    /// <summary>A result that the return type cannot have.</summary>
    private static string? ResultError(Annotation kind, AttributeData attribute, ISymbol owner)
    {
        bool consumes = kind == Annotation.ConsumesRef && attribute.ConstructorArguments.Length == 2;
        if (!(consumes || kind is Annotation.TryAcquires or Annotation.TryReleases or Annotation.TryGetsRef) || owner is not IMethodSymbol method)
            return null;

        ITypeSymbol type = attribute.Named<string>("By") is { Length: > 0 } by && ParameterType(owner, by)?.Type is IPointerTypeSymbol written ? written.PointedAtType : method.ReturnType;
        bool fits = attribute.Number() switch
        {
            0 or 1 => type.SpecialType == SpecialType.System_Boolean,
            2 or 3 => IsNumber(type),
            6 or 7 => IsNumber(type) || type.TypeKind == TypeKind.Enum,
            8 => (consumes || kind == Annotation.TryGetsRef) && (IsNumber(type) || type is IPointerTypeSymbol),
            _ => type is IPointerTypeSymbol || type.IsReferenceType,
        };
        return fits ? null : $"asks for a result that '{type}' cannot be";
    }

    private static bool IsNumber(ITypeSymbol type) =>
        type.SpecialType is >= SpecialType.System_SByte and <= SpecialType.System_UInt64 or SpecialType.System_IntPtr or SpecialType.System_UIntPtr;

    /// <summary>A member that cannot be what the attribute says.</summary>
    private static string? TargetError(Annotation kind, AttributeData attribute, ISymbol owner) => kind switch
    {
        Annotation.RcuProtected when TypeOf(owner) is { } type and not IPointerTypeSymbol && !type.IsReferenceType => $"is for pointers, and '{owner.Name}' is none",
        Annotation.PerCpu when !QualifiedPointee.IsPerCpuAddress(TypeOf(owner)) => $"is for per-CPU addresses, and '{owner.Name}' is none",
        Annotation.ReturnsAddressOf when owner is IMethodSymbol { ReturnType: not IPointerTypeSymbol } => "is for addresses, and the result is none",
        Annotation.ReturnsOwned or Annotation.ReturnsBorrowed or Annotation.ReturnsKept when owner is IMethodSymbol { ReturnsVoid: true } => "is for results, and there is none",
        Annotation.IrqSave or Annotation.IrqRestore when owner is IMethodSymbol method && FlagsType(method, attribute.Text()) is { } type && !IsFlags(type) => "is for IrqFlags",
        Annotation.IrqSave when attribute.Text() != "return" && owner is IMethodSymbol && ParameterType(owner, attribute.Text()) is { } flags
            && !flags.RefKind.Equals(RefKind.Out) && flags.RefKind != RefKind.Ref && flags.Type is not IPointerTypeSymbol => $"'{attribute.Text()}' carries nothing out",
        Annotation.MightSleepIf when ParameterType(owner, attribute.Text()) is { Type: { } type } && type.SpecialType is < SpecialType.System_Boolean or > SpecialType.System_UInt64
            && type.TypeKind != TypeKind.Enum => $"'{attribute.Text()}' is neither a mask nor a flag",
        _ => null,
    };

    private static ITypeSymbol? FlagsType(IMethodSymbol method, string name) => name == "return" ? method.ReturnType : ParameterType(method, name)?.Type;

    private static bool IsFlags(ITypeSymbol type) => (type is IPointerTypeSymbol pointer ? pointer.PointedAtType : type) is { Name: "IrqFlags", IsRefLikeType: true };

    private static bool IsGuard(Annotation kind) => kind is Annotation.GuardedBy or Annotation.GuardedByAny or Annotation.PointeeGuardedBy or Annotation.WriteGuardedBy or Annotation.LockOrder;

    private bool IsLock(AnnotationPath path)
    {
        if (path.Root == PathRoot.Token)
            return true;
        // A [LockMember] has no symbol, and neither has an argument itself.
        if (path.Last is not { } last)
            return !path.Steps.IsEmpty;
        return _annotations.Has(last, Annotation.LockClass)
            || (TypeOf(last) is { } type && PathResolver.Pointee(type) is var pointee && (_annotations.Has(pointee, Annotation.LockClass) || _annotations.Has(pointee, Annotation.LockMember)));
    }

    private static ITypeSymbol? TypeOf(ISymbol member) => member switch
    {
        IFieldSymbol field => field.Type,
        IPropertySymbol property => property.Type,
        _ => null,
    };

    private static IParameterSymbol? ParameterType(ISymbol owner, string name)
    {
        ImmutableArray<IParameterSymbol> parameters = owner switch
        {
            IMethodSymbol method => method.Parameters,
            IPropertySymbol property => property.Parameters,
            INamedTypeSymbol { DelegateInvokeMethod: { } invoke } => invoke.Parameters,
            _ => ImmutableArray<IParameterSymbol>.Empty,
        };
        foreach (IParameterSymbol parameter in parameters)
        {
            if (parameter.Name == name)
                return parameter;
        }

        return null;
    }
}
