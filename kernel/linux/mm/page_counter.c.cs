// SPDX-License-Identifier: GPL-2.0-only
// Hierarchical page counters without locks: every level is one atomic, added to first and checked after.
using static Linux.linux_page_counter_h;
using static Linux.linux_atomic_h;
using static Linux.linux_kernel_h;
using static Linux.linux_string_h;
using static Linux.linux_sched_h;
using static Linux.linux_bug_h;
using static Linux.asm_page_h;

namespace Linux;

public static unsafe partial class mm_page_counter_c
{
    private const string C = "mm/page_counter.c";

    [KernelSource(C, "track_protection", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool track_protection(page_counter* c) => c->protection_support;

    /// <summary>
    /// &amp;c->usage. Written that way it would be read first, as .NET checks the pointer, and a line that another CPU holds
    /// would come over twice: once to be read, once to be added to. It is the first field.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static atomic_long_t* usage_of(page_counter* c) => (atomic_long_t*)c;

    // min() without a branch: in a loop the JIT makes no conditional move of it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong lesser(ulong a, ulong b) => b + ((a - b) & (0 - (a < b ? 1UL : 0UL)));

    /// <summary>Carries the change of what min and low cover of this level into the parent's sums.</summary>
    [KernelSource(C, "propagate_protected_usage", Parity.Full)]
    private static void propagate_protected_usage(page_counter* c, ulong usage)
    {
        ulong @protected, old_protected;
        long delta;

        if (c->parent == null)
            return;

        @protected = lesser(usage, READ_ONCE(&c->min));
        old_protected = (ulong)atomic_long_read(&c->min_usage);
        if (@protected != old_protected)
        {
            // The exchange decides which of several racing updaters carries which part of the difference.
            old_protected = (ulong)atomic_long_xchg(&c->min_usage, (long)@protected);
            delta = (long)(@protected - old_protected);
            if (delta != 0)
                atomic_long_add(delta, &c->parent->children_min_usage);
        }

        @protected = lesser(usage, READ_ONCE(&c->low));
        old_protected = (ulong)atomic_long_read(&c->low_usage);
        if (@protected != old_protected)
        {
            old_protected = (ulong)atomic_long_xchg(&c->low_usage, (long)@protected);
            delta = (long)(@protected - old_protected);
            if (delta != 0)
                atomic_long_add(delta, &c->parent->children_low_usage);
        }
    }

    // The message's handler has references, which .NET clears where it lives: in the loop over the levels that would be two stores
    // in front of each locked instruction, which waits for stores.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void warn_underflow(long @new, ulong nr_pages) =>
        WARN_ONCE(true, $"page_counter underflow: {@new} nr_pages={nr_pages}\n");

    /// <summary>Takes pages off this level alone.</summary>
    [KernelSource(C, "page_counter_cancel", Parity.Full)]
    // Called where a charge is taken back, which is seldom.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void page_counter_cancel(page_counter* counter, ulong nr_pages) => __page_counter_cancel(counter, nr_pages);

    // The body of page_counter_cancel. The way from level to level is a locked instruction, the load of the parent and the next locked
    // instruction, so the parent is the first thing read behind it, and page_counter_uncharge gets it from here.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static page_counter* __page_counter_cancel(page_counter* counter, ulong nr_pages)
    {
        long @new;

        @new = atomic_long_sub_return((long)nr_pages, usage_of(counter));
        page_counter* parent = counter->parent;
        // More uncharges than charges: say so once, and stay usable.
        if (@new < 0)
        {
            warn_underflow(@new, nr_pages);
            @new = 0;
            atomic_long_set(usage_of(counter), @new);
        }
        if (track_protection(counter))
            propagate_protected_usage(counter, (ulong)@new);
        return parent;
    }

    /// <summary>Adds pages to every level up to the root, over any limit.</summary>
    [KernelSource(C, "page_counter_charge", Parity.Full)]
    public static void page_counter_charge(page_counter* counter, ulong nr_pages)
    {
        page_counter* c, parent;
        bool protection = track_protection(counter);

        for (c = counter; c != null; c = parent)
        {
            long @new;

            @new = atomic_long_add_return((long)nr_pages, usage_of(c));
            // Read first: see __page_counter_cancel.
            parent = c->parent;
            if (protection)
                propagate_protected_usage(c, (ulong)@new);
            // A racy watermark is good enough, and a local one below the global one saves the second check.
            if ((ulong)@new > READ_ONCE(&c->local_watermark))
            {
                WRITE_ONCE(&c->local_watermark, (ulong)@new);
                if ((ulong)@new > READ_ONCE(&c->watermark))
                    WRITE_ONCE(&c->watermark, (ulong)@new);
            }
        }
    }

    /// <summary>Adds pages to every level, or to none: the level that has no room is reported in <paramref name="fail"/>.</summary>
    [KernelSource(C, "page_counter_try_charge", Parity.Full)]
    public static bool page_counter_try_charge(page_counter* counter, ulong nr_pages, page_counter** fail)
    {
        page_counter* c, parent;
        bool protection = track_protection(counter);
        bool track_failcnt = counter->track_failcnt;

        for (c = counter; c != null; c = parent)
        {
            long @new;

            // Add first, then check: the overshoot is visible to others for a moment and may fail them as well, but a
            // loop of compare-and-exchange would cost every charge. Limits are lowered with that in mind (set_max).
            @new = atomic_long_add_return((long)nr_pages, usage_of(c));
            // Read first: see __page_counter_cancel.
            parent = c->parent;
            if ((ulong)@new > c->max)
            {
                atomic_long_sub((long)nr_pages, usage_of(c));
                if (track_failcnt)
                    c->failcnt++;
                *fail = c;
                goto failed;
            }
            if (protection)
                propagate_protected_usage(c, (ulong)@new);

            if ((ulong)@new > READ_ONCE(&c->local_watermark))
            {
                WRITE_ONCE(&c->local_watermark, (ulong)@new);
                if ((ulong)@new > READ_ONCE(&c->watermark))
                    WRITE_ONCE(&c->watermark, (ulong)@new);
            }
        }
        return true;

    failed:
        for (c = counter; c != *fail; c = c->parent)
            page_counter_cancel(c, nr_pages);

        return false;
    }

    [KernelSource(C, "page_counter_uncharge", Parity.Full)]
    public static void page_counter_uncharge(page_counter* counter, ulong nr_pages)
    {
        page_counter* c = counter;

        while (c != null)
            c = __page_counter_cancel(c, nr_pages);
    }

    /// <summary>Sets the limit unless the usage is above it: then -EBUSY. The caller serialises setters.</summary>
    [KernelSource(C, "page_counter_set_max", Parity.Full)]
    public static int page_counter_set_max(page_counter* counter, ulong nr_pages)
    {
        for (; ; )
        {
            ulong old;
            ulong usage;

            usage = page_counter_read(counter);

            if (usage > nr_pages)
                return -EBUSY;

            // Whoever adds after the exchange sees the new limit; whoever added before it is seen by the second read.
            old = xchg(&counter->max, nr_pages);

            if (page_counter_read(counter) <= usage || nr_pages >= old)
                return 0;

            counter->max = old;
            cond_resched();
        }
    }

    [KernelSource(C, "page_counter_set_min", Parity.Full)]
    public static void page_counter_set_min(page_counter* counter, ulong nr_pages)
    {
        page_counter* c;

        WRITE_ONCE(&counter->min, nr_pages);

        for (c = counter; c != null; c = c->parent)
            propagate_protected_usage(c, (ulong)atomic_long_read(usage_of(c)));
    }

    [KernelSource(C, "page_counter_set_low", Parity.Full)]
    public static void page_counter_set_low(page_counter* counter, ulong nr_pages)
    {
        page_counter* c;

        WRITE_ONCE(&counter->low, nr_pages);

        for (c = counter; c != null; c = c->parent)
            propagate_protected_usage(c, (ulong)atomic_long_read(usage_of(c)));
    }

    /// <summary>Bytes with a memparse suffix, or the word <paramref name="max"/>, as a count of pages.</summary>
    [KernelSource(C, "page_counter_memparse", Parity.Full)]
    public static int page_counter_memparse(byte* buf, ReadOnlySpan<byte> max, ulong* nr_pages)
    {
        byte* end;
        ulong bytes;

        if (strcmp(buf, max) == 0)
        {
            *nr_pages = PAGE_COUNTER_MAX;
            return 0;
        }

        bytes = memparse(buf, &end);
        if (*end != 0)
            return -EINVAL;

        *nr_pages = min(bytes / PAGE_SIZE, PAGE_COUNTER_MAX);

        return 0;
    }

    /// <summary>
    /// What of a group's protection holds beside its siblings. When the siblings together claim (and use) more than the
    /// parent has to give, each gets its share of it; else each has what it claims, and with recursive protection what
    /// is left over is handed out in proportion to the usage that nobody claimed.
    /// </summary>
    [KernelSource(C, "effective_protection", Parity.Full)]
    private static ulong effective_protection(ulong usage, ulong parent_usage, ulong setting, ulong parent_effective,
        ulong siblings_protected, bool recursive_protection)
    {
        ulong @protected;
        ulong ep;

        @protected = min(usage, setting);
        // By use and not by claim, so that what one claims and leaves unused is there for the others.
        if (siblings_protected > parent_effective)
            return unchecked(@protected * parent_effective) / siblings_protected;

        ep = @protected;

        if (!recursive_protection)
            return ep;

        // The three values are not read at one moment: each difference is checked before it is used.
        if (parent_effective > siblings_protected &&
            parent_usage > siblings_protected &&
            usage > @protected)
        {
            ulong unclaimed;

            unclaimed = parent_effective - siblings_protected;
            unclaimed = unchecked(unclaimed * (usage - @protected));
            unclaimed /= parent_usage - siblings_protected;

            ep += unclaimed;
        }

        return ep;
    }

    /// <summary>Sets emin and elow of one counter from its parent's: to be called from the root of the reclaim downwards.</summary>
    [KernelSource(C, "page_counter_calculate_protection", Parity.Full)]
    public static void page_counter_calculate_protection(page_counter* root, page_counter* counter, bool recursive_protection)
    {
        ulong usage, parent_usage;
        page_counter* parent = counter->parent;

        // The target of a reclaim has no protection against it; its values may be stale and nobody reads them.
        if (root == counter)
            return;

        usage = page_counter_read(counter);
        if (usage == 0)
            return;

        if (parent == root)
        {
            counter->emin = READ_ONCE(&counter->min);
            counter->elow = READ_ONCE(&counter->low);
            return;
        }

        parent_usage = page_counter_read(parent);

        WRITE_ONCE(&counter->emin, effective_protection(usage, parent_usage,
            READ_ONCE(&counter->min),
            READ_ONCE(&parent->emin),
            (ulong)atomic_long_read(&parent->children_min_usage),
            recursive_protection));

        WRITE_ONCE(&counter->elow, effective_protection(usage, parent_usage,
            READ_ONCE(&counter->low),
            READ_ONCE(&parent->elow),
            (ulong)atomic_long_read(&parent->children_low_usage),
            recursive_protection));
    }
}
