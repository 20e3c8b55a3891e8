// SPDX-License-Identifier: GPL-2.0-only
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

/// <summary>Conditions: what is known on the way where one holds.</summary>
internal sealed partial class FlowEngine
{
    /// <summary>Goes on where the value is true (or is not). False if that cannot be.</summary>
    private bool Assume(FlowState state, Term value, bool truth)
    {
        switch (value.Kind)
        {
            case TermKind.Constant:
                return value.Number != 0 == truth;
            case TermKind.Address when value.A!.Kind is not TermKind.Pointee:
                return truth;
            case TermKind.Apply when value.Symbol is null && value.Name == "!":
                return Assume(state, value.A!, !truth);
            case TermKind.Apply when value.Name == "container_of" && value.A!.Kind != TermKind.Address:
                return Assume(state, value.A, truth);
            case TermKind.Apply when value.Symbol is null && value.B is not null:
                if (value.Name is "==" or "!=" && !AssumeEqual(state, value.A!, value.B, value.Name == "==" == truth))
                    return false;
                if (value.Name is "<" or ">" or "<=" or ">=" && !AssumeOrder(state, value, truth))
                    return false;
                break;
        }

        return SetTruth(state, value, truth);
    }

    private bool AssumeEqual(FlowState state, Term a, Term b, bool equal)
    {
        if (ReferenceEquals(a, b) && a.Kind != TermKind.Apply)
            return equal;
        if (a.Kind == TermKind.Constant && b.Kind == TermKind.Constant)
            return a.Number == b.Number == equal;
        if (a.Kind == TermKind.Constant)
            (a, b) = (b, a);
        if (b.Kind == TermKind.Constant)
        {
            if (b.Number == 0)
                return Assume(state, a, !equal);
            // 1 is true; of other numbers it is only known that they are not 0.
            if (equal)
                return Assume(state, a, true);
        }

        return true;
    }

    private bool AssumeOrder(FlowState state, Term value, bool truth)
    {
        Term a = value.A!;
        Term b = value.B!;
        if (a.Kind == TermKind.Constant && b.Kind == TermKind.Constant)
        {
            bool holds = value.Name switch
            {
                "<" => a.Number < b.Number,
                ">" => a.Number > b.Number,
                "<=" => a.Number <= b.Number,
                _ => a.Number >= b.Number,
            };
            return holds == truth;
        }

        // x < 0 and x > 0: not 0. x >= 0 that is false, and x <= 0 that is false, as well.
        bool strict = value.Name is "<" or ">";
        return b.Kind != TermKind.Constant || b.Number != 0 || strict != truth || Assume(state, a, true);
    }

    /// <summary>Whether a value is known to be, or not to be, zero.</summary>
    private static bool? TruthOf(FlowState state, Term value)
    {
        if (value.Kind == TermKind.Constant)
            return value.Number != 0;
        if (value.Kind == TermKind.Address && value.A!.Kind is TermKind.Variable or TermKind.Static)
            return true;
        return state.NonZero.TryGet(value, out bool truth) ? truth : null;
    }

    private bool SetTruth(FlowState state, Term value, bool truth)
    {
        if (TruthOf(state, value) is { } known)
            return known == truth;
        state.NonZero = state.NonZero.With(value, truth);
        if (truth)
            NoteTested(value, state);
        else
            ForgetNull(state, value);
        if (state.Pending.TryGet(value, out PendingCall pending))
        {
            state.Pending = state.Pending.Without(value);
            ApplyPending(pending, truth, state);
        }

        return true;
    }

    /// <summary>Whether a result is what an effect asks for.</summary>
    private static bool Succeeds(Outcome outcome, bool truth) => outcome switch
    {
        Outcome.Always => true,
        Outcome.True or Outcome.NonZero or Outcome.NonNull => truth,
        _ => !truth,
    };

    /// <summary>A pointer that is null refers to nothing.</summary>
    private static void ForgetNull(FlowState state, Term value)
    {
        Term key = RefKey(value);
        if (state.Refs.TryGet(key, out RefState known) && !known.Put)
            state.Refs = state.Refs.Without(key);
        state.Borrowed = state.Borrowed.Without(value);
    }
}
