// SPDX-License-Identifier: GPL-2.0-only
// Whom each swap slot is charged to: an id of sixteen bits for each, two of them in an atomic.
using static Linux.linux_vmalloc_h;
using static Linux.linux_mm_h;

namespace Linux;

public unsafe struct swap_cgroup
{
    public atomic_t ids;
}

public unsafe struct swap_cgroup_ctrl
{
    public swap_cgroup* map;
}

public static unsafe partial class mm_swap_cgroup_c
{
    private const string C = "mm/swap_cgroup.c";

    private static readonly mutex* swap_cgroup_mutex = bss<mutex>();

    private const uint ID_PER_SC = 4 / 2;
    private const int ID_SHIFT = 16;
    private const uint ID_MASK = (1u << ID_SHIFT) - 1;

    private static readonly swap_cgroup_ctrl* swap_cgroup_ctrl = bss<swap_cgroup_ctrl>(MAX_SWAPFILES);

    [KernelSource(C, "__swap_cgroup_id_lookup", Parity.Full)]
    private static ushort __swap_cgroup_id_lookup(swap_cgroup* map, pgoff_t offset)
    {
        int shift = (int)(offset % ID_PER_SC) * ID_SHIFT;
        uint old_ids = (uint)atomic_read(&map[offset / ID_PER_SC].ids);

        return (ushort)((old_ids >> shift) & ID_MASK);
    }

    [KernelSource(C, "__swap_cgroup_id_xchg", Parity.Full)]
    private static ushort __swap_cgroup_id_xchg(swap_cgroup* map, pgoff_t offset, ushort new_id)
    {
        ushort old_id;
        swap_cgroup* sc = &map[offset / ID_PER_SC];
        int shift = (int)(offset % ID_PER_SC) * ID_SHIFT;
        uint new_ids;
        int old_ids = atomic_read(&sc->ids);

        do
        {
            old_id = (ushort)(((uint)old_ids >> shift) & ID_MASK);
            new_ids = (uint)old_ids & ~(ID_MASK << shift);
            new_ids |= (uint)new_id << shift;
        } while (!atomic_try_cmpxchg(&sc->ids, &old_ids, (int)new_ids));

        return old_id;
    }

    /// <summary>Notes whom the slots of a folio are charged to. None of them is charged yet.</summary>
    [KernelSource(C, "swap_cgroup_record", Parity.Full)]
    public static void swap_cgroup_record(folio* folio, ushort id, swp_entry_t ent)
    {
        uint nr_ents = (uint)folio_nr_pages(folio);
        swap_cgroup* map;
        pgoff_t offset, end;
        ushort old;

        offset = swp_offset(ent);
        end = offset + nr_ents;
        map = swap_cgroup_ctrl[swp_type(ent)].map;

        do
        {
            old = __swap_cgroup_id_xchg(map, offset, id);
            VM_BUG_ON(old != 0);
        } while (++offset != end);
    }

    /// <summary>Wipes the note of slots that all had one owner, and returns it.</summary>
    [KernelSource(C, "swap_cgroup_clear", Parity.Full)]
    public static ushort swap_cgroup_clear(swp_entry_t ent, uint nr_ents)
    {
        pgoff_t offset, end;
        swap_cgroup* map;
        ushort old, iter = 0;

        offset = swp_offset(ent);
        end = offset + nr_ents;
        map = swap_cgroup_ctrl[swp_type(ent)].map;

        do
        {
            old = __swap_cgroup_id_xchg(map, offset, 0);
            if (iter == 0)
                iter = old;
            VM_BUG_ON(iter != old);
        } while (++offset != end);

        return old;
    }

    /// <summary>Whom a slot is charged to; 0 is nobody.</summary>
    [KernelSource(C, "lookup_swap_cgroup_id", Parity.Full)]
    public static ushort lookup_swap_cgroup_id(swp_entry_t ent)
    {
        swap_cgroup_ctrl* ctrl;

        if (mem_cgroup_disabled())
            return 0;

        ctrl = &swap_cgroup_ctrl[swp_type(ent)];
        return __swap_cgroup_id_lookup(ctrl->map, swp_offset(ent));
    }

    [KernelSource(C, "swap_cgroup_swapon", Parity.Full)]
    [Excludes("swap_cgroup_mutex")]
    public static int swap_cgroup_swapon(int type, ulong max_pages)
    {
        swap_cgroup* map;
        swap_cgroup_ctrl* ctrl;

        if (mem_cgroup_disabled())
            return 0;

        map = (swap_cgroup*)vzalloc(DIV_ROUND_UP(max_pages, ID_PER_SC) *
            (ulong)sizeof(swap_cgroup));
        if (map == null)
            goto nomem;

        ctrl = &swap_cgroup_ctrl[type];
        mutex_lock(swap_cgroup_mutex);
        ctrl->map = map;
        mutex_unlock(swap_cgroup_mutex);

        return 0;
    nomem:
        pr_info("couldn't allocate enough memory for swap_cgroup");
        pr_info("swap_cgroup can be disabled by swapaccount=0 boot option");
        return -ENOMEM;
    }

    [KernelSource(C, "swap_cgroup_swapoff", Parity.Full)]
    [Excludes("swap_cgroup_mutex")]
    public static void swap_cgroup_swapoff(int type)
    {
        swap_cgroup* map;
        swap_cgroup_ctrl* ctrl;

        if (mem_cgroup_disabled())
            return;

        mutex_lock(swap_cgroup_mutex);
        ctrl = &swap_cgroup_ctrl[type];
        map = ctrl->map;
        ctrl->map = null;
        mutex_unlock(swap_cgroup_mutex);

        vfree(map);
    }
}
