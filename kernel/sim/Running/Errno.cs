// SPDX-License-Identifier: GPL-2.0-only
using System.Reflection;

namespace KMemcg.Sim.Running;

/// <summary>The names of the kernel's error numbers.</summary>
internal static class Errno
{
    private static readonly Dictionary<long, string> s_names = typeof(Linux.linux_errno_h)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Where(field => field.IsLiteral && field.Name[0] == 'E')
        .GroupBy(field => Convert.ToInt64(field.GetRawConstantValue()))
        .ToDictionary(group => group.Key, group => group.First().Name);

    /// <summary>The answer for a system call's result: ok, or err and the error's name.</summary>
    public static string Answer(long result) => result < 0 ? $"err {Name(-result)}" : "ok";

    /// <summary>The name of an error number, such as ENOMEM for 12.</summary>
    public static string Name(long number) => s_names.GetValueOrDefault(number, $"E{number}");
}
