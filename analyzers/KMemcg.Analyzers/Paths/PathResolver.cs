// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

/// <summary>Finds what a path of an attribute names, seen from the symbol that carries the attribute.</summary>
internal sealed class PathResolver
{
    private readonly AnnotationSymbols _annotations;

    public PathResolver(AnnotationSymbols annotations) => _annotations = annotations;

    /// <summary>Null if the path names nothing, and then why.</summary>
    public AnnotationPath? Resolve(string text, ISymbol owner, out string error)
    {
        error = "";
        if (!PathSyntax.TryParse(text, out PathSyntax syntax))
        {
            error = $"'{text}' is not a path";
            return null;
        }

        ImmutableArray<string> names = syntax.Names;
        if (names.Length == 1 && LockTokens.Parse(names[0]) is var token and not LockToken.None && FindParameter(owner, names[0]) < 0)
            return AnnotationPath.OfToken(token, text);

        ImmutableArray<PathStep> steps;
        int parameter = FindParameter(owner, names[0]);
        if (parameter >= 0)
        {
            ITypeSymbol type = ((IMethodSymbol)Method(owner)!).Parameters[parameter].Type;
            return TrySteps(type, names, 1, out steps, out error) ? AnnotationPath.OfParameter(text, parameter, syntax.Dereferences, steps) : null;
        }

        if (names[0] == "this" && owner.ContainingType is { } self)
            return TrySteps(self, names, 1, out steps, out error) ? AnnotationPath.OfThis(text, steps) : null;
        if (names[0] == "return" && Method(owner) is { ReturnsVoid: false } method)
            return TrySteps(method.ReturnType, names, 1, out steps, out error) ? AnnotationPath.OfReturn(text, syntax.Dereferences, steps) : null;

        return ResolveStatic(text, syntax, owner, out error);
    }

    private AnnotationPath? ResolveStatic(string text, PathSyntax syntax, ISymbol owner, out string error)
    {
        ImmutableArray<string> names = syntax.Names;
        ImmutableArray<PathStep> steps;
        INamedTypeSymbol? container = owner as INamedTypeSymbol ?? owner.ContainingType;
        if (container is not null && FindMember(container, names[0]) is { IsStatic: true } sibling)
            return TrySteps(TypeOf(sibling), names, 1, out steps, out error) ? AnnotationPath.OfStatic(text, sibling, syntax.Dereferences, steps) : null;

        INamedTypeSymbol? type = FindType(names[0], owner);
        if (type is null || names.Length < 2)
        {
            error = $"'{text}': there is no parameter, static or type '{names[0]}' here";
            return null;
        }

        if (FindMember(type, names[1]) is { IsStatic: true } member)
            return TrySteps(TypeOf(member), names, 2, out steps, out error) ? AnnotationPath.OfStatic(text, member, syntax.Dereferences, steps) : null;
        return TrySteps(type, names, 1, out steps, out error) ? AnnotationPath.OfAnyInstance(text, steps) : null;
    }

    private bool TrySteps(ITypeSymbol type, ImmutableArray<string> names, int from, out ImmutableArray<PathStep> steps, out string error)
    {
        ImmutableArray<PathStep>.Builder found = ImmutableArray.CreateBuilder<PathStep>(names.Length - from);
        error = "";
        steps = ImmutableArray<PathStep>.Empty;
        for (int i = from; i < names.Length; i++)
        {
            if (Pointee(type) is not INamedTypeSymbol holder)
            {
                error = $"'{type}' has no members";
                return false;
            }

            ISymbol? member = FindMember(holder, names[i]);
            if (member is null && !HasLockMember(holder, names[i]))
            {
                error = $"'{holder.Name}' has no member '{names[i]}'";
                return false;
            }

            found.Add(new PathStep(member, holder, names[i]));
            if (member is not null)
                type = TypeOf(member);
            else if (i != names.Length - 1)
            {
                error = $"'{names[i]}' is a lock and has no members";
                return false;
            }
        }

        steps = found.ToImmutable();
        return true;
    }

    private bool HasLockMember(INamedTypeSymbol type, string name)
    {
        foreach (System.Collections.Generic.KeyValuePair<Annotation, AttributeData> annotation in _annotations.Of(type))
        {
            if (annotation.Key == Annotation.LockMember && annotation.Value.Text() == name)
                return true;
        }

        return false;
    }

    /// <summary>What a pointer, of however many stars, points to in the end.</summary>
    internal static ITypeSymbol Pointee(ITypeSymbol type)
    {
        while (type is IPointerTypeSymbol pointer)
            type = QualifiedPointee.Strip(pointer.PointedAtType);
        return type;
    }

    private static ITypeSymbol TypeOf(ISymbol member) => member is IFieldSymbol field ? field.Type : ((IPropertySymbol)member).Type;

    private static IMethodSymbol? Method(ISymbol owner) => owner switch
    {
        IMethodSymbol method => method,
        IPropertySymbol property => property.GetMethod ?? property.SetMethod,
        INamedTypeSymbol { DelegateInvokeMethod: { } invoke } => invoke,
        IParameterSymbol parameter => parameter.ContainingSymbol as IMethodSymbol,
        _ => null,
    };

    private static int FindParameter(ISymbol owner, string name)
    {
        if (Method(owner) is { } method)
        {
            foreach (IParameterSymbol parameter in method.Parameters)
            {
                if (parameter.Name == name)
                    return parameter.Ordinal;
            }
        }

        return -1;
    }

    private static ISymbol? FindMember(INamedTypeSymbol type, string name)
    {
        for (INamedTypeSymbol? holder = type; holder is not null; holder = holder.BaseType)
        {
            foreach (ISymbol member in holder.GetMembers(name))
            {
                if (member is IFieldSymbol or IPropertySymbol)
                    return member;
            }
        }

        return null;
    }

    private static INamedTypeSymbol? FindType(string name, ISymbol owner)
    {
        for (ISymbol? scope = owner; scope is not null; scope = scope.ContainingSymbol)
        {
            if (scope is INamespaceOrTypeSymbol container)
            {
                if (container is INamedTypeSymbol type && type.Name == name)
                    return type;
                ImmutableArray<INamedTypeSymbol> types = container.GetTypeMembers(name);
                if (types.Length > 0)
                    return types[0];
            }
        }

        return null;
    }
}
