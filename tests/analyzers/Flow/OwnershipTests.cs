// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Analyzers.Tests.Harness;

namespace KMemcg.Analyzers.Tests.Flow;

/// <summary>Whose a reference is, by the member that counts, the member that keeps it, and the result of a call.</summary>
internal sealed class OwnershipTests
{
    [Test]
    public Task A_put_counts_in_the_member_that_counts() => Analysis.Check("KM05", """
        public struct locked_count
        {
            public spinlock_t @lock;
            [CountsRefs] public int count;
        }

        public struct counted
        {
            [CountsRefs] public int refs;
            public locked_count uses;
            public int nr_entries;
        }

        public static unsafe class mm_test_c
        {
            [PutsRef("c")]
            private static void Good(counted* c)
            {
                if (--c->refs == 0)
                    kfree(c);
            }

            [PutsRef("c")]
            private static void Many(counted* c, int nr) => c->refs -= nr;

            [PutsRef("c")]
            private static void Inner(counted* c)
            {
                spin_lock(&c->uses.@lock);
                c->uses.count--;
                spin_unlock(&c->uses.@lock);
            }

            [PutsRef("c")]
            private static void Bad(counted* c) // expect: KM0501
            {
                if (--c->nr_entries == 0)
                    kfree(c);
            }

            [PutsRef("c")]
            private static void Adds(counted* c) => c->refs += 1; // expect: KM0501
        }
        """);

    [Test]
    public Task A_put_is_of_one_member_that_can_keep_it() => Analysis.Check("KM05", """
        public unsafe struct pair
        {
            public cgroup_subsys_state* css;
            public cgroup_subsys_state* parent;
            public obj_cgroup* objcg;
            public mem_cgroup* memcg;
            public void* priv;
        }

        public static unsafe class mm_test_c
        {
            private static cgroup_subsys_state* find(pair* p) => null;

            [PutsRef("pair.css"), PutsRef("pair.parent")]
            private static void Both(pair* p)
            {
                css_put(find(p));
                css_put(find(p));
            }

            [PutsRef("pair.css"), PutsRef("pair.parent")]
            private static void One(pair* p) => css_put(find(p)); // expect: KM0501

            // What is known to be of one of them leaves the other to what is not known.
            [PutsRef("pair.css"), PutsRef("pair.parent")]
            private static void Known(pair* p)
            {
                css_put(find(p));
                css_put(p->css);
            }

            // A css is in a memcg, and anything behind a pointer to anything.
            [PutsRef("pair.memcg")]
            private static void Inside(pair* p) => css_put(find(p));

            [PutsRef("pair.priv"), PutsRef("pair.css")]
            private static void Anything(pair* p)
            {
                css_put(find(p));
                css_put(find(p));
            }

            // What was got here is no member's.
            [PutsRef("pair.css")]
            private static void Own(pair* p, cgroup_subsys_state* css) // expect: KM0501
            {
                css_get(css);
                css_put(css);
            }

            [PutsRef("pair.objcg")]
            private static void OtherType(pair* p) => css_put(find(p)); // expect: KM0501, KM0502
        }
        """);

    [Test]
    public Task What_one_test_of_a_result_does_not_tell_the_next_does() => Analysis.Check("KM0", """
        public unsafe struct filp
        {
            public inode* inode;
        }

        public static unsafe class fs_test_c
        {
            [ErrorPointer(OrNull = true)] private static bool IS_ERR_OR_NULL(void* ptr) => false;

            [ConsumesRef(Result.NotError, "inode")]
            private static filp* open(inode* inode) => attach(&inode->i_wb_link);

            private static filp* attach(list_head* link) => null;

            // Less than 0 leaves the reference, 0 takes the lock as well.
            [TryAcquires(Result.Zero, "lock"), PreemptAdjust(1), ConsumesRef(Result.NotError, "css")]
            [ContextUnsafe("not shown here")]
            private static int enqueue(spinlock_t* @lock, cgroup_subsys_state* css) => 0;

            private static int Good(spinlock_t* @lock, cgroup_subsys_state* css)
            {
                if (!css_tryget(css))
                    return 0;
                int result = enqueue(@lock, css);
                if (result < 0)
                {
                    css_put(css);
                    return result;
                }

                if (result == 0)
                    spin_unlock(@lock);
                return 0;
            }

            private static int Bad(spinlock_t* @lock, cgroup_subsys_state* css)
            {
                if (!css_tryget(css))
                    return 0;
                int result = enqueue(@lock, css);
                if (result < 0)
                {
                    css_put(css);
                    return result;
                }

                if (result == 0)
                    return 0; // expect: KM0110
                return 1;
            }

            private static int ZeroFirst(spinlock_t* @lock, cgroup_subsys_state* css)
            {
                if (!css_tryget(css))
                    return 0;
                int result = enqueue(@lock, css);
                if (result == 0)
                {
                    spin_unlock(@lock);
                    return 0;
                }

                if (result > 0)
                    return 0;
                return result; // expect: KM0501
            }

            // Null is no error: the inode is gone.
            private static filp* GoodNull(inode* i)
            {
                inode* inode = igrab(i);
                if (inode == null)
                    return null;
                filp* file = open(inode);
                if (IS_ERR_OR_NULL(file))
                {
                    if (IS_ERR(file))
                        iput(inode);
                    return null;
                }

                return file;
            }

            private static filp* BadNull(inode* i)
            {
                inode* inode = igrab(i);
                if (inode == null)
                    return null;
                filp* file = open(inode);
                if (IS_ERR_OR_NULL(file))
                {
                    if (file == null)
                        iput(inode); // expect: KM0502
                    return null; // expect: KM0501
                }

                return file;
            }
        }
        """);

    [Test]
    public Task What_is_taken_over_with_one_result_is_gone_with_that_one() => Analysis.Check("KM05", """
        public static unsafe class mm_test_c
        {
            [ConsumesRef(Result.True, "css")]
            private static bool enqueue(cgroup_subsys_state* css) => link(&css->refcnt);

            private static bool link(percpu_ref* r) => true;

            [ConsumesRef(Result.True, "css")]
            private static bool Good(cgroup_subsys_state* css)
            {
                if (enqueue(css))
                    return true;
                return false;
            }

            // Put, and got back for the caller.
            [ConsumesRef(Result.True, "css")]
            private static bool GoodAgain(cgroup_subsys_state* css, bool early)
            {
                css_put(css);
                if (early)
                    return true;
                css_get(css);
                return false;
            }

            [ConsumesRef(Result.True, "css")]
            private static bool BadAgain(cgroup_subsys_state* css)
            {
                css_put(css);
                css_get(css);
                return true; // expect: KM0501
            }

            [ConsumesRef(Result.True, "css")]
            private static bool BadTwo(cgroup_subsys_state* css)
            {
                css_get(css);
                if (!enqueue(css))
                    return false; // expect: KM0501
                return true; // expect: KM0501
            }

            [TryGetsRef(Result.True, "css")]
            private static bool GoodTry(cgroup_subsys_state* css, bool late)
            {
                if (!css_tryget(css))
                    return false;
                if (!late)
                    return true;
                css_put(css);
                return false;
            }

            [TryGetsRef(Result.True, "css")]
            private static bool BadTry(cgroup_subsys_state* css, bool late)
            {
                if (!css_tryget(css))
                    return false;
                if (!late)
                    return true;
                return false; // expect: KM0501
            }
        }
        """);

    [Test]
    public Task Each_walk_that_is_left_is_one() => Analysis.Check("KM05", """
        public static unsafe class mm_test_c
        {
            private static void Bad(mem_cgroup* one, mem_cgroup* two)
            {
                for (mem_cgroup* a = mem_cgroup_iter(one, null, null); a != null; a = mem_cgroup_iter(one, a, null))
                {
                    for (mem_cgroup* b = mem_cgroup_iter(two, null, null); b != null; b = mem_cgroup_iter(two, b, null))
                    {
                        if (b == one)
                            return; // expect: KM0511, KM0511
                    }
                }
            }

            private static void Pair(mem_cgroup* one, mem_cgroup* two)
            {
                mem_cgroup* a = mem_cgroup_iter(one, null, null);
                mem_cgroup* b = mem_cgroup_iter(two, null, null);

                schedule();
            } // expect: KM0511, KM0511
        }
        """);
}
