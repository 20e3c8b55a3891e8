// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace KMemcg.Analyzers.Tests.Harness;

/// <summary>Runs every analyzer of the package over a compilation.</summary>
internal static class Analysis
{
    internal static ImmutableArray<DiagnosticAnalyzer> Analyzers { get; } =
        [.. typeof(Rules).Assembly.GetTypes()
            .Where(type => !type.IsAbstract && type.IsSubclassOf(typeof(DiagnosticAnalyzer)))
            .OrderBy(type => type.FullName, StringComparer.Ordinal)
            .Select(type => (DiagnosticAnalyzer)Activator.CreateInstance(type)!)];

    internal static ImmutableArray<DiagnosticDescriptor> Descriptors { get; } =
        [.. Analyzers.SelectMany(analyzer => analyzer.SupportedDiagnostics).Distinct().OrderBy(rule => rule.Id, StringComparer.Ordinal)];

    /// <summary>What the analyzers say. The code must compile, and no analyzer may fail.</summary>
    internal static Task<ImmutableArray<Diagnostic>> Run(Compilation compilation, params AdditionalText[] files) => Run(compilation, [], files);

    /// <summary>With what .editorconfig says, as "kmemcg.exception_edges = calls".</summary>
    internal static async Task<ImmutableArray<Diagnostic>> Run(Compilation compilation, string[] settings, params AdditionalText[] files)
    {
        ImmutableArray<Diagnostic> errors = [.. compilation.SyntaxTrees.Where(tree => !Kernel.PreludeTrees.Contains(tree))
            .SelectMany(tree => compilation.GetSemanticModel(tree).GetDiagnostics())
            .Where(d => d.Severity == DiagnosticSeverity.Error)];
        if (errors.Length > 0)
            Assert.Fail("The code does not compile:\n" + string.Join('\n', errors));

        // All rules, whatever their default is.
        compilation = compilation.WithOptions(compilation.Options.WithSpecificDiagnosticOptions(
            compilation.Options.SpecificDiagnosticOptions.SetItems(
                Descriptors.Select(rule => KeyValuePair.Create(rule.Id, ReportDiagnostic.Warn)))));

        AnalyzerOptions options = new([.. files], new Settings(settings));
        ImmutableArray<Diagnostic> found = await compilation.WithAnalyzers(Analyzers, options).GetAnalyzerDiagnosticsAsync();
        Diagnostic? broken = found.FirstOrDefault(d => d.Id == "AD0001");
        if (broken != null)
            Assert.Fail(broken.ToString());
        return found;
    }

    private sealed class Settings(string[] lines) : AnalyzerConfigOptionsProvider
    {
        private readonly Values _values = new(lines.Select(line => line.Split(" = ")).ToDictionary(parts => parts[0], parts => parts[1]));

        public override AnalyzerConfigOptions GlobalOptions => _values;

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => _values;

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => _values;

        private sealed class Values(Dictionary<string, string> values) : AnalyzerConfigOptions
        {
            public override bool TryGetValue(string key, [NotNullWhen(true)] out string? value) => values.TryGetValue(key, out value);
        }
    }

    /// <summary>Holds what the rules of a family find in a file against its `// expect: KM0701` marks, line by line.</summary>
    internal static async Task Check(string family, string body, params AdditionalText[] files)
    {
        Expectations expected = Expectations.Read("namespace Linux;\n" + body);
        ImmutableArray<Diagnostic> found = await Run(Kernel.Compile(expected.Tree), files);
        string differences = expected.Compare([.. found.Where(d => d.Id.StartsWith(family, StringComparison.Ordinal))]);
        Assert.That(differences, Is.Empty, differences);
    }
}
