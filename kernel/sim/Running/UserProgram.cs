// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Sim.Scenarios;
using Linux;
using static Linux.asm_percpu_h;
using static Linux.fs_proc_base_c;
using static Linux.kernel_exit_c;
using static Linux.kernel_sched_core_c;
using static Linux.linux_uaccess_h;
using static Linux.mm_madvise_c;
using static Linux.mm_mlock_c;
using static Linux.mm_mmap_c;
using static Linux.mm_process_vm_access_c;

namespace KMemcg.Sim.Running;

/// <summary>
/// The program that every process of a scenario runs: the one the recordings were made with. It has a few pages of stack and
/// data, and static buffers for reads and writes, in memory of its own, so that what it costs its group is what it did there.
/// </summary>
internal static unsafe class UserProgram
{
    private const ulong Page = 4096;
    private const int StackPages = 3;
    private const int FileBufferPages = 16;
    private const int RemoteBufferPages = 64;
    private const int ServerPages = 2;
    private const ulong ImagePages = StackPages + FileBufferPages + RemoteBufferPages + ServerPages;
    private const ulong Protection = 3; // PROT_READ | PROT_WRITE
    private const ulong MapShared = 1;
    private const ulong MapPrivate = 2;
    private const ulong MapAnonymous = 0x20;
    private const ulong MapNoReserve = 0x4000;

    private static readonly string[] s_advice =
        ["dontneed=4", "free=8", "cold=20", "pageout=21", "populate_read=22", "populate_write=23", "willneed=3"];

    private static ulong s_image;

    /// <summary>The stack: what a call takes by address is put here.</summary>
    public static ulong Stack => s_image;

    /// <summary>Where the program reads files to and writes them from.</summary>
    public static ulong FileBuffer => s_image + (StackPages * Page);

    /// <summary>How much it reads or writes at a time.</summary>
    public static ulong FileBufferBytes => FileBufferPages * Page;

    private static ulong RemoteBuffer => FileBuffer + (FileBufferPages * Page);

    /// <summary>The stack of the thread that answers faults, and behind it the page that it answers with.</summary>
    public static ulong ServerStack => RemoteBuffer + (RemoteBufferPages * Page);

    /// <summary>Gives the machine's first task the program's memory, which all others inherit by fork, and groups their memory controller.</summary>
    public static void Load() => machine.call(null, () =>
    {
        long address = Syscall(() => sys_mmap(0, ImagePages * Page, Protection, MapAnonymous | MapPrivate, null, 0));
        s_image = (ulong)address;
        TouchStack();
        // As the recorded machine's init had done.
        return Syscall(() => cgroupfs.write_file("cgroup.subtree_control", "+memory"));
    });

    /// <summary>Takes the program's memory from the first task again, before the machine is asked what it still holds.</summary>
    public static void Unload() => Init(() => sys_munmap(s_image, ImagePages * Page));

    /// <summary>Runs a system call in the task that is current.</summary>
    public static long Syscall(Func<long> call)
    {
        kernel_entry_c.syscall_enter();
        return kernel_entry_c.syscall_exit(call());
    }

    /// <summary>Runs a system call in the machine's first task, in the root group.</summary>
    public static long Init(Func<long> call) => machine.call(null, () => Syscall(call));

    /// <summary>What any code does: it writes to its stack and data.</summary>
    public static void TouchStack()
    {
        for (ulong i = 0; i < StackPages; i++)
        {
            user_write(s_image + (i * Page), 1);
        }
    }

    /// <summary>What a write begins with: the program sets its buffer.</summary>
    public static void FillFileBuffer(byte value)
    {
        byte* bytes = stackalloc byte[(int)Page];
        new Span<byte>(bytes, (int)Page).Fill(value);
        for (ulong i = 0; i < FileBufferPages; i++)
        {
            user_write(FileBuffer + (i * Page), new ReadOnlySpan<byte>(bytes, (int)Page));
        }
    }

    /// <summary>Ends the task that is current, with status 0.</summary>
    public static string Exit()
    {
        kernel_entry_c.syscall_enter();
        do_group_exit(0);
        return "";
    }

    /// <summary>The operation as code to run in the task; <paramref name="find"/> gives the process of another task's name.</summary>
    public static Func<string> Prepare(TaskProcess process, TaskOperation operation, Func<string, TaskProcess> find)
    {
        IReadOnlyList<string> words = operation.Arguments;
        Func<string> run = operation.Name switch
        {
            "mmap" => () => Map(process, words),
            "read" or "write" => () => Touch(process, words, operation.Name == "write"),
            "munmap" => () => Unmap(process, words[0]),
            "mlock" => () => OnMapping(process, words[0], m => sys_mlock(m.Address, m.Bytes)),
            "munlock" => () => OnMapping(process, words[0], m => sys_munlock(m.Address, m.Bytes)),
            "madvise" => () => Advise(process, words),
            "resident" => () => Resident(process, words[0]),
            "cpu" => () => Errno.Answer(Syscall(() => RunOn(int.Parse(words[0])))),
            "oom_score_adj" => () => Errno.Answer(Syscall(() => __set_oom_adj(current, int.Parse(words[0])))),
            "vmread" or "vmwrite" => PrepareRemote(find(words[0]), words, operation.Name == "vmwrite"),
            _ => FileOperations.Prepare(process, operation),
        };
        return operation.Timed ? () => Timed(run) : () => Started(run);
    }

    private static string Started(Func<string> run)
    {
        TouchStack();
        return run();
    }

    private static string Timed(Func<string> run)
    {
        TouchStack();
        ulong begin = machine.now;
        string answer = run();
        return $"{answer} ms {(machine.now - begin + 500_000) / 1_000_000}";
    }

    private static ulong Bytes(string word) => Size.TryParse(word, out ulong bytes) ? bytes : 0;

    private static Mapping? Find(TaskProcess process, string name) => process.Mappings.Find(m => m.Name == name);

    private static string OnMapping(TaskProcess process, string name, Func<Mapping, long> call) =>
        Find(process, name) is { } mapping ? Errno.Answer(Syscall(() => call(mapping))) : "err EINVAL";

    private static string Map(TaskProcess process, IReadOnlyList<string> words)
    {
        if (words[1] is not ("anon" or "shanon"))
        {
            return FileOperations.Map(process, words);
        }

        ulong bytes = Bytes(words[2]);
        ulong sharing = words[1] == "anon" ? MapPrivate : MapShared;
        long address = Syscall(() => sys_mmap(0, bytes, Protection, MapAnonymous | MapNoReserve | sharing, null, 0));
        if (address is < 0 and > -4096)
        {
            return Errno.Answer(address);
        }

        process.Mappings.Add(new Mapping(words[0], (ulong)address, bytes));
        return "ok";
    }

    private static string Unmap(TaskProcess process, string name)
    {
        int index = process.Mappings.FindIndex(m => m.Name == name);
        if (index < 0)
        {
            return "err EINVAL";
        }

        Mapping mapping = process.Mappings[index];
        long result = Syscall(() => sys_munmap(mapping.Address, mapping.Bytes));
        process.Mappings[index] = process.Mappings[^1];
        process.Mappings.RemoveAt(process.Mappings.Count - 1);
        return Errno.Answer(result);
    }

    private static string Touch(TaskProcess process, IReadOnlyList<string> words, bool write)
    {
        if (Find(process, words[0]) is not { } mapping)
        {
            return "err EINVAL";
        }

        (ulong offset, ulong length) = Range(mapping, words, 1);
        for (ulong i = offset; i < offset + length && i < mapping.Bytes; i += Page)
        {
            if (write)
            {
                user_write(mapping.Address + i, (byte)((i / Page) + 1));
            }
            else
            {
                user_read(mapping.Address + i);
            }
        }

        return "ok";
    }

    private static (ulong Offset, ulong Length) Range(Mapping mapping, IReadOnlyList<string> words, int first)
    {
        ulong offset = words.Count > first ? Bytes(words[first]) : 0;
        return (offset, words.Count > first + 1 ? Bytes(words[first + 1]) : mapping.Bytes - offset);
    }

    private static string Advise(TaskProcess process, IReadOnlyList<string> words)
    {
        if (Find(process, words[0]) is not { } mapping)
        {
            return "err EINVAL";
        }

        (ulong offset, ulong length) = Range(mapping, words, 2);
        string entry = s_advice.First(a => a.StartsWith(words[1] + "=", StringComparison.Ordinal));
        int advice = int.Parse(entry[(words[1].Length + 1)..]);
        return Errno.Answer(Syscall(() => sys_madvise(mapping.Address + offset, length, advice)));
    }

    private static string Resident(TaskProcess process, string name)
    {
        if (Find(process, name) is not { } mapping)
        {
            return "err EINVAL";
        }

        long* counts = stackalloc long[2];
        Syscall(() => count_resident(mapping.Address, mapping.Bytes, &counts[0], &counts[1]));
        return $"ok present {counts[0]} swapped {counts[1]}";
    }

    // CPU_SET leaves out what the mask has no bit for; a mask without bits is EINVAL.
    private static long RunOn(int cpu)
    {
        cpumask mask = default;
        if ((uint)cpu < linux_types_h.NR_CPUS)
        {
            linux_cpumask_h.cpumask_set_cpu(cpu, &mask);
        }

        return sched_setaffinity(current, &mask);
    }

    private static Func<string> PrepareRemote(TaskProcess other, IReadOnlyList<string> words, bool write)
    {
        if (!other.IsAlive() || Find(other, words[1]) is not { } mapping)
        {
            throw new ScenarioFailure($"no mapping {words[1]}");
        }

        (ulong offset, ulong length) = Range(mapping, words, 2);
        return () => CopyRemote(other.Task.pid, mapping.Address + offset, length, write);
    }

    // In pieces of the buffer's size, as the recorder did.
    private static string CopyRemote(int pid, ulong address, ulong length, bool write)
    {
        for (ulong done = 0; done < length;)
        {
            ulong part = Math.Min(length - done, RemoteBufferPages * Page);
            ulong at = address + done;
            long copied = Syscall(() =>
            {
                iovec local = new() { iov_base = (void*)RemoteBuffer, iov_len = part };
                iovec remote = new() { iov_base = (void*)at, iov_len = part };
                return write
                    ? sys_process_vm_writev(pid, &local, 1, &remote, 1, 0)
                    : sys_process_vm_readv(pid, &local, 1, &remote, 1, 0);
            });
            if (copied <= 0)
            {
                return Errno.Answer(copied == 0 ? -linux_errno_h.EFAULT : copied);
            }

            done += (ulong)copied;
        }

        return "ok";
    }
}
