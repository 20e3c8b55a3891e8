// SPDX-License-Identifier: GPL-2.0-only
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using KMemcg.Analyzers;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Diagnostics.Telemetry;

namespace KMemcg.Lint;

/// <summary><c>kmemcg-lint cost [PROJECT]</c>: what the rules cost beside the compiler.</summary>
internal static class CostCommand
{
    private static readonly Argument<string> s_project = new("PROJECT") { Description = "A .csproj, or the folder of one.", DefaultValueFactory = _ => "." };

    private static readonly Option<int> s_slowest = new("--slowest") { Description = "Print so many functions, the slowest first." };

    /// <summary>The command with its argument.</summary>
    public static Command Create()
    {
        var command = new Command("cost", "Measures the compiler, each analyzer and what a function costs, warm, on one thread.") { s_project, s_slowest };
        command.SetAction((parsed, cancel) => RunAsync(parsed.GetValue(s_project)!, parsed.GetValue(s_slowest), cancel));
        return command;
    }

    private static async Task<int> RunAsync(string path, int slowest, CancellationToken cancel)
    {
        LoadedProject project = LoadedProject.Load(path);
        project.RequireNoErrors();

        // The second round of each is what counts: in the first one the JIT works.
        TimeSpan compiler = default;
        IReadOnlyDictionary<DiagnosticAnalyzer, AnalyzerTelemetryInfo>? analyzers = null;
        List<(IMethodSymbol Method, TimeSpan Cost)> functions = [];
        for (int round = 0; round < 2; round++)
        {
            compiler = Compile(project.Compilation);
            functions.Clear();
            analyzers = await AnalyzeAsync(project, (method, cost) => functions.Add((method, cost)), cancel);
        }

        Print(Console.Out, compiler, analyzers!, [.. functions.OrderBy(function => function.Cost)], slowest);
        return ExitCode.Success;
    }

    private static void Print(
        TextWriter output, TimeSpan compiler, IReadOnlyDictionary<DiagnosticAnalyzer, AnalyzerTelemetryInfo> analyzers, (IMethodSymbol Method, TimeSpan Cost)[] functions, int slowest)
    {
        TimeSpan all = default;
        output.WriteLine($"{"compiler",-28} {compiler.TotalMilliseconds,8:F0} ms");
        foreach ((DiagnosticAnalyzer analyzer, AnalyzerTelemetryInfo cost) in analyzers.OrderByDescending(pair => pair.Value.ExecutionTime))
        {
            output.WriteLine($"{analyzer.GetType().Name,-28} {cost.ExecutionTime.TotalMilliseconds,8:F0} ms");
            all += cost.ExecutionTime;
        }

        output.WriteLine($"{"all analyzers",-28} {all.TotalMilliseconds,8:F0} ms   {all / compiler:P0} of the compiler");
        output.WriteLine($"{functions.Length} functions: {At(functions, 0.5)} ms at the median, {At(functions, 0.9)} at 90 %, {At(functions, 0.99)} at 99 %, {At(functions, 1)} at most");
        foreach ((IMethodSymbol method, TimeSpan cost) in functions.Reverse().Take(slowest))
            output.WriteLine($"{cost.TotalMilliseconds,10:F2} ms  {method.ToDisplayString(SymbolDisplayFormat.CSharpShortErrorMessageFormat)}");
    }

    private static string At((IMethodSymbol Method, TimeSpan Cost)[] functions, double share) =>
        functions[(int)((functions.Length - 1) * share)].Cost.TotalMilliseconds.ToString("F3", CultureInfo.InvariantCulture);

    /// <summary>Binding and emitting everything; nothing is kept from before.</summary>
    private static TimeSpan Compile(CSharpCompilation compilation)
    {
        CSharpCompilation fresh = compilation.RemoveAllSyntaxTrees().AddSyntaxTrees(compilation.SyntaxTrees)
            .WithOptions(compilation.Options.WithConcurrentBuild(false));
        var watch = Stopwatch.StartNew();
        fresh.Emit(Stream.Null);
        return watch.Elapsed;
    }

    private static async Task<IReadOnlyDictionary<DiagnosticAnalyzer, AnalyzerTelemetryInfo>> AnalyzeAsync(LoadedProject project, Action<IMethodSymbol, TimeSpan> watch, CancellationToken cancel)
    {
        CompilationWithAnalyzers analysis = project.Compilation.WithOptions(project.Compilation.Options.WithConcurrentBuild(false)).WithAnalyzers(
            [.. KernelAnalyzers.All.Where(analyzer => analyzer is not FlowAnalyzer), new FlowAnalyzer(watch)], new CompilationWithAnalyzersOptions(project.Options, null, concurrentAnalysis: false, logAnalyzerExecutionTime: true));
        AnalysisResult result = await analysis.GetAnalysisResultAsync(cancel);
        return result.AnalyzerTelemetryInfo;
    }
}
