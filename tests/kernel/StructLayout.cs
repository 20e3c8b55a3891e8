// SPDX-License-Identifier: GPL-2.0-only
using System.Reflection;
using System.Reflection.Emit;
using NUnit.Framework;

namespace KMemcg.Kernel.Tests;

/// <summary>Holds the layout of a struct against reference/structs.tsv, the type information of the recorded kernel.</summary>
internal static class StructLayout
{
    private static readonly Dictionary<string, Dictionary<string, int>> Offsets = new();
    private static readonly Dictionary<string, int> Sizes = new();

    static StructLayout()
    {
        string file = Path.Combine(TestContext.CurrentContext.TestDirectory, "reference", "structs.tsv");
        foreach (string line in File.ReadLines(file).Skip(1))
        {
            string[] column = line.Split('\t');
            Sizes[column[0]] = int.Parse(column[1]);
            if (!Offsets.TryGetValue(column[0], out var members))
                Offsets[column[0]] = members = new();
            members[column[2]] = int.Parse(column[3]);
        }
    }

    /// <summary>The size of a struct in the recorded kernel.</summary>
    public static int SizeOf(string name) => Sizes[name];

    /// <summary>Every field of T that the kernel's struct has by the same name stands where it stands there.</summary>
    public static unsafe void Matches<T>(bool size = true, params string[] except) where T : unmanaged, allows ref struct
    {
        string name = typeof(T).Name;
        Assert.That(Offsets, Contains.Key(name));
        int compared = 0;
        Assert.Multiple(() =>
        {
            foreach (FieldInfo field in typeof(T).GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
            {
                string member = field.Name.StartsWith("__", StringComparison.Ordinal) ? field.Name[2..] : field.Name;
                if (member.StartsWith("_pad", StringComparison.Ordinal) || except.Contains(member) || !Offsets[name].TryGetValue(member, out int expected))
                    continue;
                compared++;
                Assert.That(OffsetOf(field), Is.EqualTo(expected), $"{name}.{member}");
            }
            if (size)
                Assert.That(sizeof(T), Is.EqualTo(Sizes[name]), $"sizeof {name}");
        });
        Assert.That(compared, Is.GreaterThan(0));
    }

    /// <summary>The offset of a field in memory; Marshal.OffsetOf answers for the marshalled layout.</summary>
    private static unsafe int OffsetOf(FieldInfo field)
    {
        var method = new DynamicMethod("address", typeof(nint), [typeof(nint)], typeof(StructLayout), true);
        ILGenerator il = method.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldflda, field);
        il.Emit(OpCodes.Conv_I);
        il.Emit(OpCodes.Ret);
        nint origin = (nint)Linux.linux_container_of_h.nowhere;
        return (int)((nint)method.Invoke(null, [origin])! - origin);
    }
}
