// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Generic;

namespace KMemcg.Analyzers;

/// <summary>
/// What is known on one way (or several that agree) to a point of a function. The first half says what the variables are; the
/// second is what the rules are about. Ways that agree in the second half are merged, others are kept apart.
/// </summary>
internal sealed class FlowState
{
    /* What the variables are. */

    /// <summary>What places hold.</summary>
    public TermMap<Term> Values;

    /// <summary>Values that are known to be zero (false, null), or not to be.</summary>
    public TermMap<bool> NonZero;

    /// <summary>Pointers that are good for a section: RCU's, or a lock's.</summary>
    public TermMap<PointerLife> Borrowed;

    /// <summary>Pointers to this CPU's data.</summary>
    public TermMap<PointerLife> PerCpu;

    /// <summary>Objects whose reference was handed to somebody else, or that are somewhere else already.</summary>
    public TermMap<bool> Escaped;

    /// <summary>Objects that nobody else has yet.</summary>
    public TermMap<bool> Fresh;

    /// <summary>Objects whose count may have reached zero.</summary>
    public TermMap<bool> MayBeDying;

    /// <summary>Pointers that readers could reach.</summary>
    public TermMap<bool> Published;

    /// <summary>Shared places whose value was tested.</summary>
    public TermMap<bool> Tested;

    /// <summary>Where values were read from, by READ_ONCE and the like.</summary>
    public TermMap<Term> ReadFrom;

    /* What the rules are about. */

    public TermMap<HeldLock> Locks;

    /// <summary>Calls whose result decides, by that.</summary>
    public TermMap<PendingCall> Pending;

    public TermMap<SavedFlags> Flags;

    public TermMap<RefState> Refs;

    public TermMap<OpenScope> Scopes;

    public ContextState Context;

    public FinallyContinuation? Finally;

    /// <summary>What follows is not reached: BUG().</summary>
    public bool Unreachable;

    public FlowState Clone() => (FlowState)MemberwiseClone();

    /// <summary>Whether two ways can be merged.</summary>
    public bool SameProperty(FlowState other) =>
        Context.Equals(other.Context) && Locks.SameAs(other.Locks) && Pending.SameAs(other.Pending) && Flags.SameAs(other.Flags) &&
        Refs.SameAs(other.Refs) && Scopes.SameAs(other.Scopes) && FinallyContinuation.Same(Finally, other.Finally);

    public bool SameFacts(FlowState other) =>
        Values.SameAs(other.Values) && NonZero.SameAs(other.NonZero) && Borrowed.SameAs(other.Borrowed) && PerCpu.SameAs(other.PerCpu) &&
        Escaped.SameAs(other.Escaped) && Fresh.SameAs(other.Fresh) && MayBeDying.SameAs(other.MayBeDying) &&
        Published.SameAs(other.Published) && Tested.SameAs(other.Tested) && ReadFrom.SameAs(other.ReadFrom);

    /// <summary>Takes from this what does not hold on the other way. True if anything changed.</summary>
    public bool MergeFrom(FlowState other, int block, TermTable terms)
    {
        FlowState before = Clone();
        MergeValues(other, block, terms);
        NonZero = NonZero.Where(fact => other.NonZero.TryGet(fact.Key, out bool value) && value == fact.Value);
        Fresh = Fresh.Where(fact => other.Fresh.Contains(fact.Key));
        MayBeDying = MayBeDying.Where(fact => other.MayBeDying.Contains(fact.Key));
        Tested = Tested.Where(fact => other.Tested.Contains(fact.Key));
        Escaped = Union(Escaped, other.Escaped);
        Published = Union(Published, other.Published);
        ReadFrom = Union(ReadFrom, other.ReadFrom);
        Borrowed = Worst(Borrowed, other.Borrowed);
        PerCpu = Worst(PerCpu, other.PerCpu);
        return !SameFacts(before);
    }

    /// <summary>Replaces a value that is about to be given again by its earlier self, wherever it is still known.</summary>
    public void MakeStale(Term term, TermTable terms)
    {
        Term stale = terms.Stale(term);
        Values = Renamed(Values, term, stale, terms);
        foreach (KeyValuePair<Term, Term> value in Values.Entries)
        {
            if (value.Value.Mentions(term))
                Values = Values.With(value.Key, terms.Substitute(value.Value, term, stale));
        }

        NonZero = Renamed(NonZero, term, stale, terms);
        Borrowed = Renamed(Borrowed, term, stale, terms);
        PerCpu = Renamed(PerCpu, term, stale, terms);
        Escaped = Renamed(Escaped, term, stale, terms);
        Fresh = Renamed(Fresh, term, stale, terms);
        MayBeDying = Renamed(MayBeDying, term, stale, terms);
        Published = Renamed(Published, term, stale, terms);
        Tested = Tested.Where(tested => !tested.Key.Mentions(term));
        ReadFrom = ReadFrom.Where(read => !read.Key.Mentions(term) && !read.Value.Mentions(term));
        Locks = Renamed(Locks, term, stale, terms);
        Pending = Pending.Where(pending => !pending.Key.Mentions(term));
        Flags = Renamed(Flags, term, stale, terms);
        Refs = Renamed(Refs, term, stale, terms);
        Scopes = Renamed(Scopes, term, stale, terms);
    }

    private static TermMap<T> Renamed<T>(TermMap<T> map, Term term, Term stale, TermTable terms)
    {
        foreach (KeyValuePair<Term, T> entry in map.Entries)
        {
            if (entry.Key.Mentions(term))
                map = map.Without(entry.Key).With(terms.Substitute(entry.Key, term, stale), entry.Value);
        }

        return map;
    }

    private static TermMap<T> Union<T>(TermMap<T> a, TermMap<T> b)
    {
        foreach (KeyValuePair<Term, T> entry in b.Entries)
        {
            if (!a.Contains(entry.Key))
                a = a.With(entry.Key, entry.Value);
        }

        return a;
    }

    private static TermMap<PointerLife> Worst(TermMap<PointerLife> a, TermMap<PointerLife> b)
    {
        foreach (KeyValuePair<Term, PointerLife> entry in b.Entries)
        {
            if (!a.TryGet(entry.Key, out PointerLife mine) || mine < entry.Value)
                a = a.With(entry.Key, entry.Value);
        }

        return a;
    }

    private void MergeValues(FlowState other, int block, TermTable terms)
    {
        TermMap<Term> merged = Values;
        foreach (KeyValuePair<Term, Term> mine in Values.Entries)
        {
            if (!other.Values.TryGet(mine.Key, out Term theirs))
                merged = merged.Without(mine.Key);
            else if (!ReferenceEquals(mine.Value, theirs))
                merged = mine.Key.Kind == TermKind.Variable ? merged.With(mine.Key, terms.Join(block, mine.Key)) : merged.Without(mine.Key);
        }

        Values = merged;
    }
}
