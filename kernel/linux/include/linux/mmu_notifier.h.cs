// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_pgtable_h;
using static Linux.asm_tlbflush_h;

namespace Linux;

public unsafe struct mmu_notifier_range
{
    public ulong start;
    public ulong end;
}

// No device shares a mm's page tables, so there is nobody to notify.
public static unsafe partial class linux_mmu_notifier_h
{
    // enum mmu_notifier_event
    public const int MMU_NOTIFY_UNMAP = 0;
    public const int MMU_NOTIFY_CLEAR = 1;
    public const int MMU_NOTIFY_PROTECTION_VMA = 2;
    public const int MMU_NOTIFY_PROTECTION_PAGE = 3;
    public const int MMU_NOTIFY_SOFT_DIRTY = 4;

    [KernelSource("include/linux/mmu_notifier.h", "mmu_notifier_range_init", Parity.Full)]
    public static void mmu_notifier_range_init(mmu_notifier_range* range, int @event, uint flags, mm_struct* mm, ulong start, ulong end)
    {
        range->start = start;
        range->end = end;
    }

    [KernelSource("include/linux/mmu_notifier.h", "mmu_notifier_invalidate_range_start", Parity.Full)]
    public static void mmu_notifier_invalidate_range_start(mmu_notifier_range* range)
    {
    }

    [KernelSource("include/linux/mmu_notifier.h", "mmu_notifier_invalidate_range_end", Parity.Full)]
    public static void mmu_notifier_invalidate_range_end(mmu_notifier_range* range)
    {
    }

    [KernelSource("include/linux/mmu_notifier.h", "mm_has_notifiers", Parity.Full)]
    public static bool mm_has_notifiers(mm_struct* mm) => false;

    [KernelSource("include/linux/mmu_notifier.h", "ptep_clear_flush_young_notify", Parity.Full)]
    public static bool ptep_clear_flush_young_notify(vm_area_struct* vma, ulong address, pte_t* ptep) =>
        ptep_clear_flush_young(vma, address, ptep);
}
