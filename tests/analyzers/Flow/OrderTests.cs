// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Analyzers.Tests.Harness;

namespace KMemcg.Analyzers.Tests.Flow;

/// <summary>Which lock is taken inside which.</summary>
internal sealed class OrderTests
{
    [Test]
    public Task A_lock_that_is_declared_to_be_taken_by_handlers_waits_for_none_that_they_interrupt() => Analysis.Check("KM06", """
        public struct holder
        {
            [LockClass(HardIrq = true)] public spinlock_t outer;
            public spinlock_t inner;
            public spinlock_t quiet;
            public spinlock_t unknown;
        }

        public static unsafe class mm_test_c
        {
            private static void Both(holder* h, obj_cgroup* objcg)
            {
                spin_lock_irq(&h->outer);
                spin_lock(&h->inner); // expect: KM0603
                spin_unlock(&h->inner);
                spin_lock(&h->quiet);
                spin_unlock(&h->quiet);
                spin_lock(&h->unknown);
                spin_unlock(&h->unknown);
                local_lock(lock_of(obj_stock));
                local_unlock(lock_of(obj_stock));
                spin_unlock_irq(&h->outer);
            }

            private static void Sleeps(holder* h)
            {
                msleep(1);
                spin_lock(&h->inner);
                spin_unlock(&h->inner);
                spin_lock_irq(&h->quiet);
                spin_unlock_irq(&h->quiet);
                local_lock(lock_of(obj_stock));
                local_unlock(lock_of(obj_stock));
            }

            // Nobody knows who calls it.
            private static void Called(holder* h)
            {
                spin_lock(&h->unknown);
                spin_unlock(&h->unknown);
            }
        }
        """);
}
