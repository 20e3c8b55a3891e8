// SPDX-License-Identifier: GPL-2.0-only
using System.Globalization;
using Linux;

namespace KMemcg.Bench.Machines;

/// <summary>
/// The machine that is measured: real threads on real CPUs and a real clock, if not said otherwise; the memory controller is on
/// below the root. Loops
/// run in the kernel, as the body of one system call, so that the way in is paid once for many operations.
/// </summary>
internal sealed unsafe class BenchMachine : IDisposable
{
    private readonly user_task[] _tasks;

    public BenchMachine(int cpus = 2, ulong ram = 1UL << 30, ulong swap = 0, bool parallel = true)
    {
        Quiet.Apply();
        machine.boot(new boot_params
        {
            ram = ram,
            swap = swap,
            cpus = cpus,
            parallel = parallel,
            pin = cpus <= Environment.ProcessorCount,
        });
        Write("cgroup.subtree_control", "+memory");
        _tasks = [.. Enumerable.Range(0, cpus).Select(cpu => OnCpu(machine.spawn($"bench{cpu}"), cpu))];
    }

    /// <summary>The task that stays on the first CPU.</summary>
    public user_task Task => _tasks[0];

    /// <summary>A task for each CPU, which stays there.</summary>
    public IReadOnlyList<user_task> Tasks => _tasks;

    /// <summary>Runs kernel code on the first CPU; what it throws is thrown here.</summary>
    public void Run(Action body) => Run(0, body).Wait();

    /// <summary>Starts kernel code on a CPU.</summary>
    public RunningStep Run(int cpu, Action body) => new(machine.post(_tasks[cpu], () =>
    {
        kernel_entry_c.syscall_enter();
        body();
        return kernel_entry_c.syscall_exit(0);
    }));

    /// <summary>Runs user code of the first CPU's task.</summary>
    public void RunUser(Action body) => RunUser(0, body).Wait();

    /// <summary>Runs user code of a task.</summary>
    public static void RunUser(user_task task, Action body) => machine.call(task, () =>
    {
        body();
        return 0;
    });

    /// <summary>Kills a task and waits until it is gone.</summary>
    public static void End(user_task task)
    {
        machine.kill(task);
        while (task.alive)
        {
            machine.sleep(1);
        }
    }

    /// <summary>Starts user code of a CPU's task.</summary>
    public RunningStep RunUser(int cpu, Action body) => new(machine.post(_tasks[cpu], () =>
    {
        body();
        return 0;
    }));

    /// <summary>Runs kernel code on every CPU at once.</summary>
    public void RunEverywhere(int cpus, Action<int> body) => WaitForAll(cpus, cpu => Run(cpu, () => body(cpu)));

    /// <summary>Runs user code of every CPU's task at once.</summary>
    public void RunUserEverywhere(int cpus, Action<int> body) => WaitForAll(cpus, cpu => RunUser(cpu, () => body(cpu)));

    /// <summary>Makes a group; with <paramref name="parent"/>'s children counted.</summary>
    public mem_cgroup* MakeGroup(string path)
    {
        int slash = path.LastIndexOf('/');
        if (slash > 0)
        {
            Write(path[..slash] + "/cgroup.subtree_control", "+memory");
        }

        long rc = 0;
        machine.run(() => rc = cgroupfs.mkdir(path));
        Check(rc, $"mkdir {path}");
        return Group(path);
    }

    /// <summary>Groups below each other, so that a charge to the last one walks <paramref name="levels"/> counters and the root's.</summary>
    public mem_cgroup* MakeChain(string name, int levels)
    {
        string path = name;
        mem_cgroup* group = MakeGroup(path);
        for (int i = 1; i < levels; i++)
        {
            path += "/" + i.ToString(CultureInfo.InvariantCulture);
            group = MakeGroup(path);
        }

        return group;
    }

    /// <summary>The group at a path, found through one of its files.</summary>
    public static mem_cgroup* Group(string path)
    {
        nint found = 0;
        machine.run(() =>
        {
            kernfs_open_file* of = cgroupfs.open(path + "/memory.current");
            found = (nint)linux_memcontrol_h.mem_cgroup_from_css(kernel_cgroup_cgroup_c.of_css(of));
            cgroupfs.close(of);
        });
        return (mem_cgroup*)found;
    }

    /// <summary>Writes a file of a group.</summary>
    public static void Write(string path, string value)
    {
        long rc = 0;
        machine.run(() => rc = cgroupfs.write_file(path, value));
        Check(rc, $"write {value} to {path}");
    }

    /// <summary>Reads a file of a group.</summary>
    public static string Read(string path)
    {
        string text = "";
        long rc = 0;
        machine.run(() => rc = cgroupfs.read_file(path, out text));
        Check(rc, $"read {path}");
        return text;
    }

    /// <summary>Moves a task into a group.</summary>
    public static void Move(user_task task, string group) =>
        Write(group + "/cgroup.procs", task.pid.ToString(CultureInfo.InvariantCulture));

    public void Dispose() => machine.shutdown();

    // All are started before the first is waited for.
    private static void WaitForAll(int cpus, Func<int, RunningStep> start)
    {
        RunningStep[] steps = [.. Enumerable.Range(0, cpus).Select(start)];
        foreach (RunningStep step in steps)
        {
            step.Wait();
        }
    }

    private static user_task OnCpu(user_task task, int cpu)
    {
        long rc = machine.call(task, () =>
        {
            kernel_entry_c.syscall_enter();
            cpumask mask = default;
            linux_cpumask_h.cpumask_set_cpu(cpu, &mask);
            long result = kernel_sched_core_c.set_cpus_allowed_ptr(asm_percpu_h.current, &mask);
            kernel_sched_core_c.schedule();
            return kernel_entry_c.syscall_exit(result);
        });
        Check(rc, $"bind a task to CPU {cpu}");
        return task;
    }

    private static void Check(long rc, string what)
    {
        if (rc < 0)
        {
            throw new InvalidOperationException($"{what}: errno {-rc}");
        }
    }
}

/// <summary>A step that a task of the machine has been given.</summary>
internal readonly struct RunningStep(machine_request request)
{
    /// <summary>Waits for its end; what it threw is thrown here.</summary>
    public void Wait() => machine.wait_for(request);
}
