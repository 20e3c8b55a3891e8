// SPDX-License-Identifier: GPL-2.0-only
using System.CommandLine;
using System.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Diagnostics.Telemetry;

namespace KMemcg.Lint;

/// <summary><c>kmemcg-lint cost [PROJECT]</c>: what the rules cost beside the compiler.</summary>
internal static class CostCommand
{
    private static readonly Argument<string> s_project = new("PROJECT") { Description = "A .csproj, or the folder of one.", DefaultValueFactory = _ => "." };

    /// <summary>The command with its argument.</summary>
    public static Command Create()
    {
        var command = new Command("cost", "Measures the compiler and each analyzer on a project, warm, on one thread.") { s_project };
        command.SetAction((parsed, cancel) => RunAsync(parsed.GetValue(s_project)!, cancel));
        return command;
    }

    private static async Task<int> RunAsync(string path, CancellationToken cancel)
    {
        LoadedProject project = LoadedProject.Load(path);
        project.RequireNoErrors();

        // The second round of each is what counts: in the first one the JIT works.
        TimeSpan compiler = default;
        IReadOnlyDictionary<DiagnosticAnalyzer, AnalyzerTelemetryInfo>? analyzers = null;
        for (int round = 0; round < 2; round++)
        {
            compiler = Compile(project.Compilation);
            analyzers = await AnalyzeAsync(project, cancel);
        }

        int methods = project.Compilation.SyntaxTrees.Sum(tree => tree.GetRoot(cancel).DescendantNodes().Count(node => node is BaseMethodDeclarationSyntax or AccessorDeclarationSyntax));
        TimeSpan all = default;
        Console.WriteLine($"{"compiler",-28} {compiler.TotalMilliseconds,8:F0} ms   {methods} functions");
        foreach ((DiagnosticAnalyzer analyzer, AnalyzerTelemetryInfo cost) in analyzers!.OrderByDescending(pair => pair.Value.ExecutionTime))
        {
            Console.WriteLine($"{analyzer.GetType().Name,-28} {cost.ExecutionTime.TotalMilliseconds,8:F0} ms");
            all += cost.ExecutionTime;
        }

        Console.WriteLine($"{"all analyzers",-28} {all.TotalMilliseconds,8:F0} ms   {all / compiler:P0} of the compiler, {all.TotalMilliseconds / methods:F3} ms a function");
        return ExitCode.Success;
    }

    /// <summary>Binding and emitting everything; nothing is kept from before.</summary>
    private static TimeSpan Compile(CSharpCompilation compilation)
    {
        CSharpCompilation fresh = compilation.RemoveAllSyntaxTrees().AddSyntaxTrees(compilation.SyntaxTrees)
            .WithOptions(compilation.Options.WithConcurrentBuild(false));
        var watch = Stopwatch.StartNew();
        fresh.Emit(Stream.Null);
        return watch.Elapsed;
    }

    private static async Task<IReadOnlyDictionary<DiagnosticAnalyzer, AnalyzerTelemetryInfo>> AnalyzeAsync(LoadedProject project, CancellationToken cancel)
    {
        CompilationWithAnalyzers analysis = project.Compilation.WithOptions(project.Compilation.Options.WithConcurrentBuild(false)).WithAnalyzers(
            KernelAnalyzers.All, new CompilationWithAnalyzersOptions(project.Options, null, concurrentAnalysis: false, logAnalyzerExecutionTime: true));
        AnalysisResult result = await analysis.GetAnalysisResultAsync(cancel);
        return result.AnalyzerTelemetryInfo;
    }
}
