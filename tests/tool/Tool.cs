// SPDX-License-Identifier: GPL-2.0-only
using System.Diagnostics;

namespace KMemcg.Tool.Tests;

/// <summary>What a run of the tool left.</summary>
internal sealed record ToolRun(int ExitCode, string Output, string Errors)
{
    /// <summary>The lines of standard output.</summary>
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>The built tool, run as a process of its own.</summary>
internal static class Tool
{
    private static readonly string s_path = Path.Combine(AppContext.BaseDirectory, "kmemcg.dll");

    /// <summary>Runs it and waits for its end.</summary>
    public static ToolRun Run(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [s_path, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new ToolRun(process.ExitCode, output, errors.GetAwaiter().GetResult());
    }
}
