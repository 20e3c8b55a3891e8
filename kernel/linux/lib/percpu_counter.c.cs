// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_percpu_counter_h;
using static Linux.linux_init_h;
using static Linux.linux_list_h;
using static Linux.linux_spinlock_h;

namespace Linux;

public static unsafe partial class lib_percpu_counter_c
{
    /// <summary>All counters, so that a dead CPU's deltas can be folded in.</summary>
    private static readonly list_head* percpu_counters = LIST_HEAD();
    private static readonly spinlock_t* percpu_counters_lock = bss<spinlock_t>();

    [KernelSource("lib/percpu_counter.c", "percpu_counter_set", Parity.Full)]
    public static void percpu_counter_set(percpu_counter* fbc, s64 amount)
    {
        raw_spin_lock_irqsave(&fbc->@lock, out IrqFlags flags);
        foreach (int cpu in for_each_possible_cpu())
        {
            s32* pcount = per_cpu_ptr(fbc->counters, cpu);
            *pcount = 0;
        }
        fbc->count = amount;
        raw_spin_unlock_irqrestore(&fbc->@lock, flags);
    }

    /// <summary>
    /// Adds to this CPU's delta; one that reaches the batch is folded in under the lock. The delta is read again there,
    /// as the task may have moved or been interrupted since.
    /// </summary>
    [KernelSource("lib/percpu_counter.c", "percpu_counter_add_batch", Parity.Full)]
    public static void percpu_counter_add_batch(percpu_counter* fbc, s64 amount, s32 batch)
    {
        s32 count = this_cpu_read(fbc->counters);

        do
        {
            if (unlikely(abs(count + amount) >= batch))
            {
                raw_spin_lock_irqsave(&fbc->@lock, out IrqFlags flags);
                count = __this_cpu_read(fbc->counters);
                fbc->count += count + amount;
                __this_cpu_sub(fbc->counters, count);
                raw_spin_unlock_irqrestore(&fbc->@lock, flags);
                return;
            }
        } while (!this_cpu_try_cmpxchg(fbc->counters, &count, (s32)(count + amount)));
    }

    [KernelSource("lib/percpu_counter.c", "percpu_counter_sync", Parity.Full)]
    public static void percpu_counter_sync(percpu_counter* fbc)
    {
        s32 count;

        raw_spin_lock_irqsave(&fbc->@lock, out IrqFlags flags);
        count = __this_cpu_read(fbc->counters);
        fbc->count += count;
        __this_cpu_sub(fbc->counters, count);
        raw_spin_unlock_irqrestore(&fbc->@lock, flags);
    }

    [KernelSource("lib/percpu_counter.c", "__percpu_counter_sum", Parity.Reduced, "no mask of dying CPUs: the online ones are summed")]
    public static s64 __percpu_counter_sum(percpu_counter* fbc)
    {
        s64 ret;

        raw_spin_lock_irqsave(&fbc->@lock, out IrqFlags flags);
        ret = fbc->count;
        foreach (int cpu in for_each_online_cpu())
        {
            s32* pcount = per_cpu_ptr(fbc->counters, cpu);
            ret += *pcount;
        }
        raw_spin_unlock_irqrestore(&fbc->@lock, flags);
        return ret;
    }

    /// <summary>The lock's class is named by the place that asks for the counter.</summary>
    [KernelSource("lib/percpu_counter.c", "__percpu_counter_init_many", Parity.Full)]
    public static int __percpu_counter_init_many(percpu_counter* fbc, s64 amount, gfp_t gfp, u32 nr_counters, string file, int line)
    {
        ulong counter_size = ALIGN((ulong)sizeof(s32), sizeof(s32));
        PerCpu<s32>* counters = (PerCpu<s32>*)__alloc_percpu_gfp(nr_counters * counter_size, sizeof(s32), gfp);

        if (counters == null)
        {
            fbc[0].counters = null;
            return -ENOMEM;
        }

        for (u32 i = 0; i < nr_counters; i++)
        {
            raw_spin_lock_init(&fbc[i].@lock, "percpu_counter", file, line);
            INIT_LIST_HEAD(&fbc[i].list);
            fbc[i].count = amount;
            fbc[i].counters = (PerCpu<s32>*)((PerCpu<byte>*)counters + i * counter_size);
        }

        spin_lock_irqsave(percpu_counters_lock, out IrqFlags flags);
        for (u32 i = 0; i < nr_counters; i++)
            list_add(&fbc[i].list, percpu_counters);
        spin_unlock_irqrestore(percpu_counters_lock, flags);
        return 0;
    }

    [KernelSource("lib/percpu_counter.c", "percpu_counter_destroy_many", Parity.Full)]
    public static void percpu_counter_destroy_many(percpu_counter* fbc, u32 nr_counters)
    {
        if (WARN_ON_ONCE(fbc == null))
            return;

        if (fbc[0].counters == null)
            return;

        spin_lock_irqsave(percpu_counters_lock, out IrqFlags flags);
        for (u32 i = 0; i < nr_counters; i++)
            list_del(&fbc[i].list);
        spin_unlock_irqrestore(percpu_counters_lock, flags);

        free_percpu(fbc[0].counters);

        for (u32 i = 0; i < nr_counters; i++)
            fbc[i].counters = null;
    }

    public static int percpu_counter_batch = 32;

    [KernelSource("lib/percpu_counter.c", "compute_batch_value", Parity.Full)]
    private static int compute_batch_value(uint cpu)
    {
        int nr = (int)num_online_cpus();

        percpu_counter_batch = max(32, nr * 2);
        return 0;
    }

    [KernelSource("lib/percpu_counter.c", "percpu_counter_cpu_dead", Parity.Full)]
    public static int percpu_counter_cpu_dead(uint cpu)
    {
        compute_batch_value(cpu);

        spin_lock_irq(percpu_counters_lock);
        for (list_head* p = percpu_counters->next; p != percpu_counters; p = p->next)
        {
            percpu_counter* fbc = list_entry<percpu_counter>(p, &((percpu_counter*)nowhere)->list);

            raw_spin_lock(&fbc->@lock);
            s32* pcount = per_cpu_ptr(fbc->counters, (int)cpu);
            fbc->count += *pcount;
            *pcount = 0;
            raw_spin_unlock(&fbc->@lock);
        }
        spin_unlock_irq(percpu_counters_lock);
        return 0;
    }

    /// <summary>Exact only when the rough count is too near rhs to tell.</summary>
    [KernelSource("lib/percpu_counter.c", "__percpu_counter_compare", Parity.Full)]
    public static int __percpu_counter_compare(percpu_counter* fbc, s64 rhs, s32 batch)
    {
        s64 count;

        count = percpu_counter_read(fbc);
        if (abs(count - rhs) > batch * (s64)num_online_cpus())
        {
            if (count > rhs)
                return 1;
            else
                return -1;
        }
        count = percpu_counter_sum(fbc);
        if (count > rhs)
            return 1;
        else if (count < rhs)
            return -1;
        else
            return 0;
    }

    /// <summary>Adds unless the sum would pass the limit; looks at the other CPUs only when it is close.</summary>
    [KernelSource("lib/percpu_counter.c", "__percpu_counter_limited_add", Parity.Reduced, "no mask of dying CPUs: the online ones are summed")]
    public static bool __percpu_counter_limited_add(percpu_counter* fbc, s64 limit, s64 amount, s32 batch)
    {
        s64 count;
        s64 unknown;
        bool good = false;

        if (amount == 0)
            return true;

        local_irq_save(out IrqFlags flags);
        unknown = batch * (s64)num_online_cpus();
        count = __this_cpu_read(fbc->counters);

        // Far from the limit this CPU's delta will do.
        if (abs(count + amount) <= batch
            && ((amount > 0 && fbc->count + unknown <= limit) || (amount < 0 && fbc->count - unknown >= limit)))
        {
            this_cpu_add(fbc->counters, (s32)amount);
            local_irq_restore(flags);
            return true;
        }

        raw_spin_lock(&fbc->@lock);
        count = fbc->count + amount;

        // With all deltas against us, or for us, there is no need to sum them.
        if (amount > 0)
        {
            if (count - unknown > limit)
                goto @out;
            if (count + unknown <= limit)
                good = true;
        }
        else
        {
            if (count + unknown < limit)
                goto @out;
            if (count - unknown >= limit)
                good = true;
        }

        if (!good)
        {
            foreach (int cpu in for_each_online_cpu())
            {
                s32* pcount = per_cpu_ptr(fbc->counters, cpu);
                count += *pcount;
            }
            if (amount > 0)
            {
                if (count > limit)
                    goto @out;
            }
            else
            {
                if (count < limit)
                    goto @out;
            }
            good = true;
        }

        count = __this_cpu_read(fbc->counters);
        fbc->count += count + amount;
        __this_cpu_sub(fbc->counters, (s32)count);
    @out:
        raw_spin_unlock(&fbc->@lock);
        local_irq_restore(flags);
        return good;
    }

    [KernelSource("lib/percpu_counter.c", "percpu_counter_startup", Parity.Reduced, "no CPU hotplug states to register with: the batch is computed here")]
    public static int percpu_counter_startup() => compute_batch_value(0);
}
