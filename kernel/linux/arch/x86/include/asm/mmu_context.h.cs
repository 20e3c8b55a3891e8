// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public static unsafe partial class asm_mmu_context_h
{
    [KernelSource("arch/x86/include/asm/mmu_context.h", "arch_vma_access_permitted", Parity.Reduced, "no protection keys")]
    public static bool arch_vma_access_permitted(vm_area_struct* vma, bool write, bool execute, bool foreign) => true;
}
