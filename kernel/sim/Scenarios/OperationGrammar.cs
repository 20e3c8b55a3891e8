// SPDX-License-Identifier: GPL-2.0-only
namespace KMemcg.Sim.Scenarios;

/// <summary>The operations of a task and what each takes: the single list behind the parser's checks and its messages.</summary>
internal static class OperationGrammar
{
    /// <summary>Kinds of argument: a name, a size, a whole number, a word of a fixed set.</summary>
    private enum Kind
    {
        Name,
        Task,
        Size,
        Integer,
        Advice,
        Sharing,
        OpenFlag,
    }

    private sealed record Form(string Usage, Kind[] Required, Kind[] Optional);

    private static readonly string[] s_advice =
        ["dontneed", "free", "cold", "pageout", "willneed", "populate_read", "populate_write"];

    private static readonly Form s_mapMemory = new("mmap BUF anon|shanon SIZE", [Kind.Name, Kind.Name, Kind.Size], []);

    private static readonly Form s_mapFile = new(
        "mmap BUF FD OFF SIZE shared|private", [Kind.Name, Kind.Name, Kind.Size, Kind.Size, Kind.Sharing], []);

    private static readonly Dictionary<string, Form> s_forms = new()
    {
        ["read"] = new("read BUF [OFF [LEN]]", [Kind.Name], [Kind.Size, Kind.Size]),
        ["write"] = new("write BUF [OFF [LEN]]", [Kind.Name], [Kind.Size, Kind.Size]),
        ["munmap"] = new("munmap BUF", [Kind.Name], []),
        ["mlock"] = new("mlock BUF", [Kind.Name], []),
        ["munlock"] = new("munlock BUF", [Kind.Name], []),
        ["madvise"] = new("madvise BUF ADVICE [OFF [LEN]]", [Kind.Name, Kind.Advice], [Kind.Size, Kind.Size]),
        ["resident"] = new("resident BUF", [Kind.Name], []),
        ["open"] = new(
            "open FD PATH [create] [trunc] [direct]",
            [Kind.Name, Kind.Name],
            [Kind.OpenFlag, Kind.OpenFlag, Kind.OpenFlag]),
        ["close"] = new("close FD", [Kind.Name], []),
        ["unlink"] = new("unlink PATH", [Kind.Name], []),
        ["pread"] = new("pread FD OFF LEN", [Kind.Name, Kind.Size, Kind.Size], []),
        ["pwrite"] = new("pwrite FD OFF LEN", [Kind.Name, Kind.Size, Kind.Size], []),
        ["fsync"] = new("fsync FD", [Kind.Name], []),
        ["ftruncate"] = new("ftruncate FD LEN", [Kind.Name, Kind.Size], []),
        ["fadvise"] = new("fadvise FD dontneed", [Kind.Name, Kind.Name], []),
        ["watch"] = new("watch FD PATH", [Kind.Name, Kind.Name], []),
        ["vmread"] = new("vmread TASK BUF [OFF [LEN]]", [Kind.Task, Kind.Name], [Kind.Size, Kind.Size]),
        ["vmwrite"] = new("vmwrite TASK BUF [OFF [LEN]]", [Kind.Task, Kind.Name], [Kind.Size, Kind.Size]),
        ["uffd-serve"] = new("uffd-serve TASK BUF", [Kind.Task, Kind.Name], []),
        ["fork"] = new("fork NAME", [Kind.Name], []),
        ["move"] = new("move G", [Kind.Name], []),
        ["oom_score_adj"] = new("oom_score_adj N", [Kind.Integer], []),
        ["cpu"] = new("cpu N", [Kind.Integer], []),
        ["exit"] = new("exit", [], []),
        ["wait"] = new("wait", [], []),
    };

    /// <summary>Says what is wrong with an operation, or null when it can be run; a fork adds to <paramref name="tasks"/>.</summary>
    public static string? Check(string name, IReadOnlyList<string> arguments, ISet<string> tasks)
    {
        Form? form = name == "mmap"
            ? arguments.Count > 1 && arguments[1] is "anon" or "shanon" ? s_mapMemory : s_mapFile
            : s_forms.GetValueOrDefault(name);
        if (form is null)
        {
            return $"unknown operation '{name}'; expected one of mmap, {string.Join(", ", s_forms.Keys)}";
        }

        if (name == "mmap" && arguments.Count < 3)
        {
            return $"expected '{s_mapMemory.Usage}' or '{s_mapFile.Usage}'";
        }

        if (arguments.Count < form.Required.Length || arguments.Count > form.Required.Length + form.Optional.Length)
        {
            return $"expected '{form.Usage}'";
        }

        for (int i = 0; i < arguments.Count; i++)
        {
            Kind kind = i < form.Required.Length ? form.Required[i] : form.Optional[i - form.Required.Length];
            if (CheckArgument(kind, arguments[i], tasks) is { } problem)
            {
                return $"{problem}, in '{form.Usage}'";
            }
        }

        if (name == "fork")
        {
            tasks.Add(arguments[0]);
        }

        return null;
    }

    private static string? CheckArgument(Kind kind, string word, ISet<string> tasks) => kind switch
    {
        Kind.Task => tasks.Contains(word) ? null : $"no task '{word}' before this line",
        Kind.Size => Size.TryParse(word, out _) ? null : $"expected a size such as 4096, 12K, 32M or 5P, not '{word}'",
        Kind.Integer => int.TryParse(word, out _) ? null : $"expected a whole number, not '{word}'",
        Kind.Advice => s_advice.Contains(word) ? null : $"expected one of {string.Join(", ", s_advice)}, not '{word}'",
        Kind.Sharing => word is "shared" or "private" ? null : $"expected shared or private, not '{word}'",
        Kind.OpenFlag => word is "create" or "trunc" or "direct"
            ? null
            : $"expected create, trunc or direct, not '{word}'",
        _ => null,
    };
}
