// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace KMemcg.Analyzers;

/// <summary>Fields that several CPUs access at once: only as a whole, and only where the code says so.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class MarkedFieldAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
        ImmutableArray.Create(Rules.PlainAccess, Rules.TornType, Rules.ReadModifyWrite);

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationStartAction(static start =>
        {
            if (AnnotationSymbols.Resolve(start.Compilation) is not { } annotations)
                return;
            var fields = new Fields(annotations);
            start.RegisterOperationAction(c => CheckAccess(c, fields), OperationKind.FieldReference);
            start.RegisterOperationAction(c => CheckStore(c, fields), OperationKind.Invocation);
            start.RegisterSymbolAction(c => CheckType(c, fields), SymbolKind.Field);
        });
    }

    private static void CheckAccess(OperationAnalysisContext context, Fields fields)
    {
        var reference = (IFieldReferenceOperation)context.Operation;
        Sharing sharing = fields.Of(reference.Field);
        if (sharing == Sharing.None)
            return;

        Access access = AccessSyntax.Of(reference.Syntax, reference.Field);
        // Readers of a field that is written under a lock are the flow analysis' affair: the writer may read it plainly.
        if (access == Access.None || (sharing == Sharing.Writers && access == Access.Read) || fields.IsBenign(context.ContainingSymbol, reference.Field))
            return;

        string name = reference.Field.Name;
        Location where = reference.Syntax.GetLocation();
        if (access == Access.Change && sharing == Sharing.All)
            context.ReportDiagnostic(Diagnostic.Create(Rules.ReadModifyWrite, where, name, "an atomic is meant"));
        else if (access == Access.Read)
            context.ReportDiagnostic(Diagnostic.Create(Rules.PlainAccess, where, name, "read", "READ_ONCE"));
        else
            context.ReportDiagnostic(Diagnostic.Create(Rules.PlainAccess, where, name, "written", "WRITE_ONCE"));
    }

    /// <summary>WRITE_ONCE(&amp;p->f, READ_ONCE(&amp;p->f) + 1): each half is marked, and the whole is not atomic.</summary>
    private static void CheckStore(OperationAnalysisContext context, Fields fields)
    {
        var call = (IInvocationOperation)context.Operation;
        if (call.Arguments.Length < 2 || !fields.IsStore(call.TargetMethod) || call.Syntax is not InvocationExpressionSyntax { ArgumentList.Arguments: { Count: >= 2 } arguments })
            return;

        IFieldSymbol? field = null;
        foreach (IOperation inside in call.Arguments[0].Descendants())
        {
            if (inside is IFieldReferenceOperation reference)
            {
                field = reference.Field;
                break;
            }
        }

        if (field is null || fields.Of(field) != Sharing.All || fields.IsBenign(context.ContainingSymbol, field))
            return;

        string target = arguments[0].Expression.ToString();
        foreach (SyntaxNode node in arguments[1].DescendantNodes())
        {
            if (node is InvocationExpressionSyntax { ArgumentList.Arguments: { Count: >= 1 } read } && read[0].Expression.ToString() == target && node.Parent is not ArgumentSyntax)
            {
                context.ReportDiagnostic(Diagnostic.Create(Rules.ReadModifyWrite, call.Syntax.GetLocation(), field.Name, "cmpxchg or an atomic is meant"));
                return;
            }
        }
    }

    private static void CheckType(SymbolAnalysisContext context, Fields fields)
    {
        var field = (IFieldSymbol)context.Symbol;
        if (fields.Of(field) == Sharing.None)
            return;

        ITypeSymbol type = field.IsFixedSizeBuffer ? ((IPointerTypeSymbol)field.Type).PointedAtType : field.Type;
        StructLayout layout = new(context.Compilation);
        int size = layout.SizeOf(type);
        bool torn = size > 8 || (size & (size - 1)) != 0 || (!field.IsStatic && layout.OffsetOf(field) is int offset && size > 0 && offset % size != 0);
        if (torn)
            context.ReportDiagnostic(Diagnostic.Create(Rules.TornType, field.Locations[0], field.Name, type.ToDisplayString()));
    }

    private enum Sharing
    {
        None,
        Writers,
        All,
    }

    /// <summary>What the fields' attributes say, looked up once a field.</summary>
    private sealed class Fields
    {
        private readonly AnnotationSymbols _annotations;
        private readonly ConcurrentDictionary<IFieldSymbol, Sharing> _known = new(SymbolEqualityComparer.Default);
        private readonly ConcurrentDictionary<IMethodSymbol, bool> _stores = new(SymbolEqualityComparer.Default);

        public Fields(AnnotationSymbols annotations) => _annotations = annotations;

        public Sharing Of(IFieldSymbol field)
        {
            field = field.OriginalDefinition;
            if (field.IsConst)
                return Sharing.None;
            if (!_known.TryGetValue(field, out Sharing sharing))
            {
                sharing = _annotations.Has(field, Annotation.Marked) ? Sharing.All
                    : _annotations.Has(field, Annotation.WriteGuardedBy) ? Sharing.Writers
                    : Sharing.None;
                _known.TryAdd(field, sharing);
            }

            return sharing;
        }

        public bool IsStore(IMethodSymbol method) => _stores.GetOrAdd(
            method.OriginalDefinition,
            m => _annotations.Find(m, Annotation.MarkedAccess) is { ConstructorArguments: { Length: 2 } arguments } && arguments[0].Value is false && arguments[1].Value is true);

        public bool IsBenign(ISymbol where, IFieldSymbol field) =>
            _annotations.Has(where, Annotation.Benign) || _annotations.Has(field.OriginalDefinition, Annotation.Benign);
    }
}
