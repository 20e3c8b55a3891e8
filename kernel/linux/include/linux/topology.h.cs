// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public static class linux_topology_h
{
    [KernelSource("include/linux/topology.h", "numa_node_id", Parity.Full)]
    public static int numa_node_id() => 0;

    [KernelSource("include/linux/topology.h", "numa_mem_id", Parity.Full)]
    public static int numa_mem_id() => 0;

    [KernelSource("include/linux/topology.h", "cpu_to_node", Parity.Full)]
    public static int cpu_to_node(int cpu) => 0;

    [KernelSource("include/linux/topology.h", "cpu_to_mem", Parity.Full)]
    public static int cpu_to_mem(int cpu) => 0;
}
