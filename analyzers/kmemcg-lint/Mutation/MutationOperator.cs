// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Analyzers;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace KMemcg.Lint.Mutation;

/// <summary>What a mistake is about, which says how many of its kind have to be found.</summary>
internal enum Family
{
    Locking,
    Context,
    Rcu,
    Lifetime,
    Order,
    MemoryModel,
}

/// <summary>A kind of mistake, where it can be made in a function, and the rules of which one should say so.</summary>
internal sealed record MutationOperator(string Name, Family Family, string[] Expected, Func<MutationSite, IEnumerable<MethodDeclarationSyntax>> Apply)
{
    /// <summary>The mistake may show in the whole program only.</summary>
    public bool NeedsProgram { get; init; }

    /// <summary>Whether the change makes a mistake of what the function does.</summary>
    public Func<MethodFacts, bool> IsMistake { get; init; } = _ => true;

    /// <summary>The share that has to be found.</summary>
    public double Required => Family is Family.Order or Family.MemoryModel ? 0.75 : 0.90;
}
