// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Analyzers.Tests.Harness;

namespace KMemcg.Analyzers.Tests.Flow;

/// <summary>Locks that depend on a flag, on a value, on what was written; and such as are dropped later. What is right of them is in corpus/correct/folio_lock.cs.</summary>
internal sealed class FolioLockTests
{
    [Test]
    public Task A_mask_tells_whether_it_comes_locked() => Analysis.Check("KM01", """
        public static unsafe class mm_test_c
        {
            [AcquiresReturn("PG_locked", When = "flags", Mask = 2)]
            private static folio* find(int flags) => null;

            private static void Bad()
            {
                folio* locked = find(2 | 4);
                if (IS_ERR(locked))
                    return;
                locked->index++;
            } // expect: KM0110

            private static void NotHeld()
            {
                folio* folio = find(4);
                folio_unlock(folio); // expect: KM0113
            }
        }
        """);

    [Test]
    public Task A_value_tells_whether_it_is_still_locked() => Analysis.Check("KM01", """
        public static unsafe class mm_test_c
        {
            [TryReleases(Result.OtherThanValue, "folio->PG_locked", Value = 0x80000)]
            private static int writeout(folio* folio) => 0;

            private static void Kept(folio* folio)
            {
                folio_lock(folio);
                if (writeout(folio) == 0x80000)
                    return; // expect: KM0110
            }

            private static void Dropped(folio* folio)
            {
                folio_lock(folio);
                if (writeout(folio) != 0x80000)
                    folio_unlock(folio); // expect: KM0113
                else
                    folio_unlock(folio);
            }
        }
        """);

    [Test]
    public Task What_was_written_tells_whether_it_was_taken() => Analysis.Check("KM01", """
        public static unsafe class mm_test_c
        {
            [TryAcquires(Result.True, "return->PG_locked", By = "allocated")]
            private static folio* read(bool* allocated) => null;

            private static void Bad()
            {
                bool allocated;
                folio* folio = read(&allocated);
                if (!allocated)
                    folio_unlock(folio); // expect: KM0113
                else
                    folio_unlock(folio);
            }

            private static void Kept()
            {
                bool allocated;
                read(&allocated);
                if (allocated)
                    return; // expect: KM0110
            }
        }
        """);

    [Test]
    public Task Who_gives_a_lock_away_has_it_no_more() => Analysis.Check("KM01", """
        public static unsafe class mm_test_c
        {
            [Releases("folio->PG_locked", Later = true)]
            private static void reads(folio* folio)
            {
            }

            [MustHold("folio->PG_locked")]
            private static void fills(folio* folio)
            {
            }

            private static void Bad(folio* folio)
            {
                folio_lock(folio);
                reads(folio);
                fills(folio); // expect: KM0103
            }
        }
        """);

    [Test]
    public Task The_lock_is_one_that_sleeps() => Analysis.Check("KM02", """
        public static unsafe class mm_test_c
        {
            private static void Bad(folio* folio, list_lru_one* l)
            {
                spin_lock(&l->@lock);
                folio_lock(folio); // expect: KM0201
                spin_unlock(&l->@lock);
            }

            private static void Good(folio* folio)
            {
                folio_lock(folio);
                schedule();
                folio_unlock(folio);
            }
        }
        """);

    [Test]
    public Task What_the_attributes_name_is_there() => Analysis.Check("KM0001", """
        public static unsafe class mm_test_c
        {
            [AcquiresReturn("PG_locked", When = "flag")] // expect: KM0001
            private static folio* Find(int flags) => null;

            [TryAcquires(Result.True, "return->PG_locked", By = "done")] // expect: KM0001
            private static folio* Read(bool* allocated) => null;

            [TryReleases(Result.Value, "folio->PG_locked", Value = 2)] // expect: KM0001
            private static folio* Write(folio* folio) => null;
        }
        """);
}
