// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;

namespace KMemcg.Analyzers.Tests.Harness;

/// <summary>Runs a code fix over a file, once or for all reports at once.</summary>
internal static class Fixing
{
    private static readonly ImmutableArray<CodeFixProvider> Fixes =
        [.. typeof(CodeFixes.KernelFix).Assembly.GetTypes()
            .Where(type => !type.IsAbstract && type.IsSubclassOf(typeof(CodeFixProvider)))
            .Select(type => (CodeFixProvider)Activator.CreateInstance(type)!)];

    internal static ImmutableArray<string> FixableIds { get; } = [.. Fixes.SelectMany(fix => fix.FixableDiagnosticIds).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>Fixes every report of a rule with its first (or the named) fix; the rule then reports nothing more.</summary>
    internal static async Task Check(string id, string before, string after, string? title = null)
    {
        Document document = Open(before);
        ImmutableArray<Diagnostic> reports = await Report(document, id);
        Assert.That(reports, Is.Not.Empty, $"{id} is not found");

        CodeFixProvider fix = Fixes.Single(fix => fix.FixableDiagnosticIds.Contains(id));
        CodeAction first = await Choose(document, reports[0], fix, title);
        Document changed = await Apply(document, reports.Length == 1
            ? first
            : (await fix.GetFixAllProvider()!.GetFixAsync(new FixAllContext(
                document, fix, FixAllScope.Document, first.EquivalenceKey, [id], new Known(reports), CancellationToken.None)))!);

        string text = (await changed.GetTextAsync()).ToString();
        Assert.That(text, Is.EqualTo(Wrap(after)));
        Assert.That(await Report(changed, id), Is.Empty);
    }

    private static async Task<CodeAction> Choose(Document document, Diagnostic report, CodeFixProvider fix, string? title)
    {
        List<CodeAction> actions = [];
        await fix.RegisterCodeFixesAsync(new CodeFixContext(document, report, (action, _) => actions.Add(action), CancellationToken.None));
        Assert.That(actions, Is.Not.Empty, $"no fix is offered for {report}");
        return actions.First(action => title == null || action.Title == title);
    }

    private static async Task<Document> Apply(Document document, CodeAction action)
    {
        ApplyChangesOperation change = (await action.GetOperationsAsync(CancellationToken.None)).OfType<ApplyChangesOperation>().Single();
        Document changed = change.ChangedSolution.GetDocument(document.Id)!;
        return await Microsoft.CodeAnalysis.Formatting.Formatter.FormatAsync(changed, Microsoft.CodeAnalysis.Formatting.Formatter.Annotation);
    }

    private static async Task<ImmutableArray<Diagnostic>> Report(Document document, string id)
    {
        SyntaxTree tree = (await document.GetSyntaxTreeAsync())!;
        Compilation compilation = (await document.Project.GetCompilationAsync())!;
        return [.. (await Analysis.Run(compilation)).Where(d => d.Id == id && d.Location.SourceTree == tree).OrderBy(d => d.Location.SourceSpan.Start)];
    }

    private static Document Open(string text)
    {
        var workspace = new AdhocWorkspace();
        Project project = workspace.AddProject("vmlinux", LanguageNames.CSharp)
            .WithCompilationOptions(Kernel.Options).WithParseOptions(Kernel.ParseOptions).WithMetadataReferences(Kernel.MetadataReferences);
        foreach (SyntaxTree tree in Kernel.PreludeTrees)
            project = project.AddDocument(Path.GetFileName(tree.FilePath), tree.GetText(), filePath: tree.FilePath).Project;
        return project.AddDocument("test.cs", Wrap(text));
    }

    private static string Wrap(string body) => $"namespace Linux;\npublic static unsafe class test_c\n{{\n{body}\n}}\n";

    private sealed class Known(ImmutableArray<Diagnostic> reports) : FixAllContext.DiagnosticProvider
    {
        public override Task<IEnumerable<Diagnostic>> GetAllDiagnosticsAsync(Project project, CancellationToken cancellationToken) =>
            Task.FromResult<IEnumerable<Diagnostic>>(reports);

        public override Task<IEnumerable<Diagnostic>> GetDocumentDiagnosticsAsync(Document document, CancellationToken cancellationToken) =>
            Task.FromResult<IEnumerable<Diagnostic>>(reports);

        public override Task<IEnumerable<Diagnostic>> GetProjectDiagnosticsAsync(Project project, CancellationToken cancellationToken) =>
            Task.FromResult<IEnumerable<Diagnostic>>([]);
    }
}
