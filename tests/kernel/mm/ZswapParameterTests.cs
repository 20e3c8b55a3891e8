// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Kernel.Tests.cgroup;
using KMemcg.Kernel.Tests.Selftests;
using Linux;
using NUnit.Framework;
using static Linux.linux_errno_h;
using static Linux.linux_uaccess_h;

namespace KMemcg.Kernel.Tests.mm;

[TestFixture]
internal sealed class ZswapParameterTests
{
    private const ulong Page = 4096;
    private const ulong Pages = 512;

    private static long Set(string name, string value) =>
        CgroupMachine.Syscall(() => module_parameters.write("zswap/parameters/" + name, value));

    [TestCase("enabled", "Y", 0)]
    [TestCase("enabled", "maybe", -EINVAL)]
    [TestCase("compressor", "zstd", 0)]
    [TestCase("compressor", "rot13", 0)] // not looked for before it is needed
    [TestCase("max_pool_percent", "30", 0)]
    [TestCase("max_pool_percent", "lots", -EINVAL)]
    [TestCase("accept_threshold_percent", "-1", -EINVAL)]
    [TestCase("shrinker_enabled", "1", 0)]
    [TestCase("nosuch", "1", -ENOENT)]
    public void ValuesAreChecked(string name, string value, int expected)
    {
        using var m = new TestMemcontrolMachine(ram: 256UL << 20);
        Assert.That(Set(name, value), Is.EqualTo(expected));
    }

    /// <summary>Pages stay with the compressor that packed them: their pool goes with the last of them, or becomes current again.</summary>
    [Test]
    public void PoolsOfSeveralCompressorsLiveSideBySide()
    {
        using var m = new TestMemcontrolMachine(ram: 256UL << 20);
        Assert.That(Set("enabled", "1"), Is.Zero);
        Assert.That(Set("compressor", "rot13"), Is.EqualTo(-ENOENT));
        Assert.That(CgroupMachine.Mkdir("/z"), Is.Zero);
        user_task task = CgroupMachine.Task("t", "/z");
        ulong at = UserMemory.Map(task, 3 * Pages);

        // Back to the first one while its pool is still in use, and once more after it has gone.
        string[] compressors = ["deflate", "zstd", "deflate"];
        for (int i = 0; i < 3; i++)
        {
            ulong part = at + ((ulong)i * Pages * Page);
            Assert.That(Set("compressor", compressors[i]), Is.Zero, compressors[i]);
            machine.call(task, () => Touch(part, write: true));
            Assert.That(CgroupMachine.Write("/z/memory.reclaim", $"{Pages * Page}"), Is.Zero);
        }

        Assert.That(CgroupMachine.Key("/z/memory.stat", "zswapped"), Is.GreaterThan(2 * (long)(Pages * Page)));
        for (int i = 0; i < 3; i++)
        {
            ulong part = at + ((ulong)i * Pages * Page);
            Assert.That(machine.call(task, () => Touch(part, write: false)), Is.Zero, $"contents, {compressors[i]}");
        }

        Assert.That(Set("compressor", "model"), Is.Zero);
        Assert.That(UserMemory.Unmap(task, at, 3 * Pages), Is.Zero);
        machine.sleep(100);
        Assert.That(Set("compressor", "deflate"), Is.Zero);
    }

    private static long Touch(ulong at, bool write)
    {
        for (ulong i = 0; i < Pages; i++)
        {
            if (write)
                user_write(at + (i * Page), (byte)i);
            else if (user_read(at + (i * Page)) != (byte)i)
                return 1;
        }

        return 0;
    }
}
