// SPDX-License-Identifier: GPL-2.0-only
// Doubly linked circular lists, and hash chains whose head is a single pointer.
using static Linux.linux_container_of_h;
using static Linux.linux_types_h;

namespace Linux;

public static unsafe partial class linux_list_h
{
    // What a deleted entry points at: addresses nothing maps, so that a late use faults.
    public static readonly list_head* LIST_POISON1 = (list_head*)0xdead000000000100;
    public static readonly list_head* LIST_POISON2 = (list_head*)0xdead000000000122;

    [KernelSource("include/linux/list.h", "INIT_LIST_HEAD", Parity.Full)]
    public static void INIT_LIST_HEAD(list_head* list)
    {
        WRITE_ONCE(&list->next, list);
        WRITE_ONCE(&list->prev, list);
    }

    [KernelSource("include/linux/list.h", "__list_add_valid", Parity.Full)]
    public static bool __list_add_valid(list_head* @new, list_head* prev, list_head* next) => true;

    [KernelSource("include/linux/list.h", "__list_del_entry_valid", Parity.Full)]
    public static bool __list_del_entry_valid(list_head* entry) => true;

    [KernelSource("include/linux/list.h", "__list_add", Parity.Full)]
    public static void __list_add(list_head* @new, list_head* prev, list_head* next)
    {
        if (!__list_add_valid(@new, prev, next))
            return;

        next->prev = @new;
        @new->next = next;
        @new->prev = prev;
        WRITE_ONCE(&prev->next, @new);
    }

    [KernelSource("include/linux/list.h", "list_add", Parity.Full)]
    public static void list_add(list_head* @new, list_head* head) => __list_add(@new, head, head->next);

    [KernelSource("include/linux/list.h", "list_add_tail", Parity.Full)]
    public static void list_add_tail(list_head* @new, list_head* head) => __list_add(@new, head->prev, head);

    [KernelSource("include/linux/list.h", "__list_del", Parity.Full)]
    public static void __list_del(list_head* prev, list_head* next)
    {
        next->prev = prev;
        WRITE_ONCE(&prev->next, next);
    }

    /// <summary>Deletes and clears prev only: the entry's next stays for a reader that is still on it.</summary>
    [KernelSource("include/linux/list.h", "__list_del_clearprev", Parity.Full)]
    public static void __list_del_clearprev(list_head* entry)
    {
        __list_del(entry->prev, entry->next);
        entry->prev = null;
    }

    [KernelSource("include/linux/list.h", "__list_del_entry", Parity.Full)]
    public static void __list_del_entry(list_head* entry)
    {
        if (!__list_del_entry_valid(entry))
            return;

        __list_del(entry->prev, entry->next);
    }

    [KernelSource("include/linux/list.h", "list_del", Parity.Full)]
    public static void list_del(list_head* entry)
    {
        __list_del_entry(entry);
        entry->next = LIST_POISON1;
        entry->prev = LIST_POISON2;
    }

    [KernelSource("include/linux/list.h", "list_replace", Parity.Full)]
    public static void list_replace(list_head* old, list_head* @new)
    {
        @new->next = old->next;
        @new->next->prev = @new;
        @new->prev = old->prev;
        @new->prev->next = @new;
    }

    [KernelSource("include/linux/list.h", "list_replace_init", Parity.Full)]
    public static void list_replace_init(list_head* old, list_head* @new)
    {
        list_replace(old, @new);
        INIT_LIST_HEAD(old);
    }

    [KernelSource("include/linux/list.h", "list_swap", Parity.Full)]
    public static void list_swap(list_head* entry1, list_head* entry2)
    {
        list_head* pos = entry2->prev;

        list_del(entry2);
        list_replace(entry1, entry2);
        if (pos == entry1)
            pos = entry2;
        list_add(entry1, pos);
    }

    [KernelSource("include/linux/list.h", "list_del_init", Parity.Full)]
    public static void list_del_init(list_head* entry)
    {
        __list_del_entry(entry);
        INIT_LIST_HEAD(entry);
    }

    [KernelSource("include/linux/list.h", "list_move", Parity.Full)]
    public static void list_move(list_head* list, list_head* head)
    {
        __list_del_entry(list);
        list_add(list, head);
    }

    [KernelSource("include/linux/list.h", "list_move_tail", Parity.Full)]
    public static void list_move_tail(list_head* list, list_head* head)
    {
        __list_del_entry(list);
        list_add_tail(list, head);
    }

    [KernelSource("include/linux/list.h", "list_bulk_move_tail", Parity.Full)]
    public static void list_bulk_move_tail(list_head* head, list_head* first, list_head* last)
    {
        first->prev->next = last->next;
        last->next->prev = first->prev;

        head->prev->next = first;
        first->prev = head->prev;

        last->next = head;
        head->prev = last;
    }

    [KernelSource("include/linux/list.h", "list_is_first", Parity.Full)]
    public static bool list_is_first(list_head* list, list_head* head) => list->prev == head;

    [KernelSource("include/linux/list.h", "list_is_last", Parity.Full)]
    public static bool list_is_last(list_head* list, list_head* head) => list->next == head;

    [KernelSource("include/linux/list.h", "list_is_head", Parity.Full)]
    public static bool list_is_head(list_head* list, list_head* head) => list == head;

    [KernelSource("include/linux/list.h", "list_empty", Parity.Full)]
    public static bool list_empty(list_head* head) => READ_ONCE(&head->next) == head;

    /// <summary>Pairs with list_empty_careful: the entry reads as empty only once its deletion is complete.</summary>
    [KernelSource("include/linux/list.h", "list_del_init_careful", Parity.Full)]
    public static void list_del_init_careful(list_head* entry)
    {
        __list_del_entry(entry);
        WRITE_ONCE(&entry->prev, entry);
        smp_store_release(&entry->next, entry);
    }

    [KernelSource("include/linux/list.h", "list_empty_careful", Parity.Full)]
    public static bool list_empty_careful(list_head* head)
    {
        list_head* next = smp_load_acquire(&head->next);

        return list_is_head(next, head) && next == READ_ONCE(&head->prev);
    }

    [KernelSource("include/linux/list.h", "list_rotate_left", Parity.Full)]
    public static void list_rotate_left(list_head* head)
    {
        if (!list_empty(head))
        {
            list_head* first = head->next;
            list_move_tail(first, head);
        }
    }

    [KernelSource("include/linux/list.h", "list_rotate_to_front", Parity.Full)]
    public static void list_rotate_to_front(list_head* list, list_head* head) => list_move_tail(head, list);

    [KernelSource("include/linux/list.h", "list_is_singular", Parity.Full)]
    public static bool list_is_singular(list_head* head) => !list_empty(head) && head->next == head->prev;

    [KernelSource("include/linux/list.h", "__list_cut_position", Parity.Full)]
    private static void __list_cut_position(list_head* list, list_head* head, list_head* entry)
    {
        list_head* new_first = entry->next;

        list->next = head->next;
        list->next->prev = list;
        list->prev = entry;
        entry->next = list;
        head->next = new_first;
        new_first->prev = head;
    }

    [KernelSource("include/linux/list.h", "list_cut_position", Parity.Full)]
    public static void list_cut_position(list_head* list, list_head* head, list_head* entry)
    {
        if (list_empty(head))
            return;
        if (list_is_singular(head) && !list_is_head(entry, head) && entry != head->next)
            return;
        if (list_is_head(entry, head))
            INIT_LIST_HEAD(list);
        else
            __list_cut_position(list, head, entry);
    }

    [KernelSource("include/linux/list.h", "list_cut_before", Parity.Full)]
    public static void list_cut_before(list_head* list, list_head* head, list_head* entry)
    {
        if (head->next == entry)
        {
            INIT_LIST_HEAD(list);
            return;
        }
        list->next = head->next;
        list->next->prev = list;
        list->prev = entry->prev;
        list->prev->next = list;
        head->next = entry;
        entry->prev = head;
    }

    [KernelSource("include/linux/list.h", "__list_splice", Parity.Full)]
    public static void __list_splice(list_head* list, list_head* prev, list_head* next)
    {
        list_head* first = list->next;
        list_head* last = list->prev;

        first->prev = prev;
        prev->next = first;

        last->next = next;
        next->prev = last;
    }

    [KernelSource("include/linux/list.h", "list_splice", Parity.Full)]
    public static void list_splice(list_head* list, list_head* head)
    {
        if (!list_empty(list))
            __list_splice(list, head, head->next);
    }

    [KernelSource("include/linux/list.h", "list_splice_tail", Parity.Full)]
    public static void list_splice_tail(list_head* list, list_head* head)
    {
        if (!list_empty(list))
            __list_splice(list, head->prev, head);
    }

    [KernelSource("include/linux/list.h", "list_splice_init", Parity.Full)]
    public static void list_splice_init(list_head* list, list_head* head)
    {
        if (!list_empty(list))
        {
            __list_splice(list, head, head->next);
            INIT_LIST_HEAD(list);
        }
    }

    [KernelSource("include/linux/list.h", "list_splice_tail_init", Parity.Full)]
    public static void list_splice_tail_init(list_head* list, list_head* head)
    {
        if (!list_empty(list))
        {
            __list_splice(list, head->prev, head);
            INIT_LIST_HEAD(list);
        }
    }

    [KernelSource("include/linux/list.h", "list_entry", Parity.Full)]
    public static T* list_entry<T>(list_head* ptr, list_head* member) where T : unmanaged => container_of<T>(ptr, member);

    [KernelSource("include/linux/list.h", "list_first_entry", Parity.Full)]
    public static T* list_first_entry<T>(list_head* ptr, list_head* member) where T : unmanaged => list_entry<T>(ptr->next, member);

    [KernelSource("include/linux/list.h", "list_last_entry", Parity.Full)]
    public static T* list_last_entry<T>(list_head* ptr, list_head* member) where T : unmanaged => list_entry<T>(ptr->prev, member);

    [KernelSource("include/linux/list.h", "list_first_entry_or_null", Parity.Full)]
    public static T* list_first_entry_or_null<T>(list_head* ptr, list_head* member) where T : unmanaged
    {
        list_head* pos = READ_ONCE(&ptr->next);

        return pos != ptr ? list_entry<T>(pos, member) : null;
    }

    [KernelSource("include/linux/list.h", "list_last_entry_or_null", Parity.Full)]
    public static T* list_last_entry_or_null<T>(list_head* ptr, list_head* member) where T : unmanaged
    {
        list_head* pos = READ_ONCE(&ptr->prev);

        return pos != ptr ? list_entry<T>(pos, member) : null;
    }

    [KernelSource("include/linux/list.h", "list_next_entry", Parity.Full)]
    public static T* list_next_entry<T>(T* pos, list_head* member) where T : unmanaged
        => list_entry<T>(((list_head*)((byte*)pos + offsetof(member)))->next, member);

    [KernelSource("include/linux/list.h", "list_prev_entry", Parity.Full)]
    public static T* list_prev_entry<T>(T* pos, list_head* member) where T : unmanaged
        => list_entry<T>(((list_head*)((byte*)pos + offsetof(member)))->prev, member);

    [KernelSource("include/linux/list.h", "list_entry_is_head", Parity.Full)]
    public static bool list_entry_is_head<T>(T* pos, list_head* head, list_head* member) where T : unmanaged
        => list_is_head((list_head*)((byte*)pos + offsetof(member)), head);

    [KernelSource("include/linux/list.h", "list_count_nodes", Parity.Full)]
    public static ulong list_count_nodes(list_head* head)
    {
        ulong count = 0;

        for (list_head* pos = head->next; !list_is_head(pos, head); pos = pos->next)
            count++;
        return count;
    }

    [KernelSource("include/linux/list.h", "INIT_HLIST_HEAD", Parity.Full)]
    public static void INIT_HLIST_HEAD(hlist_head* ptr) => ptr->first = null;

    [KernelSource("include/linux/list.h", "INIT_HLIST_NODE", Parity.Full)]
    public static void INIT_HLIST_NODE(hlist_node* h)
    {
        h->next = null;
        h->pprev = null;
    }

    [KernelSource("include/linux/list.h", "hlist_unhashed", Parity.Full)]
    public static bool hlist_unhashed(hlist_node* h) => h->pprev == null;

    [KernelSource("include/linux/list.h", "hlist_unhashed_lockless", Parity.Full)]
    public static bool hlist_unhashed_lockless(hlist_node* h) => READ_ONCE((nint*)&h->pprev) == 0;

    [KernelSource("include/linux/list.h", "hlist_empty", Parity.Full)]
    public static bool hlist_empty(hlist_head* h) => READ_ONCE(&h->first) == null;

    [KernelSource("include/linux/list.h", "__hlist_del", Parity.Full)]
    public static void __hlist_del(hlist_node* n)
    {
        hlist_node* next = n->next;
        hlist_node** pprev = n->pprev;

        WRITE_ONCE(pprev, next);
        if (next != null)
            WRITE_ONCE((nint*)&next->pprev, (nint)pprev);
    }

    [KernelSource("include/linux/list.h", "hlist_del", Parity.Full)]
    public static void hlist_del(hlist_node* n)
    {
        __hlist_del(n);
        n->next = (hlist_node*)LIST_POISON1;
        n->pprev = (hlist_node**)LIST_POISON2;
    }

    [KernelSource("include/linux/list.h", "hlist_del_init", Parity.Full)]
    public static void hlist_del_init(hlist_node* n)
    {
        if (!hlist_unhashed(n))
        {
            __hlist_del(n);
            INIT_HLIST_NODE(n);
        }
    }

    [KernelSource("include/linux/list.h", "hlist_add_head", Parity.Full)]
    public static void hlist_add_head(hlist_node* n, hlist_head* h)
    {
        hlist_node* first = h->first;

        WRITE_ONCE(&n->next, first);
        if (first != null)
            WRITE_ONCE((nint*)&first->pprev, (nint)(&n->next));
        WRITE_ONCE(&h->first, n);
        WRITE_ONCE((nint*)&n->pprev, (nint)(&h->first));
    }

    [KernelSource("include/linux/list.h", "hlist_add_before", Parity.Full)]
    public static void hlist_add_before(hlist_node* n, hlist_node* next)
    {
        WRITE_ONCE((nint*)&n->pprev, (nint)next->pprev);
        WRITE_ONCE(&n->next, next);
        WRITE_ONCE((nint*)&next->pprev, (nint)(&n->next));
        WRITE_ONCE(n->pprev, n);
    }

    [KernelSource("include/linux/list.h", "hlist_add_behind", Parity.Full)]
    public static void hlist_add_behind(hlist_node* n, hlist_node* prev)
    {
        WRITE_ONCE(&n->next, prev->next);
        WRITE_ONCE(&prev->next, n);
        WRITE_ONCE((nint*)&n->pprev, (nint)(&prev->next));

        if (n->next != null)
            WRITE_ONCE((nint*)&n->next->pprev, (nint)(&n->next));
    }

    [KernelSource("include/linux/list.h", "hlist_add_fake", Parity.Full)]
    public static void hlist_add_fake(hlist_node* n) => n->pprev = &n->next;

    [KernelSource("include/linux/list.h", "hlist_fake", Parity.Full)]
    public static bool hlist_fake(hlist_node* h) => h->pprev == &h->next;

    [KernelSource("include/linux/list.h", "hlist_is_singular_node", Parity.Full)]
    public static bool hlist_is_singular_node(hlist_node* n, hlist_head* h) => n->next == null && n->pprev == &h->first;

    [KernelSource("include/linux/list.h", "hlist_move_list", Parity.Full)]
    public static void hlist_move_list(hlist_head* old, hlist_head* @new)
    {
        @new->first = old->first;
        if (@new->first != null)
            @new->first->pprev = &@new->first;
        old->first = null;
    }

    [KernelSource("include/linux/list.h", "hlist_entry", Parity.Full)]
    public static T* hlist_entry<T>(hlist_node* ptr, hlist_node* member) where T : unmanaged => container_of<T>(ptr, member);

    [KernelSource("include/linux/list.h", "hlist_entry_safe", Parity.Full)]
    public static T* hlist_entry_safe<T>(hlist_node* ptr, hlist_node* member) where T : unmanaged
        => ptr != null ? hlist_entry<T>(ptr, member) : null;
}
