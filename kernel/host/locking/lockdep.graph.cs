// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;

namespace Linux;

public static unsafe partial class lockdep
{
    internal sealed class lock_class
    {
        public int index;
        public required string name;
        public required lock_map map;
        public uint usage;
        public readonly StackTrace?[] usage_traces = new StackTrace?[8];
        public readonly string?[] usage_sites = new string?[8];
        public readonly List<lock_edge> after = [];
        public readonly List<lock_edge> before = [];

        /* Of the search that is under way. */
        public int visited;
        public bool only_xr;
        public lock_class? parent;
        public lock_edge? parent_edge;
    }

    /// <summary>Where an order of two classes was first seen.</summary>
    internal sealed class edge_origin
    {
        public required string task;
        public required string prev;
        public required string next;
        public required StackTrace trace;
    }

    internal sealed class lock_edge
    {
        public required lock_class @class;
        public required edge_origin origin;
        public byte dep;
    }

    /*
     * How the two ends of an edge were held: shared or exclusive before, and after it recursively shared or not.
     * Two edges -> x -> in which x is only ever entered as recursive reader and left as reader do not deadlock.
     */
    private const byte DEP_SR_MASK = 1 << 0;
    private const byte DEP_ER_MASK = 1 << 1;
    private const byte DEP_SN_MASK = 1 << 2;
    private const byte DEP_EN_MASK = 1 << 3;

    /* Usage bits: bit 0 a reader, bit 1 taken with the interrupts on (else taken in them), bit 2 softirq (else hardirq). */
    private const int LOCK_USAGE_READ = 1;
    private const int LOCK_USAGE_DIR = 2;
    private const int LOCK_USED_IN_HARDIRQ = 0;
    private const int LOCK_ENABLED_HARDIRQ = 2;
    private const int LOCK_USED_IN_SOFTIRQ = 4;
    private const int LOCK_ENABLED_SOFTIRQ = 6;
    private const uint LOCKF_READ = 0b1010_1010;
    private const uint LOCKF_IRQ = 0b0101_0101;
    private const uint LOCKF_USED_IN = 0b0011_0011;

    private static readonly Lock graph_lock = new();
    private static readonly List<lock_class> classes = [];
    private static readonly ConcurrentDictionary<ulong, bool> chains = new();
    private static readonly Queue<lock_class> bfs_queue = new();
    private static readonly int[] bfs_generation = new int[1];

    private static void reset_graph()
    {
        classes.Clear();
        chains.Clear();
        bfs_queue.Clear();
    }

    private static lock_class class_of(lock_map map, uint subclass)
    {
        lock (maps_lock)
            return map.classes[subclass] ??= new_class(map, subclass);
    }

    private static lock_class new_class(lock_map map, uint subclass)
    {
        lock (graph_lock)
        {
            lock_class cls = new() { index = classes.Count, name = subclass == 0 ? map.name : $"{map.name}/{subclass}", map = map };
            classes.Add(cls);
            return cls;
        }
    }

    /* The chain: each sequence of classes is looked at once. */

    private static void validate_chain(held_stack s, ref held_lock hlock, bool chain_head, ulong chain_key)
    {
        if (chains.ContainsKey(chain_key))
            return;
        lock (graph_lock)
        {
            bool ok = check_deadlock(s, ref hlock, out bool nested);
            if (ok && !chain_head && !nested)
                check_prevs_add(s, ref hlock);
            chains[chain_key] = ok;
        }
    }

    /// <summary>A class that is held already: another lock of it may be this one's owner waiting for ours.</summary>
    private static bool check_deadlock(held_stack s, ref held_lock next, out bool nested)
    {
        nested = false;
        int nest = -1;
        for (int i = 0; i < s.depth; i++)
        {
            ref held_lock prev = ref s.locks[i];
            if (prev.instance == next.nest_lock)
                nest = i;
            if (prev.@class != next.@class)
                continue;
            if (next.read == 2 && prev.read != 0)
            {
                nested = true;
                continue;
            }

            if (nest >= 0)
            {
                nested = true;
                return true;
            }

            report("possible recursive locking detected", next.@class.name,
                $"{task_name()} is trying to acquire lock:\n  {describe(next)}\nbut task is already holding lock:\n  {describe(prev)}\n\n" +
                "other info that might help us debug this:\n Possible unsafe locking scenario:\n\n" +
                $"       CPU0\n       ----\n  lock({prev.@class.name});\n  lock({next.@class.name});\n\n *** DEADLOCK ***\n\n May be due to missing lock nesting notation\n\n{held_text(s)}",
                trace_here());
            return false;
        }

        return true;
    }

    /// <summary>Adds the orders from what is held, back to the newest one that waited for its lock: that one has those before it.</summary>
    private static void check_prevs_add(held_stack s, ref held_lock next)
    {
        StackTrace? trace = null;
        for (int i = s.depth - 1; i >= 0; i--)
        {
            ref held_lock prev = ref s.locks[i];
            if (prev.irq_context != next.irq_context)
                break;
            if (prev.check)
            {
                check_prev_add(s, ref prev, ref next, ref trace);
                if (!prev.trylock)
                    break;
            }
        }
    }

    private static byte dep_mask(ref held_lock prev, ref held_lock next) =>
        (byte)(1 << ((prev.read == 0 ? 1 : 0) + (next.read != 2 ? 2 : 0)));

    /// <summary>The same order, seen from the later lock.</summary>
    private static byte dep_mask_back(ref held_lock prev, ref held_lock next) =>
        (byte)(1 << ((next.read != 2 ? 1 : 0) + (prev.read == 0 ? 2 : 0)));

    private static void check_prev_add(held_stack s, ref held_lock prev, ref held_lock next, ref StackTrace? trace)
    {
        if (prev.@class == next.@class)
            return;
        byte dep = dep_mask(ref prev, ref next);
        foreach (lock_edge e in prev.@class.after)
        {
            if (e.@class == next.@class && (e.dep & dep) != 0)
                return;
        }

        if (!check_noncircular(s, ref next, ref prev) || !check_irq_usage(s, ref prev, ref next))
            return;

        edge_origin origin = new() { task = task_name(), prev = describe(prev), next = describe(next), trace = trace ??= trace_here(false) };
        add_edge(prev.@class.after, next.@class, dep, origin);
        add_edge(next.@class.before, prev.@class, dep_mask_back(ref prev, ref next), origin);
    }

    private static void add_edge(List<lock_edge> edges, lock_class to, byte dep, edge_origin origin)
    {
        foreach (lock_edge e in edges)
        {
            if (e.@class == to)
            {
                e.dep |= dep;
                return;
            }
        }

        edges.Add(new lock_edge { @class = to, dep = dep, origin = origin });
    }

    /* Searches along strong paths: those without -(*R)-> x -(S*)->. */

    private delegate bool bfs_match(lock_class cls, bool only_xr);

    private static lock_class? bfs(lock_class root, bool root_only_xr, bool forward, bfs_match match)
    {
        int generation = ++bfs_generation[0];
        bfs_queue.Clear();
        root.parent = null;
        root.parent_edge = null;
        root.only_xr = root_only_xr;
        root.visited = generation;
        bfs_queue.Enqueue(root);
        while (bfs_queue.TryDequeue(out lock_class? cls))
        {
            if (match(cls, cls.only_xr))
                return cls;
            foreach (lock_edge e in forward ? cls.after : cls.before)
            {
                if (e.@class.visited == generation)
                    continue;
                byte dep = e.dep;
                if (cls.only_xr)
                    dep &= unchecked((byte)~(DEP_SR_MASK | DEP_SN_MASK));
                if (dep == 0)
                    continue;
                e.@class.visited = generation;
                e.@class.only_xr = (dep & (DEP_SN_MASK | DEP_EN_MASK)) == 0;
                e.@class.parent = cls;
                e.@class.parent_edge = e;
                bfs_queue.Enqueue(e.@class);
            }
        }

        return null;
    }

    private static bool check_noncircular(held_stack s, ref held_lock src, ref held_lock target)
    {
        lock_class target_class = target.@class;
        bool target_shared = target.read != 0;
        // Closing the circle goes out of the target again, so a path that ends in recursive readers needs an exclusive holder there.
        lock_class? found = bfs(src.@class, src.read == 2, true, (cls, only_xr) => cls == target_class && !(only_xr && target_shared));
        if (found == null)
            return true;
        report_circular(s, ref src, ref target, found);
        return false;
    }

    /* Interrupts. */

    private static int exclusive_bit(int bit) => (bit & ~LOCK_USAGE_READ) ^ LOCK_USAGE_DIR;

    private static uint invert_dir(uint mask) => ((mask & LOCKF_USED_IN) << LOCK_USAGE_DIR) | ((mask & ~LOCKF_USED_IN) >> LOCK_USAGE_DIR);

    private static uint exclusive_mask(uint mask)
    {
        uint excl = invert_dir(mask);
        excl |= (excl & LOCKF_READ) >> LOCK_USAGE_READ;
        excl |= (excl & LOCKF_IRQ) << LOCK_USAGE_READ;
        return excl;
    }

    private static uint usage_through(lock_class cls, bool only_xr) => only_xr ? cls.usage & LOCKF_IRQ : cls.usage;

    /// <summary>A new order may join a class that interrupts take with one that is taken while they are on.</summary>
    private static bool check_irq_usage(held_stack s, ref held_lock prev, ref held_lock next)
    {
        uint usage = 0;
        bfs(prev.@class, prev.read != 0, false, (cls, only_xr) =>
        {
            usage |= usage_through(cls, only_xr);
            return false;
        });
        usage &= LOCKF_USED_IN;
        if (usage == 0)
            return true;

        uint forward_mask = exclusive_mask(usage);
        lock_class? unsafe_class = bfs(next.@class, next.read == 2, true, (cls, only_xr) => (usage_through(cls, only_xr) & forward_mask) != 0);
        if (unsafe_class == null)
            return true;
        string forward_path = path_text(unsafe_class);
        uint backward_mask = exclusive_mask(unsafe_class.usage & forward_mask);
        lock_class? safe_class = bfs(prev.@class, prev.read != 0, false, (cls, only_xr) => (usage_through(cls, only_xr) & backward_mask) != 0);
        if (safe_class == null)
            return true;
        report_bad_irq_dependency(s, ref prev, ref next, safe_class, path_text(safe_class), unsafe_class, forward_path, backward_mask);
        return false;
    }

    private static void mark_usage(held_stack s, ref held_lock hlock)
    {
        int read = hlock.read != 0 ? LOCK_USAGE_READ : 0;
        if (!hlock.trylock)
        {
            if ((hlock.irq_context & hardirq_context) != 0)
                mark_lock(s, ref hlock, LOCK_USED_IN_HARDIRQ | read);
            if ((hlock.irq_context & softirq_context) != 0)
                mark_lock(s, ref hlock, LOCK_USED_IN_SOFTIRQ | read);
        }

        if (!hlock.hardirqs_off)
        {
            mark_lock(s, ref hlock, LOCK_ENABLED_HARDIRQ | read);
            if (!in_softirq())
                mark_lock(s, ref hlock, LOCK_ENABLED_SOFTIRQ | read);
        }
    }

    private static void mark_lock(held_stack s, ref held_lock hlock, int bit)
    {
        lock_class cls = hlock.@class;
        uint mask = 1u << bit;
        if ((Volatile.Read(ref cls.usage) & mask) != 0)
            return;
        lock (graph_lock)
        {
            if ((cls.usage & mask) != 0)
                return;
            cls.usage |= mask;
            cls.usage_traces[bit] = trace_here(false);
            cls.usage_sites[bit] = where(hlock.file, hlock.line);
            mark_lock_irq(s, ref hlock, bit);
        }
    }

    private static void mark_lock_irq(held_stack s, ref held_lock hlock, int bit)
    {
        lock_class cls = hlock.@class;
        int excl = exclusive_bit(bit);
        bool read = (bit & LOCK_USAGE_READ) != 0;
        if ((cls.usage & (1u << excl)) != 0)
        {
            report_usage(s, ref hlock, excl, bit);
            return;
        }

        if (!read && (cls.usage & (1u << (excl | LOCK_USAGE_READ))) != 0)
        {
            report_usage(s, ref hlock, excl | LOCK_USAGE_READ, bit);
            return;
        }

        // Taken with interrupts on: what leads here must not be taken in them. Taken in one: nothing after may be taken with them on.
        bool backwards = (bit & LOCK_USAGE_DIR) != 0;
        uint wanted = (1u << excl) | (1u << (excl | LOCK_USAGE_READ));
        bool root_only_xr = backwards ? hlock.read != 0 : hlock.read == 2;
        lock_class? found = bfs(cls, root_only_xr, !backwards, (c, only_xr) => c != cls && (usage_through(c, only_xr) & wanted) != 0);
        if (found != null)
            report_irq_inversion(s, ref hlock, bit, found, (found.usage & (1u << excl)) != 0 ? excl : excl | LOCK_USAGE_READ, backwards);
    }
}
