// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Immutable;

namespace KMemcg.Analyzers;

/// <summary>Everything that the annotations of a field or property say, resolved.</summary>
internal sealed class FieldContract
{
    public static readonly FieldContract Empty = new();

    /// <summary>All of these guard it.</summary>
    public ImmutableArray<AnnotationPath> Guards { get; set; } = ImmutableArray<AnnotationPath>.Empty;

    /// <summary>Any of these for reading, all for writing.</summary>
    public ImmutableArray<AnnotationPath> AnyGuards { get; set; } = ImmutableArray<AnnotationPath>.Empty;

    /// <summary>These guard what it points to.</summary>
    public ImmutableArray<AnnotationPath> PointeeGuards { get; set; } = ImmutableArray<AnnotationPath>.Empty;

    /// <summary>These guard it from being written.</summary>
    public ImmutableArray<AnnotationPath> WriteGuards { get; set; } = ImmutableArray<AnnotationPath>.Empty;

    public bool RcuProtected { get; set; }

    /// <summary>Locks whose holder may follow an RCU pointer.</summary>
    public ImmutableArray<AnnotationPath> RcuOr { get; set; } = ImmutableArray<AnnotationPath>.Empty;

    public bool PerCpu { get; set; }

    public bool PerCpuRemote { get; set; }

    public AnnotationPath? PerCpuLock { get; set; }

    public bool Marked { get; set; }

    public bool OwnsRef { get; set; }

    /// <summary>It owns nothing any more where the object is freed.</summary>
    public bool EmptyWhenFreed { get; set; }

    /// <summary>It counts the references of the object that it is in.</summary>
    public bool CountsRefs { get; set; }

    /// <summary>A lock that nobody waits for.</summary>
    public bool TryOnly { get; set; }

    /// <summary>Calls do not change it.</summary>
    public bool Stable { get; set; }

    public bool IsEmpty { get; set; } = true;
}

/// <summary>What kind of lock a type or a field is.</summary>
internal sealed class LockClassInfo
{
    public LockClassInfo(string name, int kind, bool hardIrq, bool softIrq)
    {
        Name = name;
        Kind = (LockKindValue)kind;
        HardIrq = hardIrq;
        SoftIrq = softIrq;
    }

    public string Name { get; }

    public LockKindValue Kind { get; }

    public bool HardIrq { get; }

    public bool SoftIrq { get; }
}

/// <summary>KMemcg.Annotations.LockKind.</summary>
internal enum LockKindValue
{
    Token,
    RawSpin,
    Bit,
    Spin,
    Local,
    Seq,
    Mutex,
    RwSem,
}
