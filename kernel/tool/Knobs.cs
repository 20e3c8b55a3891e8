// SPDX-License-Identifier: GPL-2.0-only
using System.Runtime.CompilerServices;

namespace KMemcg.Tool;

/// <summary>Hands the process-wide knobs of --set to the kernel before its first code runs.</summary>
internal static class Knobs
{
    /// <summary>Takes NAME=VALUE words; says what is wrong with one, or null when all are known and in range.</summary>
    public static string? Apply(string[] settings)
    {
        foreach (string setting in settings)
        {
            string name = setting.Split('=', 2)[0];
            if (!setting.Contains('='))
            {
                return $"--set {setting}: NAME=VALUE is wanted";
            }

            if (!Linux.linux_knobs.names.Contains(name))
            {
                return $"--set {setting}: there is no knob {name}; there are {string.Join(", ", Linux.linux_knobs.names)}";
            }
        }

        AppContext.SetData(Linux.linux_knobs.SET, string.Join(',', settings));
        try
        {
            RuntimeHelpers.RunClassConstructor(typeof(Linux.linux_knobs).TypeHandle);
            return null;
        }
        catch (TypeInitializationException e) when (e.InnerException is Linux.KnobException inner)
        {
            return inner.Message;
        }
    }
}
