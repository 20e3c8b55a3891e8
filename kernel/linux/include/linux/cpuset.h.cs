// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

// Without CONFIG_CPUSETS.
public static unsafe class linux_cpuset_h
{
    [KernelSource("include/linux/cpuset.h", "cpusets_enabled", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool cpusets_enabled() => false;

    [KernelSource("include/linux/cpuset.h", "cpusets_insane_config", Parity.Full)]
    public static bool cpusets_insane_config() => false;

    public static nodemask_t* cpuset_current_mems_allowed => null;

    [KernelSource("include/linux/cpuset.h", "cpuset_init_current_mems_allowed", Parity.Full)]
    public static void cpuset_init_current_mems_allowed()
    {
    }

    [KernelSource("include/linux/cpuset.h", "cpuset_nodemask_valid_mems_allowed", Parity.Full)]
    public static bool cpuset_nodemask_valid_mems_allowed(nodemask_t* nodemask) => true;

    [KernelSource("include/linux/cpuset.h", "__cpuset_zone_allowed", Parity.Full)]
    public static bool __cpuset_zone_allowed(zone* z, gfp_t gfp_mask) => true;

    [KernelSource("include/linux/cpuset.h", "cpuset_zone_allowed", Parity.Full)]
    public static bool cpuset_zone_allowed(zone* z, gfp_t gfp_mask) => true;

    [KernelSource("include/linux/cpuset.h", "cpuset_memory_pressure_bump", Parity.Full)]
    public static void cpuset_memory_pressure_bump()
    {
    }

    [KernelSource("include/linux/cpuset.h", "read_mems_allowed_begin", Parity.Full)]
    public static uint read_mems_allowed_begin() => 0;

    [KernelSource("include/linux/cpuset.h", "read_mems_allowed_retry", Parity.Full)]
    public static bool read_mems_allowed_retry(uint seq) => false;
}
