// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

// Pages that zswap had written back and that were then read again: the shrinker spares that many.
public struct zswap_lruvec_state
{
    public atomic_long_t nr_disk_swapins;
}
