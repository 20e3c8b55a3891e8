// SPDX-License-Identifier: GPL-2.0-only
// Bug 4: commit 9ce70c0240d0, mm/memcontrol.c. Rule: KM0603 (irq inversion), or KM0601.
//
// A folio that is on the LRU while its group is set ("lrucare") had its group lock taken inside lru_lock. lru_lock is taken
// by interrupts, the group lock was also taken with interrupts on: one CPU holds the group lock, is interrupted, and spins
// for lru_lock, whose holder on another CPU spins for the group lock. lockdep found it.
namespace Linux;

public unsafe struct page_cgroup
{
    [LockClass("page_cgroup")] public spinlock_t @lock;
    [GuardedBy("this->lock")] public mem_cgroup* mem_cgroup;
}

public static unsafe partial class mm_memcontrol_c
{
    private static void mem_cgroup_move_account(page_cgroup* pc, mem_cgroup* to)
    {
        spin_lock(&pc->@lock);
        pc->mem_cgroup = to;
        spin_unlock(&pc->@lock);
    }

    [HardIrqContext]
    private static void end_writeback_rotate(folio* folio, lruvec* lruvec)
    {
        IrqFlags flags;

        spin_lock_irqsave(&lruvec->lru_lock, out flags);
        lruvec_add_folio_tail(lruvec, folio);
        spin_unlock_irqrestore(&lruvec->lru_lock, flags);
    }

    private static void mem_cgroup_commit_charge_lrucare(page_cgroup* pc, lruvec* lruvec, folio* folio, mem_cgroup* memcg)
    {
        IrqFlags flags;

        spin_lock_irqsave(&lruvec->lru_lock, out flags);
        lruvec_del_folio(lruvec, folio);
        spin_lock(&pc->@lock); // expect: KM0603|KM0601
        pc->mem_cgroup = memcg;
        spin_unlock(&pc->@lock);
        lruvec_add_folio(lruvec, folio);
        spin_unlock_irqrestore(&lruvec->lru_lock, flags);
    }
}
