// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Immutable;
using KMemcg.Annotations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace KMemcg.Analyzers.Tests.Harness;

/// <summary>
/// Compiles pieces of kernel code as the mirror's project does. Microsoft's test kit would give each file a workspace and
/// restore a reference pack from the network; all that is needed is a compilation, and it is ready in milliseconds.
/// </summary>
internal static class Kernel
{
    private static readonly CSharpParseOptions Parsing = new(LanguageVersion.Latest);

    // What this process runs on is what the code is compiled against.
    private static readonly ImmutableArray<MetadataReference> References =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(path => Path.GetDirectoryName(path) == Path.GetDirectoryName(typeof(object).Assembly.Location))
            .Append(typeof(KernelSourceAttribute).Assembly.Location)
            .Select(path => MetadataReference.CreateFromFile(path))];

    /// <summary>
    /// The names that every file of the mirror has from vmlinux.cs, and the kernel's interface in small. To the analyzers it is
    /// generated code, which they know but do not look into each time.
    /// </summary>
    private static readonly ImmutableArray<SyntaxTree> Prelude =
        [.. Directory.GetFiles(CorpusPath("prelude"), "*.cs").Order().Select(path => Parse(File.ReadAllText(path), Path.ChangeExtension(path, ".g.cs")))];

    internal static string CorpusPath(string name) => Path.Combine(TestContext.CurrentContext.TestDirectory, "corpus", name);

    internal static SyntaxTree Parse(string text, string path = "test.cs") =>
        CSharpSyntaxTree.ParseText(SourceText.From(text, System.Text.Encoding.UTF8), Parsing, path);

    /// <summary>A kernel of the prelude and these files.</summary>
    internal static CSharpCompilation Compile(params IEnumerable<SyntaxTree> trees) =>
        Empty.AddSyntaxTrees(trees);

    /// <summary>A program without the prelude, which may know nothing of the kernel.</summary>
    internal static CSharpCompilation CompileAlone(params IEnumerable<SyntaxTree> trees) =>
        CSharpCompilation.Create("alone", trees, References, Options);

    internal static CSharpCompilationOptions Options { get; } = new CSharpCompilationOptions(
            OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable)
        // The names are the kernel's, and structs have fields for their layout's sake only.
        .WithSpecificDiagnosticOptions(new[] { "CS8981", "CS0649", "CS0169", "CS0414", "CS0164", "CS0162", "CS0168", "CS0219", "CS8019" }
            .ToDictionary(id => id, _ => ReportDiagnostic.Suppress));

    // All others are made from it and share what it has read of the references.
    private static readonly CSharpCompilation Empty = CSharpCompilation.Create("vmlinux", Prelude, References, Options);

    internal static CSharpParseOptions ParseOptions => Parsing;

    internal static ImmutableArray<MetadataReference> MetadataReferences => References;

    internal static ImmutableArray<SyntaxTree> PreludeTrees => Prelude;
}
