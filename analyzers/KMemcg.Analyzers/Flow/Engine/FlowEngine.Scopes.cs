// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Generic;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace KMemcg.Analyzers;

/// <summary>Scopes: stretches of code for which a value holds.</summary>
internal sealed partial class FlowEngine
{
    /// <summary>A scope whose token an object keeps is open where a function begins that says that it ends it.</summary>
    private void EnterScopes(FlowState state)
    {
        foreach (ScopeEffect scope in _contract.Scopes)
        {
            if (scope.Kind == Annotation.ScopeEnd && !scope.Token.Steps.IsEmpty && TokenOf(scope, _ownFrame, state) is { } token)
                state.Scopes = state.Scopes.With(token, new OpenScope(scope.Name, 0, null));
        }
    }

    private void CheckScopesAtExit(Location where, Term? returned, FlowState state)
    {
        foreach (KeyValuePair<Term, OpenScope> scope in state.Scopes.Entries)
        {
            bool declared = _contract.Scopes.Exists(effect => effect.Kind == Annotation.ScopedSwap ||
                (effect.Kind == Annotation.ScopeBegin && effect.Name == scope.Value.Name && IsToken(scope.Key, effect.Token, returned, state)));
            if (!declared)
                _report.Add(Rules.ScopeNotRestored, where, scope.Value.Site, scope.Value.Name);
        }
    }

    /// <summary>Whether a scope's token is where the function says that it gives it.</summary>
    private bool IsToken(Term token, AnnotationPath given, Term? returned, FlowState state) =>
        given.Root == PathRoot.Return ? ReferenceEquals(token, returned) : KeptAt(given, state) is { } place && (ReferenceEquals(token, _terms.Load(place)) || ReferenceEquals(token, place.A));

    /// <summary>Where a function that begins a scope leaves the token: a member, or what a parameter points to.</summary>
    private Term? KeptAt(AnnotationPath token, FlowState state) =>
        !token.Steps.IsEmpty ? PlaceOf(token, _ownFrame, state)
        : token.Root == PathRoot.Parameter && _ownFrame.Arguments[token.Parameter] is { } pointer ? _terms.Pointee(pointer) : null;

    /// <summary>A token is stored where the function says that it keeps it: that is its name from there on.</summary>
    private void KeepToken(Term place, Term value, FlowState state)
    {
        if (state.Scopes.Count > 0 && state.Scopes.TryGet(value, out OpenScope open) && _contract.Scopes.Exists(effect =>
            effect.Kind == Annotation.ScopeBegin && effect.Name == open.Name && effect.Token.Root != PathRoot.Return && ReferenceEquals(KeptAt(effect.Token, state), place)))
            state.Scopes = state.Scopes.Without(value).With(_terms.Load(place), open);
    }

    private void ApplyScopes(IOperation call, MethodContract contract, CallFrame frame, FlowState state)
    {
        foreach (ScopeEffect scope in contract.Scopes)
        {
            if (TokenOf(scope, frame, state) is not { } token)
                continue;
            bool ends = scope.Kind == Annotation.ScopeEnd || (scope.Kind == Annotation.ScopedSwap && state.Scopes.Contains(token));
            if (ends)
                EndScope(call, token, scope.Name, state);
            else if (scope.Kind == Annotation.ScopeBegin)
            {
                if (state.Scopes.TryGet(token, out OpenScope open))
                    _report.Add(Rules.SavedValueOverwritten, call.Syntax.GetLocation(), open.Site, token, $"what '{open.Name}' is to be restored to");
                state.Scopes = state.Scopes.With(token, new OpenScope(scope.Name, state.Scopes.Count, call));
            }
            else if (call.Parent is IExpressionStatementOperation && FindScope(scope.Name, state) is { } outer)
            {
                // Whatever was saved, this ends the scope with something else.
                _report.Add(Rules.ScopeNotRestored, call.Syntax.GetLocation(), outer.Value.Site, scope.Name);
                state.Scopes = state.Scopes.Without(outer.Key);
            }
            else if (frame.Result is { } before)
                state.Scopes = state.Scopes.With(before, new OpenScope(scope.Name, state.Scopes.Count, call));
        }
    }

    /// <summary>The innermost scope of a name.</summary>
    private static KeyValuePair<Term, OpenScope>? FindScope(string name, FlowState state)
    {
        KeyValuePair<Term, OpenScope>? found = null;
        foreach (KeyValuePair<Term, OpenScope> scope in state.Scopes.Entries)
        {
            if (scope.Value.Name == name && (found is not { } other || other.Value.Order < scope.Value.Order))
                found = scope;
        }

        return found;
    }

    private Term? TokenOf(ScopeEffect scope, CallFrame frame, FlowState state)
    {
        if (scope.Token.Root == PathRoot.Return)
            return frame.Result;
        if (!scope.Token.Steps.IsEmpty)
            return PlaceOf(scope.Token, frame, state) is { } place ? _terms.Load(place) : null;
        Term? argument = scope.Token.Root == PathRoot.Parameter ? frame.Arguments[scope.Token.Parameter] : null;
        return argument is { Kind: TermKind.Address, A: { Kind: TermKind.Variable } variable } ? variable : argument;
    }

    private void EndScope(IOperation call, Term token, string name, FlowState state)
    {
        if (!state.Scopes.TryGet(token, out OpenScope open))
        {
            // The token of a scope that the caller began, or one that a path of ours has ended already; or of another than what is to be ended.
            KeyValuePair<Term, OpenScope>? inner = FindScope(name, state);
            if (inner is not null || token.Kind is TermKind.Stale or TermKind.Constant)
                _report.Add(Rules.ScopeNotRestored, call.Syntax.GetLocation(), inner?.Value.Site, name);
            if (inner is { } ended)
                state.Scopes = state.Scopes.Without(ended.Key);
            return;
        }

        foreach (KeyValuePair<Term, OpenScope> other in state.Scopes.Entries)
        {
            if (other.Value.Name == open.Name && other.Value.Order > open.Order)
                _report.Add(Rules.ScopeNotRestored, call.Syntax.GetLocation(), other.Value.Site, other.Value.Name);
        }

        state.Scopes = state.Scopes.Without(token);
    }
}
