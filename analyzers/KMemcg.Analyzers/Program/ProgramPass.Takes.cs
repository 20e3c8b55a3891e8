// SPDX-License-Identifier: GPL-2.0-only
using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

/// <summary>What each function takes, itself and through others.</summary>
internal sealed partial class ProgramPass
{
    /// <summary>What reclaim is, as a lock: whoever may reclaim takes it, and what reclaim takes is inside it.</summary>
    private static readonly LockNode s_reclaim = new("fs_reclaim", 0);

    private static readonly ImmutableHashSet<string> s_nothing = ImmutableHashSet.Create<string>(StringComparer.Ordinal);

    private void SummarizeTakes()
    {
        var work = new Queue<MethodFacts>();
        var changed = new Dictionary<MethodFacts, List<LockNode>>();
        foreach (MethodFacts method in _methods)
        {
            method.Takes.Clear();
            TakeDirectly(method);
            if (method.Takes.Count > 0)
            {
                changed[method] = new List<LockNode>(method.Takes.Keys);
                work.Enqueue(method);
            }
        }

        while (work.Count > 0)
        {
            MethodFacts callee = work.Dequeue();
            List<LockNode> nodes = changed[callee];
            changed.Remove(callee);
            foreach ((MethodFacts caller, CallFact call) in callee.Callers)
            {
                foreach (LockNode node in nodes)
                {
                    if (Through(caller, call, node) is not { } take || !AddTake(caller, node, take))
                        continue;
                    if (!changed.TryGetValue(caller, out List<LockNode>? more))
                    {
                        changed[caller] = more = new List<LockNode>();
                        work.Enqueue(caller);
                    }

                    more.Add(node);
                }
            }
        }
    }

    private void TakeDirectly(MethodFacts method)
    {
        if (IsOutOfOrder(method))
            return;
        foreach (AcquireFact acquire in method.Acquires)
        {
            if (!acquire.Tries)
                AddTake(method, acquire.Node, new Take(Set(acquire.Dropped), acquire.Sleeps && method.Mask >= 0, acquire.Site, null));
        }

        foreach (CallFact call in method.Calls)
        {
            if (MayReclaim(call))
                AddTake(method, s_reclaim, new Take(Set(call.Dropped), method.Mask >= 0 && call.Gfp == GfpUse.Parameter, call.Site, call));
        }
    }

    /// <summary>Whether a call allocates with a mask that lets it reclaim, or has one that may.</summary>
    private bool MayReclaim(CallFact call) =>
        _contracts.Of(call.Target).EntersReclaim || (call.Gfp is GfpUse.Reclaims or GfpUse.Parameter && DependsOnMask(call.Target));

    /// <summary>What a call makes of what the callee takes: a function with a mask is taken to look at it before it sleeps.</summary>
    private Take? Through(MethodFacts caller, CallFact call, LockNode node)
    {
        MethodFacts callee = call.Callee!;
        if (callee.Contract.EntersReclaim || IsOutOfOrder(caller) || (caller.Takes.TryGetValue(node, out Take? known) && known.IsFinal))
            return null;
        Take take = callee.Takes[node];
        bool ifBlocks = caller.Mask >= 0 && (_sleepsAt.ContainsKey(callee.Method) || callee.Contract.MightSleep);
        if (take.IfBlocks)
        {
            if (!Blocks(call, node) && call.Gfp != GfpUse.Parameter)
                return null;
            ifBlocks |= call.Gfp == GfpUse.Parameter;
        }

        return new Take(call.Dropped.IsEmpty ? take.Dropped : take.Dropped.Union(call.Dropped), ifBlocks, call.Site, call);
    }

    private static bool Blocks(CallFact call, LockNode node) => call.Gfp == GfpUse.Reclaims || (call.Gfp == GfpUse.Blocks && !node.Equals(s_reclaim));

    /// <summary>On several ways to one lock, only what all of them drop is dropped, and one that takes it always decides.</summary>
    private static bool AddTake(MethodFacts method, LockNode node, Take take)
    {
        if (!method.Takes.TryGetValue(node, out Take? before))
        {
            method.Takes[node] = take;
            return true;
        }

        if (take.IfBlocks && !before.IfBlocks)
            return false;
        if (take.IfBlocks == before.IfBlocks)
        {
            ImmutableHashSet<string> both = before.Dropped.IsEmpty || take.Dropped.IsEmpty ? s_nothing : before.Dropped.Intersect(take.Dropped);
            if (both.Count == before.Dropped.Count)
                return false;
            take = new Take(both, take.IfBlocks, before.Site, before.Through);
        }

        method.Takes[node] = take;
        return true;
    }

    private static ImmutableHashSet<string> Set(ImmutableArray<string> names) => names.IsEmpty ? s_nothing : s_nothing.Union(names);
}
