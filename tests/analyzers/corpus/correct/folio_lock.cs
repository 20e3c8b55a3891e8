// SPDX-License-Identifier: GPL-2.0-only
// Correct: a folio's lock, which is a bit of its flags and goes from hand to hand.
namespace Linux;

public static unsafe partial class folio_lock_c
{
    private const int ACTIVATE = 0x80000;
    private const int FGP_LOCK = 2;
    private const int FGP_CREAT = 4;

    private enum pageout_t
    {
        PAGE_KEEP,
        PAGE_ACTIVATE,
        PAGE_SUCCESS,
    }

    [AcquiresReturn("PG_locked", When = "flags", Mask = FGP_LOCK)]
    private static folio* find(address_space* mapping, int flags)
    {
        folio* folio = look_up(mapping);

        if (folio == null)
            return (folio*)ERR_PTR(-2);
        if ((flags & FGP_LOCK) != 0)
            folio_lock(folio);
        return folio;
    }

    private static folio* look_up(address_space* mapping) => null;

    private static int found_locked(address_space* mapping)
    {
        folio* folio = find(mapping, FGP_LOCK | FGP_CREAT);

        if (IS_ERR(folio))
            return -2;
        folio->index++;
        folio_unlock(folio);
        return 0;
    }

    private static ulong found_unlocked(address_space* mapping)
    {
        folio* folio = find(mapping, FGP_CREAT);

        return IS_ERR(folio) ? 0 : folio->index;
    }

    [TryAcquires(Result.Zero, "*foliop->PG_locked", OrNull = true)]
    private static int get_folio(address_space* mapping, folio** foliop, bool hole)
    {
        folio* folio = look_up(mapping);

        *foliop = null;
        if (folio == null)
            return hole ? 0 : -2;
        folio_lock(folio);
        *foliop = folio;
        return 0;
    }

    private static int a_hole_has_none(address_space* mapping)
    {
        folio* folio = null;

        int err = get_folio(mapping, &folio, true);
        if (err != 0)
            return err;
        if (folio != null)
            folio_unlock(folio);
        return 0;
    }

    [TryReleases(Result.OtherThanValue, "folio->PG_locked", Value = ACTIVATE)]
    private static int writeout(folio* folio, bool full)
    {
        if (full)
            return ACTIVATE;
        folio_unlock(folio);
        return 0;
    }

    [TryReleases(Result.Value, "folio->PG_locked", Value = (long)pageout_t.PAGE_SUCCESS)]
    private static pageout_t pageout(folio* folio, bool full)
    {
        if (folio->index == 0)
            return pageout_t.PAGE_KEEP;

        int res = writeout(folio, full);
        if (res == ACTIVATE)
            return pageout_t.PAGE_ACTIVATE;
        return pageout_t.PAGE_SUCCESS;
    }

    private static void by_what_became_of_it(folio* folio, bool full)
    {
        folio_lock(folio);
        switch (pageout(folio, full))
        {
            case pageout_t.PAGE_KEEP:
            case pageout_t.PAGE_ACTIVATE:
                break;
            case pageout_t.PAGE_SUCCESS:
                return;
        }

        folio_unlock(folio);
    }

    [Releases("folio->PG_locked", Later = true)]
    private static void begins_to_read(folio* folio, bool cached)
    {
        if (cached)
        {
            folio_unlock(folio);
            return;
        }

        submit(folio);
    }

    private static void submit(folio* folio)
    {
    }

    [AssumesHeld("folio.PG_locked")]
    private static void ends_of_reads(folio** folios, int n)
    {
        for (int i = 0; i < n; i++)
            folio_unlock(folios[i]);
    }

    [AssumesHeld("folio.PG_locked")]
    private static int locks_a_batch(folio** folios, int n)
    {
        int locked = 0;

        for (int i = 0; i < n; i++)
        {
            if (folio_trylock(folios[i]))
                locked++;
        }

        return locked;
    }

    private static void unlocks_a_batch(folio** folios, int n)
    {
        int locked = locks_a_batch(folios, n);

        for (int i = 0; i < locked; i++)
            folio_unlock(folios[i]);
    }

    [TryAcquires(Result.True, "return->PG_locked", By = "allocated")]
    private static folio* cached_or_new(address_space* mapping, bool* allocated)
    {
        folio* folio = look_up(mapping);

        *allocated = false;
        if (folio->index == 0)
        {
            folio_lock(folio);
            *allocated = true;
        }

        return folio;
    }

    private static folio* reads_if_new(address_space* mapping)
    {
        bool allocated;
        folio* folio = cached_or_new(mapping, &allocated);

        if (allocated)
            begins_to_read(folio, false);
        return folio;
    }
}
