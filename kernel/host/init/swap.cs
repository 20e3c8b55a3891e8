// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Native;

namespace Linux;

/// <summary>The machine's swap disk: what mkswap, swapon and swapoff do from outside.</summary>
internal static unsafe class host_swap
{
    private static Disk? disk;

    /// <summary>The disks of the machine: one that is swapped to, if it was asked for.</summary>
    internal static Disk[] disks(in boot_params p)
    {
        if (p.swap < 16 * PAGE_SIZE)
            return [];
        disk = Disk.InMemory(p.swap >> Disk.SectorShift, p.parallel ? DiskLatency.None : DiskLatency.Nvme);
        mkswap(disk, p.swap / PAGE_SIZE);
        return [disk];
    }

    /// <summary>Writes the header: version 1, no bad pages.</summary>
    private static void mkswap(Disk disk, ulong pages)
    {
        byte* header = stackalloc byte[(int)PAGE_SIZE];
        new Span<byte>(header, (int)PAGE_SIZE).Clear();
        *(uint*)(header + 1024) = 1;
        *(uint*)(header + 1028) = (uint)(pages - 1);
        "SWAPSPACE2"u8.CopyTo(new Span<byte>(header + PAGE_SIZE - 10, 10));
        if (disk.Transfer(DiskOperation.Write, 0, header, (int)PAGE_SIZE) != DiskStatus.Ok)
            BUG();
    }

    /// <summary>What init does when it is up.</summary>
    internal static void swapon()
    {
        if (disk == null)
            return;
        int err = mm_swapfile_c.swapon(linux_blkdev_h.blkdev_get_no(0), 0);
        if (err != 0)
            panic($"swapon: {err}");
    }

    /// <summary>What is left in swap though all tasks are dead, as the end of a sentence; "" for nothing.</summary>
    internal static string leaks()
    {
        sysinfo val = default;
        si_swapinfo(&val);
        return val.totalswap == val.freeswap ? "" : $"{val.totalswap - val.freeswap} pages of swap";
    }

    /// <summary>Takes the disk out, when the machine is off.</summary>
    internal static void free()
    {
        disk?.Dispose();
        disk = null;
    }
}
