// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Analyzers.Tests.Harness;

namespace KMemcg.Analyzers.Tests.Local;

internal sealed class LockValueTests
{
    [Test]
    public Task A_lock_and_what_has_one_are_not_copied() => Analysis.Check("KM0120", """
        public struct holder
        {
            public spinlock_t @lock;
            public int value;
        }

        public struct free_of_locks
        {
            public int value;
        }

        public static unsafe class mm_test_c
        {
            private static void Bad(holder* h, holder* other, ref holder r)
            {
                holder copy = *h; // expect: KM0120
                *h = *other; // expect: KM0120
                *h = r; // expect: KM0120
                h->@lock = other->@lock; // expect: KM0120
                ByValue(h[1]); // expect: KM0120
                object boxed = copy; // expect: KM0120
            }

            private static void ByValue(holder h) { } // expect: KM0120

            private static holder Return(holder* h) => *h; // expect: KM0120

            private static void Good(holder* h, ref holder r, free_of_locks* f)
            {
                *h = default;
                r = new holder { value = 1 };
                free_of_locks copy = *f;
                ref holder same = ref *h;
                spin_lock_init(&h->@lock);
                ByReference(ref same, in r, out _);
                void* p = stackalloc holder[2];
                int v = h->value + copy.value;
            }

            private static void ByReference(ref holder a, in holder b, out holder c) => c = default;

            private static ref holder Where(holder* h) => ref *h;
        }
        """);

    [Test]
    public Task A_new_object_has_no_locks_before_they_are_made() => Analysis.Check("KM0121", """
        public unsafe struct holder
        {
            public spinlock_t @lock;
            public mutex mutex;
            public holder* next;
        }

        public static unsafe class mm_test_c
        {
            private static holder* Bad()
            {
                holder* h = (holder*)kzalloc((ulong)sizeof(holder), GFP_KERNEL);

                if (h == null)
                    return null;
                spin_lock(&h->@lock); // expect: KM0121
                h->next = null;
                spin_unlock(&h->@lock);
                return h;
            }

            private static holder* BadMutex()
            {
                holder* h;

                h = (holder*)kmalloc((ulong)sizeof(holder), GFP_KERNEL);
                mutex_lock(&h->mutex); // expect: KM0121
                mutex_unlock(&h->mutex);
                mutex_init(&h->mutex);
                return h;
            }

            private static holder* Good(holder* parent)
            {
                holder* h = (holder*)kzalloc((ulong)sizeof(holder), GFP_KERNEL);

                if (h == null)
                    return null;
                spin_lock_init(&h->@lock);
                spin_lock(&parent->@lock);
                h->next = parent;
                spin_unlock(&parent->@lock);
                spin_lock(&h->@lock);
                spin_unlock(&h->@lock);
                return h;
            }

            private static holder* MadeElsewhere()
            {
                holder* h = (holder*)kzalloc((ulong)sizeof(holder), GFP_KERNEL);

                init(h);
                spin_lock(&h->@lock);
                spin_unlock(&h->@lock);
                return h;
            }

            private static void init(holder* h) => spin_lock_init(&h->@lock);
        }
        """);
}
