// SPDX-License-Identifier: GPL-2.0-only
// RCU's callbacks, until they are here.
namespace Linux;

public static unsafe partial class kernel_rcu_tree_c
{
    public static void call_rcu(rcu_head* head, delegate*<rcu_head*, void> func) => func(head);
}
