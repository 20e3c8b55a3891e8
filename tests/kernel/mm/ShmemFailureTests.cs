// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Kernel.Tests.cgroup;
using Linux;
using NUnit.Framework;
using static Linux.asm_generic_fcntl_h;
using static Linux.fs_open_c;
using static Linux.linux_errno_h;
using static Linux.mm_mmap_c;

namespace KMemcg.Kernel.Tests.mm;

/// <summary>tmpfs when allocations fail: it says so, and holds nothing back.</summary>
[TestFixture]
internal sealed unsafe class ShmemFailureTests
{
    /// <summary>Does it again and again, with each allocation that it makes failing in turn; how often it failed.</summary>
    private static int FailEach(user_task task, int most, Func<long> what, Action<long> after)
    {
        int failures = 0;
        // Once without, so that slabs are there and each time is like the one before.
        after(UserMemory.Syscall(task, what));
        for (uint n = 1; ; n++)
        {
            Assert.That(n, Is.LessThan(most), "it fails without end");
            uint left = 0;
            long result = UserMemory.Syscall(task, () =>
            {
                asm_percpu_h.current->fail_nth = n;
                long answer = what();
                left = asm_percpu_h.current->fail_nth;
                asm_percpu_h.current->fail_nth = 0;
                return answer;
            });
            failures += result < 0 ? 1 : 0;
            after(result);
            if (left != 0)
                return failures;
        }
    }

    private static void EveryAllocation() => CgroupMachine.Syscall(() =>
    {
        mm_failslab_c.failslab_ignore_gfp_reclaim = false;
        mm_fail_page_alloc_c.fail_page_alloc->ignore_gfp_reclaim = false;
        mm_fail_page_alloc_c.fail_page_alloc->ignore_gfp_highmem = false;
        mm_fail_page_alloc_c.fail_page_alloc->min_order = 0;
        return 0;
    });

    [Test]
    public void Making_a_file()
    {
        using var m = new ShmemMachine();
        user_task a = ShmemMachine.Task("a");
        CgroupMachine.Ok(ShmemMachine.Mount("/tmp/s", "nr_inodes=3"));
        EveryAllocation();
        int failures = FailEach(a, 60, () => sys_open("/tmp/s/f", O_RDWR | O_CREAT | O_EXCL, 0x180), fd =>
        {
            Assert.That(fd, Is.GreaterThanOrEqualTo(0).Or.EqualTo(-ENOMEM).Or.EqualTo(-ENOSPC));
            if (fd >= 0)
                Assert.That(UserMemory.Syscall(a, () => sys_close((int)fd)), Is.Zero);
            // A file may be there though it could not be opened.
            Assert.That(UserFile.Unlink(a, "/tmp/s/f"), Is.Zero.Or.EqualTo(-ENOENT));
        });
        Assert.That(failures, Is.GreaterThanOrEqualTo(3));
        Assert.That(new UserFile(a, "/tmp/s/1").FileSystem().f_ffree, Is.EqualTo(1), "inodes are lost");
    }

    [Test]
    public void Shared_anonymous_memory()
    {
        using var m = new ShmemMachine();
        user_task a = ShmemMachine.Task("a");
        EveryAllocation();
        int failures = FailEach(a, 60, () => sys_mmap(0, 10 * 4096, UserMemory.ReadWrite, 0x21, null, 0), at =>
        {
            Assert.That(at, Is.GreaterThan(0).Or.EqualTo(-ENOMEM).Or.EqualTo(-ENOSPC));
            if (at > 0)
                Assert.That(UserMemory.Unmap(a, (ulong)at, 10), Is.Zero);
        });
        Assert.That(failures, Is.GreaterThanOrEqualTo(3));
    }

    [Test]
    public void Reserving_pages()
    {
        using var m = new ShmemMachine();
        user_task a = ShmemMachine.Task("a");
        CgroupMachine.Ok(ShmemMachine.Mount("/tmp/s", "size=1M"));
        var f = new UserFile(a, "/tmp/s/f");
        EveryAllocation();
        int failures = FailEach(a, 60, () => sys_fallocate(f.Fd, 0, 60 * 4096, 10 * 4096), rc =>
        {
            Assert.That(rc, Is.Zero.Or.EqualTo(-ENOMEM));
            Assert.That(f.Pages(), Is.EqualTo(rc == 0 ? 10 : 0));
            Assert.That(f.FileSystem().f_bfree, Is.EqualTo(rc == 0 ? 246 : 256));
            Assert.That(f.Truncate(0), Is.Zero);
        });
        Assert.That(failures, Is.GreaterThanOrEqualTo(10));
        Assert.That(ShmemMachine.Shmem(), Is.Zero);
    }

    [Test]
    public void Mounting()
    {
        using var m = new ShmemMachine();
        EveryAllocation();
        int failures = 0;
        uint left = 0;
        for (uint n = 1; left == 0; n++)
        {
            Assert.That(n, Is.LessThan(80), "it fails without end");
            long rc = CgroupMachine.Syscall(() =>
            {
                asm_percpu_h.current->fail_nth = n;
                long answer = fs_namespace_c.do_mount("tmpfs", "/tmp/s", "size=1M");
                left = asm_percpu_h.current->fail_nth;
                asm_percpu_h.current->fail_nth = 0;
                return answer;
            });
            Assert.That(rc, Is.Zero.Or.EqualTo(-ENOMEM).Or.EqualTo(-ENOSPC));
            failures += rc != 0 ? 1 : 0;
            if (rc == 0)
                Assert.That(ShmemMachine.Unmount("/tmp/s"), Is.Zero);
        }

        Assert.That(failures, Is.GreaterThanOrEqualTo(5));
    }

    [Test]
    public void Reading_pages_back_from_swap()
    {
        using var m = new ShmemMachine();
        user_task a = ShmemMachine.Task("a");
        var f = new UserFile(a, "/tmp/f");
        byte[] bytes = new byte[40 * 4096];
        new Random(3).NextBytes(bytes);
        Assert.That(f.Write(0, bytes), Is.EqualTo(bytes.Length));
        ShmemMachine.SwapOut();
        EveryAllocation();
        int page = 0;
        FailEach(a, 100, () => f_read(f, page * 4096), rc =>
        {
            Assert.That(rc, Is.EqualTo(1).Or.EqualTo(-ENOMEM).Or.EqualTo(-EFAULT));
            page = (page + 9) % 40;
        });
        Assert.That(f.Read(0, bytes.Length), Is.EqualTo(bytes));
    }

    private static long f_read(UserFile f, long at)
    {
        folio* folio;
        @file* file = fs_file_c.fget(f.Fd);
        int rc = mm_shmem_c.shmem_get_folio(file->f_inode, (ulong)at / 4096, 0, &folio, sgp_type.SGP_CACHE);
        if (rc == 0)
        {
            mm_filemap_c.folio_unlock(folio);
            linux_mm_h.folio_put(folio);
        }

        fs_file_table_c.fput(file);
        return rc == 0 ? 1 : rc;
    }
}
