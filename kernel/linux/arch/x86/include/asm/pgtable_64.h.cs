// SPDX-License-Identifier: GPL-2.0-only
using static Linux.asm_pgtable_types_h;

namespace Linux;

// The layout of a swap entry in a page-table entry: type in the top five bits, the offset inverted, the low nine bits free.
public static unsafe partial class asm_pgtable_64_h
{
    public const int SWP_TYPE_BITS = 5;
    public const int SWP_OFFSET_FIRST_BIT = _PAGE_BIT_PROTNONE + 1;
    public const int SWP_OFFSET_SHIFT = SWP_OFFSET_FIRST_BIT + SWP_TYPE_BITS;

    public const ulong TASK_SIZE_MAX = (1UL << 47) - 4096;
    public const ulong TASK_SIZE = TASK_SIZE_MAX;
    public const ulong FIRST_USER_ADDRESS = 0;
    public const ulong USER_PGTABLES_CEILING = 0;

    [KernelSource("arch/x86/include/asm/pgtable_64.h", "__swp_type", Parity.Full)]
    public static ulong __swp_type(swp_entry_t x) => x.val >> (64 - SWP_TYPE_BITS);

    [KernelSource("arch/x86/include/asm/pgtable_64.h", "__swp_offset", Parity.Full)]
    public static ulong __swp_offset(swp_entry_t x) => ~x.val << SWP_TYPE_BITS >> SWP_OFFSET_SHIFT;

    [KernelSource("arch/x86/include/asm/pgtable_64.h", "__swp_entry", Parity.Full)]
    public static swp_entry_t __swp_entry(ulong type, ulong offset) => new()
    {
        val = (~offset << SWP_OFFSET_SHIFT >> SWP_TYPE_BITS) | (type << (64 - SWP_TYPE_BITS)),
    };

    [KernelSource("arch/x86/include/asm/pgtable_64.h", "__pte_to_swp_entry", Parity.Full)]
    public static swp_entry_t __pte_to_swp_entry(pte_t pte) => new() { val = pte_val(pte) };

    [KernelSource("arch/x86/include/asm/pgtable_64.h", "__swp_entry_to_pte", Parity.Full)]
    public static pte_t __swp_entry_to_pte(swp_entry_t x) => __pte(x.val);
}
