// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_gfp_types_h;

namespace Linux;

// What all kinds of maps have.
public unsafe struct bpf_map
{
    [OwnsRef] public obj_cgroup* objcg; // of who made it
    public uint key_size;
    public uint value_size;
    public uint max_entries;
    public int numa_node;
    public atomic64_t refcnt;
    public rcu_head rcu;
}

/// <summary>kernel/bpf/syscall.c: memory of maps, which is charged to the group that made the map, whoever fills it.</summary>
public static unsafe partial class kernel_bpf_syscall_c
{
    private const string C = "kernel/bpf/syscall.c";

    [KernelSource("include/linux/bpf.h", "bpf_memcg_flags", Parity.Full)]
    public static gfp_t bpf_memcg_flags(gfp_t flags) => memcg_bpf_enabled() ? flags | __GFP_ACCOUNT : flags;

    [KernelSource(C, "__bpf_map_area_alloc", Parity.Reduced, "nothing of it is mapped into user space, and what is too large for the slab comes from vmalloc() without RETRY_MAYFAIL")]
    private static void* __bpf_map_area_alloc(ulong size, int numa_node)
    {
        gfp_t gfp = bpf_memcg_flags(__GFP_NOWARN | __GFP_ZERO);

        // Fails rather than have somebody killed.
        if (size <= PAGE_SIZE << PAGE_ALLOC_COSTLY_ORDER)
        {
            void* area = kmalloc_node(size, gfp | GFP_USER | __GFP_NORETRY, numa_node);

            if (area != null)
                return area;
        }

        return kvmalloc_node(size, gfp | GFP_KERNEL, numa_node);
    }

    [KernelSource(C, "bpf_map_area_alloc", Parity.Full)]
    public static void* bpf_map_area_alloc(ulong size, int numa_node) => __bpf_map_area_alloc(size, numa_node);

    [KernelSource(C, "bpf_map_area_free", Parity.Full)]
    public static void bpf_map_area_free(void* area) => kvfree(area);

    // The root group has no objcg.
    [KernelSource(C, "bpf_map_save_memcg", Parity.Full)]
    [Initializes("map")]
    public static void bpf_map_save_memcg(bpf_map* map)
    {
        if (memcg_bpf_enabled())
            map->objcg = get_obj_cgroup_from_current();
    }

    [KernelSource(C, "bpf_map_release_memcg", Parity.Full)]
    [PutsRef("map->objcg")]
    public static void bpf_map_release_memcg(bpf_map* map)
    {
        if (map->objcg != null)
            obj_cgroup_put(map->objcg);
    }

    [KernelSource(C, "bpf_map_get_memcg", Parity.Full)]
    [ReturnsOwned]
    private static mem_cgroup* bpf_map_get_memcg(bpf_map* map)
    {
        if (map->objcg != null)
            return get_mem_cgroup_from_objcg(map->objcg);

        return root_mem_cgroup;
    }

    [KernelSource(C, "bpf_map_kmalloc_node", Parity.Full)]
    public static void* bpf_map_kmalloc_node(bpf_map* map, ulong size, gfp_t flags, int node)
    {
        mem_cgroup* memcg = bpf_map_get_memcg(map);
        mem_cgroup* old_memcg = set_active_memcg(memcg);
        void* ptr = kmalloc_node(size, flags | __GFP_ACCOUNT, node);

        set_active_memcg(old_memcg);
        mem_cgroup_put(memcg);

        return ptr;
    }

    [KernelSource(C, "bpf_map_kzalloc", Parity.Full)]
    public static void* bpf_map_kzalloc(bpf_map* map, ulong size, gfp_t flags)
    {
        mem_cgroup* memcg = bpf_map_get_memcg(map);
        mem_cgroup* old_memcg = set_active_memcg(memcg);
        void* ptr = kzalloc(size, flags | __GFP_ACCOUNT);

        set_active_memcg(old_memcg);
        mem_cgroup_put(memcg);

        return ptr;
    }

    [KernelSource(C, "bpf_map_kvcalloc", Parity.Full)]
    public static void* bpf_map_kvcalloc(bpf_map* map, ulong n, ulong size, gfp_t flags)
    {
        mem_cgroup* memcg = bpf_map_get_memcg(map);
        mem_cgroup* old_memcg = set_active_memcg(memcg);
        void* ptr = kvcalloc(n, size, flags | __GFP_ACCOUNT);

        set_active_memcg(old_memcg);
        mem_cgroup_put(memcg);

        return ptr;
    }

    [KernelSource(C, "bpf_map_alloc_percpu", Parity.Full)]
    public static PerCpu<byte>* bpf_map_alloc_percpu(bpf_map* map, ulong size, ulong align, gfp_t flags)
    {
        mem_cgroup* memcg = bpf_map_get_memcg(map);
        mem_cgroup* old_memcg = set_active_memcg(memcg);
        PerCpu<byte>* ptr = __alloc_percpu_gfp(size, align, flags | __GFP_ACCOUNT);

        set_active_memcg(old_memcg);
        mem_cgroup_put(memcg);

        return ptr;
    }
}
