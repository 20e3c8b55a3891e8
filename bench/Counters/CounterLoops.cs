// SPDX-License-Identifier: GPL-2.0-only
using Linux;
using static Linux.mm_page_counter_c;

namespace KMemcg.Bench.Counters;

/// <summary>The loop of bench/c/loops.c over page counters, over the port.</summary>
internal static unsafe class CounterLoops
{
    /// <summary>Charges and uncharges a counter and those above it.</summary>
    public static void ChargeUncharge(page_counter* counter, ulong pages, long rounds)
    {
        page_counter* fail;

        while (rounds-- > 0)
        {
            page_counter_try_charge(counter, pages, &fail);
            page_counter_uncharge(counter, pages);
        }
    }
}
