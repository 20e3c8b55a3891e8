// SPDX-License-Identifier: GPL-2.0-only
namespace KMemcg.Lint;

/// <summary>What the exit status says.</summary>
internal static class ExitCode
{
    /// <summary>No errors.</summary>
    public const int Success = 0;

    /// <summary>There are errors.</summary>
    public const int Errors = 1;

    /// <summary>An option, the project or the patch cannot be read.</summary>
    public const int BadInput = 2;

    /// <summary>Ended by Ctrl-C, as a shell says it.</summary>
    public const int Cancelled = 130;
}

/// <summary>Input that cannot be read, with what to do about it.</summary>
internal sealed class BadInputException(string message) : Exception(message);
