// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Sim.Scenarios;
using Linux;
using static Linux.fs_file_c;
using static Linux.fs_file_table_c;
using static Linux.fs_open_c;
using static Linux.fs_read_write_c;
using static Linux.fs_sync_c;
using static Linux.mm_mmap_c;

namespace KMemcg.Sim.Running;

/// <summary>The operations of a task that work on files.</summary>
internal static unsafe class FileOperations
{
    private const ulong Protection = 3; // PROT_READ | PROT_WRITE
    private const ulong MapShared = 1;
    private const ulong MapPrivate = 2;
    private const ushort Mode = 0x180; // 0600

    /// <summary>The operation as code to run in the task.</summary>
    public static Func<string> Prepare(TaskProcess process, TaskOperation operation)
    {
        IReadOnlyList<string> words = operation.Arguments;
        return operation.Name switch
        {
            "open" => () => Open(process, words),
            "watch" => () => Watch(process, words),
            "close" => () => Close(process, words[0]),
            "unlink" => () => Errno.Answer(UserProgram.Syscall(() => sys_unlink(words[0]))),
            "pread" or "pwrite" => () => Transfer(process, words, operation.Name == "pwrite"),
            "fsync" => () => OnFile(process, words[0], file => sys_fsync(file.Descriptor)),
            "ftruncate" => () => OnFile(process, words[0], file => sys_ftruncate(file.Descriptor, (long)Bytes(words[1]))),
            "fadvise" => () => OnFile(process, words[0], file => sys_fadvise64(file.Descriptor, 0, 0, Advice(words[1]))),
            _ => () => "err ENOSYS",
        };
    }

    /// <summary>Maps a file.</summary>
    public static string Map(TaskProcess process, IReadOnlyList<string> words)
    {
        if (words.Count < 5 || Find(process, words[1]) is not { } file)
        {
            return "err EBADF";
        }

        ulong bytes = Bytes(words[3]);
        ulong sharing = words[4] == "shared" ? MapShared : MapPrivate;
        long address = UserProgram.Syscall(() =>
        {
            var mapped = fget(file.Descriptor);
            long result = sys_mmap(0, bytes, Protection, sharing, mapped, Bytes(words[2]));
            if (mapped != null)
            {
                fput(mapped);
            }

            return result;
        });
        if (address is < 0 and > -4096)
        {
            return Errno.Answer(address);
        }

        process.Mappings.Add(new Mapping(words[0], (ulong)address, bytes));
        return "ok";
    }

    private static ulong Bytes(string word) => Size.TryParse(word, out ulong bytes) ? bytes : 0;

    private static int Advice(string word) =>
        word == "dontneed" ? mm_fadvise_c.POSIX_FADV_DONTNEED : mm_fadvise_c.POSIX_FADV_NORMAL;

    private static OpenFile? Find(TaskProcess process, string name) => process.Files.Find(f => f.Name == name);

    private static string OnFile(TaskProcess process, string name, Func<OpenFile, long> call) =>
        Find(process, name) is { } file ? Errno.Answer(UserProgram.Syscall(() => call(file))) : "err EBADF";

    private static string Open(TaskProcess process, IReadOnlyList<string> words)
    {
        uint flags = asm_generic_fcntl_h.O_RDWR;
        foreach (string word in words.Skip(2))
        {
            flags |= word switch
            {
                "create" => asm_generic_fcntl_h.O_CREAT,
                "trunc" => asm_generic_fcntl_h.O_TRUNC,
                "direct" => asm_generic_fcntl_h.O_DIRECT,
                _ => 0,
            };
        }

        long descriptor = UserProgram.Syscall(() => sys_open(words[1], flags, Mode));
        if (descriptor < 0)
        {
            return Errno.Answer(descriptor);
        }

        process.Files.Add(new OpenFile(words[0], (int)descriptor));
        return "ok";
    }

    // An inotify instance of its own for each: what happens to the file waits in its queue, and nobody reads it.
    private static string Watch(TaskProcess process, IReadOnlyList<string> words)
    {
        long descriptor = UserProgram.Syscall(() => fs_notify_inotify_user_c.sys_inotify_init1(0));
        if (descriptor < 0)
        {
            return Errno.Answer(descriptor);
        }

        process.Files.Add(new OpenFile(words[0], (int)descriptor));
        long watch = UserProgram.Syscall(() => fs_notify_inotify_user_c.sys_inotify_add_watch(
            (int)descriptor, words[1], uapi_inotify_h.IN_ALL_EVENTS));
        return Errno.Answer(Math.Min(watch, 0));
    }

    private static string Close(TaskProcess process, string name)
    {
        int index = process.Files.FindIndex(f => f.Name == name);
        if (index < 0)
        {
            return "err EBADF";
        }

        int descriptor = process.Files[index].Descriptor;
        long result = UserProgram.Syscall(() => sys_close(descriptor));
        process.Files[index] = process.Files[^1];
        process.Files.RemoveAt(process.Files.Count - 1);
        return Errno.Answer(result);
    }

    // In pieces of the program's buffer. What is written is the same everywhere; a read stops at the end of the file.
    private static string Transfer(TaskProcess process, IReadOnlyList<string> words, bool write)
    {
        if (Find(process, words[0]) is not { } file)
        {
            return "err EBADF";
        }

        ulong offset = Bytes(words[1]);
        ulong length = Bytes(words[2]);
        if (write)
        {
            UserProgram.FillFileBuffer((byte)'w');
        }

        for (ulong done = 0; done < length;)
        {
            ulong part = Math.Min(length - done, UserProgram.FileBufferBytes);
            long at = (long)(offset + done);
            long moved = UserProgram.Syscall(() => write
                ? sys_pwrite64(file.Descriptor, (byte*)UserProgram.FileBuffer, part, at)
                : sys_pread64(file.Descriptor, (byte*)UserProgram.FileBuffer, part, at));
            if (moved < 0)
            {
                return Errno.Answer(moved);
            }

            if (moved == 0)
            {
                break;
            }

            done += (ulong)moved;
        }

        return "ok";
    }
}
