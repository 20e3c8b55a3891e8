// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Native;

namespace Linux;

/// <summary>The machine's swap disk: what mkswap, swapon and swapoff do from outside.</summary>
internal static unsafe partial class host_swap
{
    private static Disk? disk;

    /// <summary>The disk, for those who inject errors into it.</summary>
    internal static Disk? swap_disk => disk;

    /// <summary>The disks of the machine: one that is swapped to, if it was asked for.</summary>
    internal static Disk[] disks(in boot_params p)
    {
        if (p.swap < 16 * PAGE_SIZE)
            return [];
        disk = Disk.InMemory(p.swap >> Disk.SectorShift, p.parallel ? DiskLatency.None : DiskLatency.Virtio);
        mkswap(disk, p.swap / PAGE_SIZE);
        return [disk];
    }

    /// <summary>The disk, for those who inject errors into it.</summary>
    internal static Disk? device => disk;

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

    /// <summary>When all tasks are dead: what swap caches for nobody goes. A slot that somebody holds is never given back.</summary>
    internal static void swapoff()
    {
        if (disk == null)
            return;
        int err = mm_swapfile_c.swapoff(linux_blkdev_h.blkdev_get_no(0));
        if (err != 0)
            panic($"swapoff: {err}");
    }

    /// <summary>Takes the disk out, when the machine is off.</summary>
    internal static void free()
    {
        disk?.Dispose();
        disk = null;
    }
}
