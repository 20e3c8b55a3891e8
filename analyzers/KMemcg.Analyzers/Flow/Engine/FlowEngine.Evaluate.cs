// SPDX-License-Identifier: GPL-2.0-only
using System;
using System.Collections.Generic;
using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace KMemcg.Analyzers;

/// <summary>Expressions: what they give, and the accesses in them.</summary>
internal sealed partial class FlowEngine
{
    /// <summary>Runs an operation and gives its value.</summary>
    private Term Evaluate(IOperation operation, FlowState state)
    {
        if (operation.ConstantValue is { HasValue: true } constant && TryConstant(constant.Value, out long number))
            return _terms.Constant(number);

        // By the kind, which is a number: asking for one interface after the other is slow.
        switch (operation.Kind)
        {
            case OperationKind.ExpressionStatement:
                return Evaluate(((IExpressionStatementOperation)operation).Operation, state);
            case OperationKind.Conversion when operation is IConversionOperation { OperatorMethod: null } conversion:
                return Evaluate(conversion.Operand, state);
            case OperationKind.AddressOf:
                return EvaluateAddress((IAddressOfOperation)operation, state);
            case OperationKind.LocalReference or OperationKind.ParameterReference or OperationKind.InstanceReference:
                return Read(Place(operation, state), operation, state);
            case OperationKind.FieldReference:
                return EvaluateField((IFieldReferenceOperation)operation, state);
            case OperationKind.PropertyReference:
                return EvaluateProperty((IPropertyReferenceOperation)operation, state);
            case OperationKind.FlowCapture:
                return EvaluateCapture((IFlowCaptureOperation)operation, state);
            case OperationKind.FlowCaptureReference:
                return Read(_terms.Capture(((IFlowCaptureReferenceOperation)operation).Id.GetHashCode()), operation, state);
            case OperationKind.SimpleAssignment:
                return EvaluateAssignment((ISimpleAssignmentOperation)operation, state);
            case OperationKind.CompoundAssignment when operation is ICompoundAssignmentOperation compound:
                return EvaluateUpdate(compound, compound.Target, compound.Value, state);
            case OperationKind.Increment or OperationKind.Decrement:
                return EvaluateUpdate(operation, ((IIncrementOrDecrementOperation)operation).Target, null, state);
            case OperationKind.Invocation when operation is IInvocationOperation call:
                return EvaluateCall(call, call.TargetMethod, call.Instance, call.Arguments, state);
            case OperationKind.ObjectCreation when operation is IObjectCreationOperation { Constructor: { } constructor } creation:
                return EvaluateCall(creation, constructor, null, creation.Arguments, state);
            case OperationKind.FunctionPointerInvocation:
                return EvaluatePointerCall((IFunctionPointerInvocationOperation)operation, state);
            case OperationKind.Binary:
                return EvaluateBinary((IBinaryOperation)operation, state);
            case OperationKind.Unary:
                return EvaluateUnary((IUnaryOperation)operation, state);
            case OperationKind.IsNull:
                return _terms.Apply("==", null, Evaluate(((IIsNullOperation)operation).Operand, state), _terms.Zero);
            case OperationKind.DeclarationExpression:
                return Evaluate(((IDeclarationExpressionOperation)operation).Expression, state);
            case OperationKind.DefaultValue when operation.Type is { IsRefLikeType: true }:
                return _terms.Zero;
            case OperationKind.FlowAnonymousFunction or OperationKind.SizeOf or OperationKind.TypeOf:
                return ResultOf(operation, state);
            case OperationKind.None:
                return EvaluatePointer(operation, state);
            default:
                return EvaluateChildren(operation, state);
        }
    }

    private Term EvaluateChildren(IOperation operation, FlowState state)
    {
        foreach (IOperation child in operation.ChildOperations)
            Evaluate(child, state);
        return ResultOf(operation, state);
    }

    private Term EvaluatePointer(IOperation operation, FlowState state)
    {
        switch (PointerOperations.Classify(operation))
        {
            case PointerOperation.Dereference or PointerOperation.Element:
                return Read(Place(operation, state), operation, state);
            default:
                return EvaluateChildren(operation, state);
        }
    }

    private Term EvaluateAddress(IAddressOfOperation address, FlowState state)
    {
        if (address.Reference is IMethodReferenceOperation method)
        {
            CheckCallback(address, method.Method, state);
            return _terms.Apply("&", method.Method, null, null);
        }

        Term place = Place(address.Reference, state);
        if (address.Reference is IFieldReferenceOperation field)
            OnAddress(place, field, address, state);
        return _terms.Address(place);
    }

    private Term EvaluateField(IFieldReferenceOperation field, FlowState state)
    {
        Term place = Place(field, state);
        if (field.Field.IsFixedSizeBuffer)
        {
            OnAddress(place, field, field, state);
            return _terms.Address(place);
        }

        OnRead(place, field.Field, field, state);
        return Read(place, field, state);
    }

    private Term EvaluateProperty(IPropertyReferenceOperation property, FlowState state)
    {
        if (property.Arguments.Length > 0)
            return EvaluateChildren(property, state);
        if (property.Property.GetMethod is { } getter && !_contracts.Of(getter).IsEmpty)
            return EvaluateCall(property, getter, property.Instance, System.Collections.Immutable.ImmutableArray<IArgumentOperation>.Empty, state);

        Term place = Place(property, state);
        OnRead(place, property.Property, property, state);
        return property.Property.ReturnsByRef ? _terms.Address(place) : Read(place, property, state);
    }

    private Term EvaluateCapture(IFlowCaptureOperation capture, FlowState state)
    {
        Term variable = _terms.Capture(capture.Id.GetHashCode());
        if (IsPlace(capture.Value))
            _capturedPlaces[capture.Id.GetHashCode()] = Place(capture.Value, state);
        Term value = Evaluate(capture.Value, state);
        state.Values = state.Values.With(variable, value);
        return value;
    }

    private Term EvaluateAssignment(ISimpleAssignmentOperation assignment, FlowState state)
    {
        if (assignment.IsRef)
        {
            Term address = _terms.Address(Place(assignment.Value, state));
            if (assignment.Target is ILocalReferenceOperation local)
                state.Values = state.Values.With(_terms.Variable(local.Local), address);
            return address;
        }

        Term value = Evaluate(assignment.Value, state);
        if (assignment.Target is IDiscardOperation)
            return value;
        Term place = Place(assignment.Target, state);
        // An element has no annotations, nor a type here: that of the value tells.
        if (_checks && place.Kind is (TermKind.Element or TermKind.Pointee) && QualifiedPointee.IsRcuPointer(assignment.Value.Type) && !Exempt(place, state))
            CheckPublished(assignment.Target.Syntax.ToString(), value, assignment.Target);
        Write(place, value, assignment.Target, state);
        return value;
    }

    private Term EvaluateUpdate(IOperation operation, IOperation target, IOperation? value, FlowState state)
    {
        Term place = Place(target, state);
        if (place is { Kind: TermKind.Member or TermKind.Static, Symbol: { } member })
            OnRead(place, member, target, state);
        Term? operand = value is null ? null : Evaluate(value, state);
        Term result = operation is ICompoundAssignmentOperation { OperatorKind: BinaryOperatorKind.Or } && operand is { Kind: TermKind.Constant, Number: not 0 }
            ? operand
            : ResultOf(operation, state);
        // A pointer is moved within what it points to.
        if (target.Type is IPointerTypeSymbol && TruthOf(state, Load(place, state)) == true)
            state.NonZero = state.NonZero.With(result, true);
        Write(place, result, target, state);
        if (_checks && operation is { Kind: OperationKind.Decrement } or ICompoundAssignmentOperation { OperatorKind: BinaryOperatorKind.Subtract })
            NoteCountedDown(place);
        return result;
    }

    private Term EvaluateBinary(IBinaryOperation binary, FlowState state)
    {
        Term left = Evaluate(binary.LeftOperand, state);
        Term right = Evaluate(binary.RightOperand, state);
        string? name = binary.OperatorKind switch
        {
            BinaryOperatorKind.Equals => "==",
            BinaryOperatorKind.NotEquals => "!=",
            BinaryOperatorKind.LessThan => "<",
            BinaryOperatorKind.LessThanOrEqual => "<=",
            BinaryOperatorKind.GreaterThan => ">",
            BinaryOperatorKind.GreaterThanOrEqual => ">=",
            BinaryOperatorKind.And => "&",
            BinaryOperatorKind.Or => "|",
            BinaryOperatorKind.Add => "+",
            BinaryOperatorKind.Subtract => "-",
            BinaryOperatorKind.LeftShift => "<<",
            BinaryOperatorKind.RightShift => ">>",
            _ => null,
        };
        Term result = name is null || TermTable.TooDeep(left) || TermTable.TooDeep(right) ? ResultOf(binary, state) : _terms.Apply(name, null, left, right);
        if (binary.Type is IPointerTypeSymbol && TruthOf(state, left) == true)
            state.NonZero = state.NonZero.With(result, true);
        return result;
    }

    private Term EvaluateUnary(IUnaryOperation unary, FlowState state)
    {
        Term operand = Evaluate(unary.Operand, state);
        return unary.OperatorKind switch
        {
            UnaryOperatorKind.Not => _terms.Apply("!", null, operand, null),
            UnaryOperatorKind.BitwiseNegation => _terms.Apply("~", null, operand, null),
            _ => ResultOf(unary, state),
        };
    }

    /// <summary>The place that an operation names. Evaluates what leads there.</summary>
    private Term Place(IOperation operation, FlowState state)
    {
        switch (operation.Kind)
        {
            case OperationKind.LocalReference when operation is ILocalReferenceOperation local:
                Term variable = _terms.Variable(local.Local);
                return local.Local.RefKind == RefKind.None ? variable : _terms.Pointee(Load(variable, state));
            case OperationKind.ParameterReference when operation is IParameterReferenceOperation parameter:
                Term argument = _terms.Variable(parameter.Parameter);
                return parameter.Parameter.RefKind == RefKind.None ? argument : _terms.Pointee(Load(argument, state));
            case OperationKind.InstanceReference:
                return _terms.Pointee(_terms.Load(_terms.Variable(_method.ContainingType)));
            case OperationKind.FieldReference when operation is IFieldReferenceOperation { Field.IsStatic: true } field:
                return _terms.Static(field.Field);
            case OperationKind.FieldReference when operation is IFieldReferenceOperation { Instance: { } instance } field:
                return _terms.Member(InstancePlace(instance, state), field.Field, field.Field.Name);
            case OperationKind.PropertyReference when operation is IPropertyReferenceOperation { Property.IsStatic: true } property:
                return _terms.Static(property.Property);
            case OperationKind.PropertyReference when operation is IPropertyReferenceOperation { Instance: { } instance, Arguments.Length: 0 } property:
                return _terms.Member(InstancePlace(instance, state), property.Property, property.Property.Name);
            case OperationKind.FlowCaptureReference when operation is IFlowCaptureReferenceOperation capture && _capturedPlaces.TryGetValue(capture.Id.GetHashCode(), out Term? place):
                return place;
            case OperationKind.FlowCaptureReference:
                return _terms.Capture(((IFlowCaptureReferenceOperation)operation).Id.GetHashCode());
            case OperationKind.Conversion when operation is IConversionOperation { OperatorMethod: null } conversion && IsPlace(conversion.Operand):
                return Place(conversion.Operand, state);
            case OperationKind.DeclarationExpression:
                return Place(((IDeclarationExpressionOperation)operation).Expression, state);
            case OperationKind.None:
                return PointerPlace(operation, state);
            default:
                return _terms.Pointee(Evaluate(operation, state));
        }
    }

    private Term PointerPlace(IOperation operation, FlowState state)
    {
        PointerOperation kind = PointerOperations.Classify(operation);
        if (kind is not (PointerOperation.Dereference or PointerOperation.Element))
            return _terms.Pointee(EvaluateChildren(operation, state));

        Term? pointer = null;
        Term? index = null;
        foreach (IOperation child in operation.ChildOperations)
        {
            if (pointer is null)
                pointer = Evaluate(child, state);
            else
                index = Evaluate(child, state);
        }

        OnFollow(pointer!, operation, state);
        if (index is null)
            return _terms.Pointee(pointer!);
        return TermTable.TooDeep(index) ? _terms.Pointee(ResultOf(operation, state)) : _terms.Element(pointer!, index);
    }

    private Term InstancePlace(IOperation instance, FlowState state) =>
        instance.Type is { IsReferenceType: true } || !IsPlace(instance) ? _terms.Pointee(Evaluate(instance, state)) : Place(instance, state);

    private static bool IsPlace(IOperation operation) => operation.Kind switch
    {
        OperationKind.LocalReference or OperationKind.ParameterReference or OperationKind.FieldReference or OperationKind.InstanceReference => true,
        OperationKind.PropertyReference => ((IPropertyReferenceOperation)operation).Arguments.Length == 0,
        OperationKind.FlowCaptureReference or OperationKind.DeclarationExpression => true,
        OperationKind.Invocation => ((IInvocationOperation)operation).TargetMethod.ReturnsByRef,
        _ => PointerOperations.Classify(operation) is PointerOperation.Dereference or PointerOperation.Element,
    };

    private Term Load(Term place, FlowState state) => state.Values.TryGet(place, out Term value) ? value : _terms.Load(place);

    private Term Read(Term place, IOperation operation, FlowState state)
    {
        Term value = Load(place, state);
        return TermTable.TooDeep(value) ? ResultOf(operation, state) : value;
    }

    /// <summary>A name for what this operation gives now; what it gave on an earlier turn is renamed.</summary>
    private Term ResultOf(IOperation operation, FlowState state, int slot = 0, ISymbol? of = null, string name = "?")
    {
        int number = NumberOf(operation);
        Term result = _terms.Result(number, slot, of, name);
        if (!_evaluated.Add(number * 64 + slot))
            state.MakeStale(result, _terms);
        return result;
    }

    private void Write(Term place, Term value, IOperation target, FlowState state)
    {
        if (place.Symbol is { } member && place.Kind is TermKind.Member or TermKind.Static)
            OnWrite(place, place.Symbol!, value, target, state);
        OnOverwrite(place, value, target, state);
        Store(place, value, state);
    }

    /// <summary>The place holds the value from here on; the same member of other objects is not known any more.</summary>
    private void Store(Term place, Term value, FlowState state)
    {
        if (place.Kind != TermKind.Variable)
        {
            KeepToken(place, value, state);
            NoteEscape(value, state);
            OnOwnerWritten(place, value, state);
            state.Values = state.Values.Where(place, static (entry, place) => entry.Key.Kind == TermKind.Variable || !MayAlias(entry.Key, place));
            state.NonZero = state.NonZero.Where(place, static (fact, place) => !(fact.Key.LoadsMemory && Reads(fact.Key, place)));
            state.Tested = state.Tested.Where(place, static (tested, place) => !MayAlias(tested.Key, place));
        }

        state.Values = state.Values.With(place, value);
    }

    private static bool MayAlias(Term a, Term b) =>
        a.Kind != TermKind.Member || b.Kind != TermKind.Member || SymbolEqualityComparer.Default.Equals(a.Symbol, b.Symbol);

    private static bool Reads(Term value, Term place) =>
        (value.Kind == TermKind.Load && value.A!.Kind != TermKind.Variable && MayAlias(value.A, place)) ||
        (value.A is not null && Reads(value.A, place)) || (value.B is not null && Reads(value.B, place));

    /// <summary>Others may have written what is not this function's own.</summary>
    private void ForgetMemory(FlowState state, MethodContract? callee = null, CallFrame? frame = null)
    {
        state.Values = state.Values.Where((Engine: this, callee, frame, state), static (entry, call) => entry.Key.Kind == TermKind.Variable || call.Engine.IsKept(entry.Key, entry.Value, call.callee, call.frame, call.state));
        foreach (KeyValuePair<Term, bool> forgotten in state.NonZero.Entries)
        {
            if (!forgotten.Key.ReadsMemory || IsOwnersOnly(forgotten.Key))
                continue;
            state.NonZero = state.NonZero.Where((Engine: this, Read: ReadBefore(state)), static (fact, with) =>
                !fact.Key.ReadsMemory || with.Engine.IsOwnersOnly(fact.Key) || IsRead(fact.Key, with.Read));
            return;
        }
    }

    /// <summary>What variables hold stays what it was when it was read.</summary>
    private static HashSet<Term> ReadBefore(FlowState state)
    {
        var read = new HashSet<Term>();
        foreach (KeyValuePair<Term, Term> value in state.Values.Entries)
        {
            if (value.Key.Kind == TermKind.Variable && value.Value.ReadsMemory)
                read.Add(value.Value);
        }

        return read;
    }

    private static bool IsRead(Term value, HashSet<Term> read) =>
        read.Count > 0 && (!value.ReadsMemory || read.Contains(value) ||
        ((value.IsStable || value.Kind != TermKind.Load) && IsRead(value.A!, read) && (value.B is null || IsRead(value.B, read))));

    /// <summary>
    /// What others leave alone: stable fields, owners in an object that the call does not get (a static one anybody may change), owners whose
    /// reference is still to be got, and where the result of a try is kept (unless the call is about that object's lock), which whoever tried looks at again.
    /// </summary>
    private bool IsKept(Term place, Term value, MethodContract? callee, CallFrame? frame, FlowState state)
    {
        if (place.ReadsMemory || place.Kind is not (TermKind.Member or TermKind.Static) || place.Symbol is not { } member)
            return false;
        FieldContract field = _contracts.OfField(member);
        if (field.Stable || (field.OwnsRef && ((place.Kind == TermKind.Member && callee is not null && frame is not null && !IsGivenHolder(place, frame)) || (state.Escaped.TryGet(RefKey(value), out bool owed) && owed))))
            return true;
        bool tried = (value.Kind == TermKind.Result && value.Symbol is IMethodSymbol method && _contracts.Of(method).Tries != Outcome.Always) ||
            (value.Kind == TermKind.Join && ReferenceEquals(value.A, place));
        return tried && (callee is not { Locks.Count: > 0 } || frame is null || !System.Array.Exists(frame.Arguments, argument => argument is not null && place.Mentions(argument)));
    }

    /// <summary>Whether a call gets the object that a place is in.</summary>
    private static bool IsGivenHolder(Term place, CallFrame frame) =>
        BaseOf(place) is { } holder && System.Array.Exists(frame.Arguments, argument => argument is not null && ReferenceEquals(RefKey(argument), holder));

    /// <summary>A field that owns a reference is changed by its owner only.</summary>
    private bool IsOwnersOnly(Term value) =>
        value is { Kind: TermKind.Load, A: { Kind: TermKind.Member, Symbol: { } member } } && _contracts.OfField(member).OwnsRef;

    private static bool TryConstant(object? value, out long number)
    {
        number = 0;
        switch (value)
        {
            case null:
                return true;
            case bool truth:
                number = truth ? 1 : 0;
                return true;
            case ulong big:
                number = unchecked((long)big);
                return true;
            case char character:
                number = character;
                return true;
            case string or float or double or decimal:
                return false;
            default:
                number = Convert.ToInt64(value, CultureInfo.InvariantCulture);
                return true;
        }
    }
}
