// SPDX-License-Identifier: GPL-2.0-only
using System;
using System.Collections.Generic;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace KMemcg.Analyzers;

/// <summary>
/// Follows all ways through one function. Ways that differ in what the rules are about (locks, context, references, …) are
/// kept apart, so that a condition that is tested twice, or a result that is stored and tested later, is understood; ways
/// that differ only in their variables are merged. Blocks are run in their order, so that one outside of all loops is final
/// when its turn comes; loops are run to a fixed point, then once more for the reports.
/// </summary>
internal sealed partial class FlowEngine
{
    private readonly ControlFlowGraph _graph;
    private readonly IMethodSymbol _method;
    private readonly MethodContract _contract;
    private readonly ContractCache _contracts;
    private readonly FlowOptions _options;
    private readonly FlowReport _report;
    private readonly IFlowFacts? _observer;
    private readonly CancellationToken _cancellation;

    /// <summary>Told only of what is final.</summary>
    private IFlowFacts? _facts => _report.Enabled ? _observer : null;

    /// <summary>Off while the fixed point is looked for: checks change nothing, so nobody has to make them.</summary>
    private bool _checks => _report.Enabled;

    private readonly TermTable _terms;
    private readonly Dictionary<IOperation, int> _numbers = new();
    private readonly HashSet<int> _evaluated = new();
    private readonly List<FlowState>[] _incoming;
    private readonly List<Term>?[] _joins;
    private readonly bool[] _isLoopHead;

    /// <summary>From the head of a loop to its last block, or to that of the last loop that overlaps it.</summary>
    private readonly List<(int First, int Last)> _loops = new();

    private readonly SortedSet<(int Block, int State)> _queue = new();

    /// <summary>The fixed point is found, and blocks are run for the reports: nothing goes on to their successors.</summary>
    private bool _isSolved;

    private readonly Term _returned;
    private readonly CallFrame _ownFrame;
    private Term? _fork;
    private int _block;

    public FlowEngine(ControlFlowGraph graph, IMethodSymbol method, ContractCache contracts, FlowOptions options, FlowReport report, IFlowFacts? facts, CancellationToken cancellation)
    {
        _graph = graph;
        _method = method;
        _contracts = contracts;
        _contract = contracts.Of(method);
        _terms = new TermTable(contracts, 8 * graph.Blocks.Length);
        _options = options;
        _report = report;
        _observer = facts;
        _cancellation = cancellation;
        _incoming = new List<FlowState>[graph.Blocks.Length];
        _joins = new List<Term>?[graph.Blocks.Length];
        _isLoopHead = new bool[graph.Blocks.Length];
        FindLoops();
        _returned = _terms.Capture(-1);
        _ownFrame = MakeOwnFrame();
        for (int i = 0; i < _incoming.Length; i++)
            _incoming[i] = new List<FlowState>();
    }

    /// <summary>Runs the analysis. False if there was too much to follow.</summary>
    public bool Run()
    {
        _incoming[0].Add(EntryState());
        _queue.Add((0, 0));
        int steps = 0;
        int loop = 0;
        while (_queue.Count > 0)
        {
            _cancellation.ThrowIfCancellationRequested();
            if (++steps > _options.MaxSteps)
                return false;
            (int block, int state) = _queue.Min;
            for (; loop < _loops.Count && _loops[loop].Last < block; loop++)
                ReportLoop(_loops[loop]);
            _queue.Remove((block, state));
            _report.Enabled = loop == _loops.Count || block < _loops[loop].First;
            if (!RunBlock(_graph.Blocks[block], _incoming[block][state]))
                return false;
        }

        for (; loop < _loops.Count; loop++)
            ReportLoop(_loops[loop]);
        _report.Enabled = true;
        CheckDeclaredPuts();
        _report.Finish();
        return true;
    }

    /// <summary>Runs the blocks of a loop that is solved once more, for the reports.</summary>
    private void ReportLoop((int First, int Last) loop)
    {
        _report.Enabled = _isSolved = true;
        for (int block = loop.First; block <= loop.Last; block++)
        {
            foreach (FlowState state in _incoming[block])
                RunBlock(_graph.Blocks[block], state);
        }

        _isSolved = false;
    }

    /// <summary>Runs one way through a block and on to its successors. False if there are too many ways.</summary>
    private bool RunBlock(BasicBlock block, FlowState start)
    {
        FlowState state = start.Clone();
        _block = block.Ordinal;
        foreach (IOperation operation in block.Operations)
        {
            _fork = null;
            Evaluate(operation, state);
            if (_fork is { } undecided)
                return RunForked(block, start, undecided);
            if (state.Unreachable)
                return true;
        }

        if (block.Kind == BasicBlockKind.Exit)
            return true;

        Term? value = block.BranchValue is null ? null : Evaluate(block.BranchValue, state);
        if (state.Unreachable)
            return true;

        ControlFlowBranch? fall = block.FallThroughSuccessor;
        if (block.ConditionKind == ControlFlowConditionKind.None || value is null)
        {
            if (fall is { Semantics: ControlFlowBranchSemantics.Return } && value is not null)
                state.Values = state.Values.With(_returned, value);
            return fall is null || Follow(block, fall, state);
        }

        bool taken = block.ConditionKind == ControlFlowConditionKind.WhenTrue;
        FlowState other = state.Clone();
        bool fits = true;
        if (Assume(state, value, taken))
            fits = Follow(block, block.ConditionalSuccessor!, state);
        if (fits && Assume(other, value, !taken) && fall is not null)
        {
            if (fall.Semantics == ControlFlowBranchSemantics.Return)
                other.Values = other.Values.With(_returned, value);
            fits = Follow(block, fall, other);
        }

        return fits;
    }

    /// <summary>A call does something only if an argument is true: both ways are followed from the block's beginning.</summary>
    private bool RunForked(BasicBlock block, FlowState start, Term undecided)
    {
        _fork = null;
        FlowState one = start.Clone();
        FlowState other = start.Clone();
        return (!Assume(one, undecided, true) || RunBlock(block, one)) &&
            (!Assume(other, undecided, false) || RunBlock(block, other));
    }

    /// <summary>Whether a condition is true; if both may be, the block is run again for each.</summary>
    private bool IsOff(Term condition, FlowState state)
    {
        bool? truth = TruthOf(state, condition);
        if (truth is null && IsGiven(condition))
            _fork ??= condition;
        return truth == false;
    }

    /// <summary>Made of what the function was given: it means the same at the beginning of a block.</summary>
    private static bool IsGiven(Term term) => term.Kind switch
    {
        TermKind.Load => term.A!.Kind == TermKind.Variable,
        TermKind.Apply => term.Symbol is null && IsGiven(term.A!) && (term.B is null || term.B.Kind == TermKind.Constant || IsGiven(term.B)),
        _ => false,
    };

    private bool Follow(BasicBlock from, ControlFlowBranch branch, FlowState state)
    {
        if (branch.Semantics == ControlFlowBranchSemantics.StructuredExceptionHandling)
            return Resume(from, state);
        if (branch.Semantics is ControlFlowBranchSemantics.Throw or ControlFlowBranchSemantics.Rethrow)
        {
            // A switch expression throws where no arm fits: no one wrote that.
            if (from.BranchValue is { IsImplicit: true })
                return true;
            CheckException(state, from.BranchValue ?? LastOperation(from));
            return true;
        }

        if (branch.Destination is null)
            return true;
        foreach (ControlFlowRegion left in branch.LeavingRegions)
        {
            foreach (ILocalSymbol local in left.Locals)
                state.Values = state.Values.Without(_terms.Variable(local));
        }

        if (branch.FinallyRegions.Length > 0)
        {
            state.Finally = new FinallyContinuation(branch, 1, state.Finally);
            return Enter(branch.FinallyRegions[0].FirstBlockOrdinal, state);
        }

        return Arrive(from, branch.Destination, state);
    }

    /// <summary>A finally block ends: goes on with what the branch into it was on the way to.</summary>
    private bool Resume(BasicBlock from, FlowState state)
    {
        if (state.Finally is not { } continuation)
            return true;
        if (continuation.Next < continuation.Branch.FinallyRegions.Length)
        {
            state.Finally = new FinallyContinuation(continuation.Branch, continuation.Next + 1, continuation.Outer);
            return Enter(continuation.Branch.FinallyRegions[continuation.Next].FirstBlockOrdinal, state);
        }

        state.Finally = continuation.Outer;
        return continuation.Branch.Destination is null || Arrive(from, continuation.Branch.Destination, state);
    }

    private bool Arrive(BasicBlock from, BasicBlock to, FlowState state)
    {
        if (to.Kind == BasicBlockKind.Exit)
        {
            if (_checks)
                CheckExit(state, from);
            return true;
        }

        if (_isLoopHead[to.Ordinal] && from.Ordinal >= to.Ordinal)
            LoseUnnamed(to.Ordinal, state);
        return Enter(to.Ordinal, state);
    }

    private bool Enter(int block, FlowState state)
    {
        if (_isSolved)
            return true;

        if (_isLoopHead[block])
        {
            ForgetMemory(state);
            state.Tested = default;
            state.Refs = state.Refs.Where(0, static (reference, _) => !reference.Value.Foreign && !(reference.Value.Put && reference.Key.ReadsMemory));
        }

        state.ForgetUnnamedPuts();

        RetireJoins(block, state);
        if (_isLoopHead[block])
            NameReferences(block, state);
        List<FlowState> states = _incoming[block];
        for (int i = 0; i < states.Count; i++)
        {
            if (!states[i].SameProperty(state))
                continue;
            if (states[i].MergeFrom(state, block, _terms))
            {
                RememberJoins(block, states[i]);
                _queue.Add((block, i));
            }

            return true;
        }

        if (states.Count == _options.MaxStates)
            return false;
        states.Add(state);
        _queue.Add((block, states.Count - 1));
        return true;
    }

    /// <summary>Values that were joined here on an earlier turn, and are something else now, get another name.</summary>
    private void RetireJoins(int block, FlowState state)
    {
        if (_joins[block] is not { } joins)
            return;
        foreach (Term join in joins)
        {
            if (!state.Values.TryGet(join.A!, out Term now) || !ReferenceEquals(now, join))
                state.MakeStale(join, _terms);
        }
    }

    /// <summary>
    /// The reference that a variable carries from turn to turn, as a walk's to the element before, gets that variable's name: it is of
    /// another object in each turn, and each turn would be another way.
    /// </summary>
    private void NameReferences(int block, FlowState state)
    {
        foreach (KeyValuePair<Term, Term> value in state.Values.Entries)
        {
            Term key = RefKey(value.Value);
            if (value.Key is not { Kind: TermKind.Variable, Symbol: ILocalSymbol local } || key.Kind is TermKind.Join or TermKind.Constant ||
                !state.Refs.TryGet(key, out RefState reference) || reference.Count == 0 || reference.Iterator || !IsOfType(reference, local.Type) ||
                HeldElsewhere(value.Key, value.Value, state))
                continue;
            Term name = _terms.Join(block, value.Key);
            if (TruthOf(state, value.Value) is { } truth)
                state.NonZero = state.NonZero.With(name, truth);
            state.Values = state.Values.With(value.Key, name);
            state.Refs = state.Refs.Without(key).With(name, reference);
            RememberJoins(block, state);
        }
    }

    /// <summary>Whether a reference is of an object of the type, and not of what it is in, or what is in it.</summary>
    private static bool IsOfType(RefState reference, ITypeSymbol type) => reference.Site is IInvocationOperation { TargetMethod: { } got } &&
        SymbolEqualityComparer.Default.Equals(got.ReturnType is IPointerTypeSymbol ? got.ReturnType : got.Parameters.IsEmpty ? null : got.Parameters[0].Type, type);

    private void RememberJoins(int block, FlowState state)
    {
        foreach (KeyValuePair<Term, Term> value in state.Values.Entries)
        {
            if (value.Value.Kind == TermKind.Join && value.Value.Number == block)
            {
                List<Term> joins = _joins[block] ??= new List<Term>();
                if (!joins.Contains(value.Value))
                    joins.Add(value.Value);
            }
        }
    }

    private void FindLoops()
    {
        foreach (BasicBlock block in _graph.Blocks)
        {
            int last = -1;
            foreach (ControlFlowBranch predecessor in block.Predecessors)
            {
                if (predecessor.Source.Ordinal < block.Ordinal)
                    continue;
                last = Math.Max(last, predecessor.Source.Ordinal);
                foreach (ControlFlowRegion @finally in predecessor.FinallyRegions)
                    last = Math.Max(last, @finally.LastBlockOrdinal);
            }

            if (last < 0)
                continue;
            _isLoopHead[block.Ordinal] = true;
            (int First, int Last) before = _loops.Count > 0 ? _loops[_loops.Count - 1] : (-1, -1);
            if (block.Ordinal > before.Last)
                _loops.Add((block.Ordinal, last));
            else
                _loops[_loops.Count - 1] = (before.First, Math.Max(before.Last, last));
        }
    }

    private int NumberOf(IOperation operation)
    {
        if (!_numbers.TryGetValue(operation, out int number))
            _numbers[operation] = number = _numbers.Count;
        return number;
    }

    private static IOperation? LastOperation(BasicBlock block) =>
        block.Operations.Length > 0 ? block.Operations[block.Operations.Length - 1] : block.BranchValue;

    private CallFrame MakeOwnFrame()
    {
        var arguments = new Term?[_method.Parameters.Length];
        for (int i = 0; i < arguments.Length; i++)
            arguments[i] = _terms.Load(_terms.Variable(_method.Parameters[i]));
        Term? receiver = _method.IsStatic ? null : _terms.Load(_terms.Variable(_method.ContainingType));
        return new CallFrame(arguments, receiver, null);
    }
}
