// SPDX-License-Identifier: GPL-2.0-only
using System;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace KMemcg.Analyzers;

/// <summary>What has to be followed along the ways through a function: locks, contexts, RCU, per-CPU data, references.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class FlowAnalyzer : DiagnosticAnalyzer
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
        Rules.GuardedAddressEscapes, Rules.HeldAtExit, Rules.HeldOnException, Rules.DoubleAcquire, Rules.ReleaseNotHeld, Rules.MaybeHeld,
        Rules.SleepInAtomic, Rules.BlockingGfpInAtomic, Rules.IrqLockWithIrqsOn, Rules.WaitTypeNesting, Rules.FlagsMismatch,
        Rules.IrqEnabledTooEarly, Rules.UnbalancedPreempt,
        Rules.RcuOutsideSection, Rules.RcuPlainPublish, Rules.RcuEscapes, Rules.SleepInRcu, Rules.FreeWithoutGracePeriod,
        Rules.UnprotectedPerCpu, Rules.StalePerCpuPointer, Rules.RemotePerCpu,
        Rules.ReferenceLeaked, Rules.UseAfterPut, Rules.GetOnDying, Rules.PutUnderLock, Rules.ScopeNotRestored, Rules.IteratorAborted,
        Rules.SavedValueOverwritten, Rules.DoubleFetch,
        ProgramRules.SleepInAtomic, ProgramRules.SleepInRcu,
        Rules.UndeclaredEffect, Rules.LockCycle, Rules.ReclaimRecursion, Rules.IrqInversion, Rules.ContradictsManifest);

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationStartAction(start =>
        {
            if (AnnotationSymbols.Resolve(start.Compilation) is not { } annotations)
                return;
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
                LockManifest manifest = LockManifest.Read(end.Options.AdditionalFiles, end.CancellationToken);
                new ProgramPass(facts, contracts, manifest, end.ReportDiagnostic).Run();
            });
        });
    }

    private static void Analyze(OperationBlockAnalysisContext context, ContractCache contracts, ConcurrentBag<MethodFacts> facts)
    {
        if (context.OwningSymbol is not IMethodSymbol method)
            return;
        MethodContract contract = contracts.Of(method);
        if (contract.Primitive)
            return;
        var own = new MethodFacts(method, contract);
        facts.Add(own);
        if (!FlowScope.IsWorthwhile(context.OperationBlocks, contract, contracts))
        {
            FactCollector.CollectCalls(own, context.OperationBlocks, contracts);
            return;
        }

        FlowOptions options = FlowOptions.Read(context.Options.AnalyzerConfigOptionsProvider.GetOptions(context.FilterTree));
        foreach (IOperation body in context.OperationBlocks)
        {
            if (body is not (IBlockOperation or IMethodBodyBaseOperation) || body.Syntax.Parent is null)
                continue;
            var report = new FlowReport(contract.Unsafe);
            var engine = new FlowEngine(context.GetControlFlowGraph(body), method, contracts, options, report, new FactCollector(own, contracts), context.CancellationToken);
            bool done = engine.Run();
            foreach (Diagnostic diagnostic in report.Diagnostics)
                context.ReportDiagnostic(diagnostic);
            if (!done)
                context.ReportDiagnostic(Diagnostic.Create(Rules.AnalysisGaveUp, method.Locations[0], method.Name, "it has too many ways"));
            else
                ReportStaleEscapes(context, method, contract, report);
        }
    }

    private static void ReportStaleEscapes(OperationBlockAnalysisContext context, IMethodSymbol method, MethodContract contract, FlowReport report)
    {
        if (contract.Unsafe is not { } rules)
            return;
        foreach (string rule in rules)
        {
            if (!report.Hidden.Contains(rule))
                context.ReportDiagnostic(Diagnostic.Create(Rules.StaleEscape, method.Locations[0], method.Name));
        }
    }
}
