// SPDX-License-Identifier: GPL-2.0-only
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using KMemcg.Analyzers;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Diagnostics.Telemetry;
using Microsoft.CodeAnalysis.Emit;
using Microsoft.CodeAnalysis.Text;

namespace KMemcg.Lint;

/// <summary><c>kmemcg-lint cost [PROJECT]</c>: what the rules cost beside the compiler.</summary>
internal static class CostCommand
{
    private const string All = "all analyzers";

    private static readonly Argument<string> s_project = ProjectArgument.Create();

    private static readonly Option<int> s_slowest = Number("--slowest", "Print so many functions, the slowest first.", 0, 0);

    private static readonly Option<int> s_rounds = Number("--rounds", "Measure so often; the medians are printed.", 5, 1);

    /// <summary>The command with its argument.</summary>
    public static Command Create()
    {
        var command = new Command("cost", "Measures the compiler, each analyzer and what a function costs: on one thread, medians of rounds after one that warms up.") { s_project, s_slowest, s_rounds };
        command.SetAction((parsed, cancel) => RunAsync(parsed.GetValue(s_project)!, parsed.GetValue(s_slowest), parsed.GetValue(s_rounds), cancel));
        return command;
    }

    private static Option<int> Number(string name, string description, int fallback, int least) => new(name)
    {
        Description = description,
        HelpName = "N",
        DefaultValueFactory = _ => fallback,
        CustomParser = result =>
        {
            if (!int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number < least)
                result.AddError($"{name} takes a whole number from {least}, not '{result.Tokens[0].Value}'");
            return number;
        },
    };

    private static async Task<int> RunAsync(string path, int slowest, int rounds, CancellationToken cancel)
    {
        LoadedProject project = LoadedProject.Load(path, cancel);
        project.RequireNoErrors(cancel);
        var compiler = new List<double>();
        var analyzers = new Samples();
        var functions = new Samples();
        for (int round = 0; round <= rounds; round++)
        {
            // In the first round the JIT works.
            if (round == 1)
            {
                compiler.Clear();
                analyzers = new Samples();
                functions = new Samples();
            }

            compiler.Add(Compile(project.Compilation, cancel).TotalMilliseconds);
            double all = 0;
            var costs = new List<(IMethodSymbol Method, TimeSpan Cost)>();
            foreach ((DiagnosticAnalyzer analyzer, AnalyzerTelemetryInfo cost) in await AnalyzeAsync(project, (method, cost) => costs.Add((method, cost)), cancel))
            {
                analyzers.Add(analyzer.GetType().Name, cost.ExecutionTime.TotalMilliseconds);
                all += cost.ExecutionTime.TotalMilliseconds;
            }

            // Not before: writing the names takes a part of what is measured.
            foreach ((IMethodSymbol method, TimeSpan cost) in costs)
                functions.Add(NameOf(method), cost.TotalMilliseconds);
            analyzers.Add(All, all);
        }

        Print(Console.Out, Samples.Median(compiler), analyzers, functions, slowest);
        return ExitCode.Success;
    }

    private static void Print(TextWriter output, double compiler, Samples analyzers, Samples functions, int slowest)
    {
        (string Name, double Cost)[] costs = functions.Medians();
        double all = analyzers.MedianOf(All);
        output.WriteLine($"{"compiler",-28} {compiler,8:F0} ms   parses, binds and emits the project, with a PDB: csc without analyzers, start and references");
        foreach ((string name, double cost) in analyzers.Medians().Reverse().Where(analyzer => analyzer.Name != All))
            output.WriteLine($"{name,-28} {cost,8:F0} ms");
        output.WriteLine($"{All,-28} {all,8:F0} ms   {all / compiler:P0} of the compiler");
        output.WriteLine($"{costs.Length} functions: {At(costs, 0.5)} ms at the median, {At(costs, 0.9)} at 90 %, {At(costs, 0.99)} at 99 %, {At(costs, 1)} at most");
        foreach ((string name, double cost) in costs.Reverse().Take(slowest))
            output.WriteLine($"{cost,10:F2} ms  {name}");
    }

    private static string NameOf(IMethodSymbol method) => method.ToDisplayString(SymbolDisplayFormat.CSharpShortErrorMessageFormat);

    private static string At((string Name, double Cost)[] functions, double share) =>
        functions.Length == 0 ? "-" : functions[(int)((functions.Length - 1) * share)].Cost.ToString("F3", CultureInfo.InvariantCulture);

    /// <summary>From the files' texts to the assembly; nothing is kept from before.</summary>
    private static TimeSpan Compile(CSharpCompilation compilation, CancellationToken cancel)
    {
        (SourceText Text, SyntaxTree Tree)[] files = [.. compilation.SyntaxTrees.Select(tree => (tree.GetText(cancel), tree))];
        CSharpCompilation empty = compilation.RemoveAllSyntaxTrees()
            .WithOptions(compilation.Options.WithConcurrentBuild(false).WithOptimizationLevel(OptimizationLevel.Release));
        GC.Collect();
        var watch = Stopwatch.StartNew();
        empty.AddSyntaxTrees(files.Select(file => CSharpSyntaxTree.ParseText(file.Text, (CSharpParseOptions)file.Tree.Options, file.Tree.FilePath, cancel)))
            .Emit(new MemoryStream(), new MemoryStream(), options: new EmitOptions(debugInformationFormat: DebugInformationFormat.PortablePdb), cancellationToken: cancel);
        return watch.Elapsed;
    }

    private static async Task<IReadOnlyDictionary<DiagnosticAnalyzer, AnalyzerTelemetryInfo>> AnalyzeAsync(LoadedProject project, Action<IMethodSymbol, TimeSpan> watch, CancellationToken cancel)
    {
        CompilationWithAnalyzers analysis = project.Compilation.WithOptions(project.Compilation.Options.WithConcurrentBuild(false)).WithAnalyzers(
            [.. KernelAnalyzers.All.Where(analyzer => analyzer is not FlowAnalyzer), new FlowAnalyzer(watch)], new CompilationWithAnalyzersOptions(project.Options, null, concurrentAnalysis: false, logAnalyzerExecutionTime: true));
        GC.Collect();
        AnalysisResult result = await analysis.GetAnalysisResultAsync(cancel);
        return result.AnalyzerTelemetryInfo;
    }

    /// <summary>What was measured of several things, a figure a round.</summary>
    private sealed class Samples
    {
        private readonly Dictionary<string, List<double>> _samples = [];

        public void Add(string of, double sample)
        {
            if (!_samples.TryGetValue(of, out List<double>? samples))
                _samples[of] = samples = [];
            samples.Add(sample);
        }

        public double MedianOf(string of) => Median(_samples[of]);

        /// <summary>The least first.</summary>
        public (string Name, double Cost)[] Medians() => [.. _samples.Select(pair => (pair.Key, Median(pair.Value))).OrderBy(pair => pair.Item2)];

        public static double Median(IEnumerable<double> samples)
        {
            double[] sorted = [.. samples.Order()];
            return sorted[sorted.Length / 2];
        }
    }
}
