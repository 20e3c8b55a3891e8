// SPDX-License-Identifier: GPL-2.0-only
using System.CommandLine;
using System.CommandLine.Invocation;
using KMemcg.Lint;

RootCommand root = CheckCommand.Create();
root.Subcommands.Add(CostCommand.Create());
root.Subcommands.Add(MutateCommand.Create());
ParseResult parsed = root.Parse(args);
if (parsed.Action is ParseErrorAction)
{
    foreach (string message in parsed.Errors.Select(error => error.Message).Distinct())
        Console.Error.WriteLine($"kmemcg-lint: {message}");
    Console.Error.WriteLine("kmemcg-lint: see 'kmemcg-lint --help'");
    return ExitCode.BadInput;
}

try
{
    return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (BadInputException bad)
{
    Console.Error.WriteLine($"kmemcg-lint: {bad.Message}");
    return ExitCode.BadInput;
}
