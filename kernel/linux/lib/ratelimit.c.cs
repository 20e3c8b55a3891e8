// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_ratelimit_h;
using static Linux.linux_jiffies_h;
using static Linux.linux_ratelimit_types_h;
using static Linux.linux_spinlock_h;

namespace Linux;

public static unsafe partial class lib_ratelimit_c
{
    /// <summary>At most burst times in an interval true. Who finds the lock taken spends from what is left, or counts as missed.</summary>
    [KernelSource("lib/ratelimit.c", "___ratelimit", Parity.Full)]
    public static bool ___ratelimit(ratelimit_state* rs, string func)
    {
        int interval = READ_ONCE(&rs->interval);
        int burst = READ_ONCE(&rs->burst);
        IrqFlags flags;
        bool ret = false;

        // Burst or interval of 0 mean never or always.
        if (interval <= 0 || burst <= 0)
        {
            WARN_ON_ONCE(interval < 0 || burst < 0);
            ret = interval == 0 || burst > 0;
            if ((READ_ONCE(&rs->flags) & RATELIMIT_INITIALIZED) == 0 || (interval == 0 && burst == 0)
                || !raw_spin_trylock_irqsave(&rs->@lock, out flags))
                goto nolock_ret;

            rs->flags &= ~RATELIMIT_INITIALIZED;
            goto unlock_ret;
        }

        if (!raw_spin_trylock_irqsave(&rs->@lock, out flags))
        {
            if ((READ_ONCE(&rs->flags) & RATELIMIT_INITIALIZED) != 0
                && atomic_read(&rs->rs_n_left) > 0 && atomic_dec_return(&rs->rs_n_left) >= 0)
                ret = true;
            goto nolock_ret;
        }

        if ((rs->flags & RATELIMIT_INITIALIZED) == 0)
        {
            rs->begin = jiffies;
            rs->flags |= RATELIMIT_INITIALIZED;
            atomic_set(&rs->rs_n_left, rs->burst);
        }

        if (time_before(rs->begin + (ulong)interval, jiffies))
        {
            int m;

            atomic_set(&rs->rs_n_left, rs->burst);
            rs->begin = jiffies;

            if ((rs->flags & RATELIMIT_MSG_ON_RELEASE) == 0)
            {
                m = ratelimit_state_reset_miss(rs);
                if (m != 0)
                    pr_warn($"{func}: {m} callbacks suppressed");
            }
        }

        if (atomic_read(&rs->rs_n_left) > 0 && atomic_dec_return(&rs->rs_n_left) >= 0)
            ret = true;

    unlock_ret:
        raw_spin_unlock_irqrestore(&rs->@lock, flags);

    nolock_ret:
        if (!ret)
            ratelimit_state_inc_miss(rs);

        return ret;
    }

    [KernelSource("include/linux/ratelimit_types.h", "__ratelimit", Parity.Full)]
    public static bool __ratelimit(ratelimit_state* state, [CallerMemberName] string func = "") => ___ratelimit(state, func);
}
