// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

/// <summary>Where a resolved path starts.</summary>
internal enum PathRoot
{
    /// <summary>At an argument.</summary>
    Parameter,

    /// <summary>At the object that the field belongs to, or the method's receiver.</summary>
    This,

    /// <summary>At the result.</summary>
    Return,

    /// <summary>At a static field or property.</summary>
    Static,

    /// <summary>Anywhere: any object's member.</summary>
    AnyInstance,

    /// <summary>Nowhere: a condition.</summary>
    Token,
}

/// <summary>A member that a path goes through: a field, a property, or a lock that [LockMember] gives to a type.</summary>
internal readonly struct PathStep
{
    public PathStep(ISymbol? symbol, INamedTypeSymbol owner, string name)
    {
        Symbol = symbol;
        Owner = owner;
        Name = name;
    }

    /// <summary>Null for a [LockMember].</summary>
    public ISymbol? Symbol { get; }

    /// <summary>What tells the member from others: a [LockMember] is known by its type, and its name.</summary>
    public ISymbol Key => Symbol ?? Owner;

    /// <summary>The type that has the member.</summary>
    public INamedTypeSymbol Owner { get; }

    /// <summary>The member's name.</summary>
    public string Name { get; }
}

/// <summary>A path of an attribute, resolved against the symbol that carries it.</summary>
internal sealed class AnnotationPath
{
    private AnnotationPath(string text, PathRoot root)
    {
        Text = text;
        Root = root;
    }

    /// <summary>As written.</summary>
    public string Text { get; }

    /// <summary>Where it starts.</summary>
    public PathRoot Root { get; }

    /// <summary>The parameter's index, for <see cref="PathRoot.Parameter"/>.</summary>
    public int Parameter { get; private set; } = -1;

    /// <summary>The static, for <see cref="PathRoot.Static"/>.</summary>
    public ISymbol? Static { get; private set; }

    /// <summary>The condition, for <see cref="PathRoot.Token"/>.</summary>
    public LockToken Token { get; private set; }

    /// <summary>Whether the root is followed once more than its members ask for.</summary>
    public bool Dereferences { get; private set; }

    /// <summary>The members after the root.</summary>
    public ImmutableArray<PathStep> Steps { get; private set; } = ImmutableArray<PathStep>.Empty;

    /// <summary>What it leads to: the last member, or the static; null for a [LockMember], or an argument itself.</summary>
    public ISymbol? Last => Steps.IsEmpty ? Static : Steps[Steps.Length - 1].Symbol;

    public static AnnotationPath OfParameter(string text, int index, bool dereferences, ImmutableArray<PathStep> steps) =>
        new(text, PathRoot.Parameter) { Parameter = index, Dereferences = dereferences, Steps = steps };

    public static AnnotationPath OfThis(string text, ImmutableArray<PathStep> steps) => new(text, PathRoot.This) { Steps = steps };

    public static AnnotationPath OfReturn(string text, bool dereferences, ImmutableArray<PathStep> steps) =>
        new(text, PathRoot.Return) { Dereferences = dereferences, Steps = steps };

    public static AnnotationPath OfStatic(string text, ISymbol member, bool dereferences, ImmutableArray<PathStep> steps) =>
        new(text, PathRoot.Static) { Static = member, Dereferences = dereferences, Steps = steps };

    public static AnnotationPath OfAnyInstance(string text, ImmutableArray<PathStep> steps) => new(text, PathRoot.AnyInstance) { Steps = steps };

    public static AnnotationPath OfToken(LockToken token, string text) => new(text, PathRoot.Token) { Token = token };
}
