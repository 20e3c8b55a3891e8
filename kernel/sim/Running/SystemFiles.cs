// SPDX-License-Identifier: GPL-2.0-only
using System.Text;
using Linux;

namespace KMemcg.Sim.Running;

/// <summary>The files that a scenario reads and writes by name: cgroupfs below its root, sysctls below /proc/sys, parameters below /sys/module.</summary>
internal static class SystemFiles
{
    private const string SysctlRoot = "/proc/sys/";
    private const string ModuleRoot = "/sys/module/";
    private const string CgroupRoot = "/sys/fs/cgroup/";

    /// <summary>Reads a file of a group; 0 or a negative errno.</summary>
    public static long Read(string path, out string text) => cgroupfs.read_file(path, out text);

    /// <summary>Writes a value with one write; 0 or a negative errno.</summary>
    public static long Write(string path, string value)
    {
        if (path.StartsWith(SysctlRoot, StringComparison.Ordinal))
        {
            return sysctl.write(path[SysctlRoot.Length..].Replace('/', '.'), value);
        }

        if (path.StartsWith(ModuleRoot, StringComparison.Ordinal))
        {
            return module_parameters.write(path[ModuleRoot.Length..], value);
        }

        if (path.StartsWith(CgroupRoot, StringComparison.Ordinal))
        {
            return cgroupfs.write_file(path.AsSpan(CgroupRoot.Length), value);
        }

        return path[0] == '/' ? -linux_errno_h.ENOENT : cgroupfs.write_file(path, value);
    }

    /// <summary>Mounts a file system; 0 or a negative errno. Of type loop it is one in a file, which the options name.</summary>
    public static long Mount(string type, string directory, string? options) => type == "loop"
        ? MountFile(directory, options ?? "")
        : fs_namespace_c.do_mount(type, directory, options);

    private static long MountFile(string directory, string file)
    {
        long descriptor = fs_open_c.sys_open(file, asm_generic_fcntl_h.O_RDWR, 0);
        if (descriptor < 0)
        {
            return descriptor;
        }

        long device = drivers_block_loop_c.loop_configure((int)descriptor);
        fs_open_c.sys_close((int)descriptor);
        return device < 0 ? device : fs_namespace_c.do_mount("ext4", directory, null, (int)device);
    }

    /// <summary>Takes a mount away; 0 or a negative errno.</summary>
    public static long Unmount(string directory) => fs_namespace_c.do_umount(directory);

    /// <summary>Writes everything that is dirty.</summary>
    public static long Sync() => fs_sync_c.sys_sync();
}
