// SPDX-License-Identifier: GPL-2.0-only
// Correct: allocations with a mask that fits where they are made.
namespace Linux;

public static unsafe partial class gfp_c
{
    private static void* kernel_in_task_context() => kmalloc(64, GFP_KERNEL);

    private static void* nowait_under_a_spinlock(list_lru_one* l)
    {
        void* p;

        spin_lock(&l->@lock);
        p = kmalloc(64, GFP_NOWAIT);
        spin_unlock(&l->@lock);
        return p;
    }

    private static void* atomic_with_irqs_off(xarray* xa)
    {
        void* p;

        xa_lock_irq(xa);
        p = kmalloc(64, GFP_ATOMIC | __GFP_ZERO);
        xa_unlock_irq(xa);
        return p;
    }

    private static void* masked_out(list_lru_one* l)
    {
        void* p;

        spin_lock(&l->@lock);
        p = kmalloc(64, GFP_KERNEL & ~__GFP_DIRECT_RECLAIM);
        spin_unlock(&l->@lock);
        return p;
    }

    private static void* kernel_under_a_mutex(mem_cgroup* memcg)
    {
        void* p;

        mutex_lock(&memcg->flush_lock);
        p = kmalloc(64, GFP_KERNEL);
        mutex_unlock(&memcg->flush_lock);
        return p;
    }

    [MightSleepIf("gfp")]
    private static void* passes_the_mask_on(ulong size, gfp_t gfp) => kmalloc(size, gfp);

    private static void passes_a_mask_that_fits(list_lru_one* l)
    {
        spin_lock(&l->@lock);
        kfree(passes_the_mask_on(8, GFP_NOWAIT));
        spin_unlock(&l->@lock);
        kfree(passes_the_mask_on(8, GFP_KERNEL));
    }

    private static void* in_a_local(list_lru_one* l)
    {
        gfp_t gfp = GFP_ATOMIC;
        void* p;

        spin_lock(&l->@lock);
        p = kmalloc(8, gfp);
        spin_unlock(&l->@lock);
        return p;
    }

    private static int preloads(idr* idr, mem_cgroup* memcg)
    {
        int id;

        idr_preload(GFP_KERNEL);
        id = idr_alloc(idr, memcg, 1, 2, GFP_NOWAIT);
        idr_preload_end();
        return id;
    }

    [MightSleepIf("gfp")]
    private static int sleeps_if_it_may(mem_cgroup* memcg, gfp_t gfp)
    {
        if (!gfpflags_allow_blocking(gfp))
            return -ENOMEM;
        return try_to_free_mem_cgroup_pages(memcg, 32, gfp) != 0 ? 0 : -ENOMEM;
    }

    [AtomicContext]
    private static void* always_atomic() => kmalloc(8, GFP_ATOMIC);

    [SoftIrqContext]
    private static void* in_a_softirq() => kmalloc(8, GFP_NOWAIT);
}
