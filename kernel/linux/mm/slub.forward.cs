// SPDX-License-Identifier: GPL-2.0-only
// The slab allocator's entry points, until it is here.
namespace Linux;

public static unsafe partial class mm_slub_c
{
    public static kmem_cache* __kmem_cache_create_args(byte* name, uint object_size, kmem_cache_args* args, slab_flags_t flags) => null;
    public static void* kmem_cache_alloc_noprof(kmem_cache* s, gfp_t gfpflags) => null;
    public static void* kmem_cache_alloc_lru_noprof(kmem_cache* s, list_lru* lru, gfp_t gfpflags) => null;
    public static int kmem_cache_alloc_bulk_noprof(kmem_cache* s, gfp_t flags, ulong size, void** p) => 0;
    public static void* kmem_cache_alloc_node_noprof(kmem_cache* s, gfp_t gfpflags, int node) => null;
    public static bool kmem_cache_charge(void* objp, gfp_t gfpflags) => true;
    public static void kmem_cache_free(kmem_cache* s, void* x) { }
    public static void kmem_cache_free_bulk(kmem_cache* s, ulong size, void** p) { }
    public static void kmem_cache_destroy(kmem_cache* s) { }
    public static int kmem_cache_shrink(kmem_cache* cachep) => 0;
    public static uint kmem_cache_size(kmem_cache* s) => 0;
    public static void* __kmalloc_noprof(ulong size, gfp_t flags) => null;
    public static void* __kmalloc_node_noprof(ulong size, gfp_t flags, int node) => null;
    public static void* kmalloc_nolock_noprof(ulong size, gfp_t gfp_flags, int node) => null;
    public static void* krealloc_node_align_noprof(void* p, ulong new_size, ulong align, gfp_t flags, int nid) => null;
    public static void* __kvmalloc_node_noprof(ulong size, ulong align, gfp_t flags, int node) => null;
    public static void kfree(void* @object) { }
    public static void kfree_nolock(void* @object) { }
    public static void kfree_sensitive(void* p) { }
    public static void kvfree(void* addr) { }
    public static ulong ksize(void* objp) => 0;
    public static ulong kmalloc_size_roundup(ulong size) => size;
    public static bool slab_is_available() => false;
    public static void kmem_cache_init() { }
    public static void kmem_cache_init_late() { }

    public static int __list_lru_init(list_lru* lru, bool memcg_aware, shrinker* shrinker) => 0;
    public static void list_lru_destroy(list_lru* lru) { }
    public static int memcg_list_lru_alloc(mem_cgroup* memcg, list_lru* lru, gfp_t gfp) => 0;
    public static void memcg_reparent_list_lrus(mem_cgroup* memcg, mem_cgroup* parent) { }
    public static bool list_lru_add(list_lru* lru, list_head* item, int nid, mem_cgroup* memcg) => false;
    public static bool list_lru_add_obj(list_lru* lru, list_head* item) => false;
    public static bool list_lru_del(list_lru* lru, list_head* item, int nid, mem_cgroup* memcg) => false;
    public static bool list_lru_del_obj(list_lru* lru, list_head* item) => false;
    public static ulong list_lru_count_one(list_lru* lru, int nid, mem_cgroup* memcg) => 0;
    public static ulong list_lru_count_node(list_lru* lru, int nid) => 0;
    public static void list_lru_isolate(list_lru_one* list, list_head* item) { }
    public static void list_lru_isolate_move(list_lru_one* list, list_head* item, list_head* head) { }
    public static ulong list_lru_walk_one(list_lru* lru, int nid, mem_cgroup* memcg, delegate*<list_head*, list_lru_one*, void*, int> isolate, void* cb_arg, ulong* nr_to_walk) => 0;
    public static ulong list_lru_walk_one_irq(list_lru* lru, int nid, mem_cgroup* memcg, delegate*<list_head*, list_lru_one*, void*, int> isolate, void* cb_arg, ulong* nr_to_walk) => 0;
    public static ulong list_lru_walk_node(list_lru* lru, int nid, delegate*<list_head*, list_lru_one*, void*, int> isolate, void* cb_arg, ulong* nr_to_walk) => 0;

    public static shrinker* shrinker_alloc(uint flags, ReadOnlySpan<byte> name) => null;
    public static void shrinker_register(shrinker* shrinker) { }
    public static void shrinker_free(shrinker* shrinker) { }
    public static int alloc_shrinker_info(mem_cgroup* memcg) => 0;
    public static void free_shrinker_info(mem_cgroup* memcg) { }
    public static void set_shrinker_bit(mem_cgroup* memcg, int nid, int shrinker_id) { }
    public static void reparent_shrinker_deferred(mem_cgroup* memcg) { }
    public static ulong shrink_slab(gfp_t gfp_mask, int nid, mem_cgroup* memcg, int priority) => 0;
}
