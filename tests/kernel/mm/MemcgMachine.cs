// SPDX-License-Identifier: GPL-2.0-only
using System.Reflection;
using Linux;
using NUnit.Framework;

namespace KMemcg.Kernel.Tests.mm;

/// <summary>A machine with the memory controller on below the root, and the private functions of memcontrol.c by name.</summary>
internal sealed unsafe class MemcgMachine : IDisposable
{
    public const uint GFP_KERNEL = linux_gfp_types_h.GFP_KERNEL;

    private readonly TestMachine machine;

    public MemcgMachine(int cpus = 2, bool parallel = false)
    {
        machine = TestMachine.Boot(cpus: cpus, parallel: parallel);
        Write("cgroup.subtree_control", "+memory");
    }

    public void Run(Action body) => machine.Run(body);

    public T Run<T>(Func<T> body) => machine.Run(body);

    public void Sleep(ulong ms) => machine.Sleep(ms);

    public user_task Spawn(string name) => machine.Spawn(name);

    public long Call(user_task task, Func<long> call) => machine.Call(task, () =>
    {
        kernel_entry_c.syscall_enter();
        return kernel_entry_c.syscall_exit(call());
    });

    public void ExpectWarnings() => machine.ExpectWarnings();

    public void Mkdir(string path) => Assert.That(Run(() => cgroupfs.mkdir(path)), Is.Zero, path);

    public void Rmdir(string path)
    {
        Assert.That(Run(() => cgroupfs.rmdir(path)), Is.Zero, path);
        // The css goes offline and is freed by work items.
        Sleep(100);
    }

    public long TryWrite(string path, string value) => Run(() => cgroupfs.write_file(path, value));

    public void Write(string path, string value) => Assert.That(TryWrite(path, value), Is.GreaterThanOrEqualTo(0), path);

    public string Read(string path)
    {
        string text = "";
        Assert.That(Run(() => cgroupfs.read_file(path, out text)), Is.GreaterThanOrEqualTo(0), path);
        return text;
    }

    /// <summary>A value of a flat keyed file.</summary>
    public long Read(string path, string key) =>
        long.Parse(Read(path).Split('\n').Single(line => line.StartsWith(key + " ", StringComparison.Ordinal))[(key.Length + 1)..]);

    /// <summary>The group, found through one of its files.</summary>
    public nint Group(string path) => Run(() =>
    {
        kernfs_open_file* of = cgroupfs.open(path + "/memory.current");
        Assert.That(linux_err_h.IS_ERR(of), Is.False, path);
        nint memcg = (nint)linux_memcontrol_h.mem_cgroup_from_css(kernel_cgroup_cgroup_c.of_css(of));
        cgroupfs.close(of);
        return memcg;
    });

    /// <summary>Binds the task that runs the tests to a CPU.</summary>
    public void OnCpu(int cpu) => Run(() =>
    {
        cpumask mask = default;
        linux_cpumask_h.cpumask_set_cpu(cpu, &mask);
        Assert.That(kernel_sched_core_c.set_cpus_allowed_ptr(asm_percpu_h.current, &mask), Is.Zero);
        kernel_sched_core_c.schedule();
        Assert.That(asm_percpu_h.smp_processor_id(), Is.EqualTo(cpu));
    });

    /// <summary>The address of a private function of memcontrol.c.</summary>
    public static nint Private(string name)
    {
        MethodInfo method = typeof(mm_memcontrol_c).GetMethod(name, BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)!;
        System.Runtime.CompilerServices.RuntimeHelpers.PrepareMethod(method.MethodHandle);
        return method.MethodHandle.GetFunctionPointer();
    }

    public static int TryCharge(mem_cgroup* memcg, uint pages, uint gfp = GFP_KERNEL) =>
        ((delegate*<mem_cgroup*, uint, uint, int>)Private("try_charge_memcg"))(memcg, gfp, pages);

    public static void Uncharge(mem_cgroup* memcg, uint pages) =>
        ((delegate*<mem_cgroup*, uint, void>)Private("memcg_uncharge"))(memcg, pages);

    public static void Refill(mem_cgroup* memcg, uint pages) =>
        ((delegate*<mem_cgroup*, uint, void>)Private("refill_stock"))(memcg, pages);

    public static ulong Usage(mem_cgroup* memcg) => linux_page_counter_h.page_counter_read(&memcg->memory);

    public static memcg_stock_pcp* Stock(int cpu) => linux_percpu_h.per_cpu_ptr(mm_memcontrol_c.memcg_stock, cpu);

    /// <summary>What a CPU's stock holds of a group, or -1.</summary>
    public static int Held(mem_cgroup* memcg, int cpu)
    {
        for (int i = 0; i < mm_memcontrol_c.NR_MEMCG_STOCK; i++)
        {
            if (Stock(cpu)->cached[i] == memcg)
                return Stock(cpu)->nr_pages[i];
        }
        return -1;
    }

    public void Dispose() => machine.Dispose();
}
