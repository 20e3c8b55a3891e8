// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Kernel.Tests.cgroup;
using KMemcg.Kernel.Tests.mm;
using Linux;
using NUnit.Framework;
using static KMemcg.Kernel.Tests.Selftests.TestMemcontrolMachine;

namespace KMemcg.Kernel.Tests.Selftests;

/// <summary>The selftests of the kernel for its own memory below groups (tools/testing/selftests/cgroup/test_kmem.c).</summary>
[TestFixture]
internal sealed class TestMemcontrolKmem
{
    private const string Parent = "/kmem_test";

    private static int s_files;

    private static void MakeParent()
    {
        Mkdir(Parent);
        Write(Parent + "/cgroup.subtree_control", "+memory");
    }

    /// <summary>
    /// Makes files on tmpfs, whose entries and inodes stay charged when the process has ended, as the kernel's negative
    /// entries do; test_kmem.c, alloc_dcache.
    /// </summary>
    private static bool MakeFiles(user_task task, int count)
    {
        long result = machine.call(task, () =>
        {
            long failed = 0;
            for (int i = 0; i < count; i++)
            {
                kernel_entry_c.syscall_enter();
                string name = $"/tmp/n{i:D20}-{s_files++}";
                long fd = fs_open_c.sys_open(name, asm_generic_fcntl_h.O_RDWR | asm_generic_fcntl_h.O_CREAT, 0x180);
                failed = fd < 0 ? fd : failed;
                kernel_entry_c.syscall_exit(fd < 0 ? fd : fs_open_c.sys_close((int)fd));
            }
            return failed;
        });
        Assert.That(result, Is.Zero);
        return true;
    }

    /// <summary>Thirty groups with kernel memory come and go, and none of them is dying after a while; test_kmem.c, test_kmem_dead_cgroups.</summary>
    [Test]
    public void test_kmem_dead_cgroups()
    {
        using var m = new TestMemcontrolMachine();
        MakeParent();
        for (int i = 0; i < 30; i++)
        {
            string child = $"{Parent}/child{i}";
            Mkdir(child);
            Assert.That(m.Run(child, t => MakeFiles(t, 100)));
            m.Destroy(child);
        }
        for (int i = 0; i < 20 && CgroupMachine.Key(Parent + "/cgroup.stat", "nr_dying_descendants") != 0; i++)
            m.Sleep(1000);
        Assert.That(CgroupMachine.Key(Parent + "/cgroup.stat", "nr_dying_descendants"), Is.Zero);
        m.Destroy(Parent);
    }
}
