// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_percpu_counter_h;
using static Linux.linux_spinlock_h;
using static Linux.linux_seqlock_h;
using static Linux.linux_gfp_h;
using static Linux.lib_flex_proportions_c;

namespace Linux;

public static unsafe partial class linux_flex_proportions_h
{
    public const int FPROP_FRAC_SHIFT = 10;
    public const long FPROP_FRAC_BASE = 1L << FPROP_FRAC_SHIFT;

    [KernelSource("include/linux/flex_proportions.h", "fprop_inc_percpu", Parity.Full)]
    public static void fprop_inc_percpu(fprop_global* p, fprop_local_percpu* pl)
    {
        local_irq_save(out IrqFlags flags);
        __fprop_add_percpu(p, pl, 1);
        local_irq_restore(flags);
    }
}
