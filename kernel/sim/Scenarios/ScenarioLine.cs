// SPDX-License-Identifier: GPL-2.0-only
namespace KMemcg.Sim.Scenarios;

/// <summary>A parsed scenario: its name, where it came from, and its commands in order.</summary>
public sealed record Scenario(string Name, string File, IReadOnlyList<ScenarioLine> Lines);

/// <summary>One command and the 1-based line it stands on.</summary>
public sealed record ScenarioLine(int Number, Command Command);

/// <summary>What a line asks for.</summary>
public abstract record Command;

/// <summary><c>mkdir G</c>.</summary>
public sealed record MakeGroup(string Path) : Command;

/// <summary><c>rmdir G</c>.</summary>
public sealed record RemoveGroup(string Path) : Command;

/// <summary><c>echo VALUE &gt; G/FILE</c>.</summary>
public sealed record WriteFile(string Path, string Value) : Command;

/// <summary><c>cat G/FILE [KEY]</c>.</summary>
public sealed record ReadFile(string Path, string? Key) : Command;

/// <summary><c>task NAME in G</c>.</summary>
public sealed record NewTask(string Name, string Group) : Command;

/// <summary><c>kill NAME</c>.</summary>
public sealed record KillTask(string Name) : Command;

/// <summary><c>alive NAME</c>.</summary>
public sealed record AskAlive(string Name) : Command;

/// <summary><c>mount TYPE DIR [OPTIONS]</c>.</summary>
public sealed record Mount(string Type, string Directory, string? Options) : Command;

/// <summary><c>umount DIR</c>.</summary>
public sealed record Unmount(string Directory) : Command;

/// <summary><c>sync</c>.</summary>
public sealed record Sync : Command;

/// <summary><c>drop_caches N</c>.</summary>
public sealed record DropCaches(string Value) : Command;

/// <summary><c>sysctl NAME VALUE</c>.</summary>
public sealed record Sysctl(string Name, string Value) : Command;

/// <summary><c>sleep MS</c>, in milliseconds of the machine's clock.</summary>
public sealed record Sleep(ulong Milliseconds) : Command;

/// <summary><c>NAME: OPERATION</c>, timed or in the background when asked.</summary>
public sealed record TaskOperation(string Task, string Name, IReadOnlyList<string> Arguments, bool Timed, bool Background)
    : Command;
