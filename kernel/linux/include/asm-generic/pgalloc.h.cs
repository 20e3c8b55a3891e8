// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_gfp_types_h;
using static Linux.linux_mm_h;

namespace Linux;

// Page tables of user space are charged to whoever makes them: the task that faults, whose mm it may not be.
public static unsafe partial class asm_generic_pgalloc_h
{
    public const gfp_t GFP_PGTABLE_KERNEL = GFP_KERNEL | __GFP_ZERO;
    public const gfp_t GFP_PGTABLE_USER = GFP_PGTABLE_KERNEL | __GFP_ACCOUNT;

    [KernelSource("include/asm-generic/pgalloc.h", "__pte_alloc_one", Parity.Full)]
    public static page* __pte_alloc_one(mm_struct* mm, gfp_t gfp)
    {
        ptdesc* ptdesc = pagetable_alloc(gfp, 0);

        if (ptdesc == null)
            return null;
        if (!pagetable_pte_ctor(mm, ptdesc))
        {
            pagetable_free(ptdesc);
            return null;
        }

        return ptdesc_page(ptdesc);
    }

    [KernelSource("include/asm-generic/pgalloc.h", "pte_free", Parity.Full)]
    public static void pte_free(mm_struct* mm, page* pte_page) => pagetable_dtor_free(page_ptdesc(pte_page));

    [KernelSource("include/asm-generic/pgalloc.h", "pmd_alloc_one", Parity.Full)]
    public static pmd_t* pmd_alloc_one(mm_struct* mm, ulong addr)
    {
        gfp_t gfp = GFP_PGTABLE_USER;

        if (mm == init_mm)
            gfp = GFP_PGTABLE_KERNEL;
        ptdesc* ptdesc = pagetable_alloc(gfp, 0);
        if (ptdesc == null)
            return null;
        if (!pagetable_pmd_ctor(mm, ptdesc))
        {
            pagetable_free(ptdesc);
            return null;
        }

        if (mm == init_mm)
            ptdesc_set_kernel(ptdesc);

        return (pmd_t*)ptdesc_address(ptdesc);
    }

    [KernelSource("include/asm-generic/pgalloc.h", "pmd_free", Parity.Full)]
    public static void pmd_free(mm_struct* mm, pmd_t* pmd)
    {
        BUG_ON(((ulong)pmd & (PAGE_SIZE - 1)) != 0);
        pagetable_dtor_free(virt_to_ptdesc(pmd));
    }

    [KernelSource("include/asm-generic/pgalloc.h", "__pud_alloc_one", Parity.Full)]
    public static pud_t* __pud_alloc_one(mm_struct* mm, ulong addr)
    {
        gfp_t gfp = GFP_PGTABLE_USER;

        if (mm == init_mm)
            gfp = GFP_PGTABLE_KERNEL;
        gfp &= ~__GFP_HIGHMEM;

        ptdesc* ptdesc = pagetable_alloc(gfp, 0);
        if (ptdesc == null)
            return null;

        pagetable_pud_ctor(ptdesc);

        if (mm == init_mm)
            ptdesc_set_kernel(ptdesc);

        return (pud_t*)ptdesc_address(ptdesc);
    }

    [KernelSource("include/asm-generic/pgalloc.h", "pud_alloc_one", Parity.Full)]
    public static pud_t* pud_alloc_one(mm_struct* mm, ulong addr) => __pud_alloc_one(mm, addr);

    [KernelSource("include/asm-generic/pgalloc.h", "__pud_free", Parity.Full)]
    public static void __pud_free(mm_struct* mm, pud_t* pud)
    {
        BUG_ON(((ulong)pud & (PAGE_SIZE - 1)) != 0);
        pagetable_dtor_free(virt_to_ptdesc(pud));
    }

    [KernelSource("include/asm-generic/pgalloc.h", "pud_free", Parity.Full)]
    public static void pud_free(mm_struct* mm, pud_t* pud) => __pud_free(mm, pud);

    [KernelSource("include/asm-generic/pgalloc.h", "__pgd_alloc", Parity.Full)]
    public static pgd_t* __pgd_alloc(mm_struct* mm, uint order)
    {
        gfp_t gfp = GFP_PGTABLE_USER;

        if (mm == init_mm)
            gfp = GFP_PGTABLE_KERNEL;
        gfp &= ~__GFP_HIGHMEM;

        ptdesc* ptdesc = pagetable_alloc(gfp, order);
        if (ptdesc == null)
            return null;

        pagetable_pgd_ctor(ptdesc);

        if (mm == init_mm)
            ptdesc_set_kernel(ptdesc);

        return (pgd_t*)ptdesc_address(ptdesc);
    }

    [KernelSource("include/asm-generic/pgalloc.h", "__pgd_free", Parity.Full)]
    public static void __pgd_free(mm_struct* mm, pgd_t* pgd)
    {
        BUG_ON(((ulong)pgd & (PAGE_SIZE - 1)) != 0);
        pagetable_dtor_free(virt_to_ptdesc(pgd));
    }
}
