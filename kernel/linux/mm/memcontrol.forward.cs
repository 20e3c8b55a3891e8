// SPDX-License-Identifier: GPL-2.0-only
// The names of memcontrol.h and memcontrol.c, until what they stand on is here.
namespace Linux;

public partial struct memcg_vmstats_percpu;
public partial struct memcg_vmstats;
public partial struct lruvec_stats_percpu;
public partial struct lruvec_stats;

public static unsafe partial class linux_memcontrol_h
{
    public static mem_cgroup* obj_cgroup_memcg(obj_cgroup* objcg) => default;
    public static mem_cgroup* __folio_memcg(folio* folio) => default;
    public static obj_cgroup* __folio_objcg(folio* folio) => default;
    public static mem_cgroup* folio_memcg(folio* folio) => default;
    public static bool folio_memcg_charged(folio* folio) => default;
    public static mem_cgroup* folio_memcg_check(folio* folio) => default;
    public static mem_cgroup* page_memcg_check(page* page) => default;
    public static mem_cgroup* get_mem_cgroup_from_objcg(obj_cgroup* objcg) => default;
    public static bool folio_memcg_kmem(folio* folio) => default;
    public static bool PageMemcgKmem(page* page) => default;
    public static bool mem_cgroup_is_root(mem_cgroup* memcg) => default;
    public static bool mem_cgroup_disabled() => default;
    public static void mem_cgroup_protection(mem_cgroup* root, mem_cgroup* memcg, ulong* min, ulong* low) { }
    public static bool mem_cgroup_unprotected(mem_cgroup* target, mem_cgroup* memcg) => default;
    public static bool mem_cgroup_below_low(mem_cgroup* target, mem_cgroup* memcg) => default;
    public static bool mem_cgroup_below_min(mem_cgroup* target, mem_cgroup* memcg) => default;
    public static int mem_cgroup_charge(folio* folio, mm_struct* mm, gfp_t gfp) => default;
    public static void mem_cgroup_uncharge(folio* folio) { }
    public static void mem_cgroup_uncharge_folios(folio_batch* folios) { }
    public static lruvec* mem_cgroup_lruvec(mem_cgroup* memcg, pglist_data* pgdat) => default;
    public static lruvec* folio_lruvec(folio* folio) => default;
    public static mem_cgroup* mem_cgroup_from_css(cgroup_subsys_state* css) => default;
    public static bool obj_cgroup_tryget(obj_cgroup* objcg) => default;
    public static void obj_cgroup_get(obj_cgroup* objcg) { }
    public static void obj_cgroup_get_many(obj_cgroup* objcg, ulong nr) { }
    public static void obj_cgroup_put(obj_cgroup* objcg) { }
    public static bool mem_cgroup_tryget(mem_cgroup* memcg) => default;
    public static bool mem_cgroup_tryget_online(mem_cgroup* memcg) => default;
    public static void mem_cgroup_put(mem_cgroup* memcg) { }
    public static mem_cgroup* mem_cgroup_from_counter(page_counter* counter, void* member) => default;
    public static ushort mem_cgroup_id(mem_cgroup* memcg) => default;
    public static mem_cgroup* mem_cgroup_from_seq(seq_file* m) => default;
    public static mem_cgroup* lruvec_memcg(lruvec* lruvec) => default;
    public static mem_cgroup* parent_mem_cgroup(mem_cgroup* memcg) => default;
    public static bool mem_cgroup_is_descendant(mem_cgroup* memcg, mem_cgroup* root) => default;
    public static bool mm_match_cgroup(mm_struct* mm, mem_cgroup* memcg) => default;
    public static bool mem_cgroup_online(mem_cgroup* memcg) => default;
    public static ulong mem_cgroup_get_zone_lru_size(lruvec* lruvec, int lru, int zone_idx) => default;
    public static void mem_cgroup_handle_over_high(gfp_t gfp_mask) { }
    public static void mod_memcg_page_state(page* page, int idx, int val) { }
    public static void mod_lruvec_kmem_state(void* p, node_stat_item idx, int val) { }
    public static void count_memcg_folio_events(folio* folio, vm_event_item idx, ulong nr) { }
    public static void count_memcg_events_mm(mm_struct* mm, vm_event_item idx, ulong count) { }
    public static void count_memcg_event_mm(mm_struct* mm, vm_event_item idx) { }
    public static void __memcg_memory_event(mem_cgroup* memcg, int @event, bool allow_spinning) { }
    public static void memcg_memory_event(mem_cgroup* memcg, int @event) { }
    public static void memcg_memory_event_mm(mm_struct* mm, int @event) { }
    public static void __inc_lruvec_kmem_state(void* p, node_stat_item idx) { }
    public static void __dec_lruvec_kmem_state(void* p, node_stat_item idx) { }
    public static lruvec* parent_lruvec(lruvec* lruvec) => default;
    public static void unlock_page_lruvec(lruvec* lruvec) { }
    public static void unlock_page_lruvec_irq(lruvec* lruvec) { }
    public static void unlock_page_lruvec_irqrestore(lruvec* lruvec, ulong flags) { }
    public static bool folio_matches_lruvec(folio* folio, lruvec* lruvec) => default;
    public static lruvec* folio_lruvec_relock_irq(folio* folio, lruvec* locked_lruvec) => default;
    public static void folio_lruvec_relock_irqsave(folio* folio, lruvec** lruvecp, ulong* flags) { }
    public static void mem_cgroup_track_foreign_dirty(folio* folio, bdi_writeback* wb) { }
    public static void mem_cgroup_set_socket_pressure(mem_cgroup* memcg) { }
    public static u64 mem_cgroup_get_socket_pressure(mem_cgroup* memcg) => default;
    public static obj_cgroup* get_obj_cgroup_from_current() => default;
    public static bool memcg_bpf_enabled() => default;
    public static bool memcg_kmem_online() => default;
    public static int memcg_kmem_charge_page(page* page, gfp_t gfp, int order) => default;
    public static void memcg_kmem_uncharge_page(page* page, int order) { }
    public static int memcg_kmem_id(mem_cgroup* memcg) => default;
    public static void count_objcg_events(obj_cgroup* objcg, vm_event_item idx, ulong count) { }
    public static ulong memcg1_soft_limit_reclaim(pglist_data* pgdat, int order, gfp_t gfp_mask, ulong* total_scanned) => default;
    public static bool task_in_memcg_oom(task_struct* p) => default;
    public static bool mem_cgroup_oom_synchronize(bool wait) => default;
    public static void mem_cgroup_enter_user_fault() { }
    public static void mem_cgroup_exit_user_fault() { }
    public static void memcg1_swapout(folio* folio, swp_entry_t entry) { }
    public static void memcg1_swapin(swp_entry_t entry, uint nr_pages) { }
    public static bool mem_cgroup_sockets_enabled => false;
}

public static unsafe partial class mm_memcontrol_c
{
    public static mem_cgroup* root_mem_cgroup;
    public static readonly mem_cgroup** int_active_memcg = (mem_cgroup**)DEFINE_PER_CPU<nint>();
    public static readonly static_key* memcg_kmem_online_key = bss<static_key>();
    public static readonly static_key* memcg_bpf_enabled_key = bss<static_key>();
    public static readonly static_key* memcg_sockets_enabled_key = bss<static_key>();
    public static readonly cgroup_subsys* memory_cgrp_subsys = bss<cgroup_subsys>();
    public static void __mem_cgroup_handle_over_high(gfp_t gfp_mask) { }
    public static vmpressure* memcg_to_vmpressure(mem_cgroup* memcg) => default;
    public static mem_cgroup* vmpressure_to_memcg(vmpressure* vmpr) => default;
    public static bool mem_cgroup_kmem_disabled() => default;
    public static cgroup_subsys_state* mem_cgroup_css_from_folio(folio* folio) => default;
    public static ulong lruvec_page_state(lruvec* lruvec, node_stat_item idx) => default;
    public static ulong lruvec_page_state_local(lruvec* lruvec, node_stat_item idx) => default;
    public static void mem_cgroup_flush_stats(mem_cgroup* memcg) { }
    public static void mem_cgroup_flush_stats_ratelimited(mem_cgroup* memcg) { }
    public static ulong memcg_page_state(mem_cgroup* memcg, int idx) => default;
    public static void mod_memcg_state(mem_cgroup* memcg, int idx, int val) { }
    public static void __mod_lruvec_state(lruvec* lruvec, node_stat_item idx, int val) { }
    public static void __lruvec_stat_mod_folio(folio* folio, node_stat_item idx, int val) { }
    public static void __mod_lruvec_kmem_state(void* p, node_stat_item idx, int val) { }
    public static void count_memcg_events(mem_cgroup* memcg, vm_event_item idx, ulong count) { }
    public static ulong memcg_events(mem_cgroup* memcg, int @event) => default;
    public static wb_domain* mem_cgroup_wb_domain(bdi_writeback* wb) => default;
    public static void mem_cgroup_wb_stats(bdi_writeback* wb, ulong* pfilepages, ulong* pheadroom, ulong* pdirty, ulong* pwriteback) { }
    public static void mem_cgroup_track_foreign_dirty_slowpath(folio* folio, bdi_writeback* wb) { }
    public static void mem_cgroup_flush_foreign(bdi_writeback* wb) { }
    public static void mem_cgroup_id_get_many(mem_cgroup* memcg, uint n) { }
    public static mem_cgroup* mem_cgroup_id_get_online(mem_cgroup* memcg) => default;
    public static mem_cgroup* mem_cgroup_from_id(ushort id) => default;
    public static int memory_stat_show(seq_file* m, void* v) => default;
    public static void mem_cgroup_calculate_protection(mem_cgroup* root, mem_cgroup* memcg) { }
    public static int __mem_cgroup_charge(folio* folio, mm_struct* mm, gfp_t gfp) => default;
    public static int mem_cgroup_swapin_charge_folio(folio* folio, mm_struct* mm, gfp_t gfp, swp_entry_t entry) => default;
    public static void __mem_cgroup_uncharge(folio* folio) { }
    public static void __mem_cgroup_uncharge_folios(folio_batch* folios) { }
    public static void mem_cgroup_replace_folio(folio* old, folio* @new) { }
    public static void mem_cgroup_migrate(folio* old, folio* @new) { }
    public static void mem_cgroup_sk_alloc(sock* sk) { }
    public static void mem_cgroup_sk_free(sock* sk) { }
    public static void mem_cgroup_sk_inherit(sock* sk, sock* newsk) { }
    public static bool mem_cgroup_sk_charge(sock* sk, uint nr_pages, gfp_t gfp_mask) => default;
    public static void mem_cgroup_sk_uncharge(sock* sk, uint nr_pages) { }
    public static int cgroup_memory(byte* s) => default;
    public static int mem_cgroup_init() => default;
    public static mem_cgroup* mem_cgroup_from_task(task_struct* p) => default;
    public static mem_cgroup* get_mem_cgroup_from_mm(mm_struct* mm) => default;
    public static mem_cgroup* get_mem_cgroup_from_current() => default;
    public static mem_cgroup* get_mem_cgroup_from_folio(folio* folio) => default;
    public static mem_cgroup* mem_cgroup_iter(mem_cgroup* root, mem_cgroup* prev, mem_cgroup_reclaim_cookie* reclaim) => default;
    public static void mem_cgroup_iter_break(mem_cgroup* root, mem_cgroup* prev) { }
    public static void mem_cgroup_scan_tasks(mem_cgroup* memcg, delegate*<task_struct*, void*, int> fn, void* arg) { }
    public static void lruvec_memcg_debug(lruvec* lruvec, folio* folio) { }
    public static lruvec* folio_lruvec_lock(folio* folio) => default;
    public static lruvec* folio_lruvec_lock_irq(folio* folio) => default;
    public static lruvec* folio_lruvec_lock_irqsave(folio* folio, ulong* flags) => default;
    public static void mem_cgroup_update_lru_size(lruvec* lruvec, int lru, int zid, int nr_pages) { }
    public static mem_cgroup* mem_cgroup_from_slab_obj(void* p) => default;
    public static obj_cgroup* current_obj_cgroup() => default;
    public static obj_cgroup* get_obj_cgroup_from_folio(folio* folio) => default;
    public static int __memcg_kmem_charge_page(page* page, gfp_t gfp, int order) => default;
    public static void __memcg_kmem_uncharge_page(page* page, int order) { }
    public static int obj_cgroup_charge(obj_cgroup* objcg, gfp_t gfp, ulong size) => default;
    public static void obj_cgroup_uncharge(obj_cgroup* objcg, ulong size) { }
    public static bool __memcg_slab_post_alloc_hook(kmem_cache* s, list_lru* lru, gfp_t flags, ulong size, void** p) => default;
    public static void split_page_memcg(page* page, uint order) { }
    public static ulong memcg_page_state_output(mem_cgroup* memcg, int item) => default;
    public static void mem_cgroup_print_oom_context(mem_cgroup* memcg, task_struct* p) { }
    public static void mem_cgroup_print_oom_meminfo(mem_cgroup* memcg) { }
    public static ulong mem_cgroup_get_max(mem_cgroup* memcg) => default;
    public static ulong mem_cgroup_size(mem_cgroup* memcg) => default;
    public static mem_cgroup* mem_cgroup_get_oom_group(task_struct* victim, mem_cgroup* oom_domain) => default;
    public static void mem_cgroup_print_oom_group(mem_cgroup* memcg) { }
    public static void drain_all_stock(mem_cgroup* root_memcg) { }
    public static int __mem_cgroup_try_charge_swap(folio* folio, swp_entry_t entry) => default;
    public static void __mem_cgroup_uncharge_swap(swp_entry_t entry, uint nr_pages) { }
    public static long mem_cgroup_get_nr_swap_pages(mem_cgroup* memcg) => default;
    public static bool mem_cgroup_swap_full(folio* folio) => default;
    public static bool obj_cgroup_may_zswap(obj_cgroup* objcg) => default;
    public static void obj_cgroup_charge_zswap(obj_cgroup* objcg, ulong size) { }
    public static void obj_cgroup_uncharge_zswap(obj_cgroup* objcg, ulong size) { }
    public static bool mem_cgroup_zswap_writeback_enabled(mem_cgroup* memcg) => default;
    public static int mem_cgroup_swap_init() => default;
}

public static unsafe partial class mm_page_counter_c
{
    public static int cond_resched() => 0;
}
