// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

/// <summary>KM0201 and KM0304 through functions that do not say that they may sleep, and KM0004 for those.</summary>
internal sealed partial class ProgramPass
{
    /// <summary>For each function that may sleep, the call in it that does.</summary>
    private readonly Dictionary<ISymbol, CallFact> _sleepsAt;

    /// <summary>For each function that may sleep if a mask of its own says so, that parameter and the call.</summary>
    private readonly Dictionary<ISymbol, (int Parameter, CallFact Call)> _sleepsIf;

    /// <summary>The locks of its caller that a function has dropped when it sleeps.</summary>
    private readonly Dictionary<ISymbol, ImmutableArray<string>> _droppedAsleep = new(SymbolEqualityComparer.Default);

    /// <summary>Of the functions that may sleep, those that do in an interrupt as well: they do not look where they are.</summary>
    private readonly HashSet<ISymbol> _sleepsInIrq = new(SymbolEqualityComparer.Default);

    private readonly HashSet<ISymbol> _undeclared = new(SymbolEqualityComparer.Default);

    private void FindSleepers()
    {
        var work = new Queue<MethodFacts>();
        foreach (MethodFacts method in _methods)
        {
            foreach (CallFact call in method.Calls)
                Consider(method, call, work);
        }

        while (work.Count > 0)
        {
            foreach ((MethodFacts caller, CallFact call) in work.Dequeue().Callers)
                Consider(caller, call, work);
        }
    }

    private void FindIrqSleepers()
    {
        var work = new Queue<MethodFacts>(_methods);
        while (work.Count > 0)
        {
            MethodFacts method = work.Dequeue();
            if (_sleepsInIrq.Contains(method.Method) || !_sleepsAt.ContainsKey(method.Method) || !method.Calls.Exists(SleepsInIrq))
                continue;
            _sleepsInIrq.Add(method.Method);
            foreach ((MethodFacts caller, _) in method.Callers)
                work.Enqueue(caller);
        }
    }

    private bool SleepsInIrq(CallFact call)
    {
        if (_contracts.Of(call.Target) is { MightSleep: true } contract)
            return !contract.SleepsInTaskOnly;
        return MaySleep(call) && (!_sleepsAt.ContainsKey(call.Target) || _sleepsInIrq.Contains(call.Target));
    }

    private static bool RunsInIrq(MethodContract contract) => contract.SoftIrq || contract.HardIrq;

    /// <summary>A call that sleeps where nothing may is reported there, and does not make its function one that sleeps.</summary>
    private void Consider(MethodFacts caller, CallFact call, Queue<MethodFacts> work)
    {
        bool atomic = call.Atomic is not null && !DropsWhatIsHeld(call) && !IsCallersOnly(caller, call);
        if (atomic || call.Rcu || IsBoundary(caller.Contract) || _sleepsAt.ContainsKey(caller.Method))
            return;
        int mask = caller.Mask;
        bool sleeps = MaySleep(call);
        if (sleeps && mask < 0)
        {
            _sleepsAt[caller.Method] = call;
            _droppedAsleep[caller.Method] = call.Dropped;
            work.Enqueue(caller);
        }
        else if ((sleeps || (call.Gfp == GfpUse.Parameter && DependsOnMask(call.Target))) && !_sleepsIf.ContainsKey(caller.Method))
        {
            // A function with a mask is taken to look at it.
            _sleepsIf[caller.Method] = (mask >= 0 ? mask : call.GfpParameter, call);
            _droppedAsleep[caller.Method] = call.Dropped;
            work.Enqueue(caller);
        }
    }

    /// <summary>What keeps the caller from sleeping are locks that the function drops before it does.</summary>
    private bool DropsWhatIsHeld(CallFact call) =>
        call.Spinning.Length > 0 && _droppedAsleep.TryGetValue(call.Target, out ImmutableArray<string> dropped) && call.Spinning.All(dropped.Contains);

    /// <summary>All that is known is that the caller's caller holds a lock, which is dropped here.</summary>
    private static bool IsCallersOnly(MethodFacts caller, CallFact call) =>
        call.Spinning.IsEmpty && !call.Dropped.IsEmpty && caller.Contract is { Atomic: false, RequiresPreemptOff: false };

    /// <summary>A function whose annotations say whether it sleeps: its body is checked against them, its callers against it.</summary>
    private static bool IsBoundary(MethodContract contract) =>
        contract.MightSleep || contract.MightSleepIf >= 0 || contract.Atomic || contract.RequiresPreemptOff || contract.RequiresIrqsOff || contract.Primitive || contract.Unsafe is not null;

    private bool MaySleep(CallFact call)
    {
        MethodContract contract = _contracts.Of(call.Target);
        if (contract.MightSleep)
            return true;
        bool blocks = call.Gfp is GfpUse.Blocks or GfpUse.Reclaims;
        if (contract.MightSleepIf >= 0)
            return blocks;
        return _sleepsAt.ContainsKey(call.Target) || (blocks && _sleepsIf.ContainsKey(call.Target));
    }

    private bool DependsOnMask(IMethodSymbol target) => _contracts.Of(target).MightSleepIf >= 0 || _sleepsIf.ContainsKey(target);

    private void ReportSleepers()
    {
        foreach (MethodFacts method in _methods)
        {
            foreach (CallFact call in method.Calls)
            {
                MethodContract contract = _contracts.Of(call.Target);
                if (contract.MightSleep || contract.MightSleepIf >= 0 || !MaySleep(call) || (RunsInIrq(method.Contract) && !SleepsInIrq(call)))
                    continue;
                if (call.Atomic is not null && !DropsWhatIsHeld(call) && !IsCallersOnly(method, call) && !IsHidden(method, "KM0201"))
                    Report(ProgramRules.SleepInAtomic, call.Target, call.Site, call.Atomic);
                else if (call.Atomic is null && call.Rcu && !IsHidden(method, "KM0304"))
                    Report(ProgramRules.SleepInRcu, call.Target, call.Site, null);
            }

            foreach ((IMethodSymbol target, Location site, string context, bool irq) in method.Callbacks)
            {
                if (!_contracts.Of(target).MightSleep && _sleepsAt.ContainsKey(target) && (!irq || _sleepsInIrq.Contains(target)))
                    Report(ProgramRules.SleepInAtomic, target, site, context);
            }
        }
    }

    private void Report(DiagnosticDescriptor rule, IMethodSymbol target, Location site, string? atomic)
    {
        List<IMethodSymbol> chain = ChainFrom(target, out ImmutableArray<Location> way);
        string text = string.Join(" -> ", chain.Select(static method => method.Name));
        _report(atomic is null ? Diagnostic.Create(rule, site, way, text) : Diagnostic.Create(rule, site, way, text, atomic));
        foreach (IMethodSymbol undeclared in chain.Where(method => !IsBoundary(_contracts.Of(method)) && method.DeclaringSyntaxReferences.Length > 0))
        {
            if (_undeclared.Add(undeclared))
                _report(Diagnostic.Create(Rules.UndeclaredEffect, undeclared.Locations[0], undeclared.Name, "may sleep", "[MightSleep]"));
        }
    }

    /// <summary>The calls by which a function comes to sleep.</summary>
    private List<IMethodSymbol> ChainFrom(IMethodSymbol target, out ImmutableArray<Location> way)
    {
        var chain = new List<IMethodSymbol> { target };
        ImmutableArray<Location>.Builder sites = ImmutableArray.CreateBuilder<Location>();
        while (chain.Count < 12)
        {
            CallFact? next = _sleepsAt.TryGetValue(target, out CallFact? call) ? call
                : _sleepsIf.TryGetValue(target, out (int Parameter, CallFact Call) conditional) ? conditional.Call : null;
            if (next is null)
                break;
            sites.Add(next.Site);
            target = next.Target;
            chain.Add(target);
        }

        way = sites.ToImmutable();
        return chain;
    }
}
