// SPDX-License-Identifier: GPL-2.0-only
// Lock-less singly linked list: many may add, and one takes everything at once.
using static Linux.linux_container_of_h;

namespace Linux;

public static unsafe partial class linux_llist_h
{
    [KernelSource("include/linux/llist.h", "init_llist_head", Parity.Full)]
    public static void init_llist_head(llist_head* list) => list->first = null;

    /// <summary>A node that points at itself is on no list: null cannot say so, the last node's next is null.</summary>
    [KernelSource("include/linux/llist.h", "init_llist_node", Parity.Full)]
    public static void init_llist_node(llist_node* node) => WRITE_ONCE(&node->next, node);

    [KernelSource("include/linux/llist.h", "llist_on_list", Parity.Full)]
    public static bool llist_on_list(llist_node* node) => READ_ONCE(&node->next) != node;

    [KernelSource("include/linux/llist.h", "llist_entry", Parity.Full)]
    public static T* llist_entry<T>(llist_node* ptr, llist_node* member) where T : unmanaged => container_of<T>(ptr, member);

    [KernelSource("include/linux/llist.h", "llist_empty", Parity.Full)]
    public static bool llist_empty(llist_head* head) => READ_ONCE(&head->first) == null;

    [KernelSource("include/linux/llist.h", "llist_next", Parity.Full)]
    public static llist_node* llist_next(llist_node* node) => READ_ONCE(&node->next);

    /// <summary>Adds a chain that is linked already; true when the list was empty before.</summary>
    [KernelSource("include/linux/llist.h", "llist_add_batch", Parity.Full)]
    public static bool llist_add_batch(llist_node* new_first, llist_node* new_last, llist_head* head)
    {
        llist_node* first = READ_ONCE(&head->first);
        llist_node* old;

        for (;;)
        {
            WRITE_ONCE(&new_last->next, first);
            old = cmpxchg(&head->first, first, new_first);
            if (old == first)
                return first == null;
            first = old;
        }
    }

    [KernelSource("include/linux/llist.h", "__llist_add_batch", Parity.Full)]
    public static bool __llist_add_batch(llist_node* new_first, llist_node* new_last, llist_head* head)
    {
        new_last->next = head->first;
        head->first = new_first;
        return new_last->next == null;
    }

    [KernelSource("include/linux/llist.h", "llist_add", Parity.Full)]
    public static bool llist_add(llist_node* @new, llist_head* head) => llist_add_batch(@new, @new, head);

    [KernelSource("include/linux/llist.h", "__llist_add", Parity.Full)]
    public static bool __llist_add(llist_node* @new, llist_head* head) => __llist_add_batch(@new, @new, head);

    [KernelSource("include/linux/llist.h", "llist_del_first_init", Parity.Full)]
    public static llist_node* llist_del_first_init(llist_head* head)
    {
        llist_node* n = llist_del_first(head);

        if (n != null)
            init_llist_node(n);
        return n;
    }

    [KernelSource("include/linux/llist.h", "llist_del_all", Parity.Full)]
    public static llist_node* llist_del_all(llist_head* head) => xchg(&head->first, null);

    [KernelSource("include/linux/llist.h", "__llist_del_all", Parity.Full)]
    public static llist_node* __llist_del_all(llist_head* head)
    {
        llist_node* first = head->first;

        head->first = null;
        return first;
    }
}
