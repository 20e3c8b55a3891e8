// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mmdebug_h;
using static Linux.linux_gfp_h;
using static Linux.linux_mmzone_h;
using static Linux.linux_mm_types_h;
using static Linux.linux_page_flags_h;
using static Linux.linux_page_ref_h;

namespace Linux;

// Inlines on VMAs and their iterators, on fault results, and the debugging options that are off.
public static unsafe partial class linux_mm_h
{
    [KernelSource("include/linux/mm.h", "fault_flag_allow_retry_first", Parity.Full)]
    public static bool fault_flag_allow_retry_first(uint flags) =>
        (flags & FAULT_FLAG_ALLOW_RETRY) != 0 && (flags & FAULT_FLAG_TRIED) == 0;

    [KernelSource("include/linux/mm.h", "release_fault_lock", Parity.Full)]
    [ContextUnsafe("what the fault holds, the VMA's lock or the mm's, is told by a flag", Rule = "KM0113")]
    public static void release_fault_lock(vm_fault* vmf)
    {
        if ((vmf->flags & FAULT_FLAG_VMA_LOCK) != 0)
            vma_end_read(vmf->vma);
        else
            mmap_read_unlock(vmf->vma->vm_mm);
    }

    [KernelSource("include/linux/mm.h", "assert_fault_locked", Parity.Full)]
    public static void assert_fault_locked(vm_fault* vmf)
    {
        if ((vmf->flags & FAULT_FLAG_VMA_LOCK) != 0)
            vma_assert_locked(vmf->vma);
        else
            mmap_assert_locked(vmf->vma->vm_mm);
    }

    [KernelSource("include/linux/mm.h", "mm_flags_test", Parity.Full)]
    public static bool mm_flags_test(int flag, mm_struct* mm) => test_bit(flag, &mm->flags.__mm_flags);

    [KernelSource("include/linux/mm.h", "mm_flags_test_and_set", Parity.Full)]
    public static bool mm_flags_test_and_set(int flag, mm_struct* mm) => test_and_set_bit(flag, &mm->flags.__mm_flags);

    [KernelSource("include/linux/mm.h", "mm_flags_test_and_clear", Parity.Full)]
    public static bool mm_flags_test_and_clear(int flag, mm_struct* mm) => test_and_clear_bit(flag, &mm->flags.__mm_flags);

    [KernelSource("include/linux/mm.h", "mm_flags_set", Parity.Full)]
    public static void mm_flags_set(int flag, mm_struct* mm) => set_bit(flag, &mm->flags.__mm_flags);

    [KernelSource("include/linux/mm.h", "mm_flags_clear", Parity.Full)]
    public static void mm_flags_clear(int flag, mm_struct* mm) => clear_bit(flag, &mm->flags.__mm_flags);

    [KernelSource("include/linux/mm.h", "mm_flags_clear_all", Parity.Full)]
    public static void mm_flags_clear_all(mm_struct* mm) => mm->flags.__mm_flags = 0;

    [KernelSource("include/linux/mm.h", "vma_init", Parity.Full)]
    public static void vma_init(vm_area_struct* vma, mm_struct* mm)
    {
        memset(vma, 0, (ulong)sizeof(vm_area_struct));
        vma->vm_mm = mm;
        vma->vm_ops = vma_dummy_vm_ops;
        INIT_LIST_HEAD(&vma->anon_vma_chain);
        vma_lock_init(vma, false);
    }

    [KernelSource("include/linux/mm.h", "vm_flags_init", Parity.Full)]
    public static void vm_flags_init(vm_area_struct* vma, ulong flags) => vma->__vm_flags = flags;

    [KernelSource("include/linux/mm.h", "vm_flags_reset", Parity.Full)]
    public static void vm_flags_reset(vm_area_struct* vma, ulong flags)
    {
        vma_assert_write_locked(vma);
        vm_flags_init(vma, flags);
    }

    [KernelSource("include/linux/mm.h", "vm_flags_reset_once", Parity.Full)]
    public static void vm_flags_reset_once(vm_area_struct* vma, ulong flags)
    {
        vma_assert_write_locked(vma);
        WRITE_ONCE(&vma->__vm_flags, flags);
    }

    [KernelSource("include/linux/mm.h", "vm_flags_set", Parity.Full)]
    public static void vm_flags_set(vm_area_struct* vma, ulong flags)
    {
        vma_start_write(vma);
        vma->__vm_flags |= flags;
    }

    [KernelSource("include/linux/mm.h", "vm_flags_clear", Parity.Full)]
    public static void vm_flags_clear(vm_area_struct* vma, ulong flags)
    {
        vma_start_write(vma);
        vma->__vm_flags &= ~flags;
    }

    [KernelSource("include/linux/mm.h", "__vm_flags_mod", Parity.Full)]
    public static void __vm_flags_mod(vm_area_struct* vma, ulong set, ulong clear) =>
        vm_flags_init(vma, (vma->vm_flags | set) & ~clear);

    [KernelSource("include/linux/mm.h", "vm_flags_mod", Parity.Full)]
    public static void vm_flags_mod(vm_area_struct* vma, ulong set, ulong clear)
    {
        vma_start_write(vma);
        __vm_flags_mod(vma, set, clear);
    }

    [KernelSource("include/linux/mm.h", "vma_set_anonymous", Parity.Full)]
    public static void vma_set_anonymous(vm_area_struct* vma) => vma->vm_ops = null;

    [KernelSource("include/linux/mm.h", "vma_is_anonymous", Parity.Full)]
    public static bool vma_is_anonymous(vm_area_struct* vma) => vma->vm_ops == null;

    [KernelSource("include/linux/mm.h", "vma_is_initial_heap", Parity.Full)]
    public static bool vma_is_initial_heap(vm_area_struct* vma) =>
        vma->vm_start < vma->vm_mm->brk && vma->vm_end > vma->vm_mm->start_brk;

    [KernelSource("include/linux/mm.h", "vma_is_initial_stack", Parity.Full)]
    public static bool vma_is_initial_stack(vm_area_struct* vma) =>
        vma->vm_start <= vma->vm_mm->start_stack && vma->vm_end >= vma->vm_mm->start_stack;

    [KernelSource("include/linux/mm.h", "vma_is_temporary_stack", Parity.Reduced, "exec does not move stacks here, so no VMA is ever a temporary stack")]
    public static bool vma_is_temporary_stack(vm_area_struct* vma) => false;

    [KernelSource("include/linux/mm.h", "vma_is_foreign", Parity.Full)]
    public static bool vma_is_foreign(vm_area_struct* vma)
    {
        if (current->mm == null)
            return true;

        return current->mm != vma->vm_mm;
    }

    [KernelSource("include/linux/mm.h", "vma_is_accessible", Parity.Full)]
    public static bool vma_is_accessible(vm_area_struct* vma) => (vma->vm_flags & VM_ACCESS_FLAGS) != 0;

    [KernelSource("include/linux/mm.h", "is_shared_maywrite", Parity.Full)]
    public static bool is_shared_maywrite(ulong vm_flags) =>
        (vm_flags & (VM_SHARED | VM_MAYWRITE)) == (VM_SHARED | VM_MAYWRITE);

    [KernelSource("include/linux/mm.h", "vma_is_shared_maywrite", Parity.Full)]
    public static bool vma_is_shared_maywrite(vm_area_struct* vma) => is_shared_maywrite(vma->vm_flags);

    [KernelSource("include/linux/mm.h", "vma_find", Parity.Full)]
    public static vm_area_struct* vma_find(vma_iterator* vmi, ulong max) => (vm_area_struct*)mas_find(&vmi->mas, max - 1);

    // mas_find(), not mas_next(): the first call must also look at the entry it starts on.
    [KernelSource("include/linux/mm.h", "vma_next", Parity.Full)]
    public static vm_area_struct* vma_next(vma_iterator* vmi) => (vm_area_struct*)mas_find(&vmi->mas, ulong.MaxValue);

    [KernelSource("include/linux/mm.h", "vma_iter_next_range", Parity.Full)]
    public static vm_area_struct* vma_iter_next_range(vma_iterator* vmi) =>
        (vm_area_struct*)mas_next_range(&vmi->mas, ulong.MaxValue);

    [KernelSource("include/linux/mm.h", "vma_prev", Parity.Full)]
    public static vm_area_struct* vma_prev(vma_iterator* vmi) => (vm_area_struct*)mas_prev(&vmi->mas, 0);

    [KernelSource("include/linux/mm.h", "vma_iter_clear_gfp", Parity.Full)]
    public static int vma_iter_clear_gfp(vma_iterator* vmi, ulong start, ulong end, uint gfp)
    {
        __mas_set_range(&vmi->mas, start, end - 1);
        mas_store_gfp(&vmi->mas, null, gfp);
        if (mas_is_err(&vmi->mas))
            return -ENOMEM;

        return 0;
    }

    [KernelSource("include/linux/mm.h", "vma_iter_free", Parity.Full)]
    public static void vma_iter_free(vma_iterator* vmi) => mas_destroy(&vmi->mas);

    [KernelSource("include/linux/mm.h", "vma_iter_bulk_store", Parity.Full)]
    public static int vma_iter_bulk_store(vma_iterator* vmi, vm_area_struct* vma)
    {
        vmi->mas.index = vma->vm_start;
        vmi->mas.last = vma->vm_end - 1;
        mas_store(&vmi->mas, vma);
        if (mas_is_err(&vmi->mas))
            return -ENOMEM;

        vma_mark_attached(vma);
        return 0;
    }

    [KernelSource("include/linux/mm.h", "vma_iter_invalidate", Parity.Full)]
    public static void vma_iter_invalidate(vma_iterator* vmi) => mas_pause(&vmi->mas);

    [KernelSource("include/linux/mm.h", "vma_iter_set", Parity.Full)]
    public static void vma_iter_set(vma_iterator* vmi, ulong addr) => mas_set(&vmi->mas, addr);

    [KernelSource("include/linux/mm.h", "vma_lookup", Parity.Full)]
    public static vm_area_struct* vma_lookup(mm_struct* mm, ulong addr) => (vm_area_struct*)mtree_load(&mm->mm_mt, addr);

    [KernelSource("include/linux/mm.h", "stack_guard_start_gap", Parity.Full)]
    public static ulong stack_guard_start_gap(vm_area_struct* vma)
    {
        if ((vma->vm_flags & VM_GROWSDOWN) != 0)
            return stack_guard_gap;

        if ((vma->vm_flags & VM_SHADOW_STACK) != 0)
            return PAGE_SIZE;

        return 0;
    }

    [KernelSource("include/linux/mm.h", "vm_start_gap", Parity.Full)]
    public static ulong vm_start_gap(vm_area_struct* vma)
    {
        ulong gap = stack_guard_start_gap(vma);
        ulong vm_start = vma->vm_start;

        vm_start -= gap;
        if (vm_start > vma->vm_start)
            vm_start = 0;
        return vm_start;
    }

    [KernelSource("include/linux/mm.h", "vm_end_gap", Parity.Full)]
    public static ulong vm_end_gap(vm_area_struct* vma)
    {
        ulong vm_end = vma->vm_end;

        if ((vma->vm_flags & VM_GROWSUP) != 0)
        {
            vm_end += stack_guard_gap;
            if (vm_end < vma->vm_end)
                vm_end = unchecked(0UL - PAGE_SIZE);
        }
        return vm_end;
    }

    [KernelSource("include/linux/mm.h", "vma_pages", Parity.Full)]
    public static ulong vma_pages(vm_area_struct* vma) => (vma->vm_end - vma->vm_start) >> PAGE_SHIFT;

    [KernelSource("include/linux/mm.h", "find_exact_vma", Parity.Full)]
    public static vm_area_struct* find_exact_vma(mm_struct* mm, ulong vm_start, ulong vm_end)
    {
        vm_area_struct* vma = vma_lookup(mm, vm_start);

        if (vma != null && (vma->vm_start != vm_start || vma->vm_end != vm_end))
            vma = null;

        return vma;
    }

    [KernelSource("include/linux/mm.h", "range_in_vma", Parity.Full)]
    public static bool range_in_vma(vm_area_struct* vma, ulong start, ulong end) =>
        vma != null && vma->vm_start <= start && end <= vma->vm_end;

    [KernelSource("include/linux/mm.h", "get_unmapped_area", Parity.Full)]
    [MustHoldShared("asm_percpu_h.current->mm->mmap_lock")]
    public static ulong get_unmapped_area(@file* file, ulong addr, ulong len, ulong pgoff, ulong flags) =>
        __get_unmapped_area(file, addr, len, pgoff, flags, 0);

    [KernelSource("include/linux/mm.h", "mm_populate", Parity.Full)]
    public static void mm_populate(ulong addr, ulong len) => __mm_populate(addr, len, 1);

    [KernelSource("include/linux/mm.h", "zap_vma_pages", Parity.Full)]
    public static void zap_vma_pages(vm_area_struct* vma) =>
        zap_page_range_single(vma, vma->vm_start, vma->vm_end - vma->vm_start, null);

    [KernelSource("include/linux/mm.h", "unmap_shared_mapping_range", Parity.Full)]
    public static void unmap_shared_mapping_range(address_space* mapping, long holebegin, long holelen) =>
        unmap_mapping_range(mapping, holebegin, holelen, 0);

    [KernelSource("include/linux/mm.h", "get_user_page_vma_remote", Parity.Full)]
    public static page* get_user_page_vma_remote(mm_struct* mm, ulong addr, uint gup_flags, vm_area_struct** vmap)
    {
        page* page;

        if (WARN_ON_ONCE((gup_flags & FOLL_NOWAIT) != 0))
            return (page*)ERR_PTR(-EINVAL);

        int got = (int)get_user_pages_remote(mm, addr, 1, gup_flags, &page, null);

        if (got < 0)
            return (page*)ERR_PTR(got);

        vm_area_struct* vma = vma_lookup(mm, addr);
        if (WARN_ON_ONCE(vma == null))
        {
            put_page(page);
            return (page*)ERR_PTR(-EINVAL);
        }

        *vmap = vma;
        return page;
    }

    [KernelSource("include/linux/mm.h", "vmf_error", Parity.Full)]
    public static uint vmf_error(int err)
    {
        if (err == -ENOMEM)
            return VM_FAULT_OOM;
        else if (err == -EHWPOISON)
            return VM_FAULT_HWPOISON;
        return VM_FAULT_SIGBUS;
    }

    [KernelSource("include/linux/mm.h", "vmf_fs_error", Parity.Full)]
    public static uint vmf_fs_error(int err)
    {
        if (err == 0)
            return VM_FAULT_LOCKED;
        if (err == -EFAULT || err == -EAGAIN)
            return VM_FAULT_NOPAGE;
        if (err == -ENOMEM)
            return VM_FAULT_OOM;
        return VM_FAULT_SIGBUS;
    }

    [KernelSource("include/linux/mm.h", "vm_fault_to_errno", Parity.Full)]
    public static int vm_fault_to_errno(uint vm_fault, uint foll_flags)
    {
        if ((vm_fault & VM_FAULT_OOM) != 0)
            return -ENOMEM;
        if ((vm_fault & (VM_FAULT_HWPOISON | VM_FAULT_HWPOISON_LARGE)) != 0)
            return (foll_flags & FOLL_HWPOISON) != 0 ? -EHWPOISON : -EFAULT;
        if ((vm_fault & (VM_FAULT_SIGBUS | VM_FAULT_SIGSEGV)) != 0)
            return -EFAULT;
        return 0;
    }

    [KernelSource("include/linux/mm.h", "gup_can_follow_protnone", Parity.Full)]
    public static bool gup_can_follow_protnone(vm_area_struct* vma, uint flags)
    {
        if ((flags & FOLL_HONOR_NUMA_FAULT) == 0)
            return true;

        // NUMA hinting makes accessible VMAs look like PROT_NONE; those must fault.
        return !vma_is_accessible(vma);
    }

    [KernelSource("include/linux/mm.h", "get_gate_vma", Parity.Full)]
    public static vm_area_struct* get_gate_vma(mm_struct* mm) => null;

    [KernelSource("include/linux/mm.h", "in_gate_area_no_mm", Parity.Full)]
    public static bool in_gate_area_no_mm(ulong addr) => false;

    [KernelSource("include/linux/mm.h", "in_gate_area", Parity.Full)]
    public static bool in_gate_area(mm_struct* mm, ulong addr) => false;

    // Debugging options that are off in the port's configuration.
    [KernelSource("include/linux/mm.h", "page_poisoning_enabled_static", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool page_poisoning_enabled_static() => mm_page_poison_c._page_poisoning_enabled;

    [KernelSource("include/linux/mm.h", "kernel_poison_pages", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void kernel_poison_pages(page* page, int numpages)
    {
        if (page_poisoning_enabled_static())
            mm_page_poison_c.__kernel_poison_pages(page, numpages);
    }

    [KernelSource("include/linux/mm.h", "kernel_unpoison_pages", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void kernel_unpoison_pages(page* page, int numpages)
    {
        if (page_poisoning_enabled_static())
            mm_page_poison_c.__kernel_unpoison_pages(page, numpages);
    }

    [KernelSource("include/linux/mm.h", "want_init_on_alloc", Parity.Full)]
    public static bool want_init_on_alloc(uint flags) => (flags & __GFP_ZERO) != 0;

    [KernelSource("include/linux/mm.h", "want_init_on_free", Parity.Full)]
    public static bool want_init_on_free() => false;

    [KernelSource("include/linux/mm.h", "debug_pagealloc_enabled", Parity.Full)]
    public static bool debug_pagealloc_enabled() => false;

    [KernelSource("include/linux/mm.h", "debug_pagealloc_enabled_static", Parity.Full)]
    public static bool debug_pagealloc_enabled_static() => false;

    [KernelSource("include/linux/mm.h", "debug_pagealloc_map_pages", Parity.Full)]
    public static void debug_pagealloc_map_pages(page* page, int numpages)
    {
    }

    [KernelSource("include/linux/mm.h", "debug_pagealloc_unmap_pages", Parity.Full)]
    public static void debug_pagealloc_unmap_pages(page* page, int numpages)
    {
    }

    [KernelSource("include/linux/mm.h", "debug_guardpage_minorder", Parity.Full)]
    public static uint debug_guardpage_minorder() => 0;

    [KernelSource("include/linux/mm.h", "debug_guardpage_enabled", Parity.Full)]
    public static bool debug_guardpage_enabled() => false;

    [KernelSource("include/linux/mm.h", "page_is_guard", Parity.Full)]
    public static bool page_is_guard(page* page) => false;

    [KernelSource("include/linux/mm.h", "set_page_guard", Parity.Full)]
    public static bool set_page_guard(zone* zone, page* page, uint order) => false;

    [KernelSource("include/linux/mm.h", "clear_page_guard", Parity.Full)]
    public static void clear_page_guard(zone* zone, page* page, uint order)
    {
    }

    [KernelSource("include/linux/mm.h", "accept_memory", Parity.Full)]
    public static void accept_memory(ulong start, ulong size)
    {
    }

    [KernelSource("include/linux/mm.h", "user_alloc_needs_zeroing", Parity.Full)]
    public static bool user_alloc_needs_zeroing() => true;

    [KernelSource("include/linux/mm.h", "page_pool_page_is_pp", Parity.Full)]
    public static bool page_pool_page_is_pp(page* page) => false;
}
