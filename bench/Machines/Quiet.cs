// SPDX-License-Identifier: GPL-2.0-only
using Linux;

namespace KMemcg.Bench.Machines;

/// <summary>Refuses to measure what is not the hot path: checks cost more than what they check.</summary>
internal static class Quiet
{
    public static void Apply()
    {
        if (linux_autoconf_h.CONFIG_DEBUG_VM || linux_lockdep_h.prove_locking)
        {
            throw new InvalidOperationException("the kernel was built with its checks on: run with -c Release");
        }
    }
}
