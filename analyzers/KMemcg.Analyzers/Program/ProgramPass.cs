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
    private readonly Dictionary<ISymbol, MethodFacts> _methods = new(SymbolEqualityComparer.Default);
    private readonly Dictionary<ISymbol, List<(MethodFacts Caller, CallFact Call)>> _callers = new(SymbolEqualityComparer.Default);
    private readonly ContractCache _contracts;
    private readonly LockManifest _manifest;
    private readonly Action<Diagnostic> _report;

    public ProgramPass(IEnumerable<MethodFacts> facts, ContractCache contracts, LockManifest manifest, Action<Diagnostic> report)
    {
        _contracts = contracts;
        _manifest = manifest;
        _report = report;
        foreach (MethodFacts method in facts.OrderBy(static facts => facts.Method.ToDisplayString(), StringComparer.Ordinal))
            _methods[method.Method] = method;
        foreach (MethodFacts method in _methods.Values)
        {
            foreach (CallFact call in method.Calls)
            {
                if (!_callers.TryGetValue(call.Target, out List<(MethodFacts, CallFact)>? callers))
                    _callers[call.Target] = callers = new List<(MethodFacts, CallFact)>();
                callers.Add((method, call));
            }
        }
    }

    public void Run()
    {
        FindSleepers();
        ReportSleepers();
        BuildLockGraph();
        ReportLockGraph();
    }

    /// <summary>In order, so that reports do not depend on which function was analysed first.</summary>
    private IEnumerable<MethodFacts> Methods => _methods.Values.OrderBy(static facts => facts.Method.ToDisplayString(), StringComparer.Ordinal);

    private static bool IsHidden(MethodFacts facts, string rule) => facts.Contract.Unsafe is { } rules && (rules.Contains("*") || rules.Contains(rule));
}
