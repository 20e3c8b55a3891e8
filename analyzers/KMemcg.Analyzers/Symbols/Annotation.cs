// SPDX-License-Identifier: GPL-2.0-only
namespace KMemcg.Analyzers;

/// <summary>The attributes of KMemcg.Annotations, by name without "Attribute".</summary>
internal enum Annotation
{
    Acquires, AcquiresReturn, AcquiresShared, AssumesHeld, AtomicContext, Barrier, Benign, BhAdjust, BreaksIteration,
    CachelineGroup, Callback, ConsumesRef, ContextPrimitive, ContextUnsafe, CountsRefs, EntersReclaim, ErrorPointer, FailsUnder, Excludes, Frees, GetsRef, GracePeriod, GuardedBy,
    GuardedByAny, HandsOver, HardIrqContext, HostCode, HotPath, Initializes, IrqDisable, IrqEnable, IrqRestore, IrqSave,
    Iterates, KernelCode, KernelLayout, KernelOffset, KernelSource, LockClass, LockMember, LockOrder, Marked, MarkedAccess,
    MightSleep, MightSleepIf, MigrateAdjust, MustHold, MustHoldAny, MustHoldShared, Nested, NeverReturns, NoAlloc,
    NonCopyable, OwnsRef, PerCpu, PerCpuAccessor, PointeeGuardedBy, PreemptAdjust, PutsRef, RcuAccessor, RcuProtected,
    RcuReadSection, Releases, RequiresIrqsOff, RequiresIrqsOn, RequiresPreemptOff, ReturnsAddressOf, ReturnsBorrowed, ReturnsFresh, ReturnsKept, ReturnsOwned, ScopeBegin,
    ScopeEnd, ScopedSwap, SoftIrqContext, Stable, TryAcquires, TryGetsRef, TryOnly, TryReleases, WriteGuardedBy,
}
