// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Immutable;

namespace KMemcg.Analyzers;

/// <summary>A path as it is written in an attribute, taken apart: see LockAttributes.cs for the grammar.</summary>
internal readonly struct PathSyntax
{
    private PathSyntax(bool dereferences, ImmutableArray<string> names)
    {
        Dereferences = dereferences;
        Names = names;
    }

    /// <summary>Written with a '*' in front.</summary>
    public bool Dereferences { get; }

    /// <summary>The root, then the members.</summary>
    public ImmutableArray<string> Names { get; }

    /// <summary>Takes a path apart; false if it is not one.</summary>
    public static bool TryParse(string text, out PathSyntax path)
    {
        path = default;
        int at = 0;
        bool dereferences = text.Length > 0 && text[0] == '*';
        if (dereferences)
            at++;

        ImmutableArray<string>.Builder names = ImmutableArray.CreateBuilder<string>();
        while (true)
        {
            int start = at;
            if (at < text.Length && text[at] == '@')
                start = ++at;
            while (at < text.Length && IsNamePart(text[at], at == start))
                at++;
            if (at == start)
                return false;
            names.Add(text.Substring(start, at - start));

            if (at == text.Length)
                break;
            if (text[at] == '.')
                at++;
            else if (text[at] == '-' && at + 1 < text.Length && text[at + 1] == '>')
                at += 2;
            else
                return false;
        }

        path = new PathSyntax(dereferences, names.ToImmutable());
        return true;
    }

    private static bool IsNamePart(char c, bool first) => c == '_' || char.IsLetter(c) || (!first && char.IsDigit(c));
}
