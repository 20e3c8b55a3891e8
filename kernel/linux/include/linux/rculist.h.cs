// SPDX-License-Identifier: GPL-2.0-only
// List changes that a reader inside an RCU section may walk over.
using static Linux.linux_list_h;

namespace Linux;

public static unsafe partial class linux_rculist_h
{
    [KernelSource("include/linux/rculist.h", "INIT_LIST_HEAD_RCU", Parity.Full)]
    public static void INIT_LIST_HEAD_RCU(list_head* list)
    {
        WRITE_ONCE(&list->next, list);
        WRITE_ONCE(&list->prev, list);
    }

    [KernelSource("include/linux/rculist.h", "__list_add_rcu", Parity.Full)]
    public static void __list_add_rcu(list_head* @new, list_head* prev, list_head* next)
    {
        if (!__list_add_valid(@new, prev, next))
            return;

        @new->next = next;
        @new->prev = prev;
        smp_store_release(&prev->next, @new);
        next->prev = @new;
    }

    [KernelSource("include/linux/rculist.h", "list_add_rcu", Parity.Full)]
    public static void list_add_rcu(list_head* @new, list_head* head) => __list_add_rcu(@new, head, head->next);

    [KernelSource("include/linux/rculist.h", "list_add_tail_rcu", Parity.Full)]
    public static void list_add_tail_rcu(list_head* @new, list_head* head) => __list_add_rcu(@new, head->prev, head);

    [KernelSource("include/linux/rculist.h", "list_del_rcu", Parity.Full)]
    public static void list_del_rcu(list_head* entry)
    {
        __list_del_entry(entry);
        entry->prev = LIST_POISON2;
    }

    [KernelSource("include/linux/rculist.h", "hlist_del_init_rcu", Parity.Full)]
    public static void hlist_del_init_rcu(hlist_node* n)
    {
        if (!hlist_unhashed(n))
        {
            __hlist_del(n);
            WRITE_ONCE((nint*)&n->pprev, 0);
        }
    }

    [KernelSource("include/linux/rculist.h", "list_replace_rcu", Parity.Full)]
    public static void list_replace_rcu(list_head* old, list_head* @new)
    {
        @new->next = old->next;
        @new->prev = old->prev;
        smp_store_release(&@new->prev->next, @new);
        @new->next->prev = @new;
        old->prev = LIST_POISON2;
    }

    [KernelSource("include/linux/rculist.h", "list_entry_rcu", Parity.Full)]
    public static T* list_entry_rcu<T>(list_head** ptr, list_head* member) where T : unmanaged
        => list_entry<T>(READ_ONCE(ptr), member);

    /// <summary>The list may empty under the reader, so next is read once and only that value is judged.</summary>
    [KernelSource("include/linux/rculist.h", "list_first_or_null_rcu", Parity.Full)]
    public static T* list_first_or_null_rcu<T>(list_head* ptr, list_head* member) where T : unmanaged
    {
        list_head* next = READ_ONCE(&ptr->next);

        return ptr != next ? list_entry<T>(next, member) : null;
    }

    [KernelSource("include/linux/rculist.h", "list_next_or_null_rcu", Parity.Full)]
    public static T* list_next_or_null_rcu<T>(list_head* head, list_head* ptr, list_head* member) where T : unmanaged
    {
        list_head* next = READ_ONCE(&ptr->next);

        return next != head ? list_entry<T>(next, member) : null;
    }

    [KernelSource("include/linux/rculist.h", "hlist_del_rcu", Parity.Full)]
    public static void hlist_del_rcu(hlist_node* n)
    {
        __hlist_del(n);
        WRITE_ONCE((nint*)&n->pprev, (nint)LIST_POISON2);
    }

    [KernelSource("include/linux/rculist.h", "hlist_add_head_rcu", Parity.Full)]
    public static void hlist_add_head_rcu(hlist_node* n, hlist_head* h)
    {
        hlist_node* first = h->first;

        n->next = first;
        WRITE_ONCE((nint*)&n->pprev, (nint)(&h->first));
        smp_store_release(&h->first, n);
        if (first != null)
            WRITE_ONCE((nint*)&first->pprev, (nint)(&n->next));
    }

    [KernelSource("include/linux/rculist.h", "hlist_add_tail_rcu", Parity.Full)]
    public static void hlist_add_tail_rcu(hlist_node* n, hlist_head* h)
    {
        hlist_node* last = null;

        for (hlist_node* i = h->first; i != null; i = i->next)
            last = i;

        if (last != null)
        {
            n->next = last->next;
            WRITE_ONCE((nint*)&n->pprev, (nint)(&last->next));
            smp_store_release(&last->next, n);
        }
        else
        {
            hlist_add_head_rcu(n, h);
        }
    }
}
