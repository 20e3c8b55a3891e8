// SPDX-License-Identifier: GPL-2.0-only
using System.Globalization;
using BenchmarkDotNet.Running;
using KMemcg.Bench.Boot;
using KMemcg.Bench.Groups;
using KMemcg.Bench.Ratios;
using KMemcg.Bench.Reclaim;

switch (args)
{
    case ["ratios", .. string[] rest]:
        RatiosCommand.Run(TimeSpan.FromSeconds(3), rest.FirstOrDefault());
        return 0;
    case ["boot"]:
        BootCommand.Run();
        return 0;
    case ["groups", .. string[] rest]:
        new GroupsCommand(rest.Length == 0 ? 100_000 : int.Parse(rest[0], CultureInfo.InvariantCulture)).Run();
        return 0;
    case ["reclaim"]:
        ReclaimCommand.Run();
        return 0;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
        return 0;
}
