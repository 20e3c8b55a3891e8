// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Threading;

namespace Linux;

/// <summary>What kind of lock an address is, when nobody has initialised it: it decides what may be taken inside.</summary>
internal enum lock_kind : byte
{
    unknown,
    raw_spin,
    spin,
    local,
    sleep,
    map,
    bit,
}

/// <summary>
/// The lock validator, after kernel/locking/lockdep.c: locks are grouped in classes, every new order of two classes
/// becomes an edge of a graph, and an edge that closes a cycle, or that joins a class used in interrupts with one
/// taken while they are on, is a deadlock that some run can meet, whether or not this one does.
/// </summary>
/// <remarks>
/// Nothing of it is in simulated memory: it must not change what a lock looks like, nor be charged to anyone. A
/// simulated task is one host thread, so the stack of held locks is per thread.
/// </remarks>
[ContextPrimitive]
public static unsafe partial class lockdep
{
    /// <summary>What initialising a lock says of it; all locks of one place of initialisation share it.</summary>
    internal sealed class lock_map
    {
        public required string name;
        public required string site;
        public int inner;
        public int outer;
        public int type;
        public uint subclass;
        public bool novalidate;
        public readonly lock_class?[] classes = new lock_class?[MAX_LOCKDEP_SUBCLASSES];
    }

    /// <summary>A map by where it comes from: a key's address, or the place of initialisation, or of first use.</summary>
    private readonly record struct map_key(nint address, string name, string file, int line, uint subclass = 0);

    internal struct held_lock
    {
        public lock_class @class;
        public nint instance;
        public nint nest_lock;
        public string name;
        public string file;
        public int line;
        public int read;
        public bool trylock;
        public bool check;
        public bool hardirqs_off;
        public byte irq_context;
        public int references;
        public ulong prev_chain_key;
    }

    /// <summary>The locks that this host thread holds, oldest first.</summary>
    internal sealed class held_stack
    {
        public held_lock[] locks = new held_lock[48];
        public int depth;
        public int recursion;
        public ulong chain_key = INITIAL_CHAIN_KEY;
        public int generation;
    }

    private const ulong INITIAL_CHAIN_KEY = ulong.MaxValue;

    [ThreadStatic]
    private static held_stack? held;

    private static readonly ConcurrentDictionary<nint, lock_map> maps = new();
    private static readonly Dictionary<map_key, lock_map> map_of_site = new();
    private static readonly Dictionary<nint, HashSet<nint>> locks_of_page = new();
    private static readonly Lock maps_lock = new();
    private static readonly int[] boot = new int[1];

    private const int page_shift = 12;

    private static held_stack this_held()
    {
        held_stack s = held ??= new held_stack { generation = Volatile.Read(ref boot[0]) };
        if (s.generation != Volatile.Read(ref boot[0]))
        {
            // A host thread that lives longer than a machine starts the next one with nothing held.
            s.depth = 0;
            s.recursion = 0;
            s.chain_key = INITIAL_CHAIN_KEY;
            s.generation = Volatile.Read(ref boot[0]);
        }

        return s;
    }

    /// <summary>Makes this thread hold other locks, or none, for as long as it runs something of another CPU. Returns those it held.</summary>
    internal static held_stack? exchange(held_stack? other)
    {
        held_stack? mine = held;
        held = other;
        return mine;
    }

    /// <summary>How many locks this thread holds.</summary>
    public static int depth => prove_locking ? this_held().depth : 0;

    internal static void reset()
    {
        lock (maps_lock)
        lock (graph_lock)
        {
            maps.Clear();
            map_of_site.Clear();
            locks_of_page.Clear();
            reset_graph();
            lock (reported)
            {
                reported.Clear();
                report_texts.Clear();
            }

            Volatile.Write(ref boot[0], boot[0] + 1);
        }
    }

    /* Acquire and release. */

    internal static void acquire(nint @lock, uint subclass, bool trylock, int read, bool check, nint nest_lock, lock_kind kind,
        string name, string file, int line)
    {
        held_stack s = this_held();
        if (s.recursion != 0)
            return;
        s.recursion++;
        if (!maps.TryGetValue(@lock, out lock_map? map))
            map = first_use(@lock, kind, name, file, line);
        if (map.novalidate)
            check = false;
        if (subclass == 0)
            subclass = map.subclass;
        if (subclass >= MAX_LOCKDEP_SUBCLASSES)
            subclass = MAX_LOCKDEP_SUBCLASSES - 1;
        lock_class cls = map.classes[subclass] ?? class_of(map, subclass);

        if (nest_lock != 0 && s.depth > 0)
        {
            ref held_lock top = ref s.locks[s.depth - 1];
            if (top.@class == cls && top.nest_lock != 0)
            {
                top.references = top.references == 0 ? 2 : top.references + 1;
                s.recursion--;
                return;
            }
        }

        if (s.depth == s.locks.Length)
            Array.Resize(ref s.locks, s.depth * 2);
        ref held_lock hlock = ref s.locks[s.depth];
        hlock = new held_lock
        {
            @class = cls,
            instance = @lock,
            nest_lock = nest_lock,
            name = name,
            file = file,
            line = line,
            read = read,
            trylock = trylock,
            check = check,
            hardirqs_off = irqs_disabled(),
            irq_context = irq_context(),
            prev_chain_key = s.chain_key,
        };

        check_wait_context(s, ref hlock);
        if (check)
            mark_usage(s, ref hlock);

        ulong chain_key = s.chain_key;
        bool chain_head = s.depth == 0;
        if (s.depth > 0 && s.locks[s.depth - 1].irq_context != hlock.irq_context)
        {
            // An interrupt is a stack of its own: what it interrupted is not ordered before its locks.
            chain_key = INITIAL_CHAIN_KEY;
            chain_head = true;
        }

        chain_key = iterate_chain_key(chain_key, (uint)cls.index << 2 | (uint)read);
        if (!trylock && check)
            validate_chain(s, ref hlock, chain_head, chain_key);
        s.chain_key = chain_key;
        s.depth++;
        s.recursion--;
    }

    internal static void release(nint @lock, string name, string file, int line)
    {
        held_stack s = this_held();
        if (s.recursion != 0)
            return;
        s.recursion++;
        int i = find_held(s, @lock);
        if (i < 0)
        {
            report("bad unlock balance detected", $"{clean_name(name)}@{file}:{line}",
                $"{task_name()} is trying to release lock ({clean_name(name)}) at {where(file, line)}\nbut it is not held by this task!\n{held_text(s)}", trace_here());
            s.recursion--;
            return;
        }

        // One entry stands for several nested locks: it goes with the last.
        if (s.locks[i].references != 0 && --s.locks[i].references != 0)
        {
            s.recursion--;
            return;
        }

        s.chain_key = s.locks[i].prev_chain_key;
        for (int j = i + 1; j < s.depth; j++)
        {
            ref held_lock to = ref s.locks[j - 1];
            to = s.locks[j];
            to.prev_chain_key = s.chain_key;
            ulong from = j - 1 > 0 && s.locks[j - 2].irq_context != to.irq_context ? INITIAL_CHAIN_KEY : s.chain_key;
            s.chain_key = iterate_chain_key(from, (uint)to.@class.index << 2 | (uint)to.read);
        }

        s.depth--;
        s.locks[s.depth] = default;
        s.recursion--;
    }

    /// <summary>An exclusive lock became a shared one.</summary>
    internal static void downgrade(nint @lock)
    {
        held_stack s = this_held();
        int i = find_held(s, @lock);
        if (i >= 0)
            s.locks[i].read = 1;
    }

    private static int find_held(held_stack s, nint @lock)
    {
        for (int i = s.depth - 1; i >= 0; i--)
        {
            if (s.locks[i].instance == @lock)
                return i;
        }

        // One entry stands for all the locks that were nested in the same outer one.
        if (maps.TryGetValue(@lock, out lock_map? map))
        {
            for (int i = s.depth - 1; i >= 0; i--)
            {
                if (s.locks[i].references != 0 && s.locks[i].@class == map.classes[map.subclass])
                    return i;
            }
        }

        return -1;
    }

    internal static int is_held(nint @lock, int read)
    {
        held_stack s = this_held();
        if (s.recursion != 0)
            return LOCK_STATE_UNKNOWN;
        int i = find_held(s, @lock);
        if (i < 0)
            return LOCK_STATE_NOT_HELD;
        return read == -1 || (s.locks[i].read != 0 ? 1 : 0) == read ? LOCK_STATE_HELD : LOCK_STATE_NOT_HELD;
    }

    internal static void check_none_held(string what)
    {
        held_stack s = this_held();
        if (s.depth != 0)
            report(what, s.locks[0].@class.name, $"{task_name()}\n{held_text(s)}", trace_here());
    }

    /// <summary>What the context allows to be taken: each lock held, and an interrupt, narrows it.</summary>
    private static void check_wait_context(held_stack s, ref held_lock next)
    {
        int next_inner = next.@class.map.inner;
        if (next_inner == LD_WAIT_INV || next.trylock)
            return;
        int next_outer = next.@class.map.outer != LD_WAIT_INV ? next.@class.map.outer : next_inner;

        // Devices' handlers would be threads under PREEMPT_RT, so they may take what a softirq may.
        byte context = next.irq_context;
        int curr_inner = context != 0 ? LD_WAIT_CONFIG : LD_WAIT_MAX;
        for (int i = s.depth - 1; i >= 0 && s.locks[i].irq_context == context; i--)
        {
            int prev_inner = s.locks[i].@class.map.inner;
            if (prev_inner != LD_WAIT_INV && prev_inner < curr_inner)
                curr_inner = prev_inner;
        }

        if (next_outer > curr_inner)
        {
            report("Invalid wait context", $"{next.@class.name}/{curr_inner}",
                $"{task_name()} is trying to lock:\n  {describe(next)}\n" +
                $"which waits as {wait_name(next_outer)}, where no more than {wait_name(curr_inner)} may: in {context_name(context)}.\n{held_text(s)}", trace_here());
        }
    }

    private static string wait_name(int wait) => wait switch
    {
        LD_WAIT_FREE => "a wait-free section",
        LD_WAIT_SPIN => "a raw spinlock",
        LD_WAIT_CONFIG => "a spinlock",
        LD_WAIT_SLEEP => "a sleeping lock",
        _ => "anything",
    };

    private static ulong iterate_chain_key(ulong key, uint id)
    {
        ulong x = key ^ id * 0x9E3779B97F4A7C15UL;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9UL;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EBUL;
        return x ^ (x >> 31);
    }

    /* Context. */

    internal const byte softirq_context = 1;
    internal const byte hardirq_context = 2;

    private static byte irq_context() =>
        (byte)((in_hardirq() ? hardirq_context : 0) | (in_serving_softirq() ? softirq_context : 0));

    internal static void might_sleep(string file, int line)
    {
        if (!might_sleep_checked())
            return;
        uint state = READ_ONCE(&current->__state);
        if (state != TASK_RUNNING && this_held().recursion == 0)
        {
            report("do not call blocking ops when !TASK_RUNNING", $"{file}:{line}",
                $"{task_name()} is in state 0x{state:x} at {where(file, line)}", trace_here());
        }

        might_resched(file, line);
    }

    internal static void might_resched(string file, int line)
    {
        held_stack s = this_held();
        if (s.recursion != 0 || !might_sleep_checked())
            return;
        int preempt = preempt_count();
        bool irqs_off = irqs_disabled();
        bool rcu = is_held((nint)rcu_lock_map, -1) == LOCK_STATE_HELD;
        if (preempt == 0 && !irqs_off && !rcu)
            return;
        report("sleeping function called from invalid context", $"{file}:{line}",
            $"at {where(file, line)}\nin_atomic(): {(preempt != 0 ? 1 : 0)}, irqs_disabled(): {(irqs_off ? 1 : 0)}, pid: {current->pid}, name: {comm()}\n" +
            $"preempt_count: {preempt:x}, expected: 0\nRCU nest depth: {(rcu ? 1 : 0)}, expected: 0\n{held_text(s)}", trace_here());
    }

    internal static void hardirqs_on()
    {
        held_stack s = this_held();
        if (s.recursion != 0)
            return;
        for (int i = 0; i < s.depth; i++)
        {
            ref held_lock hlock = ref s.locks[i];
            if (!hlock.check)
                continue;
            hlock.hardirqs_off = false;
            mark_lock(s, ref hlock, hlock.read != 0 ? LOCK_ENABLED_HARDIRQ | LOCK_USAGE_READ : LOCK_ENABLED_HARDIRQ);
            if (!in_softirq())
                mark_lock(s, ref hlock, hlock.read != 0 ? LOCK_ENABLED_SOFTIRQ | LOCK_USAGE_READ : LOCK_ENABLED_SOFTIRQ);
        }
    }

    internal static void softirqs_on()
    {
        held_stack s = this_held();
        if (s.recursion != 0 || irqs_disabled())
            return;
        for (int i = 0; i < s.depth; i++)
        {
            ref held_lock hlock = ref s.locks[i];
            if (hlock.check)
                mark_lock(s, ref hlock, hlock.read != 0 ? LOCK_ENABLED_SOFTIRQ | LOCK_USAGE_READ : LOCK_ENABLED_SOFTIRQ);
        }
    }
}
