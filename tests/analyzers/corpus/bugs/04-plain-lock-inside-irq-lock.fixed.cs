// SPDX-License-Identifier: GPL-2.0-only
// Bug 4, fixed: commit 9ce70c0240d0. The group lock is the outer one, everywhere; lru_lock nests inside.
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

        spin_lock(&pc->@lock);
        spin_lock_irqsave(&lruvec->lru_lock, out flags);
        lruvec_del_folio(lruvec, folio);
        pc->mem_cgroup = memcg;
        lruvec_add_folio(lruvec, folio);
        spin_unlock_irqrestore(&lruvec->lru_lock, flags);
        spin_unlock(&pc->@lock);
    }
}
