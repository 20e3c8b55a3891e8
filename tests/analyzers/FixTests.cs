// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Analyzers.Tests.Harness;

namespace KMemcg.Analyzers.Tests;

/// <summary>Each fix does what a person would have written, and for many reports at once.</summary>
internal sealed class FixTests
{
    [Test]
    public void Ten_rules_and_more_have_a_fix() => Assert.That(Fixing.FixableIds, Has.Length.AtLeast(10));

    [Test]
    public Task Plain_accesses_get_their_accessors() => Fixing.Check("KM0701", """
            private static bool over(page_counter* a, page_counter* b, ulong usage)
            {
                a->watermark = usage; // as it is now
                (*b).high = 3UL;
                return usage > a->max && usage > b[1].max;
            }
        """, """
            private static bool over(page_counter* a, page_counter* b, ulong usage)
            {
                WRITE_ONCE(&a->watermark, usage); // as it is now
                WRITE_ONCE(&(*b).high, 3UL);
                return usage > READ_ONCE(&a->max) && usage > READ_ONCE(&b[1].max);
            }
        """);

    [Test]
    public Task Plain_stores_of_RCU_pointers_publish() => Fixing.Check("KM0302", """
            private static void publish(mem_cgroup* memcg, mem_cgroup_threshold_ary* t)
            {
                memcg->thresholds = RCU_INITIALIZER(t);
                root_mem_cgroup->thresholds = RCU_INITIALIZER(t);
            }
        """, """
            private static void publish(mem_cgroup* memcg, mem_cgroup_threshold_ary* t)
            {
                rcu_assign_pointer(&memcg->thresholds, t);
                rcu_assign_pointer(&root_mem_cgroup->thresholds, t);
            }
        """);

    [Test]
    public Task Plain_reads_of_RCU_pointers_dereference() => Fixing.Check("KM0301", """
            private static ulong first(mem_cgroup* memcg)
            {
                ulong first;

                rcu_read_lock();
                first = ((mem_cgroup_threshold_ary*)memcg->thresholds)->first;
                rcu_read_unlock();
                return first;
            }
        """, """
            private static ulong first(mem_cgroup* memcg)
            {
                ulong first;

                rcu_read_lock();
                first = (rcu_dereference(&memcg->thresholds))->first;
                rcu_read_unlock();
                return first;
            }
        """);

    [Test]
    public Task A_lock_is_dropped_before_each_way_out() => Fixing.Check("KM0110", """
            private static int pop(list_lru_one* l, int n)
            {
                IrqFlags flags;

                spin_lock_irqsave(&l->@lock, out flags);
                if (l->nr_items == 0)
                    return -ENOENT;
                if (n > 3)
                {
                    // Too many.
                    return -EINVAL;
                }
                l->nr_items--;
                spin_unlock_irqrestore(&l->@lock, flags);
                return 0;
            }
        """, """
            private static int pop(list_lru_one* l, int n)
            {
                IrqFlags flags;

                spin_lock_irqsave(&l->@lock, out flags);
                if (l->nr_items == 0)
                {
                    spin_unlock_irqrestore(&l->@lock, flags);
                    return -ENOENT;
                }
                if (n > 3)
                {
                    // Too many.
                    spin_unlock_irqrestore(&l->@lock, flags);
                    return -EINVAL;
                }
                l->nr_items--;
                spin_unlock_irqrestore(&l->@lock, flags);
                return 0;
            }
        """);

    [Test]
    public Task A_lock_that_is_never_dropped_is_dropped_at_the_end() => Fixing.Check("KM0110", """
            private static void grow(mm_struct* mm)
            {
                down_write(&mm->mmap_lock);
                mm->map_count++;
            }
        """, """
            private static void grow(mm_struct* mm)
            {
                down_write(&mm->mmap_lock);
                mm->map_count++;
                up_write(&mm->mmap_lock);
            }
        """);

    [Test]
    public Task A_function_may_be_meant_to_return_with_the_lock() => Fixing.Check("KM0110", """
            /// <summary>Keeps mappings as they are.</summary>
            private static void freeze(mm_struct* mm)
            {
                down_read(&mm->mmap_lock);
            }
        """, """
            /// <summary>Keeps mappings as they are.</summary>
            [AcquiresShared("mm->mmap_lock")]
            private static void freeze(mm_struct* mm)
            {
                down_read(&mm->mmap_lock);
            }
        """, "Declare [AcquiresShared(\"mm->mmap_lock\")]");

    [Test]
    public Task A_function_may_be_meant_to_return_in_a_read_section() => Fixing.Check("KM0110", """
            private static void enter(int nr)
            {
                rcu_read_lock();
            }
        """, """
            [AcquiresShared("rcu")]
            private static void enter(int nr)
            {
                rcu_read_lock();
            }
        """, "Declare [AcquiresShared(\"rcu\")]");

    [Test]
    public Task What_is_returned_has_its_reference_with_it() => Fixing.Check("KM0501", """
            private static mem_cgroup* find(mm_struct* mm)
            {
                mem_cgroup* memcg = get_mem_cgroup_from_mm(mm);

                schedule();
                return memcg;
            }

            private static mem_cgroup* direct(mm_struct* mm) => get_mem_cgroup_from_mm(mm);
        """, """
            [ReturnsOwned]
            private static mem_cgroup* find(mm_struct* mm)
            {
                mem_cgroup* memcg = get_mem_cgroup_from_mm(mm);

                schedule();
                return memcg;
            }

            [ReturnsOwned]
            private static mem_cgroup* direct(mm_struct* mm) => get_mem_cgroup_from_mm(mm);
        """);

    [Test]
    public Task A_mask_does_not_sleep_under_a_lock() => Fixing.Check("KM0202", """
            private static void fill(list_lru_one* l, void** a)
            {
                spin_lock(&l->@lock);
                a[0] = kmalloc(8, GFP_KERNEL);
                a[1] = kmalloc(8, GFP_NOFS | __GFP_ZERO);
                spin_unlock(&l->@lock);
            }
        """, """
            private static void fill(list_lru_one* l, void** a)
            {
                spin_lock(&l->@lock);
                a[0] = kmalloc(8, GFP_ATOMIC);
                a[1] = kmalloc(8, GFP_ATOMIC | __GFP_ZERO);
                spin_unlock(&l->@lock);
            }
        """, "Use GFP_ATOMIC");

    [Test]
    public Task A_caller_passes_a_demand_on() => Fixing.Check("KM0103", """
            [MustHold("l->lock")]
            private static void add(list_lru_one* l) => l->nr_items++;

            /// <summary>Adds one.</summary>
            private static void put(list_lru* lru)
            {
                add(lru->node);
            }
        """, """
            [MustHold("l->lock")]
            private static void add(list_lru_one* l) => l->nr_items++;

            /// <summary>Adds one.</summary>
            [MustHold("lru->node->lock")]
            private static void put(list_lru* lru)
            {
                add(lru->node);
            }
        """);

    [Test]
    public Task A_reference_is_put_before_each_way_out() => Fixing.Check("KM0501", """
            private static int charge(mm_struct* mm, mem_cgroup* other)
            {
                mem_cgroup* memcg = get_mem_cgroup_from_mm(mm);

                if (!page_counter_try_charge(&memcg->memory, 1))
                    return -ENOMEM;
                mem_cgroup_put(memcg);
                if (!css_tryget(&other->css))
                    return -EBUSY;
                if (!page_counter_try_charge(&other->memory, 1))
                    return -ENOMEM;
                css_put(&other->css);
                return 0;
            }
        """, """
            private static int charge(mm_struct* mm, mem_cgroup* other)
            {
                mem_cgroup* memcg = get_mem_cgroup_from_mm(mm);

                if (!page_counter_try_charge(&memcg->memory, 1))
                {
                    mem_cgroup_put(memcg);
                    return -ENOMEM;
                }
                mem_cgroup_put(memcg);
                if (!css_tryget(&other->css))
                    return -EBUSY;
                if (!page_counter_try_charge(&other->memory, 1))
                {
                    css_put(&other->css);
                    return -ENOMEM;
                }
                css_put(&other->css);
                return 0;
            }
        """);

    [Test]
    public Task A_walk_is_broken() => Fixing.Check("KM0511", """
            private static bool any(mem_cgroup* root)
            {
                for (mem_cgroup* memcg = mem_cgroup_iter(root, null, null); memcg != null; memcg = mem_cgroup_iter(root, memcg, null))
                {
                    if (page_counter_read(&memcg->memory) != 0)
                        return true;
                }
                return false;
            }
        """, """
            private static bool any(mem_cgroup* root)
            {
                for (mem_cgroup* memcg = mem_cgroup_iter(root, null, null); memcg != null; memcg = mem_cgroup_iter(root, memcg, null))
                {
                    if (page_counter_read(&memcg->memory) != 0)
                    {
                        mem_cgroup_iter_break(root, memcg);
                        return true;
                    }
                }
                return false;
            }
        """);

    [Test]
    public Task A_fix_that_would_not_compile_is_not_offered() => Fixing.CheckNone("KM0511", """
            private static bool any(mem_cgroup* root)
            {
                for (mem_cgroup* memcg = mem_cgroup_iter(root, null, null); memcg != null; memcg = mem_cgroup_iter(root, memcg, null))
                {
                    if (page_counter_read(&memcg->memory) != 0)
                        break;
                }
                return false;
            }
        """);

    [Test]
    public Task A_get_becomes_a_tryget() => Fixing.Check("KM0503", """
            private static void pin(int id)
            {
                cgroup_subsys_state* css;

                rcu_read_lock();
                css = css_from_id(id, memory_cgrp_subsys);
                css_get(css);
                rcu_read_unlock();
                css_put(css);
            }
        """, """
            private static void pin(int id)
            {
                cgroup_subsys_state* css;

                rcu_read_lock();
                css = css_from_id(id, memory_cgrp_subsys);
                if (!css_tryget(css))
                    css = null;
                rcu_read_unlock();
                css_put(css);
            }
        """);

    [Test]
    public Task A_scope_ends_with_what_it_began_with() => Fixing.Check("KM0510", """
            private static void* allocate(mem_cgroup* memcg)
            {
                void* p;

                set_active_memcg(memcg);
                p = kmalloc(64, GFP_KERNEL);
                set_active_memcg(null);
                return p;
            }
        """, """
            private static void* allocate(mem_cgroup* memcg)
            {
                void* p;

                mem_cgroup* old = set_active_memcg(memcg);
                p = kmalloc(64, GFP_KERNEL);
                set_active_memcg(old);
                return p;
            }
        """);

    [Test]
    public Task A_scope_ends_on_each_way_out() => Fixing.Check("KM0510", """
            private static int allocate(void** p)
            {
                uint nofs = memalloc_nofs_save();

                *p = kmalloc(64, GFP_KERNEL);
                if (*p == null)
                    return -ENOMEM;
                memalloc_nofs_restore(nofs);
                return 0;
            }
        """, """
            private static int allocate(void** p)
            {
                uint nofs = memalloc_nofs_save();

                *p = kmalloc(64, GFP_KERNEL);
                if (*p == null)
                {
                    memalloc_nofs_restore(nofs);
                    return -ENOMEM;
                }
                memalloc_nofs_restore(nofs);
                return 0;
            }
        """);

    [Test]
    public Task An_escape_without_a_reason_goes() => Fixing.Check("KM0003", """
            [ContextUnsafe("")]
            private static void one() { }

            [MightSleep, ContextUnsafe(" ")]
            private static void two() { }
        """, """
            private static void one() { }

            [MightSleep]
            private static void two() { }
        """);

    [Test]
    public Task An_escape_that_hides_nothing_goes() => Fixing.Check("KM0005", """
            [ContextUnsafe("it was boot code once")]
            private static void add(list_lru_one* l)
            {
                spin_lock(&l->@lock);
                l->nr_items++;
                spin_unlock(&l->@lock);
            }
        """, """
            private static void add(list_lru_one* l)
            {
                spin_lock(&l->@lock);
                l->nr_items++;
                spin_unlock(&l->@lock);
            }
        """);
}
