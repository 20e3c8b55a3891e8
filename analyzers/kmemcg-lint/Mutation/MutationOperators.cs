// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Analyzers;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace KMemcg.Lint.Mutation;

/// <summary>The mistakes: those that the kernel's history is full of.</summary>
internal static class MutationOperators
{
    private static readonly string[] s_locking = ["KM0101", "KM0102", "KM0103", "KM0104", "KM0105", "KM0110", "KM0112", "KM0113", "KM0114", "KM0207", "KM0401", "KM0402"];
    private static readonly string[] s_sleeping = ["KM0201", "KM0202", "KM0204", "KM0304"];
    private static readonly string[] s_irqs = ["KM0103", "KM0203", "KM0205", "KM0206", "KM0207"];
    private static readonly string[] s_rcu = ["KM0103", "KM0110", "KM0113", "KM0114", "KM0301", "KM0303", "KM0503"];
    private static readonly string[] s_references = ["KM0501", "KM0502", "KM0505", "KM0511", "KM0512"];
    private static readonly string[] s_scopes = ["KM0510", "KM0512"];
    private static readonly string[] s_order = ["KM0112", "KM0201", "KM0202", "KM0203", "KM0204", "KM0601", "KM0603", "KM0604"];
    private static readonly string[] s_marked = ["KM0701", "KM0704"];

    /// <summary>All of them.</summary>
    public static MutationOperator[] All { get; } =
    [
        new("drop-unlock", Family.Locking, [.. s_locking, .. s_sleeping], DropUnlock),
        new("move-unlock", Family.Locking, s_locking, MoveUnlock),
        new("early-return", Family.Locking, [.. s_locking, .. s_references], EarlyReturn),
        new("drop-lock", Family.Locking, s_locking, DropLock),
        new("double-lock", Family.Locking, ["KM0112"], DoubleLock),
        new("irqsave-to-plain", Family.Context, s_irqs, IrqSaveToPlain),
        new("wrong-flags", Family.Context, s_irqs, WrongFlags),
        new("blocking-gfp", Family.Context, s_sleeping, BlockingGfp) { NeedsProgram = true, IsMistake = BlocksInAtomic },
        new("sleep-under-lock", Family.Context, s_sleeping, SleepUnderLock),
        new("drop-rcu-lock", Family.Rcu, s_rcu, DropRcuLock),
        new("plain-publish", Family.Rcu, ["KM0302"], PlainPublish),
        new("drop-put", Family.Lifetime, s_references, DropPut),
        new("double-put", Family.Lifetime, ["KM0502"], DoublePut),
        new("open-scope", Family.Lifetime, s_scopes, OpenScope),
        new("unbroken-walk", Family.Lifetime, s_references, UnbrokenWalk),
        new("swap-locks", Family.Order, s_order, SwapLocks) { NeedsProgram = true },
        new("drop-once", Family.MemoryModel, s_marked, DropOnce),
    ];

    private static IEnumerable<MethodDeclarationSyntax> DropUnlock(MutationSite site) =>
        site.Statements(Annotation.Releases).Select(found => site.Without(found.Statement));

    /// <summary>Before the statement that needed the lock.</summary>
    private static IEnumerable<MethodDeclarationSyntax> MoveUnlock(MutationSite site)
    {
        foreach ((ExpressionStatementSyntax unlock, _) in site.Statements(Annotation.Releases))
        {
            if (MutationSite.Sibling(unlock, -1) is { } before and not LabeledStatementSyntax && NeedsLock(site, before))
                yield return site.Swapped(before, unlock);
        }
    }

    private static bool NeedsLock(MutationSite site, StatementSyntax statement) => statement.DescendantNodes().Any(node => node switch
    {
        InvocationExpressionSyntax call => site.Does(call, Annotation.MustHold) || site.Does(call, Annotation.MustHoldAny) || site.Does(call, Annotation.RcuReadSection),
        MemberAccessExpressionSyntax access => site.Field(access) is { } field && (site.Has(field, Annotation.GuardedBy) || site.Has(field, Annotation.GuardedByAny)),
        _ => false,
    });

    /// <summary>A way out right behind the lock.</summary>
    private static IEnumerable<MethodDeclarationSyntax> EarlyReturn(MutationSite site)
    {
        string result = site.Method.ReturnType.ToString() == "void" ? "" : " default";
        foreach ((ExpressionStatementSyntax taken, _) in site.Statements(Annotation.Acquires, Annotation.AcquiresShared))
        {
            if (taken.Parent is BlockSyntax)
            {
                yield return site.Method.InsertNodesAfter(taken, [SyntaxFactory.ParseStatement($"if (nowhere == null) return{result};")
                    .WithTrailingTrivia(SyntaxFactory.LineFeed)]);
            }
        }
    }

    private static IEnumerable<MethodDeclarationSyntax> DropLock(MutationSite site) => site
        .Statements(Annotation.Acquires, Annotation.AcquiresShared)
        .Where(found => !site.IsRcu(found.Call) && !site.Does(found.Call, Annotation.IrqSave))
        .Select(found => site.Without(found.Statement));

    private static IEnumerable<MethodDeclarationSyntax> DoubleLock(MutationSite site) => site
        .Statements(Annotation.Acquires)
        .Where(found => found.Statement.Parent is BlockSyntax && !site.IsRcu(found.Call))
        .Select(found => site.Method.InsertNodesAfter(found.Statement, [found.Statement]));

    private static IEnumerable<MethodDeclarationSyntax> SwapLocks(MutationSite site)
    {
        foreach ((ExpressionStatementSyntax first, _) in site.Statements(Annotation.Acquires))
        {
            // The order of a lock and a read section does not matter.
            if (first.Expression is InvocationExpressionSyntax outer && !site.IsRcu(outer) &&
                MutationSite.Sibling(first, 1) is ExpressionStatementSyntax { Expression: InvocationExpressionSyntax call } second && site.Does(call, Annotation.Acquires) && !site.IsRcu(call))
                yield return site.Swapped(first, second);
        }
    }

    private static IEnumerable<MethodDeclarationSyntax> IrqSaveToPlain(MutationSite site)
    {
        foreach ((ExpressionStatementSyntax statement, InvocationExpressionSyntax call) in site.Statements(Annotation.IrqSave))
        {
            SeparatedSyntaxList<ArgumentSyntax> arguments = call.ArgumentList.Arguments;
            string name = call.Expression.ToString();
            if (!site.Does(call, Annotation.Acquires) || !name.Contains("_irqsave") || arguments.Count != 2)
                continue;
            string plain = $"{name.Replace("_irqsave", "")}({arguments[0]});";
            if (arguments[1].Expression is IdentifierNameSyntax flags)
                yield return site.With(statement, $"{{ {flags} = default; {plain} }}");
            else if (arguments[1].Expression is DeclarationExpressionSyntax declared && statement.Parent is BlockSyntax)
                yield return site.With(statement, $"{declared} = default;", plain);
        }
    }

    private static IEnumerable<MethodDeclarationSyntax> WrongFlags(MutationSite site)
    {
        foreach ((_, InvocationExpressionSyntax call) in site.Statements(Annotation.IrqRestore))
        {
            if (call.ArgumentList.Arguments[^1].Expression is IdentifierNameSyntax flags)
                yield return site.With(flags, "default");
        }
    }

    /// <summary>A blocking mask is a mistake where something keeps it from blocking.</summary>
    private static bool BlocksInAtomic(MethodFacts facts) =>
        facts.Calls.Exists(call => call.Gfp is GfpUse.Blocks or GfpUse.Reclaims && (call.Atomic is not null || call.Rcu));

    private static IEnumerable<MethodDeclarationSyntax> BlockingGfp(MutationSite site)
    {
        foreach (IdentifierNameSyntax mask in site.Method.DescendantNodes().OfType<IdentifierNameSyntax>().Where(name => name.Identifier.Text is "GFP_NOWAIT" or "GFP_ATOMIC"))
        {
            if (mask.FirstAncestorOrSelf<InvocationExpressionSyntax>() is { } call && site.Target(call) is { } target && (site.Does(call, Annotation.MightSleepIf) || FactCollector.MaskParameter(target) >= 0))
                yield return site.With(mask, "GFP_KERNEL");
        }
    }

    /// <summary>What sleeps right behind the unlock comes before it.</summary>
    private static IEnumerable<MethodDeclarationSyntax> SleepUnderLock(MutationSite site)
    {
        foreach ((ExpressionStatementSyntax unlock, InvocationExpressionSyntax call) in site.Statements(Annotation.Releases))
        {
            if ((site.Does(call, Annotation.PreemptAdjust) || site.IsRcu(call))
                && MutationSite.Sibling(unlock, 1) is ExpressionStatementSyntax next
                && next.DescendantNodes().OfType<InvocationExpressionSyntax>().Any(inner => site.Does(inner, Annotation.MightSleep)))
                yield return site.Swapped(unlock, next);
        }
    }

    private static IEnumerable<MethodDeclarationSyntax> DropRcuLock(MutationSite site) => site
        .Statements(Annotation.Acquires, Annotation.AcquiresShared)
        .Where(found => site.IsRcu(found.Call))
        .Select(found => site.Without(found.Statement));

    /// <summary>A plain store, of null excepted: that publishes nothing.</summary>
    private static IEnumerable<MethodDeclarationSyntax> PlainPublish(MutationSite site)
    {
        foreach ((ExpressionStatementSyntax statement, InvocationExpressionSyntax call) in site.Statements(Annotation.RcuAccessor))
        {
            if (call.Expression.ToString() == "rcu_assign_pointer" && !call.ArgumentList.Arguments[1].Expression.DescendantNodesAndSelf().Any(node => node.IsKind(SyntaxKind.NullLiteralExpression)) && Place(call) is { } place)
                yield return site.With(statement, $"{place} = RCU_INITIALIZER({call.ArgumentList.Arguments[1]});");
        }
    }

    /// <summary>Puts of what is given, that is: what else puts a reference (of a member, sometimes) is there for more than that.</summary>
    private static IEnumerable<(ExpressionStatementSyntax Statement, InvocationExpressionSyntax Call)> Puts(MutationSite site) => site
        .Statements(Annotation.PutsRef)
        .Where(found => site.PutsArgument(found.Call));

    private static IEnumerable<MethodDeclarationSyntax> DropPut(MutationSite site) => Puts(site).Select(found => site.Without(found.Statement));

    private static IEnumerable<MethodDeclarationSyntax> DoublePut(MutationSite site) => Puts(site)
        .Where(found => found.Statement.Parent is BlockSyntax)
        .Select(found => site.Method.InsertNodesAfter(found.Statement, [found.Statement]));

    private static IEnumerable<MethodDeclarationSyntax> OpenScope(MutationSite site) =>
        site.Statements(Annotation.ScopeEnd, Annotation.ScopedSwap).Select(found => site.Without(found.Statement));

    private static IEnumerable<MethodDeclarationSyntax> UnbrokenWalk(MutationSite site) =>
        site.Statements(Annotation.BreaksIteration).Select(found => site.Without(found.Statement));

    private static IEnumerable<MethodDeclarationSyntax> DropOnce(MutationSite site)
    {
        foreach (InvocationExpressionSyntax call in site.Method.DescendantNodes().OfType<InvocationExpressionSyntax>())
        {
            string name = call.Expression.ToString();
            bool read = name == "READ_ONCE", write = name == "WRITE_ONCE";
            if ((!read && !write) || Place(call) is not { } place || FieldOf(site, place) is not { } field)
                continue;
            if (site.Has(field, Annotation.Marked) || (write && site.Has(field, Annotation.WriteGuardedBy)))
                yield return site.With(call, read ? $"({place})" : $"{place} = {call.ArgumentList.Arguments[1]}");
        }
    }

    private static IFieldSymbol? FieldOf(MutationSite site, ExpressionSyntax place) =>
        site.Field(place is ElementAccessExpressionSyntax element ? element.Expression : place);

    /// <summary>The field whose address a call is given first.</summary>
    private static ExpressionSyntax? Place(InvocationExpressionSyntax call) => call.ArgumentList.Arguments[0] switch
    {
        { Expression: PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.AddressOfExpression } address } => address.Operand,
        { RefKindKeyword.RawKind: (int)SyntaxKind.RefKeyword } argument => argument.Expression,
        _ => null,
    };
}
