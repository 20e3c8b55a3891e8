// SPDX-License-Identifier: GPL-2.0-only
// Of zswap.c, what memory control calls.
namespace Linux;

public static unsafe partial class mm_zswap_c
{
    private const string C = "mm/zswap.c";

    [KernelSource(C, "zswap_is_enabled", Parity.Stub, "no zswap yet")]
    public static bool zswap_is_enabled() => false;

    [KernelSource(C, "zswap_memcg_offline_cleanup", Parity.Stub, "no zswap yet: its shrinker stands at no group")]
    public static void zswap_memcg_offline_cleanup(mem_cgroup* memcg)
    {
    }
}
