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

    public ProgramPass(IEnumerable<MethodFacts> facts, ContractCache contracts, LockManifest manifest, Action<Diagnostic> report)
    {
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
    }

    /// <summary>Whether a function is let off the order of locks.</summary>
    private static bool IsOutOfOrder(MethodFacts facts) => IsHidden(facts, "KM0601") || IsHidden(facts, "KM0604");

    /// <summary>Whether the rule is one of the lock graph.</summary>
    internal static bool IsOrderRule(string rule) => rule is "KM0601" or "KM0604";

    private static bool IsHidden(MethodFacts facts, string rule) => facts.Contract.Unsafe is { } rules && (rules.Contains("*") || rules.Contains(rule));
}
