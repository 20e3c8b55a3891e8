// SPDX-License-Identifier: GPL-2.0-only
namespace KMemcg.Tool;

/// <summary>What the tool's exit status says.</summary>
internal static class ExitCode
{
    /// <summary>All went well.</summary>
    public const int Success = 0;

    /// <summary>An answer says that the scenario itself failed.</summary>
    public const int ScenarioFailed = 1;

    /// <summary>Bad input: an option, a file or a line of it.</summary>
    public const int BadInput = 2;

    /// <summary>The port stopped with an oops: a bug in it, not in the scenario.</summary>
    public const int Oops = 3;
}
