// SPDX-License-Identifier: GPL-2.0-only
using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

/// <summary>The order of locks: who is taken inside whom, anywhere in the program.</summary>
internal sealed partial class ProgramPass
{
    private readonly Dictionary<(LockNode Outer, LockNode Inner), LockEdge> _edges = new();
    private readonly HashSet<string> _usedInIrq = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Location> _takenWithIrqsOn = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Location> _certainlyWithIrqsOn = new(StringComparer.Ordinal);
    private readonly Dictionary<ISymbol, bool> _irqsOnAtEntry = new(SymbolEqualityComparer.Default);
    private readonly Dictionary<ISymbol, bool> _irqsCertainlyOn = new(SymbolEqualityComparer.Default);

    /// <summary>Where one lock is taken inside another.</summary>
    private sealed class LockEdge
    {
        public LockEdge(Location site, CallFact? through)
        {
            Site = site;
            Through = through;
        }

        /// <summary>The first place.</summary>
        public Location Site { get; }

        /// <summary>The call that takes the inner one; null if it is taken right there.</summary>
        public CallFact? Through { get; }

        /// <summary>How many places there are.</summary>
        public int Places { get; set; } = 1;
    }

    private void BuildLockGraph()
    {
        foreach (MethodFacts method in _methods.Where(method => !IsOutOfOrder(method)))
        {
            foreach (AcquireFact acquire in method.Acquires)
            {
                foreach (LockNode outer in acquire.Held)
                {
                    if (!acquire.Tries)
                        AddEdge(outer, acquire.Node, acquire.Site, null);
                }
            }
        }

        foreach (MethodFacts method in _methods.Where(method => !IsOutOfOrder(method)))
        {
            foreach (CallFact call in method.Calls)
                AddCallEdges(call);
            if (method.Contract.EntersReclaim)
            {
                foreach (KeyValuePair<LockNode, Take> inner in method.Takes)
                    AddEdge(s_reclaim, inner.Key, inner.Value.Site, inner.Value.Through);
            }
        }
    }

    private void AddCallEdges(CallFact call)
    {
        if (call.Held.IsEmpty)
            return;
        if (call.Gfp != GfpUse.Parameter && MayReclaim(call))
        {
            foreach (LockNode outer in call.Held)
                AddEdge(outer, s_reclaim, call.Site, call);
        }

        if (call.Callee is not { Contract.EntersReclaim: false } callee)
            return;
        foreach (KeyValuePair<LockNode, Take> inner in callee.Takes)
        {
            if (inner.Value.IfBlocks && !Blocks(call, inner.Key))
                continue;
            foreach (LockNode outer in call.Held)
            {
                if (!inner.Value.Dropped.Contains(outer.Name))
                    AddEdge(outer, inner.Key, call.Site, call);
            }
        }
    }

    private void AddEdge(LockNode outer, LockNode inner, Location site, CallFact? through)
    {
        // Two of one class: which comes first is not to be told from here, unless one is said to be the nested one.
        if (outer.Name == inner.Name && outer.Subclass <= inner.Subclass)
            return;
        if (_edges.TryGetValue((outer, inner), out LockEdge? known))
            known.Places++;
        else
            _edges[(outer, inner)] = new LockEdge(site, through);
    }

    /// <summary>Where an edge comes from, and by which calls.</summary>
    private static string Describe(LockEdge edge, LockNode inner)
    {
        FileLinePositionSpan where = edge.Site.GetLineSpan();
        string text = $"{Path.GetFileName(where.Path)}:{where.StartLinePosition.Line + 1}";
        int hops = 0;
        for (CallFact? call = edge.Through; call is not null && hops < 12; hops++)
        {
            text += (hops == 0 ? ": " : " -> ") + call.Target.Name;
            call = call.Callee is { } callee && callee.Takes.TryGetValue(inner, out Take take) ? take.Through : null;
        }

        return text;
    }

    private void ReportLockGraph()
    {
        foreach (KeyValuePair<(LockNode Outer, LockNode Inner), LockEdge> edge in _edges.OrderBy(static edge => edge.Key.Outer).ThenBy(static edge => edge.Key.Inner).ToArray())
        {
            (LockNode outer, LockNode inner) = edge.Key;
            Location? on = null;
            if ((_usedInIrq.Contains(outer.Name) && _takenWithIrqsOn.TryGetValue(inner.Name, out on)) || (_contracts.IsUsedInIrq(outer.Name) && _certainlyWithIrqsOn.TryGetValue(inner.Name, out on)))
                _report(Diagnostic.Create(Rules.IrqInversion, edge.Value.Site, ImmutableArray.Create(on), outer, inner, Describe(edge.Value, inner), Describe(new LockEdge(on, null), inner)));
            if (!_manifest.Orders(inner.Name, outer.Name) && outer.Name != inner.Name)
                continue;
            _ordersBroken++;
            _report(Diagnostic.Create(Rules.ContradictsManifest, edge.Value.Site, inner, outer, Describe(edge.Value, inner)));
            _edges.Remove(edge.Key);
        }

        ReportCircles();
    }

    /// <summary>Which locks interrupt handlers take, and which are taken with interrupts on.</summary>
    private void FindIrqUse()
    {
        foreach (MethodFacts method in _methods)
        {
            if (method.Contract.HardIrq)
                _usedInIrq.UnionWith(method.Takes.Where(static take => !take.Value.IfBlocks).Select(static take => take.Key.Name));
            foreach (AcquireFact acquire in method.Acquires)
            {
                string name = acquire.Node.Name;
                if (!_takenWithIrqsOn.ContainsKey(name) && IrqsOn(acquire, method, certainly: false))
                    _takenWithIrqsOn[name] = acquire.Site;
                if (!_certainlyWithIrqsOn.ContainsKey(name) && !_contracts.IsNameOfMany(name) && IrqsOn(acquire, method, certainly: true))
                    _certainlyWithIrqsOn[name] = acquire.Site;
            }
        }
    }

    private bool IrqsOn(AcquireFact acquire, MethodFacts method, bool certainly) => acquire.IrqsKnown ? !acquire.IrqsOff : IrqsOnAtEntry(method, certainly);

    /// <summary>
    /// Whether a function is called with interrupts on: as nothing speaks against it or, if that has to be certain, as it sleeps. Of a
    /// lock that is only declared to be taken by handlers no handler is seen; nobody is to be accused then who is called through a pointer.
    /// </summary>
    private bool IrqsOnAtEntry(MethodFacts method, bool certainly)
    {
        Dictionary<ISymbol, bool> answers = certainly ? _irqsCertainlyOn : _irqsOnAtEntry;
        if (answers.TryGetValue(method.Method, out bool known))
            return known;
        MethodContract contract = method.Contract;
        answers[method.Method] = false;
        if (contract.RequiresIrqsOff || contract.HardIrq || contract.Irq is IrqEffect.Enable or IrqEffect.Restore)
            return false;
        bool on = certainly
            ? contract.RequiresIrqsOn || (contract.Requires.Count == 0 && (contract.MightSleep || _sleepsAt.ContainsKey(method.Method)))
            : method.Callers.Count == 0;
        return answers[method.Method] = on || method.Callers.Exists(caller => caller.Call.IrqsKnown ? !caller.Call.IrqsOff : IrqsOnAtEntry(caller.Caller, certainly));
    }
}
