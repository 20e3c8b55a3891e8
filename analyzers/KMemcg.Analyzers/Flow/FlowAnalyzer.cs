// SPDX-License-Identifier: GPL-2.0-only
using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace KMemcg.Analyzers;

/// <summary>What has to be followed along the ways through a function: locks, contexts, RCU, per-CPU data, references.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class FlowAnalyzer : AnnotatedCodeAnalyzer
{
    private readonly Action<IMethodSymbol, TimeSpan>? _watch;

    /// <summary>As the compiler makes it.</summary>
    public FlowAnalyzer()
    {
    }

    /// <summary>Tells what each function costs.</summary>
    internal FlowAnalyzer(Action<IMethodSymbol, TimeSpan> watch) => _watch = watch;

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = ImmutableArray.Create(
        Rules.AnalysisGaveUp, Rules.StaleEscape,
        Rules.UnguardedAccess, Rules.UnguardedPointee, Rules.CallerLacksLock, Rules.CallerHoldsExcluded, Rules.WriteUnderShared,
        Rules.GuardedAddressEscapes, Rules.HeldAtExit, Rules.HeldOnException, Rules.DoubleAcquire, Rules.ReleaseNotHeld, Rules.MaybeHeld, Rules.WaitedForTryOnly,
        Rules.SleepInAtomic, Rules.BlockingGfpInAtomic, Rules.IrqLockWithIrqsOn, Rules.WaitTypeNesting, Rules.FlagsMismatch,
        Rules.IrqEnabledTooEarly, Rules.UnbalancedPreempt,
        Rules.RcuOutsideSection, Rules.RcuPlainPublish, Rules.RcuEscapes, Rules.SleepInRcu, Rules.FreeWithoutGracePeriod,
        Rules.UnprotectedPerCpu, Rules.StalePerCpuPointer, Rules.RemotePerCpu,
        Rules.ReferenceLeaked, Rules.UseAfterPut, Rules.GetOnDying, Rules.PutUnderLock, Rules.FreedWithReference, Rules.ScopeNotRestored, Rules.IteratorAborted,
        Rules.SavedValueOverwritten, Rules.DoubleFetch,
        ProgramRules.SleepInAtomic, ProgramRules.SleepInRcu, ProgramRules.StaleEscape,
        Rules.UndeclaredEffect, Rules.LockCycle, Rules.ReclaimRecursion, Rules.IrqInversion, Rules.ContradictsManifest);

    private protected override void Start(CompilationStartAnalysisContext start, AnnotationSymbols annotations)
    {
        var contracts = new ContractCache(annotations);
        var facts = new ConcurrentBag<MethodFacts>();
        start.RegisterOperationBlockAction(block =>
        {
            Stopwatch? watch = _watch is null ? null : Stopwatch.StartNew();
            Analyze(block, contracts, facts);
            if (watch is not null && block.OwningSymbol is IMethodSymbol method)
                _watch!(method, watch.Elapsed);
        });
        start.RegisterCompilationEndAction(end =>
        {
            LockManifest manifest = LockManifest.Read(end.Options.AdditionalFiles, contracts.Orders, end.CancellationToken);
            new ProgramPass(facts, contracts, manifest, end.ReportDiagnostic).Run();
        });
    }

    private static void Analyze(OperationBlockAnalysisContext context, ContractCache contracts, ConcurrentBag<MethodFacts> facts)
    {
        if (context.OwningSymbol is not IMethodSymbol method || contracts.Of(method).Primitive)
            return;
        var own = new MethodFacts(method, contracts);
        facts.Add(own);
        FlowOptions options = FlowOptions.Read(context.Options.AnalyzerConfigOptionsProvider.GetOptions(context.FilterTree));
        Analyze(own, context.OperationBlocks, context.GetControlFlowGraph, contracts, options, context.ReportDiagnostic, context.CancellationToken);
    }

    /// <summary>Looks into a function, if there is anything to follow in it.</summary>
    internal static void Analyze(
        MethodFacts facts, ImmutableArray<IOperation> blocks, Func<IOperation, ControlFlowGraph> graph, ContractCache contracts, FlowOptions options, Action<Diagnostic> report, CancellationToken cancellation)
    {
        if (!FlowScope.IsWorthwhile(blocks, facts.Contract, contracts, out List<IInvocationOperation> calls))
        {
            FactCollector.CollectCalls(facts, calls, contracts);
            return;
        }

        foreach (IOperation body in blocks)
        {
            if (body is not (IBlockOperation or IMethodBodyBaseOperation) || body.Syntax.Parent is null)
                continue;
            foreach (Diagnostic diagnostic in Follow(graph(body), facts, contracts, options, cancellation).Diagnostics)
                report(diagnostic);
        }
    }

    /// <summary>Follows one body; what it does goes to the facts.</summary>
    internal static FlowReport Follow(ControlFlowGraph graph, MethodFacts facts, ContractCache contracts, FlowOptions options, CancellationToken cancellation)
    {
        var report = new FlowReport(facts.Contract.Unsafe);
        if (new FlowEngine(graph, facts.Method, contracts, options, report, new FactCollector(facts, contracts), cancellation).Run())
            ReportStaleEscapes(facts, contracts.Annotations, report);
        else
        {
            // What was found up to there depends on where that was.
            report.Diagnostics.Clear();
            facts.Clear();
            report.Diagnostics.Add(Diagnostic.Create(Rules.AnalysisGaveUp, facts.Method.Locations[0], facts.Method.Name, "it has too many ways"));
        }

        return report;
    }

    private static void ReportStaleEscapes(MethodFacts facts, AnnotationSymbols annotations, FlowReport report)
    {
        // Whether an order is broken only the whole program shows.
        if (facts.Contract.Unsafe is not null)
            report.Diagnostics.AddRange(StaleEscapes.Report(Rules.StaleEscape, facts.Method, annotations, rule => !report.Hidden.Contains(rule) && !ProgramPass.IsOrderRule(rule)));
    }
}
