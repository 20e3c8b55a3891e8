// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public static class linux_cache_h
{
    public const int L1_CACHE_SHIFT = 6;
    public const int L1_CACHE_BYTES = 1 << L1_CACHE_SHIFT;
    public const int SMP_CACHE_BYTES = L1_CACHE_BYTES;
}
