// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Analyzers.Tests.Harness;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace KMemcg.Analyzers.Tests.Local;

/// <summary>What a type is made of, also while it is being typed.</summary>
internal sealed class NestedStructsTests
{
    [TestCase("public struct A { B b; C c; int n; } public struct B { C c; } public struct C { A* a; static B b; }", "A B C")]
    [TestCase("public struct A { A a; A b; A c; A d; }", "A")]
    [TestCase("public struct A { B b; B c; B d; B e; } public struct B { A a; A b; A c; A d; }", "A B")]
    public void Each_struct_is_there_once(string code, string expected) =>
        Assert.That(string.Join(' ', NestedStructs.Of(TypeOf(code)).Select(type => type.Name)), Is.EqualTo(expected));

    [Test]
    public void A_struct_that_grows_has_an_end() =>
        Assert.That(NestedStructs.Of(TypeOf("public struct A { S<int> s; } public struct S<T> { S<S<T>> s; }")).Count(), Is.LessThanOrEqualTo(1000));

    private static ITypeSymbol TypeOf(string code)
    {
        SyntaxTree tree = CSharpSyntaxTree.ParseText(code);
        return Kernel.Compile(tree).GetTypeByMetadataName("A")!;
    }
}
