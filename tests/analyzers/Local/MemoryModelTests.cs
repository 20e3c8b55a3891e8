// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Analyzers.Tests.Harness;

namespace KMemcg.Analyzers.Tests.Local;

internal sealed class MemoryModelTests
{
    [Test]
    public Task A_marked_field_is_read_and_written_through_accessors() => Analysis.Check("KM070", """
        public unsafe struct slot
        {
            [Marked] public ulong high;
            [Marked] public slot* next;
            [Marked] public fixed byte counts[8];
            public ulong quiet;
        }

        public static unsafe class mm_test_c
        {
            private static ulong Bad(slot* s, slot v, ref slot r)
            {
                ulong x = s->high; // expect: KM0701
                s->high = 3; // expect: KM0701
                x += v.high; // expect: KM0701
                x += (*s).high; // expect: KM0701
                x += s[1].high; // expect: KM0701
                r.high = 1; // expect: KM0701
                x += s->counts[2]; // expect: KM0701
                s->counts[2] = 1; // expect: KM0701
                s->next->quiet = 1; // expect: KM0701
                if (s->next == null) // expect: KM0701
                    return 0;
                return x + (ulong)sizeof(slot);
            }

            private static ulong Good(slot* s, ref slot r)
            {
                byte* counts = s->counts;
                WRITE_ONCE(&s->high, READ_ONCE(&s->next) == null ? 1UL : 2);
                WRITE_ONCE(&s->counts[1], (byte)2);
                s->quiet = data_race(s->high); // somebody else's high is as good
                xchg(&s->next, null);
                _ = nameof(slot.high);
                System.Threading.Volatile.Write(ref r.high, 4);
                return READ_ONCE(&s->high) + READ_ONCE(&counts[1]) + s->quiet;
            }

            [Benign("a hint: an old value costs one more round")]
            private static ulong Hint(slot* s) => s->high;
        }
        """);

    [Test]
    public Task A_change_of_a_marked_field_is_atomic() => Analysis.Check("KM0704", """
        public unsafe struct slot
        {
            [Marked] public ulong count;
            [WriteGuardedBy("this->@lock")] public ulong owned;
            public spinlock_t @lock;
        }

        public static unsafe class mm_test_c
        {
            private static void Bad(slot* s)
            {
                s->count++; // expect: KM0704
                --s->count; // expect: KM0704
                s->count += 2; // expect: KM0704
                WRITE_ONCE(&s->count, READ_ONCE(&s->count) + 1); // expect: KM0704
            }

            private static void Good(slot* s)
            {
                ulong old = READ_ONCE(&s->count);
                cmpxchg(&s->count, old, old + 1);
                WRITE_ONCE(&s->count, min(old, 3));
                WRITE_ONCE(&s->owned, READ_ONCE(&s->owned) + 1);
                System.Threading.Interlocked.Increment(ref s->count);
            }
        }
        """);

    [Test]
    public Task A_field_that_is_written_under_a_lock_is_written_at_once() => Analysis.Check("KM0701", """
        public unsafe struct slot
        {
            [WriteGuardedBy("this->@lock")] public ulong flags;
            public spinlock_t @lock;
        }

        public static unsafe class mm_test_c
        {
            private static void Write(slot* s)
            {
                spin_lock(&s->@lock);
                s->flags |= 1; // expect: KM0701
                WRITE_ONCE(&s->flags, s->flags | 2);
                spin_unlock(&s->@lock);
            }
        }
        """);

    [Test]
    public Task A_marked_field_is_a_word_in_its_place() => Analysis.Check("KM0703", """
        public struct pair
        {
            public ulong a, b;
        }

        public struct three
        {
            public byte a, b, c;
        }

        [StructLayout(LayoutKind.Sequential, Pack = 1)]
        public unsafe struct slot
        {
            [Marked] public byte one;
            [Marked] public ulong unaligned; // expect: KM0703
            [Marked] public pair two_words; // expect: KM0703
            [Marked] public three odd; // expect: KM0703
        }

        public unsafe struct good
        {
            [Marked] public byte one;
            [Marked] public ulong word;
            [Marked] public good* pointer;
            [Marked] public fixed byte bytes[7];
        }
        """);

    [Test]
    public Task A_barrier_names_its_pair() => Analysis.Check("KM0705", """
        public static unsafe class mm_test_c
        {
            private static void Bad(ulong* p)
            {
                WRITE_ONCE(p, 1UL);
                smp_wmb(); // expect: KM0705
                WRITE_ONCE(p + 1, data_race(*p)); // expect: KM0705
            }

            private static void Good(ulong* p)
            {
                WRITE_ONCE(p, 1UL);
                // Pairs with the smp_rmb of the reader.
                smp_wmb();
                WRITE_ONCE(p + 1, data_race(*p)); /* any value will do */
                smp_mb(); // after the store, before the look at the queue: as in waitqueue_active
            }

            [Barrier]
            private static void smp_mb__after_something() => smp_mb();
        }
        """);
}
