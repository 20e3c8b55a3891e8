// SPDX-License-Identifier: GPL-2.0-only
using System.Reflection;
using KMemcg.Annotations;
using Linux;
using NUnit.Framework;

namespace KMemcg.Kernel.Tests.Locking;

/// <summary>The port's functions by the kernel's names, and what lists of the kernel's locks say of them.</summary>
internal static class PortedFunctions
{
    private const BindingFlags Any = BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly Lazy<ILookup<(string File, string Function), MethodBase>> s_port = new(() => typeof(mem_cgroup).Assembly.GetTypes()
        .SelectMany(type => type.GetMethods(Any))
        .Select(method => (Method: method, Tag: method.GetCustomAttribute<KernelSourceAttribute>()))
        .Where(port => port.Tag != null)
        .ToLookup(port => (port.Tag!.File, port.Tag.Function), port => (MethodBase)port.Method));

    /// <summary>Those that are a function of the kernel: none, or one, or one for each way that C# needs it in.</summary>
    public static IEnumerable<MethodBase> Of(string file, string function) => s_port.Value[(file, function)];

    /// <summary>The paths in a method's attributes of some types.</summary>
    public static IEnumerable<string> PathsOf(MethodBase method, Type[] attributes) => method.GetCustomAttributesData()
        .Where(attribute => attributes.Contains(attribute.AttributeType))
        .SelectMany(attribute => attribute.ConstructorArguments)
        .SelectMany(argument => argument.Value is IEnumerable<CustomAttributeTypedArgument> many ? many : [argument])
        .Select(argument => argument.Value).OfType<string>();

    /// <summary>The lines of a list, by columns.</summary>
    public static IEnumerable<string[]> Reference(string list) =>
        File.ReadLines(Path.Combine(TestContext.CurrentContext.TestDirectory, "reference", list)).Skip(1).Select(line => line.Split('\t'));
}
