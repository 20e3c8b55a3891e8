// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Generic;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

/// <summary>Reads annotations into contracts. What does not resolve is left out here and reported as KM0001.</summary>
internal sealed class ContractBuilder
{
    private readonly AnnotationSymbols _annotations;
    private readonly PathResolver _paths;

    public ContractBuilder(AnnotationSymbols annotations)
    {
        _annotations = annotations;
        _paths = new PathResolver(annotations);
    }

    public MethodContract BuildMethod(IMethodSymbol method)
    {
        MethodContract? contract = null;
        foreach (KeyValuePair<Annotation, AttributeData> annotation in _annotations.Of(method))
        {
            if (annotation.Key is Annotation.KernelSource or Annotation.Benign or Annotation.HotPath or Annotation.NoAlloc or Annotation.OwnsRef)
                continue;
            contract ??= new MethodContract();
            ReadLocks(contract, method, annotation.Key, annotation.Value);
            ReadContext(contract, method, annotation.Key, annotation.Value);
            ReadData(contract, method, annotation.Key, annotation.Value);
            ReadLifetime(contract, method, annotation.Key, annotation.Value);
            contract.IsEmpty = false;
        }

        foreach (IParameterSymbol parameter in method.Parameters)
        {
            if (_annotations.Has(parameter, Annotation.ConsumesRef))
            {
                contract ??= new MethodContract();
                contract.IsEmpty = false;
                AddRef(contract, method, Annotation.ConsumesRef, parameter.Name, Outcome.Always, ImmutableArray<AnnotationPath>.Empty);
            }
        }

        if (method.ContainingType is { } type && _annotations.HasInScope(type, Annotation.ContextPrimitive))
        {
            contract ??= new MethodContract();
            contract.Primitive = true;
        }

        return contract ?? MethodContract.Empty;
    }

    public FieldContract BuildField(ISymbol field)
    {
        FieldContract? contract = null;
        foreach (KeyValuePair<Annotation, AttributeData> annotation in _annotations.Of(field))
        {
            contract ??= new FieldContract { IsEmpty = false };
            AttributeData data = annotation.Value;
            switch (annotation.Key)
            {
                case Annotation.GuardedBy:
                    contract.Guards = contract.Guards.AddRange(Resolve(field, data.Text()));
                    break;
                case Annotation.GuardedByAny:
                    contract.AnyGuards = Resolve(field, data.Texts());
                    break;
                case Annotation.PointeeGuardedBy:
                    contract.PointeeGuards = contract.PointeeGuards.AddRange(Resolve(field, data.Text()));
                    break;
                case Annotation.WriteGuardedBy:
                    contract.WriteGuards = contract.WriteGuards.AddRange(Resolve(field, data.Text()));
                    break;
                case Annotation.RcuProtected:
                    contract.RcuProtected = true;
                    contract.RcuOr = Resolve(field, data.NamedTexts("Or"));
                    break;
                case Annotation.PerCpu:
                    contract.PerCpuRemote = data.Named<bool>("Remote");
                    contract.PerCpuLock = data.Named<string>("Lock") is { Length: > 0 } text ? One(field, text) : null;
                    break;
                case Annotation.Marked:
                    contract.Marked = true;
                    break;
                case Annotation.TryOnly:
                    contract.TryOnly = true;
                    break;
                case Annotation.OwnsRef:
                    contract.OwnsRef = true;
                    contract.EmptyWhenFreed = data.Named<bool>("EmptyWhenFreed");
                    break;
                case Annotation.CountsRefs:
                    contract.CountsRefs = true;
                    break;
                case Annotation.Stable:
                    contract.Stable = true;
                    break;
            }
        }

        if (QualifiedPointee.IsRcuPointer(LockClasses.TypeOf(field)) && field is IFieldSymbol or IPropertySymbol)
        {
            contract ??= new FieldContract { IsEmpty = false };
            contract.RcuProtected = true;
        }

        if (QualifiedPointee.IsPerCpuAddress(LockClasses.TypeOf(field)) && field is IFieldSymbol or IPropertySymbol)
        {
            contract ??= new FieldContract { IsEmpty = false };
            contract.PerCpu = true;
        }

        return contract ?? FieldContract.Empty;
    }

    /// <summary>The lock class that a symbol (a field, a static, a type) declares, or null.</summary>
    public LockClassInfo? BuildLockClass(ISymbol symbol)
    {
        if (_annotations.Find(symbol, Annotation.LockClass) is not { } data)
            return null;
        int kind = (int)LockKindValue.Spin;
        foreach (KeyValuePair<string, TypedConstant> argument in data.NamedArguments)
        {
            if (argument.Key == "Kind" && argument.Value.Value is int value)
                kind = value;
        }

        return new LockClassInfo(data.Text(), kind, data.Named<bool>("HardIrq"), data.Named<bool>("SoftIrq"));
    }

    /// <summary>What the [LockOrder]s of a lock say: which of two is taken outside the other.</summary>
    public IEnumerable<(ISymbol Outer, ISymbol Inner)> BuildOrders(ISymbol symbol)
    {
        foreach (KeyValuePair<Annotation, AttributeData> annotation in _annotations.Of(symbol))
        {
            if (annotation.Key != Annotation.LockOrder)
                continue;
            if (_paths.Resolve(annotation.Value.Text(), symbol, out _)?.Last is { } inner)
                yield return (symbol, inner);
            if (_paths.Resolve(annotation.Value.Text(1), symbol, out _)?.Last is { } outer)
                yield return (outer, symbol);
        }
    }

    private void ReadLocks(MethodContract contract, IMethodSymbol method, Annotation kind, AttributeData data)
    {
        switch (kind)
        {
            case Annotation.Acquires:
                AddLock(contract, method, LockAction.Acquire, data.Text(), Outcome.Always, data);
                break;
            case Annotation.AcquiresShared:
                AddLock(contract, method, LockAction.AcquireShared, data.Text(), Outcome.Always, data);
                break;
            case Annotation.AcquiresReturn:
                AddLock(contract, method, LockAction.Acquire, "return->" + data.Text(), Outcome.Always, data);
                break;
            case Annotation.Releases:
                AddLock(contract, method, LockAction.Release, data.Text(), Outcome.Always, data);
                break;
            case Annotation.TryAcquires:
                LockAction action = data.Named<bool>("Shared") ? LockAction.AcquireShared : LockAction.Acquire;
                AddLock(contract, method, action, data.Text(1), (Outcome)data.Number(), data);
                break;
            case Annotation.TryReleases:
                AddLock(contract, method, LockAction.Release, data.Text(1), (Outcome)data.Number(), data);
                break;
            case Annotation.AssumesHeld:
                Outcome outcome = data.Named<bool>("ByResult") ? Outcome.True : Outcome.Always;
                AddLock(contract, method, LockAction.Assume, data.Text(), outcome, data);
                break;
            case Annotation.HandsOver:
                if (One(method, data.Text()) is { } from && One(method, data.Text(1)) is { } to)
                    contract.HandOvers.Add((from, to));
                break;
            case Annotation.MustHold:
                AddRequirement(contract, method, data.Texts(), any: false, shared: false);
                break;
            case Annotation.MustHoldShared:
                AddRequirement(contract, method, data.Texts(), any: false, shared: true);
                break;
            case Annotation.MustHoldAny:
                AddRequirement(contract, method, data.Texts(), any: true, shared: true);
                break;
            case Annotation.RcuReadSection:
                AddRequirement(contract, method, ImmutableArray.Create("rcu"), any: false, shared: true);
                break;
            case Annotation.Excludes:
                contract.Excludes.AddRange(Resolve(method, data.Texts()));
                break;
            case Annotation.TryOnly:
                contract.TriesOnly.AddRange(Resolve(method, data.Texts()));
                break;
            case Annotation.Nested:
                contract.Subclass = data.Text() is { Length: > 0 } name ? -2 - Parameter(method, name) : data.Number();
                break;
        }
    }

    private void ReadContext(MethodContract contract, IMethodSymbol method, Annotation kind, AttributeData data)
    {
        switch (kind)
        {
            case Annotation.MightSleep:
                contract.MightSleep = true;
                contract.SleepsInTaskOnly = data.Named<bool>("ExceptInIrq");
                break;
            case Annotation.MightSleepIf: contract.MightSleepIf = Parameter(method, data.Text()); break;
            case Annotation.AtomicContext: contract.Atomic = true; break;
            case Annotation.HardIrqContext: contract.HardIrq = contract.Atomic = true; break;
            case Annotation.SoftIrqContext: contract.SoftIrq = contract.Atomic = true; break;
            case Annotation.PreemptAdjust: contract.Preempt = data.Number(); break;
            case Annotation.BhAdjust: contract.Bh = data.Number(); break;
            case Annotation.MigrateAdjust: contract.Migrate = data.Number(); break;
            case Annotation.RequiresPreemptOff: contract.RequiresPreemptOff = true; break;
            case Annotation.RequiresIrqsOff: contract.RequiresIrqsOff = true; break;
            case Annotation.RequiresIrqsOn: contract.RequiresIrqsOn = true; break;
            case Annotation.IrqDisable: SetIrq(contract, method, IrqEffect.Disable, data); break;
            case Annotation.IrqEnable: SetIrq(contract, method, IrqEffect.Enable, data); break;
            case Annotation.IrqSave: SetIrq(contract, method, IrqEffect.Save, data); break;
            case Annotation.IrqRestore: SetIrq(contract, method, IrqEffect.Restore, data); break;
            case Annotation.EntersReclaim: contract.EntersReclaim = true; break;
            case Annotation.FailsUnder: contract.FailsUnder = LockTokens.Parse(data.Text()); break;
            case Annotation.ErrorPointer:
                contract.ErrorPointer = contract.Stable = true;
                contract.ErrorOrNull = data.Named<bool>("OrNull");
                break;
            case Annotation.Stable:
                contract.Stable = true;
                contract.SameObject = data.Named<bool>("SameObject");
                break;
            case Annotation.ContextPrimitive: contract.Primitive = true; break;
            case Annotation.NeverReturns:
                contract.NeverReturnsWhen = When(method, data);
                contract.NeverReturns = contract.NeverReturnsWhen < 0;
                break;
            case Annotation.ContextUnsafe:
                string rule = data.Named<string>("Rule") ?? "";
                ImmutableArray<string> rules = contract.Unsafe ?? ImmutableArray<string>.Empty;
                contract.Unsafe = rule.Length > 0 ? rules.Add(rule) : rules.Add("*");
                break;
        }
    }

    private void ReadData(MethodContract contract, IMethodSymbol method, Annotation kind, AttributeData data)
    {
        switch (kind)
        {
            case Annotation.MarkedAccess:
                contract.MarkedRead = data.ConstructorArguments.Length < 1 || data.ConstructorArguments[0].Value is true;
                contract.MarkedWrite = data.ConstructorArguments.Length > 1 && data.ConstructorArguments[1].Value is true;
                break;
            case Annotation.RcuAccessor: contract.RcuAccess = data.Number(); break;
            case Annotation.ReturnsAddressOf: contract.AddressOf = One(method, data.Text()); break;
            case Annotation.PerCpuAccessor: contract.PerCpuAccess = data.Number(); break;
            case Annotation.GracePeriod:
                contract.GracePeriod = true;
                contract.WaitsForGracePeriod = data.Named<bool>("Waits");
                break;
            case Annotation.Frees: contract.Frees = One(method, data.Text()); break;
            case Annotation.Initializes: contract.Initializes.AddRange(Resolve(method, data.Text())); break;
            case Annotation.ReturnsFresh: contract.ReturnsFresh = true; break;
        }
    }

    private void ReadLifetime(MethodContract contract, IMethodSymbol method, Annotation kind, AttributeData data)
    {
        ImmutableArray<AnnotationPath> none = ImmutableArray<AnnotationPath>.Empty;
        switch (kind)
        {
            case Annotation.GetsRef or Annotation.Iterates or Annotation.BreaksIteration:
                AddRef(contract, method, kind, data.Text(), Outcome.Always, none, data.Named<bool>("Kept"));
                break;
            case Annotation.TryGetsRef:
                AddRef(contract, method, kind, data.Text(1), (Outcome)data.Number(), none);
                break;
            case Annotation.PutsRef:
                AddRef(contract, method, kind, data.Text(), Outcome.Always, Resolve(method, data.NamedTexts("MayTake")), data.Named<bool>("Sometimes"));
                break;
            case Annotation.ConsumesRef when data.ConstructorArguments.Length == 2:
                AddRef(contract, method, kind, data.Text(1), (Outcome)data.Number(), none);
                break;
            case Annotation.ConsumesRef when data.Text().Length > 0:
                AddRef(contract, method, kind, data.Text(), Outcome.Always, none);
                break;
            case Annotation.ReturnsOwned:
                contract.ReturnsOwned = true;
                break;
            case Annotation.ReturnsKept:
                contract.Kept = One(method, data.Text());
                break;
            case Annotation.ReturnsBorrowed:
                contract.Borrowed = One(method, data.Text() is { Length: > 0 } section ? section : "rcu");
                contract.BorrowedMayBeDying = data.Named<bool?>("MayBeDying") ?? true;
                break;
            case Annotation.ScopedSwap when One(method, data.Text()) is { } value:
                contract.Scopes.Add(new ScopeEffect(kind, method.Name, value));
                break;
            case Annotation.ScopeBegin or Annotation.ScopeEnd when One(method, data.Text(1)) is { } token:
                contract.Scopes.Add(new ScopeEffect(kind, data.Text(), token));
                break;
        }
    }

    private void SetIrq(MethodContract contract, IMethodSymbol method, IrqEffect effect, AttributeData data)
    {
        contract.Irq = effect;
        if (effect is IrqEffect.Save or IrqEffect.Restore)
            contract.IrqFlags = One(method, data.Text());
        else
            contract.IrqWhen = When(method, data);
    }

    private void AddLock(MethodContract contract, IMethodSymbol method, LockAction action, string text, Outcome outcome, AttributeData data)
    {
        if (One(method, text) is not { } path)
            return;
        contract.Locks.Add(new LockEffect(action, path, outcome, When(method, data), data.Named<string>("Class") is { Length: > 0 } name ? name : null)
        {
            Mask = data.Named<long?>("Mask") ?? -1,
            Value = data.Named<long?>("Value") ?? 0,
            By = data.Named<string>("By") is { Length: > 0 } by ? Parameter(method, by) : -1,
            OrNull = data.Named<bool>("OrNull"),
            Later = data.Named<bool>("Later"),
        });
    }

    private void AddRequirement(MethodContract contract, IMethodSymbol method, ImmutableArray<string> texts, bool any, bool shared)
    {
        ImmutableArray<AnnotationPath> paths = Resolve(method, texts);
        if (paths.Length > 0)
            contract.Requires.Add(new LockRequirement(paths, any, shared));
    }

    private void AddRef(
        MethodContract contract, IMethodSymbol method, Annotation kind, string text, Outcome outcome, ImmutableArray<AnnotationPath> mayTake, bool sometimes = false)
    {
        if (One(method, text) is { } path)
            contract.Refs.Add(new RefEffect(kind, path, outcome, mayTake, sometimes));
    }

    private int When(IMethodSymbol method, AttributeData data) => data.Named<string>("When") is { Length: > 0 } name ? Parameter(method, name) : -1;

    private static int Parameter(IMethodSymbol method, string name)
    {
        foreach (IParameterSymbol parameter in method.Parameters)
        {
            if (parameter.Name == name)
                return parameter.Ordinal;
        }

        return -1;
    }

    private AnnotationPath? One(ISymbol owner, string text) => _paths.Resolve(text, owner, out _);

    private ImmutableArray<AnnotationPath> Resolve(ISymbol owner, string text) => Resolve(owner, ImmutableArray.Create(text));

    private ImmutableArray<AnnotationPath> Resolve(ISymbol owner, ImmutableArray<string> texts)
    {
        ImmutableArray<AnnotationPath>.Builder paths = ImmutableArray.CreateBuilder<AnnotationPath>(texts.Length);
        foreach (string text in texts)
        {
            if (One(owner, text) is { } path)
                paths.Add(path);
        }

        return paths.ToImmutable();
    }
}
