// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Generic;

namespace Linux;

/// <summary>The end of a machine, as far as it has one: groups go, and then nothing may be left of what came after boot.</summary>
internal static unsafe class teardown
{
    /// <summary>For how long grace periods and work queues may go on giving back, in milliseconds of the machine.</summary>
    private const int Patience = 3000;

    /// <summary>All user tasks but init are dead.</summary>
    internal static void check()
    {
        machine.run(host_files.unmount);
        machine.run(host_swap.swapoff);
        machine.run(mm_zswap_c.zswap_exit);
        machine.run(mm_swapfile_c.free_swap_info);
        machine.run(remove_groups);

        string leaks = "";
        for (int waited = 0; waited < Patience;)
        {
            machine.run(() => leaks = left());
            if (leaks.Length == 0)
                return;
            int step = waited < 10 ? 1 : 50;
            machine.sleep((ulong)step);
            waited += step;
        }
        throw new KernelOops($"left at shutdown: {leaks}\n{kernel_sched_core_c.show_state()}");
    }

    private static void remove_groups()
    {
        if (slab_state == DOWN)
            return;
        foreach (string group in groups(""))
            remove(group);
    }

    private static void remove(string path)
    {
        foreach (string child in groups(path))
            remove(child);
        cgroupfs.rmdir(path);
    }

    private static List<string> groups(string path)
    {
        List<string> names = new(), found = new();

        cgroupfs.list(path, names);
        foreach (string name in names)
        {
            if (name.EndsWith('/'))
                found.Add(path + (path.Length == 0 ? "" : "/") + name[..^1]);
        }
        return found;
    }

    private static string left()
    {
        rcu_barrier();
        if (!sched_host.deterministic)
            empty_cpus();
        else if (others_work())
            return "work on another CPU";
        else
            kill_cpus();
        free_areas.drop_caches();
        string objects = kmem_cache_leaks();
        if (objects.Length != 0)
            return objects;
        string counts = accounts.difference();
        return counts.Length != 0 ? counts : frames();
    }

    // With real threads the number of kernel threads varies, and who has which slab.
    private static string frames()
    {
        if (!sched_host.deterministic || free_areas.difference_to_boot() is not string difference)
            return "";
        // What goes back later may need them.
        kernel_workqueue_c.workqueue_init();
        return difference;
    }

    // A worker that gives groups back may be in the middle of its CPU's stocks: they cannot be emptied under its hands.
    private static bool others_work()
    {
        foreach (int cpu in for_each_possible_cpu())
        {
            if (cpu != smp_processor_id() && !is_idle_task(cpu_curr(cpu)))
                return true;
        }

        return false;
    }

    // What a CPU keeps at hand it gives back as if it were gone.
    internal static void kill_cpus()
    {
        foreach (int cpu in for_each_possible_cpu())
        {
            // The only CPU there is cannot be gone.
            if (sched_host.nr_cpus > 1)
                cpumask_clear_cpu(cpu, cpu_online_mask);
            cpuhp_cpu_dead((uint)cpu);
            cpumask_set_cpu(cpu, cpu_online_mask);
        }
    }

    // With real threads each CPU has to do it itself. Nobody uses the nodes any more.
    private static void empty_cpus()
    {
        lru_add_drain_all();
        mm_memcontrol_c.drain_each_cpu();
        foreach (int cpu in for_each_possible_cpu())
            radix_tree_cpu_dead((uint)cpu);
    }
}
