// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Sim.Counting;
using Linux;

namespace KMemcg.Bench.Charge;

/// <summary>The loops of bench/c/loops.c that charge, over the port.</summary>
internal static unsafe class ChargeLoops
{
    /// <summary>Charges of one page that the stock can serve: 63 of them, and the 63 pages come back at once.</summary>
    public static void StockHit(mem_cgroup** groups, int count, long rounds)
    {
        while (rounds-- > 0)
        {
            for (int g = 0; g < count; g++)
            {
                mem_cgroup* memcg = groups[g];

                for (int i = 0; i < 63; i++)
                {
                    KernelPrivate.TryCharge(memcg, 1);
                }

                KernelPrivate.Refill(memcg, 63);
            }
        }
    }

    /// <summary>A page from the stock and back into it, as kmem does.</summary>
    public static void StockPair(mem_cgroup* memcg, long rounds)
    {
        while (rounds-- > 0)
        {
            KernelPrivate.TryCharge(memcg, 1);
            KernelPrivate.Refill(memcg, 1);
        }
    }

    /// <summary>64 pages one by one as faults charge them, of which the first refills the stock, and uncharged as a batch.</summary>
    public static void ChargeBatch(mem_cgroup* memcg, long rounds)
    {
        while (rounds-- > 0)
        {
            for (int i = 0; i < 64; i++)
            {
                KernelPrivate.TryCharge(memcg, 1);
            }

            KernelPrivate.Uncharge(memcg, 64);
        }
    }

    /// <summary>More than a batch: past the stock.</summary>
    public static void ChargeLarge(mem_cgroup* memcg, long rounds)
    {
        while (rounds-- > 0)
        {
            KernelPrivate.TryCharge(memcg, 65);
            KernelPrivate.Uncharge(memcg, 65);
        }
    }

    /// <summary>One page for each group in turn: with more groups than slots each charge evicts another group.</summary>
    public static void GroupsInTurn(mem_cgroup** groups, int count, long rounds)
    {
        while (rounds-- > 0)
        {
            for (int g = 0; g < count; g++)
            {
                KernelPrivate.TryCharge(groups[g], 1);
            }

            for (int g = 0; g < count; g++)
            {
                KernelPrivate.Uncharge(groups[g], 1);
            }
        }
    }
}
