// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Generic;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers;

/// <summary>Reading what an attribute was given.</summary>
internal static class AttributeValues
{
    /// <summary>The constructor argument at <paramref name="index"/> as a string, or "".</summary>
    public static string Text(this AttributeData attribute, int index = 0) =>
        index < attribute.ConstructorArguments.Length && attribute.ConstructorArguments[index] is { Kind: TypedConstantKind.Primitive, Value: string text }
            ? text
            : "";

    /// <summary>The constructor argument at <paramref name="index"/> as a number or an enumeration's value, or 0.</summary>
    public static int Number(this AttributeData attribute, int index = 0) =>
        index < attribute.ConstructorArguments.Length && attribute.ConstructorArguments[index] is { Kind: not TypedConstantKind.Array, Value: int number }
            ? number
            : 0;

    /// <summary>The constructor's params array of strings.</summary>
    public static ImmutableArray<string> Texts(this AttributeData attribute)
    {
        ImmutableArray<string>.Builder texts = ImmutableArray.CreateBuilder<string>();
        foreach (TypedConstant argument in attribute.ConstructorArguments)
            Add(texts, argument);
        return texts.ToImmutable();
    }

    /// <summary>A named argument, or the type's default.</summary>
    public static T? Named<T>(this AttributeData attribute, string name)
    {
        foreach (KeyValuePair<string, TypedConstant> argument in attribute.NamedArguments)
        {
            if (argument.Key == name && argument.Value.Kind != TypedConstantKind.Array && argument.Value.Value is T value)
                return value;
        }

        return default;
    }

    /// <summary>A named argument that is an array of strings.</summary>
    public static ImmutableArray<string> NamedTexts(this AttributeData attribute, string name)
    {
        ImmutableArray<string>.Builder texts = ImmutableArray.CreateBuilder<string>();
        foreach (KeyValuePair<string, TypedConstant> argument in attribute.NamedArguments)
        {
            if (argument.Key == name)
                Add(texts, argument.Value);
        }

        return texts.ToImmutable();
    }

    private static void Add(ImmutableArray<string>.Builder texts, TypedConstant constant)
    {
        if (constant.Kind == TypedConstantKind.Array)
        {
            if (constant.Values.IsDefault)
                return;
            foreach (TypedConstant element in constant.Values)
                Add(texts, element);
        }
        else if (constant.Value is string text)
            texts.Add(text);
    }
}
