// SPDX-License-Identifier: GPL-2.0-only
// Bug 2, fixed: commit 200867af4ded. The last reference queues work: a worker may sleep, so it waits for the grace period
// itself and then destroys the pool.
namespace Linux;

public unsafe struct zswap_pool
{
    public kref kref;
    public work_struct release_work;
    public zpool* zpool;
}

public static unsafe partial class mm_zswap_c
{
    private static void zswap_pool_destroy(zswap_pool* pool)
    {
        cpuhp_state_remove_instance(pool);
        zpool_destroy_pool(pool->zpool);
        kfree(pool);
    }

    private static void __zswap_pool_release(work_struct* work)
    {
        zswap_pool* pool = container_of<zswap_pool>(work, &((zswap_pool*)nowhere)->release_work);

        synchronize_rcu();
        zswap_pool_destroy(pool);
    }

    private static void __zswap_pool_empty(zswap_pool* pool)
    {
        INIT_WORK(&pool->release_work, &__zswap_pool_release);
        schedule_work(&pool->release_work);
    }
}
