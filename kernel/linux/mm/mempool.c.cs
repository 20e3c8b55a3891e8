// SPDX-License-Identifier: GPL-2.0-only

namespace Linux;

public static unsafe partial class mm_mempool_c
{
    [KernelSource("mm/mempool.c", "add_element", Parity.Full)]
    private static void add_element(mempool_t* pool, void* element)
    {
        BUG_ON(pool->min_nr != 0 && pool->curr_nr >= pool->min_nr);
        pool->elements[pool->curr_nr++] = element;
    }

    [KernelSource("mm/mempool.c", "remove_element", Parity.Full)]
    private static void* remove_element(mempool_t* pool)
    {
        void* element = pool->elements[--pool->curr_nr];

        BUG_ON(pool->curr_nr < 0);
        return element;
    }

    [KernelSource("mm/mempool.c", "mempool_exit", Parity.Full)]
    public static void mempool_exit(mempool_t* pool)
    {
        while (pool->curr_nr != 0)
        {
            void* element = remove_element(pool);
            pool->free(element, pool->pool_data);
        }
        kfree(pool->elements);
        pool->elements = null;
    }

    [KernelSource("mm/mempool.c", "mempool_destroy", Parity.Full)]
    public static void mempool_destroy(mempool_t* pool)
    {
        if (pool == null)
            return;

        mempool_exit(pool);
        kfree(pool);
    }

    [KernelSource("mm/mempool.c", "mempool_init_node", Parity.Full)]
    public static int mempool_init_node(mempool_t* pool, int min_nr, delegate*<gfp_t, void*, void*> alloc_fn,
                                        delegate*<void*, void*, void> free_fn, void* pool_data, gfp_t gfp_mask, int node_id)
    {
        spin_lock_init(&pool->@lock);
        pool->min_nr = min_nr;
        pool->pool_data = pool_data;
        pool->alloc = alloc_fn;
        pool->free = free_fn;
        init_waitqueue_head(&pool->wait);
        // A pool of none still keeps one for whoever waits.
        pool->elements = (void**)kmalloc_array_node((ulong)max(1, min_nr), (ulong)sizeof(void*), gfp_mask, node_id);
        if (pool->elements == null)
            return -ENOMEM;

        while (pool->curr_nr < max(1, pool->min_nr))
        {
            void* element = pool->alloc(gfp_mask, pool->pool_data);
            if (element == null)
            {
                mempool_exit(pool);
                return -ENOMEM;
            }
            add_element(pool, element);
        }

        return 0;
    }

    [KernelSource("mm/mempool.c", "mempool_init_noprof", Parity.Full)]
    public static int mempool_init(mempool_t* pool, int min_nr, delegate*<gfp_t, void*, void*> alloc_fn,
                                   delegate*<void*, void*, void> free_fn, void* pool_data) =>
        mempool_init_node(pool, min_nr, alloc_fn, free_fn, pool_data, GFP_KERNEL, NUMA_NO_NODE);

    [KernelSource("mm/mempool.c", "mempool_create_node_noprof", Parity.Full)]
    public static mempool_t* mempool_create_node(int min_nr, delegate*<gfp_t, void*, void*> alloc_fn,
                                                 delegate*<void*, void*, void> free_fn, void* pool_data, gfp_t gfp_mask, int node_id)
    {
        mempool_t* pool = (mempool_t*)kmalloc_node((ulong)sizeof(mempool_t), gfp_mask | __GFP_ZERO, node_id);
        if (pool == null)
            return null;

        if (mempool_init_node(pool, min_nr, alloc_fn, free_fn, pool_data, gfp_mask, node_id) != 0)
        {
            kfree(pool);
            return null;
        }

        return pool;
    }

    [KernelSource("include/linux/mempool.h", "mempool_create", Parity.Full)]
    public static mempool_t* mempool_create(int min_nr, delegate*<gfp_t, void*, void*> alloc_fn,
                                            delegate*<void*, void*, void> free_fn, void* pool_data) =>
        mempool_create_node(min_nr, alloc_fn, free_fn, pool_data, GFP_KERNEL, NUMA_NO_NODE);

    /// <summary>Never fails for a caller that may sleep.</summary>
    [KernelSource("mm/mempool.c", "mempool_alloc_noprof", Parity.Full)]
    [MightSleepIf("gfp_mask")]
    public static void* mempool_alloc(mempool_t* pool, gfp_t gfp_mask)
    {
        void* element;
        wait_queue_entry wait;

        VM_WARN_ON_ONCE((gfp_mask & __GFP_ZERO) != 0);
        might_alloc(gfp_mask);

        gfp_mask |= __GFP_NOMEMALLOC; // the pool is the reserve
        gfp_mask |= __GFP_NORETRY;
        gfp_mask |= __GFP_NOWARN;

        gfp_t gfp_temp = gfp_mask & ~(__GFP_DIRECT_RECLAIM | __GFP_IO);

    repeat_alloc:

        element = pool->alloc(gfp_temp, pool->pool_data);
        if (element != null)
            return element;

        spin_lock_irqsave(&pool->@lock, out IrqFlags flags);
        if (pool->curr_nr != 0)
        {
            element = remove_element(pool);
            spin_unlock_irqrestore(&pool->@lock, flags);
            // Whoever frees the element sees the count that this has lowered.
            smp_wmb();
            return element;
        }

        // The first round asked for little; the pool being empty, ask for more.
        if (gfp_temp != gfp_mask)
        {
            spin_unlock_irqrestore(&pool->@lock, flags);
            gfp_temp = gfp_mask;
            goto repeat_alloc;
        }

        if ((gfp_mask & __GFP_DIRECT_RECLAIM) == 0)
        {
            spin_unlock_irqrestore(&pool->@lock, flags);
            return null;
        }

        // Someone will return one.
        init_wait(&wait);
        prepare_to_wait(&pool->wait, &wait, (int)TASK_UNINTERRUPTIBLE);

        spin_unlock_irqrestore(&pool->@lock, flags);

        io_schedule_timeout(5 * HZ);

        finish_wait(&pool->wait, &wait);
        goto repeat_alloc;
    }

    [KernelSource("mm/mempool.c", "mempool_free", Parity.Full)]
    [Frees("element")]
    public static void mempool_free(void* element, mempool_t* pool)
    {
        IrqFlags flags;

        if (element == null)
            return;

        // The count read below is from after the element was taken.
        smp_rmb();

        // Refill first: while curr_nr plus the elements in use do not exceed min_nr, none may go elsewhere.
        if (READ_ONCE(&pool->curr_nr) < pool->min_nr)
        {
            spin_lock_irqsave(&pool->@lock, out flags);
            if (pool->curr_nr < pool->min_nr)
            {
                add_element(pool, element);
                spin_unlock_irqrestore(&pool->@lock, flags);
                if (wq_has_sleeper(&pool->wait))
                    wake_up(&pool->wait);
                return;
            }
            spin_unlock_irqrestore(&pool->@lock, flags);
        }

        // A pool of none: its one element is there for who waits.
        if (pool->min_nr == 0 && READ_ONCE(&pool->curr_nr) == 0)
        {
            spin_lock_irqsave(&pool->@lock, out flags);
            if (pool->curr_nr == 0)
            {
                add_element(pool, element);
                spin_unlock_irqrestore(&pool->@lock, flags);
                if (wq_has_sleeper(&pool->wait))
                    wake_up(&pool->wait);
                return;
            }
            spin_unlock_irqrestore(&pool->@lock, flags);
        }

        pool->free(element, pool->pool_data);
    }

    [KernelSource("mm/mempool.c", "mempool_alloc_slab", Parity.Full)]
    public static void* mempool_alloc_slab(gfp_t gfp_mask, void* pool_data)
    {
        kmem_cache* mem = (kmem_cache*)pool_data;

        VM_BUG_ON(mem->ctor != null);
        return kmem_cache_alloc_noprof(mem, gfp_mask);
    }

    [KernelSource("mm/mempool.c", "mempool_free_slab", Parity.Full)]
    public static void mempool_free_slab(void* element, void* pool_data) => kmem_cache_free((kmem_cache*)pool_data, element);

    [KernelSource("mm/mempool.c", "mempool_kmalloc", Parity.Full)]
    public static void* mempool_kmalloc(gfp_t gfp_mask, void* pool_data) => kmalloc_noprof((ulong)pool_data, gfp_mask);

    [KernelSource("mm/mempool.c", "mempool_kfree", Parity.Full)]
    public static void mempool_kfree(void* element, void* pool_data) => kfree(element);

    [KernelSource("mm/mempool.c", "mempool_alloc_pages", Parity.Full)]
    public static void* mempool_alloc_pages(gfp_t gfp_mask, void* pool_data) => alloc_pages_noprof(gfp_mask, (uint)(long)pool_data);

    [KernelSource("mm/mempool.c", "mempool_free_pages", Parity.Full)]
    public static void mempool_free_pages(void* element, void* pool_data) => __free_pages((page*)element, (uint)(long)pool_data);
}
