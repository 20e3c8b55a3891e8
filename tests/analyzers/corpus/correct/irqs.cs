// SPDX-License-Identifier: GPL-2.0-only
// Correct: interrupts and preemption, saved and restored, nested, split and by halves.
namespace Linux;

public static unsafe partial class irqs_c
{
    private static void saved_and_restored(lruvec* lruvec)
    {
        IrqFlags flags;

        spin_lock_irqsave(&lruvec->lru_lock, out flags);
        lruvec->nr++;
        spin_unlock_irqrestore(&lruvec->lru_lock, flags);
    }

    private static void two_words_of_flags(lruvec* lruvec, xarray* xa)
    {
        IrqFlags flags, inner;

        spin_lock_irqsave(&lruvec->lru_lock, out flags);
        xa_lock_irqsave(xa, out inner);
        xa->marks = 0;
        xa_unlock_irqrestore(xa, inner);
        lruvec->nr++;
        spin_unlock_irqrestore(&lruvec->lru_lock, flags);
    }

    private static void plain_inside_irqsave(lruvec* lruvec, xarray* xa)
    {
        IrqFlags flags;

        spin_lock_irqsave(&lruvec->lru_lock, out flags);
        xa_lock(xa);
        xa->marks = 0;
        xa_unlock(xa);
        spin_unlock_irqrestore(&lruvec->lru_lock, flags);
    }

    private static void unlock_first_restore_later(lruvec* lruvec)
    {
        IrqFlags flags;

        local_irq_save(out flags);
        spin_lock(&lruvec->lru_lock);
        lruvec->nr--;
        spin_unlock(&lruvec->lru_lock);
        local_irq_restore(flags);
    }

    private static void disable_then_lock_then_enable(lruvec* lruvec)
    {
        local_irq_disable();
        spin_lock(&lruvec->lru_lock);
        lruvec->nr--;
        spin_unlock(&lruvec->lru_lock);
        local_irq_enable();
    }

    private static void irq_lock_with_irqs_on(xarray* xa)
    {
        xa_lock_irq(xa);
        xa->marks = 1;
        xa_unlock_irq(xa);
    }

    private static void same_word_used_again(lruvec* lruvec, xarray* xa)
    {
        IrqFlags flags;

        spin_lock_irqsave(&lruvec->lru_lock, out flags);
        lruvec->nr++;
        spin_unlock_irqrestore(&lruvec->lru_lock, flags);
        xa_lock_irqsave(xa, out flags);
        xa->marks = 0;
        xa_unlock_irqrestore(xa, flags);
    }

    private static bool tried_with_irqs_off(lruvec* lruvec)
    {
        IrqFlags flags;

        if (!spin_trylock_irqsave(&lruvec->lru_lock, out flags))
            return false;
        lruvec->nr++;
        spin_unlock_irqrestore(&lruvec->lru_lock, flags);
        return true;
    }

    [HardIrqContext]
    private static void in_a_handler(lruvec* lruvec)
    {
        spin_lock(&lruvec->lru_lock);
        lruvec->nr++;
        spin_unlock(&lruvec->lru_lock);
    }

    [RequiresIrqsOff]
    private static void with_irqs_off_already(lruvec* lruvec)
    {
        spin_lock(&lruvec->lru_lock);
        lruvec->nr++;
        spin_unlock(&lruvec->lru_lock);
    }

    private static void calls_what_wants_irqs_off(lruvec* lruvec)
    {
        IrqFlags flags;

        local_irq_save(out flags);
        with_irqs_off_already(lruvec);
        local_irq_restore(flags);
    }

    private static void bottom_halves(backing_dev_info* bdi, list_lru_one* l)
    {
        spin_lock_bh(&l->@lock);
        l->nr_items++;
        spin_unlock_bh(&l->@lock);
    }

    private static void preemption_by_hand(PerCpu<memcg_vmstats_percpu>* p)
    {
        preempt_disable();
        __this_cpu_add(state_of(p), 1);
        preempt_enable();
    }

    private static int cpu_by_hand()
    {
        int cpu = get_cpu();

        css_rstat_updated(&root_mem_cgroup->css, cpu);
        put_cpu();
        return cpu;
    }

    private static void sleeps_after_the_section(lruvec* lruvec)
    {
        spin_lock_irq(&lruvec->lru_lock);
        lruvec->nr = 0;
        spin_unlock_irq(&lruvec->lru_lock);
        cond_resched();
    }

    private static void flags_by_pointer(lruvec* lruvec, ulong* nr)
    {
        IrqFlags saved;

        spin_lock_irqsave(&lruvec->lru_lock, out saved);
        *nr = lruvec->nr;
        spin_unlock_irqrestore(&lruvec->lru_lock, saved);
    }
}
