// SPDX-License-Identifier: GPL-2.0-only
using System;

namespace KMemcg.Annotations;

/// <summary>Kernel code: no managed objects, no exceptions, no Monitor.</summary>
[AttributeUsage(AttributeTargets.Assembly | AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Method)]
public sealed class KernelCodeAttribute : Attribute
{
}

/// <summary>Inside kernel code, what talks to .NET and may use all of it.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Method | AttributeTargets.Field | AttributeTargets.Property)]
public sealed class HostCodeAttribute : Attribute
{
    /// <summary>Says why.</summary>
    public HostCodeAttribute(string why) => Why = why;

    /// <summary>The reason.</summary>
    public string Why { get; }
}

/// <summary>Runs for every page or every charge: no allocation, no boxing, no hidden copies.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property | AttributeTargets.Class | AttributeTargets.Struct)]
public sealed class HotPathAttribute : Attribute
{
}

/// <summary>Allocates nothing on the managed heap, nor does what it calls.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property)]
public sealed class NoAllocAttribute : Attribute
{
}

/// <summary>A value whose address is what it is: not assigned, passed or returned by value.</summary>
[AttributeUsage(AttributeTargets.Struct)]
public sealed class NonCopyableAttribute : Attribute
{
}

/// <summary>The kernel's size of the struct, which ours is.</summary>
[AttributeUsage(AttributeTargets.Struct)]
public sealed class KernelLayoutAttribute : Attribute
{
    /// <summary>So many bytes.</summary>
    public KernelLayoutAttribute(int size) => Size = size;

    /// <summary>The size in bytes.</summary>
    public int Size { get; }
}

/// <summary>The kernel's offset of the field, which ours is.</summary>
[AttributeUsage(AttributeTargets.Field)]
public sealed class KernelOffsetAttribute : Attribute
{
    /// <summary>At so many bytes.</summary>
    public KernelOffsetAttribute(int offset) => Offset = offset;

    /// <summary>The offset in bytes.</summary>
    public int Offset { get; }
}

/// <summary>Fields of one group share cache lines with one another and with no other group.</summary>
[AttributeUsage(AttributeTargets.Field)]
public sealed class CachelineGroupAttribute : Attribute
{
    /// <summary>The group <paramref name="name"/>.</summary>
    public CachelineGroupAttribute(string name) => Name = name;

    /// <summary>Its name.</summary>
    public string Name { get; }
}

/// <summary>
/// The rules of locking, context, RCU, per-CPU data, lifetime and order do not look inside: with the reason. What the
/// function declares still holds for its callers. Escapes are counted.
/// </summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property | AttributeTargets.Constructor, AllowMultiple = true)]
public sealed class ContextUnsafeAttribute : Attribute
{
    /// <summary>Says why.</summary>
    public ContextUnsafeAttribute(string why) => Why = why;

    /// <summary>The reason.</summary>
    public string Why { get; }

    /// <summary>Only this rule is silent; all of those families if empty.</summary>
    public string Rule { get; set; } = "";
}

/// <summary>
/// What the annotations mean: the bodies of locks, of RCU and of preemption themselves. What they declare is taken for
/// granted and not followed.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Method)]
public sealed class ContextPrimitiveAttribute : Attribute
{
}

/// <summary>A race that does no harm, as data_race(): with the reason.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property | AttributeTargets.Field, AllowMultiple = true)]
public sealed class BenignAttribute : Attribute
{
    /// <summary>Says why.</summary>
    public BenignAttribute(string why) => Why = why;

    /// <summary>The reason.</summary>
    public string Why { get; }
}
