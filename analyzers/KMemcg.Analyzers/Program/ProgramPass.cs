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

    public ProgramPass(IEnumerable<MethodFacts> facts, ContractCache contracts, LockManifest manifest, Action<Diagnostic> report, MethodFacts? judged = null)
    {
        _judged = judged;
        _contracts = contracts;
        _manifest = manifest;
        _report = report;

        // In order, so that reports do not depend on which function was analysed first.
        _methods = facts.Select(static method => (Name: method.Method.ToDisplayString(), Facts: method)).OrderBy(static method => method.Name, StringComparer.Ordinal).Select(static method => method.Facts).ToArray();
        var bySymbol = new Dictionary<ISymbol, MethodFacts>(SymbolEqualityComparer.Default);
        foreach (MethodFacts method in _methods)
        {
            bySymbol[method.Method] = method;
            method.Callers.Clear();
            method.Takes.Clear();
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

    public void Run()
    {
        FindSleepers();
        FindIrqSleepers();
        ReportSleepers();
        SummarizeTakes();
        BuildLockGraph();
        FindIrqUse();
        ReportLockGraph();
        if (_judged is null)
            ReportStaleOrders();
    }

    /// <summary>KM0005: an escape from the order of locks without which no order would be broken.</summary>
    private void ReportStaleOrders()
    {
        foreach (MethodFacts method in _methods)
        {
            if (method.Contract.Unsafe is not { } rules || !rules.Any(IsOrderRule))
                continue;
            var without = new ProgramPass(_methods, _contracts, _manifest, static _ => { }, method);
            without.Run();
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
