// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Kernel.Tests.cgroup;
using KMemcg.Native;
using Linux;
using NUnit.Framework;
using static Linux.linux_errno_h;

namespace KMemcg.Kernel.Tests.mm;

/// <summary>Pages of tmpfs and shared anonymous memory in swap.</summary>
[TestFixture]
internal sealed unsafe class ShmemSwapTests
{
    private static byte[] Random(int length, int seed = 7)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    [Test]
    public void Contents_come_back_from_swap_byte_for_byte()
    {
        using var m = new ShmemMachine();
        user_task a = ShmemMachine.Task("a");
        var f = new UserFile(a, "/tmp/f");
        byte[] bytes = Random(2 << 20);
        Assert.That(f.Write(0, bytes), Is.EqualTo(bytes.Length));
        ShmemMachine.SwapOut();
        Assert.That(ShmemMachine.Swapped(), Is.GreaterThanOrEqualTo(512));
        Assert.That((ShmemMachine.Shmem(), f.Pages()), Is.EqualTo((0L, 512UL)), "they are the file's still");
        Assert.That(f.Read(0, bytes.Length), Is.EqualTo(bytes));
        Assert.That((ShmemMachine.Shmem(), f.Pages()), Is.EqualTo((512L, 512UL)));
    }

    [Test]
    public void Whoever_reads_a_page_back_the_recorded_owner_pays()
    {
        using var m = new ShmemMachine();
        user_task a = ShmemMachine.Task("a");
        user_task b = ShmemMachine.Task("b", "/B");
        ulong at = UserFile.MapShared(a, 200);
        UserMemory.Fill(a, at, 200, 1);
        user_task c = machine.spawn("c", a);
        CgroupMachine.Ok(CgroupMachine.Move(c, "/B"));
        ShmemMachine.SwapOut();
        Assert.That(ShmemMachine.Shmem(), Is.Zero);
        for (ulong i = 0; i < 200; i++)
            Assert.That(UserMemory.Read(c, at + (i * 4096)), Is.EqualTo((byte)(1 + i)));
        Assert.That((ShmemMachine.Shmem(), ShmemMachine.Shmem("/B")), Is.EqualTo((200L, 0L)));
        Assert.That(CgroupMachine.Key("/A/memory.stat", "pswpin"), Is.GreaterThanOrEqualTo(200));
    }

    [Test]
    public void Truncation_and_holes_free_slots_in_swap()
    {
        using var m = new ShmemMachine();
        var f = new UserFile(ShmemMachine.Task("a"), "/tmp/f");
        byte[] model = Random(100 * 4096);
        Assert.That(f.Write(0, model), Is.EqualTo(model.Length));
        ShmemMachine.SwapOut();
        long swapped = ShmemMachine.Swapped();
        Assert.That(f.Truncate(80 * 4096), Is.Zero);
        Assert.That((ShmemMachine.Swapped(), f.Pages()), Is.EqualTo((swapped - 20, 80UL)));
        // Whole pages go; of those at the ends only a part, for which they are read.
        Assert.That(f.Punch((20 * 4096) + 7, 10 * 4096), Is.Zero);
        Assert.That(f.Pages(), Is.EqualTo(71));
        Assert.That(ShmemMachine.Swapped(), Is.LessThanOrEqualTo(swapped - 29));
        model.AsSpan((20 * 4096) + 7, 10 * 4096).Clear();
        Assert.That(f.Read(0, 80 * 4096), Is.EqualTo(model[..(80 * 4096)]));
    }

    [Test]
    public void A_file_that_goes_gives_its_slots_back()
    {
        using var m = new ShmemMachine();
        user_task a = ShmemMachine.Task("a");
        var f = new UserFile(a, "/tmp/f");
        Assert.That(f.Write(0, Random(100 * 4096)), Is.EqualTo(100 * 4096));
        ShmemMachine.SwapOut();
        Assert.That(f.Close(), Is.Zero);
        long swapped = ShmemMachine.Swapped();
        Assert.That(UserFile.Unlink(a, "/tmp/f"), Is.Zero);
        Assert.That(ShmemMachine.Swapped(), Is.EqualTo(swapped - 100));
    }

    [Test]
    public void Swapoff_brings_all_of_it_back()
    {
        using var m = new ShmemMachine();
        user_task a = ShmemMachine.Task("a");
        var f = new UserFile(a, "/tmp/f");
        var g = new UserFile(a, "/tmp/g");
        ulong at = UserFile.MapShared(a, 50);
        UserMemory.Fill(a, at, 50, 1);
        byte[] bytes = Random(300 * 4096);
        Assert.That((f.Write(0, bytes), g.Write(1 << 20, bytes)), Is.EqualTo(((long)bytes.Length, (long)bytes.Length)));
        ShmemMachine.SwapOut();
        Assert.That(ShmemMachine.Shmem(), Is.Zero);
        m.Run(() => Assert.That(mm_swapfile_c.swapoff(linux_blkdev_h.blkdev_get_no(0)), Is.Zero));
        Assert.That((ShmemMachine.Shmem(), ShmemMachine.Swapped()), Is.EqualTo((650L, 0L)));
        Assert.That((f.Read(0, bytes.Length), g.Read(1 << 20, bytes.Length)), Is.EqualTo((bytes, bytes)));
        Assert.That(UserMemory.Read(a, at + (49 * 4096)), Is.EqualTo(50));
        m.Run(() => Assert.That(mm_swapfile_c.swapon(linux_blkdev_h.blkdev_get_no(0), 0), Is.Zero));
    }

    [Test]
    public void A_page_that_cannot_be_read_is_an_error_until_it_is_truncated()
    {
        using var m = new ShmemMachine();
        user_task a = ShmemMachine.Task("a");
        var f = new UserFile(a, "/tmp/f");
        Assert.That(f.Write(0, Random(20 * 4096)), Is.EqualTo(20 * 4096));
        ShmemMachine.SwapOut();
        host_swap.swap_disk!.Errors.FailSectors(DiskOperation.Read, 0, 64UL << 11);
        Assert.That(f.TryRead(3 * 4096), Is.EqualTo(-EIO));
        host_swap.swap_disk!.Errors.Clear();
        Assert.That((f.TryRead(3 * 4096), f.TryRead(19 * 4096)), Is.EqualTo(((long)-EIO, 1L)));
        user_task b = ShmemMachine.Task("b");
        ulong at = new UserFile(b, "/tmp/f").Map(20);
        Assert.That(UserMemory.Read(b, at + (19 * 4096)), Is.EqualTo(f.Read(19 * 4096, 1)[0]));
        Assert.That(UserMemory.Read(b, at + (3 * 4096)), Is.EqualTo(-EINTR), "of SIGBUS");
        // Written anew it is a page like any other.
        Assert.That(f.Truncate(3 * 4096), Is.Zero);
        Assert.That(f.Write(3 * 4096, [9]), Is.EqualTo(1));
        Assert.That((f.Read(3 * 4096, 1), f.Pages()), Is.EqualTo((new byte[] { 9 }, 4UL)));
    }

    [Test]
    public void Reserved_pages_are_cleared_on_their_way_to_swap()
    {
        using var m = new ShmemMachine();
        var f = new UserFile(ShmemMachine.Task("a"), "/tmp/f");
        Assert.That(f.Reserve(0, 64 * 4096), Is.Zero);
        ShmemMachine.SwapOut();
        Assert.That((ShmemMachine.Shmem(), f.Pages()), Is.EqualTo((0L, 64UL)));
        Assert.That(f.Read(0, 64 * 4096), Has.Length.EqualTo(64 * 4096).And.All.Zero);
    }

    [Test]
    public void A_mount_without_swap_keeps_its_pages()
    {
        using var m = new ShmemMachine();
        CgroupMachine.Ok(ShmemMachine.Mount("/tmp/n", "noswap"));
        user_task a = ShmemMachine.Task("a");
        var f = new UserFile(a, "/tmp/n/f");
        byte[] bytes = Random(100 * 4096);
        Assert.That(f.Write(0, bytes), Is.EqualTo(bytes.Length));
        ShmemMachine.SwapOut();
        Assert.That(ShmemMachine.Shmem(), Is.EqualTo(100));
        Assert.That(CgroupMachine.Key("/A/memory.stat", "unevictable"), Is.EqualTo(100 * 4096));
        Assert.That(f.Read(0, bytes.Length), Is.EqualTo(bytes));
    }

    [Test]
    public void Locked_pages_stay()
    {
        using var m = new ShmemMachine();
        user_task a = ShmemMachine.Task("a");
        ulong at = UserFile.MapShared(a, 40);
        UserMemory.Fill(a, at, 40, 1);
        Assert.That(UserMemory.Syscall(a, () => mm_mlock_c.sys_mlock(at, 30 * 4096)), Is.Zero);
        ShmemMachine.SwapOut();
        Assert.That(ShmemMachine.Shmem(), Is.EqualTo(30));
        Assert.That(UserMemory.Read(a, at + (39 * 4096)), Is.EqualTo(40));
    }

    [Test]
    public void How_much_of_a_mapping_is_in_swap_is_known()
    {
        using var m = new ShmemMachine();
        user_task a = ShmemMachine.Task("a");
        var f = new UserFile(a, "/tmp/f");
        Assert.That(f.Write(0, Random(40 * 4096)), Is.EqualTo(40 * 4096));
        ulong whole = f.Map(40);
        ulong part = f.Map(8, 20 * 4096);
        ShmemMachine.SwapOut();
        Assert.That((Usage(a, whole), Usage(a, part)), Is.EqualTo((40 * 4096UL, 8 * 4096UL)));
        // Its neighbours are read with it, and are not the file's until somebody wants them.
        Assert.That(UserMemory.Read(a, part), Is.EqualTo(Random(40 * 4096)[20 * 4096]));
        Assert.That((Usage(a, whole), Usage(a, part)), Is.EqualTo((39 * 4096UL, 7 * 4096UL)));
    }

    private static ulong Usage(user_task task, ulong address) => (ulong)UserMemory.Syscall(task, () =>
    {
        mm_struct* mm = asm_percpu_h.current->mm;
        linux_mmap_lock_h.mmap_read_lock(mm);
        ulong used = mm_shmem_c.shmem_swap_usage(mm_mmap_c.find_vma(mm, address));
        linux_mmap_lock_h.mmap_read_unlock(mm);
        return (long)used;
    });
}
