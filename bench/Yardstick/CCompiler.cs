// SPDX-License-Identifier: GPL-2.0-only
using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace KMemcg.Bench.Yardstick;

/// <summary>Builds a folder of C by gcc -O2, once for each text of it.</summary>
internal static class CCompiler
{
    /// <summary>Builds all <c>*.c</c> of a folder beside the program, and gives the path of what was built.</summary>
    /// <exception cref="CCompilerException">There is no gcc, or it refuses.</exception>
    public static string Build(string folder, string[] flags)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new CCompilerException("the yardsticks are built on Linux only");
        }

        string path = Path.Combine(AppContext.BaseDirectory, folder);
        if (!Directory.Exists(path))
        {
            throw new CCompilerException($"{path} is not there");
        }

        string[] sources = [.. Directory.GetFiles(path).Order(StringComparer.Ordinal)];
        string target = Path.Combine(Path.GetTempPath(), $"kmemcg-yardstick-{Fingerprint(sources)}");
        if (!File.Exists(target))
        {
            Compile(sources, flags, target);
        }

        return target;
    }

    private static string Fingerprint(string[] sources)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string source in sources)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(Path.GetFileName(source)));
            hash.AppendData(File.ReadAllBytes(source));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    private static void Compile(string[] sources, string[] flags, string target)
    {
        // Built beside and moved, as two processes may want it at once.
        string built = $"{target}.{Environment.ProcessId}";
        var start = new ProcessStartInfo("gcc", ["-O2", .. flags, "-o", built, .. sources.Where(source => source.EndsWith(".c", StringComparison.Ordinal))])
        {
            RedirectStandardError = true,
        };
        try
        {
            using Process gcc = Process.Start(start)!;
            string errors = gcc.StandardError.ReadToEnd();
            gcc.WaitForExit();
            if (gcc.ExitCode != 0)
            {
                throw new CCompilerException($"gcc: {errors}");
            }
        }
        catch (Win32Exception e)
        {
            throw new CCompilerException(e.Message);
        }

        File.Move(built, target, overwrite: true);
    }
}

/// <summary>Why there is no yardstick in C.</summary>
internal sealed class CCompilerException(string message) : Exception(message);
