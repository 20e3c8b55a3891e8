// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>A list sorted by priority, the least first.</summary>
public struct plist_head
{
    public list_head node_list;
}

/// <summary>An entry: prio_list links the first of each priority, node_list all.</summary>
public struct plist_node
{
    public int prio;
    public list_head prio_list;
    public list_head node_list;
}

public static unsafe partial class linux_plist_h
{
    [KernelSource("include/linux/plist.h", "plist_head_init", Parity.Full)]
    public static void plist_head_init(plist_head* head) => INIT_LIST_HEAD(&head->node_list);

    [KernelSource("include/linux/plist.h", "plist_node_init", Parity.Full)]
    public static void plist_node_init(plist_node* node, int prio)
    {
        node->prio = prio;
        INIT_LIST_HEAD(&node->prio_list);
        INIT_LIST_HEAD(&node->node_list);
    }

    [KernelSource("include/linux/plist.h", "plist_head_empty", Parity.Full)]
    public static bool plist_head_empty(plist_head* head) => list_empty(&head->node_list);

    [KernelSource("include/linux/plist.h", "plist_node_empty", Parity.Full)]
    public static bool plist_node_empty(plist_node* node) => list_empty(&node->node_list);

    [KernelSource("include/linux/plist.h", "plist_first", Parity.Full)]
    public static plist_node* plist_first(plist_head* head) =>
        list_entry<plist_node>(head->node_list.next, &((plist_node*)nowhere)->node_list);

    [KernelSource("include/linux/plist.h", "plist_last", Parity.Full)]
    public static plist_node* plist_last(plist_head* head) =>
        list_entry<plist_node>(head->node_list.prev, &((plist_node*)nowhere)->node_list);
}
