// SPDX-License-Identifier: GPL-2.0-only
// Correct: the host around the kernel may use finally; the lock is dropped whichever way out is taken.
namespace Linux;

[HostCode("stands for a test or a tool around the kernel")]
public static unsafe partial class exceptions_c
{
    private static void dropped_in_finally(list_lru_one* l)
    {
        spin_lock(&l->@lock);
        try
        {
            l->nr_items++;
        }
        finally
        {
            spin_unlock(&l->@lock);
        }
    }

    private static long returned_through_finally(list_lru_one* l)
    {
        spin_lock(&l->@lock);
        try
        {
            if (l->nr_items == 0)
                return 0;
            return l->nr_items;
        }
        finally
        {
            spin_unlock(&l->@lock);
        }
    }

    private static void two_finally(mem_cgroup* memcg, list_lru_one* l)
    {
        mutex_lock(&memcg->flush_lock);
        try
        {
            spin_lock(&l->@lock);
            try
            {
                l->nr_items = 0;
            }
            finally
            {
                spin_unlock(&l->@lock);
            }
            memcg->flushed_at = jiffies;
        }
        finally
        {
            mutex_unlock(&memcg->flush_lock);
        }
    }

    private static void loop_and_break_through_finally(list_lru_one* l)
    {
        for (int i = 0; i < 4; i++)
        {
            spin_lock(&l->@lock);
            try
            {
                if (l->nr_items == 0)
                    break;
                l->nr_items--;
            }
            finally
            {
                spin_unlock(&l->@lock);
            }
        }
    }
}
