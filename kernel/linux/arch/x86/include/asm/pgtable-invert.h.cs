// SPDX-License-Identifier: GPL-2.0-only
using static Linux.asm_pgtable_types_h;

namespace Linux;

public static partial class asm_pgtable_invert_h
{
    // An empty entry is never inverted.
    [KernelSource("arch/x86/include/asm/pgtable-invert.h", "__pte_needs_invert", Parity.Full)]
    public static bool __pte_needs_invert(ulong val) => val != 0 && (val & _PAGE_PRESENT) == 0;

    // What to XOR an entry with to get at its true frame number.
    [KernelSource("arch/x86/include/asm/pgtable-invert.h", "protnone_mask", Parity.Full)]
    public static ulong protnone_mask(ulong val) => __pte_needs_invert(val) ? ~0UL : 0;

    [KernelSource("arch/x86/include/asm/pgtable-invert.h", "flip_protnone_guard", Parity.Full)]
    public static ulong flip_protnone_guard(ulong oldval, ulong val, ulong mask)
    {
        if (__pte_needs_invert(oldval) != __pte_needs_invert(val))
            val = (val & ~mask) | (~val & mask);
        return val;
    }
}
