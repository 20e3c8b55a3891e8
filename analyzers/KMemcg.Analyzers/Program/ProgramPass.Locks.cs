// SPDX-License-Identifier: GPL-2.0-only
using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

/// <summary>The order of locks: who is taken inside whom, anywhere in the program.</summary>
internal sealed partial class ProgramPass
{
    /// <summary>What reclaim is, as a lock: whoever may reclaim takes it, and what reclaim takes is inside it.</summary>
    private const string Reclaim = "fs_reclaim";

    private readonly Dictionary<ISymbol, Dictionary<LockNode, ImmutableHashSet<string>>> _takes = new(SymbolEqualityComparer.Default);
    private readonly Dictionary<(LockNode Outer, LockNode Inner), Location> _edges = new();
    private readonly HashSet<string> _usedInIrq = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Location> _takenWithIrqsOn = new(StringComparer.Ordinal);
    private readonly Dictionary<ISymbol, bool> _irqsOnAtEntry = new(SymbolEqualityComparer.Default);

    private void BuildLockGraph()
    {
        SummarizeTakes();
        foreach (MethodFacts method in Methods)
        {
            foreach (AcquireFact acquire in method.Acquires)
            {
                if (!acquire.Tries)
                    AddEdges(acquire.Held, acquire.Node, acquire.Site);
            }

            foreach (CallFact call in method.Calls)
                AddCallEdges(call);
            if (method.Contract.EntersReclaim && _takes.TryGetValue(method.Method, out Dictionary<LockNode, ImmutableHashSet<string>>? taken))
            {
                foreach (LockNode node in taken.Keys)
                    AddEdge(new LockNode(Reclaim, 0), node, method.Method.Locations[0]);
            }
        }

        FindIrqUse();
    }

    /// <summary>What each function takes, itself and through others; with what it drops before that of what its caller holds.</summary>
    private void SummarizeTakes()
    {
        var work = new Queue<ISymbol>();
        foreach (MethodFacts method in Methods)
        {
            var taken = new Dictionary<LockNode, ImmutableHashSet<string>>();
            foreach (AcquireFact acquire in method.Acquires)
            {
                if (!acquire.Tries)
                    AddTaken(taken, acquire.Node, ImmutableHashSet.CreateRange(StringComparer.Ordinal, acquire.Dropped));
            }

            foreach (CallFact call in method.Calls)
            {
                if (call.Gfp == GfpUse.Reclaims && DependsOnMask(call.Target))
                    AddTaken(taken, new LockNode(Reclaim, 0), ImmutableHashSet.CreateRange(StringComparer.Ordinal, call.Dropped));
            }

            if (method.Contract.EntersReclaim)
                AddTaken(taken, new LockNode(Reclaim, 0), ImmutableHashSet<string>.Empty);
            _takes[method.Method] = taken;
            if (taken.Count > 0)
                work.Enqueue(method.Method);
        }

        while (work.Count > 0)
        {
            ISymbol callee = work.Dequeue();
            if (!_callers.TryGetValue(callee, out List<(MethodFacts Caller, CallFact Call)>? callers))
                continue;
            foreach ((MethodFacts caller, CallFact call) in callers)
            {
                bool changed = false;
                foreach (KeyValuePair<LockNode, ImmutableHashSet<string>> entry in _takes[callee].ToArray())
                    changed |= AddTaken(_takes[caller.Method], entry.Key, entry.Value.Union(call.Dropped));
                if (changed)
                    work.Enqueue(caller.Method);
            }
        }
    }

    /// <summary>On several ways to one lock, only what all of them drop is dropped.</summary>
    private static bool AddTaken(Dictionary<LockNode, ImmutableHashSet<string>> taken, LockNode node, ImmutableHashSet<string> dropped)
    {
        if (!taken.TryGetValue(node, out ImmutableHashSet<string>? before))
        {
            taken[node] = dropped;
            return true;
        }

        ImmutableHashSet<string> both = before.Intersect(dropped);
        taken[node] = both;
        return both.Count != before.Count;
    }

    private void AddCallEdges(CallFact call)
    {
        if (call.Held.IsEmpty)
            return;
        if (_contracts.Of(call.Target).EntersReclaim || (call.Gfp == GfpUse.Reclaims && DependsOnMask(call.Target)))
            AddEdges(call.Held, new LockNode(Reclaim, 0), call.Site);
        if (!_takes.TryGetValue(call.Target, out Dictionary<LockNode, ImmutableHashSet<string>>? taken))
            return;
        foreach (KeyValuePair<LockNode, ImmutableHashSet<string>> inner in taken)
        {
            foreach (LockNode outer in call.Held)
            {
                if (!inner.Value.Contains(outer.Name))
                    AddEdge(outer, inner.Key, call.Site);
            }
        }
    }

    private void AddEdges(ImmutableArray<LockNode> held, LockNode node, Location site)
    {
        foreach (LockNode outer in held)
            AddEdge(outer, node, site);
    }

    private void AddEdge(LockNode outer, LockNode inner, Location site)
    {
        // Two of one class: which comes first is not to be told from here.
        if (outer.Name != inner.Name && !_edges.ContainsKey((outer, inner)))
            _edges[(outer, inner)] = site;
    }

    private void ReportLockGraph()
    {
        var next = _edges.Keys.GroupBy(static edge => edge.Outer).ToDictionary(static group => group.Key, static group => group.Select(static edge => edge.Inner).ToArray());
        foreach (KeyValuePair<(LockNode Outer, LockNode Inner), Location> edge in _edges.OrderBy(static edge => edge.Key.Outer).ThenBy(static edge => edge.Key.Inner))
        {
            (LockNode outer, LockNode inner) = edge.Key;
            if (_manifest.Orders(inner.Name, outer.Name))
                _report(Diagnostic.Create(Rules.ContradictsManifest, edge.Value, inner, outer, "the manifest has it outside"));
            if (_usedInIrq.Contains(outer.Name) && _takenWithIrqsOn.TryGetValue(inner.Name, out Location? on))
                _report(Diagnostic.Create(Rules.IrqInversion, edge.Value, ImmutableArray.Create(on), outer, inner));
            if (PathBetween(inner, outer, next) is not { } back || _manifest.Orders(outer.Name, inner.Name))
                continue;
            ImmutableArray<Location> others = back.Zip(back.Skip(1), (from, to) => _edges[(from, to)]).ToImmutableArray();
            if (outer.Name == Reclaim || inner.Name == Reclaim || back.Exists(static node => node.Name == Reclaim))
                ReportReclaim(outer, inner, edge.Value, others);
            else
                _report(Diagnostic.Create(Rules.LockCycle, edge.Value, others, string.Join(" -> ", new[] { outer }.Concat(back))));
        }
    }

    private void ReportReclaim(LockNode outer, LockNode inner, Location site, ImmutableArray<Location> others)
    {
        if (inner.Name == Reclaim)
            _report(Diagnostic.Create(Rules.ReclaimRecursion, site, others, outer, "this"));
    }

    /// <summary>The shortest way along the edges, or null.</summary>
    private static List<LockNode>? PathBetween(LockNode from, LockNode to, Dictionary<LockNode, LockNode[]> next)
    {
        var before = new Dictionary<LockNode, LockNode> { [from] = from };
        var queue = new Queue<LockNode>();
        queue.Enqueue(from);
        while (queue.Count > 0)
        {
            LockNode node = queue.Dequeue();
            if (node.Equals(to))
            {
                var path = new List<LockNode> { to };
                while (!path[path.Count - 1].Equals(from))
                    path.Add(before[path[path.Count - 1]]);
                path.Reverse();
                return path;
            }

            if (!next.TryGetValue(node, out LockNode[]? inner))
                continue;
            foreach (LockNode candidate in inner.OrderBy(static node => node))
            {
                if (!before.ContainsKey(candidate))
                {
                    before[candidate] = node;
                    queue.Enqueue(candidate);
                }
            }
        }

        return null;
    }

    /// <summary>Which locks interrupt handlers take, and which are taken with interrupts on.</summary>
    private void FindIrqUse()
    {
        foreach (MethodFacts method in Methods)
        {
            if (method.Contract.HardIrq && _takes.TryGetValue(method.Method, out Dictionary<LockNode, ImmutableHashSet<string>>? taken))
                _usedInIrq.UnionWith(taken.Keys.Select(static node => node.Name));
            foreach (AcquireFact acquire in method.Acquires)
            {
                bool on = acquire.IrqsKnown ? !acquire.IrqsOff : IrqsOnAtEntry(method);
                if (on && !_takenWithIrqsOn.ContainsKey(acquire.Node.Name))
                    _takenWithIrqsOn[acquire.Node.Name] = acquire.Site;
            }
        }
    }

    private bool IrqsOnAtEntry(MethodFacts method)
    {
        if (_irqsOnAtEntry.TryGetValue(method.Method, out bool known))
            return known;
        MethodContract contract = method.Contract;
        if (contract.RequiresIrqsOff || contract.HardIrq || contract.Irq is IrqEffect.Enable or IrqEffect.Restore)
            return _irqsOnAtEntry[method.Method] = false;
        _irqsOnAtEntry[method.Method] = false;
        bool on = !_callers.TryGetValue(method.Method, out List<(MethodFacts Caller, CallFact Call)>? callers) ||
            callers.Exists(caller => caller.Call.IrqsKnown ? !caller.Call.IrqsOff : IrqsOnAtEntry(caller.Caller));
        return _irqsOnAtEntry[method.Method] = on;
    }
}
