// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace KMemcg.Analyzers;

/// <summary>Kernel code has the kernel's locks, errors and threads, and none of the runtime's.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class KernelCodeAnalyzer : AnnotatedCodeAnalyzer
{
    private static readonly ImmutableHashSet<string> ManagedLocks = ImmutableHashSet.Create(
        "System.Threading.Monitor", "System.Threading.Lock", "System.Threading.SemaphoreSlim", "System.Threading.Mutex", "System.Threading.Semaphore",
        "System.Threading.ReaderWriterLockSlim", "System.Threading.ManualResetEventSlim", "System.Threading.ManualResetEvent",
        "System.Threading.AutoResetEvent", "System.Threading.SpinLock", "System.Threading.Barrier");

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
        ImmutableArray.Create(Rules.ManagedLock, Rules.ManagedException, Rules.AsyncOrFinalizer, Rules.ManagedReference);

    private protected override void Start(CompilationStartAnalysisContext start, AnnotationSymbols annotations)
    {
        var scope = new KernelScope(annotations);
        start.RegisterOperationAction(c => CheckOperation(c, scope, annotations), OperationKind.Lock, OperationKind.Throw, OperationKind.Try, OperationKind.Await);
        start.RegisterOperationAction(c => CheckCall(c, scope), OperationKind.Invocation);
        start.RegisterSymbolAction(c => CheckMethod(c, scope), SymbolKind.Method);
        start.RegisterSymbolAction(c => CheckStruct(c, scope), SymbolKind.NamedType);
    }

    private static void CheckOperation(OperationAnalysisContext context, KernelScope scope, AnnotationSymbols annotations)
    {
        if (!scope.Contains(context.ContainingSymbol))
            return;
        SyntaxNode syntax = context.Operation.Syntax;
        switch (context.Operation)
        {
            case ILockOperation:
                context.ReportDiagnostic(Diagnostic.Create(Rules.ManagedLock, syntax.GetFirstToken().GetLocation(), "lock"));
                break;
            // An oops is an exception, and those who raise it say that they do not return.
            case IThrowOperation when !annotations.Has(context.ContainingSymbol, Annotation.NeverReturns):
                context.ReportDiagnostic(Diagnostic.Create(Rules.ManagedException, syntax.GetFirstToken().GetLocation(), "throw"));
                break;
            case ITryOperation { Catches.Length: > 0 } when syntax is TryStatementSyntax statement:
                context.ReportDiagnostic(Diagnostic.Create(Rules.ManagedException, statement.Catches[0].CatchKeyword.GetLocation(), "catch"));
                break;
            case IAwaitOperation:
                context.ReportDiagnostic(Diagnostic.Create(Rules.AsyncOrFinalizer, syntax.GetFirstToken().GetLocation(), "await"));
                break;
        }
    }

    private static void CheckCall(OperationAnalysisContext context, KernelScope scope)
    {
        INamedTypeSymbol? type = ((IInvocationOperation)context.Operation).TargetMethod.ContainingType;
        if (type is { ContainingNamespace.Name: "Threading" } && ManagedLocks.Contains(type.ToDisplayString()) && scope.Contains(context.ContainingSymbol))
        {
            context.ReportDiagnostic(Diagnostic.Create(
                Rules.ManagedLock, context.Operation.Syntax.GetLocation(), type.Name + "." + ((IInvocationOperation)context.Operation).TargetMethod.Name));
        }
    }

    private static void CheckMethod(SymbolAnalysisContext context, KernelScope scope)
    {
        var method = (IMethodSymbol)context.Symbol;
        string? what = method switch
        {
            { MethodKind: MethodKind.Destructor } => "a finalizer",
            { MethodKind: MethodKind.StaticConstructor, IsImplicitlyDeclared: false } => "a static constructor",
            { IsAsync: true } => "an async method",
            { IsIterator: true } => "an iterator",
            _ => null,
        };
        if (what is not null && scope.Contains(method))
            context.ReportDiagnostic(Diagnostic.Create(Rules.AsyncOrFinalizer, method.Locations[0], what));
    }

    private static void CheckStruct(SymbolAnalysisContext context, KernelScope scope)
    {
        var type = (INamedTypeSymbol)context.Symbol;
        if (type.TypeKind != TypeKind.Struct || type.IsUnmanagedType || type.IsRefLikeType || !scope.Contains(type))
            return;
        foreach (ISymbol member in type.GetMembers())
        {
            if (member is IFieldSymbol { IsStatic: false, Type.IsUnmanagedType: false, Type.TypeKind: not TypeKind.TypeParameter } field)
                context.ReportDiagnostic(Diagnostic.Create(Rules.ManagedReference, field.Locations[0], field.Name, type.Name));
        }
    }
}
