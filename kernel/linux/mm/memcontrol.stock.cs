// SPDX-License-Identifier: GPL-2.0-only
// memcontrol.c, part 4 of 10: the per-CPU stocks of charged pages and of charged bytes.

namespace Linux;

/// <summary>
/// A CPU's reserve of charged pages, for seven groups at a time. Lock, counts and groups are one cache line; the counts
/// are bytes, which hold two batches less two.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 112)]
public unsafe struct memcg_stock_pcp
{
    [FieldOffset(0)] public local_trylock_t @lock;
    [FieldOffset(1)] private fixed byte __nr_pages[7];
    [FieldOffset(8)] internal fixed ulong __cached[7];

    [FieldOffset(64)] public work_struct work;
    [FieldOffset(96)] public ulong flags;
    [FieldOffset(104)] public byte drain_idx;

    /// <summary>uint8_t nr_pages[NR_MEMCG_STOCK], which only this CPU writes.</summary>
    public byte* nr_pages
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => mm_memcontrol_c.NR_MEMCG_STOCK <= 7
            ? (byte*)Unsafe.AsPointer(ref this) + 1
            : ((memcg_stock_pcp_large*)Unsafe.AsPointer(ref this))->nr_pages;
    }

    /// <summary>struct mem_cgroup *cached[NR_MEMCG_STOCK], which only this CPU writes.</summary>
    [OwnsRef] public mem_cgroup** cached
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => mm_memcontrol_c.NR_MEMCG_STOCK <= 7
            ? (mem_cgroup**)((byte*)Unsafe.AsPointer(ref this) + 8)
            : (mem_cgroup**)((memcg_stock_pcp_large*)Unsafe.AsPointer(ref this))->cached;
    }
}

/// <summary>The same with room for as many slots as memcg.nr_stock may ask for, on lines after the first two.</summary>
public unsafe struct memcg_stock_pcp_large
{
    public memcg_stock_pcp stock;
    public fixed byte nr_pages[16];
    public fixed ulong cached[16];
}

/// <summary>A CPU's reserve of charged bytes of one bucket, with slab statistics that are not yet passed on.</summary>
public unsafe struct obj_stock_pcp
{
    public local_trylock_t @lock;
    public uint nr_bytes;
    [OwnsRef] public obj_cgroup* cached_objcg;
    public pglist_data* cached_pgdat;
    public int nr_slab_reclaimable_b;
    public int nr_slab_unreclaimable_b;

    public work_struct work;
    public ulong flags;
}

public static unsafe partial class mm_memcontrol_c
{
    /// <summary>Slots of a stock: 7 fill a cache line with the lock and the counts. Another number costs more lines.</summary>
    public static readonly int NR_MEMCG_STOCK = linux_knobs.memcg_nr_stock;

    private const int FLUSHING_CACHED_CHARGE = 0;

    [PerCpu(Remote = true, Lock = "memcg_stock->lock")]
    internal static readonly PerCpu<memcg_stock_pcp>* memcg_stock = NR_MEMCG_STOCK <= 7
        ? DEFINE_PER_CPU<memcg_stock_pcp>()
        : (PerCpu<memcg_stock_pcp>*)DEFINE_PER_CPU<memcg_stock_pcp_large>();

    [PerCpu(Remote = true, Lock = "obj_stock->lock")]
    internal static readonly PerCpu<obj_stock_pcp>* obj_stock = DEFINE_PER_CPU<obj_stock_pcp>();

    [MethodImpl(MethodImplOptions.AggressiveInlining), ReturnsAddressOf("p->lock")]
    internal static PerCpu<local_trylock_t>* lock_of(PerCpu<memcg_stock_pcp>* p) => percpu_member(p, ref layout_of(p).@lock);

    [MethodImpl(MethodImplOptions.AggressiveInlining), ReturnsAddressOf("p->lock")]
    internal static PerCpu<local_trylock_t>* lock_of(PerCpu<obj_stock_pcp>* p) => percpu_member(p, ref layout_of(p).@lock);

    [TryOnly] private static readonly mutex* percpu_charge_mutex = bss<mutex>();

    /// <summary>
    /// Takes pages out of this CPU's reserve. False when there are not enough, or when this is an interrupt that came
    /// while the reserve was in use: then the counters are charged directly. The caller looks for the CPU, which stays its
    /// own in here, and has the point that comes with the unlock: preempt_check_resched().
    /// </summary>
    [KernelSource(C, "consume_stock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool consume_stock(mem_cgroup* memcg, uint nr_pages, cpu* c)
    {
        memcg_stock_pcp* stock = this_cpu_ptr(memcg_stock, c);
        byte stock_pages;
        bool ret = false;
        nint i;

        if (nr_pages > MEMCG_CHARGE_BATCH ||
            !local_trylock_no_resched((local_trylock_t*)stock, c))
            return ret;

        for (i = 0; i < NR_MEMCG_STOCK; ++i)
        {
            if (memcg != READ_ONCE(&stock->cached[i]))
                continue;

            stock_pages = READ_ONCE(&stock->nr_pages[i]);
            if (stock_pages >= nr_pages)
            {
                WRITE_ONCE(&stock->nr_pages[i], (byte)(stock_pages - nr_pages));
                ret = true;
            }
            break;
        }

        local_unlock_no_resched((local_trylock_t*)stock, c);

        return ret;
    }

    [KernelSource(C, "memcg_uncharge", Parity.Full)]
    private static void memcg_uncharge(mem_cgroup* memcg, uint nr_pages) =>
        page_counter_uncharge(&memcg->memory, nr_pages);

    /// <summary>Gives a slot's pages back to the counters and the slot free.</summary>
    [KernelSource(C, "drain_stock", Parity.Full)]
    private static void drain_stock(memcg_stock_pcp* stock, int i)
    {
        mem_cgroup* old = READ_ONCE(&stock->cached[i]);
        byte stock_pages;

        if (old == null)
            return;

        stock_pages = READ_ONCE(&stock->nr_pages[i]);
        if (stock_pages != 0)
        {
            memcg_uncharge(old, stock_pages);
            WRITE_ONCE(&stock->nr_pages[i], (byte)0);
        }

        css_put(&old->css);
        WRITE_ONCE(&stock->cached[i], (mem_cgroup*)null);
    }

    [KernelSource(C, "drain_stock_fully", Parity.Full)]
    private static void drain_stock_fully(memcg_stock_pcp* stock)
    {
        int i;

        for (i = 0; i < NR_MEMCG_STOCK; ++i)
            drain_stock(stock, i);
    }

    [KernelSource(C, "drain_local_memcg_stock", Parity.Full)]
    [Excludes("memcg_stock->lock")]
    private static void drain_local_memcg_stock(work_struct* dummy)
    {
        memcg_stock_pcp* stock;

        if (WARN_ONCE(!in_task(), "drain in non-task context"))
            return;

        local_lock(lock_of(memcg_stock));

        stock = this_cpu_ptr(memcg_stock);
        drain_stock_fully(stock);
        clear_bit(FLUSHING_CACHED_CHARGE, &stock->flags);

        local_unlock(lock_of(memcg_stock));
    }

    [KernelSource(C, "drain_local_obj_stock", Parity.Full)]
    [Excludes("obj_stock->lock")]
    private static void drain_local_obj_stock(work_struct* dummy)
    {
        obj_stock_pcp* stock;

        if (WARN_ONCE(!in_task(), "drain in non-task context"))
            return;

        local_lock(lock_of(obj_stock));

        stock = this_cpu_ptr(obj_stock);
        drain_obj_stock(stock);
        clear_bit(FLUSHING_CACHED_CHARGE, &stock->flags);

        local_unlock(lock_of(obj_stock));
    }

    /// <summary>Puts charged pages into this CPU's reserve: into the group's slot, an empty one, or the next in turn.</summary>
    [KernelSource(C, "refill_stock", Parity.Full)]
    private static void refill_stock(mem_cgroup* memcg, uint nr_pages)
    {
        memcg_stock_pcp* stock;
        mem_cgroup* cached;
        byte stock_pages;
        bool success = false;
        int empty_slot = -1;
        int i;

        // MEMCG_CHARGE_BATCH is at most S8_MAX (linux_knobs): the sum of two fits a byte.
        VM_WARN_ON_ONCE(mem_cgroup_is_root(memcg));

        if (nr_pages > MEMCG_CHARGE_BATCH ||
            !local_trylock(lock_of(memcg_stock)))
        {
            // Too much, or an interrupt in the middle of an access: straight to the counters.
            memcg_uncharge(memcg, nr_pages);
            return;
        }

        stock = this_cpu_ptr(memcg_stock);
        for (i = 0; i < NR_MEMCG_STOCK; ++i)
        {
            cached = READ_ONCE(&stock->cached[i]);
            if (cached == null && empty_slot == -1)
                empty_slot = i;
            if (memcg == READ_ONCE(&stock->cached[i]))
            {
                stock_pages = (byte)(READ_ONCE(&stock->nr_pages[i]) + nr_pages);
                WRITE_ONCE(&stock->nr_pages[i], stock_pages);
                if (stock_pages > MEMCG_CHARGE_BATCH)
                    drain_stock(stock, i);
                success = true;
                break;
            }
        }

        if (!success)
        {
            i = empty_slot;
            if (i == -1)
            {
                // In turn, as since 6.18.44: a random number, which it was before, is not safe in any context.
                i = stock->drain_idx++;
                if (stock->drain_idx == NR_MEMCG_STOCK)
                    stock->drain_idx = 0;
                drain_stock(stock, i);
            }
            css_get(&memcg->css);
            WRITE_ONCE(&stock->cached[i], memcg);
            WRITE_ONCE(&stock->nr_pages[i], (byte)nr_pages);
        }

        local_unlock(lock_of(memcg_stock));
    }

    /// <summary>Looks, from any CPU, whether a stock holds pages of this subtree.</summary>
    [KernelSource(C, "is_memcg_drain_needed", Parity.Full)]
    private static bool is_memcg_drain_needed(memcg_stock_pcp* stock, mem_cgroup* root_memcg)
    {
        mem_cgroup* memcg;
        bool flush = false;
        int i;

        rcu_read_lock();
        for (i = 0; i < NR_MEMCG_STOCK; ++i)
        {
            memcg = READ_ONCE(&stock->cached[i]);
            if (memcg == null)
                continue;

            if (READ_ONCE(&stock->nr_pages[i]) != 0 &&
                mem_cgroup_is_descendant(memcg, root_memcg))
            {
                flush = true;
                break;
            }
        }
        rcu_read_unlock();
        return flush;
    }

    /// <summary>Has every CPU give back what it holds of this subtree. Another CPU does it from a work item, in its own time.</summary>
    [KernelSource(C, "drain_all_stock", Parity.Full)]
    public static void drain_all_stock(mem_cgroup* root_memcg)
    {
        int curcpu;

        // One at a time is enough: whoever comes second would find nothing to drain.
        if (!mutex_trylock(percpu_charge_mutex))
            return;
        // The flag bit keeps a stock from being scheduled twice; the local one is drained in place, which needs no more
        // than to stay on this CPU.
        migrate_disable();
        curcpu = smp_processor_id();
        foreach (int cpu in for_each_online_cpu())
        {
            memcg_stock_pcp* memcg_st = per_cpu_ptr(memcg_stock, cpu);
            obj_stock_pcp* obj_st = per_cpu_ptr(obj_stock, cpu);

            if (!test_bit(FLUSHING_CACHED_CHARGE, &memcg_st->flags) &&
                is_memcg_drain_needed(memcg_st, root_memcg) &&
                !test_and_set_bit(FLUSHING_CACHED_CHARGE,
                    &memcg_st->flags))
            {
                if (cpu == curcpu)
                    drain_local_memcg_stock(&memcg_st->work);
                else if (!cpu_is_isolated(cpu))
                    schedule_work_on(cpu, &memcg_st->work);
            }

            if (!test_bit(FLUSHING_CACHED_CHARGE, &obj_st->flags) &&
                obj_stock_flush_required(obj_st, root_memcg) &&
                !test_and_set_bit(FLUSHING_CACHED_CHARGE,
                    &obj_st->flags))
            {
                if (cpu == curcpu)
                    drain_local_obj_stock(&obj_st->work);
                else if (!cpu_is_isolated(cpu))
                    schedule_work_on(cpu, &obj_st->work);
            }
        }
        migrate_enable();
        mutex_unlock(percpu_charge_mutex);
    }

    /// <summary>A CPU is gone: its stocks are drained from here, without a lock, as nobody else is left there.</summary>
    [KernelSource(C, "memcg_hotplug_cpu_dead", Parity.Full)]
    private static int memcg_hotplug_cpu_dead(uint cpu)
    {
        drain_obj_stock(per_cpu_ptr(obj_stock, (int)cpu));
        drain_stock_fully(per_cpu_ptr(memcg_stock, (int)cpu));

        return 0;
    }
}
