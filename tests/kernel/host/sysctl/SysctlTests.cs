// SPDX-License-Identifier: GPL-2.0-only
using Linux;
using NUnit.Framework;
using static Linux.linux_errno_h;

namespace KMemcg.Kernel.Tests.host.sysctls;

[TestFixture]
internal sealed unsafe class SysctlTests
{
    [TestCase("vm.watermark_scale_factor", "3000", "3001")]
    [TestCase("vm.watermark_boost_factor", "0", "-1")]
    [TestCase("vm.percpu_pagelist_high_fraction", "8", "7")]
    [TestCase("vm.vfs_cache_pressure", "0", "-1")]
    [TestCase("vm.overcommit_memory", "1", "3")]
    [TestCase("vm.max_map_count", "100", "-1")]
    [TestCase("vm.panic_on_oom", "2", "3")]
    [TestCase("vm.oom_kill_allocating_task", "1", "yes")]
    [TestCase("vm.oom_dump_tasks", "0", "")]
    [TestCase("vm.stat_interval", "5", "-1")]
    public void TakesWhatTheKernelTakes(string name, string good, string bad)
    {
        using var m = TestMachine.Boot();
        Assert.That(m.Run(() => sysctl.write(name, good)), Is.Zero);
        Assert.That(sysctl.read(name), Is.EqualTo(good));
        Assert.That(m.Run(() => sysctl.write(name, bad)), Is.EqualTo(-EINVAL));
        Assert.That(sysctl.read(name), Is.EqualTo(good));
    }

    [Test]
    public void NothingIsPromisedThatIsNotThereIfOvercommitIsOff()
    {
        using var m = TestMachine.Boot();
        user_task task = m.Spawn("t");
        long Map(ulong flags) => m.Call(task, () => mm_mmap_c.sys_mmap(0, 1UL << 30, 3, flags, null, 0));
        const ulong private_anon = 0x22;
        const ulong noreserve = 0x4000;
        Assert.That(Map(private_anon | noreserve), Is.GreaterThan(0));
        Assert.That(m.Run(() => sysctl.write("vm.overcommit_memory", "2")), Is.Zero);
        Assert.That(Map(private_anon | noreserve), Is.EqualTo(-ENOMEM));
    }
}
