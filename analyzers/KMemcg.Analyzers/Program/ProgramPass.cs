// SPDX-License-Identifier: GPL-2.0-only
using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

/// <summary>The whole program at once: who may sleep through whom, and in which order locks are taken.</summary>
internal sealed partial class ProgramPass
{
    private readonly MethodFacts[] _methods;
    private readonly ContractCache _contracts;
    private readonly LockManifest _manifest;
    private readonly Action<Diagnostic> _report;

    /// <summary>The function whose escape is judged: it is not let off.</summary>
    private readonly MethodFacts? _judged;

    /// <summary>How often an order is broken.</summary>
    private int _ordersBroken;

    public ProgramPass(IEnumerable<MethodFacts> facts, ContractCache contracts, LockManifest manifest, Action<Diagnostic> report)
    {
        _contracts = contracts;
        _manifest = manifest;
        _report = report;
        _sleepsAt = new Dictionary<ISymbol, CallFact>(SymbolEqualityComparer.Default);
        _sleepsIf = new Dictionary<ISymbol, (int Parameter, CallFact Call)>(SymbolEqualityComparer.Default);

        // In order, so that reports do not depend on which function was analysed first.
        _methods = facts.Select(static method => (Where: method.Method.Locations[0], Facts: method))
            .OrderBy(static method => method.Where.SourceTree?.FilePath, StringComparer.Ordinal).ThenBy(static method => method.Where.SourceSpan.Start)
            .Select(static method => method.Facts).ToArray();
        var bySymbol = new Dictionary<ISymbol, MethodFacts>(SymbolEqualityComparer.Default);
        foreach (MethodFacts method in _methods)
        {
            bySymbol[method.Method] = method;
            method.Callers.Clear();
        }

        foreach (MethodFacts method in _methods)
        {
            foreach (CallFact call in method.Calls)
            {
                if (bySymbol.TryGetValue(call.Target, out MethodFacts? callee))
                {
                    call.Callee = callee;
                    callee.Callers.Add((method, call));
                }
            }
        }
    }

    /// <summary>The order of locks once more, as if that function had no escape: who sleeps stays the same.</summary>
    private ProgramPass(ProgramPass whole, MethodFacts judged)
    {
        _judged = judged;
        _methods = whole._methods;
        _contracts = whole._contracts;
        _manifest = whole._manifest;
        _report = static _ => { };
        _sleepsAt = whole._sleepsAt;
        _sleepsIf = whole._sleepsIf;
    }

    public void Run()
    {
        FindSleepers();
        FindIrqSleepers();
        ReportSleepers();
        FollowLocks();
        ReportStaleOrders();
    }

    private void FollowLocks()
    {
        SummarizeTakes();
        BuildLockGraph();
        FindIrqUse();
        ReportLockGraph();
    }

    /// <summary>KM0005: an escape from the order of locks without which no order would be broken.</summary>
    private void ReportStaleOrders()
    {
        foreach (MethodFacts method in _methods)
        {
            if (method.Contract.Unsafe is not { } rules || !rules.Any(IsOrderRule))
                continue;
            var without = new ProgramPass(this, method);
            without.FollowLocks();
            if (without._ordersBroken > _ordersBroken)
                continue;
            foreach (Diagnostic stale in StaleEscapes.Report(ProgramRules.StaleEscape, method.Method, _contracts.Annotations, IsOrderRule))
                _report(stale);
        }
    }

    /// <summary>Whether a function is let off the order of locks.</summary>
    private bool IsOutOfOrder(MethodFacts facts) => facts != _judged && IsOrderHidden(facts);

    private static bool IsOrderHidden(MethodFacts facts) => IsHidden(facts, "KM0601") || IsHidden(facts, "KM0604");

    /// <summary>Whether the rule is one of the lock graph.</summary>
    internal static bool IsOrderRule(string rule) => rule is "KM0601" or "KM0604";

    private static bool IsHidden(MethodFacts facts, string rule) => facts.Contract.Unsafe is { } rules && (rules.Contains("*") || rules.Contains(rule));
}
