// SPDX-License-Identifier: GPL-2.0-only
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace KMemcg.Sim.Layout;

/// <summary>A member of a kernel struct, with its offset and size in bytes.</summary>
public sealed record MemberLayout(string Name, int Offset, int Size, string Type);

/// <summary>A kernel struct of the port, with its size in bytes and its members by offset.</summary>
public sealed record StructLayout(string Name, int Size, IReadOnlyList<MemberLayout> Members);

/// <summary>Reads the layouts of the port's structs as the runtime has laid them out.</summary>
public static class StructLayoutReport
{
    /// <summary>All structs of the mirror, sorted by name.</summary>
    public static IEnumerable<StructLayout> All() => KernelStructs().Select(Describe);

    /// <summary>The struct called <paramref name="name"/>, or null when the port has none.</summary>
    public static StructLayout? Find(string name) =>
        KernelStructs().FirstOrDefault(type => type.Name == name) is { } type ? Describe(type) : null;

    private static IEnumerable<Type> KernelStructs() => typeof(Linux.machine).Assembly.GetTypes()
        .Where(t => t is { IsValueType: true, IsEnum: false, IsGenericType: false, IsNested: false, IsByRefLike: false }
            && t.Namespace == "Linux")
        .OrderBy(t => t.Name, StringComparer.Ordinal);

    private static StructLayout Describe(Type type)
    {
        MemberLayout[] members = [.. type
            .GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .Select(field => new MemberLayout(NameOf(type, field), Offset(field), SizeOf(field.FieldType), NameOf(field)))
            .OrderBy(member => member.Offset)];
        return new StructLayout(type.Name, SizeOf(type), members);
    }

    private static string NameOf(FieldInfo field)
    {
        if (field.GetCustomAttribute<FixedBufferAttribute>() is { } buffer)
        {
            return $"{NameOf(buffer.ElementType)}[{buffer.Length}]";
        }

        return NameOf(field.FieldType);
    }

    private static string NameOf(Type type) => type switch
    {
        { IsPointer: true } => NameOf(type.GetElementType()!) + "*",
        { IsFunctionPointer: true } => "delegate*",
        { IsEnum: true } => type.Name,
        _ when type == typeof(void) => "void",
        _ => Type.GetTypeCode(type) switch
        {
            TypeCode.SByte => "s8",
            TypeCode.Byte => "u8",
            TypeCode.Int16 => "s16",
            TypeCode.UInt16 => "u16",
            TypeCode.Int32 => "int",
            TypeCode.UInt32 => "unsigned int",
            TypeCode.Int64 => "long",
            TypeCode.UInt64 => "unsigned long",
            TypeCode.Boolean => "bool",
            _ => type.Name,
        },
    };

    /// <summary>The kernel's name: a field that a property of that name gives out has underscores before it.</summary>
    private static string NameOf(Type type, FieldInfo field)
    {
        string name = field.Name.TrimStart('_');
        return name != field.Name && type.GetProperty(name) is not null ? name : field.Name;
    }

    private static int SizeOf(Type type)
    {
        if (type.IsPointer || type.IsFunctionPointer)
        {
            return IntPtr.Size;
        }

        return (int)typeof(Unsafe).GetMethod(nameof(Unsafe.SizeOf))!.MakeGenericMethod(type).Invoke(null, null)!;
    }

    // Marshal.OffsetOf would tell the marshalled layout, in which a bool has four bytes. The address is one that can be read, as
    // ldflda may read there to check for null.
    private static unsafe int Offset(FieldInfo field)
    {
        var method = new DynamicMethod("offset", typeof(nint), [typeof(nint)], field.Module, skipVisibility: true);
        ILGenerator il = method.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldflda, field);
        il.Emit(OpCodes.Conv_I);
        il.Emit(OpCodes.Ret);
        long there;
        return (int)((nint)method.Invoke(null, [(nint)(&there)])! - (nint)(&there));
    }
}
