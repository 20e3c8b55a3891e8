// SPDX-License-Identifier: GPL-2.0-only
using Linux;
using NUnit.Framework;
using static KMemcg.Kernel.Tests.cgroup.CgroupMachine;

namespace KMemcg.Kernel.Tests.cgroup;

/// <summary>kernel/cgroup/rstat.c: what CPUs add to groups arrives in the sums of all above, whenever it is asked for.</summary>
[TestFixture]
internal sealed unsafe class RstatTests
{
    private const int NSEC_PER_USEC = 1000;

    [Test]
    public void Sums_agree_with_a_model_on_all_cpus([Values(1, 2, 3, 4)] int seed)
    {
        const int Cpus = 4;
        using var m = new CgroupMachine(cpus: Cpus, seed: (ulong)seed);
        var random = new Random(seed);
        var paths = new List<string>();
        var parent = new List<int>();
        var own = new List<ulong>();
        var group = new List<nint>();
        for (int i = 0; i < 25; i++)
        {
            int p = random.Next(-1, i);
            paths.Add(p < 0 ? $"g{i}" : $"{paths[p]}/g{i}");
            parent.Add(p);
            own.Add(0);
            Ok(Mkdir(paths[i]));
            group.Add(Syscall(() => Find(paths[i])) is var at ? (nint)at : 0);
        }
        for (int round = 0; round < 60; round++)
        {
            for (int k = random.Next(40); k-- > 0;)
            {
                int g = random.Next(paths.Count), cpu = random.Next(Cpus);
                ulong ns = (ulong)random.Next(1, 1000) * NSEC_PER_USEC;
                own[g] += ns;
                Ok(Syscall(() => Account((Linux.cgroup*)group[g], cpu, ns)));
            }
            int asked = random.Next(paths.Count);
            Assert.That(Key(paths[asked] + "/cpu.stat", "usage_usec"), Is.EqualTo((long)Sum(asked, parent, own) / NSEC_PER_USEC), paths[asked]);
        }
        for (int g = 0; g < paths.Count; g++)
            Assert.That(Key(paths[g] + "/cpu.stat", "usage_usec"), Is.EqualTo((long)Sum(g, parent, own) / NSEC_PER_USEC), paths[g]);
    }

    /// <summary>The scheduler's time arrives: exactly in the group, and by the tick in user and system.</summary>
    [Test]
    public void What_a_task_runs_is_in_its_groups_and_nowhere_else()
    {
        using var m = new CgroupMachine();
        Ok(Mkdir("A"), Mkdir("A/B"), Mkdir("C"));
        user_task t = Task("t", "A/B");
        long before = Key("A/B/cpu.stat", "usage_usec");
        Ok(Syscall(static () =>
        {
            for (int i = 0; i < 200; i++)
            {
                linux_timer_h.udelay(1000);
                // where interrupts come
                linux_preempt_h.local_irq_disable();
                linux_preempt_h.local_irq_enable();
            }
            return 0;
        }, t));
        long usage = Key("A/B/cpu.stat", "usage_usec"), user = Key("A/B/cpu.stat", "user_usec"), system = Key("A/B/cpu.stat", "system_usec");
        Assert.Multiple(() =>
        {
            Assert.That(usage - before, Is.InRange(200_000, 210_000));
            Assert.That(user + system, Is.InRange(usage - 2, usage));
            Assert.That(system, Is.GreaterThan(190_000));
            Assert.That(Key("A/cpu.stat", "usage_usec"), Is.EqualTo(usage));
            Assert.That(Key("C/cpu.stat", "usage_usec"), Is.Zero);
            Assert.That(Key("cpu.stat", "usage_usec"), Is.GreaterThan(180_000));
        });
    }

    /// <summary>What a group that goes had counted stays in its parent.</summary>
    [Test]
    public void A_group_leaves_its_sums_to_its_parent()
    {
        using var m = new CgroupMachine();
        Ok(Mkdir("A"), Mkdir("A/B"));
        Ok(Syscall(() => Account((Linux.cgroup*)Find("A/B"), 1, 7 * NSEC_PER_USEC)), Rmdir("A/B"));
        Settle();
        Assert.That(Key("A/cpu.stat", "usage_usec"), Is.EqualTo(7));
    }

    private static ulong Sum(int g, List<int> parent, List<ulong> own)
    {
        ulong sum = own[g];
        for (int i = 0; i < parent.Count; i++)
        {
            if (parent[i] == g)
                sum += Sum(i, parent, own);
        }
        return sum;
    }

    private static long Find(string path)
    {
        fixed (byte* p = System.Text.Encoding.UTF8.GetBytes(path + "\0"))
        {
            Linux.cgroup* c = kernel_cgroup_cgroup_c.cgroup_get_from_path(p);
            linux_cgroup_h.cgroup_put(c);
            return (long)c;
        }
    }

    /// <summary>As __cgroup_account_cputime() on that CPU.</summary>
    private static long Account(Linux.cgroup* c, int cpu, ulong ns)
    {
        linux_preempt_h.preempt_disable();
        linux_percpu_h.per_cpu_ptr(c->rstat_base_cpu, cpu)->bstat.cputime.sum_exec_runtime += ns;
        kernel_cgroup_rstat_c.css_rstat_updated(&c->self, cpu);
        linux_preempt_h.preempt_enable();
        return 0;
    }
}
