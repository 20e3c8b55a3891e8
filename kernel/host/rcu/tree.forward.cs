// SPDX-License-Identifier: GPL-2.0-only
// Grace periods, until there is a scheduler that can tell them of quiescent states.
namespace Linux;

public static unsafe partial class kernel_rcu_tree_c
{
    public static void call_rcu(rcu_head* head, delegate*<rcu_head*, void> func) => func(head);

    public static void call_rcu_hurry(rcu_head* head, delegate*<rcu_head*, void> func) => func(head);

    public static void kfree_rcu(void* ptr, rcu_head* head) => kfree(ptr);

    public static void kvfree_rcu(void* ptr, rcu_head* head) => kvfree(ptr);

    public static void kfree_rcu_mightsleep(void* ptr) => kvfree(ptr);

    public static void kvfree_rcu_barrier()
    {
    }

    public static void synchronize_rcu()
    {
    }

    public static void synchronize_rcu_expedited()
    {
    }

    public static void rcu_barrier()
    {
    }
}
