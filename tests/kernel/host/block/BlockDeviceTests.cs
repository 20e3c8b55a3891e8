// SPDX-License-Identifier: GPL-2.0-only
using Linux;
using static Linux.linux_blkdev_h;
using static Linux.linux_errno_h;

namespace KMemcg.Kernel.Tests.Host.Block;

/// <summary>The inode and the super block of a disk.</summary>
internal sealed unsafe class BlockDeviceTests
{
    [Test]
    public void EachAllocationMayFailAndNothingStaysLockedOrTaken()
    {
        using TestMachine m = TestMachine.Boot(swap: 16UL << 20);
        int failures = 0;
        uint left = 0;
        for (uint n = 1; left == 0; n++)
        {
            Assert.That(n, Is.LessThan(100), "it fails without end");
            int err = m.Run(() =>
            {
                block_device* disk = blkdev_get_no(0);
                mm_failslab_c.failslab_ignore_gfp_reclaim = false;
                asm_percpu_h.current->fail_nth = n;
                int answer = block_bdev_c.bdev_add(disk);
                left = asm_percpu_h.current->fail_nth;
                asm_percpu_h.current->fail_nth = 0;
                if (answer == 0)
                    block_bdev_c.bdev_remove(disk);
                return answer;
            });
            Assert.That(err, Is.Zero.Or.EqualTo(-ENOMEM), $"allocation {n}");
            failures += err != 0 ? 1 : 0;
        }

        Assert.That(failures, Is.GreaterThan(2));
    }
}
