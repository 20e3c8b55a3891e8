// SPDX-License-Identifier: GPL-2.0-only
using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

/// <summary>Circles of the lock graph. One edge that is wrong may close a hundred: each round reports the shortest and takes out its weakest edge.</summary>
internal sealed partial class ProgramPass
{
    private void ReportCircles()
    {
        Dictionary<LockNode, SortedSet<LockNode>> graph = _edges.Keys.GroupBy(static edge => edge.Outer)
            .ToDictionary(static group => group.Key, static group => new SortedSet<LockNode>(group.Select(static edge => edge.Inner)));
        while (ShortestCircle(graph) is { } circle)
        {
            (LockNode Outer, LockNode Inner)[] edges = circle.Select((node, i) => (node, circle[(i + 1) % circle.Count])).ToArray();
            (LockNode Outer, LockNode Inner) suspect = edges.Aggregate((best, edge) => IsWeaker(edge, best) ? edge : best);
            graph[suspect.Outer].Remove(suspect.Inner);
            ImmutableArray<Location> others = edges.Where(edge => !edge.Equals(suspect)).Select(edge => _edges[edge].Site).ToImmutableArray();
            string text = string.Join(", ", edges.Select(edge => $"{edge.Outer} -> {edge.Inner} ({Describe(_edges[edge], edge.Inner)})"));
            _ordersBroken++;
            if (!circle.Contains(s_reclaim))
                _report(Diagnostic.Create(Rules.LockCycle, _edges[suspect].Site, others, text));
            else
                _report(Diagnostic.Create(Rules.ReclaimRecursion, _edges[suspect].Site, others, text));
        }
    }

    /// <summary>Which of two edges is more likely to be the mistake: the manifest does not have it, few places have it, it is hidden in a call.</summary>
    private bool IsWeaker((LockNode Outer, LockNode Inner) one, (LockNode Outer, LockNode Inner) other)
    {
        bool meant = _manifest.Orders(one.Outer.Name, one.Inner.Name);
        if (meant != _manifest.Orders(other.Outer.Name, other.Inner.Name))
            return !meant;
        // What reclaim takes, it takes; whoever lets it in with a lock held is wrong.
        if (one.Inner.Equals(s_reclaim) != other.Inner.Equals(s_reclaim))
            return one.Inner.Equals(s_reclaim);
        LockEdge a = _edges[one], b = _edges[other];
        if (a.Places != b.Places)
            return a.Places < b.Places;
        if (a.Through is null != b.Through is null)
            return a.Through is not null;
        int order = string.CompareOrdinal(a.Site.SourceTree?.FilePath, b.Site.SourceTree?.FilePath);
        return order > 0 || (order == 0 && a.Site.SourceSpan.Start > b.Site.SourceSpan.Start);
    }

    private static List<LockNode>? ShortestCircle(Dictionary<LockNode, SortedSet<LockNode>> graph)
    {
        List<LockNode>? shortest = null;
        foreach (LockNode start in graph.Keys.OrderBy(static node => node))
        {
            if (CircleFrom(start, graph, shortest?.Count ?? int.MaxValue) is { } circle)
                shortest = circle;
            if (shortest?.Count == 2)
                break;
        }

        return shortest;
    }

    /// <summary>The shortest way along the edges from a class back to it, if it has less than so many classes.</summary>
    private static List<LockNode>? CircleFrom(LockNode start, Dictionary<LockNode, SortedSet<LockNode>> graph, int limit)
    {
        var before = new Dictionary<LockNode, (LockNode Node, int Length)>();
        var queue = new Queue<(LockNode Node, int Length)>();
        queue.Enqueue((start, 1));
        while (queue.Count > 0)
        {
            (LockNode node, int length) = queue.Dequeue();
            if (length >= limit || !graph.TryGetValue(node, out SortedSet<LockNode>? inner))
                continue;
            foreach (LockNode next in inner)
            {
                if (next.Equals(start))
                    return WayBack(node, start, before);
                if (!before.ContainsKey(next))
                {
                    before[next] = (node, length);
                    queue.Enqueue((next, length + 1));
                }
            }
        }

        return null;
    }

    private static List<LockNode> WayBack(LockNode from, LockNode start, Dictionary<LockNode, (LockNode Node, int Length)> before)
    {
        var way = new List<LockNode> { from };
        while (!way[way.Count - 1].Equals(start))
            way.Add(before[way[way.Count - 1]].Node);
        way.Reverse();
        return way;
    }
}
