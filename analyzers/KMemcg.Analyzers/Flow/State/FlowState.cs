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

    /// <summary>Values that are one of a few numbers.</summary>
    public TermMap<Numbers> OneOf;

    /// <summary>Pointers that are good for a section: RCU's, or a lock's.</summary>
    public TermMap<PointerLife> Borrowed;

    /// <summary>Pointers to this CPU's data.</summary>
    public TermMap<PointerLife> PerCpu;

    /// <summary>Objects that are somewhere else already: true where the reference that belongs there is not taken yet.</summary>
    public TermMap<bool> Escaped;

    /// <summary>Owning fields whose reference is put or taken out: false if on some ways only, or for some elements.</summary>
    public TermMap<bool> Released;

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
        Values.SameAs(other.Values) && NonZero.SameAs(other.NonZero) && OneOf.SameAs(other.OneOf) && Borrowed.SameAs(other.Borrowed) && PerCpu.SameAs(other.PerCpu) &&
        Escaped.SameAs(other.Escaped) && Released.SameAs(other.Released) && Fresh.SameAs(other.Fresh) && MayBeDying.SameAs(other.MayBeDying) &&
        Published.SameAs(other.Published) && Tested.SameAs(other.Tested) && ReadFrom.SameAs(other.ReadFrom);

    /// <summary>Takes from this what does not hold on the other way. True if anything changed.</summary>
    public bool MergeFrom(FlowState other, int block, TermTable terms)
    {
        if (SameFacts(other))
            return false;
        FlowState before = Clone();
        Released = MergeReleased(other, terms);
        TermMap<bool> joined = MergeValues(other, block, terms);
        NonZero = NonZero.Where(other.NonZero, static (fact, others) => others.TryGet(fact.Key, out bool value) && value == fact.Value);
        foreach (KeyValuePair<Term, bool> fact in joined.Entries)
            NonZero = NonZero.With(fact.Key, fact.Value);
        Fresh = Fresh.Where(other.Fresh, static (fact, others) => others.Contains(fact.Key));
        MayBeDying = MayBeDying.Where(other.MayBeDying, static (fact, others) => others.Contains(fact.Key));
        Tested = Tested.Where(other.Tested, static (fact, others) => others.Contains(fact.Key));
        Escaped = MergeEscaped(other);
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
        if (!IsNamed(stale))
        {
            // What was put two turns ago is nobody's any more.
            Refs = Refs.Where(stale, static (reference, stale) => reference.Value.Count > 0 || !reference.Key.Mentions(stale));
            NonZero = NonZero.Where(stale, static (fact, stale) => !fact.Key.Mentions(stale));
        }

        Rename(term, stale, terms);
        Tested = Tested.Where(term, static (tested, term) => !tested.Key.Mentions(term));
        ReadFrom = ReadFrom.Where(term, static (read, term) => !read.Key.Mentions(term) && !read.Value.Mentions(term));
        Pending = Pending.Where(term, static (pending, term) => !pending.Key.Mentions(term));
    }

    /// <summary>What was put, and nobody has a name for any more, is of no interest: it would only keep ways apart.</summary>
    public void ForgetUnnamedPuts()
    {
        if (Refs.Count > 0)
            Refs = Refs.Where(this, static (reference, state) => reference.Value.Count > 0 || reference.Key is { Kind: TermKind.Load, A.Kind: TermKind.Variable } || state.IsNamed(reference.Key));
    }

    private bool IsNamed(Term term)
    {
        foreach (KeyValuePair<Term, Term> value in Values.Entries)
        {
            if (value.Value.Mentions(term))
                return true;
        }

        return false;
    }

    /// <summary>Whether any lock or reference is of an object with this name.</summary>
    public bool IsAbout(Term term)
    {
        foreach (KeyValuePair<Term, HeldLock> held in Locks.Entries)
        {
            if (held.Key.Mentions(term))
                return true;
        }

        foreach (KeyValuePair<Term, RefState> reference in Refs.Entries)
        {
            if (reference.Key.Mentions(term))
                return true;
        }

        return false;
    }

    /// <summary>Gives a value another name.</summary>
    public void Rename(Term term, Term other, TermTable terms)
    {
        Values = Renamed(Values, term, other, terms);
        foreach (KeyValuePair<Term, Term> value in Values.Entries)
        {
            if (value.Value.Mentions(term))
                Values = Values.With(value.Key, terms.Substitute(value.Value, term, other));
        }

        NonZero = Renamed(NonZero, term, other, terms);
        OneOf = Renamed(OneOf, term, other, terms);
        Borrowed = Renamed(Borrowed, term, other, terms);
        PerCpu = Renamed(PerCpu, term, other, terms);
        Escaped = Renamed(Escaped, term, other, terms);
        Released = Renamed(Released, term, other, terms);
        Fresh = Renamed(Fresh, term, other, terms);
        MayBeDying = Renamed(MayBeDying, term, other, terms);
        Published = Renamed(Published, term, other, terms);
        Locks = Renamed(Locks, term, other, terms);
        Flags = Renamed(Flags, term, other, terms);
        Refs = Renamed(Refs, term, other, terms);
        Scopes = Renamed(Scopes, term, other, terms);
    }

    private static TermMap<T> Renamed<T>(TermMap<T> map, Term term, Term stale, TermTable terms)
    {
        foreach (KeyValuePair<Term, T> entry in map.Entries)
        {
            if (entry.Key.Mentions(term) && terms.Substitute(entry.Key, term, stale) is var other && !ReferenceEquals(other, entry.Key))
                map = map.Without(entry.Key).With(other, entry.Value);
        }

        return map;
    }

    private TermMap<bool> MergeEscaped(FlowState other)
    {
        TermMap<bool> merged = Union(Escaped, other.Escaped);
        foreach (KeyValuePair<Term, bool> entry in other.Escaped.Entries)
        {
            if (entry.Value)
                merged = merged.With(entry.Key, true);
        }

        return merged;
    }

    /// <summary>Where a field is null there was nothing to put.</summary>
    private TermMap<bool> MergeReleased(FlowState other, TermTable terms)
    {
        TermMap<bool> merged = Released;
        foreach (KeyValuePair<Term, bool> entry in Released.Entries)
        {
            if (entry.Value && !other.HasNothing(entry.Key, terms))
                merged = merged.With(entry.Key, false);
        }

        foreach (KeyValuePair<Term, bool> entry in other.Released.Entries)
        {
            if (!Released.Contains(entry.Key))
                merged = merged.With(entry.Key, entry.Value && HasNothing(entry.Key, terms));
        }

        return merged;
    }

    private bool HasNothing(Term place, TermTable terms) => Released.TryGet(place, out bool always)
        ? always
        : TruthOf(Values.TryGet(place, out Term value) ? value : terms.Load(place)) == false;

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

    /// <summary>Whether a value is known to be, or not to be, zero.</summary>
    public bool? TruthOf(Term value)
    {
        if (value.Kind == TermKind.Constant)
            return value.Number != 0;
        if (value.Kind == TermKind.Address && value.A!.Kind is TermKind.Variable or TermKind.Static)
            return true;
        return NonZero.TryGet(value, out bool truth) ? truth : null;
    }

    /// <summary>A place in memory that keeps what a call gave, here or on one of several ways.</summary>
    private static bool IsResult(KeyValuePair<Term, Term> value) =>
        value.Value.Kind == TermKind.Result || (value.Value.Kind == TermKind.Join && ReferenceEquals(value.Value.A, value.Key));

    /// <summary>Variables that are something else on the other way get a name for both; gives what is known of those.</summary>
    private TermMap<bool> MergeValues(FlowState other, int block, TermTable terms)
    {
        TermMap<Term> merged = Values;
        TermMap<bool> known = default;
        TermMap<Numbers> numbers = default;
        foreach (KeyValuePair<Term, Numbers> mine in OneOf.Entries)
        {
            if (other.OneOf.TryGet(mine.Key, out Numbers theirs) && Numbers.Either(mine.Value, theirs) is { } either)
                numbers = numbers.With(mine.Key, either);
        }

        foreach (KeyValuePair<Term, Term> mine in Values.Entries)
        {
            if (!other.Values.TryGet(mine.Key, out Term theirs))
                merged = merged.Without(mine.Key);
            else if (ReferenceEquals(mine.Value, theirs))
                continue;
            else
            {
                bool? truth = TruthOf(mine.Value) is { } own && other.TruthOf(theirs) == own ? own : null;
                if (mine.Key.Kind != TermKind.Variable && (truth is null || !IsResult(mine) || !IsResult(new KeyValuePair<Term, Term>(mine.Key, theirs))))
                {
                    merged = merged.Without(mine.Key);
                    continue;
                }

                Term join = terms.Join(block, mine.Key);
                merged = merged.With(mine.Key, join);
                numbers = NumbersOf(mine.Value) is { } ours && other.NumbersOf(theirs) is { } others && Numbers.Either(ours, others) is { } either
                    ? numbers.With(join, either)
                    : numbers.Without(join);
                if (truth is { } both)
                    known = known.With(join, both);
            }
        }

        Values = merged;
        OneOf = numbers;
        return known;
    }

    private Numbers? NumbersOf(Term value) =>
        value.Kind == TermKind.Constant ? Numbers.Of(value.Number) : OneOf.TryGet(value, out Numbers numbers) ? numbers : null;
}
