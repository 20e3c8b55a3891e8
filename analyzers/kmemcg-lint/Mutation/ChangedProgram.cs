// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Analyzers;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace KMemcg.Lint.Mutation;

/// <summary>What the program pass says of a program with one function changed.</summary>
internal sealed class ChangedProgram
{
    private readonly Dictionary<ISymbol, MethodFacts> _facts = new(SymbolEqualityComparer.Default);
    private readonly ChangedFunctions _functions;
    private readonly LockManifest _manifest;
    private readonly List<Diagnostic> _before;

    public ChangedProgram(ChangedFunctions functions, AnalyzerOptions options, CancellationToken cancel)
    {
        _functions = functions;
        foreach (MethodFacts method in functions.AllFacts())
            _facts[method.Method] = method;
        _manifest = LockManifest.Read(options.AdditionalFiles, functions.Contracts.Orders, cancel);
        _before = Run();
    }

    /// <summary>Whether a mistake makes a difference; null if it does not compile, or is none.</summary>
    public bool? Finds(Mutant mutant)
    {
        if (_functions.Reports(mutant.Original, mutant.Original) is not { } before || _functions.Reports(mutant.Original, mutant.Changed) is not { } after ||
            _functions.Facts(mutant.Original, mutant.Changed) is not { } changed || !mutant.Operator.IsMistake(changed))
            return null;
        if (Campaign.SaysMore(mutant.Operator, before, after))
            return true;
        MethodFacts own = _facts[changed.Method];
        _facts[changed.Method] = changed;
        bool found = Campaign.SaysMore(mutant.Operator, _before, Run());
        _facts[changed.Method] = own;
        return found;
    }

    private List<Diagnostic> Run()
    {
        List<Diagnostic> reports = [];
        new ProgramPass(_facts.Values, _functions.Contracts, _manifest, reports.Add).Run();
        return reports;
    }
}
