// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Formatting;

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

    /// <summary>
    /// Fixes every report of a rule at once, first those of one of two files, then those of both. The result compiles, and the rule
    /// reports nothing more.
    /// </summary>
    internal static async Task CheckAll(string id, string before, string after)
    {
        Document document = Open(before);
        Document other = document.Project.AddDocument("other.cs", Wrap(before, "other_c"), filePath: "other.cs");
        document = other.Project.GetDocument(document.Id)!;
        ImmutableArray<Diagnostic> reports = await ReportAll(other.Project, id);
        var known = new Known(reports);
        ImmutableArray<Diagnostic> own = [.. await known.GetDocumentDiagnosticsAsync(document, CancellationToken.None)];
        Assert.That(own, Has.Length.AtLeast(2), $"{id} is to be found more than once");

        CodeFixProvider fix = Fixes.Single(fix => fix.FixableDiagnosticIds.Contains(id));
        string? key = (await Choose(document, own[0], fix, null)).EquivalenceKey;
        foreach (FixAllScope scope in new[] { FixAllScope.Document, FixAllScope.Project })
        {
            CodeAction all = (await fix.GetFixAllProvider()!.GetFixAsync(new FixAllContext(document, fix, scope, key, [id], known, CancellationToken.None)))!;
            Solution changed = await Apply(all, document.Id, other.Id);
            string both = (await changed.GetDocument(document.Id)!.GetTextAsync()).ToString() + await changed.GetDocument(other.Id)!.GetTextAsync();
            Assert.That(both, Is.EqualTo(Wrap(after) + Wrap(scope == FixAllScope.Project ? after : before, "other_c")), scope.ToString());
            ImmutableArray<Diagnostic> left = await ReportAll(changed.GetProject(document.Project.Id)!, id);
            Assert.That(left.Select(report => report.Location.SourceTree!.FilePath).Distinct(), Is.EqualTo(scope == FixAllScope.Project ? Array.Empty<string>() : ["other.cs"]));
        }
    }

    /// <summary>A rule reports something and has no fix for it.</summary>
    internal static async Task CheckNone(string id, string text)
    {
        Document document = Open(text);
        ImmutableArray<Diagnostic> reports = await Report(document, id);
        Assert.That(reports, Is.Not.Empty, $"{id} is not found");
        foreach (Diagnostic report in reports)
            Assert.That(await Offered(document, report, Fixes.Single(fix => fix.FixableDiagnosticIds.Contains(id))), Is.Empty);
    }

    private static async Task<CodeAction> Choose(Document document, Diagnostic report, CodeFixProvider fix, string? title)
    {
        List<CodeAction> actions = await Offered(document, report, fix);
        Assert.That(actions, Is.Not.Empty, $"no fix is offered for {report}");
        return actions.First(action => title == null || action.Title == title);
    }

    private static async Task<List<CodeAction>> Offered(Document document, Diagnostic report, CodeFixProvider fix)
    {
        List<CodeAction> actions = [];
        await fix.RegisterCodeFixesAsync(new CodeFixContext(document, report, (action, _) => actions.Add(action), CancellationToken.None));
        return actions;
    }

    private static async Task<Document> Apply(Document document, CodeAction action) => (await Apply(action, document.Id)).GetDocument(document.Id)!;

    private static async Task<Solution> Apply(CodeAction action, params DocumentId[] documents)
    {
        Solution changed = (await action.GetOperationsAsync(CancellationToken.None)).OfType<ApplyChangesOperation>().Single().ChangedSolution;
        foreach (DocumentId id in documents)
            changed = (await Formatter.FormatAsync(changed.GetDocument(id)!, Formatter.Annotation)).Project.Solution;
        return changed;
    }

    private static async Task<ImmutableArray<Diagnostic>> Report(Document document, string id)
    {
        SyntaxTree tree = (await document.GetSyntaxTreeAsync())!;
        return [.. (await ReportAll(document.Project, id)).Where(d => d.Location.SourceTree == tree)];
    }

    private static async Task<ImmutableArray<Diagnostic>> ReportAll(Project project, string id) =>
        [.. (await Analysis.Run((await project.GetCompilationAsync())!)).Where(d => d.Id == id).OrderBy(d => d.Location.SourceSpan.Start)];

    private static Document Open(string text) => s_empty.Value.AddDocument("test.cs", Wrap(text), filePath: "test.cs");

    /// <summary>All files are opened in this one, and share what it has read of the references.</summary>
    private static readonly Lazy<Project> s_empty = new(() =>
    {
        Project project = new AdhocWorkspace().AddProject("vmlinux", LanguageNames.CSharp)
            .WithCompilationOptions(Kernel.Options).WithParseOptions(Kernel.ParseOptions).WithMetadataReferences(Kernel.MetadataReferences);
        foreach (SyntaxTree tree in Kernel.PreludeTrees)
            project = project.AddDocument(Path.GetFileName(tree.FilePath), tree.GetText(), filePath: tree.FilePath).Project;
        return project;
    });

    private static string Wrap(string body, string name = "test_c") => $"namespace Linux;\npublic static unsafe class {name}\n{{\n{body}\n}}\n";

    private sealed class Known(ImmutableArray<Diagnostic> reports) : FixAllContext.DiagnosticProvider
    {
        public override Task<IEnumerable<Diagnostic>> GetAllDiagnosticsAsync(Project project, CancellationToken cancellationToken) =>
            Task.FromResult<IEnumerable<Diagnostic>>(reports);

        public override async Task<IEnumerable<Diagnostic>> GetDocumentDiagnosticsAsync(Document document, CancellationToken cancellationToken)
        {
            SyntaxTree? tree = await document.GetSyntaxTreeAsync(cancellationToken);
            return reports.Where(report => report.Location.SourceTree == tree);
        }

        public override Task<IEnumerable<Diagnostic>> GetProjectDiagnosticsAsync(Project project, CancellationToken cancellationToken) =>
            Task.FromResult<IEnumerable<Diagnostic>>([]);
    }
}
