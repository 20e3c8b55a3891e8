// SPDX-License-Identifier: GPL-2.0-only
// Each writer's share of all recent events: sums in which a period's events count half of the next one's.
using static Linux.linux_flex_proportions_h;
using static Linux.linux_log2_h;
using static Linux.linux_percpu_counter_h;
using static Linux.linux_seqlock_h;
using static Linux.linux_spinlock_h;
using static Linux.lib_percpu_counter_c;

namespace Linux;

public static unsafe partial class lib_flex_proportions_c
{
    /// <summary>Starts at 1, so that nothing is ever divided by 0.</summary>
    [KernelSource("lib/flex_proportions.c", "fprop_global_init", Parity.Full)]
    public static int fprop_global_init(fprop_global* p, gfp_t gfp)
    {
        int err;

        p->period = 0;
        err = percpu_counter_init(&p->events, 1, gfp);
        if (err != 0)
            return err;
        seqcount_init(&p->sequence);
        return 0;
    }

    [KernelSource("lib/flex_proportions.c", "fprop_global_destroy", Parity.Full)]
    public static void fprop_global_destroy(fprop_global* p) => percpu_counter_destroy(&p->events);

    /// <summary>Begins a period; answers false when no events are left to age, so that the caller may stop its timer.</summary>
    [KernelSource("lib/flex_proportions.c", "fprop_new_period", Parity.Full)]
    public static bool fprop_new_period(fprop_global* p, int periods)
    {
        s64 events = percpu_counter_sum(&p->events);

        if (events <= 1)
            return false;
        local_irq_save(out IrqFlags flags);
        write_seqcount_begin(&p->sequence);
        if (periods < 64)
            events -= events >> periods;
        percpu_counter_add(&p->events, -events);
        p->period += (uint)periods;
        write_seqcount_end(&p->sequence);
        local_irq_restore(flags);

        return true;
    }

    [KernelSource("lib/flex_proportions.c", "PROP_BATCH", Parity.Full)]
    private static int PROP_BATCH => 8 * (1 + ilog2(nr_cpu_ids));

    [KernelSource("lib/flex_proportions.c", "fprop_local_init_percpu", Parity.Full)]
    public static int fprop_local_init_percpu(fprop_local_percpu* pl, gfp_t gfp)
    {
        int err;

        err = percpu_counter_init(&pl->events, 0, gfp);
        if (err != 0)
            return err;
        pl->period = 0;
        raw_spin_lock_init(&pl->@lock);
        return 0;
    }

    [KernelSource("lib/flex_proportions.c", "fprop_local_destroy_percpu", Parity.Full)]
    public static void fprop_local_destroy_percpu(fprop_local_percpu* pl) => percpu_counter_destroy(&pl->events);

    /// <summary>Ages a local counter by the periods it has missed.</summary>
    [KernelSource("lib/flex_proportions.c", "fprop_reflect_period_percpu", Parity.Full)]
    private static void fprop_reflect_period_percpu(fprop_global* p, fprop_local_percpu* pl)
    {
        uint period = p->period;

        if (pl->period == period)
            return;
        raw_spin_lock_irqsave(&pl->@lock, out IrqFlags flags);
        if (pl->period >= period)
        {
            raw_spin_unlock_irqrestore(&pl->@lock, flags);
            return;
        }
        if (period - pl->period < BITS_PER_LONG)
        {
            s64 val = percpu_counter_read(&pl->events);

            // A small count is all in the deltas.
            if (val < nr_cpu_ids * PROP_BATCH)
                val = percpu_counter_sum(&pl->events);

            percpu_counter_add_batch(&pl->events, -val + (val >> (int)(period - pl->period)), PROP_BATCH);
        }
        else
        {
            percpu_counter_set(&pl->events, 0);
        }
        pl->period = period;
        raw_spin_unlock_irqrestore(&pl->@lock, flags);
    }

    [KernelSource("lib/flex_proportions.c", "__fprop_add_percpu", Parity.Full)]
    public static void __fprop_add_percpu(fprop_global* p, fprop_local_percpu* pl, long nr)
    {
        fprop_reflect_period_percpu(p, pl);
        percpu_counter_add_batch(&pl->events, nr, PROP_BATCH);
        percpu_counter_add(&p->events, nr);
    }

    [KernelSource("lib/flex_proportions.c", "fprop_fraction_percpu", Parity.Full)]
    public static void fprop_fraction_percpu(fprop_global* p, fprop_local_percpu* pl, ulong* numerator, ulong* denominator)
    {
        uint seq;
        s64 num, den;

        do
        {
            seq = read_seqcount_begin(&p->sequence);
            fprop_reflect_period_percpu(p, pl);
            num = percpu_counter_read_positive(&pl->events);
            den = percpu_counter_read_positive(&p->events);
        } while (read_seqcount_retry(&p->sequence, seq));

        // The counters are rough: the fraction must still be one.
        if (den <= num)
        {
            if (num != 0)
                den = num;
            else
                den = 1;
        }
        *denominator = (ulong)den;
        *numerator = (ulong)num;
    }

    /// <summary>Adds no more than leaves the share under max_frac.</summary>
    [KernelSource("lib/flex_proportions.c", "__fprop_add_percpu_max", Parity.Full)]
    public static void __fprop_add_percpu_max(fprop_global* p, fprop_local_percpu* pl, int max_frac, long nr)
    {
        if (unlikely(max_frac < FPROP_FRAC_BASE))
        {
            ulong numerator, denominator;
            s64 tmp;

            fprop_fraction_percpu(p, pl, &numerator, &denominator);
            tmp = (s64)(denominator * (ulong)max_frac - (numerator << FPROP_FRAC_SHIFT));
            if (tmp < 0)
            {
                return;
            }
            else if (tmp < nr * (FPROP_FRAC_BASE - max_frac))
            {
                // Rounded up, so that the limit is met at last.
                nr = (long)div_u64((ulong)(tmp + FPROP_FRAC_BASE - max_frac - 1), (uint)(FPROP_FRAC_BASE - max_frac));
            }
        }

        __fprop_add_percpu(p, pl, nr);
    }
}
