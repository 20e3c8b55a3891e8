// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public struct pte_t
{
    public ulong pte;
}

public struct pmd_t
{
    public ulong pmd;
}

public struct pud_t
{
    public ulong pud;
}

public struct p4d_t
{
    public ulong p4d;
}

public struct pgd_t
{
    public ulong pgd;
}

public struct pgprot_t
{
    public ulong pgprot;
}

public static unsafe partial class asm_pgtable_types_h
{
    public const int _PAGE_BIT_PRESENT = 0;
    public const int _PAGE_BIT_RW = 1;
    public const int _PAGE_BIT_USER = 2;
    public const int _PAGE_BIT_PWT = 3;
    public const int _PAGE_BIT_PCD = 4;
    public const int _PAGE_BIT_ACCESSED = 5;
    public const int _PAGE_BIT_DIRTY = 6;
    public const int _PAGE_BIT_PSE = 7;
    public const int _PAGE_BIT_PAT = 7;
    public const int _PAGE_BIT_GLOBAL = 8;
    public const int _PAGE_BIT_SOFTW1 = 9;
    public const int _PAGE_BIT_SOFTW2 = 10;
    public const int _PAGE_BIT_SOFTW5 = 58;
    public const int _PAGE_BIT_NX = 63;
    public const int _PAGE_BIT_SPECIAL = _PAGE_BIT_SOFTW1;
    public const int _PAGE_BIT_UFFD_WP = _PAGE_BIT_SOFTW2;
    public const int _PAGE_BIT_SAVED_DIRTY = _PAGE_BIT_SOFTW5;
    // PROT_NONE: not present to the hardware, but mapped.
    public const int _PAGE_BIT_PROTNONE = _PAGE_BIT_GLOBAL;

    public const ulong _PAGE_PRESENT = 1UL << _PAGE_BIT_PRESENT;
    public const ulong _PAGE_RW = 1UL << _PAGE_BIT_RW;
    public const ulong _PAGE_USER = 1UL << _PAGE_BIT_USER;
    public const ulong _PAGE_PWT = 1UL << _PAGE_BIT_PWT;
    public const ulong _PAGE_PCD = 1UL << _PAGE_BIT_PCD;
    public const ulong _PAGE_ACCESSED = 1UL << _PAGE_BIT_ACCESSED;
    public const ulong _PAGE_DIRTY = 1UL << _PAGE_BIT_DIRTY;
    public const ulong _PAGE_PSE = 1UL << _PAGE_BIT_PSE;
    public const ulong _PAGE_PAT = 1UL << _PAGE_BIT_PAT;
    public const ulong _PAGE_GLOBAL = 1UL << _PAGE_BIT_GLOBAL;
    public const ulong _PAGE_SPECIAL = 1UL << _PAGE_BIT_SPECIAL;
    public const ulong _PAGE_UFFD_WP = 1UL << _PAGE_BIT_UFFD_WP;
    public const ulong _PAGE_SOFT_DIRTY = 0;
    public const ulong _PAGE_SWP_SOFT_DIRTY = 0;
    public const ulong _PAGE_SWP_UFFD_WP = _PAGE_USER;
    public const ulong _PAGE_SWP_EXCLUSIVE = _PAGE_PWT;
    public const ulong _PAGE_NX = 1UL << _PAGE_BIT_NX;
    public const ulong _PAGE_SAVED_DIRTY = 1UL << _PAGE_BIT_SAVED_DIRTY;
    public const ulong _PAGE_DIRTY_BITS = _PAGE_DIRTY | _PAGE_SAVED_DIRTY;
    public const ulong _PAGE_PROTNONE = 1UL << _PAGE_BIT_PROTNONE;

    // 52 physical bits.
    public const ulong PTE_PFN_MASK = 0x000ffffffffff000UL;
    public const ulong PTE_FLAGS_MASK = ~PTE_PFN_MASK;

    public const ulong _PAGE_KNL_ERRATUM_MASK = _PAGE_DIRTY | _PAGE_ACCESSED;
    public const ulong _PAGE_CHG_MASK = PTE_PFN_MASK | _PAGE_PCD | _PAGE_PWT | _PAGE_SPECIAL | _PAGE_ACCESSED
        | _PAGE_DIRTY_BITS | _PAGE_SOFT_DIRTY | _PAGE_UFFD_WP | _PAGE_PAT;

    public const ulong _KERNPG_TABLE = _PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED | _PAGE_DIRTY;
    public const ulong _PAGE_TABLE = _PAGE_PRESENT | _PAGE_RW | _PAGE_USER | _PAGE_ACCESSED | _PAGE_DIRTY;

    public static pgprot_t PAGE_NONE => __pgprot(_PAGE_ACCESSED | _PAGE_GLOBAL);

    public static pgprot_t PAGE_SHARED => __pgprot(_PAGE_PRESENT | _PAGE_RW | _PAGE_USER | _PAGE_ACCESSED | _PAGE_NX);

    public static pgprot_t PAGE_SHARED_EXEC => __pgprot(_PAGE_PRESENT | _PAGE_RW | _PAGE_USER | _PAGE_ACCESSED);

    public static pgprot_t PAGE_COPY => __pgprot(_PAGE_PRESENT | _PAGE_USER | _PAGE_ACCESSED | _PAGE_NX);

    public static pgprot_t PAGE_COPY_EXEC => __pgprot(_PAGE_PRESENT | _PAGE_USER | _PAGE_ACCESSED);

    public static pgprot_t PAGE_READONLY => __pgprot(_PAGE_PRESENT | _PAGE_USER | _PAGE_ACCESSED | _PAGE_NX);

    public static pgprot_t PAGE_READONLY_EXEC => __pgprot(_PAGE_PRESENT | _PAGE_USER | _PAGE_ACCESSED);

    public const int PGDIR_SHIFT = 39;
    public const int P4D_SHIFT = 39;
    public const int PUD_SHIFT = 30;
    public const int PMD_SHIFT = 21;
    public const int PTRS_PER_PGD = 512;
    public const int PTRS_PER_P4D = 1;
    public const int PTRS_PER_PUD = 512;
    public const int PTRS_PER_PMD = 512;
    public const int PTRS_PER_PTE = 512;
    public const ulong PGDIR_SIZE = 1UL << PGDIR_SHIFT;
    public const ulong PGDIR_MASK = ~(PGDIR_SIZE - 1);
    public const ulong P4D_SIZE = 1UL << P4D_SHIFT;
    public const ulong P4D_MASK = ~(P4D_SIZE - 1);
    public const ulong PUD_SIZE = 1UL << PUD_SHIFT;
    public const ulong PUD_MASK = ~(PUD_SIZE - 1);
    public const ulong PMD_SIZE = 1UL << PMD_SHIFT;
    public const ulong PMD_MASK = ~(PMD_SIZE - 1);
    public const int PMD_ORDER = PMD_SHIFT - 12;
    public const int PUD_ORDER = PUD_SHIFT - 12;

    [KernelSource("arch/x86/include/asm/pgtable_types.h", "pgprot_val", Parity.Full)]
    public static ulong pgprot_val(pgprot_t x) => x.pgprot;

    [KernelSource("arch/x86/include/asm/pgtable_types.h", "__pgprot", Parity.Full)]
    public static pgprot_t __pgprot(ulong x) => new() { pgprot = x };

    [KernelSource("arch/x86/include/asm/pgtable_types.h", "pgd_val", Parity.Full)]
    public static ulong pgd_val(pgd_t x) => x.pgd;

    [KernelSource("arch/x86/include/asm/pgtable_types.h", "__pgd", Parity.Full)]
    public static pgd_t __pgd(ulong x) => new() { pgd = x };

    [KernelSource("arch/x86/include/asm/pgtable_types.h", "p4d_val", Parity.Full)]
    public static ulong p4d_val(p4d_t x) => x.p4d;

    [KernelSource("arch/x86/include/asm/pgtable_types.h", "__p4d", Parity.Full)]
    public static p4d_t __p4d(ulong x) => new() { p4d = x };

    [KernelSource("arch/x86/include/asm/pgtable_types.h", "pud_val", Parity.Full)]
    public static ulong pud_val(pud_t x) => x.pud;

    [KernelSource("arch/x86/include/asm/pgtable_types.h", "__pud", Parity.Full)]
    public static pud_t __pud(ulong x) => new() { pud = x };

    [KernelSource("arch/x86/include/asm/pgtable_types.h", "pmd_val", Parity.Full)]
    public static ulong pmd_val(pmd_t x) => x.pmd;

    [KernelSource("arch/x86/include/asm/pgtable_types.h", "__pmd", Parity.Full)]
    public static pmd_t __pmd(ulong x) => new() { pmd = x };

    [KernelSource("arch/x86/include/asm/pgtable_types.h", "pte_val", Parity.Full)]
    public static ulong pte_val(pte_t x) => x.pte;

    [KernelSource("arch/x86/include/asm/pgtable_types.h", "__pte", Parity.Full)]
    public static pte_t __pte(ulong x) => new() { pte = x };

    [KernelSource("arch/x86/include/asm/pgtable_types.h", "pte_flags", Parity.Full)]
    public static ulong pte_flags(pte_t pte) => pte.pte & PTE_FLAGS_MASK;

    [KernelSource("arch/x86/include/asm/pgtable_types.h", "pmd_flags", Parity.Full)]
    public static ulong pmd_flags(pmd_t pmd) => pmd.pmd & PTE_FLAGS_MASK;

    [KernelSource("arch/x86/include/asm/pgtable_types.h", "pud_flags", Parity.Full)]
    public static ulong pud_flags(pud_t pud) => pud.pud & PTE_FLAGS_MASK;

    [KernelSource("arch/x86/include/asm/pgtable_types.h", "p4d_flags", Parity.Full)]
    public static ulong p4d_flags(p4d_t p4d) => p4d.p4d & PTE_FLAGS_MASK;
}
