// SPDX-License-Identifier: GPL-2.0-only
// Correct: a lock that is tried is held where the answer was yes, whatever shape the test has.
namespace Linux;

public static unsafe partial class trylock_c
{
    private static bool try_and_return(list_lru_one* l)
    {
        if (!spin_trylock(&l->@lock))
            return false;
        l->nr_items++;
        spin_unlock(&l->@lock);
        return true;
    }

    private static void try_in_then(list_lru_one* l)
    {
        if (spin_trylock(&l->@lock))
        {
            l->nr_items++;
            spin_unlock(&l->@lock);
        }
    }

    private static void try_or_lock(list_lru_one* l)
    {
        if (!spin_trylock(&l->@lock))
            spin_lock(&l->@lock);
        l->nr_items++;
        spin_unlock(&l->@lock);
    }

    private static void stored(list_lru_one* l)
    {
        bool locked = spin_trylock(&l->@lock);

        if (locked)
        {
            l->nr_items--;
            spin_unlock(&l->@lock);
        }
    }

    private static int stored_and_tested_twice(list_lru_one* l, int n)
    {
        bool locked = spin_trylock(&l->@lock);

        if (locked)
            l->nr_items += n;
        n = n * 2;
        if (locked)
            spin_unlock(&l->@lock);
        return n;
    }

    private static int stored_negated(list_lru_one* l)
    {
        bool contended = !spin_trylock(&l->@lock);

        if (contended)
            return -EAGAIN;
        l->nr_items++;
        spin_unlock(&l->@lock);
        return 0;
    }

    private static void compared_with_false(list_lru_one* l)
    {
        if (spin_trylock(&l->@lock) == false)
            return;
        l->nr_items++;
        spin_unlock(&l->@lock);
    }

    private static void and_also(list_lru_one* l, bool wanted)
    {
        if (wanted && spin_trylock(&l->@lock))
        {
            l->nr_items++;
            spin_unlock(&l->@lock);
        }
    }

    private static void not_wanted_or_not_locked(list_lru_one* l, bool wanted)
    {
        if (!wanted || !spin_trylock(&l->@lock))
            return;
        l->nr_items++;
        spin_unlock(&l->@lock);
    }

    private static void two_tries(list_lru_one* a, swap_cluster_info* b)
    {
        if (!spin_trylock(&a->@lock))
            return;
        if (!spin_trylock(&b->@lock))
        {
            spin_unlock(&a->@lock);
            return;
        }
        a->nr_items++;
        b->count++;
        spin_unlock(&b->@lock);
        spin_unlock(&a->@lock);
    }

    private static void spin_until_locked(list_lru_one* l)
    {
        while (!spin_trylock(&l->@lock))
            cpu_relax();
        l->nr_items = 0;
        spin_unlock(&l->@lock);
    }

    private static int killable(mem_cgroup* memcg)
    {
        if (mutex_lock_killable(&memcg->flush_lock) != 0)
            return -EINTR;
        memcg->flushed_at = jiffies;
        mutex_unlock(&memcg->flush_lock);
        return 0;
    }

    private static int killable_stored(mem_cgroup* memcg)
    {
        int ret;

        ret = mutex_lock_interruptible(&memcg->flush_lock);
        if (ret != 0)
            return ret;
        memcg->flushed_at = jiffies;
        mutex_unlock(&memcg->flush_lock);
        return ret;
    }

    private static bool by_ternary(list_lru_one* l, bool wait)
    {
        bool locked = wait ? spin_trylock(&l->@lock) : false;

        if (!locked)
            return false;
        l->nr_items++;
        spin_unlock(&l->@lock);
        return true;
    }

    [TryAcquires(Result.True, "l->@lock"), PreemptAdjust(1)]
    private static bool passes_the_answer_on(list_lru_one* l) => spin_trylock(&l->@lock);

    [TryAcquires(Result.Zero, "l->@lock"), PreemptAdjust(1)]
    private static int answers_with_an_errno(list_lru_one* l)
    {
        if (!spin_trylock(&l->@lock))
            return -EBUSY;
        if (l->nr_items == 0)
        {
            spin_unlock(&l->@lock);
            return -ENOENT;
        }
        return 0;
    }

    private static void uses_the_errno(list_lru_one* l)
    {
        int err = answers_with_an_errno(l);

        if (err < 0)
            return;
        l->nr_items--;
        spin_unlock(&l->@lock);
    }

    private static bool stock_is_tried_only(uint nr_pages)
    {
        memcg_stock_pcp* stock;
        bool ret = false;

        if (!local_trylock(lock_of(memcg_stock)))
            return ret;
        stock = this_cpu_ptr(memcg_stock);
        if (stock->nr_pages >= nr_pages)
        {
            stock->nr_pages -= nr_pages;
            ret = true;
        }
        local_unlock(lock_of(memcg_stock));
        return ret;
    }
}
