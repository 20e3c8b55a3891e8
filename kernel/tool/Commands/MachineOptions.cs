// SPDX-License-Identifier: GPL-2.0-only
using System.CommandLine;
using System.Globalization;

namespace KMemcg.Tool.Commands;

/// <summary>What a machine is to have, as options of the commands that boot one.</summary>
internal static class MachineOptions
{
    /// <summary><c>--ram SIZE</c>, in bytes.</summary>
    public static readonly Option<Bytes> Ram = Size("--ram", "RAM of the machine", "1G", "64M", "64G", none: false);

    /// <summary><c>--swap SIZE</c>, in bytes.</summary>
    public static readonly Option<Bytes> Swap = Size("--swap", "Size of the swap device", "1G", "64K", "64G", none: true);

    /// <summary><c>--cpus N</c>.</summary>
    public static readonly Option<int> Cpus = Number("--cpus", "CPUs of the machine, 1 to 64.", "1 to 64", 2, text =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int cpus) && cpus is >= 1 and <= 64 ? cpus : null);

    /// <summary><c>--seed N</c>.</summary>
    public static readonly Option<ulong> Seed = Number("--seed", "Seed of the scheduler and of random numbers; the same seed gives the same answers.",
        $"a whole number up to {ulong.MaxValue}", 1UL, text => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed) ? seed : null);

    /// <summary>An option that takes a number: <paramref name="read"/> is null for all others.</summary>
    private static Option<T> Number<T>(string name, string description, string wanted, T fallback, Func<string, T?> read)
        where T : struct => new(name)
        {
            Description = description,
            HelpName = "N",
            DefaultValueFactory = _ => fallback,
            CustomParser = result =>
            {
                string text = result.Tokens[0].Value;
                if (read(text) is { } value)
                {
                    return value;
                }

                result.AddError($"{name} takes {wanted}, not '{text}'");
                return fallback;
            },
        };

    /// <summary>An option that takes a size within bounds such as 64M, or 0 for <paramref name="none"/>.</summary>
    private static Option<Bytes> Size(string name, string description, string fallback, string least, string most, bool none)
    {
        string range = $"{least} to {most}{(none ? ", or 0 for none" : "")}";
        ulong low = Bytes.Of(least).Count, high = Bytes.Of(most).Count;
        return new(name)
        {
            Description = $"{description}, {range}.",
            HelpName = "SIZE",
            DefaultValueFactory = _ => Bytes.Of(fallback),
            CustomParser = result =>
            {
                string text = result.Tokens[0].Value;
                if (Sim.Scenarios.Size.TryParse(text, out ulong bytes) && ((bytes >= low && bytes <= high) || (none && bytes == 0)))
                {
                    return new Bytes(bytes, text);
                }

                result.AddError($"{name} takes {range}, not '{text}'");
                return default;
            },
        };
    }

    /// <summary>A size and how it was written, as --help shows it.</summary>
    internal readonly record struct Bytes(ulong Count, string Text)
    {
        public static Bytes Of(string text) => Sim.Scenarios.Size.TryParse(text, out ulong count) ? new(count, text) : throw new ArgumentException(text);

        public override string ToString() => Text;
    }
}
