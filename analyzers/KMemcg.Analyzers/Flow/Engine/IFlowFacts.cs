// SPDX-License-Identifier: GPL-2.0-only
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

/// <summary>Is told what the whole-program pass needs of a function.</summary>
internal interface IFlowFacts
{
    /// <summary>A call, with why nothing may sleep there (or null), and whether it is in an RCU section.</summary>
    void Call(IOperation site, IMethodSymbol target, MethodContract contract, CallFrame frame, string? atomic, bool rcu, FlowState state);

    /// <summary>A lock is taken, with what is held already.</summary>
    void Acquire(IOperation site, Term place, int subclass, bool tries, FlowState state);

    /// <summary>A function will be called back in a context where nothing may sleep.</summary>
    void Callback(IOperation site, IMethodSymbol target, string context);
}
