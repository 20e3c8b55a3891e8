// SPDX-License-Identifier: GPL-2.0-only
using System.CommandLine;
using System.CommandLine.Invocation;
using KMemcg.Tool;
using KMemcg.Tool.Commands;
using Linux;

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

    string command = parsed.CommandResult.Command == root ? "" : parsed.CommandResult.Command.Name + " ";
    Console.Error.WriteLine($"kmemcg: see 'kmemcg {command}--help'");
    return ExitCode.BadInput;
}

try
{
    return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (IOException e)
{
    // The standard output is full, say.
    Console.Error.WriteLine($"kmemcg: {e.Message}");
    return ExitCode.BadInput;
}
catch (TypeInitializationException e) when (e.GetBaseException() is KnobException wrong)
{
    // A knob of the environment.
    Console.Error.WriteLine($"kmemcg: {wrong.Message}");
    return ExitCode.BadInput;
}
