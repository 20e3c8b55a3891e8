// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Generic;
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

/// <summary>Is told what the whole-program pass needs of a function.</summary>
internal interface IFlowFacts
{
    /// <summary>A call, with why nothing may sleep there (or null), whether it is in an RCU section, and the locks that it drops before it sleeps.</summary>
    void Call(IOperation site, IMethodSymbol target, MethodContract contract, CallFrame frame, string? atomic, bool rcu, HashSet<Term>? dropped, FlowState state);

    /// <summary>A lock is taken, with what is held already; it may turn interrupts off itself.</summary>
    void Acquire(IOperation site, Term place, string? @class, int subclass, bool tries, bool sleeps, bool irqsOff, FlowState state);

    /// <summary>A function will be called back in a context where nothing may sleep.</summary>
    void Callback(IOperation site, IMethodSymbol target, string context, bool irq);
}
