/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The yardstick: the port's hot paths once more, in C, with the port's structure. What a benchmark compares is the same
 * algorithm in the same process on the same thread, so that the ratio is the price of the language and its compiler.
 */
#ifndef YARDSTICK_H
#define YARDSTICK_H

#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>

#define EXPORT __attribute__((visibility("default")))
#define noinline __attribute__((noinline))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
#define barrier() __asm__ __volatile__("" ::: "memory")
#define CACHE_LINE 64

/* A CPU as its holder sees it: what the port keeps in struct cpu. */
struct task { unsigned int flags; };

struct cpu {
	struct task *current_task;
	ptrdiff_t percpu_offset;
	int preempt_count;
	uint32_t irqs_disabled;
	int number;
	uint32_t pending;
} __attribute__((aligned(CACHE_LINE)));

/* The CPU that this thread holds: one load relative to the thread pointer, as %gs is in the kernel. */
extern __thread struct cpu *this_cpu __attribute__((tls_model("initial-exec")));

void cpu_point(struct cpu *c);

static inline void preempt_disable(void)
{
	this_cpu->preempt_count++;
	barrier();
}

static inline void preempt_enable(void)
{
	struct cpu *c = this_cpu;

	barrier();
	if (--c->preempt_count == 0 && unlikely(READ_ONCE(c->pending)))
		cpu_point(c);
}

static inline uint32_t local_irq_save(void)
{
	uint32_t flags = this_cpu->irqs_disabled;

	this_cpu->irqs_disabled = 1;
	barrier();
	return flags;
}

static inline void local_irq_restore(uint32_t flags)
{
	struct cpu *c = this_cpu;

	barrier();
	c->irqs_disabled = flags;
	if (unlikely(READ_ONCE(c->pending)))
		cpu_point(c);
}

#define this_cpu_ptr(p) ((__typeof__(p))((char *)(p) + this_cpu->percpu_offset))

/* Atomics: full barriers, as the kernel's with a result are. */
typedef struct { long counter; } atomic_long_t;

static inline long atomic_long_read(const atomic_long_t *v) { return READ_ONCE(v->counter); }
static inline void atomic_long_set(atomic_long_t *v, long i) { WRITE_ONCE(v->counter, i); }

static inline long atomic_long_add_return(long i, atomic_long_t *v)
{
	return __atomic_add_fetch(&v->counter, i, __ATOMIC_SEQ_CST);
}

static inline long atomic_long_sub_return(long i, atomic_long_t *v)
{
	return __atomic_sub_fetch(&v->counter, i, __ATOMIC_SEQ_CST);
}

static inline void atomic_long_add(long i, atomic_long_t *v) { __atomic_add_fetch(&v->counter, i, __ATOMIC_SEQ_CST); }
static inline void atomic_long_sub(long i, atomic_long_t *v) { __atomic_sub_fetch(&v->counter, i, __ATOMIC_SEQ_CST); }

static inline long atomic_long_xchg(atomic_long_t *v, long n)
{
	return __atomic_exchange_n(&v->counter, n, __ATOMIC_SEQ_CST);
}

/* mm/page_counter.c */
struct page_counter {
	atomic_long_t usage;
	unsigned long failcnt;
	unsigned long pad1[6];

	unsigned long emin;
	atomic_long_t min_usage;
	atomic_long_t children_min_usage;
	unsigned long elow;
	atomic_long_t low_usage;
	atomic_long_t children_low_usage;
	unsigned long watermark;
	unsigned long local_watermark;

	bool protection_support;
	bool track_failcnt;
	unsigned long min;
	unsigned long low;
	unsigned long high;
	unsigned long max;
	struct page_counter *parent;
	unsigned long pad3[2];
} __attribute__((aligned(CACHE_LINE)));

bool page_counter_try_charge(struct page_counter *counter, unsigned long nr_pages, struct page_counter **fail);
void page_counter_charge(struct page_counter *counter, unsigned long nr_pages);
void page_counter_cancel(struct page_counter *counter, unsigned long nr_pages);
void page_counter_uncharge(struct page_counter *counter, unsigned long nr_pages);

/* mm/memcontrol.c: stocks and the charge */
struct mem_cgroup {
	struct page_counter memory;
	unsigned long __percpu_refs;	/* css.refcnt, a per-CPU count in its usual mode */
	struct mem_cgroup *parent;
	unsigned long events_max;
	unsigned int over_high;
} __attribute__((aligned(CACHE_LINE)));

int try_charge_memcg(struct mem_cgroup *memcg, unsigned int gfp_mask, unsigned int nr_pages);
void memcg_uncharge(struct mem_cgroup *memcg, unsigned int nr_pages);
void refill_stock(struct mem_cgroup *memcg, unsigned int nr_pages);
void drain_stock_of_this_cpu(void);

#define PERCPU_UNIT (64 << 10)
#define MAX_CPUS 8

/* The per-CPU area: CPU n's copy of a variable is n units further on. */
extern char percpu_area[MAX_CPUS][PERCPU_UNIT];
void *percpu_alloc(size_t size);

#endif
