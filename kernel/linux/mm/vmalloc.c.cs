// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_vmalloc_h;
using static Linux.linux_mm_h;
using static Linux.linux_slab_h;
using static Linux.linux_memcontrol_h;
using static Linux.mm_internal_h;

namespace Linux;

/// <summary>Memory that is contiguous only by its addresses. What is ported is what is allocated, and who is charged.</summary>
public static unsafe partial class mm_vmalloc_c
{
    private struct vfree_deferred
    {
        public llist_head list;
        public work_struct wq;
    }

    [PerCpu(Remote = true)]
    private static readonly PerCpu<vfree_deferred>* vfree_deferred_list = DEFINE_PER_CPU<vfree_deferred>();

    private static readonly atomic_long_t* nr_vmalloc_pages_counter = bss<atomic_long_t>();

    [KernelSource("mm/vmalloc.c", "is_vmalloc_addr", Parity.Reduced, "what lies outside RAM, and is no error, is vmalloc's")]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool is_vmalloc_addr(void* x) => !virt_addr_valid(x) && (ulong)x >= PAGE_SIZE && !IS_ERR(x);

    [KernelSource("mm/vmalloc.c", "vmalloc_nr_pages", Parity.Full)]
    public static ulong vmalloc_nr_pages() => (ulong)atomic_long_read(nr_vmalloc_pages_counter);

    [KernelSource("mm/vmalloc.c", "find_vm_area", Parity.Reduced, "areas are found by their first address")]
    public static vm_struct* find_vm_area(void* addr) => vmap_space.find(addr);

    [KernelSource("mm/vmalloc.c", "__get_vm_area_node", Parity.Reduced, "no vmap_area: addresses are the host's")]
    private static vm_struct* __get_vm_area_node(ulong size, ulong align, ulong flags, int node, gfp_t gfp_mask, void* caller)
    {
        ulong requested_size = size;

        BUG_ON(in_interrupt());
        size = ALIGN(size, PAGE_SIZE);
        if (size == 0)
            return null;

        vm_struct* area = kzalloc_node<vm_struct>(gfp_mask & GFP_RECLAIM_MASK, node);
        if (area == null)
            return null;

        if ((flags & VM_NO_GUARD) == 0)
            size += PAGE_SIZE;

        area->flags = flags;
        area->caller = caller;
        area->size = size;
        area->requested_size = requested_size;

        area->addr = vmap_space.alloc(size, align, area);
        if (area->addr == null)
        {
            kfree(area);
            return null;
        }

        return area;
    }

    [KernelSource("mm/vmalloc.c", "remove_vm_area", Parity.Reduced, "no mapping to undo")]
    [MightSleep]
    private static vm_struct* remove_vm_area(void* addr)
    {
        might_sleep();

        if (WARN(((ulong)addr & ~PAGE_MASK) != 0, "Trying to vfree() bad address"))
            return null;

        vm_struct* vm = find_vm_area(addr);
        if (vm == null)
            return null;

        vmap_space.free(addr);
        return vm;
    }

    [KernelSource("mm/vmalloc.c", "free_vm_area", Parity.Full)]
    public static void free_vm_area(vm_struct* area)
    {
        vm_struct* ret = remove_vm_area(area->addr);
        BUG_ON(ret != area);
        kfree(area);
    }

    [KernelSource("mm/vmalloc.c", "delayed_vfree_work", Parity.Full)]
    private static void delayed_vfree_work(work_struct* w)
    {
        vfree_deferred* p = container_of<vfree_deferred>(w, &((vfree_deferred*)nowhere)->wq);
        llist_node* t;

        for (llist_node* llnode = llist_del_all(&p->list); llnode != null; llnode = t)
        {
            t = llnode->next;
            vfree(llnode);
        }
    }

    /// <summary>vfree() of who may not sleep: the area itself is put in line for a worker.</summary>
    [KernelSource("mm/vmalloc.c", "vfree_atomic", Parity.Full)]
    public static void vfree_atomic(void* addr)
    {
        vfree_deferred* p = raw_cpu_ptr(vfree_deferred_list);

        BUG_ON(in_nmi());

        if (addr != null && llist_add((llist_node*)addr, &p->list))
            schedule_work(&p->wq);
    }

    [KernelSource("mm/vmalloc.c", "vmalloc_init", Parity.Reduced, "only what frees from interrupts: addresses are the host's")]
    internal static void vmalloc_init()
    {
        foreach (int i in for_each_possible_cpu())
        {
            vfree_deferred* p = per_cpu_ptr(vfree_deferred_list, i);
            init_llist_head(&p->list);
            INIT_WORK(&p->wq, &delayed_vfree_work);
        }
    }

    [KernelSource("mm/vmalloc.c", "vfree", Parity.Reduced, "no permissions to reset: nothing maps code")]
    [MightSleep(ExceptInIrq = true)]
    public static void vfree(void* addr)
    {
        if (in_interrupt())
        {
            vfree_atomic(addr);
            return;
        }

        BUG_ON(in_nmi());
        might_sleep();

        if (addr == null)
            return;

        vm_struct* vm = remove_vm_area(addr);
        if (vm == null)
        {
            WARN(true, "Trying to vfree() nonexistent vm area");
            return;
        }

        // All pages of an area are charged to the same group: the first one tells which.
        if (vm->nr_pages != 0 && (vm->flags & VM_MAP_PUT_PAGES) == 0)
            mod_memcg_page_state(vm->pages[0], MEMCG_VMALLOC, -(int)vm->nr_pages);
        for (uint i = 0; i < vm->nr_pages; i++)
        {
            page* page = vm->pages[i];

            BUG_ON(page == null);
            __free_page(page);
            cond_resched();
        }
        if ((vm->flags & VM_MAP_PUT_PAGES) == 0)
            atomic_long_sub(vm->nr_pages, nr_vmalloc_pages_counter);
        kvfree(vm->pages);
        kfree(vm);
    }

    [KernelSource("mm/vmalloc.c", "vm_area_alloc_pages", Parity.Reduced, "pages of order 0 only")]
    private static uint vm_area_alloc_pages(gfp_t gfp, int nid, uint nr_pages, page** pages)
    {
        uint nr_allocated = 0;

        // In bulk, at most 100 at a time; what that does not give is tried page by page.
        while (nr_allocated < nr_pages)
        {
            uint nr_pages_request = min(100U, nr_pages - nr_allocated);
            uint nr = (uint)alloc_pages_bulk_node_noprof(gfp, nid, nr_pages_request, pages + nr_allocated);

            nr_allocated += nr;

            if (nr != nr_pages_request)
                break;
        }

        while (nr_allocated < nr_pages)
        {
            if ((gfp & __GFP_NOFAIL) == 0 && fatal_signal_pending(current))
                break;

            page* page = nid == NUMA_NO_NODE ? alloc_pages_noprof(gfp, 0) : alloc_pages_node_noprof(nid, gfp, 0);

            if (page == null)
                break;

            pages[nr_allocated++] = page;
        }

        return nr_allocated;
    }

    [KernelSource("mm/vmalloc.c", "__vmalloc_area_node", Parity.Reduced, "no mapping and no page tables: see vmap_space")]
    private static void* __vmalloc_area_node(vm_struct* area, gfp_t gfp_mask, int node)
    {
        gfp_t nested_gfp = (gfp_mask & GFP_RECLAIM_MASK) | __GFP_ZERO;
        ulong size = get_vm_area_size(area);
        uint nr_small_pages = (uint)(size >> PAGE_SHIFT);
        ulong array_size = (ulong)nr_small_pages * (ulong)sizeof(page*);

        if ((gfp_mask & (GFP_DMA | GFP_DMA32)) == 0)
            gfp_mask |= __GFP_HIGHMEM;

        // The depth is bounded: the array is 1/512 of the area.
        if (array_size > PAGE_SIZE)
            area->pages = (page**)__vmalloc_node_noprof(array_size, 1, nested_gfp, node, area->caller);
        else
            area->pages = (page**)kmalloc_node_noprof(array_size, nested_gfp, node);

        if (area->pages == null)
        {
            free_vm_area(area);
            return null;
        }

        // The bytes are zeroed already, and are not in these pages.
        area->nr_pages = vm_area_alloc_pages((gfp_mask & ~__GFP_ZERO) | __GFP_NOWARN, node, nr_small_pages, area->pages);

        atomic_long_add(area->nr_pages, nr_vmalloc_pages_counter);
        if ((gfp_mask & __GFP_ACCOUNT) != 0 && area->nr_pages != 0)
            mod_memcg_page_state(area->pages[0], MEMCG_VMALLOC, (int)area->nr_pages);

        if (area->nr_pages != nr_small_pages)
        {
            vfree(area->addr);
            return null;
        }

        return area->addr;
    }

    [KernelSource("mm/vmalloc.c", "__vmalloc_node_range_noprof", Parity.Reduced, "one range, one protection, no huge pages")]
    public static void* __vmalloc_node_range_noprof(ulong size, ulong align, gfp_t gfp_mask, ulong vm_flags, int node, void* caller)
    {
        if (WARN_ON_ONCE(size == 0))
            return null;

        if (size >> PAGE_SHIFT > totalram_pages())
            return null;

    again:
        vm_struct* area = __get_vm_area_node(size, align, VM_ALLOC | VM_UNINITIALIZED | vm_flags, node, gfp_mask, caller);
        if (area == null)
        {
            if ((gfp_mask & __GFP_NOFAIL) != 0)
            {
                schedule_timeout_uninterruptible(1);
                goto again;
            }
            return null;
        }

        void* ret = __vmalloc_area_node(area, gfp_mask, node);
        if (ret == null)
            return null;

        area->flags &= ~VM_UNINITIALIZED;

        return area->addr;
    }

    [KernelSource("mm/vmalloc.c", "__vmalloc_node_noprof", Parity.Full)]
    public static void* __vmalloc_node_noprof(ulong size, ulong align, gfp_t gfp_mask, int node, void* caller) =>
        __vmalloc_node_range_noprof(size, align, gfp_mask, 0, node, caller);

    [KernelSource("mm/vmalloc.c", "__vmalloc_noprof", Parity.Full)]
    public static void* __vmalloc(ulong size, gfp_t gfp_mask) => __vmalloc_node_noprof(size, 1, gfp_mask, NUMA_NO_NODE, null);

    [KernelSource("mm/vmalloc.c", "vmalloc_noprof", Parity.Full)]
    [ReturnsFresh]
    public static void* vmalloc(ulong size) => __vmalloc_node_noprof(size, 1, GFP_KERNEL, NUMA_NO_NODE, null);

    [KernelSource("mm/vmalloc.c", "vzalloc_noprof", Parity.Full)]
    [ReturnsFresh]
    public static void* vzalloc(ulong size) => __vmalloc_node_noprof(size, 1, GFP_KERNEL | __GFP_ZERO, NUMA_NO_NODE, null);

    [KernelSource("mm/vmalloc.c", "vzalloc_node_noprof", Parity.Full)]
    public static void* vzalloc_node(ulong size, int node) => __vmalloc_node_noprof(size, 1, GFP_KERNEL | __GFP_ZERO, node, null);
}
