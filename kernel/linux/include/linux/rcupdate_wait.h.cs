// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public static unsafe partial class linux_rcupdate_wait_h
{
    [KernelSource("include/linux/rcupdate_wait.h", "cond_resched_rcu", Parity.Full)]
    [ContextUnsafe("leaves the read section and enters it again"), MustHold("rcu")]
    public static void cond_resched_rcu()
    {
        rcu_read_unlock();
        cond_resched();
        rcu_read_lock();
    }
}
