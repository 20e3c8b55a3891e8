// SPDX-License-Identifier: GPL-2.0-only
using System.Runtime.InteropServices;
using KMemcg.Kernel.Tests.mm;
using Linux;
using NUnit.Framework;
using static Linux.asm_generic_fcntl_h;
using static Linux.fs_file_c;
using static Linux.fs_open_c;
using static Linux.fs_read_write_c;
using static Linux.fs_userfaultfd_c;
using static Linux.linux_uaccess_h;
using static Linux.uapi_userfaultfd_h;

namespace KMemcg.Kernel.Tests.fs;

/// <summary>A userfaultfd of one task in the hands of another. The file does not block: each test says when it looks.</summary>
internal sealed unsafe class FaultMonitor
{
    public const ulong Page = UserMemory.Page;
    public const ulong Missing = UFFDIO_REGISTER_MODE_MISSING;
    public const ulong Protect = UFFDIO_REGISTER_MODE_WP;
    public const ulong Minor = UFFDIO_REGISTER_MODE_MINOR;

    private readonly ulong scratch;

    public FaultMonitor(user_task watched, user_task handler, ulong features = 0, uint flags = O_NONBLOCK, bool api = true)
    {
        Handler = handler;
        long own = UserMemory.Syscall(watched, () => sys_userfaultfd((int)(flags | O_CLOEXEC)));
        Assert.That(own, Is.GreaterThanOrEqualTo(0), "userfaultfd");
        Descriptor = handler == watched ? (int)own : (int)UserMemory.Syscall(handler, () => sys_pidfd_getfd(watched.pid, (int)own));
        Assert.That(Descriptor, Is.GreaterThanOrEqualTo(0), "pidfd_getfd");
        // The monitor alone holds it: who is watched over does not even know.
        if (handler != watched)
            UserMemory.Syscall(watched, () => sys_close((int)own));

        scratch = UserMemory.Map(handler, 2);
        Source = scratch + Page;
        UserMemory.Fill(handler, scratch, 2, (byte)'u');
        if (api)
            Assert.That(Api(features), Is.Zero, "UFFDIO_API");
    }

    private FaultMonitor(user_task handler, int descriptor)
    {
        Handler = handler;
        Descriptor = descriptor;
        scratch = UserMemory.Map(handler, 2);
        Source = scratch + Page;
        UserMemory.Fill(handler, scratch, 2, (byte)'c');
    }

    public user_task Handler { get; }

    public int Descriptor { get; }

    /// <summary>A page of the handler's that begins with what it was filled with.</summary>
    public ulong Source { get; }

    /// <summary>What the last call answered in its argument.</summary>
    public long Answer { get; private set; }

    /// <summary>The monitor of a child, from the event of its fork.</summary>
    public FaultMonitor Child(uffd_msg fork) => new(Handler, (int)fork.arg.fork.ufd);

    public long Control<T>(uint command, ref T argument)
        where T : unmanaged
    {
        byte[] bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in argument)).ToArray();
        machine.call(Handler, () =>
        {
            user_write(scratch, bytes);
            return 0;
        });
        long result = UserMemory.Syscall(Handler, () => sys_ioctl(Descriptor, command, scratch));
        machine.call(Handler, () =>
        {
            user_read(scratch, bytes);
            return 0;
        });
        argument = MemoryMarshal.Read<T>(bytes);
        return result;
    }

    public long Api(ulong features, ulong api = UFFD_API)
    {
        var argument = new uffdio_api { api = api, features = features };
        long result = Control(UFFDIO_API, ref argument);
        Answer = (long)argument.features;
        return result;
    }

    public long Register(ulong at, ulong pages, ulong mode)
    {
        var argument = new uffdio_register { range = Range(at, pages), mode = mode };
        long result = Control(UFFDIO_REGISTER, ref argument);
        Answer = (long)argument.ioctls;
        return result;
    }

    public long Unregister(ulong at, ulong pages)
    {
        uffdio_range argument = Range(at, pages);
        return Control(UFFDIO_UNREGISTER, ref argument);
    }

    public long Wake(ulong at, ulong pages)
    {
        uffdio_range argument = Range(at, pages);
        return Control(UFFDIO_WAKE, ref argument);
    }

    public long Copy(ulong to, ulong pages = 1, ulong mode = 0, ulong from = 0)
    {
        var argument = new uffdio_copy { dst = to, src = from != 0 ? from : Source, len = pages * Page, mode = mode };
        long result = Control(UFFDIO_COPY, ref argument);
        Answer = argument.copy;
        return result;
    }

    public long Zero(ulong at, ulong pages = 1, ulong mode = 0)
    {
        var argument = new uffdio_zeropage { range = Range(at, pages), mode = mode };
        long result = Control(UFFDIO_ZEROPAGE, ref argument);
        Answer = argument.zeropage;
        return result;
    }

    public long Continue(ulong at, ulong pages = 1, ulong mode = 0)
    {
        var argument = new uffdio_continue { range = Range(at, pages), mode = mode };
        long result = Control(UFFDIO_CONTINUE, ref argument);
        Answer = argument.mapped;
        return result;
    }

    public long Poison(ulong at, ulong pages = 1)
    {
        var argument = new uffdio_poison { range = Range(at, pages) };
        long result = Control(UFFDIO_POISON, ref argument);
        Answer = argument.updated;
        return result;
    }

    public long WriteProtect(ulong at, ulong pages, bool on)
    {
        var argument = new uffdio_writeprotect { range = Range(at, pages), mode = on ? UFFDIO_WRITEPROTECT_MODE_WP : 0 };
        return Control(UFFDIO_WRITEPROTECT, ref argument);
    }

    /// <summary>Reads one message; what read() answered if there is none.</summary>
    public long Read(out uffd_msg message)
    {
        long got = UserMemory.Syscall(Handler, () => sys_read(Descriptor, (byte*)scratch, (ulong)sizeof(uffd_msg)));
        byte[] bytes = new byte[sizeof(uffd_msg)];
        machine.call(Handler, () =>
        {
            user_read(scratch, bytes);
            return 0;
        });
        message = MemoryMarshal.Read<uffd_msg>(bytes);
        return got;
    }

    /// <summary>Lets the machine run and reads the message that must be there then.</summary>
    public uffd_msg Next(byte @event = UFFD_EVENT_PAGEFAULT)
    {
        machine.sleep(1);
        Assert.That(Read(out uffd_msg message), Is.EqualTo(sizeof(uffd_msg)));
        Assert.That(message.@event, Is.EqualTo(@event));
        return message;
    }

    public uint Poll() => (uint)UserMemory.Syscall(Handler, () =>
    {
        pollfd asked = new() { fd = Descriptor, events = (short)uapi_eventpoll_h.EPOLLIN };
        int ready = fs_select_c.do_sys_poll(&asked, 1, 0);
        return ready < 0 ? ready : (ushort)asked.revents;
    });

    public void Close() => Assert.That(UserMemory.Syscall(Handler, () => sys_close(Descriptor)), Is.Zero);

    private static uffdio_range Range(ulong at, ulong pages) => new() { start = at, len = pages * Page };
}

/// <summary>User code of a task that may have to wait for its memory.</summary>
internal sealed class Touch
{
    private readonly machine_request request;

    private Touch(machine_request request) => this.request = request;

    public bool Done => request.done;

    public static Touch Read(user_task t, ulong address) => new(machine.post(t, () => linux_uaccess_h.user_read(address)));

    public static Touch Write(user_task t, ulong address, byte value) => new(machine.post(t, () =>
    {
        linux_uaccess_h.user_write(address, value);
        return 0;
    }));

    public static Touch Call(user_task t, Func<long> call) => new(machine.post(t, () =>
    {
        kernel_entry_c.syscall_enter();
        return kernel_entry_c.syscall_exit(call());
    }));

    /// <summary>What it came to; -EINTR when the task died of it.</summary>
    public long Result()
    {
        machine.sleep(2);
        Assert.That(request.done, Is.True, "it still waits");
        return request.killed ? -linux_errno_h.EINTR : request.result;
    }

    /// <summary>It has not come through yet.</summary>
    public void Waits()
    {
        machine.sleep(2);
        Assert.That(request.done, Is.False, "it did not wait");
    }
}

/// <summary>A task one of whose allocations fails.</summary>
internal static unsafe class FailingTask
{
    /// <summary>The n-th from now on fails, whatever it may wait for.</summary>
    public static void Arm(user_task t, uint n) => machine.call(t, () =>
    {
        mm_failslab_c.failslab_ignore_gfp_reclaim = false;
        mm_fail_page_alloc_c.fail_page_alloc->ignore_gfp_reclaim = false;
        mm_fail_page_alloc_c.fail_page_alloc->ignore_gfp_highmem = false;
        mm_fail_page_alloc_c.fail_page_alloc->min_order = 0;
        asm_percpu_h.current->fail_nth = n;
        return 0;
    });

    /// <summary>None fails any more; whether one did.</summary>
    public static bool Disarm(user_task t) => machine.call(t, () =>
    {
        uint left = asm_percpu_h.current->fail_nth;
        asm_percpu_h.current->fail_nth = 0;
        return left;
    }) == 0;
}
