// SPDX-License-Identifier: GPL-2.0-only
using System.Globalization;
using System.Text.RegularExpressions;

namespace KMemcg.Lint;

/// <summary>Which lines of which files a unified diff touches, as they are numbered after it.</summary>
internal sealed partial class Patch
{
    private readonly Dictionary<string, SortedDictionary<int, string?>> _files = new(StringComparer.Ordinal);

    /// <summary>The files, by their paths in the diff.</summary>
    public IReadOnlyCollection<string> Files => _files.Keys;

    /// <summary>A file's touched lines with the text they have now; no text where lines were removed.</summary>
    public IReadOnlyDictionary<int, string?> Lines(string file) => _files[file];

    /// <summary>Reads a diff; what is around it, as a mail's text, is skipped.</summary>
    public static Patch Parse(TextReader reader)
    {
        var patch = new Patch();
        SortedDictionary<int, string?>? file = null;
        int line = 0, old = 0, @new = 0, number = 0;
        bool any = false;
        while (reader.ReadLine() is { } text)
        {
            number++;
            if (old > 0 || @new > 0)
            {
                switch (text.Length > 0 ? text[0] : ' ')
                {
                    case '+':
                        file![line++] = text[1..];
                        @new--;
                        break;
                    case '-':
                        file!.TryAdd(line, null);
                        old--;
                        break;
                    case ' ':
                        line++;
                        old--;
                        @new--;
                        break;
                    case '\\':
                        break;
                    default:
                        throw new BadInputException($"line {number} of the patch: '{text}' is not a line of a hunk");
                }
            }
            else if (text.StartsWith("+++ ", StringComparison.Ordinal))
            {
                any = true;
                file = patch.Begin(text[4..].Split('\t')[0].Trim());
            }
            else if (Hunk().Match(text) is { Success: true } hunk)
            {
                if (!any)
                    throw new BadInputException($"line {number} of the patch: a hunk without a file");
                old = Count(hunk.Groups[1]);
                line = int.Parse(hunk.Groups[2].Value, CultureInfo.InvariantCulture);
                @new = Count(hunk.Groups[3]);
                file ??= [];
            }
        }

        if (!any)
            throw new BadInputException("this is not a patch: there is no line '+++ FILE'");
        if (old > 0 || @new > 0)
            throw new BadInputException("the patch ends in the middle of a hunk");
        return patch;
    }

    private SortedDictionary<int, string?>? Begin(string path)
    {
        if (path == "/dev/null")
            return null;
        if (path.StartsWith("b/", StringComparison.Ordinal))
            path = path[2..];
        if (!_files.TryGetValue(path, out SortedDictionary<int, string?>? lines))
            _files[path] = lines = [];
        return lines;
    }

    private static int Count(Group group) => group.Success ? int.Parse(group.Value, CultureInfo.InvariantCulture) : 1;

    [GeneratedRegex(@"^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")]
    private static partial Regex Hunk();
}
