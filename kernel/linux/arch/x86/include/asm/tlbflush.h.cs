// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

// The MMU walks the tables at every access and no CPU caches a translation: a flush only waits for accesses under way.
public static unsafe partial class asm_tlbflush_h
{
    [KernelSource("arch/x86/include/asm/tlbflush.h", "flush_tlb_mm", Parity.Reduced, "no CPU caches translations, so all CPUs are asked alike")]
    public static void flush_tlb_mm(mm_struct* mm) => linux_uaccess_h.tlb_shootdown();

    [KernelSource("arch/x86/include/asm/tlbflush.h", "flush_tlb_range", Parity.Reduced, "no CPU caches translations, so all CPUs are asked alike")]
    public static void flush_tlb_range(vm_area_struct* vma, ulong start, ulong end) => linux_uaccess_h.tlb_shootdown();

    [KernelSource("arch/x86/include/asm/tlbflush.h", "flush_tlb_page", Parity.Reduced, "no CPU caches translations, so all CPUs are asked alike")]
    public static void flush_tlb_page(vm_area_struct* vma, ulong address) => linux_uaccess_h.tlb_shootdown();

    [KernelSource("arch/x86/include/asm/tlbflush.h", "arch_tlbbatch_should_defer", Parity.Stub, "no CPU caches translations")]
    public static bool arch_tlbbatch_should_defer(mm_struct* mm) => false;

    [KernelSource("arch/x86/include/asm/tlbflush.h", "flush_cache_page", Parity.Full)]
    public static void flush_cache_page(vm_area_struct* vma, ulong address, ulong pfn)
    {
    }

    [KernelSource("arch/x86/include/asm/tlbflush.h", "flush_cache_range", Parity.Full)]
    public static void flush_cache_range(vm_area_struct* vma, ulong start, ulong end)
    {
    }

    [KernelSource("arch/x86/include/asm/tlbflush.h", "flush_cache_mm", Parity.Full)]
    public static void flush_cache_mm(mm_struct* mm)
    {
    }

    [KernelSource("arch/x86/include/asm/tlbflush.h", "flush_cache_dup_mm", Parity.Full)]
    public static void flush_cache_dup_mm(mm_struct* mm)
    {
    }

    [KernelSource("arch/x86/include/asm/tlbflush.h", "flush_dcache_folio", Parity.Full)]
    public static void flush_dcache_folio(folio* folio)
    {
    }

    [KernelSource("arch/x86/include/asm/tlbflush.h", "flush_icache_pages", Parity.Full)]
    public static void flush_icache_pages(vm_area_struct* vma, page* page, uint nr)
    {
    }

    // Write or clear dirty: the hardware must not go on using what it knew. More permission needs no flush.
    [KernelSource("arch/x86/include/asm/tlbflush.h", "pte_flags_need_flush", Parity.Reduced, "any flag that is taken away flushes, also accessed and software's own")]
    public static bool pte_flags_need_flush(ulong oldflags, ulong newflags, bool ignore_access) =>
        (oldflags & ~newflags) != 0;

    // Accessed is left out: see ptep_clear_flush_young().
    [KernelSource("arch/x86/include/asm/tlbflush.h", "pte_needs_flush", Parity.Full)]
    public static bool pte_needs_flush(pte_t oldpte, pte_t newpte)
    {
        // What was not present is cached nowhere.
        if ((pte_flags(oldpte) & _PAGE_PRESENT) == 0)
            return false;

        if (pte_pfn(oldpte) != pte_pfn(newpte))
            return true;

        return pte_flags_need_flush(pte_flags(oldpte), pte_flags(newpte), true);
    }
}
