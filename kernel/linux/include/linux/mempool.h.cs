// SPDX-License-Identifier: GPL-2.0-only

namespace Linux;

/// <summary>A pool that always has, or will get back, an element: for what must make progress without memory.</summary>
public unsafe struct mempool_t
{
    public spinlock_t @lock;
    public int min_nr;
    public int curr_nr;
    public void** elements;

    public void* pool_data;
    public delegate*<gfp_t, void*, void*> alloc;
    public delegate*<void*, void*, void> free;
    public wait_queue_head wait;
}

public static unsafe partial class linux_mempool_h
{
    [KernelSource("include/linux/mempool.h", "mempool_initialized", Parity.Full)]
    public static bool mempool_initialized(mempool_t* pool) => pool->elements != null;

    [KernelSource("include/linux/mempool.h", "mempool_init_slab_pool", Parity.Full)]
    public static int mempool_init_slab_pool(mempool_t* pool, int min_nr, kmem_cache* kc) =>
        mempool_init(pool, min_nr, &mempool_alloc_slab, &mempool_free_slab, kc);

    [KernelSource("include/linux/mempool.h", "mempool_create_slab_pool", Parity.Full)]
    public static mempool_t* mempool_create_slab_pool(int min_nr, kmem_cache* kc) =>
        mempool_create(min_nr, &mempool_alloc_slab, &mempool_free_slab, kc);

    [KernelSource("include/linux/mempool.h", "mempool_create_kmalloc_pool", Parity.Full)]
    public static mempool_t* mempool_create_kmalloc_pool(int min_nr, ulong size) =>
        mempool_create(min_nr, &mempool_kmalloc, &mempool_kfree, (void*)size);

    [KernelSource("include/linux/mempool.h", "mempool_create_page_pool", Parity.Full)]
    public static mempool_t* mempool_create_page_pool(int min_nr, int order) =>
        mempool_create(min_nr, &mempool_alloc_pages, &mempool_free_pages, (void*)(long)order);
}
