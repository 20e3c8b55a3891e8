// SPDX-License-Identifier: GPL-2.0-only
using System.Reflection;
using System.Text.RegularExpressions;
using Linux;
using NUnit.Framework;

namespace KMemcg.Kernel.Tests.Locking;

/// <summary>analyzers/LockingRules.md says by which attributes the kernel's rules of locking are told: each is where it says.</summary>
internal sealed partial class LockingRulesTests
{
    private const BindingFlags Any = BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    [Test]
    public void Each_attribute_is_where_the_table_says()
    {
        (string Rules, string Where, string Attribute)[] rows = [.. Rows()];
        Assert.That(rows.SelectMany(row => row.Rules.Split(", ")).Distinct(), Is.EquivalentTo(Enumerable.Range(1, 31).Select(number => $"L{number}")), "each rule has a line");
        Assert.Multiple(() =>
        {
            foreach ((_, string where, string attribute) in rows.Where(row => row.Attribute.Length > 0))
                Assert.That(Members(where).SelectMany(member => member.GetCustomAttributesData()).Select(Text), Does.Contain(attribute), where);
        });
    }

    /// <summary>The attribute is empty where it is the member's type that says it.</summary>
    private static IEnumerable<(string Rules, string Where, string Attribute)> Rows()
    {
        foreach (string line in File.ReadLines(Path.Combine(TestContext.CurrentContext.TestDirectory, "LockingRules.md")))
        {
            if (Row().Match(line) is { Success: true } row)
                yield return (row.Groups["rules"].Value, row.Groups["where"].Value, row.Groups["attribute"].Value);
        }
    }

    private static IEnumerable<MemberInfo> Members(string where)
    {
        string[] names = where.Split('.');
        Type? type = typeof(mem_cgroup).Assembly.GetType("Linux." + names[0]);
        Assert.That(type, Is.Not.Null, where);
        return names.Length == 1 ? [type!] : type!.GetMember(names[1], Any);
    }

    /// <summary>An attribute as it is written.</summary>
    private static string Text(CustomAttributeData attribute)
    {
        string[] arguments = [.. attribute.ConstructorArguments.SelectMany(Texts), .. attribute.NamedArguments.Select(named => $"{named.MemberName} = {Value(named.TypedValue)}")];
        string name = attribute.AttributeType.Name.Replace("Attribute", "", StringComparison.Ordinal);
        return arguments.Length == 0 ? name : $"{name}({string.Join(", ", arguments)})";
    }

    /// <summary>A params array is its elements; what is left out at the call has its default, an empty string.</summary>
    private static IEnumerable<string> Texts(CustomAttributeTypedArgument argument) => argument.Value switch
    {
        IEnumerable<CustomAttributeTypedArgument> elements => elements.Select(Value),
        "" => [],
        _ => [Value(argument)],
    };

    private static string Value(CustomAttributeTypedArgument argument) => argument.Value switch
    {
        IEnumerable<CustomAttributeTypedArgument> elements => $"{{ {string.Join(", ", elements.Select(Value))} }}",
        string text => $"\"{text}\"",
        bool truth => truth ? "true" : "false",
        { } number when argument.ArgumentType.IsEnum => $"{argument.ArgumentType.Name}.{Enum.ToObject(argument.ArgumentType, number)}",
        _ => argument.Value?.ToString() ?? "null",
    };

    [GeneratedRegex(@"^\| (?<rules>L\d+(, L\d+)*)(:[^|]*)? \| `(?<where>[^`]*)` \| (`(?<attribute>[^`]*)`|[^|`]*) \|")]
    private static partial Regex Row();
}
