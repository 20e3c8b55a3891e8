// SPDX-License-Identifier: GPL-2.0-only
using System.Diagnostics;
using System.Globalization;
using KMemcg.Bench.Ratios;

namespace KMemcg.Bench.Yardstick;

/// <summary>Faults of the kernel underneath in two processes against one (<c>c/processes</c>), pairs of slices in turns.</summary>
internal static class HostProcesses
{
    private const double SlicesSeconds = 5e-3;

    /// <summary>Nanoseconds of a fault with a neighbour, alone, and their ratio; null when there is no gcc.</summary>
    public static Measured? Faults(int pages, TimeSpan budget)
    {
        string program;
        try
        {
            program = CCompiler.Build(Path.Combine("c", "processes"), []);
        }
        catch (CCompilerException)
        {
            return null;
        }

        int pairs = Math.Max(5, (int)(budget.TotalSeconds / SlicesSeconds));
        using Process faults = Process.Start(new ProcessStartInfo(program, [$"{pages}", $"{pairs}"]) { RedirectStandardOutput = true })!;
        List<double> alone = [], together = [], ratios = [];
        while (faults.StandardOutput.ReadLine() is { } line)
        {
            double[] ns = [.. line.Split(' ').Select(word => double.Parse(word, CultureInfo.InvariantCulture))];
            alone.Add(ns[0]);
            together.Add(ns[1]);
            ratios.Add(ns[1] / ns[0]);
        }

        faults.WaitForExit();
        return new Measured(Spread.Of(together), Spread.Of(alone), Spread.Of(ratios), 0);
    }
}
