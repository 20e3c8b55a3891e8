// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace KMemcg.Analyzers;

/// <summary>What has to be followed along the ways through a function: locks, contexts, RCU, per-CPU data, references.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class FlowAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(
        Rules.AnalysisGaveUp,
        Rules.UnguardedAccess, Rules.UnguardedPointee, Rules.CallerLacksLock, Rules.CallerHoldsExcluded, Rules.WriteUnderShared,
        Rules.GuardedAddressEscapes, Rules.HeldAtExit, Rules.HeldOnException, Rules.DoubleAcquire, Rules.ReleaseNotHeld, Rules.MaybeHeld,
        Rules.SleepInAtomic, Rules.BlockingGfpInAtomic, Rules.IrqLockWithIrqsOn, Rules.WaitTypeNesting, Rules.FlagsMismatch,
        Rules.IrqEnabledTooEarly, Rules.UnbalancedPreempt,
        Rules.RcuOutsideSection, Rules.RcuPlainPublish, Rules.RcuEscapes, Rules.SleepInRcu, Rules.FreeWithoutGracePeriod,
        Rules.UnprotectedPerCpu, Rules.StalePerCpuPointer, Rules.RemotePerCpu,
        Rules.ReferenceLeaked, Rules.UseAfterPut, Rules.GetOnDying, Rules.PutUnderLock, Rules.ScopeNotRestored, Rules.IteratorAborted,
        Rules.SavedValueOverwritten, Rules.DoubleFetch);

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
    }
}
