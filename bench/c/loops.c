// SPDX-License-Identifier: GPL-2.0-only
/* What the benchmarks call: each runs its loop here, so that the border is crossed once for many operations. */
#include <stdlib.h>
#include <string.h>
#include "yardstick.h"

__thread struct cpu *this_cpu __attribute__((tls_model("initial-exec")));

char percpu_area[MAX_CPUS][PERCPU_UNIT] __attribute__((aligned(4096)));
static size_t percpu_used = 4096;
static struct cpu cpus[MAX_CPUS];
static struct task tasks[MAX_CPUS];

noinline void cpu_point(struct cpu *c)
{
	c->pending = 0;
}

void *percpu_alloc(size_t size)
{
	size_t at = (percpu_used + CACHE_LINE - 1) & ~(size_t)(CACHE_LINE - 1);

	if (at + size > PERCPU_UNIT)
		abort();
	percpu_used = at + size;
	return percpu_area[0] + at;
}

/* This thread is the CPU from now on. */
EXPORT void yard_be_cpu(int number)
{
	this_cpu = &cpus[number];
	this_cpu->number = number;
	this_cpu->current_task = &tasks[number];
	this_cpu->percpu_offset = (ptrdiff_t)number * PERCPU_UNIT;
}

/* A group below another; the root has no parent and is never charged through the stock. */
EXPORT struct mem_cgroup *yard_group(struct mem_cgroup *parent, int protection)
{
	struct mem_cgroup *memcg = aligned_alloc(CACHE_LINE, sizeof(*memcg));

	memset(memcg, 0, sizeof(*memcg));
	memcg->parent = parent;
	memcg->__percpu_refs = (unsigned long)percpu_alloc(sizeof(unsigned long));
	memcg->memory.parent = parent ? &parent->memory : NULL;
	memcg->memory.max = memcg->memory.high = ~0UL >> 13;
	memcg->memory.protection_support = protection;
	return memcg;
}

EXPORT void yard_protect(struct mem_cgroup *memcg, unsigned long min, unsigned long low)
{
	memcg->memory.min = min;
	memcg->memory.low = low;
}

EXPORT void yard_drain(void) { drain_stock_of_this_cpu(); }

EXPORT long yard_usage(struct mem_cgroup *memcg) { return atomic_long_read(&memcg->memory.usage); }

/* Charges of one page that the stock can serve: 63 of them, and the 63 pages come back at once. */
EXPORT void yard_stock_hit(struct mem_cgroup **groups, int nr_groups, long rounds)
{
	while (rounds-- > 0) {
		for (int g = 0; g < nr_groups; g++) {
			struct mem_cgroup *memcg = groups[g];

			for (int i = 0; i < 63; i++)
				try_charge_memcg(memcg, 0xcc0, 1);
			refill_stock(memcg, 63);
		}
	}
}

/* A page from the stock and back into it, as kmem does. */
EXPORT void yard_stock_pair(struct mem_cgroup *memcg, long rounds)
{
	while (rounds-- > 0) {
		try_charge_memcg(memcg, 0xcc0, 1);
		refill_stock(memcg, 1);
	}
}

/* 64 pages one by one as faults charge them, of which the first refills the stock, and uncharged as a batch. */
EXPORT void yard_charge_batch(struct mem_cgroup *memcg, long rounds)
{
	while (rounds-- > 0) {
		for (int i = 0; i < 64; i++)
			try_charge_memcg(memcg, 0xcc0, 1);
		memcg_uncharge(memcg, 64);
	}
}

/* More than a batch: past the stock. */
EXPORT void yard_charge_large(struct mem_cgroup *memcg, long rounds)
{
	while (rounds-- > 0) {
		try_charge_memcg(memcg, 0xcc0, 65);
		memcg_uncharge(memcg, 65);
	}
}

/* One page for each group in turn: with more groups than slots each charge evicts another group. */
EXPORT void yard_groups_in_turn(struct mem_cgroup **groups, int nr_groups, long rounds)
{
	while (rounds-- > 0) {
		for (int g = 0; g < nr_groups; g++)
			try_charge_memcg(groups[g], 0xcc0, 1);
		for (int g = 0; g < nr_groups; g++)
			memcg_uncharge(groups[g], 1);
	}
}

EXPORT void yard_counter(struct mem_cgroup *memcg, unsigned long nr_pages, long rounds)
{
	struct page_counter *fail;

	while (rounds-- > 0) {
		page_counter_try_charge(&memcg->memory, nr_pages, &fail);
		page_counter_uncharge(&memcg->memory, nr_pages);
	}
}

/* Four chains of additions in registers: no memory, nothing shared, as much as a core can do. */
EXPORT void yard_arithmetic(long rounds)
{
	unsigned long a = 1, b = 2, c = 3, d = 4;

	while (rounds-- > 0) {
		a += b ^ rounds;
		b += c ^ rounds;
		c += d ^ rounds;
		d += a ^ rounds;
		__asm__ __volatile__("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d));
	}
}

/* Clears pages of this CPU's own, one after the other, as many as the fault's loop has mapped. */
EXPORT void yard_clear_pages(int nr_pages, long rounds)
{
	static __thread char *pages;

	if (!pages)
		pages = aligned_alloc(4096, (size_t)nr_pages * 4096);
	while (rounds-- > 0) {
		for (int i = 0; i < nr_pages; i++)
			memset(pages + (size_t)i * 4096, 0, 4096);
		barrier();
	}
}

EXPORT void yard_release_all(void) { percpu_used = 4096; memset(percpu_area, 0, sizeof(percpu_area)); }
