// SPDX-License-Identifier: GPL-2.0-only
/*
 * Buddy lists with per-CPU lists in front of them, one zone of movable pages: the same steps as the first try of
 * kernel/linux/mm/page_alloc.*.cs, without what comes when memory is short.
 */
#include <stdlib.h>
#include <string.h>
#include "yardstick.h"

#define MAX_PAGE_ORDER 10
#define NR_PAGE_ORDERS (MAX_PAGE_ORDER + 1)
#define PAGEBLOCK_ORDER 9
#define COSTLY_ORDER 3
#define MIGRATE_UNMOVABLE 0
#define MIGRATE_MOVABLE 1
#define MIGRATE_PCPTYPES 3
#define MIGRATE_TYPES 5
#define NR_LOWORDER_PCP_LISTS (MIGRATE_PCPTYPES * (COSTLY_ORDER + 1))
#define NR_PCP_LISTS (NR_LOWORDER_PCP_LISTS + 2)
#define SECTION_SHIFT 15
#define PCP_BATCH_SCALE_MAX 5
#define PCPF_PREV_FREE_HIGH_ORDER 1
#define PCPF_FREE_HIGH_BATCH 2
#define ZONE_BOOSTED_WATERMARK 0
#define ZONE_RECLAIM_ACTIVE 1
#define ZONE_BELOW_HIGH 2

#define ALLOC_WMARK_LOW 1
#define ALLOC_WMARK_MASK 3
#define ALLOC_NO_WATERMARKS 4
#define ALLOC_TRYLOCK 0x400
#define ALLOC_HIGHATOMIC 0x200
#define ALLOC_NOFRAGMENT 0x100
#define ALLOC_KSWAPD 0x800
#define ALLOC_RESERVES 0x270

#define PGFREE 6

#define GFP_MOVABLE 0x08U
#define GFP_IO 0x40U
#define GFP_FS 0x80U
#define GFP_ZERO 0x100
#define GFP_KSWAPD_RECLAIM 0x800
#define GFP_COMP 0x40000
#define GFP_WRITE 0x1000
#define GFP_ACCOUNT 0x400000
#define GFP_MOVABLE_MASK 0x18
#define GFP_ZONE_TABLE 0x1320122U

#define PF_MEMALLOC_NOFS 0x00040000
#define PF_MEMALLOC_NOIO 0x00080000
#define PF_MEMALLOC_PIN 0x10000000

#define PG_head 6
#define PG_mlocked 20
#define PAGE_FLAGS_CHECK_AT_PREP 0x3fffffUL
#define PGTY_buddy 0xf0000000U

struct list_head { struct list_head *next, *prev; };

struct page {
	unsigned long flags;
	struct list_head lru;
	void *mapping;
	unsigned long index;
	unsigned long private;
	union { uint32_t page_type; int mapcount; };
	int refcount;
	unsigned long memcg_data;
};

struct per_cpu_pages {
	uint32_t lock;
	int count, high, high_min, high_max, batch;
	uint8_t flags, alloc_factor;
	short free_count;
	struct list_head lists[NR_PCP_LISTS];
} __attribute__((aligned(CACHE_LINE)));

struct free_area { struct list_head free_list[MIGRATE_TYPES]; unsigned long nr_free; };

struct pglist_data;

struct zone {
	unsigned long watermark[4];
	unsigned long watermark_boost, nr_free_highatomic;
	long lowmem_reserve[5];
	struct pglist_data *zone_pgdat;
	struct per_cpu_pages *per_cpu_pageset;
	int8_t *vm_stat_diff;
	unsigned long start_pfn, spanned;
	struct free_area free_area[NR_PAGE_ORDERS] __attribute__((aligned(CACHE_LINE)));
	unsigned long flags;
	uint32_t lock;
	atomic_long_t free_pages __attribute__((aligned(CACHE_LINE)));
};

struct zoneref { struct zone *zone; int idx; };

struct alloc_context {
	struct zoneref *zonelist;
	void *nodemask;
	struct zoneref *preferred_zoneref;
	int migratetype;
	int highest_zoneidx;
	bool spread_dirty_pages;
};

#define MAX_NR_ZONES 5
#define ZONE_DMA32 1
#define ZONE_NORMAL 2
#define ZONES_PGSHIFT 61

struct pglist_data {
	struct zone node_zones[MAX_NR_ZONES];
	struct zoneref node_zonelist[2];
};

static struct page *mem_map;
static struct pglist_data node_data;
static int memcg_kmem_online = 1;
static unsigned long *pageblock_flags;
static unsigned long *vm_events;
static unsigned int gfp_allowed_mask = ~0U;
static int defrag_mode;
static bool page_group_by_mobility_disabled;
static unsigned int fail_min_order = 11;

static inline int page_zonenum(struct page *p) { return (p->flags >> ZONES_PGSHIFT) & 7; }
static inline struct zone *page_zone(struct page *p) { return &node_data.node_zones[page_zonenum(p)]; }
static inline unsigned long page_to_pfn(struct page *p) { return p - mem_map; }

static inline void list_add(struct list_head *n, struct list_head *h)
{
	h->next->prev = n;
	n->next = h->next;
	n->prev = h;
	WRITE_ONCE(h->next, n);
}

static inline void list_add_tail(struct list_head *n, struct list_head *h)
{
	struct list_head *p = h->prev;

	h->prev = n;
	n->next = h;
	n->prev = p;
	WRITE_ONCE(p->next, n);
}

static inline void list_del(struct list_head *e)
{
	e->next->prev = e->prev;
	WRITE_ONCE(e->prev->next, e->next);
	e->next = (void *)0xdead000000000100;
	e->prev = (void *)0xdead000000000122;
}

static inline bool list_empty(struct list_head *h) { return READ_ONCE(h->next) == h; }
#define page_of(l) ((struct page *)((char *)(l) - offsetof(struct page, lru)))

static inline bool trylock(uint32_t *lock)
{
	uint32_t free = 0;

	return READ_ONCE(*lock) == 0 &&
	       __atomic_compare_exchange_n(lock, &free, (uint32_t)(uintptr_t)this_cpu->current_task | 1, false,
					   __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

static inline uint32_t zone_lock(struct zone *zone)
{
	uint32_t flags = local_irq_save();

	preempt_disable();
	while (!trylock(&zone->lock))
		__builtin_ia32_pause();
	return flags;
}

static inline void zone_unlock(struct zone *zone, uint32_t flags)
{
	__atomic_store_n(&zone->lock, 0, __ATOMIC_RELEASE);
	preempt_enable();
	local_irq_restore(flags);
}

static inline void count_events(int item, long n) { this_cpu_ptr(vm_events)[item] += n; }

static inline void mod_free_pages(struct zone *zone, long delta)
{
	int8_t *p = this_cpu_ptr(zone->vm_stat_diff);
	long x = delta + *p;

	if (labs(x) > 32) {
		atomic_long_add(x, &zone->free_pages);
		x = 0;
	}
	*p = x;
}

static inline int pfnblock_migratetype(unsigned long pfn)
{
	unsigned long *bitmap = pageblock_flags + (pfn >> SECTION_SHIFT) * (1 << (SECTION_SHIFT - PAGEBLOCK_ORDER)) * 4 / 64;
	unsigned int bit = ((pfn & ((1UL << SECTION_SHIFT) - 1)) >> PAGEBLOCK_ORDER) * 4;

	return (READ_ONCE(bitmap[bit / 64]) >> (bit % 64)) & 7;
}

static inline void add_to_free_list(struct page *page, struct zone *zone, unsigned int order, int mt, bool tail)
{
	struct free_area *area = &zone->free_area[order];

	if (tail)
		list_add_tail(&page->lru, &area->free_list[mt]);
	else
		list_add(&page->lru, &area->free_list[mt]);
	area->nr_free++;
}

static inline void del_from_free_list(struct page *page, struct zone *zone, unsigned int order)
{
	list_del(&page->lru);
	page->page_type = ~0U;
	page->private = 0;
	zone->free_area[order].nr_free--;
}

static inline void set_buddy_order(struct page *page, unsigned int order)
{
	page->private = order;
	page->page_type = PGTY_buddy;
}

static struct page *find_buddy(struct page *page, unsigned long pfn, unsigned int order, unsigned long *buddy_pfn)
{
	unsigned long b = pfn ^ (1UL << order);
	struct page *buddy = page + (long)(b - pfn);

	if (buddy_pfn)
		*buddy_pfn = b;
	if ((buddy->page_type & 0xff000000U) == PGTY_buddy && buddy->private == order)
		return buddy;
	return NULL;
}

static void free_one_page(struct page *page, unsigned long pfn, struct zone *zone, unsigned int order, int mt)
{
	unsigned long buddy_pfn = 0;
	bool to_tail = false;

	mod_free_pages(zone, 1L << order);
	while (order < MAX_PAGE_ORDER) {
		struct page *buddy = find_buddy(page, pfn, order, &buddy_pfn);

		if (!buddy)
			break;
		if (order >= PAGEBLOCK_ORDER && pfnblock_migratetype(buddy_pfn) != mt)
			break;
		del_from_free_list(buddy, zone, order);
		page += (long)((buddy_pfn & pfn) - pfn);
		pfn &= buddy_pfn;
		order++;
	}
	set_buddy_order(page, order);
	if (order < MAX_PAGE_ORDER - 1) {
		unsigned long higher = buddy_pfn & pfn;

		to_tail = find_buddy(page + (long)(higher - pfn), higher, order + 1, NULL) != NULL;
	}
	add_to_free_list(page, zone, order, mt, to_tail);
}

static inline struct page *rmqueue_smallest(struct zone *zone, unsigned int order, int mt)
{
	for (unsigned int current_order = order; current_order < NR_PAGE_ORDERS; current_order++) {
		struct list_head *list = &zone->free_area[current_order].free_list[mt];
		unsigned int high = current_order;
		struct page *page;

		if (list_empty(list))
			continue;
		page = page_of(list->next);
		del_from_free_list(page, zone, current_order);
		while (high > order) {
			high--;
			add_to_free_list(&page[1UL << high], zone, high, mt, false);
			set_buddy_order(&page[1UL << high], high);
		}
		mod_free_pages(zone, -(1L << order));
		return page;
	}
	return NULL;
}

static noinline int rmqueue_bulk(struct zone *zone, unsigned int order, unsigned long count, struct list_head *list, int mt)
{
	uint32_t flags = zone_lock(zone);
	unsigned long i;

	for (i = 0; i < count; i++) {
		struct page *page = rmqueue_smallest(zone, order, mt);

		if (!page)
			break;
		list_add_tail(&page->lru, list);
	}
	zone_unlock(zone, flags);
	return i;
}

static inline int min_i(int a, int b) { return a < b ? a : b; }
static inline int max_i(int a, int b) { return a > b ? a : b; }
static inline int clamp_i(int v, int lo, int hi) { return min_i(max_i(v, lo), hi); }
static inline bool zone_flag(struct zone *zone, int bit) { return (READ_ONCE(zone->flags) >> bit) & 1; }

static noinline int nr_pcp_alloc(struct per_cpu_pages *pcp, struct zone *zone, unsigned int order)
{
	int base_batch = READ_ONCE(pcp->batch);
	int high_min = READ_ONCE(pcp->high_min), high_max = READ_ONCE(pcp->high_max);
	int high = pcp->high = clamp_i(pcp->high, high_min, high_max);
	int batch;

	if (high < base_batch)
		return 1;
	batch = order ? base_batch : base_batch << pcp->alloc_factor;
	if (high_min != high_max && !zone_flag(zone, ZONE_BELOW_HIGH))
		high = pcp->high = min_i(high + batch, high_max);
	if (!order) {
		int max_nr_alloc = max_i(high - pcp->count - base_batch, base_batch);

		if (batch <= max_nr_alloc && pcp->alloc_factor < PCP_BATCH_SCALE_MAX)
			pcp->alloc_factor++;
		batch = min_i(batch, max_nr_alloc);
	}
	if (batch > 1)
		batch = max_i(batch >> order, 2);
	return batch;
}

static inline struct per_cpu_pages *pcp_trylock(struct zone *zone)
{
	struct per_cpu_pages *pcp;

	preempt_disable();
	pcp = this_cpu_ptr(zone->per_cpu_pageset);
	if (!trylock(&pcp->lock)) {
		preempt_enable();
		return NULL;
	}
	return pcp;
}

static inline void pcp_unlock(struct per_cpu_pages *pcp)
{
	__atomic_store_n(&pcp->lock, 0, __ATOMIC_RELEASE);
	preempt_enable();
}

static inline bool pcp_allowed(unsigned int order) { return order <= COSTLY_ORDER || order == PAGEBLOCK_ORDER; }

static inline unsigned int order_to_pindex(int mt, unsigned int order)
{
	if (order > COSTLY_ORDER)
		return NR_LOWORDER_PCP_LISTS + (mt == MIGRATE_MOVABLE);
	return MIGRATE_PCPTYPES * order + mt;
}

static inline struct page *rmqueue_pcplist(struct zone *zone, unsigned int order, int mt)
{
	struct per_cpu_pages *pcp = pcp_trylock(zone);
	struct list_head *list;
	struct page *page = NULL;

	if (!pcp)
		return NULL;
	pcp->free_count >>= 1;
	list = &pcp->lists[order_to_pindex(mt, order)];
	if (list_empty(list)) {
		int batch = nr_pcp_alloc(pcp, zone, order);

		pcp->count += rmqueue_bulk(zone, order, batch, list, mt) << order;
	}
	if (!list_empty(list)) {
		page = page_of(list->next);
		list_del(&page->lru);
		pcp->count -= 1 << order;
	}
	pcp_unlock(pcp);
	if (page)
		count_events(page_zonenum(page), 1L << order);
	return page;
}

static noinline struct page *rmqueue_buddy(struct zone *zone, unsigned int order, int mt)
{
	uint32_t flags = zone_lock(zone);
	struct page *page = rmqueue_smallest(zone, order, mt);

	zone_unlock(zone, flags);
	if (page)
		count_events(page_zonenum(page), 1L << order);
	return page;
}

static inline bool watermark_fast(struct zone *z, unsigned int order, unsigned long mark, int idx, unsigned int alloc_flags)
{
	long free_pages = atomic_long_read(&z->free_pages);

	if (free_pages < 0)
		free_pages = 0;
	if (!order) {
		long reserved = (alloc_flags & ALLOC_RESERVES) ? 0 : (long)READ_ONCE(z->nr_free_highatomic);

		if ((unsigned long)(free_pages - (free_pages < reserved ? free_pages : reserved)) > mark + z->lowmem_reserve[idx])
			return true;
	}
	if (free_pages - ((1L << order) - 1) <= (long)mark + z->lowmem_reserve[idx])
		return false;
	for (unsigned int o = order; o < NR_PAGE_ORDERS; o++)
		if (z->free_area[o].nr_free)
			return true;
	return false;
}

static void prep_compound(struct page *page, unsigned int order)
{
	page->flags |= 1UL << PG_head;
	for (int i = 1; i < 1 << order; i++)
		page[i].lru.next = (void *)((uintptr_t)page + 1);
	page[1].flags = (page[1].flags & ~0xffUL) | order;
}

/* What the whole way has and a measured allocation never comes to. */
static noinline struct page *alloc_pages_slowpath(unsigned int gfp, unsigned int order, struct alloc_context *ac)
{
	(void)gfp, (void)order, (void)ac;
	abort();
}

static noinline bool should_fail_alloc_page(unsigned int gfp, unsigned int order)
{
	(void)gfp, (void)order;
	abort();
}

static noinline struct zoneref *next_zones_zonelist(struct zoneref *z, int highest_zoneidx, void *nodemask)
{
	if (nodemask)
		abort();
	while (z->idx > highest_zoneidx)
		z++;
	return z;
}

static inline struct zoneref *first_zones_zonelist(struct zoneref *z, int highest_zoneidx, void *nodemask)
{
	if (likely(!nodemask && z->idx <= highest_zoneidx))
		return z;
	return next_zones_zonelist(z, highest_zoneidx, nodemask);
}

static inline unsigned int current_gfp_context(unsigned int gfp)
{
	unsigned int pflags = READ_ONCE(this_cpu->current_task->flags);

	if (unlikely(pflags & (PF_MEMALLOC_NOIO | PF_MEMALLOC_NOFS | PF_MEMALLOC_PIN))) {
		if (pflags & PF_MEMALLOC_NOIO)
			gfp &= ~(GFP_IO | GFP_FS);
		else if (pflags & PF_MEMALLOC_NOFS)
			gfp &= ~GFP_FS;
		if (pflags & PF_MEMALLOC_PIN)
			gfp &= ~GFP_MOVABLE;
	}
	return gfp;
}

static inline unsigned int alloc_flags_nofragment(struct zone *zone, unsigned int gfp)
{
	unsigned int alloc_flags = gfp & GFP_KSWAPD_RECLAIM;

	if (defrag_mode)
		return alloc_flags | ALLOC_NOFRAGMENT;
	if (!zone || zone != &zone->zone_pgdat->node_zones[ZONE_NORMAL])
		return alloc_flags;
	return alloc_flags | ALLOC_NOFRAGMENT;
}

static inline struct page *rmqueue(struct zone *zn, unsigned int order, unsigned int alloc_flags, int mt)
{
	struct page *page = NULL;

	if (likely(pcp_allowed(order)))
		page = rmqueue_pcplist(zn, order, mt);
	if (!page)
		page = rmqueue_buddy(zn, order, mt);
	if ((alloc_flags & ALLOC_KSWAPD) && unlikely(zone_flag(zn, ZONE_BOOSTED_WATERMARK)))
		abort();
	return page;
}

static inline void prep_new_page(struct page *page, unsigned int order, unsigned int gfp, unsigned int alloc_flags)
{
	page->private = 0;
	if (gfp & GFP_ZERO)
		abort();
	if (order && (gfp & GFP_COMP))
		prep_compound(page, order);
	page->lru.next = (void *)(uintptr_t)(alloc_flags & ALLOC_NO_WATERMARKS ? 2 : 0);	/* pfmemalloc */
}

static inline struct page *get_page_from_freelist(unsigned int gfp, unsigned int order, unsigned int alloc_flags,
						  const struct alloc_context *ac)
{
	bool no_fallback;
	struct zoneref *z;

retry:
	no_fallback = alloc_flags & ALLOC_NOFRAGMENT;
	for (z = ac->preferred_zoneref; z->zone; z = first_zones_zonelist(z + 1, ac->highest_zoneidx, ac->nodemask)) {
		struct zone *zn = z->zone;
		struct page *page;

		if (ac->spread_dirty_pages)
			abort();
		if (!zone_flag(zn, ZONE_BELOW_HIGH) &&
		    !watermark_fast(zn, order, zn->watermark[2] + zn->watermark_boost, ac->highest_zoneidx, alloc_flags))
			zn->flags |= 1UL << ZONE_BELOW_HIGH;
		if (zone_flag(zn, ZONE_BELOW_HIGH) &&
		    !watermark_fast(zn, order, zn->watermark[alloc_flags & ALLOC_WMARK_MASK] + zn->watermark_boost,
				    ac->highest_zoneidx, alloc_flags)) {
			if (alloc_flags & ALLOC_NO_WATERMARKS)
				abort();
			continue;
		}

		page = rmqueue(zn, order, alloc_flags, ac->migratetype);
		if (page) {
			prep_new_page(page, order, gfp, alloc_flags);
			if (unlikely(alloc_flags & ALLOC_HIGHATOMIC))
				abort();
			return page;
		}
	}
	if (no_fallback && !defrag_mode) {
		alloc_flags &= ~ALLOC_NOFRAGMENT;
		goto retry;
	}
	return NULL;
}

static inline bool prepare_alloc_pages(unsigned int gfp, unsigned int order, struct pglist_data *node, void *nodemask,
				       struct alloc_context *ac, unsigned int alloc_flags)
{
	ac->highest_zoneidx = (GFP_ZONE_TABLE >> ((gfp & 0xf) * 2)) & 3;
	ac->zonelist = node->node_zonelist;
	ac->nodemask = nodemask;
	ac->migratetype = unlikely(page_group_by_mobility_disabled) ? MIGRATE_UNMOVABLE : (gfp & GFP_MOVABLE_MASK) >> 3;
	if (!(alloc_flags & ALLOC_TRYLOCK) && unlikely(order >= READ_ONCE(fail_min_order)) && should_fail_alloc_page(gfp, order))
		return false;
	ac->spread_dirty_pages = gfp & GFP_WRITE;
	ac->preferred_zoneref = first_zones_zonelist(ac->zonelist, ac->highest_zoneidx, ac->nodemask);
	return true;
}

static noinline struct page *alloc_pages(unsigned int gfp, unsigned int order, void *nodemask)
{
	unsigned int alloc_flags = ALLOC_WMARK_LOW;
	struct alloc_context ac;
	struct page *page;

	if (unlikely(order > MAX_PAGE_ORDER))
		return NULL;
	gfp &= READ_ONCE(gfp_allowed_mask);
	gfp = current_gfp_context(gfp);
	if (!prepare_alloc_pages(gfp, order, &node_data, nodemask, &ac, alloc_flags))
		return NULL;
	alloc_flags |= alloc_flags_nofragment(ac.preferred_zoneref->zone, gfp);
	page = get_page_from_freelist(gfp, order, alloc_flags, &ac);
	if (unlikely(!page)) {
		ac.spread_dirty_pages = false;
		ac.nodemask = nodemask;
		page = alloc_pages_slowpath(gfp, order, &ac);
	}
	if (READ_ONCE(memcg_kmem_online) > 0 && (gfp & GFP_ACCOUNT) && page)
		abort();
	if (page)
		page->refcount = 1;
	return page;
}

static noinline void free_pcppages_bulk(struct zone *zone, int count, struct per_cpu_pages *pcp, int pindex)
{
	uint32_t flags;

	count = min_i(pcp->count, count);
	pindex--;
	flags = zone_lock(zone);
	while (count > 0) {
		struct list_head *list;
		unsigned int order;

		do {
			if (++pindex > NR_PCP_LISTS - 1)
				pindex = 0;
			list = &pcp->lists[pindex];
		} while (list_empty(list));
		order = pindex >= NR_LOWORDER_PCP_LISTS ? PAGEBLOCK_ORDER : pindex / MIGRATE_PCPTYPES;
		do {
			struct page *page = page_of(list->prev);
			unsigned long pfn = page_to_pfn(page);

			list_del(&page->lru);
			count -= 1 << order;
			pcp->count -= 1 << order;
			free_one_page(page, pfn, zone, order, pfnblock_migratetype(pfn));
		} while (count > 0 && !list_empty(list));
	}
	zone_unlock(zone, flags);
}

static inline int nr_pcp_high(struct per_cpu_pages *pcp, struct zone *zone, int batch, bool free_high)
{
	int high_min = READ_ONCE(pcp->high_min), high_max = READ_ONCE(pcp->high_max);
	int high = pcp->high = clamp_i(pcp->high, high_min, high_max);

	if (!high)
		return 0;
	if (free_high) {
		pcp->high = max_i(high - (batch << PCP_BATCH_SCALE_MAX), high_min);
		return 0;
	}
	if (zone_flag(zone, ZONE_RECLAIM_ACTIVE)) {
		pcp->high = max_i(high - max_i(pcp->free_count, batch), high_min);
		return min_i(batch << 2, pcp->high);
	}
	if (high_min == high_max)
		return high;
	if (zone_flag(zone, ZONE_BELOW_HIGH)) {
		pcp->high = max_i(high - max_i(pcp->free_count, batch), high_min);
		high = max_i(pcp->count, high_min);
	} else if (pcp->count >= high) {
		int need_high = pcp->free_count + batch;

		if (pcp->high < need_high)
			pcp->high = clamp_i(need_high, high_min, high_max);
	}
	return high;
}

static inline void free_commit(struct zone *zone, struct per_cpu_pages *pcp, struct page *page, int mt, unsigned int order)
{
	bool free_high = false;
	int batch, high, pindex;

	pcp->alloc_factor >>= 1;
	count_events(PGFREE, 1L << order);
	pindex = order_to_pindex(mt, order);
	list_add(&page->lru, &pcp->lists[pindex]);
	pcp->count += 1 << order;
	batch = READ_ONCE(pcp->batch);
	if (order && order <= COSTLY_ORDER) {
		free_high = pcp->free_count >= batch + pcp->high_min / 2 && (pcp->flags & PCPF_PREV_FREE_HIGH_ORDER) &&
			    (!(pcp->flags & PCPF_FREE_HIGH_BATCH) || pcp->count >= batch);
		pcp->flags |= PCPF_PREV_FREE_HIGH_ORDER;
	} else if (pcp->flags & PCPF_PREV_FREE_HIGH_ORDER) {
		pcp->flags &= ~PCPF_PREV_FREE_HIGH_ORDER;
	}
	if (pcp->free_count < batch << PCP_BATCH_SCALE_MAX)
		pcp->free_count += 1 << order;
	high = nr_pcp_high(pcp, zone, batch, free_high);
	if (pcp->count < high)
		return;
	if (free_high)
		free_pcppages_bulk(zone, min_i(pcp->count, batch << PCP_BATCH_SCALE_MAX), pcp, pindex);
	else if (high < batch)
		free_pcppages_bulk(zone, 1, pcp, pindex);
	else
		free_pcppages_bulk(zone, clamp_i(pcp->free_count, batch, high - batch), pcp, pindex);
	if (zone_flag(zone, ZONE_BELOW_HIGH) && watermark_fast(zone, 0, zone->watermark[2] + zone->watermark_boost, ZONE_NORMAL, 0))
		zone->flags &= ~(1UL << ZONE_BELOW_HIGH);
}

static inline struct page *compound_head(struct page *page)
{
	uintptr_t head = (uintptr_t)READ_ONCE(page->lru.next);

	return unlikely(head & 1) ? (struct page *)(head - 1) : page;
}

static noinline void free_tails_prepare(struct page *page, unsigned int order, bool compound)
{
	for (int i = 1; i < 1 << order; i++) {
		if (compound)
			page[i].lru.next = NULL;
		page[i].flags &= ~PAGE_FLAGS_CHECK_AT_PREP;
	}
}

static noinline void free_pages(struct page *page, unsigned int order)
{
	unsigned long pfn = page_to_pfn(page);
	struct per_cpu_pages *pcp;
	struct page *folio;
	struct zone *zone;
	int mt;

	bool head = READ_ONCE(page->flags) >> PG_head & 1;

	if (__atomic_sub_fetch(&page->refcount, 1, __ATOMIC_SEQ_CST)) {
		if (!head && order)
			abort();
		return;
	}

	folio = compound_head(page);
	if (READ_ONCE(memcg_kmem_online) > 0 && unlikely(READ_ONCE(compound_head(page)->memcg_data) & 2))
		abort();
	if (unlikely(READ_ONCE(folio->flags) >> PG_mlocked & 1))
		abort();
	if (order)
		free_tails_prepare(page, order, READ_ONCE(page->flags) >> PG_head & 1);
	if ((uintptr_t)READ_ONCE(folio->mapping) & 1)
		folio->mapping = NULL;
	if (READ_ONCE(page->page_type) >> 24 != 0xff && (int)page->page_type < 0)
		page->page_type = ~0U;
	page->flags &= ~PAGE_FLAGS_CHECK_AT_PREP;
	page->private = 0;

	zone = page_zone(page);
	mt = pfnblock_migratetype(pfn);
	if (mt >= MIGRATE_PCPTYPES)
		mt = MIGRATE_MOVABLE;
	pcp = pcp_allowed(order) ? pcp_trylock(zone) : NULL;
	if (pcp) {
		free_commit(zone, pcp, page, mt, order);
		pcp_unlock(pcp);
	} else {
		uint32_t flags = zone_lock(zone);

		free_one_page(page, pfn, zone, order, mt);
		zone_unlock(zone, flags);
		count_events(PGFREE, 1L << order);
	}
}

/* Boot: so many pages of RAM, all movable, in blocks of the highest order; batch and limits as the port computed them. */
EXPORT void yard_boot_pages(unsigned long nr_pages, int batch, int high_min, int high_max)
{
	struct zone *zone = &node_data.node_zones[ZONE_DMA32];

	free(mem_map);
	free(pageblock_flags);
	mem_map = aligned_alloc(CACHE_LINE, (nr_pages + 1) * sizeof(struct page));
	pageblock_flags = calloc(nr_pages / 512 / 16 + 1, sizeof(unsigned long));
	memset(&node_data, 0, sizeof(node_data));
	zone->zone_pgdat = &node_data;
	node_data.node_zonelist[0].zone = zone;
	node_data.node_zonelist[0].idx = ZONE_DMA32;
	zone->per_cpu_pageset = percpu_alloc(sizeof(struct per_cpu_pages));
	zone->vm_stat_diff = percpu_alloc(CACHE_LINE);
	vm_events = percpu_alloc(CACHE_LINE);
	zone->watermark[0] = 2898;
	zone->watermark[1] = 3622;
	zone->watermark[2] = 4346;
	zone->spanned = nr_pages;
	for (int o = 0; o < NR_PAGE_ORDERS; o++)
		for (int t = 0; t < MIGRATE_TYPES; t++)
			zone->free_area[o].free_list[t].next = zone->free_area[o].free_list[t].prev = &zone->free_area[o].free_list[t];
	for (int c = 0; c < MAX_CPUS; c++) {
		struct per_cpu_pages *pcp = (void *)((char *)zone->per_cpu_pageset + c * PERCPU_UNIT);

		memset(pcp, 0, sizeof(*pcp));
		pcp->batch = batch;
		pcp->high = pcp->high_min = high_min;
		pcp->high_max = high_max;
		for (int i = 0; i < NR_PCP_LISTS; i++)
			pcp->lists[i].next = pcp->lists[i].prev = &pcp->lists[i];
	}
	for (unsigned long i = 0; i <= nr_pages; i++) {
		memset(&mem_map[i], 0, sizeof(struct page));
		mem_map[i].page_type = ~0U;
		mem_map[i].flags = (unsigned long)ZONE_DMA32 << ZONES_PGSHIFT;
	}
	for (unsigned long b = 0; b < nr_pages / 512; b++)
		pageblock_flags[b * 4 / 64] |= (unsigned long)MIGRATE_MOVABLE << (b * 4 % 64);
	for (unsigned long pfn = 0; pfn + 1024 <= nr_pages; pfn += 1024) {
		set_buddy_order(&mem_map[pfn], MAX_PAGE_ORDER);
		add_to_free_list(&mem_map[pfn], zone, MAX_PAGE_ORDER, MIGRATE_MOVABLE, true);
	}
	atomic_long_set(&zone->free_pages, nr_pages);
}

/* A page at a time, freed before the next is taken. */
EXPORT void yard_page_pair(unsigned int gfp, unsigned int order, long rounds)
{
	while (rounds-- > 0) {
		struct page *page = alloc_pages(gfp, order, NULL);

		free_pages(page, order);
	}
}

/* So many at once, freed in the order they came: with more than a batch the buddy lists take part. */
EXPORT void yard_page_run(unsigned int gfp, unsigned int order, void **pages, int nr, long rounds)
{
	while (rounds-- > 0) {
		for (int i = 0; i < nr; i++)
			pages[i] = alloc_pages(gfp, order, NULL);
		for (int i = 0; i < nr; i++)
			free_pages(pages[i], order);
	}
}

/* A set of live pages of which a random one is replaced each time, its order drawn from a table: what an arena of a user-space
   allocator does over its life. */
EXPORT void yard_page_churn(unsigned int gfp, void **pages, uint8_t *orders, int nr, const uint8_t *draw, uint64_t seed,
			    long rounds)
{
	while (rounds-- > 0) {
		int i;

		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		i = seed % nr;
		if (pages[i])
			free_pages(pages[i], orders[i]);
		orders[i] = draw[seed >> 56];
		pages[i] = alloc_pages(gfp, orders[i], NULL);
	}
	for (int i = 0; i < nr; i++) {
		if (pages[i])
			free_pages(pages[i], orders[i]);
		pages[i] = NULL;
	}
}
