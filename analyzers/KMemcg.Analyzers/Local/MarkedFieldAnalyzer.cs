// SPDX-License-Identifier: GPL-2.0-only
using System;
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
public sealed class MarkedFieldAnalyzer : AnnotatedCodeAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
        ImmutableArray.Create(Rules.PlainAccess, Rules.TornType, Rules.ReadModifyWrite);

    private protected override void Start(CompilationStartAnalysisContext start, AnnotationSymbols annotations)
    {
        var fields = new Fields(annotations);
        start.RegisterOperationAction(c => Check(c.Operation, c.ContainingSymbol, fields, c.ReportDiagnostic), OperationKind.FieldReference, OperationKind.Invocation);
        start.RegisterSymbolAction(c => CheckType(c, fields), SymbolKind.Field);
    }

    /// <summary>The same for a body that no compiler asked about.</summary>
    internal static void Check(IOperation body, ISymbol where, AnnotationSymbols annotations, Action<Diagnostic> report)
    {
        var fields = new Fields(annotations);
        foreach (IOperation operation in body.Descendants())
            Check(operation, where, fields, report);
    }

    private static void Check(IOperation operation, ISymbol where, Fields fields, Action<Diagnostic> report)
    {
        if (operation is IFieldReferenceOperation reference)
            CheckAccess(reference, where, fields, report);
        else if (operation is IInvocationOperation call)
            CheckStore(call, where, fields, report);
    }

    private static void CheckAccess(IFieldReferenceOperation reference, ISymbol within, Fields fields, Action<Diagnostic> report)
    {
        Sharing sharing = fields.Of(reference.Field);
        if (sharing == Sharing.None)
            return;

        Access access = AccessSyntax.Of(reference.Syntax, reference.Field);
        // Readers of a field that is written under a lock are the flow analysis' affair: the writer may read it plainly.
        if (access == Access.None || (sharing == Sharing.Writers && access == Access.Read) || fields.IsBenign(within, reference.Field))
            return;

        string name = reference.Field.Name;
        Location where = reference.Syntax.GetLocation();
        if (access == Access.Change && sharing == Sharing.All)
            report(Diagnostic.Create(Rules.ReadModifyWrite, where, name, "an atomic is meant"));
        else if (access == Access.Read)
            report(Diagnostic.Create(Rules.PlainAccess, where, name, "read", "READ_ONCE"));
        else
            report(Diagnostic.Create(Rules.PlainAccess, where, name, "written", "WRITE_ONCE"));
    }

    /// <summary>WRITE_ONCE(&amp;p->f, READ_ONCE(&amp;p->f) + 1): each half is marked, and the whole is not atomic.</summary>
    private static void CheckStore(IInvocationOperation call, ISymbol within, Fields fields, Action<Diagnostic> report)
    {
        if (!fields.IsStore(call.TargetMethod) || call.Arguments.Length < 2 || call.Syntax is not InvocationExpressionSyntax { ArgumentList.Arguments: { Count: >= 2 } arguments })
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

        if (field is null || fields.Of(field) != Sharing.All || fields.IsBenign(within, field))
            return;

        string target = arguments[0].Expression.ToString();
        foreach (SyntaxNode node in arguments[1].DescendantNodes())
        {
            if (node is InvocationExpressionSyntax { ArgumentList.Arguments: { Count: >= 1 } read } && read[0].Expression.ToString() == target && node.Parent is not ArgumentSyntax)
            {
                report(Diagnostic.Create(Rules.ReadModifyWrite, call.Syntax.GetLocation(), field.Name, "cmpxchg or an atomic is meant"));
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
        private readonly ConcurrentDictionary<ISymbol, Sharing> _known = new(ReferenceComparer.Instance);
        private readonly ConcurrentDictionary<ISymbol, bool> _stores = new(ReferenceComparer.Instance);

        public Fields(AnnotationSymbols annotations) => _annotations = annotations;

        public Sharing Of(IFieldSymbol field)
        {
            if (!_known.TryGetValue(field, out Sharing sharing))
            {
                IFieldSymbol definition = field.OriginalDefinition;
                sharing = definition.IsConst ? Sharing.None
                    : _annotations.Has(definition, Annotation.Marked) ? Sharing.All
                    : _annotations.Has(definition, Annotation.WriteGuardedBy) ? Sharing.Writers
                    : Sharing.None;
                _known.TryAdd(field, sharing);
            }

            return sharing;
        }

        public bool IsStore(IMethodSymbol method)
        {
            if (!_stores.TryGetValue(method, out bool store))
            {
                store = _annotations.Find(method.OriginalDefinition, Annotation.MarkedAccess) is { ConstructorArguments: { Length: 2 } arguments } && arguments[0].Value is false && arguments[1].Value is true;
                _stores.TryAdd(method, store);
            }

            return store;
        }

        public bool IsBenign(ISymbol where, IFieldSymbol field) =>
            _annotations.Has(where, Annotation.Benign) || _annotations.Has(field.OriginalDefinition, Annotation.Benign);
    }
}
