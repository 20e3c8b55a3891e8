// SPDX-License-Identifier: GPL-2.0-only
using System;
using System.Collections.Immutable;

namespace KMemcg.Analyzers;

/// <summary>A few numbers, one of which a variable holds: what it was given on the ways that joined.</summary>
internal readonly struct Numbers : IEquatable<Numbers>
{
    private const int Most = 4;

    private readonly ImmutableArray<long> _sorted;

    private Numbers(ImmutableArray<long> sorted) => _sorted = sorted;

    public bool IsEmpty => _sorted.IsDefaultOrEmpty;

    public static Numbers Of(long number) => new(ImmutableArray.Create(number));

    /// <summary>Only that number, or all but that.</summary>
    public Numbers Where(long number, bool equal) =>
        equal ? _sorted.BinarySearch(number) >= 0 ? Of(number) : default : new(_sorted.Remove(number));

    /// <summary>Null if these are too many to be told apart.</summary>
    public static Numbers? Either(Numbers a, Numbers b)
    {
        ImmutableArray<long> all = a._sorted;
        foreach (long number in b._sorted)
        {
            int at = all.BinarySearch(number);
            if (at < 0)
                all = all.Insert(~at, number);
        }

        return all.Length > Most ? null : new Numbers(all);
    }

    public bool Equals(Numbers other) => _sorted.AsSpan().SequenceEqual(other._sorted.AsSpan());

    public override bool Equals(object? obj) => obj is Numbers other && Equals(other);

    public override int GetHashCode() => IsEmpty ? 0 : _sorted[0].GetHashCode() + _sorted.Length;
}
