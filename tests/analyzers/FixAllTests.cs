// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Analyzers.Tests.Harness;

namespace KMemcg.Analyzers.Tests;

/// <summary>All reports of a rule are fixed at once, in a file and in a project: also those at one place, in one statement, inside one another.</summary>
internal sealed class FixAllTests
{
    private static readonly (string Id, string Before, string After)[] s_cases =
    [
        ("KM0003", """
            [ContextUnsafe(""), Benign(" ")]
            private static void one() { }

            [Benign("")]
            [MightSleep, ContextUnsafe("")]
            private static void two() { }
        """, """
            private static void one() { }

            [MightSleep]
            private static void two() { }
        """),
        ("KM0004", """
            private static void add(list_lru_one* l)
            {
                spin_lock(&l->@lock);
                grow();
                rest();
                spin_unlock(&l->@lock);
            }

            /// <summary>Makes room.</summary>
            private static void grow() => wait();

            [HotPath]
            private static void rest()
            {
                wait();
            }

            private static void wait() => msleep(1);
        """, """
            private static void add(list_lru_one* l)
            {
                spin_lock(&l->@lock);
                grow();
                rest();
                spin_unlock(&l->@lock);
            }

            /// <summary>Makes room.</summary>
            [MightSleep]
            private static void grow() => wait();

            [MightSleep]
            [HotPath]
            private static void rest()
            {
                wait();
            }

            [MightSleep]
            private static void wait() => msleep(1);
        """),
        ("KM0005", """
            [ContextUnsafe("it is boot code", Rule = "KM0101")]
            [ContextUnsafe("it was boot code once", Rule = "KM0110")]
            private static void add(list_lru_one* l) => l->nr_items++;

            /// <summary>Adds one.</summary>
            [ContextUnsafe("nothing to hide")]
            private static void lock_and_add(list_lru_one* l)
            {
                spin_lock(&l->@lock);
                l->nr_items++;
                spin_unlock(&l->@lock);
            }
        """, """
            [ContextUnsafe("it is boot code", Rule = "KM0101")]
            private static void add(list_lru_one* l) => l->nr_items++;

            /// <summary>Adds one.</summary>
            private static void lock_and_add(list_lru_one* l)
            {
                spin_lock(&l->@lock);
                l->nr_items++;
                spin_unlock(&l->@lock);
            }
        """),
        ("KM0101", """
            private static void add(list_lru_one* l, lruvec* lruvec)
            {
                l->nr_items++;
                lruvec->nr += (ulong)l->nr_items;
            }

            [HotPath]
            private static long count(list_lru_one* l) => l->nr_items;
        """, """
            [MustHold("lruvec->lru_lock")]
            [MustHold("l->lock")]
            private static void add(list_lru_one* l, lruvec* lruvec)
            {
                l->nr_items++;
                lruvec->nr += (ulong)l->nr_items;
            }

            [MustHold("l->lock")]
            [HotPath]
            private static long count(list_lru_one* l) => l->nr_items;
        """),
        ("KM0103", """
            [MustHold("l->lock")]
            private static void add(list_lru_one* l) => l->nr_items++;

            [MustHold("lruvec->lru_lock")]
            private static void count(lruvec* lruvec) => lruvec->nr++;

            private static void twice(list_lru_one* l)
            {
                add(l);
                add(l);
            }

            /// <summary>Both.</summary>
            private static void both(list_lru* lru, lruvec* lruvec)
            {
                add(lru->node);
                count(lruvec);
            }
        """, """
            [MustHold("l->lock")]
            private static void add(list_lru_one* l) => l->nr_items++;

            [MustHold("lruvec->lru_lock")]
            private static void count(lruvec* lruvec) => lruvec->nr++;

            [MustHold("l->lock")]
            private static void twice(list_lru_one* l)
            {
                add(l);
                add(l);
            }

            /// <summary>Both.</summary>
            [MustHold("lru->node->lock")]
            [MustHold("lruvec->lru_lock")]
            private static void both(list_lru* lru, lruvec* lruvec)
            {
                add(lru->node);
                count(lruvec);
            }
        """),
        ("KM0110", """
            private static int move(list_lru_one* l, mm_struct* mm)
            {
                down_read(&mm->mmap_lock);
                if (mm->map_count == 0)
                    return -EINVAL;
                spin_lock(&l->@lock);
                if (l->nr_items == 0)
                    return -ENOENT;
                l->nr_items--;
                spin_unlock(&l->@lock);
                up_read(&mm->mmap_lock);
                return 0;
            }
        """, """
            private static int move(list_lru_one* l, mm_struct* mm)
            {
                down_read(&mm->mmap_lock);
                if (mm->map_count == 0)
                {
                    up_read(&mm->mmap_lock);
                    return -EINVAL;
                }
                spin_lock(&l->@lock);
                if (l->nr_items == 0)
                {
                    spin_unlock(&l->@lock);
                    up_read(&mm->mmap_lock);
                    return -ENOENT;
                }
                l->nr_items--;
                spin_unlock(&l->@lock);
                up_read(&mm->mmap_lock);
                return 0;
            }
        """),
        ("KM0113", """
            private static void unlock(list_lru_one* l, lruvec* lruvec)
            {
                spin_unlock(&lruvec->lru_lock);
                spin_unlock(&l->@lock);
            }
        """, """
            [Releases("lruvec->lru_lock")]
            [Releases("l->lock")]
            private static void unlock(list_lru_one* l, lruvec* lruvec)
            {
                spin_unlock(&lruvec->lru_lock);
                spin_unlock(&l->@lock);
            }
        """),
        ("KM0202", """
            private static void fill(list_lru_one* l, void** a)
            {
                spin_lock(&l->@lock);
                a[0] = kmalloc(folio_alloc(GFP_KERNEL, 0)->index, GFP_KERNEL | __GFP_ZERO);
                a[1] = kmalloc(8, GFP_NOFS);
                spin_unlock(&l->@lock);
            }
        """, """
            private static void fill(list_lru_one* l, void** a)
            {
                spin_lock(&l->@lock);
                a[0] = kmalloc(folio_alloc(GFP_NOWAIT, 0)->index, GFP_NOWAIT | __GFP_ZERO);
                a[1] = kmalloc(8, GFP_NOWAIT);
                spin_unlock(&l->@lock);
            }
        """),
        ("KM0207", """
            private static void enter(int nr)
            {
                preempt_disable();
                migrate_disable();
            }

            private static void leave(int nr)
            {
                migrate_enable();
                preempt_enable();
            }

            /// <summary>Off, whatever they were.</summary>
            private static void quiet(int nr) => local_irq_disable();

            [RequiresIrqsOff]
            private static void loud(int nr) => local_irq_enable();

            private static void softirqs(int nr) => local_bh_disable();

            private static void faults(int nr) => pagefault_disable();
        """, """
            [MigrateAdjust(1)]
            [PreemptAdjust(1)]
            private static void enter(int nr)
            {
                preempt_disable();
                migrate_disable();
            }

            [MigrateAdjust(-1)]
            [PreemptAdjust(-1)]
            private static void leave(int nr)
            {
                migrate_enable();
                preempt_enable();
            }

            /// <summary>Off, whatever they were.</summary>
            [IrqDisable]
            private static void quiet(int nr) => local_irq_disable();

            [IrqEnable]
            [RequiresIrqsOff]
            private static void loud(int nr) => local_irq_enable();

            [BhAdjust(1)]
            private static void softirqs(int nr) => local_bh_disable();

            [Acquires("pagefault_off")]
            private static void faults(int nr) => pagefault_disable();
        """),
        ("KM0301", """
            private static ulong sum(mem_cgroup* a, mem_cgroup* b)
            {
                ulong sum;

                rcu_read_lock();
                sum = ((mem_cgroup_threshold_ary*)a->thresholds)->first + ((mem_cgroup_threshold_ary*)b->thresholds)->first;
                rcu_read_unlock();
                return sum;
            }
        """, """
            private static ulong sum(mem_cgroup* a, mem_cgroup* b)
            {
                ulong sum;

                rcu_read_lock();
                sum = (rcu_dereference(&a->thresholds))->first + (rcu_dereference(&b->thresholds))->first;
                rcu_read_unlock();
                return sum;
            }
        """),
        ("KM0302", """
            private static void publish(mem_cgroup* a, mem_cgroup* b, mem_cgroup_threshold_ary* t)
            {
                a->thresholds = RCU_INITIALIZER(t);
                if (b != null)
                    b->thresholds = RCU_INITIALIZER(t);
            }
        """, """
            private static void publish(mem_cgroup* a, mem_cgroup* b, mem_cgroup_threshold_ary* t)
            {
                rcu_assign_pointer(&a->thresholds, t);
                if (b != null)
                    rcu_assign_pointer(&b->thresholds, t);
            }
        """),
        ("KM0501", """
            private static int charge(mm_struct* mm, mem_cgroup* other)
            {
                mem_cgroup* memcg = get_mem_cgroup_from_mm(mm);

                if (!css_tryget(&other->css))
                    return -EBUSY;
                if (!page_counter_try_charge(&other->memory, 1))
                    return -ENOMEM;
                css_put(&other->css);
                mem_cgroup_put(memcg);
                return 0;
            }
        """, """
            private static int charge(mm_struct* mm, mem_cgroup* other)
            {
                mem_cgroup* memcg = get_mem_cgroup_from_mm(mm);

                if (!css_tryget(&other->css))
                {
                    mem_cgroup_put(memcg);
                    return -EBUSY;
                }
                if (!page_counter_try_charge(&other->memory, 1))
                {
                    css_put(&other->css);
                    mem_cgroup_put(memcg);
                    return -ENOMEM;
                }
                css_put(&other->css);
                mem_cgroup_put(memcg);
                return 0;
            }
        """),
        ("KM0503", """
            private static void pin(int id, int other)
            {
                cgroup_subsys_state* css;
                cgroup_subsys_state* second;

                rcu_read_lock();
                css = css_from_id(id, memory_cgrp_subsys);
                second = css_from_id(other, memory_cgrp_subsys);
                css_get(css);
                css_get(second);
                rcu_read_unlock();
                css_put(css);
                css_put(second);
            }
        """, """
            private static void pin(int id, int other)
            {
                cgroup_subsys_state* css;
                cgroup_subsys_state* second;

                rcu_read_lock();
                css = css_from_id(id, memory_cgrp_subsys);
                second = css_from_id(other, memory_cgrp_subsys);
                if (!css_tryget(css))
                    css = null;
                if (!css_tryget(second))
                    second = null;
                rcu_read_unlock();
                css_put(css);
                css_put(second);
            }
        """),
        ("KM0510", """
            private static void* allocate(mem_cgroup* memcg, mem_cgroup* other)
            {
                void* p;

                set_active_memcg(memcg);
                p = kmalloc(64, GFP_KERNEL);
                set_active_memcg(null);
                if (p == null)
                {
                    set_active_memcg(other);
                    p = kmalloc(64, GFP_KERNEL);
                    set_active_memcg(null);
                }
                return p;
            }

            private static int reserve(void** p)
            {
                uint nofs = memalloc_nofs_save();
                uint noreclaim = memalloc_noreclaim_save();

                *p = kmalloc(64, GFP_KERNEL);
                if (*p == null)
                    return -ENOMEM;
                memalloc_noreclaim_restore(noreclaim);
                memalloc_nofs_restore(nofs);
                return 0;
            }
        """, """
            private static void* allocate(mem_cgroup* memcg, mem_cgroup* other)
            {
                void* p;

                mem_cgroup* old2 = set_active_memcg(memcg);
                p = kmalloc(64, GFP_KERNEL);
                set_active_memcg(old2);
                if (p == null)
                {
                    mem_cgroup* old = set_active_memcg(other);
                    p = kmalloc(64, GFP_KERNEL);
                    set_active_memcg(old);
                }
                return p;
            }

            private static int reserve(void** p)
            {
                uint nofs = memalloc_nofs_save();
                uint noreclaim = memalloc_noreclaim_save();

                *p = kmalloc(64, GFP_KERNEL);
                if (*p == null)
                {
                    memalloc_noreclaim_restore(noreclaim);
                    memalloc_nofs_restore(nofs);
                    return -ENOMEM;
                }
                memalloc_noreclaim_restore(noreclaim);
                memalloc_nofs_restore(nofs);
                return 0;
            }
        """),
        ("KM0511", """
            private static mem_cgroup* first(mem_cgroup* root, bool swap)
            {
                for (mem_cgroup* memcg = mem_cgroup_iter(root, null, null); memcg != null; memcg = mem_cgroup_iter(root, memcg, null))
                {
                    // As much as one page.
                    if (swap && page_counter_read(&memcg->swap) != 0)
                        return root;
                    else if (page_counter_read(&memcg->memory) != 0)
                        return root;
                }
                return null;
            }
        """, """
            private static mem_cgroup* first(mem_cgroup* root, bool swap)
            {
                for (mem_cgroup* memcg = mem_cgroup_iter(root, null, null); memcg != null; memcg = mem_cgroup_iter(root, memcg, null))
                {
                    // As much as one page.
                    if (swap && page_counter_read(&memcg->swap) != 0)
                    {
                        mem_cgroup_iter_break(root, memcg);
                        return root;
                    }
                    else if (page_counter_read(&memcg->memory) != 0)
                    {
                        mem_cgroup_iter_break(root, memcg);
                        return root;
                    }
                }
                return null;
            }
        """),
        ("KM0701", """
            private static ulong copy(page_counter* a, page_counter* b)
            {
                a->high = b->high;
                a->max = (b->max + b->high) / 2;
                return a->max > b->max ? a->max : b->max;
            }
        """, """
            private static ulong copy(page_counter* a, page_counter* b)
            {
                WRITE_ONCE(&a->high, READ_ONCE(&b->high));
                WRITE_ONCE(&a->max, (READ_ONCE(&b->max) + READ_ONCE(&b->high)) / 2);
                return READ_ONCE(&a->max) > READ_ONCE(&b->max) ? READ_ONCE(&a->max) : READ_ONCE(&b->max);
            }
        """),
    ];

    private static IEnumerable<TestCaseData> Cases => s_cases.Select(@case => new TestCaseData(@case.Id, @case.Before, @case.After).SetArgDisplayNames(@case.Id));

    [TestCaseSource(nameof(Cases))]
    public Task All_reports_are_fixed_at_once(string id, string before, string after) => Fixing.CheckAll(id, before, after);

    [Test]
    public void Each_rule_with_a_fix_is_here() => Assert.That(s_cases.Select(@case => @case.Id), Is.EqualTo(Fixing.FixableIds));
}
