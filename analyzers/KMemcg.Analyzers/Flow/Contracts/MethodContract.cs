// SPDX-License-Identifier: GPL-2.0-only
using System;
using System.Collections.Generic;
using System.Collections.Immutable;

namespace KMemcg.Analyzers;

/// <summary>Which results mean success; the values are KMemcg.Annotations.Result's, and one for "always".</summary>
internal enum Outcome
{
    True,
    False,
    NonZero,
    Zero,
    NonNull,
    Null,
    Value,
    OtherThanValue,
    NotError,
    Always,
}

/// <summary>What a lock effect does.</summary>
internal enum LockAction
{
    Acquire,
    AcquireShared,
    Release,
    Assume,
}

/// <summary>One lock that a function takes, drops or asserts.</summary>
internal sealed class LockEffect
{
    public LockEffect(LockAction action, AnnotationPath path, Outcome outcome, int when, string? @class = null)
    {
        Class = @class;
        Action = action;
        Path = path;
        Outcome = outcome;
        When = when;
    }

    public LockAction Action { get; }

    public AnnotationPath Path { get; }

    /// <summary>With which results.</summary>
    public Outcome Outcome { get; }

    /// <summary>The parameter that it depends on, or -1.</summary>
    public int When { get; }

    /// <summary>The bits of that parameter that count.</summary>
    public long Mask { get; set; } = -1;

    /// <summary>The result that <see cref="Outcome.Value"/> means.</summary>
    public long Value { get; set; }

    /// <summary>The pointer parameter through which the result that counts is given, or -1.</summary>
    public int By { get; set; } = -1;

    /// <summary>There may be no object, and then no lock.</summary>
    public bool OrNull { get; set; }

    /// <summary>Dropped by whom the object is given to.</summary>
    public bool Later { get; set; }

    /// <summary>The lock's class, if the path does not tell.</summary>
    public string? Class { get; }

    /// <summary>Whether a result that is true (not 0, not null), or one that is not, is what it asks for; null if that does not tell.</summary>
    public bool? Succeeds(bool truth) => Outcome switch
    {
        Outcome.Value => Value == 0 ? !truth : truth ? null : false,
        Outcome.OtherThanValue => Value == 0 ? truth : truth ? null : true,
        _ => MethodContract.Succeeds(Outcome, truth),
    };

    /// <summary>The same for a number that the result is, or is not.</summary>
    public bool? SucceedsWith(long number, bool equal)
    {
        bool wantsValue = Outcome == Outcome.Value;
        if (!wantsValue && Outcome != Outcome.OtherThanValue)
            return equal ? Succeeds(number != 0) : null;
        return number == Value ? equal == wantsValue : equal ? !wantsValue : null;
    }
}

/// <summary>Locks that the caller has to hold, or must not.</summary>
internal sealed class LockRequirement
{
    public LockRequirement(ImmutableArray<AnnotationPath> paths, bool any, bool shared)
    {
        Paths = paths;
        Any = any;
        Shared = shared;
    }

    public ImmutableArray<AnnotationPath> Paths { get; }

    /// <summary>One is enough.</summary>
    public bool Any { get; }

    /// <summary>Held for reading is enough.</summary>
    public bool Shared { get; }
}

/// <summary>What a function does to interrupts.</summary>
internal enum IrqEffect
{
    None,
    Disable,
    Enable,
    Save,
    Restore,
}

/// <summary>A reference that a function takes or drops.</summary>
internal sealed class RefEffect
{
    public RefEffect(Annotation kind, AnnotationPath path, Outcome outcome, ImmutableArray<AnnotationPath> mayTake, bool sometimes)
    {
        Sometimes = sometimes;
        Kind = kind;
        Path = path;
        Outcome = outcome;
        MayTake = mayTake;
    }

    /// <summary>GetsRef, TryGetsRef, PutsRef, ConsumesRef, Iterates or BreaksIteration.</summary>
    public Annotation Kind { get; }

    public AnnotationPath Path { get; }

    public Outcome Outcome { get; }

    /// <summary>What the release takes.</summary>
    public ImmutableArray<AnnotationPath> MayTake { get; }

    /// <summary>The caller does not know whether it is done.</summary>
    public bool Sometimes { get; }

    /// <summary>Whether a result that is true (not 0, not null), or one that is not, is what it asks for; null if that does not tell.</summary>
    public bool? Succeeds(bool truth) => Outcome == Outcome.NotError ? truth ? null : true : MethodContract.Succeeds(Outcome, truth);

    /// <summary>The same for a number that the result is, or is not.</summary>
    public bool? SucceedsWith(long number, bool equal) =>
        equal ? Outcome == Outcome.NotError ? number >= 0 : Succeeds(number != 0) : number == 0 ? Succeeds(true) : null;
}

/// <summary>How a scope is begun or ended.</summary>
internal sealed class ScopeEffect
{
    public ScopeEffect(Annotation kind, string name, AnnotationPath token)
    {
        Kind = kind;
        Name = name;
        Token = token;
    }

    /// <summary>ScopedSwap, ScopeBegin or ScopeEnd.</summary>
    public Annotation Kind { get; }

    public string Name { get; }

    public AnnotationPath Token { get; }
}

/// <summary>Everything that the annotations of a function say, resolved.</summary>
internal sealed class MethodContract
{
    public static readonly MethodContract Empty = new();

    public List<LockEffect> Locks { get; } = new();

    public List<(AnnotationPath From, AnnotationPath To)> HandOvers { get; } = new();

    public List<LockRequirement> Requires { get; } = new();

    public List<AnnotationPath> Excludes { get; } = new();

    /// <summary>Locks that it does not wait for.</summary>
    public List<AnnotationPath> TriesOnly { get; } = new();

    public List<RefEffect> Refs { get; } = new();

    public List<ScopeEffect> Scopes { get; } = new();

    public int Preempt { get; set; }

    public int Bh { get; set; }

    public int Migrate { get; set; }

    public IrqEffect Irq { get; set; }

    /// <summary>The parameter that the interrupt effect depends on, or -1.</summary>
    public int IrqWhen { get; set; } = -1;

    /// <summary>Where flags are saved to or restored from.</summary>
    public AnnotationPath? IrqFlags { get; set; }

    public bool MightSleep { get; set; }

    /// <summary>In an interrupt or softirq it does not sleep.</summary>
    public bool SleepsInTaskOnly { get; set; }

    /// <summary>The parameter whose value lets it sleep, or -1.</summary>
    public int MightSleepIf { get; set; } = -1;

    public bool Atomic { get; set; }

    public bool HardIrq { get; set; }

    public bool SoftIrq { get; set; }

    public bool RequiresPreemptOff { get; set; }

    public bool RequiresIrqsOff { get; set; }

    public bool RequiresIrqsOn { get; set; }

    public bool NeverReturns { get; set; }

    /// <summary>It does not return when this parameter is true, or -1.</summary>
    public int NeverReturnsWhen { get; set; } = -1;

    public bool Stable { get; set; }

    /// <summary>The result is the first argument, or what it is in.</summary>
    public bool SameObject { get; set; }

    public bool EntersReclaim { get; set; }

    /// <summary>IS_ERR, ERR_PTR and the like.</summary>
    public bool ErrorPointer { get; set; }

    public bool ErrorOrNull { get; set; }

    /// <summary>The condition under which it neither sleeps nor takes locks.</summary>
    public LockToken FailsUnder { get; set; }

    public int RcuAccess { get; set; } = -1;

    public bool WaitsForGracePeriod { get; set; }

    public bool GracePeriod { get; set; }

    public AnnotationPath? Frees { get; set; }

    public int PerCpuAccess { get; set; } = -1;

    /// <summary>Whose address the result is.</summary>
    public AnnotationPath? AddressOf { get; set; }

    public bool MarkedRead { get; set; }

    public bool MarkedWrite { get; set; }

    public bool ReturnsOwned { get; set; }

    public bool ReturnsFresh { get; set; }

    /// <summary>The place whose content the result is.</summary>
    public AnnotationPath? Kept { get; set; }

    /// <summary>The section that the result is good for.</summary>
    public AnnotationPath? Borrowed { get; set; }

    public bool BorrowedMayBeDying { get; set; }

    /// <summary>Objects that the function makes ready: nobody else has them yet.</summary>
    public List<AnnotationPath> Initializes { get; } = new();

    /// <summary>A fixed subclass, the parameter that tells it (-2-ordinal), or 0.</summary>
    public int Subclass { get; set; }

    /// <summary>The rules that [ContextUnsafe] turns off; null if there is none, empty for all.</summary>
    public ImmutableArray<string>? Unsafe { get; set; }

    /// <summary>Its body is what the annotations mean.</summary>
    public bool Primitive { get; set; }

    /// <summary>Whether it tells its caller nothing.</summary>
    public bool IsEmpty { get; set; } = true;

    /// <summary>The result on which its effects on the context are done, if it tries.</summary>
    public Outcome Tries
    {
        get
        {
            foreach (LockEffect effect in Locks)
            {
                if (effect.Outcome != Outcome.Always && effect.Action is LockAction.Acquire or LockAction.AcquireShared)
                    return effect.Outcome;
            }

            return Outcome.Always;
        }
    }

    /// <summary>Whether a result is what an effect asks for.</summary>
    public static bool Succeeds(Outcome outcome, bool truth) => outcome switch
    {
        Outcome.Always => true,
        Outcome.True or Outcome.NonZero or Outcome.NonNull => truth,
        _ => !truth,
    };

    /// <summary>Whether anything about the call is only known with its result.</summary>
    public bool DependsOnResult
    {
        get
        {
            foreach (LockEffect effect in Locks)
            {
                if (effect.Outcome != Outcome.Always)
                    return true;
            }

            return Refs.Exists(static effect => effect.Outcome != Outcome.Always);
        }
    }

    /// <summary>Whether a body that begins or ends like this has to be looked into.</summary>
    public bool AffectsBody =>
        Locks.Count > 0 || Requires.Count > 0 || HandOvers.Count > 0 || TriesOnly.Count > 0 || Refs.Count > 0 || Atomic || HardIrq || SoftIrq || Preempt != 0 || Bh != 0 || Migrate != 0 ||
        Irq != IrqEffect.None || RequiresPreemptOff || RequiresIrqsOff || RequiresIrqsOn || Scopes.Count > 0 || Borrowed is not null;
}
