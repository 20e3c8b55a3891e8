// SPDX-License-Identifier: GPL-2.0-only
using System;
using System.Collections.Generic;

namespace KMemcg.Analyzers;

/// <summary>A small map from terms that is never changed, only replaced. Most have a handful of entries, kept in order.</summary>
internal readonly struct TermMap<T>
{
    private readonly KeyValuePair<Term, T>[]? _entries;

    private TermMap(KeyValuePair<Term, T>[] entries) => _entries = entries;

    public int Count => _entries?.Length ?? 0;

    public ReadOnlySpan<KeyValuePair<Term, T>> Entries => _entries;

    public bool TryGet(Term key, out T value)
    {
        int at = Find(key);
        value = at >= 0 ? _entries![at].Value : default!;
        return at >= 0;
    }

    public bool Contains(Term key) => Find(key) >= 0;

    public TermMap<T> With(Term key, T value)
    {
        int at = Find(key);
        int count = Count;
        KeyValuePair<Term, T>[] entries;
        if (at >= 0)
        {
            if (EqualityComparer<T>.Default.Equals(_entries![at].Value, value))
                return this;
            entries = (KeyValuePair<Term, T>[])_entries.Clone();
        }
        else
        {
            at = ~at;
            entries = new KeyValuePair<Term, T>[count + 1];
            if (_entries is not null)
            {
                Array.Copy(_entries, entries, at);
                Array.Copy(_entries, at, entries, at + 1, count - at);
            }
        }

        entries[at] = new KeyValuePair<Term, T>(key, value);
        return new TermMap<T>(entries);
    }

    public TermMap<T> Without(Term key)
    {
        int at = Find(key);
        if (at < 0)
            return this;
        var entries = new KeyValuePair<Term, T>[Count - 1];
        Array.Copy(_entries!, entries, at);
        Array.Copy(_entries!, at + 1, entries, at, entries.Length - at);
        return new TermMap<T>(entries);
    }

    /// <summary>Only what passes the test, which is static and gets what it needs: there are thousands, and a closure for each would be garbage.</summary>
    public TermMap<T> Where<TWith>(TWith with, Func<KeyValuePair<Term, T>, TWith, bool> keep)
    {
        if (_entries is null)
            return this;

        // Most often all of it passes.
        int count = 0;
        while (count < _entries.Length && keep(_entries[count], with))
            count++;
        if (count == _entries.Length)
            return this;
        var kept = new KeyValuePair<Term, T>[_entries.Length - 1];
        Array.Copy(_entries, kept, count);
        for (int i = count + 1; i < _entries.Length; i++)
        {
            if (keep(_entries[i], with))
                kept[count++] = _entries[i];
        }

        if (count == 0)
            return default;
        Array.Resize(ref kept, count);
        return new TermMap<T>(kept);
    }

    public bool SameAs(TermMap<T> other)
    {
        if (ReferenceEquals(_entries, other._entries))
            return true;
        if (Count != other.Count)
            return false;
        for (int i = 0; i < Count; i++)
        {
            if (!ReferenceEquals(_entries![i].Key, other._entries![i].Key) ||
                !EqualityComparer<T>.Default.Equals(_entries[i].Value, other._entries[i].Value))
                return false;
        }

        return true;
    }

    private int Find(Term key)
    {
        int low = 0;
        int high = Count - 1;
        while (low <= high)
        {
            int middle = (low + high) >> 1;
            int id = _entries![middle].Key.Id;
            if (id == key.Id)
                return middle;
            if (id < key.Id)
                low = middle + 1;
            else
                high = middle - 1;
        }

        return ~low;
    }
}
