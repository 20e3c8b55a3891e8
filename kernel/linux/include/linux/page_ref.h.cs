// SPDX-License-Identifier: GPL-2.0-only
using System.Diagnostics;
using static Linux.linux_mm_types_h;
using static Linux.linux_page_flags_h;

namespace Linux;

public static unsafe partial class linux_page_ref_h
{
    // The trace points: calls of them are compiled in with CONFIG_DEBUG_PAGE_REF only, which the recorded kernel has not.
    private const string CONFIG_DEBUG_PAGE_REF = "CONFIG_DEBUG_PAGE_REF";

    [KernelSource("include/linux/page_ref.h", "__page_ref_set", Parity.Full), Conditional(CONFIG_DEBUG_PAGE_REF)]
    private static void __page_ref_set(page* page, int v)
    {
    }

    [KernelSource("include/linux/page_ref.h", "__page_ref_mod", Parity.Full), Conditional(CONFIG_DEBUG_PAGE_REF)]
    private static void __page_ref_mod(page* page, int v)
    {
    }

    [KernelSource("include/linux/page_ref.h", "__page_ref_mod_and_test", Parity.Full), Conditional(CONFIG_DEBUG_PAGE_REF)]
    private static void __page_ref_mod_and_test(page* page, int v, bool ret)
    {
    }

    [KernelSource("include/linux/page_ref.h", "__page_ref_mod_and_return", Parity.Full), Conditional(CONFIG_DEBUG_PAGE_REF)]
    private static void __page_ref_mod_and_return(page* page, int v, int ret)
    {
    }

    [KernelSource("include/linux/page_ref.h", "__page_ref_mod_unless", Parity.Full), Conditional(CONFIG_DEBUG_PAGE_REF)]
    private static void __page_ref_mod_unless(page* page, int v, bool u)
    {
    }

    [KernelSource("include/linux/page_ref.h", "__page_ref_freeze", Parity.Full), Conditional(CONFIG_DEBUG_PAGE_REF)]
    private static void __page_ref_freeze(page* page, int v, bool ret)
    {
    }

    [KernelSource("include/linux/page_ref.h", "__page_ref_unfreeze", Parity.Full), Conditional(CONFIG_DEBUG_PAGE_REF)]
    private static void __page_ref_unfreeze(page* page, int v)
    {
    }

    [KernelSource("include/linux/page_ref.h", "page_ref_count", Parity.Full)]
    public static int page_ref_count(page* page) => atomic_read(&page->_refcount);

    [KernelSource("include/linux/page_ref.h", "folio_ref_count", Parity.Full)]
    public static int folio_ref_count(folio* folio) => page_ref_count(&folio->page);

    [KernelSource("include/linux/page_ref.h", "page_count", Parity.Full)]
    public static int page_count(page* page) => folio_ref_count(page_folio(page));

    [KernelSource("include/linux/page_ref.h", "set_page_count", Parity.Full)]
    public static void set_page_count(page* page, int v)
    {
        atomic_set(&page->_refcount, v);
        __page_ref_set(page, v);
    }

    [KernelSource("include/linux/page_ref.h", "folio_set_count", Parity.Full)]
    public static void folio_set_count(folio* folio, int v) => set_page_count(&folio->page, v);

    [KernelSource("include/linux/page_ref.h", "init_page_count", Parity.Full)]
    public static void init_page_count(page* page) => set_page_count(page, 1);

    [KernelSource("include/linux/page_ref.h", "page_ref_add", Parity.Full)]
    public static void page_ref_add(page* page, int nr)
    {
        atomic_add(nr, &page->_refcount);
        __page_ref_mod(page, nr);
    }

    [KernelSource("include/linux/page_ref.h", "folio_ref_add", Parity.Full)]
    public static void folio_ref_add(folio* folio, int nr) => page_ref_add(&folio->page, nr);

    [KernelSource("include/linux/page_ref.h", "page_ref_sub", Parity.Full)]
    public static void page_ref_sub(page* page, int nr)
    {
        atomic_sub(nr, &page->_refcount);
        __page_ref_mod(page, -nr);
    }

    [KernelSource("include/linux/page_ref.h", "folio_ref_sub", Parity.Full)]
    public static void folio_ref_sub(folio* folio, int nr) => page_ref_sub(&folio->page, nr);

    [KernelSource("include/linux/page_ref.h", "folio_ref_sub_return", Parity.Full)]
    public static int folio_ref_sub_return(folio* folio, int nr)
    {
        int ret = atomic_sub_return(nr, &folio->_refcount);

        __page_ref_mod_and_return(&folio->page, -nr, ret);
        return ret;
    }

    [KernelSource("include/linux/page_ref.h", "page_ref_inc", Parity.Full)]
    public static void page_ref_inc(page* page)
    {
        atomic_inc(&page->_refcount);
        __page_ref_mod(page, 1);
    }

    [KernelSource("include/linux/page_ref.h", "folio_ref_inc", Parity.Full)]
    public static void folio_ref_inc(folio* folio) => page_ref_inc(&folio->page);

    [KernelSource("include/linux/page_ref.h", "page_ref_dec", Parity.Full)]
    public static void page_ref_dec(page* page)
    {
        atomic_dec(&page->_refcount);
        __page_ref_mod(page, -1);
    }

    [KernelSource("include/linux/page_ref.h", "folio_ref_dec", Parity.Full)]
    public static void folio_ref_dec(folio* folio) => page_ref_dec(&folio->page);

    [KernelSource("include/linux/page_ref.h", "page_ref_sub_and_test", Parity.Full)]
    public static bool page_ref_sub_and_test(page* page, int nr)
    {
        bool ret = atomic_sub_and_test(nr, &page->_refcount);

        __page_ref_mod_and_test(page, -nr, ret);
        return ret;
    }

    [KernelSource("include/linux/page_ref.h", "folio_ref_sub_and_test", Parity.Full)]
    public static bool folio_ref_sub_and_test(folio* folio, int nr) => page_ref_sub_and_test(&folio->page, nr);

    [KernelSource("include/linux/page_ref.h", "page_ref_inc_return", Parity.Full)]
    public static int page_ref_inc_return(page* page)
    {
        int ret = atomic_inc_return(&page->_refcount);

        __page_ref_mod_and_return(page, 1, ret);
        return ret;
    }

    [KernelSource("include/linux/page_ref.h", "folio_ref_inc_return", Parity.Full)]
    public static int folio_ref_inc_return(folio* folio) => page_ref_inc_return(&folio->page);

    [KernelSource("include/linux/page_ref.h", "page_ref_dec_and_test", Parity.Full)]
    public static bool page_ref_dec_and_test(page* page)
    {
        bool ret = atomic_dec_and_test(&page->_refcount);

        __page_ref_mod_and_test(page, -1, ret);
        return ret;
    }

    [KernelSource("include/linux/page_ref.h", "folio_ref_dec_and_test", Parity.Full)]
    public static bool folio_ref_dec_and_test(folio* folio) => page_ref_dec_and_test(&folio->page);

    [KernelSource("include/linux/page_ref.h", "page_ref_dec_return", Parity.Full)]
    public static int page_ref_dec_return(page* page)
    {
        int ret = atomic_dec_return(&page->_refcount);

        __page_ref_mod_and_return(page, -1, ret);
        return ret;
    }

    [KernelSource("include/linux/page_ref.h", "folio_ref_dec_return", Parity.Full)]
    public static int folio_ref_dec_return(folio* folio) => page_ref_dec_return(&folio->page);

    [KernelSource("include/linux/page_ref.h", "page_ref_add_unless", Parity.Full)]
    public static bool page_ref_add_unless(page* page, int nr, int u)
    {
        bool ret = false;

        rcu_read_lock();
        // The first tail page of a freed hugetlb vmemmap cannot be written; without that option every page can.
        if (page_count_writable(page, u))
            ret = atomic_add_unless(&page->_refcount, nr, u);
        rcu_read_unlock();

        __page_ref_mod_unless(page, nr, ret);
        return ret;
    }

    [KernelSource("include/linux/page_ref.h", "folio_ref_add_unless", Parity.Full)]
    public static bool folio_ref_add_unless(folio* folio, int nr, int u) => page_ref_add_unless(&folio->page, nr, u);

    [KernelSource("include/linux/page_ref.h", "folio_try_get", Parity.Full)]
    public static bool folio_try_get(folio* folio) => folio_ref_add_unless(folio, 1, 0);

    [KernelSource("include/linux/page_ref.h", "folio_ref_try_add", Parity.Full)]
    public static bool folio_ref_try_add(folio* folio, int count) => folio_ref_add_unless(folio, count, 0);

    [KernelSource("include/linux/page_ref.h", "page_ref_freeze", Parity.Full)]
    public static bool page_ref_freeze(page* page, int count)
    {
        bool ret = atomic_cmpxchg(&page->_refcount, count, 0) == count;

        __page_ref_freeze(page, count, ret);
        return ret;
    }

    [KernelSource("include/linux/page_ref.h", "folio_ref_freeze", Parity.Full)]
    public static bool folio_ref_freeze(folio* folio, int count) => page_ref_freeze(&folio->page, count);

    [KernelSource("include/linux/page_ref.h", "page_ref_unfreeze", Parity.Full)]
    public static void page_ref_unfreeze(page* page, int count)
    {
        VM_BUG_ON_PAGE(page_count(page) != 0, page);
        VM_BUG_ON(count == 0);

        atomic_set_release(&page->_refcount, count);
        __page_ref_unfreeze(page, count);
    }

    [KernelSource("include/linux/page_ref.h", "folio_ref_unfreeze", Parity.Full)]
    public static void folio_ref_unfreeze(folio* folio, int count) => page_ref_unfreeze(&folio->page, count);
}
