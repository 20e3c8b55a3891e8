// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Generic;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace KMemcg.Analyzers;

/// <summary>
/// Follows all ways through one function. Ways that differ in what the rules are about (locks, context, references, …) are
/// kept apart, so that a condition that is tested twice, or a result that is stored and tested later, is understood; ways
/// that differ only in their variables are merged. First to a fixed point, then once more for the reports.
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
        _terms = new TermTable(contracts);
        _options = options;
        _report = report;
        _observer = facts;
        _cancellation = cancellation;
        _incoming = new List<FlowState>[graph.Blocks.Length];
        _joins = new List<Term>?[graph.Blocks.Length];
        _isLoopHead = FindLoopHeads(graph);
        _returned = _terms.Capture(-1);
        _ownFrame = MakeOwnFrame();
        for (int i = 0; i < _incoming.Length; i++)
            _incoming[i] = new List<FlowState>();
    }

    /// <summary>Runs the analysis. False if there was too much to follow.</summary>
    public bool Run()
    {
        if (!Solve())
            return false;

        _report.Enabled = true;
        foreach (BasicBlock block in _graph.Blocks)
        {
            foreach (FlowState state in _incoming[block.Ordinal].ToArray())
                RunBlock(block, state.Clone(), queue: null);
        }

        CheckDeclaredPuts();
        _report.Finish();
        return true;
    }

    private bool Solve()
    {
        var queue = new SortedSet<(int Block, int State)>();
        BasicBlock entry = _graph.Blocks[0];
        _incoming[0].Add(EntryState());
        queue.Add((0, 0));
        int steps = 0;
        while (queue.Count > 0)
        {
            _cancellation.ThrowIfCancellationRequested();
            if (++steps > _options.MaxSteps)
                return false;
            (int block, int state) = queue.Min;
            queue.Remove((block, state));
            if (!RunBlock(_graph.Blocks[block], _incoming[block][state].Clone(), queue))
                return false;
        }

        return true;
    }

    /// <summary>Runs one way through a block and on to its successors; with a queue, to the fixed point, without, for the reports.</summary>
    private bool RunBlock(BasicBlock block, FlowState state, SortedSet<(int Block, int State)>? queue)
    {
        FlowState start = state.Clone();
        _block = block.Ordinal;
        foreach (IOperation operation in block.Operations)
        {
            _fork = null;
            Evaluate(operation, state);
            if (_fork is { } undecided)
                return RunForked(block, start, undecided, queue);
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
            return fall is null || Follow(block, fall, state, queue);
        }

        bool taken = block.ConditionKind == ControlFlowConditionKind.WhenTrue;
        FlowState other = state.Clone();
        bool fits = true;
        if (Assume(state, value, taken))
            fits = Follow(block, block.ConditionalSuccessor!, state, queue);
        if (fits && Assume(other, value, !taken) && fall is not null)
        {
            if (fall.Semantics == ControlFlowBranchSemantics.Return)
                other.Values = other.Values.With(_returned, value);
            fits = Follow(block, fall, other, queue);
        }

        return fits;
    }

    /// <summary>A call does something only if an argument is true: both ways are followed from the block's beginning.</summary>
    private bool RunForked(BasicBlock block, FlowState start, Term undecided, SortedSet<(int Block, int State)>? queue)
    {
        _fork = null;
        FlowState other = start.Clone();
        return (!Assume(start, undecided, true) || RunBlock(block, start, queue)) &&
            (!Assume(other, undecided, false) || RunBlock(block, other, queue));
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

    private bool Follow(BasicBlock from, ControlFlowBranch branch, FlowState state, SortedSet<(int Block, int State)>? queue)
    {
        if (branch.Semantics == ControlFlowBranchSemantics.StructuredExceptionHandling)
            return Resume(from, state, queue);
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
            return Enter(branch.FinallyRegions[0].FirstBlockOrdinal, state, queue);
        }

        return Arrive(from, branch.Destination, state, queue);
    }

    /// <summary>A finally block ends: goes on with what the branch into it was on the way to.</summary>
    private bool Resume(BasicBlock from, FlowState state, SortedSet<(int Block, int State)>? queue)
    {
        if (state.Finally is not { } continuation)
            return true;
        if (continuation.Next < continuation.Branch.FinallyRegions.Length)
        {
            state.Finally = new FinallyContinuation(continuation.Branch, continuation.Next + 1, continuation.Outer);
            return Enter(continuation.Branch.FinallyRegions[continuation.Next].FirstBlockOrdinal, state, queue);
        }

        state.Finally = continuation.Outer;
        return continuation.Branch.Destination is null || Arrive(from, continuation.Branch.Destination, state, queue);
    }

    private bool Arrive(BasicBlock from, BasicBlock to, FlowState state, SortedSet<(int Block, int State)>? queue)
    {
        if (to.Kind == BasicBlockKind.Exit)
        {
            if (queue is null)
                CheckExit(state, from);
            return true;
        }

        if (_isLoopHead[to.Ordinal] && from.Ordinal >= to.Ordinal)
            LoseUnnamed(to.Ordinal, state);
        return Enter(to.Ordinal, state, queue);
    }

    private bool Enter(int block, FlowState state, SortedSet<(int Block, int State)>? queue)
    {
        if (queue is null)
            return true;

        if (_isLoopHead[block])
        {
            ForgetMemory(state);
            state.Tested = default;
            state.Refs = state.Refs.Where(static reference => !reference.Value.Foreign && !(reference.Value.Put && reference.Key.ReadsMemory));
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
                queue.Add((block, i));
            }

            return true;
        }

        if (states.Count == _options.MaxStates)
            return false;
        states.Add(state.Clone());
        queue.Add((block, states.Count - 1));
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

    private static bool[] FindLoopHeads(ControlFlowGraph graph)
    {
        var heads = new bool[graph.Blocks.Length];
        foreach (BasicBlock block in graph.Blocks)
        {
            foreach (ControlFlowBranch predecessor in block.Predecessors)
            {
                if (predecessor.Source.Ordinal >= block.Ordinal)
                    heads[block.Ordinal] = true;
            }
        }

        return heads;
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
