// SPDX-License-Identifier: GPL-2.0-only
using System;

// How a path names a lock, a reference or a flags word. The same grammar holds for every attribute of this assembly that takes one:
//
//   path   := '*'? root step*
//   root   := parameter | 'this' | 'return' | Type '.' Static | token
//   step   := ('.' | '->') member
//   token  := 'rcu' | 'rcu_bh' | 'rcu_sched' | 'irqs_off' | 'bh_off' | 'preempt_off' | 'pagefault_off'
//
// `this` is the object a field belongs to. '*' follows a pointer to a pointer, or an out or ref argument, once. A member is a field or
// property, or a lock that [LockMember] gives to the type. `Type.field`, where the field is not static, is any object's lock of that
// class: it is enough that one is held. A path that names nothing is an error, KM0001.

namespace KMemcg.Annotations;

/// <summary>What a lock may do to the one who waits for it, from the innermost kind to the outermost.</summary>
public enum LockKind
{
    /// <summary>Nothing waits: a name for a condition, as being on a list only one task knows.</summary>
    Token,

    /// <summary>Spins, also on PREEMPT_RT; only others of its kind may be taken inside.</summary>
    RawSpin,

    /// <summary>A bit of a word, or a sequence count's writer side.</summary>
    Bit,

    /// <summary>Spins.</summary>
    Spin,

    /// <summary>Keeps a CPU's data to the one who holds it, by keeping preemption or interrupts off.</summary>
    Local,

    /// <summary>A sequence lock.</summary>
    Seq,

    /// <summary>Sleeps.</summary>
    Mutex,

    /// <summary>Sleeps, and can be shared.</summary>
    RwSem,
}

/// <summary>Which results of a function mean that it did what the attribute says.</summary>
public enum Result
{
    /// <summary>It returned true.</summary>
    True,

    /// <summary>It returned false.</summary>
    False,

    /// <summary>It returned other than 0.</summary>
    NonZero,

    /// <summary>It returned 0.</summary>
    Zero,

    /// <summary>It returned a pointer.</summary>
    NonNull,

    /// <summary>It returned null.</summary>
    Null,

    /// <summary>It returned the attribute's <c>Value</c>.</summary>
    Value,

    /// <summary>It returned anything but the attribute's <c>Value</c>.</summary>
    OtherThanValue,

    /// <summary>It returned no error: no pointer of ERR_PTR, no number below 0. Of references only.</summary>
    NotError,
}

/// <summary>
/// A type that is a lock, or a field or static that is a lock with a class of its own. On a container that has a lock, as an xarray,
/// it gives the lock the class of the member that the container is.
/// </summary>
[AttributeUsage(AttributeTargets.Struct | AttributeTargets.Class | AttributeTargets.Field | AttributeTargets.Property)]
public sealed class LockClassAttribute : Attribute
{
    /// <summary>Names the class; a lock without a name is named by the type and field it is.</summary>
    public LockClassAttribute(string name = "") => Name = name;

    /// <summary>The name in reports and in LockOrder.txt.</summary>
    public string Name { get; }

    /// <summary>What waiting for it means.</summary>
    public LockKind Kind { get; set; } = LockKind.Spin;

    /// <summary>Interrupt handlers take it: everybody else takes it with interrupts off.</summary>
    public bool HardIrq { get; set; }

    /// <summary>Softirqs take it: everybody else takes it with bottom halves off.</summary>
    public bool SoftIrq { get; set; }
}

/// <summary>
/// A lock that nobody waits for: whoever does not get it at the first try goes another way. On a function, the locks of which this is so
/// there, as others may wait for them.
/// </summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property | AttributeTargets.Method)]
public sealed class TryOnlyAttribute : Attribute
{
    /// <summary>On a lock, no path; on a function, those of the locks that it only tries.</summary>
    public TryOnlyAttribute(params string[] paths) => Paths = paths;

    /// <summary>The locks.</summary>
    public string[] Paths { get; }
}

/// <summary>Gives a type a lock that is no field of its own, as a folio's PG_locked is a bit of its flags.</summary>
[AttributeUsage(AttributeTargets.Struct | AttributeTargets.Class, AllowMultiple = true)]
public sealed class LockMemberAttribute : Attribute
{
    /// <summary>Objects of the type have the lock <paramref name="name"/>, for paths as folio->PG_locked.</summary>
    public LockMemberAttribute(string name) => Name = name;

    /// <summary>The member's name in paths.</summary>
    public string Name { get; }

    /// <summary>What waiting for it means.</summary>
    public LockKind Kind { get; set; } = LockKind.Bit;
}

/// <summary>When it returns, the locks are held that were not.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property, AllowMultiple = true)]
public sealed class AcquiresAttribute : Attribute
{
    /// <summary>Takes the lock at <paramref name="path"/>.</summary>
    public AcquiresAttribute(string path) => Path = path;

    /// <summary>Which lock.</summary>
    public string Path { get; }

    /// <summary>A parameter: it takes the lock only when that is true (or not 0).</summary>
    public string When { get; set; } = "";

    /// <summary>The bits of that parameter that count.</summary>
    public long Mask { get; set; } = -1;

    /// <summary>The lock's class, where the path does not tell: of a lock that is reached through a pointer to it.</summary>
    public string Class { get; set; } = "";
}

/// <summary>When it returns, the lock is held for reading.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property, AllowMultiple = true)]
public sealed class AcquiresSharedAttribute : Attribute
{
    /// <summary>Takes the lock at <paramref name="path"/> for reading.</summary>
    public AcquiresSharedAttribute(string path) => Path = path;

    /// <summary>Which lock.</summary>
    public string Path { get; }
}

/// <summary>Returns an object (or null, or an error) with this lock of it held: short for Acquires("return->member").</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property, AllowMultiple = true)]
public sealed class AcquiresReturnAttribute : Attribute
{
    /// <summary>The lock <paramref name="member"/> of the returned object is held.</summary>
    public AcquiresReturnAttribute(string member) => Member = member;

    /// <summary>The lock's name in the object.</summary>
    public string Member { get; }

    /// <summary>A parameter: the lock is held only when that is true (or not 0).</summary>
    public string When { get; set; } = "";

    /// <summary>The bits of that parameter that count.</summary>
    public long Mask { get; set; } = -1;
}

/// <summary>Called with the lock held, for writing or for reading; it is not held any more on return.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property, AllowMultiple = true)]
public sealed class ReleasesAttribute : Attribute
{
    /// <summary>Drops the lock at <paramref name="path"/>.</summary>
    public ReleasesAttribute(string path) => Path = path;

    /// <summary>Which lock.</summary>
    public string Path { get; }

    /// <summary>A parameter: it drops the lock only when that is true (or not 0).</summary>
    public string When { get; set; } = "";

    /// <summary>
    /// It is not this function that drops it, but whom it gives the object to, as the end of the I/O that it begins: its caller has the
    /// lock no more.
    /// </summary>
    public bool Later { get; set; }

    /// <summary>The lock's class, where the path does not tell.</summary>
    public string Class { get; set; } = "";
}

/// <summary>
/// Takes the lock if its result says so. What else the function declares of context (PreemptAdjust, IrqSave, …) is then
/// done only in that case as well.
/// </summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class TryAcquiresAttribute : Attribute
{
    /// <summary>On <paramref name="result"/>, the lock at <paramref name="path"/> is held.</summary>
    public TryAcquiresAttribute(Result result, string path)
    {
        Result = result;
        Path = path;
    }

    /// <summary>Which results mean success.</summary>
    public Result Result { get; }

    /// <summary>Which lock.</summary>
    public string Path { get; }

    /// <summary>The result that <see cref="Result.Value"/> means.</summary>
    public long Value { get; set; }

    /// <summary>A parameter, a pointer: what the function writes there is the result that counts.</summary>
    public string By { get; set; } = "";

    /// <summary>There may be no object in spite of that: then there is no lock.</summary>
    public bool OrNull { get; set; }

    /// <summary>Held for reading only.</summary>
    public bool Shared { get; set; }

    /// <summary>A parameter: it tries only when that is true (or not 0).</summary>
    public string When { get; set; } = "";

    /// <summary>The lock's class, where the path does not tell.</summary>
    public string Class { get; set; } = "";
}

/// <summary>Drops the lock if its result says so, and keeps it otherwise.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class TryReleasesAttribute : Attribute
{
    /// <summary>On <paramref name="result"/>, the lock at <paramref name="path"/> is not held any more.</summary>
    public TryReleasesAttribute(Result result, string path)
    {
        Result = result;
        Path = path;
    }

    /// <summary>Which results mean that it was dropped.</summary>
    public Result Result { get; }

    /// <summary>The result that <see cref="Result.Value"/> means.</summary>
    public long Value { get; set; }

    /// <summary>Which lock.</summary>
    public string Path { get; }

    /// <summary>A parameter: it drops the lock only when that is true (or not 0) as well.</summary>
    public string When { get; set; } = "";

    /// <summary>The lock's class, where the path does not tell.</summary>
    public string Class { get; set; } = "";
}

/// <summary>Hands over: drops one lock, if there is one, and takes another; or finds that they are the same and keeps it.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class HandsOverAttribute : Attribute
{
    /// <summary>From <paramref name="from"/>, whose object may be null and then was not locked, to <paramref name="to"/>.</summary>
    public HandsOverAttribute(string from, string to)
    {
        From = from;
        To = to;
    }

    /// <summary>The lock held at the call.</summary>
    public string From { get; }

    /// <summary>The lock held on return.</summary>
    public string To { get; }
}

/// <summary>The caller holds these locks, all of them, and still does on return.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property | AttributeTargets.Struct | AttributeTargets.Delegate, AllowMultiple = true)]
public sealed class MustHoldAttribute : Attribute
{
    /// <summary>Requires every one of <paramref name="paths"/>.</summary>
    public MustHoldAttribute(params string[] paths) => Paths = paths;

    /// <summary>Which locks.</summary>
    public string[] Paths { get; }
}

/// <summary>The caller holds these locks, for reading at least.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property, AllowMultiple = true)]
public sealed class MustHoldSharedAttribute : Attribute
{
    /// <summary>Requires every one of <paramref name="paths"/>.</summary>
    public MustHoldSharedAttribute(params string[] paths) => Paths = paths;

    /// <summary>Which locks.</summary>
    public string[] Paths { get; }
}

/// <summary>The caller holds one of these, as "rcu" or a mutex.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property, AllowMultiple = true)]
public sealed class MustHoldAnyAttribute : Attribute
{
    /// <summary>Requires one of <paramref name="paths"/>.</summary>
    public MustHoldAnyAttribute(params string[] paths) => Paths = paths;

    /// <summary>Which locks.</summary>
    public string[] Paths { get; }
}

/// <summary>The caller does not hold these: the function takes them itself, or waits for somebody who does.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property, AllowMultiple = true)]
public sealed class ExcludesAttribute : Attribute
{
    /// <summary>Forbids every one of <paramref name="paths"/>.</summary>
    public ExcludesAttribute(params string[] paths) => Paths = paths;

    /// <summary>Which locks.</summary>
    public string[] Paths { get; }
}

/// <summary>
/// Checks at run time that the lock is held, as lockdep_assert_held does, or leaves it held where no other attribute can tell when: from
/// here on it counts as held. `Type.member` is for all that are locked, as the folios of a batch, each of which may be unlocked.
/// </summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class AssumesHeldAttribute : Attribute
{
    /// <summary>Asserts the lock at <paramref name="path"/>.</summary>
    public AssumesHeldAttribute(string path) => Path = path;

    /// <summary>Which lock.</summary>
    public string Path { get; }

    /// <summary>It asserts nothing itself: its result says whether the lock is held, as spin_is_locked does.</summary>
    public bool ByResult { get; set; }
}

/// <summary>Makes a lock, or an object with locks, ready for use.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class InitializesAttribute : Attribute
{
    /// <summary>What is at <paramref name="path"/> may be used after this.</summary>
    public InitializesAttribute(string path) => Path = path;

    /// <summary>The lock or object.</summary>
    public string Path { get; }
}

/// <summary>
/// Where a lock stands: before what is named first, after what is named second, by paths. What is true of a whole kernel is easier to read in
/// LockOrder.txt.
/// </summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property, AllowMultiple = true)]
public sealed class LockOrderAttribute : Attribute
{
    /// <summary>Taken outside <paramref name="before"/> and inside <paramref name="after"/>; either may be empty.</summary>
    public LockOrderAttribute(string before, string after = "")
    {
        Before = before;
        After = after;
    }

    /// <summary>The lock taken inside this one.</summary>
    public string Before { get; }

    /// <summary>The lock this one is taken inside.</summary>
    public string After { get; }
}

/// <summary>Takes a second lock of a class that is held: a subclass, which may nest inside subclass 0.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NestedAttribute : Attribute
{
    /// <summary>A fixed subclass.</summary>
    public NestedAttribute(int subclass) => Subclass = subclass;

    /// <summary>The subclass is an argument, or (a lock's name) the outer lock that keeps the order.</summary>
    public NestedAttribute(string parameter) => Parameter = parameter;

    /// <summary>The subclass.</summary>
    public int Subclass { get; }

    /// <summary>The parameter that tells it.</summary>
    public string Parameter { get; } = "";
}
