// SPDX-License-Identifier: GPL-2.0-only
// Correct: whether a lock is taken is an argument, a flag or a pointer, and the same one decides about the unlock.
namespace Linux;

public static unsafe partial class conditional_c
{
    private static void by_argument(list_lru_one* l, bool take)
    {
        if (take)
            spin_lock(&l->@lock);
        cpu_relax();
        if (take)
            spin_unlock(&l->@lock);
    }

    private static void by_negated_argument(list_lru_one* l, bool have)
    {
        if (!have)
            spin_lock(&l->@lock);
        cpu_relax();
        if (!have)
            spin_unlock(&l->@lock);
    }

    private static void irq_or_not(list_lru_one* l, bool irq)
    {
        if (irq)
            spin_lock_irq(&l->@lock);
        else
            spin_lock(&l->@lock);
        l->nr_items++;
        if (irq)
            spin_unlock_irq(&l->@lock);
        else
            spin_unlock(&l->@lock);
    }

    private static void irq_by_helper(list_lru_one* l, bool irq)
    {
        lock_list_lru(l, irq);
        l->nr_items++;
        unlock_list_lru(l, irq);
    }

    private static void irq_by_constant(list_lru_one* l)
    {
        lock_list_lru(l, true);
        l->nr_items++;
        unlock_list_lru(l, true);
    }

    private static void plain_by_constant(list_lru_one* l)
    {
        lock_list_lru(l, false);
        l->nr_items++;
        unlock_list_lru(l, false);
    }

    private static void if_not_null(list_lru_one* l)
    {
        if (l != null)
            spin_lock(&l->@lock);
        cpu_relax();
        if (l != null)
            spin_unlock(&l->@lock);
    }

    private static void by_flag_in_a_local(mem_cgroup* memcg, gfp_t gfp)
    {
        bool blocking = gfpflags_allow_blocking(gfp);

        if (blocking)
            mutex_lock(&memcg->flush_lock);
        cpu_relax();
        if (blocking)
            mutex_unlock(&memcg->flush_lock);
    }

    private static ulong returned_locked_if_found(swap_info_struct* si, list_head* list)
    {
        swap_cluster_info* ci;
        ulong found = 0;

        ci = isolate_lock_cluster(si, list);
        if (ci == null)
            return found;
        found = ci->count;
        swap_cluster_unlock(ci);
        return found;
    }

    private static void until_none_is_found(swap_info_struct* si, list_head* list)
    {
        swap_cluster_info* ci;

        while ((ci = isolate_lock_cluster(si, list)) != null)
        {
            ci->count = 0;
            swap_cluster_unlock(ci);
        }
    }

    private static bool pte_or_nothing(mm_struct* mm, ulong* pmd, ulong addr)
    {
        spinlock_t* ptl;
        ulong* pte;

        pte = pte_offset_map_lock(mm, pmd, addr, &ptl);
        if (pte == null)
            return false;
        *pte = 0;
        pte_unmap_unlock(pte, ptl);
        return true;
    }

    private static void unlocks_what_it_locked(list_lru_one* l, bool nested)
    {
        spinlock_t* held = null;

        if (!nested)
        {
            held = &l->@lock;
            spin_lock(held);
        }
        cpu_relax();
        if (held != null)
            spin_unlock(held);
    }
}
