// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Analyzers.Tests.Harness;

namespace KMemcg.Analyzers.Tests.Local;

internal sealed class UsageTests
{
    [Test]
    public Task A_path_names_something() => Analysis.Check("KM0001", """
        public unsafe struct holder
        {
            public spinlock_t @lock;
            public int number;
            [GuardedBy("this->@lock")] public int a;
            [GuardedBy("this->lok")] public int b; // expect: KM0001
            [GuardedBy("lock")] public int c; // expect: KM0001
            [GuardedBy("this->number")] public int d; // expect: KM0001
            [GuardedBy("mm_test_c.global")] public int e;
            [GuardedBy("mm_nowhere_c.global")] public int f; // expect: KM0001
            [RcuProtected] public int g; // expect: KM0001
            [RcuProtected(Or = new[] { "this->@lock", "this->gone" })] public holder* h; // expect: KM0001
            [GuardedBy("rcu")] public int i;
            [GuardedBy("this lock")] public int j; // expect: KM0001
        }

        public static unsafe class mm_test_c
        {
            [LockClass("global")] public static readonly spinlock_t* global = bss<spinlock_t>();

            [Acquires("h->@lock")] private static void Right(holder* h) { }

            [Acquires("h->mutex")] private static void NoMember(holder* h) { } // expect: KM0001

            [MustHold("h->@lock", "x->@lock")] private static void NoParameter(holder* h) { } // expect: KM0001

            [TryAcquires(Result.True, "h->@lock")] private static int NoBool(holder* h) => 0; // expect: KM0001

            [TryAcquires(Result.NonNull, "return->@lock")] private static holder* Returned() => null;

            [TryAcquires(Result.NotError, "h->@lock")] private static holder* NoReference(holder* h) => null; // expect: KM0001

            [TryReleases(Result.NotError, "h->@lock")] private static int NoReference(holder* h, int nr) => nr; // expect: KM0001

            [TryGetsRef(Result.NotError, "h")] private static holder* Reference(holder* h) => null;

            [TryGetsRef(Result.NonZero, "h")] private static bool NoNumber(holder* h) => true; // expect: KM0001

            [MightSleepIf("flags")] private static void NoMask(int gfp) { } // expect: KM0001

            [MightSleepIf("gfp")] private static void Mask(gfp_t gfp) { }

            [IrqSave("flags")] private static void NothingOut(IrqFlags flags) { } // expect: KM0001

            [IrqSave("flags")] private static void NoFlags(out ulong flags) => flags = 0; // expect: KM0001

            [IrqSave("flags")] private static void Flags(IrqFlags* flags) { }

            [ReturnsOwned] private static void Nothing() { } // expect: KM0001

            [Acquires("l->@lock", When = "irq")] private static void When(holder* l, bool irq) { }

            [Acquires("l->@lock", When = "irqs")] private static void BadWhen(holder* l, bool irq) { } // expect: KM0001
        }
        """);

    [Test]
    public Task Annotations_do_not_contradict_one_another() => Analysis.Check("KM0002", """
        public unsafe struct holder
        {
            public spinlock_t @lock;
            [Marked]
            [GuardedBy("this->@lock")] // expect: KM0002
            public int a;
        }

        public abstract unsafe class mm_test_c
        {
            [MightSleep]
            [AtomicContext] // expect: KM0002
            private static void Sleeps() { }

            [Acquires("h->@lock")]
            [MustHold("h->@lock")] // expect: KM0002
            private static void Both(holder* h) { }

            [MustHold("a->@lock")]
            [Acquires("b->@lock")]
            private static void Two(holder* a, holder* b) { }

            [MightSleep, Acquires("h->@lock")]
            private static void Fine(holder* h) { }

            [MightSleep] public abstract void Slow();

            [MustHold("h->@lock")] public abstract void Locked(holder* h);
        }

        public unsafe class derived : mm_test_c
        {
            public override void Slow() { } // expect: KM0002

            [MustHold("h->@lock")] public override void Locked(holder* h) { }
        }
        """);

    [Test]
    public Task An_escape_has_a_reason() => Analysis.Check("KM0003", """
        public static class mm_test_c
        {
            [ContextUnsafe("")] // expect: KM0003
            private static void Bad() { }

            [Benign("  ")] // expect: KM0003
            private static int bad;

            [HostCode("TODO")] // expect: KM0003
            private static void Later() { }

            [ContextUnsafe("the boot CPU is alone here")]
            private static void Good() { }

        #pragma warning disable KM0110 // expect: KM0003
            private static void Pragma() { }
        #pragma warning restore KM0110

        #pragma warning disable KM0110 // returns locked, as its caller is told
            private static void Explained() { }
        #pragma warning restore KM0110

        #pragma warning disable CS0168
            private static void NotOurs() { }
        #pragma warning restore CS0168

            [System.Diagnostics.CodeAnalysis.SuppressMessage("KMemcg.Locking", "KM0110")] // expect: KM0003
            private static void Message() { }

            [System.Diagnostics.CodeAnalysis.SuppressMessage("KMemcg.Locking", "KM0110", Justification = "returns locked")]
            private static void Justified() { }
        }
        """);

    [Test]
    public Task The_order_of_a_lock_names_locks() => Analysis.Check("KM0", """
        public static unsafe class test_c
        {
            public struct pair
            {
                [LockOrder("pair.third")] public spinlock_t first; // expect: KM0001
                [LockOrder("", "pair.number")] public spinlock_t second; // expect: KM0001
                public int number;
            }

            public struct chain
            {
                [LockOrder("chain.inner")] public spinlock_t outer;
                [LockOrder("", after: "chain.outer")] public spinlock_t inner;
            }

            private static void nest(chain* c)
            {
                spin_lock(&c->outer);
                spin_lock(&c->inner);
                spin_unlock(&c->inner);
                spin_unlock(&c->outer);
            }

            private static void turned(chain* c)
            {
                spin_lock(&c->inner);
                spin_lock(&c->outer); // expect: KM0604
                spin_unlock(&c->outer);
                spin_unlock(&c->inner);
            }
        }
        """);

    [Test]
    public Task An_escape_from_the_order_of_locks_hides_an_order() => Analysis.Check("KM0005", """
        public static unsafe class mm_test_c
        {
            private static void usual(mm_struct* mm)
            {
                mutex_lock(cgroup_mutex);
                down_write(&mm->mmap_lock);
                up_write(&mm->mmap_lock);
                mutex_unlock(cgroup_mutex);
            }

            [ContextUnsafe("nobody else is there yet", Rule = "KM0601")]
            private static void boot(mm_struct* mm)
            {
                down_write(&mm->mmap_lock);
                mutex_lock(cgroup_mutex);
                mutex_unlock(cgroup_mutex);
                up_write(&mm->mmap_lock);
            }

            [ContextUnsafe("it took them the other way round once", Rule = "KM0601")] // expect: KM0005
            private static void stale(mm_struct* mm)
            {
                usual(mm);
            }
        }
        """);

    [Test]
    public async Task Without_the_annotations_nothing_is_looked_at()
    {
        var found = await Analysis.Run(Kernel.CompileAlone(Kernel.Parse("""
            public static class Program
            {
                private static readonly object Gate = new();

                public static void Main()
                {
                    lock (Gate)
                        throw new System.Exception();
                }
            }
            """)));
        Assert.That(found, Is.Empty);
    }
}
