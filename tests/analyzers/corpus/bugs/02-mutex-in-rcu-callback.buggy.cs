// SPDX-License-Identifier: GPL-2.0-only
// Bug 2: commit 200867af4ded, mm/zswap.c. Rule: KM0201 (sleep in atomic context).
//
// A zswap pool was destroyed by the callback of call_rcu. Such callbacks run in the softirq, and destroying a pool removes a
// CPU hotplug instance and a slab cache: both take mutexes. The machine said "scheduling while atomic".
namespace Linux;

public unsafe struct zswap_pool
{
    public kref kref;
    public rcu_head rcu_head;
    public zpool* zpool;
}

public static unsafe partial class mm_zswap_c
{
    private static void zswap_pool_destroy(zswap_pool* pool)
    {
        cpuhp_state_remove_instance(pool); // takes cpuhp_mutex
        zpool_destroy_pool(pool->zpool);
        kfree(pool);
    }

    [SoftIrqContext]
    private static void __zswap_pool_release(rcu_head* head)
    {
        zswap_pool* pool = container_of<zswap_pool>(head, &((zswap_pool*)nowhere)->rcu_head);

        zswap_pool_destroy(pool); // expect: KM0201
    }

    private static void __zswap_pool_empty(zswap_pool* pool)
    {
        call_rcu(&pool->rcu_head, &__zswap_pool_release);
    }
}
