// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Sim.Scenarios;

namespace KMemcg.Sim.Running;

/// <summary>The operations of a task that work on files.</summary>
internal static class FileOperations
{
    /// <summary>The operation as code to run in the task.</summary>
    public static Func<string> Prepare(TaskProcess process, TaskOperation operation) => () => "err ENOSYS";

    /// <summary>Maps a file.</summary>
    public static string Map(TaskProcess process, IReadOnlyList<string> words) => "err EBADF";
}
