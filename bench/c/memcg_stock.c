// SPDX-License-Identifier: GPL-2.0-only
/* The per-CPU stock of seven groups and the charge in front of it: the same steps as kernel/linux/mm/memcontrol.stock.cs. */
#include <string.h>
#include "yardstick.h"

#define MEMCG_CHARGE_BATCH 64U
#define NR_MEMCG_STOCK 7

struct memcg_stock_pcp {
	uint8_t acquired;
	uint8_t nr_pages[NR_MEMCG_STOCK];
	struct mem_cgroup *cached[NR_MEMCG_STOCK];
	unsigned long flags;
	uint8_t drain_idx;
} __attribute__((aligned(CACHE_LINE)));

/* The first thing in the per-CPU area, so that its address is a constant of the linker, as it is in the kernel. */
#define memcg_stock ((struct memcg_stock_pcp *)percpu_area[0])

static inline bool local_trylock(uint8_t *lock)
{
	uint8_t *acquired;

	preempt_disable();
	acquired = this_cpu_ptr(lock);
	if (READ_ONCE(*acquired)) {
		preempt_enable();
		return false;
	}
	WRITE_ONCE(*acquired, 1);
	barrier();
	return true;
}

static inline void local_unlock(uint8_t *lock)
{
	barrier();
	WRITE_ONCE(*this_cpu_ptr(lock), 0);
	preempt_enable();
}

static inline bool consume_stock(struct mem_cgroup *memcg, unsigned int nr_pages)
{
	struct memcg_stock_pcp *stock;
	uint8_t stock_pages;
	bool ret = false;
	int i;

	if (nr_pages > MEMCG_CHARGE_BATCH || !local_trylock(&memcg_stock->acquired))
		return ret;

	stock = this_cpu_ptr(memcg_stock);
	for (i = 0; i < NR_MEMCG_STOCK; ++i) {
		if (memcg != READ_ONCE(stock->cached[i]))
			continue;
		stock_pages = READ_ONCE(stock->nr_pages[i]);
		if (stock_pages >= nr_pages) {
			WRITE_ONCE(stock->nr_pages[i], stock_pages - nr_pages);
			ret = true;
		}
		break;
	}

	local_unlock(&memcg_stock->acquired);
	return ret;
}

void memcg_uncharge(struct mem_cgroup *memcg, unsigned int nr_pages)
{
	page_counter_uncharge(&memcg->memory, nr_pages);
}

static void drain_stock(struct memcg_stock_pcp *stock, int i)
{
	struct mem_cgroup *old = READ_ONCE(stock->cached[i]);
	uint8_t stock_pages;

	if (!old)
		return;

	stock_pages = READ_ONCE(stock->nr_pages[i]);
	if (stock_pages) {
		memcg_uncharge(old, stock_pages);
		WRITE_ONCE(stock->nr_pages[i], 0);
	}
	(*(unsigned long *)((char *)old->__percpu_refs + this_cpu->percpu_offset))--;
	WRITE_ONCE(stock->cached[i], NULL);
}

void drain_stock_of_this_cpu(void)
{
	int i;

	for (i = 0; i < NR_MEMCG_STOCK; ++i)
		drain_stock(this_cpu_ptr(memcg_stock), i);
}

noinline void refill_stock(struct mem_cgroup *memcg, unsigned int nr_pages)
{
	struct memcg_stock_pcp *stock;
	struct mem_cgroup *cached;
	uint8_t stock_pages;
	bool success = false;
	int empty_slot = -1;
	int i;

	if (nr_pages > MEMCG_CHARGE_BATCH || !local_trylock(&memcg_stock->acquired)) {
		memcg_uncharge(memcg, nr_pages);
		return;
	}

	stock = this_cpu_ptr(memcg_stock);
	for (i = 0; i < NR_MEMCG_STOCK; ++i) {
		cached = READ_ONCE(stock->cached[i]);
		if (!cached && empty_slot == -1)
			empty_slot = i;
		if (memcg == READ_ONCE(stock->cached[i])) {
			stock_pages = READ_ONCE(stock->nr_pages[i]) + nr_pages;
			WRITE_ONCE(stock->nr_pages[i], stock_pages);
			if (stock_pages > MEMCG_CHARGE_BATCH)
				drain_stock(stock, i);
			success = true;
			break;
		}
	}

	if (!success) {
		i = empty_slot;
		if (i == -1) {
			i = stock->drain_idx++;
			if (stock->drain_idx == NR_MEMCG_STOCK)
				stock->drain_idx = 0;
			drain_stock(stock, i);
		}
		(*(unsigned long *)((char *)memcg->__percpu_refs + this_cpu->percpu_offset))++;
		WRITE_ONCE(stock->cached[i], memcg);
		WRITE_ONCE(stock->nr_pages[i], nr_pages);
	}

	local_unlock(&memcg_stock->acquired);
}

/* Reclaim and the OOM killer are beyond this yardstick: a charge that finds no room fails. */
noinline int try_charge_memcg(struct mem_cgroup *memcg, unsigned int gfp_mask, unsigned int nr_pages)
{
	unsigned int batch = nr_pages > MEMCG_CHARGE_BATCH ? nr_pages : MEMCG_CHARGE_BATCH;
	bool allow_spinning = gfp_mask & 0xc00;
	struct page_counter *counter;

retry:
	if (consume_stock(memcg, nr_pages))
		return 0;

	if (!allow_spinning)
		batch = nr_pages;

	if (page_counter_try_charge(&memcg->memory, batch, &counter))
		goto done_restock;

	if (batch > nr_pages) {
		batch = nr_pages;
		goto retry;
	}
	((struct mem_cgroup *)counter)->events_max++;
	return -12;

done_restock:
	if (batch > nr_pages)
		refill_stock(memcg, batch - nr_pages);

	do {
		if ((unsigned long)atomic_long_read(&memcg->memory.usage) > READ_ONCE(memcg->memory.high)) {
			memcg->over_high += batch;
			break;
		}
	} while ((memcg = memcg->parent));
	return 0;
}
