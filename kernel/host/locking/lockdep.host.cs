// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public static unsafe partial class lockdep
{
    /// <summary>A global, or a static per-CPU variable on any CPU, is a class of its own: which one, else 0.</summary>
    private static nint static_identity(nint @lock)
    {
        if (linux_percpu_h.is_static_percpu(@lock, out nint first_copy))
            return first_copy;
        return linux_init_h.is_kernel_global(@lock) ? @lock : 0;
    }

    /// <summary>Not asked of an idle task, which is also what boots the machine.</summary>
    private static bool might_sleep_checked() => __this_cpu != null && current != null && !is_idle_task(current);
}
