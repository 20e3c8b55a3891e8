// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public static unsafe class linux_sched_cputime_h
{
    [KernelSource("include/linux/sched/cputime.h", "prev_cputime_init", Parity.Full)]
    public static void prev_cputime_init(prev_cputime* prev)
    {
        prev->utime = prev->stime = 0;
        raw_spin_lock_init(&prev->@lock);
    }
}
