// SPDX-License-Identifier: GPL-2.0-only
using System;
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

/// <summary>How a lock is held.</summary>
internal enum HoldMode
{
    /// <summary>One of several is, and which is not known: [MustHoldAny].</summary>
    Weak,

    /// <summary>For reading.</summary>
    Shared,

    /// <summary>Alone.</summary>
    Exclusive,
}

/// <summary>A lock that is held on a way through a function.</summary>
internal readonly struct HeldLock : IEquatable<HeldLock>
{
    public HeldLock(HoldMode mode, bool byCaller, bool asserted, int subclass, IOperation? site, string? @class = null)
    {
        Class = @class;
        Mode = mode;
        ByCaller = byCaller;
        Asserted = asserted;
        Subclass = subclass;
        Site = site;
    }

    public HoldMode Mode { get; }

    /// <summary>The caller took it: it is held on return as well.</summary>
    public bool ByCaller { get; }

    /// <summary>Known from an assertion only.</summary>
    public bool Asserted { get; }

    public int Subclass { get; }

    /// <summary>Its class, if its name does not tell.</summary>
    public string? Class { get; }

    /// <summary>Where it was taken; ways that differ only in this are one.</summary>
    public IOperation? Site { get; }

    public bool Equals(HeldLock other) =>
        Mode == other.Mode && ByCaller == other.ByCaller && Asserted == other.Asserted && Subclass == other.Subclass;

    public override bool Equals(object? obj) => obj is HeldLock other && Equals(other);

    public override int GetHashCode() => (int)Mode * 8 + (ByCaller ? 4 : 0) + (Asserted ? 2 : 0) + Subclass * 16;
}
