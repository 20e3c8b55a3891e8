// SPDX-License-Identifier: GPL-2.0-only
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using KMemcg.Kernel.Tests.cgroup;
using KMemcg.Kernel.Tests.mm;
using Linux;
using NUnit.Framework;
using static Linux.asm_generic_fcntl_h;
using static Linux.fs_notify_fanotify_user_c;
using static Linux.fs_notify_inotify_user_c;
using static Linux.fs_open_c;
using static Linux.fs_read_write_c;
using static Linux.linux_errno_h;
using static Linux.linux_fsnotify_backend_h;
using static Linux.uapi_inotify_h;

namespace KMemcg.Kernel.Tests.fs.notify;

/// <summary>Events of files: who is told, in which order, and who pays for the queue.</summary>
[TestFixture]
internal sealed unsafe class NotifyTests
{
    private const uint FanUnlimitedQueue = 0x10;
    private const string File = "/tmp/f";

    private CgroupMachine m = null!;
    private user_task listener = null!;
    private user_task actor = null!;
    private ulong buffer;
    private ulong written;

    [SetUp]
    public void Boot()
    {
        m = new CgroupMachine();
        CgroupMachine.Ok(CgroupMachine.Write("/cgroup.subtree_control", "+memory"), CgroupMachine.Mkdir("/L"), CgroupMachine.Mkdir("/A"));
        listener = CgroupMachine.Task("l", "/L");
        actor = CgroupMachine.Task("a", "/A");
        buffer = UserMemory.Map(listener, 4);
        UserMemory.Fill(listener, buffer, 4, 0);
        written = UserMemory.Map(actor, 1);
        UserMemory.Write(actor, written, 1);
    }

    [TearDown]
    public void Off() => m.Dispose();

    private int Open(uint flags = O_RDWR | O_CREAT)
    {
        long fd = UserMemory.Syscall(actor, () => sys_open(File, flags, 0x180));
        Assert.That(fd, Is.GreaterThanOrEqualTo(0));
        return (int)fd;
    }

    private void Write(int fd) => Assert.That(UserMemory.Syscall(actor, () => sys_pwrite64(fd, (byte*)written, 1, 0)), Is.EqualTo(1));

    private void Close(int fd) => Assert.That(UserMemory.Syscall(actor, () => sys_close(fd)), Is.Zero);

    private void Unlink() => Assert.That(UserMemory.Syscall(actor, () => sys_unlink(File)), Is.Zero);

    private int Inotify()
    {
        long fd = UserMemory.Syscall(listener, () => sys_inotify_init1(O_NONBLOCK));
        Assert.That(fd, Is.GreaterThanOrEqualTo(0));
        return (int)fd;
    }

    private long Watch(int fd, string path, uint mask = IN_ALL_EVENTS) => UserMemory.Syscall(listener, () => sys_inotify_add_watch(fd, path, mask));

    private byte[] ReadBytes(int fd, ulong count = 4096)
    {
        long got = UserMemory.Syscall(listener, () => sys_read(fd, (byte*)buffer, count));
        if (got == -EAGAIN)
            return [];
        Assert.That(got, Is.GreaterThan(0));
        byte[] bytes = new byte[got];
        machine.call(listener, () =>
        {
            linux_uaccess_h.user_read(buffer, bytes);
            return 0;
        });
        return bytes;
    }

    /// <summary>What is in the queue: watch, events, name.</summary>
    private List<(int Wd, uint Mask, string Name)> Events(int fd)
    {
        var events = new List<(int, uint, string)>();
        for (byte[] bytes = ReadBytes(fd); bytes.Length != 0; bytes = ReadBytes(fd))
        {
            for (int at = 0; at < bytes.Length;)
            {
                inotify_event e = MemoryMarshal.Read<inotify_event>(bytes.AsSpan(at));
                string name = Encoding.UTF8.GetString(bytes, at + sizeof(inotify_event), (int)e.len).TrimEnd('\0');
                events.Add((e.wd, e.mask, name));
                at += sizeof(inotify_event) + (int)e.len;
            }
        }

        return events;
    }

    private static long Bytes(string file) => long.Parse(CgroupMachine.Read(file).Trim(), CultureInfo.InvariantCulture);

    private static long Slab(string group)
    {
        UserMemory.Drain();
        return CgroupMachine.Key(group + "/memory.stat", "slab_unreclaimable");
    }

    [Test]
    public void A_directory_hears_of_its_files_by_name()
    {
        int fd = Inotify();
        long wd = Watch(fd, "/tmp");
        int file = Open();
        Write(file);
        Write(file);
        Close(file);
        Unlink();
        Assert.That(Events(fd), Is.EqualTo(new[]
        {
            ((int)wd, FS_CREATE, "f"),
            ((int)wd, FS_OPEN, "f"),
            ((int)wd, FS_MODIFY, "f"),
            ((int)wd, FS_CLOSE_WRITE, "f"),
            ((int)wd, FS_DELETE, "f"),
        }));
    }

    [Test]
    public void A_file_hears_of_itself_and_then_no_more()
    {
        Close(Open());
        int fd = Inotify();
        long wd = Watch(fd, File);
        Close(Open(O_RDONLY));
        Unlink();
        Assert.That(Events(fd), Is.EqualTo(new[]
        {
            ((int)wd, FS_OPEN, ""),
            ((int)wd, FS_CLOSE_NOWRITE, ""),
            ((int)wd, FS_ATTRIB, ""),
            ((int)wd, FS_DELETE_SELF, ""),
            ((int)wd, FS_IN_IGNORED, ""),
        }));
        Assert.That(UserMemory.Syscall(listener, () => sys_inotify_rm_watch(fd, (int)wd)), Is.EqualTo(-EINVAL));
    }

    [Test]
    public void Watches_are_changed_and_removed()
    {
        Close(Open());
        int fd = Inotify();
        Assert.That(Watch(fd, "/tmp/none"), Is.EqualTo(-ENOENT));
        Assert.That(Watch(fd, File, 0), Is.EqualTo(-EINVAL));
        Assert.That(Watch(fd, File, IN_ALL_EVENTS | IN_ONLYDIR), Is.EqualTo(-ENOTDIR));
        Assert.That(Watch(fd, File, FS_OPEN | IN_MASK_ADD | IN_MASK_CREATE), Is.EqualTo(-EINVAL));
        long wd = Watch(fd, File, FS_OPEN);
        Assert.That(Watch(fd, File, FS_OPEN | IN_MASK_CREATE), Is.EqualTo(-EEXIST));
        Assert.That(Watch(fd, File, FS_MODIFY | IN_MASK_ADD), Is.EqualTo(wd));
        int file = Open();
        Write(file);
        Close(file);
        Assert.That(Events(fd).Select(e => e.Mask), Is.EqualTo(new[] { FS_OPEN, FS_MODIFY }));
        Assert.That(Watch(fd, File, FS_CLOSE_WRITE | IN_ONESHOT), Is.EqualTo(wd));
        Close(Open());
        Close(Open());
        Assert.That(Events(fd).Select(e => e.Mask), Is.EqualTo(new[] { FS_CLOSE_WRITE, FS_IN_IGNORED }));
        long second = Watch(fd, File, FS_OPEN);
        Assert.That(second, Is.GreaterThan(wd));
        Assert.That(UserMemory.Syscall(listener, () => sys_inotify_rm_watch(fd, (int)second)), Is.Zero);
        Assert.That(Events(fd).Select(e => e.Mask), Is.EqualTo(new[] { FS_IN_IGNORED }));
        Unlink();
    }

    [Test]
    public void A_full_queue_says_once_that_it_lost_something()
    {
        machine.run(() => inotify_max_queued_events = 4);
        Close(Open());
        int fd = Inotify();
        Watch(fd, File, FS_OPEN | FS_CLOSE_WRITE);
        for (int i = 0; i < 5; i++)
            Close(Open());
        Assert.That(Events(fd).Select(e => e.Mask), Is.EqualTo(new[] { FS_OPEN, FS_CLOSE_WRITE, FS_OPEN, FS_CLOSE_WRITE, FS_Q_OVERFLOW }));
        Close(Open());
        Assert.That(Events(fd).Count, Is.EqualTo(2));
        Unlink();
    }

    [Test]
    public void Unmounting_is_told_and_not_prevented()
    {
        machine.run(() => Assert.That(fs_namespace_c.do_mount("tmpfs", "/x", null), Is.Zero));
        int fd = Inotify();
        long wd = Watch(fd, "/x");
        machine.run(() => Assert.That(fs_namespace_c.do_umount("/x"), Is.Zero));
        Assert.That(Events(fd), Is.EqualTo(new[] { ((int)wd, FS_UNMOUNT | FS_ISDIR, ""), ((int)wd, FS_IN_IGNORED, "") }));
    }

    [Test]
    public void A_reader_sleeps_until_something_happens()
    {
        Close(Open());
        long fd = UserMemory.Syscall(listener, () => sys_inotify_init1(0));
        Watch((int)fd, File, FS_OPEN);
        Touch read = Touch.Call(listener, () => sys_read((int)fd, (byte*)buffer, 4096));
        read.Waits();
        Close(Open());
        Assert.That(read.Result(), Is.EqualTo(sizeof(inotify_event)));
        Unlink();
    }

    [Test]
    public void Events_are_charged_to_who_listens()
    {
        Close(Open());
        int fd = Inotify();
        Watch(fd, "/tmp", FS_OPEN | FS_CLOSE_WRITE);
        long l = Slab("/L"), a = Slab("/A");
        OpenAndClose(1000);
        // 34 bytes and the name: objects of 64.
        Assert.That(Slab("/L") - l, Is.InRange(2000 * 64, 2000 * 64 * 5 / 4));
        Assert.That(Slab("/A") - a, Is.LessThan(32 << 10));
        Assert.That(Events(fd).Count, Is.EqualTo(2000));
        Assert.That(Slab("/L") - l, Is.LessThan(64 << 10));
        Unlink();
    }

    /// <summary>The group has no more than it has now, and no CPU keeps any of it at hand.</summary>
    private static void Full(string group)
    {
        UserMemory.Drain();
        Assert.That(CgroupMachine.Write(group + "/memory.high", "0"), Is.GreaterThanOrEqualTo(0));
        Assert.That(CgroupMachine.Write(group + "/memory.high", "max"), Is.GreaterThanOrEqualTo(0));
        Assert.That(CgroupMachine.Write(group + "/memory.max", CgroupMachine.Read(group + "/memory.current").Trim()), Is.GreaterThanOrEqualTo(0));
    }

    private void OpenAndClose(int times)
    {
        for (int i = 0; i < times; i++)
            Close(Open());
    }

    // fanotify merges what one task does to one file: each time it is another that does it.
    private void OpenAndCloseAsMany(int times)
    {
        for (int i = 0; i < times; i++)
        {
            int one = i;
            machine.call(actor, () => asm_percpu_h.current->tgid = 100_000 + one);
            Close(Open());
        }

        machine.call(actor, () => asm_percpu_h.current->tgid = actor.pid);
    }

    [Test]
    public void At_the_listeners_limit_events_are_lost_and_nobody_is_killed([Values] bool fanotify)
    {
        Close(Open());
        int fd = fanotify ? (int)UserMemory.Syscall(listener, () => sys_fanotify_init(FAN_NONBLOCK, O_RDONLY)) : Inotify();
        if (fanotify)
            Assert.That(UserMemory.Syscall(listener, () => sys_fanotify_mark(fd, FAN_MARK_ADD, FS_OPEN | FS_CLOSE_WRITE, File)), Is.Zero);
        else
            Watch(fd, "/tmp", FS_OPEN | FS_CLOSE_WRITE);
        Full("/L");
        if (fanotify)
            OpenAndCloseAsMany(100);
        else
            OpenAndClose(100);
        Assert.That(CgroupMachine.Key("/L/memory.events", "max"), Is.GreaterThan(0));
        Assert.That(CgroupMachine.Key("/L/memory.events", "oom"), Is.Zero);
        Assert.That(CgroupMachine.Key("/A/memory.events", "max"), Is.Zero);
        Assert.That(listener.alive && actor.alive, Is.True);
        Assert.That(Bytes("/L/memory.current"), Is.LessThanOrEqualTo(Bytes("/L/memory.max")));
        Assert.That(CgroupMachine.Write("/L/memory.max", "max"), Is.GreaterThanOrEqualTo(0));
        if (!fanotify)
        {
            List<(int Wd, uint Mask, string Name)> events = Events(fd);
            Assert.That(events.Count, Is.LessThan(200));
            Assert.That(events.Count(e => e.Mask == FS_Q_OVERFLOW), Is.EqualTo(1));
        }

        Unlink();
    }

    [Test]
    public void A_queue_without_a_limit_loses_nothing_whatever_it_costs_the_listener([Values] bool killable)
    {
        Close(Open());
        int fd = (int)UserMemory.Syscall(listener, () => sys_fanotify_init(FAN_NONBLOCK | FanUnlimitedQueue, O_RDONLY));
        Assert.That(UserMemory.Syscall(listener, () => sys_fanotify_mark(fd, FAN_MARK_ADD, FS_OPEN | FS_CLOSE_WRITE, File)), Is.Zero);
        if (!killable)
            Assert.That(UserMemory.Syscall(listener, () => fs_proc_base_c.__set_oom_adj(asm_percpu_h.current, -1000)), Is.Zero);
        Full("/L");
        OpenAndCloseAsMany(100);
        Assert.That(actor.alive, Is.True);
        if (killable)
        {
            Assert.That(CgroupMachine.Key("/L/memory.events", "oom_kill"), Is.EqualTo(1));
            Assert.That(listener.alive, Is.False);
        }
        else
        {
            Assert.That(Bytes("/L/memory.current"), Is.GreaterThan(Bytes("/L/memory.max")), "charged over the limit");
            Assert.That(listener.alive, Is.True);
        }

        Unlink();
    }

    [Test]
    public void fanotify_opens_the_file_for_who_listens_and_merges_by_file_and_task()
    {
        int file = Open();
        Write(file);
        int fd = (int)UserMemory.Syscall(listener, () => sys_fanotify_init(FAN_NONBLOCK, O_RDONLY));
        Assert.That(UserMemory.Syscall(listener, () => sys_fanotify_mark(fd, FAN_MARK_ADD, FS_OPEN | FS_MODIFY | FS_EVENT_ON_CHILD, "/tmp")), Is.Zero);
        Write(file);
        Close(Open(O_RDONLY));
        fanotify_event_metadata e = MemoryMarshal.Read<fanotify_event_metadata>(ReadBytes(fd));
        Assert.That(e.mask, Is.EqualTo((ulong)(FS_OPEN | FS_MODIFY)));
        Assert.That(e.pid, Is.EqualTo(actor.pid));
        Assert.That(e.fd, Is.GreaterThanOrEqualTo(0));
        Assert.That(UserMemory.Syscall(listener, () => sys_pread64(e.fd, (byte*)buffer, 1, 0)), Is.EqualTo(1));
        Assert.That(UserMemory.Read(listener, buffer), Is.EqualTo(1));
        Assert.That(UserMemory.Syscall(listener, () => sys_close(e.fd)), Is.Zero);
        // Reading it was no event.
        Assert.That(ReadBytes(fd), Is.Empty);
        Assert.That(UserMemory.Syscall(listener, () => sys_fanotify_mark(fd, FAN_MARK_REMOVE, FS_OPEN | FS_MODIFY, "/tmp")), Is.Zero);
        Write(file);
        Assert.That(ReadBytes(fd), Is.Empty);
        Assert.That(UserMemory.Syscall(listener, () => sys_fanotify_mark(fd, FAN_MARK_REMOVE, FS_OPEN, "/tmp")), Is.EqualTo(-ENOENT));
        Close(file);
        Unlink();
    }
}
