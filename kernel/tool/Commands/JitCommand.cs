// SPDX-License-Identifier: GPL-2.0-only
using System.CommandLine;
using System.Diagnostics;
using System.Runtime.InteropServices;
using KMemcg.Sim.Jit;

namespace KMemcg.Tool.Commands;

/// <summary><c>kmemcg jit METHOD…</c>: the machine code of the port's hot functions.</summary>
internal static class JitCommand
{
    private const string ReadyToRun = "DOTNET_ReadyToRun";
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(15);

    private static readonly Argument<string[]> s_methods = Words.Many(
        "METHOD", "Names of functions, such as try_charge_memcg; with the class before a dot where that is needed.", ArgumentArity.OneOrMore);

    /// <summary>The command with its argument.</summary>
    public static Command Create()
    {
        var command = new Command(
            "jit",
            """
            Lets a task of a group map, touch and unmap memory until the JIT compiler has done its best, and prints the machine
            code of functions: instructions, labels, what is called, and how many of them lock. From a Release build.

            Examples:
              kmemcg jit try_charge_memcg
              kmemcg jit page_counter_try_charge mm_memory_c.do_anonymous_page
            """)
        {
            s_methods,
        };
        command.SetAction(parsed => Print(parsed.GetValue(s_methods)!));
        return command;
    }

    private static int Print(string[] methods)
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            Console.Error.WriteLine("kmemcg: jit decodes x86-64 code only");
            return ExitCode.BadInput;
        }

        if (Environment.GetEnvironmentVariable(ReadyToRun) is null)
        {
            return RunWithoutPrecompiled(methods);
        }

        using var listener = new JitListener();
        HotPath.Run(listener, methods, s_limit);
        int code = ExitCode.Success;
        foreach (string name in methods)
        {
            if (listener.Find(name) is { } method)
            {
                Console.Write(JitListing.Of(MachineCode.Read(method), listener));
            }
            else
            {
                Console.Error.WriteLine($"kmemcg: {name} did not get hot: it was inlined everywhere, or memory is not charged through it");
                code = ExitCode.BadInput;
            }
        }

        return code;
    }

    /// <summary>
    /// The same in a process in which all code begins with the JIT compiler: what begins precompiled has no profile of what it
    /// inlines, and ends as other code than benchmarks run.
    /// </summary>
    private static int RunWithoutPrecompiled(string[] methods)
    {
        string self = Environment.ProcessPath!;
        string[] host = Path.GetFileNameWithoutExtension(self) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];
        var start = new ProcessStartInfo(self, [.. host, "jit", .. methods]) { Environment = { [ReadyToRun] = "0" } };
        using Process process = Process.Start(start)!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
