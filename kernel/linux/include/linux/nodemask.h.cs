// SPDX-License-Identifier: GPL-2.0-only
// One node: the sets have one bit, and the walks over nodes one step.
namespace Linux;

public struct nodemask_t
{
    public ulong bits;
}

/// <summary>The one step of for_each_node and its kin.</summary>
public struct node_enumerator
{
    private int node;

    public node_enumerator(int start) => node = start - 1;

    public readonly int Current => node;

    public bool MoveNext() => ++node < linux_nodemask_h.MAX_NUMNODES;

    public readonly node_enumerator GetEnumerator() => this;
}

public static unsafe partial class linux_nodemask_h
{
    public const int NODES_SHIFT = CONFIG_NODES_SHIFT;
    public const int MAX_NUMNODES = 1 << NODES_SHIFT;
    public const int NUMA_NO_NODE = -1;
    public const int N_POSSIBLE = 0;
    public const int N_ONLINE = 1;
    public const int N_NORMAL_MEMORY = 2;
    public const int N_HIGH_MEMORY = N_NORMAL_MEMORY;
    public const int N_MEMORY = 3;
    public const int N_CPU = 4;
    public const int NR_NODE_STATES = 6;
    public const int first_online_node = 0;
    public const int first_memory_node = 0;
    public const uint nr_node_ids = 1;
    public const uint nr_online_nodes = 1;

    [KernelSource("include/linux/nodemask.h", "for_each_node", Parity.Full)]
    public static node_enumerator for_each_node() => new(0);

    [KernelSource("include/linux/nodemask.h", "for_each_online_node", Parity.Full)]
    public static node_enumerator for_each_online_node() => new(0);

    [KernelSource("include/linux/nodemask.h", "for_each_node_state", Parity.Full)]
    public static node_enumerator for_each_node_state(int state) => new(0);

    [KernelSource("include/linux/nodemask.h", "node_state", Parity.Full)]
    public static bool node_state(int node, int state) => node == 0;

    [KernelSource("include/linux/nodemask.h", "next_memory_node", Parity.Full)]
    public static int next_memory_node(int nid) => MAX_NUMNODES;

    [KernelSource("include/linux/nodemask.h", "node_online", Parity.Full)]
    public static bool node_online(int node) => node_state(node, N_ONLINE);

    [KernelSource("include/linux/nodemask.h", "num_node_state", Parity.Full)]
    public static int num_node_state(int state) => 1;

    [KernelSource("include/linux/nodemask.h", "num_online_nodes", Parity.Full)]
    public static int num_online_nodes() => num_node_state(N_ONLINE);

    [KernelSource("include/linux/nodemask.h", "next_online_node", Parity.Full)]
    public static int next_online_node(int nid) => MAX_NUMNODES;

    [KernelSource("include/linux/nodemask.h", "__node_set", Parity.Full)]
    public static void node_set(int node, nodemask_t* dstp) => set_bit(node, &dstp->bits);

    [KernelSource("include/linux/nodemask.h", "__node_clear", Parity.Full)]
    public static void node_clear(int node, nodemask_t* dstp) => clear_bit(node, &dstp->bits);

    [KernelSource("include/linux/nodemask.h", "node_isset", Parity.Full)]
    public static bool node_isset(int node, nodemask_t* nodemask) => test_bit(node, &nodemask->bits);

    [KernelSource("include/linux/nodemask.h", "node_test_and_set", Parity.Full)]
    public static bool node_test_and_set(int node, nodemask_t* nodemask) => test_and_set_bit(node, &nodemask->bits);

    [KernelSource("include/linux/nodemask.h", "__nodes_setall", Parity.Full)]
    public static void nodes_setall(nodemask_t* dstp) => dstp->bits = (1UL << MAX_NUMNODES) - 1;

    [KernelSource("include/linux/nodemask.h", "__nodes_clear", Parity.Full)]
    public static void nodes_clear(nodemask_t* dstp) => dstp->bits = 0;

    [KernelSource("include/linux/nodemask.h", "__nodes_empty", Parity.Full)]
    public static bool nodes_empty(nodemask_t* srcp) => srcp->bits == 0;

    [KernelSource("include/linux/nodemask.h", "__first_node", Parity.Full)]
    public static uint first_node(nodemask_t* srcp) => srcp->bits != 0 ? (uint)__ffs(srcp->bits) : MAX_NUMNODES;
}
