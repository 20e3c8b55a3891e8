// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Immutable;
using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace KMemcg.Lint;

/// <summary>A project as its build would compile it: MSBuild is asked for the files, the references and the options.</summary>
internal sealed class LoadedProject
{
    private const string Items = "-getItem:Compile,ReferencePathWithRefAssemblies,EditorConfigFiles,AdditionalFiles,Analyzer";
    private const string Properties = "-getProperty:DefineConstants,Nullable,AllowUnsafeBlocks,AssemblyName,OutputType";

    private LoadedProject(CSharpCompilation compilation, AnalyzerOptions options)
    {
        Compilation = compilation;
        Options = options;
    }

    public CSharpCompilation Compilation { get; }

    /// <summary>.editorconfig and the additional files.</summary>
    public AnalyzerOptions Options { get; }

    /// <summary>Reads a .csproj, or the one in a folder.</summary>
    public static LoadedProject Load(string path, CancellationToken cancel)
    {
        string project = Path.GetFullPath(Find(path));
        string folder = Path.GetDirectoryName(project)!;
        using JsonDocument build = Ask(project, folder, cancel);
        JsonElement properties = build.RootElement.GetProperty("Properties"), items = build.RootElement.GetProperty("Items");

        var parsing = new CSharpParseOptions(LanguageVersion.Latest, preprocessorSymbols: Text(properties, "DefineConstants").Split(';'));
        SyntaxTree[] trees = [.. Paths(items, "Compile", folder).AsParallel().AsOrdered().WithCancellation(cancel).Select(file => Parse(file, parsing))];
        var config = new EditorConfig(Paths(items, "EditorConfigFiles", folder));
        var options = new CSharpCompilationOptions(
            Text(properties, "OutputType") == "Exe" ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary,
            allowUnsafe: Text(properties, "AllowUnsafeBlocks") == "true",
            nullableContextOptions: Text(properties, "Nullable") == "enable" ? NullableContextOptions.Enable : NullableContextOptions.Disable)
            .WithSyntaxTreeOptionsProvider(config.Severities);
        CSharpCompilation compilation = CSharpCompilation.Create(
            Text(properties, "AssemblyName"), trees, Paths(items, "ReferencePathWithRefAssemblies", folder).Select(file => MetadataReference.CreateFromFile(file)), options);
        ImmutableArray<AdditionalText> additional = [.. Paths(items, "AdditionalFiles", folder).Select(file => new FileText(file))];
        return new LoadedProject(Generate(compilation, parsing, Paths(items, "Analyzer", folder), cancel), new AnalyzerOptions(additional, config));
    }

    /// <summary>With what the project's generators write.</summary>
    private static CSharpCompilation Generate(CSharpCompilation compilation, CSharpParseOptions parsing, IEnumerable<string> assemblies, CancellationToken cancel)
    {
        var loader = new Loader();
        ISourceGenerator[] generators = [.. assemblies.Where(File.Exists).SelectMany(file => new AnalyzerFileReference(file, loader).GetGenerators(LanguageNames.CSharp))];
        CSharpGeneratorDriver.Create(generators, parseOptions: parsing).RunGeneratorsAndUpdateCompilation(compilation, out Compilation whole, out _, cancel);
        return (CSharpCompilation)whole;
    }

    /// <summary>A project that does not compile cannot be judged.</summary>
    public void RequireNoErrors(CancellationToken cancel)
    {
        Diagnostic[] errors = [.. Compilation.GetDiagnostics(cancel).Where(d => d.Severity == DiagnosticSeverity.Error)];
        if (errors.Length > 0)
            throw new BadInputException($"{Compilation.AssemblyName} does not compile:\n{string.Join('\n', errors.AsEnumerable())}");
    }

    private static SyntaxTree Parse(string file, CSharpParseOptions options)
    {
        using FileStream stream = File.OpenRead(file);
        return CSharpSyntaxTree.ParseText(SourceText.From(stream), options, file);
    }

    private static string Find(string path)
    {
        if (File.Exists(path))
            return path;
        string[] projects = Directory.Exists(path) ? Directory.GetFiles(path, "*.csproj") : [];
        return projects.Length switch
        {
            1 => projects[0],
            0 => throw new BadInputException($"no project at '{path}'"),
            _ => throw new BadInputException($"'{path}' has {projects.Length} projects: name one"),
        };
    }

    private static JsonDocument Ask(string project, string folder, CancellationToken cancel)
    {
        var start = new ProcessStartInfo("dotnet") { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in new[] { "msbuild", project, "-restore", "-t:FindReferenceAssembliesForReferences", Items, Properties })
            start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        using CancellationTokenRegistration end = cancel.Register(() => process.Kill(entireProcessTree: true));
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string answer = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        cancel.ThrowIfCancellationRequested();
        if (process.ExitCode != 0)
        {
            string why = (answer + errors.Result).Split('\n').FirstOrDefault(line => line.Contains("error", StringComparison.Ordinal)) ?? "MSBuild failed";
            throw new BadInputException($"cannot read {project}: {why.Trim()}");
        }

        // A restore may print before the answer.
        return JsonDocument.Parse(answer[answer.IndexOf('{')..]);
    }

    private static string Text(JsonElement properties, string name) => properties.GetProperty(name).GetString() ?? "";

    private static IEnumerable<string> Paths(JsonElement items, string name, string folder) =>
        items.TryGetProperty(name, out JsonElement list)
            ? [.. list.EnumerateArray().Select(item => Path.GetFullPath(item.GetProperty("Identity").GetString()!, folder))]
            : [];

    private sealed class Loader : IAnalyzerAssemblyLoader
    {
        public void AddDependencyLocation(string fullPath)
        {
        }

        public Assembly LoadFromPath(string fullPath) => Assembly.LoadFrom(fullPath);
    }

    private sealed class FileText(string path) : AdditionalText
    {
        public override string Path => path;

        public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(File.ReadAllText(path));
    }
}
