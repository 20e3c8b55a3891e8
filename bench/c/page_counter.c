// SPDX-License-Identifier: GPL-2.0-only
/* Hierarchical counters, one atomic a level: the same steps as kernel/linux/mm/page_counter.c.cs. */
#include "yardstick.h"

static inline unsigned long min_ul(unsigned long a, unsigned long b) { return a < b ? a : b; }

static void propagate_protected_usage(struct page_counter *c, unsigned long usage)
{
	unsigned long protected, old_protected;
	long delta;

	if (!c->parent)
		return;

	protected = min_ul(usage, READ_ONCE(c->min));
	old_protected = atomic_long_read(&c->min_usage);
	if (protected != old_protected) {
		old_protected = atomic_long_xchg(&c->min_usage, protected);
		delta = protected - old_protected;
		if (delta)
			atomic_long_add(delta, &c->parent->children_min_usage);
	}

	protected = min_ul(usage, READ_ONCE(c->low));
	old_protected = atomic_long_read(&c->low_usage);
	if (protected != old_protected) {
		old_protected = atomic_long_xchg(&c->low_usage, protected);
		delta = protected - old_protected;
		if (delta)
			atomic_long_add(delta, &c->parent->children_low_usage);
	}
}

static inline void track_watermark(struct page_counter *c, unsigned long new)
{
	if (new > READ_ONCE(c->local_watermark)) {
		WRITE_ONCE(c->local_watermark, new);
		if (new > READ_ONCE(c->watermark))
			WRITE_ONCE(c->watermark, new);
	}
}

void page_counter_cancel(struct page_counter *counter, unsigned long nr_pages)
{
	long new = atomic_long_sub_return(nr_pages, &counter->usage);

	if (unlikely(new < 0)) {
		new = 0;
		atomic_long_set(&counter->usage, new);
	}
	if (counter->protection_support)
		propagate_protected_usage(counter, new);
}

void page_counter_charge(struct page_counter *counter, unsigned long nr_pages)
{
	bool protection = counter->protection_support;
	struct page_counter *c;

	for (c = counter; c; c = c->parent) {
		long new = atomic_long_add_return(nr_pages, &c->usage);

		if (protection)
			propagate_protected_usage(c, new);
		track_watermark(c, new);
	}
}

bool page_counter_try_charge(struct page_counter *counter, unsigned long nr_pages, struct page_counter **fail)
{
	bool protection = counter->protection_support;
	bool track_failcnt = counter->track_failcnt;
	struct page_counter *c;

	for (c = counter; c; c = c->parent) {
		long new = atomic_long_add_return(nr_pages, &c->usage);

		if ((unsigned long)new > c->max) {
			atomic_long_sub(nr_pages, &c->usage);
			if (track_failcnt)
				c->failcnt++;
			*fail = c;
			goto failed;
		}
		if (protection)
			propagate_protected_usage(c, new);
		track_watermark(c, new);
	}
	return true;

failed:
	for (c = counter; c != *fail; c = c->parent)
		page_counter_cancel(c, nr_pages);
	return false;
}

void page_counter_uncharge(struct page_counter *counter, unsigned long nr_pages)
{
	struct page_counter *c;

	for (c = counter; c; c = c->parent)
		page_counter_cancel(c, nr_pages);
}
