// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Analyzers.Tests.Harness;
using Microsoft.CodeAnalysis;

namespace KMemcg.Analyzers.Tests.Local;

/// <summary>RCU pointers by their type: what the compiler refuses, and what the rules say of the ways around it.</summary>
internal sealed class RcuTypeTests
{
    [TestCase("ulong first = memcg->thresholds->first;", "CS1061", TestName = "An RCU pointer is not followed")]
    [TestCase("mem_cgroup_threshold_ary* u = memcg->thresholds;", "CS0266", TestName = "An RCU pointer is no plain pointer")]
    [TestCase("memcg->thresholds = t;", "CS0266", TestName = "An RCU pointer is not set to a plain one")]
    [TestCase("mem_cgroup_threshold_ary* u = rcu_dereference(&memcg->objcg);", "CS0266", TestName = "What it points to has a type")]
    [TestCase("rcu_assign_pointer(&memcg->objcg, t);", "CS0411", TestName = "Nothing else is published")]
    public void Is_refused(string body, string error)
    {
        SyntaxTree tree = Kernel.Parse($$"""
            namespace Linux;
            public static unsafe partial class rcu_type_c
            {
                private static void function(mem_cgroup* memcg, mem_cgroup_threshold_ary* t) { {{body}} }
            }
            """);
        string[] errors = [.. Kernel.Compile(tree).GetSemanticModel(tree).GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error).Select(d => d.Id)];
        Assert.That(errors, Is.EqualTo(new[] { error }));
    }

    [Test]
    public Task Casts_are_reported() => Analysis.Check("KM0306", """
        public static unsafe class casts_c
        {
            private static void* Out(mem_cgroup* memcg) => (mem_cgroup_threshold_ary*)memcg->thresholds; // expect: KM0306

            private static void As_void(mem_cgroup* memcg) => kfree(memcg->thresholds); // expect: KM0306

            private static ulong As_a_number(mem_cgroup* memcg) => (ulong)memcg->thresholds; // expect: KM0306

            private static void In(mem_cgroup* memcg, obj_cgroup* objcg) => memcg->objcg = (Rcu<obj_cgroup>*)objcg; // expect: KM0306

            private static void Through_its_address(mem_cgroup* memcg, obj_cgroup* objcg) => *(obj_cgroup**)&memcg->objcg = objcg; // expect: KM0306

            private static bool Against_another(mem_cgroup* memcg, obj_cgroup* objcg) => memcg->objcg == objcg; // expect: KM0306

            private static void Nothing(mem_cgroup* memcg) => memcg->objcg = null;

            private static bool Nothing_there(mem_cgroup* memcg) => null != memcg->objcg;

            private static void* Its_address(mem_cgroup* memcg) => &memcg->objcg;

            [ContextPrimitive]
            private static obj_cgroup* Primitive(Rcu<obj_cgroup>* objcg) => (obj_cgroup*)objcg;
        }
        """);

    [Test]
    public Task Plain_accesses_are_reported() => Analysis.Check("KM030", """
        public static unsafe class accesses_c
        {
            private static void Publishes(mem_cgroup* memcg, obj_cgroup* objcg) => memcg->objcg = RCU_INITIALIZER(objcg); // expect: KM0302

            private static void In_an_array(Rcu<obj_cgroup>** slots, obj_cgroup* objcg) => slots[1] = RCU_INITIALIZER(objcg); // expect: KM0302

            private static void Empties(mem_cgroup* memcg, Rcu<obj_cgroup>** slots) => slots[1] = memcg->objcg = null;

            private static Rcu<obj_cgroup>* Reads(mem_cgroup* memcg) => memcg->objcg; // expect: KM0301

            private static bool Asks(mem_cgroup* memcg) => memcg->objcg != null;

            private static obj_cgroup* Says_why(mem_cgroup* memcg) => unrcu_pointer(memcg->objcg);

            private static obj_cgroup* Outside(mem_cgroup* memcg) => rcu_dereference(&memcg->objcg); // expect: KM0301
        }
        """);
}
