// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>Objects of one size, packed into blocks of pages.</summary>
public unsafe struct zs_size_class
{
    /// <summary>Free objects, linked through their first word.</summary>
    public void* free;
    public list_head blocks;
}

/// <summary>Memory for compressed pages, in size classes; stands for mm/zsmalloc.c.</summary>
/// <remarks>A block is one to four pages, whichever wastes least; blocks are freed with their last object.</remarks>
public unsafe struct zs_pool
{
    public spinlock_t @lock;
    public atomic_long_t pages;
    public zs_size_class* classes;
}

/// <summary>At the start of each block.</summary>
internal unsafe struct zs_block
{
    public list_head list;
    public int order;
    public int used;
    public int size;
}

public static unsafe class linux_zsmalloc_h
{
    private const int CLASS_DELTA = 64;
    private const int NR_CLASSES = (4096 / CLASS_DELTA) + 1;
    private const int MAX_ORDER = 2;

    public static zs_pool* zs_create_pool()
    {
        zs_pool* pool = (zs_pool*)kzalloc((ulong)sizeof(zs_pool), GFP_KERNEL);
        if (pool == null)
            return null;
        pool->classes = (zs_size_class*)kcalloc(NR_CLASSES, (ulong)sizeof(zs_size_class), GFP_KERNEL);
        if (pool->classes == null)
        {
            kfree(pool);
            return null;
        }

        spin_lock_init(&pool->@lock);
        for (int i = 0; i < NR_CLASSES; i++)
            INIT_LIST_HEAD(&pool->classes[i].blocks);
        return pool;
    }

    public static void zs_destroy_pool(zs_pool* pool)
    {
        for (int i = 0; i < NR_CLASSES; i++)
            WARN_ON(!list_empty(&pool->classes[i].blocks));
        kfree(pool->classes);
        kfree(pool);
    }

    public static ulong zs_get_total_pages(zs_pool* pool) => (ulong)atomic_long_read(&pool->pages);

    private static int room(int order) => (4096 << order) - CLASS_DELTA;

    // The order at which least is left over for each object.
    private static int best_order(int size)
    {
        int best = 0;
        double least = double.MaxValue;

        for (int order = 0; order <= MAX_ORDER; order++)
        {
            int objects = room(order) / size;
            double cost = objects == 0 ? double.MaxValue : (double)(4096 << order) / objects;
            if (cost < least)
            {
                least = cost;
                best = order;
            }
        }

        return best;
    }

    /// <summary>Room for <paramref name="size"/> bytes: a handle, or -ENOMEM or -ENOSPC as one.</summary>
    public static ulong zs_malloc(zs_pool* pool, uint size, gfp_t gfp)
    {
        if (size == 0 || size > PAGE_SIZE)
            return unchecked((ulong)-ENOSPC);

        int index = (int)((size + CLASS_DELTA - 1) / CLASS_DELTA);
        zs_size_class* class_ = &pool->classes[index];

        spin_lock(&pool->@lock);
        if (class_->free == null)
        {
            spin_unlock(&pool->@lock);
            zs_block* block = new_block(pool, index * CLASS_DELTA, gfp);
            if (block == null)
                return unchecked((ulong)-ENOMEM);
            spin_lock(&pool->@lock);
            add_block(class_, block);
        }

        void* obj = class_->free;
        class_->free = *(void**)obj;
        block_of(obj)->used++;
        spin_unlock(&pool->@lock);
        return (ulong)obj;
    }

    public static void zs_free(zs_pool* pool, ulong handle)
    {
        void* obj = (void*)handle;
        zs_block* block = block_of(obj);
        zs_size_class* class_ = &pool->classes[block->size / CLASS_DELTA];

        spin_lock(&pool->@lock);
        *(void**)obj = class_->free;
        class_->free = obj;
        bool empty = --block->used == 0;
        if (empty)
            remove_block(class_, block);
        spin_unlock(&pool->@lock);

        if (empty)
        {
            atomic_long_sub(1 << block->order, &pool->pages);
            free_pages((ulong)block, (uint)block->order);
        }
    }

    public static void zs_obj_write(zs_pool* pool, ulong handle, byte* src, uint len) =>
        System.Buffer.MemoryCopy(src, (void*)handle, len, len);

    public static byte* zs_obj_read_begin(zs_pool* pool, ulong handle) => (byte*)handle;

    public static void zs_obj_read_end(zs_pool* pool, ulong handle, byte* obj)
    {
    }

    private static zs_block* new_block(zs_pool* pool, int size, gfp_t gfp)
    {
        int order = best_order(size);
        zs_block* block = (zs_block*)__get_free_pages((gfp | __GFP_COMP) & ~(__GFP_HIGHMEM | __GFP_MOVABLE), (uint)order);
        if (block == null)
            return null;
        block->order = order;
        block->used = 0;
        block->size = size;
        atomic_long_add(1 << order, &pool->pages);
        return block;
    }

    private static void add_block(zs_size_class* class_, zs_block* block)
    {
        list_add(&block->list, &class_->blocks);
        byte* first = (byte*)block + CLASS_DELTA;
        for (int i = (room(block->order) / block->size) - 1; i >= 0; i--)
        {
            void** obj = (void**)(first + (i * block->size));
            *obj = class_->free;
            class_->free = obj;
        }
    }

    private static void remove_block(zs_size_class* class_, zs_block* block)
    {
        list_del(&block->list);
        for (void** link = &class_->free; *link != null;)
        {
            if (block_of(*link) == block)
                *link = *(void**)*link;
            else
                link = (void**)*link;
        }
    }

    private static zs_block* block_of(void* obj) => (zs_block*)page_address(compound_head(virt_to_page(obj)));
}
