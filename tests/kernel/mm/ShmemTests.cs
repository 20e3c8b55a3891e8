// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Kernel.Tests.cgroup;
using Linux;
using NUnit.Framework;
using static Linux.linux_errno_h;

namespace KMemcg.Kernel.Tests.mm;

/// <summary>Files on tmpfs: contents, holes, sizes, and who pays.</summary>
[TestFixture]
internal sealed unsafe class ShmemTests
{
    private static byte[] Random(int length, int seed = 7)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    [Test]
    public void Layouts_are_the_kernels()
    {
        StructLayout.Matches<shmem_inode_info>();
        StructLayout.Matches<shmem_sb_info>();
    }

    [Test]
    public void What_was_written_is_read_and_the_writer_pays()
    {
        using var m = new ShmemMachine();
        user_task a = ShmemMachine.Task("a");
        user_task b = ShmemMachine.Task("b", "/B");
        var f = new UserFile(a, "/tmp/f");
        byte[] bytes = Random(300_000);
        Assert.That(f.Write(1234, bytes), Is.EqualTo(bytes.Length));
        var g = new UserFile(b, "/tmp/f");
        Assert.That(g.Read(0, 1234), Has.All.Zero);
        Assert.That(g.Read(1234, 400_000), Is.EqualTo(bytes));
        Assert.That((g.Stat().size, g.Pages()), Is.EqualTo((1234L + bytes.Length, 74UL)));
        Assert.That((ShmemMachine.Shmem(), ShmemMachine.Shmem("/B")), Is.EqualTo((74L, 0L)));
        Assert.That(UserFile.Unlink(b, "/tmp/f"), Is.Zero);
        Assert.That(UserFile.Open(b, "/tmp/f", 2), Is.EqualTo(-ENOENT));
        Assert.That((ShmemMachine.Shmem(), f.Read(1234, 5)), Is.EqualTo((74L, bytes[..5])), "it is open still");
        Assert.That((g.Close(), f.Close()), Is.EqualTo((0L, 0L)));
        Assert.That(ShmemMachine.Shmem(), Is.Zero);
    }

    [Test]
    public void A_read_of_a_hole_takes_no_page_and_a_mapped_one_does()
    {
        using var m = new ShmemMachine();
        user_task a = ShmemMachine.Task("a");
        var f = new UserFile(a, "/tmp/f");
        Assert.That(f.Truncate(40 * 4096), Is.Zero);
        Assert.That(f.Read(0, 50 * 4096), Has.Length.EqualTo(40 * 4096).And.All.Zero);
        Assert.That((f.Pages(), ShmemMachine.Shmem()), Is.EqualTo((0UL, 0L)));
        ulong at = f.Map(40);
        Assert.That(UserMemory.Read(a, at + (7 * 4096)), Is.Zero);
        Assert.That((f.Pages(), ShmemMachine.Shmem()), Is.EqualTo((1UL, 1L)));
    }

    [Test]
    public void A_mapping_and_reads_see_the_same_page()
    {
        using var m = new ShmemMachine();
        user_task a = ShmemMachine.Task("a");
        user_task b = ShmemMachine.Task("b", "/B");
        var f = new UserFile(a, "/tmp/f");
        Assert.That(f.Truncate(20 * 4096), Is.Zero);
        ulong at = f.Map(20);
        UserMemory.Fill(a, at, 20, 3);
        ulong other = new UserFile(b, "/tmp/f").Map(10, 10 * 4096);
        Assert.That(UserMemory.Read(b, other + (4 * 4096)), Is.EqualTo(17));
        Assert.That(UserMemory.Frame(b, other + (4 * 4096)), Is.EqualTo(UserMemory.Frame(a, at + (14 * 4096))));
        UserMemory.Write(b, other + (4 * 4096), 99);
        Assert.That(f.Read(14 * 4096, 1), Is.EqualTo(new byte[] { 99 }));
        Assert.That(f.Write(14 * 4096, [55]), Is.EqualTo(1));
        Assert.That((UserMemory.Read(a, at + (14 * 4096)), UserMemory.Read(b, other + (4 * 4096))), Is.EqualTo((55L, 55L)));
        Assert.That((ShmemMachine.Shmem(), ShmemMachine.Shmem("/B")), Is.EqualTo((20L, 0L)));
    }

    [Test]
    public void Truncation_takes_pages_from_mappings_and_touching_them_kills()
    {
        using var m = new ShmemMachine();
        user_task a = ShmemMachine.Task("a");
        var f = new UserFile(a, "/tmp/f");
        Assert.That(f.Truncate(20 * 4096), Is.Zero);
        ulong at = f.Map(20);
        UserMemory.Fill(a, at, 20, 1);
        Assert.That(f.Truncate((4 * 4096) + 10), Is.Zero);
        Assert.That((f.Pages(), ShmemMachine.Shmem()), Is.EqualTo((5UL, 5L)));
        Assert.That(f.Truncate(20 * 4096), Is.Zero);
        Assert.That(f.Read(4 * 4096, 4096)[0], Is.EqualTo(5));
        Assert.That(f.Read(5 * 4096, 15 * 4096), Has.All.Zero);
        Assert.That(UserMemory.Read(a, at + (19 * 4096)), Is.Zero);
        Assert.That(f.Truncate(4096), Is.Zero);
        Assert.That(UserMemory.Write(a, at + (4 * 4096), 1), Is.EqualTo(-EINTR));
        machine.sleep(10);
        Assert.That((a.alive, a.exit_code & 0x7f), Is.EqualTo((false, 7)));
    }

    [Test]
    public void Bytes_behind_the_end_are_zero_when_the_file_grows_again()
    {
        using var m = new ShmemMachine();
        var f = new UserFile(ShmemMachine.Task("a"), "/tmp/f");
        Assert.That(f.Write(0, Random(8192)), Is.EqualTo(8192));
        Assert.That(f.Truncate(5000), Is.Zero);
        Assert.That(f.Truncate(8192), Is.Zero);
        Assert.That(f.Read(5000, 8192), Has.Length.EqualTo(3192).And.All.Zero);
    }

    [Test]
    public void A_private_mapping_has_copies_of_its_own_and_the_copier_pays()
    {
        using var m = new ShmemMachine();
        user_task a = ShmemMachine.Task("a");
        user_task b = ShmemMachine.Task("b", "/B");
        var f = new UserFile(a, "/tmp/f");
        Assert.That(f.Write(0, Random(10 * 4096)), Is.EqualTo(10 * 4096));
        long before = ShmemMachine.Anon("/B");
        var g = new UserFile(b, "/tmp/f");
        ulong at = g.Map(10, 0, false);
        UserMemory.Fill(b, at, 10, 1);
        Assert.That(ShmemMachine.Anon("/B") - before, Is.EqualTo(10));
        Assert.That(f.Read(0, 10 * 4096), Is.EqualTo(Random(10 * 4096)));
        Assert.That(f.Punch(0, 5 * 4096), Is.Zero);
        Assert.That(UserMemory.Read(b, at), Is.EqualTo(1), "a hole leaves copies alone");
        Assert.That(f.Truncate(5 * 4096), Is.Zero);
        Assert.That(ShmemMachine.Anon("/B") - before, Is.EqualTo(5), "truncation does not");
    }

    [Test]
    public void A_hole_is_zero_to_the_byte_and_gives_its_pages_back()
    {
        using var m = new ShmemMachine();
        user_task a = ShmemMachine.Task("a");
        var f = new UserFile(a, "/tmp/f");
        byte[] model = Random(20 * 4096);
        Assert.That(f.Write(0, model), Is.EqualTo(model.Length));
        ulong at = f.Map(20);
        Assert.That(UserMemory.Read(a, at + (4 * 4096)), Is.EqualTo(model[4 * 4096]));
        Assert.That(f.Punch((3 * 4096) + 100, 5 * 4096), Is.Zero);
        model.AsSpan((3 * 4096) + 100, 5 * 4096).Clear();
        Assert.That(f.Read(0, model.Length), Is.EqualTo(model));
        Assert.That((f.Pages(), f.Stat().size, ShmemMachine.Shmem()), Is.EqualTo((16UL, 20 * 4096L, 16L)));
        Assert.That(UserMemory.Read(a, at + (4 * 4096)), Is.Zero);
        Assert.That(f.Punch(100, 50), Is.Zero);
        model.AsSpan(100, 50).Clear();
        Assert.That(f.Read(0, model.Length), Is.EqualTo(model));
    }

    [Test]
    public void Reserved_pages_are_charged_read_as_zeroes_and_do_not_grow_the_file_unless_asked()
    {
        using var m = new ShmemMachine();
        var f = new UserFile(ShmemMachine.Task("a"), "/tmp/f");
        Assert.That(f.Reserve(0, 10 * 4096, 1), Is.Zero);
        Assert.That((f.Stat().size, f.Pages(), ShmemMachine.Shmem()), Is.EqualTo((0L, 10UL, 10L)));
        Assert.That(f.Reserve(0, 10 * 4096), Is.Zero);
        Assert.That((f.Stat().size, f.Pages(), ShmemMachine.Shmem()), Is.EqualTo((10 * 4096L, 10UL, 10L)));
        Assert.That(f.Write(4096 + 5, [1, 2, 3]), Is.EqualTo(3));
        byte[] model = new byte[10 * 4096];
        new byte[] { 1, 2, 3 }.CopyTo(model, 4096 + 5);
        Assert.That(f.Read(0, model.Length), Is.EqualTo(model));
        Assert.That(f.Reserve(0, 1, 4), Is.EqualTo(-EOPNOTSUPP));
    }

    [Test]
    public void Shared_anonymous_memory_is_one_for_parent_and_child_and_goes_with_the_last()
    {
        using var m = new ShmemMachine();
        user_task a = ShmemMachine.Task("a");
        ulong at = UserFile.MapShared(a, 30);
        UserMemory.Fill(a, at, 10, 1);
        user_task b = machine.spawn("b", a);
        CgroupMachine.Ok(CgroupMachine.Move(b, "/B"));
        Assert.That(UserMemory.Read(b, at + 4096), Is.EqualTo(2));
        UserMemory.Fill(b, at, 20, 50);
        Assert.That((UserMemory.Read(a, at), UserMemory.Read(a, at + (19 * 4096))), Is.EqualTo((50L, 69L)));
        Assert.That((ShmemMachine.Shmem(), ShmemMachine.Shmem("/B")), Is.EqualTo((10L, 10L)), "who touches first pays");
        machine.kill(a);
        Assert.That(ShmemMachine.Shmem(), Is.EqualTo(10));
        Assert.That(UserMemory.Read(b, at + 4096), Is.EqualTo(51));
        Assert.That(UserMemory.Unmap(b, at, 30), Is.Zero);
        Assert.That((ShmemMachine.Shmem(), ShmemMachine.Shmem("/B")), Is.EqualTo((0L, 0L)));
    }

    [Test]
    public void A_shared_page_that_another_task_writes_remotely_is_its_owners()
    {
        using var m = new ShmemMachine();
        user_task a = ShmemMachine.Task("a");
        user_task b = ShmemMachine.Task("b", "/B");
        ulong at = UserFile.MapShared(a, 8);
        ulong from = UserMemory.Map(b, 8);
        UserMemory.Fill(b, from, 8, 9);
        Assert.That(UserMemory.Syscall(b, () =>
        {
            iovec l = new() { iov_base = (void*)from, iov_len = 8 * 4096 };
            iovec r = new() { iov_base = (void*)at, iov_len = 8 * 4096 };
            return mm_process_vm_access_c.sys_process_vm_writev(a.pid, &l, 1, &r, 1, 0);
        }), Is.EqualTo(8 * 4096));
        Assert.That(UserMemory.Read(a, at + (3 * 4096)), Is.EqualTo(12));
        Assert.That((ShmemMachine.Shmem(), ShmemMachine.Shmem("/B")), Is.EqualTo((8L, 0L)));
    }
}
