// SPDX-License-Identifier: GPL-2.0-only
using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

/// <summary>Collects what one function's analysis has to say, each thing once.</summary>
internal sealed class FlowReport
{
    private readonly HashSet<(string Id, Location Where, string What, ISymbol? Apart)> _seen = new();
    private readonly Dictionary<(IOperation Site, string Lock), (bool Held, bool NotHeld)> _releases = new();
    private readonly Dictionary<(IOperation Site, string Owner), bool> _freed = new();
    private readonly ImmutableArray<string>? _unsafe;

    public FlowReport(ImmutableArray<string>? @unsafe) => _unsafe = @unsafe;

    /// <summary>Off while the fixed point is looked for.</summary>
    public bool Enabled { get; set; }

    /// <summary>What there is to report.</summary>
    public List<Diagnostic> Diagnostics { get; } = new();

    /// <summary>How many reports an escape has hidden, by the rule it names ("*" for all).</summary>
    public HashSet<string> Hidden { get; } = new(StringComparer.Ordinal);

    /// <summary>Reports at an operation.</summary>
    public void Add(DiagnosticDescriptor rule, IOperation site, params object[] arguments) => Add(rule, site.Syntax.GetLocation(), null, arguments);

    /// <summary>Reports at a place, with another that explains it.</summary>
    public void Add(DiagnosticDescriptor rule, Location where, IOperation? because, params object[] arguments) => Report(rule, where, because, null, arguments);

    /// <summary>Reports a walk that is left; two that are left at one place are told apart by the variables that they go by.</summary>
    public void Aborted(Location where, IOperation? because, ISymbol? variable, Term at) => Report(Rules.IteratorAborted, where, because, variable, new object[] { at });

    private void Report(DiagnosticDescriptor rule, Location where, IOperation? because, ISymbol? apart, object[] arguments)
    {
        if (!Enabled || Hides(rule.Id))
            return;
        if (!_seen.Add((rule.Id, where, string.Join("|", arguments), apart)))
            return;
        ImmutableArray<Location> more = because is null ? ImmutableArray<Location>.Empty : ImmutableArray.Create(because.Syntax.GetLocation());
        Diagnostics.Add(Diagnostic.Create(rule, where, more, arguments));
    }

    /// <summary>A lock is dropped on one way, where it is held or not.</summary>
    public void Release(IOperation site, string name, bool held)
    {
        if (!Enabled)
            return;
        _releases.TryGetValue((site, name), out (bool Held, bool NotHeld) seen);
        _releases[(site, name)] = (seen.Held || held, seen.NotHeld || !held);
    }

    /// <summary>An object is freed on one way, where elements that own references were put or not.</summary>
    public void Freed(IOperation site, string owner, bool put)
    {
        if (Enabled)
            _freed[(site, owner)] = put || (_freed.TryGetValue((site, owner), out bool elsewhere) && elsewhere);
    }

    /// <summary>Says what could only be said when all ways were seen.</summary>
    public void Finish()
    {
        foreach (KeyValuePair<(IOperation Site, string Lock), (bool Held, bool NotHeld)> release in _releases)
        {
            if (release.Value.NotHeld)
                Add(release.Value.Held ? Rules.MaybeHeld : Rules.ReleaseNotHeld, release.Key.Site, release.Key.Lock);
        }

        foreach (KeyValuePair<(IOperation Site, string Owner), bool> freed in _freed)
        {
            if (!freed.Value)
                Add(Rules.FreedWithReference, freed.Key.Site, freed.Key.Owner);
        }
    }

    private bool Hides(string id)
    {
        if (_unsafe is not { } rules)
            return false;
        bool hides = false;
        foreach (string rule in rules)
        {
            if (rule == id || rule == "*")
            {
                Hidden.Add(rule);
                hides = true;
            }
        }

        return hides;
    }
}
