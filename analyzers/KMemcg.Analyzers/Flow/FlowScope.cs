// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Generic;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace KMemcg.Analyzers;

/// <summary>Which bodies have anything that is to be followed: most have not.</summary>
internal static class FlowScope
{
    /// <summary>
    /// Whether a body has anything to follow; if not, <paramref name="calls"/> are all in it. A call that excludes a lock is nothing by
    /// itself: who holds the lock has it from a call that matters, or says so.
    /// </summary>
    public static bool IsWorthwhile(ImmutableArray<IOperation> blocks, MethodContract contract, ContractCache contracts, out List<IInvocationOperation> calls)
    {
        calls = new List<IInvocationOperation>();
        if (contract.AffectsBody || contract.Unsafe is not null)
            return true;
        foreach (IOperation block in blocks)
        {
            foreach (IOperation operation in block.Descendants())
            {
                if (Matters(operation, contracts))
                    return true;
                if (operation is IInvocationOperation call)
                    calls.Add(call);
            }
        }

        return false;
    }

    /// <summary>Who only reads an owner changes nothing of what it owns.</summary>
    private static bool IsRead(IFieldReferenceOperation field) =>
        field.Parent is not (IAssignmentOperation or IAddressOfOperation or IArgumentOperation { Parameter.RefKind: not RefKind.None }) || (field.Parent is IAssignmentOperation assignment && assignment.Value == field);

    private static bool Matters(IOperation operation, ContractCache contracts)
    {
        switch (operation.Kind)
        {
            case OperationKind.Invocation when operation is IInvocationOperation call:
                MethodContract called = contracts.Of(call.TargetMethod);
                return called.AffectsBody || called.RcuAccess >= 0 || called.PerCpuAccess is 1 or 3 || called.ReturnsOwned ||
                    (called.Frees is { Root: PathRoot.Parameter } freed && FreedObject.TypeOf(call, freed.Parameter) is { } type && !contracts.OwnersOf(type).IsEmpty);
            case OperationKind.FieldReference when operation is IFieldReferenceOperation field:
                FieldContract guarded = contracts.OfField(field.Field);
                return !guarded.IsEmpty && (guarded.Guards.Length > 0 || guarded.AnyGuards.Length > 0 || guarded.WriteGuards.Length > 0 || guarded.PointeeGuards.Length > 0 ||
                    guarded.RcuProtected || (guarded.OwnsRef && !IsRead(field)) || (guarded.Marked && field.Field.Type is IPointerTypeSymbol));
            case OperationKind.AddressOf when operation is IAddressOfOperation { Reference: IMethodReferenceOperation, Parent: IArgumentOperation { Parameter: { } parameter } }:
                return contracts.Annotations.Has(parameter, Annotation.Callback);
            default:
                return false;
        }
    }
}
