// SPDX-License-Identifier: GPL-2.0-only
using System;
using System.Collections.Generic;
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

/// <summary>Where the runtime puts the fields of an unmanaged struct, on a machine of 64 bits.</summary>
internal sealed class StructLayout
{
    private const int Unknown = -1;
    private const string StructLayoutAttribute = "System.Runtime.InteropServices.StructLayoutAttribute";
    private const string FieldOffsetAttribute = "System.Runtime.InteropServices.FieldOffsetAttribute";
    private const string InlineArrayAttribute = "System.Runtime.CompilerServices.InlineArrayAttribute";
    private readonly INamedTypeSymbol? _structLayout;
    private readonly INamedTypeSymbol? _fieldOffset;
    private readonly INamedTypeSymbol? _inlineArray;

    public StructLayout(Compilation compilation)
    {
        _structLayout = compilation.GetTypeByMetadataName(StructLayoutAttribute);
        _fieldOffset = compilation.GetTypeByMetadataName(FieldOffsetAttribute);
        _inlineArray = compilation.GetTypeByMetadataName(InlineArrayAttribute);
    }

    /// <summary>The size in bytes, or -1 if it is not known here.</summary>
    public int SizeOf(ITypeSymbol type) => Measure(type).Size;

    /// <summary>The field's offset, or null if it is not known here.</summary>
    public int? OffsetOf(IFieldSymbol field)
    {
        int? found = null;
        if (field.ContainingType is { TypeKind: TypeKind.Struct } holder)
            Place(holder, (candidate, offset, _) => found = SymbolEqualityComparer.Default.Equals(candidate, field) ? offset : found);
        return found;
    }

    /// <summary>Each instance field with its offset and size.</summary>
    public (int Size, int Alignment) Place(INamedTypeSymbol type, Action<IFieldSymbol, int, int>? visit)
    {
        AttributeData? layout = Attribute(type, _structLayout);
        bool isExplicit = layout is { ConstructorArguments: { Length: 1 } kind } && Convert.ToInt32(kind[0].Value) == 2;
        int pack = NamedNumber(layout, "Pack");
        int end = 0, alignment = 1;
        foreach (ISymbol member in type.GetMembers())
        {
            if (member is not IFieldSymbol { IsStatic: false } field)
                continue;

            (int size, int align) = MeasureField(field);
            if (size == Unknown)
                return (Unknown, 1);
            if (pack > 0)
                align = Math.Min(align, pack);
            int offset = isExplicit ? Attribute(field, _fieldOffset)?.Number() ?? 0 : RoundUp(end, align);
            visit?.Invoke(field, offset, size);
            end = Math.Max(end, offset + size);
            alignment = Math.Max(alignment, align);
        }

        int total = RoundUp(Math.Max(end, 1), alignment);
        if (Attribute(type, _inlineArray) is { } array)
            total *= array.Number();
        return (Math.Max(total, NamedNumber(layout, "Size")), alignment);
    }

    private (int Size, int Alignment) MeasureField(IFieldSymbol field)
    {
        if (!field.IsFixedSizeBuffer)
            return Measure(field.Type);
        (int size, int alignment) = Measure(((IPointerTypeSymbol)field.Type).PointedAtType);
        return (size * field.FixedSize, alignment);
    }

    private (int Size, int Alignment) Measure(ITypeSymbol type)
    {
        if (type is IPointerTypeSymbol or IFunctionPointerTypeSymbol)
            return (8, 8);
        if (type is INamedTypeSymbol { EnumUnderlyingType: { } underlying })
            return Measure(underlying);

        int primitive = type.SpecialType switch
        {
            SpecialType.System_Boolean or SpecialType.System_Byte or SpecialType.System_SByte => 1,
            SpecialType.System_Char or SpecialType.System_Int16 or SpecialType.System_UInt16 => 2,
            SpecialType.System_Int32 or SpecialType.System_UInt32 or SpecialType.System_Single => 4,
            SpecialType.System_Int64 or SpecialType.System_UInt64 or SpecialType.System_Double => 8,
            SpecialType.System_IntPtr or SpecialType.System_UIntPtr => 8,
            _ => 0,
        };
        if (primitive > 0)
            return (primitive, primitive);
        return type is INamedTypeSymbol { TypeKind: TypeKind.Struct, IsUnmanagedType: true, IsGenericType: false } named ? Place(named, null) : (Unknown, 1);
    }

    private static int RoundUp(int value, int alignment) => (value + alignment - 1) / alignment * alignment;

    private static AttributeData? Attribute(ISymbol symbol, INamedTypeSymbol? type)
    {
        foreach (AttributeData attribute in symbol.GetAttributes())
        {
            if (type is not null && SymbolEqualityComparer.Default.Equals(attribute.AttributeClass, type))
                return attribute;
        }

        return null;
    }

    private static int NamedNumber(AttributeData? attribute, string name)
    {
        if (attribute is not null)
        {
            foreach (KeyValuePair<string, TypedConstant> argument in attribute.NamedArguments)
            {
                if (argument.Key == name && argument.Value.Value is int value)
                    return value;
            }
        }

        return 0;
    }
}
