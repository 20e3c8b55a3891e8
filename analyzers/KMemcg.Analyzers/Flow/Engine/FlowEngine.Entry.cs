// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.FlowAnalysis;

namespace KMemcg.Analyzers;

/// <summary>How a function begins, and what it owes on return.</summary>
internal sealed partial class FlowEngine
{
    private readonly HashSet<Term> _callersLocks = new();
    private bool _entryRcu;
    private int _rcuOwed;

    private FlowState EntryState()
    {
        var state = new FlowState();
        _entry.Irq = _contract.RequiresIrqsOff || _contract.HardIrq || _contract.Irq is IrqEffect.Enable or IrqEffect.Restore ? IrqState.Off
            : _contract.RequiresIrqsOn ? IrqState.On : IrqState.Entry;
        _entry.HardIrq = _contract.HardIrq;
        _entry.SoftIrq = _contract.SoftIrq;
        _entry.Preempt = _contract.RequiresPreemptOff || _contract.Atomic ? 1 : 0;
        _entry.Migrate = -System.Math.Min(0, _contract.Migrate);
        _entry.Atomic = _contract.HardIrq ? "this is an interrupt handler"
            : _contract.SoftIrq ? "this runs as a softirq"
            : _contract.Atomic || _contract.RequiresPreemptOff ? "the caller cannot sleep"
            : _entry.Irq == IrqState.Off ? "interrupts are off" : null;

        foreach (LockRequirement requirement in _contract.Requires)
            EnterWith(requirement, state);
        foreach (LockEffect effect in _contract.Locks)
        {
            if (effect.Action == LockAction.Release)
                EnterLocked(effect.Path, effect.Outcome == Outcome.Always && effect.When < 0 ? HoldMode.Exclusive : HoldMode.Weak, byCaller: false, state, effect.Class);
            else if (effect.Action == LockAction.Assume)
                EnterLocked(effect.Path, HoldMode.Weak, byCaller: true, state);
            else if (effect.Path.Root == PathRoot.Token && effect.Path.Token == LockToken.Rcu && effect.Outcome == Outcome.Always)
                _rcuOwed++;
        }

        foreach ((AnnotationPath from, _) in _contract.HandOvers)
            EnterLocked(from, HoldMode.Weak, byCaller: false, state);
        _entry.Preempt = System.Math.Max(_entry.Preempt, -_contract.Preempt);
        if (_contract.Irq == IrqEffect.Restore && _contract.IrqFlags is { Root: PathRoot.Parameter } flags)
        {
            Term saved = flags.Dereferences ? _terms.Load(_terms.Pointee(_ownFrame.Arguments[flags.Parameter]!)) : _ownFrame.Arguments[flags.Parameter]!;
            state.Flags = state.Flags.With(saved, new SavedFlags(IrqState.On, 0, 0, null));
        }

        EnterRefs(state);
        EnterScopes(state);
        return state;
    }

    private void EnterWith(LockRequirement requirement, FlowState state)
    {
        bool any = requirement.Any && requirement.Paths.Length > 1;
        foreach (AnnotationPath path in requirement.Paths)
            EnterLocked(path, any ? HoldMode.Weak : requirement.Shared ? HoldMode.Shared : HoldMode.Exclusive, byCaller: true, state);
    }

    private void EnterLocked(AnnotationPath path, HoldMode mode, bool byCaller, FlowState state, string? @class = null)
    {
        if (path.Root == PathRoot.Token)
        {
            EnterToken(path.Token, byCaller, state);
            return;
        }

        Term? place = path.Root == PathRoot.AnyInstance ? AnyPlace(path) : PlaceOf(path, _ownFrame, state);
        if (place is null)
            return;
        state.Locks = state.Locks.With(place, new HeldLock(mode, byCaller, asserted: false, 0, null, @class));
        if (byCaller)
            _callersLocks.Add(place);
        if (Spins(LockKindOf(place)) && mode != HoldMode.Weak)
        {
            _entry.Preempt++;
            if (byCaller && _entry.Atomic is null)
            {
                _entry.Atomic = $"'{place}' is held";
                _entry.ByLock = true;
            }
        }

        if (LockKindOf(place) == LockKindValue.Local)
            _entry.Preempt++;
    }

    private void EnterToken(LockToken token, bool byCaller, FlowState state)
    {
        switch (token)
        {
            case LockToken.Rcu when byCaller:
                _entryRcu = true;
                break;
            case LockToken.Rcu:
                state.Context.Rcu = 1;
                _rcuOwed--;
                break;
            case LockToken.IrqsOff:
                _entry.Irq = IrqState.Off;
                break;
            case LockToken.PagefaultOff:
                break;
            default:
                _entry.Preempt++;
                break;
        }
    }

    /// <summary>The function returns: nothing is held, or changed, but what it declares.</summary>
    private void CheckExit(FlowState state, BasicBlock from)
    {
        Location where = ExitLocation(from);
        Term? returned = state.Values.TryGet(_returned, out Term value) ? value : null;
        var frame = new CallFrame(_ownFrame.Arguments, _ownFrame.Receiver, returned);
        ResolveReturned(returned, state);
        CheckLocksAtExit(where, frame, state);
        CheckContextAtExit(where, frame, state);
        CheckLifetimeAtExit(where, returned, state);
        CheckReturnedPointer(where, from, returned, state);
        CheckReturnedAddress(where, returned, state);
    }

    /// <summary>What is returned without being looked at: `return spin_trylock(x)` has taken it if the caller sees so.</summary>
    private void ResolveReturned(Term? returned, FlowState state)
    {
        if (returned is not null && state.Pending.Contains(returned) && _contract.DependsOnResult)
            state.Pending = state.Pending.Without(returned);
    }

    private void CheckLocksAtExit(Location where, CallFrame frame, FlowState state)
    {
        var allowed = new List<Term>();
        foreach (LockEffect effect in _contract.Locks)
        {
            if (effect.Path.Root == PathRoot.Token || effect.Action == LockAction.Assume || (effect.Path.Root == PathRoot.Return && IsError(frame.Result, state)))
                continue;
            Term? place = effect.Path.Root == PathRoot.AnyInstance ? AnyPlace(effect.Path) : PlaceOf(effect.Path, frame, state);
            if (place is null || (effect.Action == LockAction.Release && effect.Outcome == Outcome.Always && !effect.Later))
                continue;
            Term held = FindHeld(place, state) ?? place;
            allowed.Add(held);
            bool? asked = effect.Outcome == Outcome.Always ? true : effect.By >= 0 ? null : IsAskedFor(effect, frame.Result, state);
            bool certain = effect.Action != LockAction.Release && effect.When < 0 && asked == true && !effect.OrNull && !IsOfNull(place, state);
            bool forbidden = asked == false;
            if (certain && !state.Locks.Contains(held))
                _report.Add(Rules.HeldAtExit, where, null, $"'{place}' is not held here; '{_method.Name}' says that it returns locked");
            if (forbidden && effect.Action != LockAction.Release && state.Locks.TryGet(held, out HeldLock how) && !how.ByCaller)
                _report.Add(Rules.HeldAtExit, where, how.Site, $"'{place}' is held here; '{_method.Name}' says that it is not with this result");
        }

        foreach ((_, AnnotationPath to) in _contract.HandOvers)
        {
            if (PlaceOf(to, frame, state) is { } place)
                allowed.Add(FindHeld(place, state) ?? place);
        }

        foreach (KeyValuePair<Term, HeldLock> held in state.Locks.Entries)
        {
            if (!IsCallers(held.Key, held.Value) && held.Value.Mode != HoldMode.Weak && !allowed.Contains(held.Key) && !IsAssumedOfClass(held.Key))
                _report.Add(Rules.HeldAtExit, where, held.Value.Site, $"'{held.Key}' is still held here; '{_method.Name}' does not say that it returns locked");
        }

        CheckCallersLocks(where, frame, state);
    }

    /// <summary>The function says that locks of this class count as held when it returns, of whatever objects.</summary>
    private bool IsAssumedOfClass(Term place) => _contract.Locks.Exists(effect =>
        effect is { Action: LockAction.Assume, Path.Root: PathRoot.AnyInstance } &&
        SymbolEqualityComparer.Default.Equals(effect.Path.Steps[effect.Path.Steps.Length - 1].Key, LockSymbol(place)));

    private void CheckCallersLocks(Location where, CallFrame frame, FlowState state)
    {
        foreach (LockRequirement requirement in _contract.Requires)
        {
            foreach (AnnotationPath path in requirement.Paths)
            {
                if (!requirement.Any && path.Root is PathRoot.Parameter or PathRoot.Static && PlaceOf(path, _ownFrame, state) is { } place && FindHeld(place, state) is null && !IsOfNull(place, state) &&
                    !_contract.Locks.Exists(effect => effect.Action == LockAction.Release && effect.Path.Text == path.Text))
                    _report.Add(Rules.HeldAtExit, where, null, $"'{place}' was held on entry and is not any more; '{_method.Name}' does not say that it releases it");
            }
        }
    }

    /// <summary>A lock of the caller's, if it was dropped and taken again as well.</summary>
    private bool IsCallers(Term place, HeldLock held) => held.ByCaller || _callersLocks.Contains(place);

    /// <summary>Whether the result is one with which the effect is done, as far as that is known.</summary>
    private static bool? IsAskedFor(LockEffect effect, Term? result, FlowState state) =>
        result is { Kind: TermKind.Constant } ? effect.SucceedsWith(result.Number, equal: true)
        : result is not null && TruthOf(state, result) is { } truth ? effect.Succeeds(truth) : null;

    private void CheckContextAtExit(Location where, CallFrame frame, FlowState state)
    {
        int owed = _contract.Preempt;
        bool conditional = _contract.DependsOnResult || IsError(frame.Result, state) || _contract.HandOvers.Count > 0 || _contract.IrqWhen >= 0;
        foreach (KeyValuePair<Term, HeldLock> held in state.Locks.Entries)
        {
            if (!IsCallers(held.Key, held.Value) && _contract.Preempt == 0 && (Spins(LockKindOf(held.Key)) || (LockKindOf(held.Key) == LockKindValue.Local && held.Value.Site is not null && state.Context.Irq != IrqState.Off)))
                owed++;
        }

        foreach (LockEffect effect in _contract.Locks)
        {
            if (effect.Action == LockAction.Release && _contract.Preempt == 0 && PlaceOf(effect.Path, _ownFrame, state) is { } place &&
                (Spins(LockKindOf(place)) || (LockKindOf(place) == LockKindValue.Local && _contract.Irq == IrqEffect.None)))
                owed--;
            else if (effect.Path.Token == LockToken.RcuSched)
                owed += effect.Action == LockAction.Release ? -1 : 1;
        }

        if (conditional)
            return;
        if (state.Context.Preempt != owed)
            _report.Add(Rules.UnbalancedPreempt, where, null, _method.Name, state.Context.Preempt > owed ? "preemption off" : "preemption on that was off");
        if (state.Context.Rcu != System.Math.Max(0, _rcuOwed))
            _report.Add(Rules.HeldAtExit, where, null, state.Context.Rcu > _rcuOwed ? $"the RCU read section is still open here; '{_method.Name}' does not say so" : $"the RCU read section is not open here; '{_method.Name}' says that it is");
        if (state.Context.Bh != _contract.Bh + TokensOwed(LockToken.RcuBh) + TokensOwed(LockToken.BhOff))
            _report.Add(Rules.UnbalancedPreempt, where, null, _method.Name, "bottom halves " + (state.Context.Bh > _contract.Bh ? "off" : "on that were off"));
        if (state.Context.PagefaultOff != TokensOwed(LockToken.PagefaultOff))
            _report.Add(Rules.UnbalancedPreempt, where, null, _method.Name, "page faults " + (state.Context.PagefaultOff > 0 ? "off" : "on that were off"));
        if (state.Context.Migrate != _contract.Migrate)
            _report.Add(Rules.UnbalancedPreempt, where, null, _method.Name, "migration " + (state.Context.Migrate > _contract.Migrate ? "off" : "on that was off"));
        if (_contract.Irq == IrqEffect.None && state.Context.Irq == IrqState.Off && _entry.Irq != IrqState.Off)
            _report.Add(Rules.UnbalancedPreempt, where, null, _method.Name, "interrupts off");
        if (_contract.Irq == IrqEffect.None && state.Context.Irq == IrqState.On && _entry.Irq == IrqState.Off)
            _report.Add(Rules.UnbalancedPreempt, where, null, _method.Name, "interrupts on that were off");
    }

    private int TokensOwed(LockToken token)
    {
        int owed = 0;
        foreach (LockEffect effect in _contract.Locks)
        {
            if (effect.Path.Root == PathRoot.Token && effect.Path.Token == token && effect.Action != LockAction.Assume)
                owed += effect.Action == LockAction.Release ? -1 : 1;
        }

        return owed;
    }

    /// <summary>An exception leaves from here: through the finally blocks, which are taken to drop what they can see.</summary>
    private void CheckException(FlowState state, IOperation? site)
    {
        if (site is null || !_report.Enabled || IsInsideTry(site.Syntax))
            return;
        foreach (KeyValuePair<Term, HeldLock> held in state.Locks.Entries)
        {
            if (!held.Value.ByCaller && held.Value.Site is not null)
                _report.Add(Rules.HeldOnException, site.Syntax.GetLocation(), held.Value.Site, held.Key);
        }
    }

    /// <summary>A try with a finally or a catch, or a using, stands around it.</summary>
    private static bool IsInsideTry(SyntaxNode syntax)
    {
        for (SyntaxNode? node = syntax; node is not null and not MemberDeclarationSyntax; node = node.Parent)
        {
            if (node.Parent is TryStatementSyntax @try && @try.Block == node)
                return true;
            if (node.Parent is UsingStatementSyntax @using && @using.Statement == node)
                return true;
            if (node.Parent is BlockSyntax block && block.Statements.Any(s => s is LocalDeclarationStatementSyntax { UsingKeyword.RawKind: not 0 } && s.SpanStart < node.SpanStart))
                return true;
        }

        return false;
    }

    /// <summary>The return statement that leaves, or the end of the body.</summary>
    private Location ExitLocation(BasicBlock from)
    {
        if (from.BranchValue?.Syntax is { } value && from.ConditionKind == ControlFlowConditionKind.None)
            return (value.FirstAncestorOrSelf<ReturnStatementSyntax>() ?? value).GetLocation();

        SyntaxNode? last = LastSyntax(from);
        SyntaxNode? body = last?.FirstAncestorOrSelf<BaseMethodDeclarationSyntax>() ?? _method.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(_cancellation);
        int after = last?.Span.End ?? 0;
        ReturnStatementSyntax? nearest = null;
        if (body is not null && after > 0)
        {
            foreach (SyntaxNode node in body.DescendantNodes(node => node.Span.End > after))
            {
                if (node is ReturnStatementSyntax { Expression: null } statement && statement.SpanStart >= after && (nearest is null || statement.SpanStart < nearest.SpanStart))
                    nearest = statement;
            }
        }

        if (nearest is not null)
            return nearest.GetLocation();
        return body switch
        {
            BaseMethodDeclarationSyntax { Body.CloseBraceToken: var brace } => brace.GetLocation(),
            BaseMethodDeclarationSyntax { ExpressionBody.Expression: { } expression } => expression.GetLocation(),
            _ => body?.GetLocation() ?? Location.None,
        };
    }

    private static SyntaxNode? LastSyntax(BasicBlock block)
    {
        for (int turn = 0; turn < 8; turn++)
        {
            if ((block.BranchValue ?? LastOperation(block))?.Syntax is { } syntax)
                return syntax;
            if (block.Predecessors.IsEmpty)
                return null;
            block = block.Predecessors[0].Source;
        }

        return null;
    }
}
