// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace KMemcg.Analyzers.Tests.Harness;

/// <summary>
/// The marks of a file. `// expect: KM0110, KM0502` at the end of a line wants each of these rules there;
/// `KM0201|KM0304` takes either.
/// </summary>
internal sealed partial class Expectations
{
    private readonly SyntaxTree tree;
    private readonly ImmutableArray<(int Line, string[] Ids)> marks;

    private Expectations(SyntaxTree tree, ImmutableArray<(int Line, string[] Ids)> marks)
    {
        this.tree = tree;
        this.marks = marks;
    }

    /// <summary>The file without its marks, which would count as comments.</summary>
    internal SyntaxTree Tree => tree;

    internal ImmutableArray<string> Ids => [.. marks.SelectMany(mark => mark.Ids).Distinct()];

    internal static Expectations Read(string text, string path = "test.cs")
    {
        var marks = ImmutableArray.CreateBuilder<(int, string[])>();
        foreach (TextLine line in SourceText.From(text).Lines)
        {
            Match match = Mark().Match(line.ToString());
            if (!match.Success)
                continue;
            foreach (string rule in match.Groups[1].Value.Split(','))
                marks.Add((line.LineNumber + 1, rule.Trim().Split('|')));
        }
        return new Expectations(Kernel.Parse(Mark().Replace(text, ""), path), marks.ToImmutable());
    }

    /// <summary>What differs, in words; empty when all that is marked was found and nothing else.</summary>
    internal string Compare(ImmutableArray<Diagnostic> found)
    {
        List<(int Line, string Id, string Text)> reports = Reports(found);
        var text = new StringBuilder();
        foreach ((int line, string[] ids) in marks)
        {
            int hit = reports.FindIndex(report => report.Line == line && ids.Contains(report.Id));
            if (hit < 0)
                text.AppendLine($"line {line}: {string.Join('|', ids)} is not found");
            else
                reports.RemoveAt(hit);
        }
        foreach ((int line, string id, string message) in reports)
            text.AppendLine($"line {line}: {id} is not expected: {message}");
        return text.ToString();
    }

    /// <summary>Whether each mark's rule was reported, at its line.</summary>
    internal bool AllFound(ImmutableArray<Diagnostic> found)
    {
        List<(int Line, string Id, string Text)> reports = Reports(found);
        return marks.Length > 0 && marks.All(mark => reports.Any(report => report.Line == mark.Line && mark.Ids.Contains(report.Id)));
    }

    private List<(int Line, string Id, string Text)> Reports(ImmutableArray<Diagnostic> found) =>
        [.. found.Where(d => d.Location.SourceTree == tree)
            .Select(d => (d.Location.GetLineSpan().StartLinePosition.Line + 1, d.Id, d.GetMessage()))
            .Order()];

    [GeneratedRegex(@" *// expect: ([KM0-9|, ]+)")]
    private static partial Regex Mark();
}
