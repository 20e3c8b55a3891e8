// SPDX-License-Identifier: GPL-2.0-only
using System.Globalization;

namespace KMemcg.Sim.Scenarios;

/// <summary>Sizes as scenarios write them: a number with K, M, G, or P for pages of 4096 bytes.</summary>
public static class Size
{
    private const double PageBytes = 4096;

    /// <summary>Reads <paramref name="text"/> as a size in bytes; false when it is not one.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out ulong bytes)
    {
        bytes = 0;
        if (text.IsEmpty)
        {
            return false;
        }

        double unit = char.ToUpperInvariant(text[^1]) switch
        {
            'K' => 1024.0,
            'M' => 1024.0 * 1024,
            'G' => 1024.0 * 1024 * 1024,
            'P' => PageBytes,
            _ => 0,
        };
        ReadOnlySpan<char> digits = unit == 0 ? text : text[..^1];
        if (!double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value)
            || value * Math.Max(unit, 1) > long.MaxValue)
        {
            return false;
        }

        bytes = (ulong)(value * (unit == 0 ? 1 : unit));
        return true;
    }
}
