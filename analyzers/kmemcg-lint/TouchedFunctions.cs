// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace KMemcg.Lint;

/// <summary>
/// The functions (and other members) that a patch touches a line of. An unlock that goes is a report at the return, so lines alone
/// would not do.
/// </summary>
internal sealed class TouchedFunctions
{
    private readonly Dictionary<SyntaxTree, List<TextSpan>> _spans = [];
    private readonly List<string> _elsewhere = [];

    public TouchedFunctions(Patch patch, IEnumerable<SyntaxTree> trees)
    {
        SyntaxTree[] all = [.. trees];
        foreach (string file in patch.Files)
        {
            string suffix = Path.DirectorySeparatorChar + file.Replace('/', Path.DirectorySeparatorChar);
            if (all.FirstOrDefault(tree => tree.FilePath.EndsWith(suffix, StringComparison.Ordinal)) is { } tree)
                _spans[tree] = Touched(tree, file, patch.Lines(file));
            else if (file.EndsWith(".cs", StringComparison.Ordinal))
                _elsewhere.Add(file);
        }
    }

    /// <summary>C# files of the patch that the project does not have, so that nothing was said of them.</summary>
    public IReadOnlyList<string> Elsewhere => _elsewhere;

    /// <summary>The reports in them.</summary>
    public ImmutableArray<Diagnostic> Filter(ImmutableArray<Diagnostic> found) =>
        [.. found.Where(d => d.Location.SourceTree is { } tree && _spans.TryGetValue(tree, out List<TextSpan>? spans)
            && spans.Any(span => span.IntersectsWith(d.Location.SourceSpan)))];

    private static List<TextSpan> Touched(SyntaxTree tree, string file, IReadOnlyDictionary<int, string?> lines)
    {
        TextLineCollection text = tree.GetText().Lines;
        SyntaxNode root = tree.GetRoot();
        List<TextSpan> spans = [];
        foreach ((int number, string? content) in lines)
        {
            if (content is not null && (number > text.Count || text[number - 1].ToString() != content))
                throw new BadInputException($"the patch is not applied: {file}:{number} is not what it says");
            if (number > text.Count)
                continue;
            TextLine line = text[number - 1];
            MemberDeclarationSyntax? member = root.FindToken(line.Start).Parent?.FirstAncestorOrSelf<MemberDeclarationSyntax>(m => m is not BaseTypeDeclarationSyntax and not BaseNamespaceDeclarationSyntax);
            spans.Add(member is not null && member.FullSpan.IntersectsWith(line.Span) ? member.Span : line.Span);
        }

        return spans;
    }
}
