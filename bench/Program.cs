// SPDX-License-Identifier: GPL-2.0-only
using BenchmarkDotNet.Running;
using KMemcg.Bench.Ratios;

switch (args)
{
    case ["ratios", .. string[] rest]:
        RatiosCommand.Run(TimeSpan.FromSeconds(3), rest.FirstOrDefault());
        return 0;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
        return 0;
}
