// SPDX-License-Identifier: GPL-2.0-only
using System.CommandLine;
using System.CommandLine.Parsing;

namespace KMemcg.Tool.Commands;

/// <summary>What a machine is to have, as options of the commands that boot one.</summary>
internal static class MachineOptions
{
    /// <summary><c>--ram SIZE</c>, in bytes.</summary>
    public static readonly Option<ulong> Ram = Size("--ram", "RAM of the machine, 64M to 64G.", "1G");

    /// <summary><c>--cpus N</c>.</summary>
    public static readonly Option<int> Cpus = new("--cpus")
    {
        Description = "CPUs of the machine, 1 to 64.",
        DefaultValueFactory = _ => 2,
    };

    static MachineOptions()
    {
        Cpus.Validators.Add(result => Require(result, result.GetValue(Cpus) is >= 1 and <= 64, "--cpus takes 1 to 64"));
        Ram.Validators.Add(result => Require(result, result.GetValue(Ram) is >= 64UL << 20 and <= 64UL << 30, "--ram takes 64M to 64G"));
    }

    /// <summary>An option that takes a size such as 512M, in bytes.</summary>
    public static Option<ulong> Size(string name, string description, string fallback) => new(name)
    {
        Description = description,
        HelpName = "SIZE",
        DefaultValueFactory = _ => Sim.Scenarios.Size.TryParse(fallback, out ulong bytes) ? bytes : 0,
        CustomParser = result =>
        {
            if (!Sim.Scenarios.Size.TryParse(result.Tokens[0].Value, out ulong bytes))
            {
                result.AddError($"{name} takes a size such as 512M or 2G, not '{result.Tokens[0].Value}'");
            }

            return bytes;
        },
    };

    private static void Require(OptionResult result, bool condition, string message)
    {
        if (!condition)
        {
            result.AddError(message);
        }
    }
}
