// SPDX-License-Identifier: GPL-2.0-only
using System.Runtime.InteropServices;
using Linux;
using static Linux.fs_file_c;
using static Linux.fs_open_c;
using static Linux.fs_read_write_c;
using static Linux.fs_userfaultfd_c;
using static Linux.linux_uaccess_h;
using static Linux.uapi_userfaultfd_h;

namespace KMemcg.Sim.Running;

/// <summary>
/// A thread of one process that answers another's page faults, as the recorder's did: the other makes the userfaultfd, the
/// server takes a number of its own for it.
/// </summary>
internal static unsafe class FaultServer
{
    private const ulong Page = 4096;

    /// <summary>Registers a mapping of <paramref name="watched"/> and has a new thread of <paramref name="server"/> serve it.</summary>
    public static string Start(TaskProcess server, TaskProcess watched, string mapping)
    {
        if (!watched.IsAlive() || watched.Mappings.Find(m => m.Name == mapping) is not { } area)
        {
            throw new ScenarioFailure($"no mapping {mapping}");
        }

        long descriptor = -1;
        watched.Run(() =>
        {
            UserProgram.TouchStack();
            descriptor = Register(area);
            return "";
        });
        if (descriptor < 0)
        {
            throw new ScenarioFailure($"uffd: {Errno.Answer(descriptor)}");
        }

        long taken = -1;
        string answer = server.Run(() =>
        {
            UserProgram.TouchStack();
            taken = UserProgram.Syscall(() => sys_pidfd_getfd(watched.Task.pid, (int)descriptor));
            return Errno.Answer(taken);
        });
        if (taken >= 0)
        {
            machine.post(machine.spawn_thread(server.Name, server.Task), () => Serve((int)taken));
        }

        return answer;
    }

    private static long Register(Mapping area)
    {
        long descriptor = UserProgram.Syscall(() => sys_userfaultfd((int)asm_generic_fcntl_h.O_CLOEXEC));
        if (descriptor < 0)
        {
            return descriptor;
        }

        long result = Control((int)descriptor, UFFDIO_API, new uffdio_api { api = UFFD_API });
        if (result == 0)
        {
            result = Control((int)descriptor, UFFDIO_REGISTER, new uffdio_register
            {
                range = new uffdio_range { start = area.Address, len = area.Bytes },
                mode = UFFDIO_REGISTER_MODE_MISSING,
            });
        }

        return result == 0 ? descriptor : result;
    }

    // The argument is on the program's stack, where the kernel reads it and answers.
    private static long Control<T>(int descriptor, uint command, T argument, ulong stack = 0)
        where T : unmanaged
    {
        ulong at = stack == 0 ? UserProgram.Stack : stack;
        user_write(at, MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in argument)));
        return UserProgram.Syscall(() => sys_ioctl(descriptor, command, at));
    }

    private static long Serve(int descriptor)
    {
        ulong message = UserProgram.ServerStack;
        ulong page = UserProgram.ServerStack + Page;
        Span<byte> contents = stackalloc byte[(int)Page];
        contents.Fill((byte)'u');
        user_write(page, contents);
        for (; ; )
        {
            long got = UserProgram.Syscall(() => sys_read(descriptor, (byte*)message, (ulong)sizeof(uffd_msg)));
            if (got != sizeof(uffd_msg))
            {
                return got;
            }

            uffd_msg read = default;
            user_read(message, MemoryMarshal.AsBytes(new Span<uffd_msg>(ref read)));
            if (read.@event != UFFD_EVENT_PAGEFAULT)
            {
                continue;
            }

            var copy = new uffdio_copy { dst = read.arg.pagefault.address & ~(Page - 1), src = page, len = Page };
            Control(descriptor, UFFDIO_COPY, copy, message + (ulong)sizeof(uffd_msg));
        }
    }
}
