// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Analyzers.Tests.Harness;

namespace KMemcg.Analyzers.Tests.Flow;

/// <summary>References that are carried through a loop, kept by what an object is put into, or become a function's.</summary>
internal sealed class ReferenceTests
{
    [Test]
    public Task One_that_is_carried_from_turn_to_turn_is_put_in_the_end() => Analysis.Check("KM0", """
        public static unsafe class mm_test_c
        {
            private static cgroup_subsys_state* next(cgroup_subsys_state* css) => null;

            private static void Good(cgroup_subsys_state* first)
            {
                cgroup_subsys_state* prev = first;
                css_get(prev);
                for (cgroup_subsys_state* css = next(first); css != null; css = next(css))
                {
                    if (!css_tryget(css))
                        continue;
                    css_put(prev);
                    prev = css;
                }

                css_put(prev);
            }

            private static void Bad(cgroup_subsys_state* first)
            {
                cgroup_subsys_state* prev = first;
                css_get(prev);
                for (cgroup_subsys_state* css = next(first); css != null; css = next(css))
                {
                    if (!css_tryget(css))
                        continue;
                    css_put(prev);
                    prev = css;
                }

                schedule();
            } // expect: KM0501, KM0501
        }
        """);

    [Test]
    public Task What_becomes_a_functions_is_put_on_every_way() => Analysis.Check("KM05", """
        public static unsafe class mm_test_c
        {
            [ConsumesRef("css")]
            private static void Good(cgroup_subsys_state* css, bool dead)
            {
                if (dead)
                {
                    css_put(css);
                    return;
                }

                schedule();
                css_put(css);
            }

            [ConsumesRef("css")]
            private static void Bad(cgroup_subsys_state* css, bool dead)
            {
                if (dead)
                    return; // expect: KM0501
                css_put(css);
            }
        }
        """);

    [Test]
    public Task What_a_queue_keeps_is_not_the_callers() => Analysis.Check("KM05", """
        public static unsafe class mm_test_c
        {
            private static bool enqueue(cgroup_subsys_state* css) => true;

            [GetsRef("css", Kept = true)]
            private static void Queues(cgroup_subsys_state* css)
            {
                if (enqueue(css))
                    css_get(css);
            }

            private static void Good(cgroup_subsys_state* css) => Queues(css);
        }
        """);

    [Test]
    public Task A_number_of_several_tells_the_way() => Analysis.Check("KM01", """
        public static unsafe class mm_test_c
        {
            private static int Good(list_lru_one* l, int n)
            {
                int ret = 0;

                spin_lock(&l->@lock);
                if (n == 1)
                {
                    spin_unlock(&l->@lock);
                    ret = -17;
                    goto @out;
                }

                if (n == 2)
                {
                    ret = -12;
                    goto @out;
                }

                if (n == 3)
                {
                    ret = -5;
                    goto @out;
                }

                spin_unlock(&l->@lock);
            @out:
                if (ret != 0 && ret != -17)
                    spin_unlock(&l->@lock);
                return ret;
            }
        }
        """);
}
