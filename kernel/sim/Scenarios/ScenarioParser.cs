// SPDX-License-Identifier: GPL-2.0-only
using System.Globalization;

namespace KMemcg.Sim.Scenarios;

/// <summary>Reads scenario files: one command a line, as FORMAT.md describes them.</summary>
public static class ScenarioParser
{
    private const ulong Day = 24 * 60 * 60 * 1000;

    /// <summary>Reads the scenario in <paramref name="file"/>.</summary>
    /// <exception cref="ScenarioException">The file cannot be read, or a line of it is not a command.</exception>
    public static Scenario ParseFile(string file)
    {
        string text;
        try
        {
            text = File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ScenarioException(file, 0, $"cannot be read: {e.Message}");
        }

        return Parse(file, text);
    }

    /// <summary>Reads the scenario in <paramref name="text"/>; <paramref name="file"/> names it in messages.</summary>
    /// <exception cref="ScenarioException">A line is not a command.</exception>
    public static Scenario Parse(string file, string text)
    {
        var lines = new List<ScenarioLine>();
        var tasks = new HashSet<string>();
        string[] rows = text.Split('\n');
        for (int i = 0; i < rows.Length; i++)
        {
            string row = rows[i];
            if (row.Any(c => c == '\uFFFD' || (char.IsControl(c) && c is not ('\t' or '\r'))))
            {
                throw new ScenarioException(file, i + 1, "expected text, a command a line; this is something else");
            }

            int hash = row.IndexOf('#', StringComparison.Ordinal);
            string[] words = (hash < 0 ? row : row[..hash])
                .Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0)
            {
                continue;
            }

            try
            {
                lines.Add(new ScenarioLine(i + 1, ParseCommand(words, tasks)));
            }
            catch (FormatException e)
            {
                throw new ScenarioException(file, i + 1, e.Message);
            }
        }

        return lines.Count > 0
            ? new Scenario(Path.GetFileNameWithoutExtension(file), file, lines)
            : throw new ScenarioException(file, 1, "expected a command; there is none in the whole file");
    }

    private static Command ParseCommand(string[] words, HashSet<string> tasks) => words[0] switch
    {
        [.., ':'] => ParseOperation(words[0][..^1], words, tasks),
        "mkdir" => new MakeGroup(Take(words, 1, "mkdir G")[0]),
        "rmdir" => new RemoveGroup(Take(words, 1, "rmdir G")[0]),
        "echo" => ParseEcho(words),
        "cat" => ParseCat(words),
        "task" => ParseTask(words, tasks),
        "kill" => new KillTask(Known(Take(words, 1, "kill NAME")[0], tasks)),
        "alive" => new AskAlive(Known(Take(words, 1, "alive NAME")[0], tasks)),
        "mount" => ParseMount(words),
        "umount" => new Unmount(Take(words, 1, "umount DIR")[0]),
        "sync" => Take(words, 0, "sync") is [] ? new Sync() : throw new FormatException("expected 'sync'"),
        "drop_caches" => new DropCaches(Take(words, 1, "drop_caches N")[0]),
        "sysctl" => Take(words, 2, "sysctl NAME VALUE") is [var name, var value]
            ? new Sysctl(name, value)
            : throw new FormatException("expected 'sysctl NAME VALUE'"),
        "sleep" => ParseSleep(words),
        _ => throw new FormatException(
            $"unknown command '{words[0]}'; expected mkdir, rmdir, echo, cat, task, kill, alive, mount, umount, sync, "
            + "drop_caches, sysctl, sleep, or 'NAME: OPERATION'"),
    };

    private static string[] Take(string[] words, int count, string usage) =>
        words.Length == count + 1 ? words[1..] : throw new FormatException($"expected '{usage}'");

    private static string Known(string task, HashSet<string> tasks) =>
        tasks.Contains(task) ? task : throw new FormatException($"no task '{task}' before this line");

    private static WriteFile ParseEcho(string[] words)
    {
        int arrow = Array.IndexOf(words, ">");
        return arrow >= 1 && arrow == words.Length - 2
            ? new WriteFile(words[^1], string.Join(' ', words[1..arrow]))
            : throw new FormatException("expected 'echo VALUE > G/FILE'");
    }

    private static ReadFile ParseCat(string[] words) => words.Length is 2 or 3
        ? new ReadFile(words[1], words.ElementAtOrDefault(2))
        : throw new FormatException("expected 'cat G/FILE [KEY]'");

    private static NewTask ParseTask(string[] words, HashSet<string> tasks)
    {
        if (words.Length != 4 || words[2] != "in")
        {
            throw new FormatException("expected 'task NAME in G'");
        }

        // A name may be used again: it then means the newer task, as in the runner the recordings were made with.
        tasks.Add(words[1]);
        return new NewTask(words[1], words[3]);
    }

    private static Mount ParseMount(string[] words) => words.Length == 4 || (words.Length == 3 && words[1] != "loop")
        ? new Mount(words[1], words[2], words.ElementAtOrDefault(3))
        : throw new FormatException("expected 'mount tmpfs DIR [OPTIONS]' or 'mount loop DIR FILE'");

    private static Sleep ParseSleep(string[] words) =>
        ulong.TryParse(Take(words, 1, "sleep MS")[0], NumberStyles.None, CultureInfo.InvariantCulture, out ulong ms) && ms <= Day
            ? new Sleep(ms)
            : throw new FormatException($"expected 'sleep MS', a whole number of milliseconds up to {Day}, a day, not '{words[1]}'");

    private static TaskOperation ParseOperation(string task, string[] words, HashSet<string> tasks)
    {
        Known(task, tasks);
        Span<string> rest = words.AsSpan(1);
        bool timed = rest.Length > 0 && rest[0] == "timed";
        rest = timed ? rest[1..] : rest;
        bool background = rest.Length > 0 && rest[^1] == "&";
        rest = background ? rest[..^1] : rest;
        if (rest.IsEmpty)
        {
            throw new FormatException("expected 'NAME: OPERATION'");
        }

        string[] arguments = rest[1..].ToArray();
        if (OperationGrammar.Check(rest[0], arguments, tasks) is { } problem)
        {
            throw new FormatException(problem);
        }

        return new TaskOperation(task, rest[0], arguments, timed, background);
    }
}
