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

    /// <summary>Reads a diff, which <paramref name="name"/> names in messages; what is around it, as a mail's text, is skipped.</summary>
    public static Patch Parse(TextReader reader, string name)
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
                        throw new BadInputException($"{name}:{number}: expected a line of a hunk, with ' ', '+' or '-' first, not '{text}'");
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
                    throw new BadInputException($"{name}:{number}: expected a line '+++ FILE' before the first hunk");
                if (!(Number(hunk.Groups[1], out old) & Number(hunk.Groups[2], out line) & Number(hunk.Groups[3], out @new)))
                    throw new BadInputException($"{name}:{number}: expected numbers of lines, not '{text}'");
                file ??= [];
            }
            else if (text.StartsWith("@@@", StringComparison.Ordinal))
                throw new BadInputException($"{name}:{number}: expected the diff to one parent, not the combined one of a merge");
        }

        if (!any)
            throw new BadInputException($"{name}: this is not a patch: there is no line '+++ FILE'");
        if (old > 0 || @new > 0)
            throw new BadInputException($"{name}:{number}: the patch ends in the middle of a hunk");
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

    /// <summary>One where there is none, as for a hunk of one line.</summary>
    private static bool Number(Group group, out int number)
    {
        number = 1;
        return !group.Success || int.TryParse(group.Value, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    [GeneratedRegex(@"^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")]
    private static partial Regex Hunk();
}
