// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_gfp_types_h;

namespace Linux;

/// <summary>Scopes that narrow what an allocation may do, kept in the task's flags.</summary>
public static unsafe partial class linux_sched_mm_h
{
    [KernelSource("include/linux/sched/mm.h", "current_gfp_context", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static gfp_t current_gfp_context(gfp_t flags)
    {
        uint pflags = READ_ONCE(&current->flags);
        if ((pflags & (PF_MEMALLOC_NOIO | PF_MEMALLOC_NOFS | PF_MEMALLOC_PIN)) != 0)
        {
            // NOIO forbids file systems too, so it is looked at first.
            if ((pflags & PF_MEMALLOC_NOIO) != 0)
                flags &= ~(__GFP_IO | __GFP_FS);
            else if ((pflags & PF_MEMALLOC_NOFS) != 0)
                flags &= ~__GFP_FS;
            if ((pflags & PF_MEMALLOC_PIN) != 0)
                flags &= ~__GFP_MOVABLE;
        }
        return flags;
    }

    [KernelSource("include/linux/sched/mm.h", "memalloc_flags_save", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint memalloc_flags_save(uint flags)
    {
        task_struct* tsk = current;
        uint oldflags = ~tsk->flags & flags;
        tsk->flags |= flags;
        return oldflags;
    }

    [KernelSource("include/linux/sched/mm.h", "memalloc_flags_restore", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void memalloc_flags_restore(uint flags) => current->flags &= ~flags;

    [KernelSource("include/linux/sched/mm.h", "memalloc_noio_save", Parity.Full)]
    [ScopeBegin("memalloc_noio", "return")]
    public static uint memalloc_noio_save() => memalloc_flags_save(PF_MEMALLOC_NOIO);

    [KernelSource("include/linux/sched/mm.h", "memalloc_noio_restore", Parity.Full)]
    [ScopeEnd("memalloc_noio", "flags")]
    public static void memalloc_noio_restore(uint flags) => memalloc_flags_restore(flags);

    [KernelSource("include/linux/sched/mm.h", "memalloc_nofs_save", Parity.Full)]
    [ScopeBegin("memalloc_nofs", "return")]
    public static uint memalloc_nofs_save() => memalloc_flags_save(PF_MEMALLOC_NOFS);

    [KernelSource("include/linux/sched/mm.h", "memalloc_nofs_restore", Parity.Full)]
    [ScopeEnd("memalloc_nofs", "flags")]
    public static void memalloc_nofs_restore(uint flags) => memalloc_flags_restore(flags);

    [KernelSource("include/linux/sched/mm.h", "memalloc_noreclaim_save", Parity.Full)]
    [ScopeBegin("memalloc_noreclaim", "return")]
    public static uint memalloc_noreclaim_save() => memalloc_flags_save(PF_MEMALLOC);

    [KernelSource("include/linux/sched/mm.h", "memalloc_noreclaim_restore", Parity.Full)]
    [ScopeEnd("memalloc_noreclaim", "flags")]
    public static void memalloc_noreclaim_restore(uint flags) => memalloc_flags_restore(flags);

    [KernelSource("include/linux/sched/mm.h", "memalloc_pin_save", Parity.Full)]
    [ScopeBegin("memalloc_pin", "return")]
    public static uint memalloc_pin_save() => memalloc_flags_save(PF_MEMALLOC_PIN);

    [KernelSource("include/linux/sched/mm.h", "memalloc_pin_restore", Parity.Full)]
    [ScopeEnd("memalloc_pin", "flags")]
    public static void memalloc_pin_restore(uint flags) => memalloc_flags_restore(flags);
}
