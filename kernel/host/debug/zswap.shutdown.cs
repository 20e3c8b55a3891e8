// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

// The end of a machine: zswap is built in, in Linux nothing unloads it.
public static unsafe partial class mm_zswap_c
{
    /// <summary>Gives back what zswap_setup() took; after swapoff, when nothing is stored any more.</summary>
    internal static void zswap_exit()
    {
        if (zswap_init_state != ZSWAP_INIT_SUCCEED)
            return;

        zswap_enabled = false;
        if (zswap_has_pool)
        {
            spin_lock_bh(zswap_pools_lock);
            zswap_pool* pool = zswap_pool_current();
            list_del_rcu(&pool->list);
            zswap_has_pool = false;
            spin_unlock_bh(zswap_pools_lock);
            percpu_ref_exit(&pool->@ref);
            zswap_pool_destroy(pool);
        }
        shrinker_free(zswap_shrinker);
        list_lru_destroy(zswap_list_lru);
        destroy_workqueue(shrink_wq);
        kmem_cache_destroy(zswap_entry_cache);
        zswap_init_state = ZSWAP_UNINIT;
    }
}
