// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Native;

namespace Linux;

/// <summary>The machine's disk with a file system, and what is done with mounts when it is switched on and off.</summary>
internal static unsafe partial class host_files
{
    private static Disk? disk;

    /// <summary>The disk that is mounted on /mnt, if it was asked for: blank at every boot.</summary>
    internal static Disk[] disks(in boot_params p)
    {
        if (p.disk == 0)
            return [];
        disk = Disk.InMemory(p.disk >> Disk.SectorShift, p.disk_latency ?? (p.parallel ? DiskLatency.None : DiskLatency.Virtio));
        return [disk];
    }

    /// <summary>The disk, for those who inject errors into it.</summary>
    internal static Disk? mounted => disk;

    /// <summary>Which block device it is: the one behind the swap disk.</summary>
    internal static int number => machine.parameters.swap < 16 * PAGE_SIZE ? 0 : 1;

    /// <summary>What init does when it is up.</summary>
    internal static void mount()
    {
        int err = (int)fs_namespace_c.do_mount("tmpfs", "/tmp", null);
        if (err == 0 && disk != null)
        {
            err = block_bdev_c.bdev_add(linux_blkdev_h.blkdev_get_no(number));
            if (err == 0)
                err = (int)fs_namespace_c.do_mount("ext4", "/mnt", null, number);
        }

        if (err != 0)
            panic($"mount: {err}");
    }

    /// <summary>What init does when the machine is switched off.</summary>
    internal static void unmount()
    {
        fs_namespace_c.umount_all();
        linux_blkdev_h.release_added();
        if (disk != null)
            block_bdev_c.bdev_remove(linux_blkdev_h.blkdev_get_no(number));
    }

    /// <summary>Takes the disk out, when the machine is off.</summary>
    internal static void free()
    {
        disk?.Dispose();
        disk = null;
    }
}
