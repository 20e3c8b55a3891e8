// SPDX-License-Identifier: GPL-2.0-only
using System.Globalization;
using Linux;
using NUnit.Framework;

namespace KMemcg.Kernel.Tests.cgroup;

/// <summary>A machine whose init makes and reads groups, for one test.</summary>
internal sealed class CgroupMachine : IDisposable
{
    private readonly TestMachine test;

    public CgroupMachine(int cpus = 2, ulong ram = 256UL << 20, ulong seed = 1)
    {
        test = TestMachine.Boot(ram, cpus, seed);
    }

    public void Dispose() => test.Dispose();

    /// <summary>A system call of a task, or of init.</summary>
    public static long Syscall(Func<long> call, user_task? task = null) => machine.call(task, () =>
    {
        kernel_entry_c.syscall_enter();
        return kernel_entry_c.syscall_exit(call());
    });

    public static long Mkdir(string path) => Syscall(() => cgroupfs.mkdir(path));

    public static long Rmdir(string path) => Syscall(() => cgroupfs.rmdir(path));

    public static long Write(string path, string value) => Syscall(() => cgroupfs.write_file(path, value));

    /// <summary>The text of a file; a failure shows as "-errno".</summary>
    public static string Read(string path)
    {
        string text = "";
        long rc = Syscall(() => cgroupfs.read_file(path, out text));
        return rc < 0 ? rc.ToString(CultureInfo.InvariantCulture) : text;
    }

    /// <summary>The value of a key of a flat-keyed file.</summary>
    public static long Key(string path, string key)
    {
        foreach (string line in Read(path).Split('\n'))
        {
            string[] word = line.Split(' ');
            if (word[0] == key)
                return long.Parse(word[1], CultureInfo.InvariantCulture);
        }
        throw new AssertionException($"{path} has no {key}: {Read(path)}");
    }

    public static List<string> List(string path)
    {
        var names = new List<string>();
        Assert.That(Syscall(() => cgroupfs.list(path, names)), Is.Zero);
        return names;
    }

    /// <summary>The processes of a group, in ascending order.</summary>
    public static int[] Procs(string path) => [.. Read(path + "/cgroup.procs").Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(l => int.Parse(l, CultureInfo.InvariantCulture)).Order()];

    public static user_task Task(string name, string group)
    {
        user_task t = machine.spawn(name);
        Assert.That(Move(t, group), Is.Zero);
        return t;
    }

    public static long Move(user_task t, string group) => Write(group + "/cgroup.procs", t.pid.ToString(CultureInfo.InvariantCulture));

    /// <summary>Grace periods end and queued work is done.</summary>
    public static void Settle() => machine.sleep(500);

    /// <summary>All of it worked.</summary>
    public static void Ok(params long[] results) => Assert.That(results, Has.All.Zero);
}
