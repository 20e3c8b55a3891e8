// SPDX-License-Identifier: GPL-2.0-only
using Spectre.Console;

namespace KMemcg.Tool.Commands;

/// <summary>The console for tables; made when one is printed, as it brings megabytes into memory.</summary>
internal static class Terminal
{
    private const int Unwrapped = 200;

    /// <summary>Standard output. Tables go to files and pipes unwrapped.</summary>
    public static IAnsiConsole Tables { get; } = Create();

    private static IAnsiConsole Create()
    {
        if (System.Console.IsOutputRedirected)
        {
            AnsiConsole.Profile.Width = Unwrapped;
        }

        return AnsiConsole.Console;
    }
}
