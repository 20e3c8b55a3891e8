// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

// Pages that zswap had written back and that were then read again: the shrinker spares that many.
public struct zswap_lruvec_state
{
    public atomic_long_t nr_disk_swapins;
}

public static unsafe partial class linux_zswap_h
{
    [KernelSource("mm/zswap.c", "zswap_lruvec_state_init", Parity.Full)]
    public static void zswap_lruvec_state_init(lruvec* lruvec) => atomic_long_set(&lruvec->zswap_lruvec_state.nr_disk_swapins, 0);
}
