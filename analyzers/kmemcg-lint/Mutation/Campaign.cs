// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Concurrent;
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
/// Makes every mistake at every place and looks whether it is found. The compiler binds the changed body in place of the one that is
/// there, and only that is followed again; the program pass runs over what was found out of all others before.
/// </summary>
internal sealed class Campaign
{
    private readonly CSharpCompilation _compilation;
    private readonly AnalyzerOptions _options;
    private readonly AnnotationSymbols _annotations;

    public Campaign(CSharpCompilation compilation, AnalyzerOptions options)
    {
        _compilation = compilation;
        _options = options;
        _annotations = AnnotationSymbols.Resolve(compilation) ?? throw new BadInputException("the project does not use KMemcg.Annotations");
    }

    /// <summary>Runs the operators over the functions of these files.</summary>
    public List<Verdict> Run(IEnumerable<MutationOperator> operators, IEnumerable<SyntaxTree> trees, CancellationToken cancel)
    {
        SyntaxTree[] files = [.. trees];
        MutationOperator[] all = [.. operators];
        var changed = new ChangedFunctions(_compilation, _options, cancel);
        ConcurrentBag<(int File, List<Verdict> Verdicts)> found = [];
        Parallel.ForEach(files.Index(), new ParallelOptions { CancellationToken = cancel }, file =>
            found.Add((file.Index, [.. ByFunction(file.Item, all.Where(@operator => !@operator.NeedsProgram)).SelectMany(mutants => Judge(mutants, changed))])));

        List<Verdict> verdicts = [.. found.OrderBy(file => file.File).SelectMany(file => file.Verdicts)];
        Mutant[] ofProgram = [.. files.SelectMany(file => ByFunction(file, all.Where(@operator => @operator.NeedsProgram))).SelectMany(mutants => mutants)];
        if (ofProgram.Length > 0)
        {
            var program = new ChangedProgram(changed, _options, cancel);
            verdicts.AddRange(ofProgram.Select(mutant => (mutant, Found: program.Finds(mutant))).Where(result => result.Found is not null).Select(result => new Verdict(result.mutant, result.Found!.Value)));
        }

        return verdicts;
    }

    private static IEnumerable<Verdict> Judge(Mutant[] mutants, ChangedFunctions changed)
    {
        ImmutableArray<Diagnostic>? before = changed.Reports(mutants[0].Original, mutants[0].Original);
        if (before is null)
            yield break;
        foreach (Mutant mutant in mutants)
        {
            if (changed.Reports(mutant.Original, mutant.Changed) is { } after)
                yield return new Verdict(mutant, SaysMore(mutant.Operator, before.Value, after));
        }
    }

    /// <summary>One of the rules says more than it said before.</summary>
    internal static bool SaysMore(MutationOperator @operator, IEnumerable<Diagnostic> before, IEnumerable<Diagnostic> after)
    {
        ILookup<string, Diagnostic> known = before.ToLookup(report => report.Id);
        return after.GroupBy(report => report.Id).Any(rule => @operator.Expected.Contains(rule.Key) && rule.Count() > known[rule.Key].Count());
    }

    private IEnumerable<Mutant[]> ByFunction(SyntaxTree tree, IEnumerable<MutationOperator> operators)
    {
        SemanticModel model = _compilation.GetSemanticModel(tree);
        foreach (MethodDeclarationSyntax method in tree.GetRoot().DescendantNodes().OfType<MethodDeclarationSyntax>())
        {
            // An escape, or a primitive, is not followed.
            if (method.Body is null || model.GetDeclaredSymbol(method) is not { } symbol || _annotations.Has(symbol, Annotation.ContextUnsafe) || _annotations.HasInScope(symbol, Annotation.ContextPrimitive))
                continue;
            var site = new MutationSite(method, model, _annotations);
            Mutant[] mutants = [.. operators.SelectMany(@operator => @operator.Apply(site)
                .Select((changed, number) => new Mutant(@operator, method, changed, IsHeldOut($"{Path.GetFileName(tree.FilePath)} {symbol.Name} {@operator.Name} {number}"))))];
            if (mutants.Length > 0)
                yield return mutants;
        }
    }

    /// <summary>Three in ten, the same ones each time: the rules are not tuned to these.</summary>
    private static bool IsHeldOut(string site) => site.Aggregate(2166136261u, (hash, c) => unchecked((hash ^ c) * 16777619u)) % 10 < 3;
}
