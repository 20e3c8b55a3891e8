// SPDX-License-Identifier: GPL-2.0-only
// lib/plist.c: insertion costs a step for each priority, not for each entry.
using static Linux.linux_plist_h;

namespace Linux;

public static unsafe partial class lib_plist_c
{
    // From both ends at once, as new entries often go to the front or the back.
    [KernelSource("lib/plist.c", "plist_add", Parity.Full)]
    public static void plist_add(plist_node* node, plist_head* head)
    {
        plist_node* prev = null;
        list_head* node_next = &head->node_list;

        WARN_ON(!plist_node_empty(node));
        WARN_ON(!list_empty(&node->prio_list));

        if (plist_head_empty(head))
            goto ins_node;

        plist_node* first = plist_first(head);
        plist_node* iter = first;
        plist_node* last = list_entry<plist_node>(first->prio_list.prev, &((plist_node*)nowhere)->prio_list);
        plist_node* reverse_iter = last;

        do
        {
            if (node->prio < iter->prio)
            {
                node_next = &iter->node_list;
                break;
            }
            else if (node->prio >= reverse_iter->prio)
            {
                prev = reverse_iter;
                iter = list_entry<plist_node>(reverse_iter->prio_list.next, &((plist_node*)nowhere)->prio_list);
                if (reverse_iter != last)
                    node_next = &iter->node_list;
                break;
            }

            prev = iter;
            iter = list_entry<plist_node>(iter->prio_list.next, &((plist_node*)nowhere)->prio_list);
            reverse_iter = list_entry<plist_node>(reverse_iter->prio_list.prev, &((plist_node*)nowhere)->prio_list);
        }
        while (iter != first);

        if (prev == null || prev->prio != node->prio)
            list_add_tail(&node->prio_list, &iter->prio_list);
    ins_node:
        list_add_tail(&node->node_list, node_next);
    }

    [KernelSource("lib/plist.c", "plist_del", Parity.Full)]
    public static void plist_del(plist_node* node, plist_head* head)
    {
        if (!list_empty(&node->prio_list))
        {
            // The next of the same priority takes its place among the firsts.
            if (node->node_list.next != &head->node_list)
            {
                plist_node* next = list_entry<plist_node>(node->node_list.next, &((plist_node*)nowhere)->node_list);

                if (list_empty(&next->prio_list))
                    list_add(&next->prio_list, &node->prio_list);
            }

            list_del_init(&node->prio_list);
        }

        list_del_init(&node->node_list);
    }

    /// <summary>Moves an entry behind all others of its priority.</summary>
    [KernelSource("lib/plist.c", "plist_requeue", Parity.Full)]
    public static void plist_requeue(plist_node* node, plist_head* head)
    {
        list_head* node_next = &head->node_list;

        BUG_ON(plist_head_empty(head));
        BUG_ON(plist_node_empty(node));

        if (node == plist_last(head))
            return;

        plist_node* iter = list_entry<plist_node>(node->node_list.next, &((plist_node*)nowhere)->node_list);

        if (node->prio != iter->prio)
            return;

        plist_del(node, head);

        // iter has taken the place of node: among the firsts, its neighbour there is where node goes before.
        if (!list_empty(&iter->prio_list))
        {
            iter = list_entry<plist_node>(iter->prio_list.next, &((plist_node*)nowhere)->prio_list);
            node_next = &iter->node_list;
            goto queue;
        }

        for (list_head* p = iter->node_list.next; p != &head->node_list; p = p->next)
        {
            iter = list_entry<plist_node>(p, &((plist_node*)nowhere)->node_list);
            if (node->prio != iter->prio)
            {
                node_next = &iter->node_list;
                break;
            }
        }

    queue:
        list_add_tail(&node->node_list, node_next);
    }
}
