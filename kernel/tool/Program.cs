// SPDX-License-Identifier: GPL-2.0-only
using System.CommandLine;
using System.CommandLine.Invocation;
using KMemcg.Tool;
using KMemcg.Tool.Commands;

var root = new RootCommand("Linux 6.18's memory control groups, swap and writeback as an ordinary program.")
{
    RunCommand.Create(),
    BootCommand.Create(),
    ParityCommand.Create(),
    LayoutCommand.Create(),
    JitCommand.Create(),
    CountCommand.Create(),
};
ParseResult parsed = root.Parse(args);
if (parsed.Action is ParseErrorAction)
{
    foreach (string message in parsed.Errors.Select(e => e.Message).Distinct())
    {
        Console.Error.WriteLine($"kmemcg: {message}");
    }

    Console.Error.WriteLine("kmemcg: see 'kmemcg --help'");
    return ExitCode.BadInput;
}

return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
