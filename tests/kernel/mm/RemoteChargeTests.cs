// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Kernel.Tests.cgroup;
using Linux;
using NUnit.Framework;
using static Linux.asm_generic_fcntl_h;
using static Linux.fs_file_c;
using static Linux.fs_file_table_c;
using static Linux.fs_open_c;
using static Linux.fs_read_write_c;
using static Linux.linux_mmzone_h;
using static Linux.linux_pagemap_h;

namespace KMemcg.Kernel.Tests.mm;

/// <summary>Memory that is not charged to who acts: a new group's to its parent, the kernel's own files to nobody.</summary>
[TestFixture]
internal sealed unsafe class RemoteChargeTests
{
    private static long Stat(string group, string key)
    {
        UserMemory.Drain();
        return CgroupMachine.Key(group + "/memory.stat", key);
    }

    [Test]
    public void A_new_group_is_paid_for_by_its_parent()
    {
        using var m = new CgroupMachine();
        CgroupMachine.Ok(CgroupMachine.Write("/cgroup.subtree_control", "+memory"), CgroupMachine.Mkdir("/A"), CgroupMachine.Mkdir("/C"),
            CgroupMachine.Write("/A/cgroup.subtree_control", "+memory"));
        user_task actor = CgroupMachine.Task("c", "/C");
        long parent = Stat("/A", "percpu"), acting = Stat("/C", "percpu");
        for (int i = 0; i < 10; i++)
        {
            string child = $"/A/{i}";
            Assert.That(CgroupMachine.Syscall(() => cgroupfs.mkdir(child), actor), Is.Zero);
        }

        // Statistics per CPU alone are some kilobytes for each.
        Assert.That(Stat("/A", "percpu") - parent, Is.GreaterThan(10 * 4096));
        Assert.That(Stat("/C", "percpu"), Is.EqualTo(acting));
    }

    [Test]
    public void Pages_of_the_kernels_own_files_are_the_roots([Values] bool kernel)
    {
        using TestMachine m = TestMachine.Boot(disk: 64UL << 20);
        CgroupMachine.Ok(CgroupMachine.Write("/cgroup.subtree_control", "+memory"), CgroupMachine.Mkdir("/A"));
        user_task t = CgroupMachine.Task("t", "/A");
        ulong buffer = UserMemory.Map(t, 16);
        int fd = (int)UserMemory.Syscall(t, () => sys_open("/mnt/f", O_RDWR | O_CREAT, 0x180));
        Assert.That(UserMemory.Syscall(t, () => sys_ftruncate(fd, 16 * 4096)), Is.Zero);
        if (kernel)
        {
            UserMemory.Syscall(t, () =>
            {
                @file* f = fget(fd);
                asm_bitops_h.set_bit(AS_KERNEL_FILE, &f->f_mapping->flags);
                fput(f);
                return 0;
            });
        }

        long file = Stat("/A", "file");
        long own = m.Run(() => (long)linux_vmstat_h.global_node_page_state(NR_KERNEL_FILE_PAGES));
        Assert.That(UserMemory.Syscall(t, () => sys_pread64(fd, (byte*)buffer, 16 * 4096, 0)), Is.EqualTo(16 * 4096));
        Assert.That(Stat("/A", "file") - file, Is.EqualTo(kernel ? 0 : 16 * 4096));
        Assert.That(m.Run(() => (long)linux_vmstat_h.global_node_page_state(NR_KERNEL_FILE_PAGES)) - own, Is.EqualTo(kernel ? 16 : 0));
    }
}
