// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public unsafe struct cpuhp_step
{
    public delegate*<uint, int> startup;
    public delegate*<uint, int> teardown;
}

/// <summary>
/// Who wants to know that a CPU comes or goes. CPUs are there from boot; one that is taken down, in tests, has its
/// teardown callbacks run here, in the kernel's order: the highest state first.
/// </summary>
public static unsafe partial class linux_cpuhotplug_h
{
    // enum cpuhp_state, those in use
    public const int CPUHP_OFFLINE = 0;
    public const int CPUHP_SLUB_DEAD = 10;
    public const int CPUHP_MM_WRITEBACK_DEAD = 12;
    public const int CPUHP_MM_VMSTAT_DEAD = 13;
    public const int CPUHP_FS_BUFF_DEAD = 25;
    public const int CPUHP_MM_MEMCQ_DEAD = 27;
    public const int CPUHP_PERCPU_CNT_DEAD = 28;
    public const int CPUHP_RADIX_DEAD = 29;
    public const int CPUHP_PAGE_ALLOC = 30;
    public const int CPUHP_MM_ZSWP_POOL_PREPARE = 60;
    public const int CPUHP_BP_PREPARE_DYN = 70;
    public const int CPUHP_AP_ONLINE_DYN = 160;
    private const int CPUHP_AP_ONLINE_DYN_END = 200;

    private static readonly cpuhp_step* cpuhp_hp_states = bss<cpuhp_step>(CPUHP_AP_ONLINE_DYN_END + 1);

    [KernelSource("kernel/cpu.c", "cpus_read_lock", Parity.Stub, "CPUs come up at boot and none goes while the machine runs: there is nobody to keep out")]
    public static void cpus_read_lock()
    {
    }

    [KernelSource("kernel/cpu.c", "cpus_read_unlock", Parity.Stub, "as cpus_read_lock()")]
    public static void cpus_read_unlock()
    {
    }

    [KernelSource("kernel/cpu.c", "lockdep_assert_cpus_held", Parity.Stub, "as cpus_read_lock()")]
    public static void lockdep_assert_cpus_held()
    {
    }

    /// <summary>Registers callbacks without calling them for the CPUs that are up. A dynamic state is returned by its number.</summary>
    [KernelSource("include/linux/cpuhotplug.h", "cpuhp_setup_state_nocalls", Parity.Reduced, "no multi-instance states: CPUs come up at boot")]
    public static int cpuhp_setup_state_nocalls(int state, string name, delegate*<uint, int> startup, delegate*<uint, int> teardown)
    {
        int ret = 0;

        if (state == CPUHP_AP_ONLINE_DYN)
        {
            while (cpuhp_hp_states[state].startup != null || cpuhp_hp_states[state].teardown != null)
            {
                if (++state > CPUHP_AP_ONLINE_DYN_END)
                    return -ENOSPC;
            }
            ret = state;
        }
        cpuhp_hp_states[state] = new cpuhp_step { startup = startup, teardown = teardown };
        return ret;
    }

    /// <summary>Registers callbacks and calls startup for the CPUs that are up.</summary>
    [KernelSource("include/linux/cpuhotplug.h", "cpuhp_setup_state", Parity.Reduced, "as cpuhp_setup_state_nocalls; startup does not fail")]
    public static int cpuhp_setup_state(int state, string name, delegate*<uint, int> startup, delegate*<uint, int> teardown)
    {
        int ret = cpuhp_setup_state_nocalls(state, name, startup, teardown);

        if (startup != null && ret >= 0)
        {
            foreach (int cpu in for_each_online_cpu())
                startup((uint)cpu);
        }

        return ret;
    }

    /// <summary>Runs what is to run when a CPU has come up.</summary>
    internal static void cpuhp_cpu_online(uint cpu)
    {
        for (int state = CPUHP_AP_ONLINE_DYN; state <= CPUHP_AP_ONLINE_DYN_END; state++)
        {
            if (cpuhp_hp_states[state].startup != null)
                cpuhp_hp_states[state].startup(cpu);
        }
    }

    /// <summary>Runs what is to run on behalf of a CPU that is gone.</summary>
    internal static void cpuhp_cpu_dead(uint cpu)
    {
        for (int state = CPUHP_AP_ONLINE_DYN_END; state > CPUHP_OFFLINE; state--)
        {
            if (cpuhp_hp_states[state].teardown != null)
                cpuhp_hp_states[state].teardown(cpu);
        }
    }
}
