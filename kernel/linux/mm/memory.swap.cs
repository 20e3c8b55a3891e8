// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_swapops_h;

namespace Linux;

// Faults on entries that are neither empty nor present.
public static unsafe partial class mm_memory_c
{
    [KernelSource("mm/memory.c", "do_swap_page", Parity.Reduced, "markers only: reading a page back comes with swap")]
    public static uint do_swap_page(vm_fault* vmf)
    {
        if (!pte_unmap_same(vmf))
            return 0;

        swp_entry_t entry = pte_to_swp_entry(vmf->orig_pte);
        if (is_pte_marker_entry(entry))
            return handle_pte_marker(vmf);

        return VM_FAULT_SIGBUS;
    }
}
