// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Analyzers.Tests.Harness;

namespace KMemcg.Analyzers.Tests.Flow;

/// <summary>Puts: that the function has what it puts, and puts what it says.</summary>
internal sealed class PutTests
{
    [Test]
    public Task What_is_put_was_got_or_given() => Analysis.Check("KM05", """
        public unsafe struct holder
        {
            [OwnsRef(EmptyWhenFreed = true)] public cgroup_subsys_state* owned;
            public cgroup_subsys_state* borrowed;
        }

        public static unsafe class mm_test_c
        {
            private static void Got(cgroup_subsys_state* css)
            {
                css_get(css);
                css_put(css);
            }

            [ConsumesRef("css")]
            private static void Given(cgroup_subsys_state* css) => css_put(css);

            private static void NotGiven(cgroup_subsys_state* css) => css_put(css); // expect: KM0502

            private static void Owned(holder* h)
            {
                cgroup_subsys_state* css = h->owned;

                h->owned = null;
                css_put(css);
            }

            private static void Borrowed(holder* h) => css_put(h->borrowed); // expect: KM0502

            private static void TakenOut(holder* h)
            {
                cgroup_subsys_state* css = h->borrowed;

                h->borrowed = null;
                if (css != null)
                    css_put(css);
            }

            private static void Freed(holder* h)
            {
                css_put(h->borrowed);
                kfree(h);
            }

            // One of two ways is enough: the other has null, or what is not counted.
            private static void Sometimes(holder* h, bool counted)
            {
                cgroup_subsys_state* css = h->borrowed;

                if (counted)
                    css_get(css);
                css_put(css);
            }
        }
        """);

    [Test]
    public Task What_members_keep_of_what_was_got_says_the_function() => Analysis.Check("KM05", """
        public static unsafe class mm_test_c
        {
            private static void insert(list_head* list, list_head* entry) { }

            [GetsRef("cgroup_subsys_state.parent", Kept = true)]
            private static void Good(cgroup_subsys_state* css, list_head* list)
            {
                css_get(css);
                insert(list, (list_head*)css);
            }

            private static void Bad(cgroup_subsys_state* css, list_head* list)
            {
                css_get(css);
                insert(list, (list_head*)css);
            } // expect: KM0501
        }
        """);

    [Test]
    public Task What_is_declared_is_put_by_somebody_who_says_so() => Analysis.Check("KM05", """
        public static unsafe class mm_test_c
        {
            private static void look(cgroup_subsys_state* css) { }

            [PutsRef("css")]
            private static void Good(cgroup_subsys_state* css)
            {
                look(css);
                css_put(css);
            }

            [PutsRef("css")]
            private static void Bad(cgroup_subsys_state* css) => look(css); // expect: KM0501

            [ConsumesRef("css")]
            private static void Kept(cgroup_subsys_state* css, list_head* list, bool late)
            {
                if (late)
                    return; // expect: KM0501
                list->next = (list_head*)css;
            }
        }
        """);

    [Test]
    public Task An_owner_that_is_put_is_cleared_freed_or_declared() => Analysis.Check("KM05", """
        public unsafe struct holder
        {
            [OwnsRef(EmptyWhenFreed = true)] public cgroup_subsys_state* css;
        }

        public static unsafe class mm_test_c
        {
            [PutsRef("h->css")]
            private static void Declared(holder* h) => css_put(h->css);

            private static void Cleared(holder* h)
            {
                css_put(h->css);
                h->css = null;
            }

            private static void Bad(holder* h) => css_put(h->css); // expect: KM0502
        }
        """);

    [Test]
    public Task What_members_keep_is_put_by_who_says_so() => Analysis.Check("KM05", """
        public unsafe struct entry
        {
            public cgroup_subsys_state* css;
        }

        public static unsafe class mm_test_c
        {
            [PutsRef("entry.css")]
            private static void Good(entry* table, int nr)
            {
                for (int i = 0; i < nr; i++)
                    css_put(table[i].css);
            }

            [PutsRef("entry.css")]
            private static void Bad(entry* table, int nr) // expect: KM0501
            {
                for (int i = 0; i < nr; i++)
                    schedule();
            }
        }
        """);

    [Test]
    public Task A_reference_is_taken_over_with_one_result_only() => Analysis.Check("KM05", """
        public static unsafe class mm_test_c
        {
            [ConsumesRef(Result.True, "css")]
            private static bool enqueue(cgroup_subsys_state* css) => link(&css->refcnt);

            private static bool link(percpu_ref* r) => true;

            [ConsumesRef("css")]
            private static void Good(cgroup_subsys_state* css)
            {
                if (!enqueue(css))
                    css_put(css);
            }

            [ConsumesRef("css")]
            private static void Bad(cgroup_subsys_state* css, bool late)
            {
                if (late)
                    css_put(css);
                else if (!enqueue(css))
                    return; // expect: KM0501
            }

            private static void Twice(cgroup_subsys_state* css)
            {
                if (!css_tryget(css))
                    return;
                bool queued = enqueue(css);
                if (!queued)
                    schedule();
            } // expect: KM0501
        }
        """);

    [Test]
    public Task An_error_leaves_the_reference_with_the_caller() => Analysis.Check("KM05", """
        public unsafe struct filp
        {
            public inode* inode;
        }

        public static unsafe class fs_test_c
        {
            [ConsumesRef(Result.NotError, "inode")]
            private static filp* open(inode* inode) => attach(&inode->i_wb_link);

            private static filp* attach(list_head* link) => null;

            [TryGetsRef(Result.NotError, "inode")]
            private static int find(inode* inode) => 0;

            private static filp* Good(inode* i)
            {
                inode* inode = igrab(i);
                if (inode == null)
                    return null;
                filp* file = open(inode);
                if (IS_ERR(file))
                    iput(inode);
                return file;
            }

            private static filp* Bad(inode* i)
            {
                inode* inode = igrab(i);
                if (inode == null)
                    return null;
                filp* file = open(inode);
                if (IS_ERR(file))
                    return null; // expect: KM0501
                return file;
            }

            private static int GoodNumber(inode* i)
            {
                int fd = find(i);
                if (fd < 0)
                    return fd;
                iput(i);
                return fd;
            }

            private static int BadNumber(inode* i)
            {
                int fd = find(i);
                if (fd < 0)
                    return fd;
                return 0; // expect: KM0501
            }
        }
        """);

    [Test]
    public Task Owners_that_readers_follow_are_owners() => Analysis.Check("KM05", """
        public unsafe struct table
        {
            [OwnsRef] public Rcu<cgroup_subsys_state>** slots;
        }

        public static unsafe class fs_test_c
        {
            private static void Good(table* t, int nr)
            {
                for (int i = 0; i < nr; i++)
                {
                    cgroup_subsys_state* css = rcu_dereference_raw(&t->slots[i]);
                    if (css != null)
                        css_put(css);
                }

                kfree(t);
            }

            private static void Bad(table* t, int nr)
            {
                for (int i = 0; i < nr; i++)
                {
                    cgroup_subsys_state* css = rcu_dereference_raw(&t->slots[i]);
                    if (css != null)
                        schedule();
                }

                kfree(t); // expect: KM0505
            }

            [ReturnsOwned]
            private static cgroup_subsys_state* Take(table* t, int i)
            {
                cgroup_subsys_state* css = rcu_dereference_raw(&t->slots[i]);
                if (css != null)
                    rcu_assign_pointer(&t->slots[i], null);
                return css;
            }

            private static void Lose(table* t, int i)
            {
                cgroup_subsys_state* css = rcu_dereference_raw(&t->slots[i]);
                if (css != null)
                    rcu_assign_pointer(&t->slots[i], null);
            } // expect: KM0501
        }
        """);

    [Test]
    public Task An_owner_that_is_a_static_is_anybodys_once_its_lock_is_dropped() => Analysis.Check("KM05", """
        public static unsafe class mm_test_c
        {
            [LockClass("owner_lock")] private static readonly spinlock_t* owner_lock = bss<spinlock_t>();
            [OwnsRef] private static cgroup_subsys_state* s_owner;

            // What was stored is not what is put: somebody else may have taken it out in between.
            private static void Good(cgroup_subsys_state* css)
            {
                css_get(css);
                spin_lock(owner_lock);
                if (s_owner != null)
                {
                    spin_unlock(owner_lock);
                    css_put(css);
                    return;
                }

                s_owner = css;
                spin_unlock(owner_lock);

                spin_lock(owner_lock);
                css_put(s_owner);
                s_owner = null;
                spin_unlock(owner_lock);
            }

            // Nor is it empty still.
            private static void Bad(cgroup_subsys_state* css)
            {
                spin_lock(owner_lock);
                cgroup_subsys_state* old = s_owner;
                s_owner = null;
                spin_unlock(owner_lock);
                if (old != null)
                    css_put(old);

                spin_lock(owner_lock);
                if (s_owner != null)
                {
                    css_get(css);
                    spin_unlock(owner_lock);
                    return; // expect: KM0501
                }

                spin_unlock(owner_lock);
            }

            private static void AtOnce(cgroup_subsys_state* css)
            {
                css_get(css);
                spin_lock(owner_lock);
                cgroup_subsys_state* old = s_owner;
                s_owner = css;
                spin_unlock(owner_lock);
                if (old != null)
                    css_put(old);
            }
        }
        """);

    [Test]
    public Task What_was_given_away_twice_is_still_to_be_got() => Analysis.Check("KM05", """
        public static unsafe class mm_test_c
        {
            [ConsumesRef("css")]
            private static void keep(cgroup_subsys_state* css, list_head* list) => list->next = (list_head*)css;

            private static void Once(cgroup_subsys_state* css, list_head* list)
            {
                keep(css, list);
                css_get(css);
            }

            private static void Twice(cgroup_subsys_state* css, list_head* list)
            {
                keep(css, list);
                keep(css, list);
                css_get(css);
            }
        }
        """);
}
