// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_llist_h;

namespace Linux;

public static unsafe partial class lib_llist_c
{
    /// <summary>One taker at a time: with two, the head could come back with another next (ABA).</summary>
    [KernelSource("lib/llist.c", "llist_del_first", Parity.Full)]
    public static llist_node* llist_del_first(llist_head* head)
    {
        llist_node* entry = smp_load_acquire(&head->first);
        llist_node* next, old;

        for (;;)
        {
            if (entry == null)
                return null;
            next = READ_ONCE(&entry->next);
            old = cmpxchg(&head->first, entry, next);
            if (old == entry)
                return entry;
            entry = old;
        }
    }

    [KernelSource("lib/llist.c", "llist_del_first_this", Parity.Full)]
    public static bool llist_del_first_this(llist_head* head, llist_node* @this)
    {
        llist_node* entry = smp_load_acquire(&head->first);
        llist_node* next, old;

        for (;;)
        {
            if (entry != @this)
                return false;
            next = READ_ONCE(&entry->next);
            old = cmpxchg(&head->first, entry, next);
            if (old == entry)
                return true;
            entry = old;
        }
    }

    /// <summary>Taken nodes come newest first; this gives them in the order of adding.</summary>
    [KernelSource("lib/llist.c", "llist_reverse_order", Parity.Full)]
    public static llist_node* llist_reverse_order(llist_node* head)
    {
        llist_node* new_head = null;

        while (head != null)
        {
            llist_node* tmp = head;
            head = head->next;
            tmp->next = new_head;
            new_head = tmp;
        }

        return new_head;
    }
}
