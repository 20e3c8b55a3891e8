// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_spinlock_h;
using static Linux.linux_list_h;
using static Linux.linux_percpu_h;
using static Linux.lib_percpu_counter_c;

namespace Linux;

public static unsafe partial class linux_percpu_counter_h
{
    /// <summary>For counters that are written often and summed seldom: never fold a delta in.</summary>
    public const int PERCPU_COUNTER_LOCAL_BATCH = INT_MAX;

    [KernelSource("include/linux/percpu_counter.h", "percpu_counter_init_many", Parity.Full)]
    public static int percpu_counter_init_many(percpu_counter* fbc, s64 value, gfp_t gfp, u32 nr_counters,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
        => __percpu_counter_init_many(fbc, value, gfp, nr_counters, file, line);

    [KernelSource("include/linux/percpu_counter.h", "percpu_counter_init", Parity.Full)]
    public static int percpu_counter_init(percpu_counter* fbc, s64 value, gfp_t gfp,
        [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
        => percpu_counter_init_many(fbc, value, gfp, 1, file, line);

    [KernelSource("include/linux/percpu_counter.h", "percpu_counter_destroy", Parity.Full)]
    public static void percpu_counter_destroy(percpu_counter* fbc) => percpu_counter_destroy_many(fbc, 1);

    [KernelSource("include/linux/percpu_counter.h", "percpu_counter_compare", Parity.Full)]
    public static int percpu_counter_compare(percpu_counter* fbc, s64 rhs) => __percpu_counter_compare(fbc, rhs, percpu_counter_batch);

    [KernelSource("include/linux/percpu_counter.h", "percpu_counter_add", Parity.Full)]
    public static void percpu_counter_add(percpu_counter* fbc, s64 amount) => percpu_counter_add_batch(fbc, amount, percpu_counter_batch);

    [KernelSource("include/linux/percpu_counter.h", "percpu_counter_limited_add", Parity.Full)]
    public static bool percpu_counter_limited_add(percpu_counter* fbc, s64 limit, s64 amount)
        => __percpu_counter_limited_add(fbc, limit, amount, percpu_counter_batch);

    [KernelSource("include/linux/percpu_counter.h", "percpu_counter_add_local", Parity.Full)]
    public static void percpu_counter_add_local(percpu_counter* fbc, s64 amount)
        => percpu_counter_add_batch(fbc, amount, PERCPU_COUNTER_LOCAL_BATCH);

    [KernelSource("include/linux/percpu_counter.h", "percpu_counter_sum_positive", Parity.Full)]
    public static s64 percpu_counter_sum_positive(percpu_counter* fbc)
    {
        s64 ret = __percpu_counter_sum(fbc);

        return ret < 0 ? 0 : ret;
    }

    [KernelSource("include/linux/percpu_counter.h", "percpu_counter_sum", Parity.Full)]
    public static s64 percpu_counter_sum(percpu_counter* fbc) => __percpu_counter_sum(fbc);

    [KernelSource("include/linux/percpu_counter.h", "percpu_counter_read", Parity.Full)]
    public static s64 percpu_counter_read(percpu_counter* fbc) => fbc->count;

    /// <summary>A counter that is never negative may read so for a moment.</summary>
    [KernelSource("include/linux/percpu_counter.h", "percpu_counter_read_positive", Parity.Full)]
    public static s64 percpu_counter_read_positive(percpu_counter* fbc)
    {
        s64 ret = READ_ONCE(&fbc->count);

        if (ret >= 0)
            return ret;
        return 0;
    }

    [KernelSource("include/linux/percpu_counter.h", "percpu_counter_initialized", Parity.Full)]
    public static bool percpu_counter_initialized(percpu_counter* fbc) => fbc->counters != null;

    [KernelSource("include/linux/percpu_counter.h", "percpu_counter_inc", Parity.Full)]
    public static void percpu_counter_inc(percpu_counter* fbc) => percpu_counter_add(fbc, 1);

    [KernelSource("include/linux/percpu_counter.h", "percpu_counter_dec", Parity.Full)]
    public static void percpu_counter_dec(percpu_counter* fbc) => percpu_counter_add(fbc, -1);

    [KernelSource("include/linux/percpu_counter.h", "percpu_counter_sub", Parity.Full)]
    public static void percpu_counter_sub(percpu_counter* fbc, s64 amount) => percpu_counter_add(fbc, -amount);

    [KernelSource("include/linux/percpu_counter.h", "percpu_counter_sub_local", Parity.Full)]
    public static void percpu_counter_sub_local(percpu_counter* fbc, s64 amount) => percpu_counter_add_local(fbc, -amount);
}
