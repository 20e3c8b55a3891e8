// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Immutable;
using KMemcg.Analyzers;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace KMemcg.Lint.Mutation;

/// <summary>What the rules say of functions with other bodies, in a program that stays as it is.</summary>
internal sealed class ChangedFunctions
{
    private readonly CSharpCompilation _compilation;
    private readonly ContractCache _contracts;
    private readonly AnalyzerOptions _options;
    private readonly CancellationToken _cancel;

    public ChangedFunctions(CSharpCompilation compilation, AnalyzerOptions options, CancellationToken cancel)
    {
        _compilation = compilation;
        _contracts = new ContractCache(AnnotationSymbols.Resolve(compilation)!);
        _options = options;
        _cancel = cancel;
    }

    /// <summary>What the annotations say.</summary>
    public ContractCache Contracts => _contracts;

    /// <summary>The reports on a function with the other's body; null if that does not compile.</summary>
    public ImmutableArray<Diagnostic>? Reports(MethodDeclarationSyntax original, MethodDeclarationSyntax changed) =>
        Follow(original, changed, out _);

    /// <summary>What a function with the other's body does, for the program pass.</summary>
    public MethodFacts? Facts(MethodDeclarationSyntax original, MethodDeclarationSyntax changed)
    {
        Follow(original, changed, out MethodFacts? facts);
        return facts;
    }

    /// <summary>What all functions of the program do.</summary>
    public IEnumerable<MethodFacts> AllFacts() => _compilation.SyntaxTrees.AsParallel().AsOrdered().WithCancellation(_cancel).SelectMany(AllFacts).ToList();

    private IEnumerable<MethodFacts> AllFacts(SyntaxTree tree)
    {
        SemanticModel model = _compilation.GetSemanticModel(tree);
        FlowOptions options = FlowOptions.Read(_options.AnalyzerConfigOptionsProvider.GetOptions(tree));
        foreach (SyntaxNode node in tree.GetRoot(_cancel).DescendantNodes())
        {
            SyntaxNode declaration = node is ArrowExpressionClauseSyntax { Parent: BasePropertyDeclarationSyntax } ? node.Parent : node;
            ISymbol? declared = node is BaseMethodDeclarationSyntax or AccessorDeclarationSyntax or ArrowExpressionClauseSyntax ? model.GetDeclaredSymbol(declaration, _cancel) : null;
            IMethodSymbol? method = declared is IPropertySymbol property ? property.GetMethod : declared as IMethodSymbol;
            if (method is null || _contracts.Of(method).Primitive || model.GetOperation(node, _cancel) is not { } whole)
                continue;
            var facts = new MethodFacts(method, _contracts);
            ImmutableArray<IOperation> blocks = whole is IMethodBodyBaseOperation body ? [body.BlockBody ?? body.ExpressionBody!] : [whole];
            FlowAnalyzer.Analyze(facts, blocks, block => Graph(block, _cancel), _contracts, options, _ => { }, _cancel);
            yield return facts;
        }
    }

    private static ControlFlowGraph Graph(IOperation block, CancellationToken cancel) => block.Parent switch
    {
        IMethodBodyOperation method => ControlFlowGraph.Create(method, cancel),
        IConstructorBodyOperation constructor => ControlFlowGraph.Create(constructor, cancel),
        _ => ControlFlowGraph.Create((IBlockOperation)block, cancel),
    };

    private ImmutableArray<Diagnostic>? Follow(MethodDeclarationSyntax original, MethodDeclarationSyntax changed, out MethodFacts? facts)
    {
        facts = null;
        if (changed == original)
            changed = original.WithAdditionalAnnotations(new SyntaxAnnotation());
        SemanticModel model = _compilation.GetSemanticModel(original.SyntaxTree);
        if (model.GetDeclaredSymbol(original, _cancel) is not { } method ||
            !model.TryGetSpeculativeSemanticModelForMethodBody(original.Body!.SpanStart, changed, out SemanticModel? other) ||
            other.GetOperation(changed.Body!, _cancel) is not { } body || body.DescendantsAndSelf().Any(IsBroken))
            return null;

        facts = new MethodFacts(method, _contracts);
        FlowOptions options = FlowOptions.Read(_options.AnalyzerConfigOptionsProvider.GetOptions(original.SyntaxTree));
        var reports = FlowAnalyzer.Follow(Graph(body, _cancel), facts, _contracts, options, _cancel).Diagnostics.ToList();
        MarkedFieldAnalyzer.Check(body, method, _contracts.Annotations, reports.Add);
        return [.. reports];
    }

    private static bool IsBroken(IOperation operation) => operation is IInvalidOperation || operation is IConversionOperation { Conversion.Exists: false };
}
