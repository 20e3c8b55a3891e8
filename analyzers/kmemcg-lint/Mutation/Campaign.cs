// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Immutable;
using KMemcg.Analyzers;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace KMemcg.Lint.Mutation;

/// <summary>A mistake made in a function.</summary>
internal sealed record Mutant(MutationOperator Operator, MethodDeclarationSyntax Original, MethodDeclarationSyntax Changed, bool HeldOut);

/// <summary>What came of a mutant.</summary>
internal sealed record Verdict(Mutant Mutant, bool Found);

/// <summary>
/// Makes every mistake at every place and looks whether it is found. The rules look at one function at a time, so one compilation
/// takes a mistake in each function at once, and there are as many rounds as one function has mistakes.
/// </summary>
internal sealed class Campaign
{
    private const string Mark = "mutant";
    private readonly CSharpCompilation _compilation;
    private readonly AnalyzerOptions _options;
    private readonly AnnotationSymbols _annotations;
    private readonly Dictionary<MethodDeclarationSyntax, Dictionary<string, int>> _before = [];

    public Campaign(CSharpCompilation compilation, AnalyzerOptions options)
    {
        _compilation = compilation;
        _options = options;
        _annotations = AnnotationSymbols.Resolve(compilation) ?? throw new BadInputException("the project does not use KMemcg.Annotations");
    }

    /// <summary>Runs the operators over the functions of these files.</summary>
    public async Task<List<Verdict>> RunAsync(IEnumerable<MutationOperator> operators, IEnumerable<SyntaxTree> trees, CancellationToken cancel)
    {
        SyntaxTree[] files = [.. trees];
        List<Mutant> mutants = [.. files.AsParallel().AsOrdered().SelectMany(tree => Mutants(tree, operators))];
        await CountReportsAsync(files, mutants.Exists(mutant => mutant.Operator.NeedsProgram), cancel);

        List<Verdict> verdicts = [];
        foreach (IGrouping<bool, Mutant> kind in mutants.GroupBy(mutant => mutant.Operator.NeedsProgram))
        {
            Mutant[][] byFunction = [.. kind.GroupBy(mutant => mutant.Original).Select(group => group.ToArray())];
            for (int round = 0; byFunction.Any(function => function.Length > round); round++)
            {
                Mutant[] now = [.. byFunction.Where(function => function.Length > round).Select(function => function[round])];
                verdicts.AddRange(await RunRoundAsync(now, kind.Key, cancel));
            }
        }

        return verdicts;
    }

    private IEnumerable<Mutant> Mutants(SyntaxTree tree, IEnumerable<MutationOperator> operators)
    {
        SemanticModel model = _compilation.GetSemanticModel(tree);
        foreach (MethodDeclarationSyntax method in tree.GetRoot().DescendantNodes().OfType<MethodDeclarationSyntax>())
        {
            // An escape, or a primitive, is not followed.
            if (model.GetDeclaredSymbol(method) is not { } symbol || _annotations.Has(symbol, Annotation.ContextUnsafe) || _annotations.HasInScope(symbol, Annotation.ContextPrimitive))
                continue;
            var site = new MutationSite(method, model, _annotations);
            foreach (MutationOperator @operator in operators)
            {
                int number = 0;
                foreach (MethodDeclarationSyntax changed in @operator.Apply(site))
                    yield return new Mutant(@operator, method, changed, IsHeldOut($"{Path.GetFileName(tree.FilePath)} {symbol.Name} {@operator.Name} {number++}"));
            }
        }
    }

    /// <summary>Three in ten, the same ones each time: the rules are not tuned to these.</summary>
    private static bool IsHeldOut(string site) => site.Aggregate(2166136261u, (hash, c) => unchecked((hash ^ c) * 16777619u)) % 10 < 3;

    private async Task<List<Verdict>> RunRoundAsync(Mutant[] mutants, bool program, CancellationToken cancel)
    {
        CSharpCompilation compilation = _compilation;
        Dictionary<SyntaxTree, Mutant[]> changed = [];
        foreach (IGrouping<SyntaxTree, Mutant> file in mutants.GroupBy(mutant => mutant.Original.SyntaxTree))
        {
            Mutant[] list = [.. file];
            Dictionary<SyntaxNode, SyntaxNode> replacements = list
                .Select((mutant, number) => (Key: (SyntaxNode)mutant.Original, Value: (SyntaxNode)mutant.Changed.WithAdditionalAnnotations(new SyntaxAnnotation(Mark, number.ToString()))))
                .ToDictionary(pair => pair.Key, pair => pair.Value);
            SyntaxNode root = file.Key.GetRoot(cancel).ReplaceNodes(replacements.Keys, (old, _) => replacements[old]);
            SyntaxTree tree = file.Key.WithRootAndOptions(root, file.Key.Options);
            compilation = compilation.ReplaceSyntaxTree(file.Key, tree);
            changed[tree] = list;
        }

        ILookup<SyntaxTree?, Diagnostic> found = (await AnalyzeAsync(compilation, changed.Keys, program, cancel)).ToLookup(d => d.Location.SourceTree);
        List<Verdict> verdicts = [];
        foreach ((SyntaxTree tree, Mutant[] list) in changed)
        {
            SemanticModel model = compilation.GetSemanticModel(tree);
            foreach (SyntaxNode node in tree.GetRoot(cancel).GetAnnotatedNodes(Mark))
            {
                // A mistake that does not compile is none.
                if (model.GetDiagnostics(node.Span, cancel).Any(d => d.Severity == DiagnosticSeverity.Error))
                    continue;
                Mutant mutant = list[int.Parse(node.GetAnnotations(Mark).Single().Data!)];
                verdicts.Add(new Verdict(mutant, IsFound(mutant, found[tree].Where(d => d.Location.SourceSpan.IntersectsWith(node.Span)))));
            }
        }

        return verdicts;
    }

    /// <summary>One of the rules says more than it said before.</summary>
    private bool IsFound(Mutant mutant, IEnumerable<Diagnostic> reports)
    {
        _before.TryGetValue(mutant.Original, out Dictionary<string, int>? before);
        return reports.GroupBy(d => d.Id).Any(rule => mutant.Operator.Expected.Contains(rule.Key) && rule.Count() > (before?.GetValueOrDefault(rule.Key) ?? 0));
    }

    private async Task CountReportsAsync(SyntaxTree[] files, bool program, CancellationToken cancel)
    {
        foreach (Diagnostic report in await AnalyzeAsync(_compilation, files, program, cancel))
        {
            if (report.Location.SourceTree?.GetRoot(cancel).FindNode(report.Location.SourceSpan).FirstAncestorOrSelf<MethodDeclarationSyntax>() is not { } method)
                continue;
            if (!_before.TryGetValue(method, out Dictionary<string, int>? counts))
                _before[method] = counts = [];
            counts[report.Id] = counts.GetValueOrDefault(report.Id) + 1;
        }
    }

    private async Task<List<Diagnostic>> AnalyzeAsync(CSharpCompilation compilation, IEnumerable<SyntaxTree> files, bool program, CancellationToken cancel)
    {
        CompilationWithAnalyzers analysis = compilation.WithAnalyzers(KernelAnalyzers.All, _options);
        if (program)
            return [.. await analysis.GetAnalyzerDiagnosticsAsync(cancel)];
        List<Diagnostic> found = [];
        foreach (SyntaxTree file in files)
            found.AddRange(await analysis.GetAnalyzerSemanticDiagnosticsAsync(compilation.GetSemanticModel(file), null, cancel));
        return found;
    }
}
