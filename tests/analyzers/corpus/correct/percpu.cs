// SPDX-License-Identifier: GPL-2.0-only
// Correct: per-CPU data by one instruction, with preemption off, under its local lock, or of another CPU where that is allowed.
namespace Linux;

public static unsafe partial class percpu_c
{
    private static readonly PerCpu<memcg_vmstats_percpu>* stats = DEFINE_PER_CPU<memcg_vmstats_percpu>();

    private static void by_one_instruction() => this_cpu_add(state_of(stats), 3);

    private static void preemption_off()
    {
        preempt_disable();
        __this_cpu_add(state_of(stats), 1);
        __this_cpu_add(events_of(stats), 1);
        preempt_enable();
    }

    private static void by_get_and_put()
    {
        memcg_vmstats_percpu* p = get_cpu_ptr(stats);

        p->state++;
        put_cpu_ptr(stats);
    }

    private static void irqs_off()
    {
        IrqFlags flags;

        local_irq_save(out flags);
        this_cpu_ptr(stats)->state = 0;
        local_irq_restore(flags);
    }

    private static void under_a_spinlock(list_lru_one* l)
    {
        spin_lock(&l->@lock);
        __this_cpu_add(events_of(stats), 1);
        spin_unlock(&l->@lock);
    }

    private static void under_its_local_lock()
    {
        obj_stock_pcp* stock;

        local_lock(lock_of(obj_stock));
        stock = this_cpu_ptr(obj_stock);
        stock->nr_bytes = 0;
        local_unlock(lock_of(obj_stock));
    }

    private static uint other_cpus_may_be_looked_at(int cpu)
    {
        memcg_stock_pcp* stock = per_cpu_ptr(memcg_stock, cpu);

        return READ_ONCE(&stock->nr_pages);
    }

    private static void pointer_taken_again(list_lru_one* l)
    {
        memcg_vmstats_percpu* p;

        preempt_disable();
        p = this_cpu_ptr(stats);
        p->state++;
        preempt_enable();
        cond_resched();
        preempt_disable();
        p = this_cpu_ptr(stats);
        p->state--;
        preempt_enable();
    }

    [RequiresPreemptOff]
    private static void wants_preemption_off() => __this_cpu_add(state_of(stats), 1);

    private static void calls_with_preemption_off()
    {
        get_cpu();
        wants_preemption_off();
        put_cpu();
    }

    private static bool tried_and_left_alone()
    {
        if (!local_trylock(lock_of(memcg_stock)))
            return false;
        this_cpu_ptr(memcg_stock)->nr_pages = 0;
        local_unlock(lock_of(memcg_stock));
        return true;
    }
}
