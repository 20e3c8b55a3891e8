// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Analyzers.Tests.Harness;

namespace KMemcg.Analyzers.Tests.Flow;

/// <summary>What callers are not to hold, and addresses that leave a lock.</summary>
internal sealed class LockTests
{
    [Test]
    public Task A_class_is_excluded_whatever_object_it_is_of() => Analysis.Check("KM01", """
        public struct holder
        {
            public spinlock_t first;
            public spinlock_t second;
        }

        public static unsafe class mm_test_c
        {
            [Excludes("holder.first")] private static void find(int nr) { }

            private static void Bad(holder* h)
            {
                spin_lock(&h->first);
                find(1); // expect: KM0104
                spin_unlock(&h->first);
            }

            private static void Good(holder* h)
            {
                find(1);
                spin_lock(&h->second);
                find(2);
                spin_unlock(&h->second);
            }
        }
        """);

    [Test]
    public Task One_that_may_be_held_does_not_hide_one_that_is() => Analysis.Check("KM01", """
        public struct holder
        {
            public spinlock_t first;
            public spinlock_t second;
        }

        public static unsafe class mm_test_c
        {
            [Excludes("holder.first")] private static void find(int nr) { }

            [MustHoldAny("h->first", "h->second")]
            private static void Good(holder* h) => find(1);

            [MustHoldAny("h->first", "h->second")]
            private static void Bad(holder* h, holder* other)
            {
                spin_lock(&other->first);
                find(1); // expect: KM0104
                spin_unlock(&other->first);
            }
        }
        """);

    [Test]
    public Task An_address_is_returned_under_one_of_the_locks() => Analysis.Check("KM01", """
        public struct holder
        {
            public spinlock_t first;
            public spinlock_t second;
            [GuardedByAny("this->first", "this->second")] public int count;
        }

        public static unsafe class mm_test_c
        {
            [MustHold("h->second")] private static int* Good(holder* h) => &h->count;

            private static int* Bad(holder* h) => &h->count; // expect: KM0106
        }
        """);
}
