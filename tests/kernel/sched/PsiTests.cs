// SPDX-License-Identifier: GPL-2.0-only
using System.Globalization;
using KMemcg.Kernel.Tests.cgroup;
using Linux;
using static Linux.kernel_sched_psi_c;

namespace KMemcg.Kernel.Tests.sched;

/// <summary>kernel/sched/psi.c on the machine's clock.</summary>
[TestFixture]
[NonParallelizable]
internal sealed unsafe class PsiTests
{
    private const uint EPOLLPRI = 2;

    // The timer wheel wakes a sleeper of a second up to 32 ms late.
    private const double Late = 40_000;

    private static Dictionary<string, double> Line(string text, string kind) =>
        text.Split('\n').Single(l => l.StartsWith(kind + " ", StringComparison.Ordinal)).Split(' ')[1..]
            .ToDictionary(w => w.Split('=')[0], w => double.Parse(w.Split('=')[1], CultureInfo.InvariantCulture));

    private static double Total(string path, string kind) => Line(CgroupMachine.Read(path), kind)["total"];

    /// <summary>The task waits for memory for so many milliseconds.</summary>
    private static machine_request Stall(user_task task, uint ms, int times = 1) => machine.post(task, () =>
    {
        kernel_entry_c.syscall_enter();
        ulong flags, inner;
        psi_memstall_enter(&flags);
        psi_memstall_enter(&inner);
        for (int i = 0; i < times; i++)
            linux_timer_h.msleep(ms);
        psi_memstall_leave(&inner);
        psi_memstall_leave(&flags);
        return kernel_entry_c.syscall_exit(0);
    });

    [Test]
    public void A_group_at_rest_shows_what_linux_shows()
    {
        using var test = new CgroupMachine();
        CgroupMachine.Mkdir("A");
        Assert.That(CgroupMachine.Read("A/memory.pressure"), Is.EqualTo(
            "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"));
        Assert.That(CgroupMachine.Read("A/cgroup.pressure"), Is.EqualTo("1\n"));
        Assert.That(CgroupMachine.List("A"), Does.Contain("io.pressure").And.Contain("cpu.pressure"));
    }

    [Test]
    public void One_task_that_waits_is_some_and_full_for_its_group_and_those_above()
    {
        using var test = new CgroupMachine();
        CgroupMachine.Mkdir("A");
        CgroupMachine.Mkdir("A/B");
        CgroupMachine.Mkdir("C");
        user_task task = CgroupMachine.Task("waits", "A/B");
        machine.wait_for(Stall(task, 1000));
        foreach (string path in new[] { "A/B/memory.pressure", "A/memory.pressure" })
        {
            Assert.That(Total(path, "some"), Is.EqualTo(1e6).Within(Late), path);
            Assert.That(Total(path, "full"), Is.EqualTo(1e6).Within(Late), path);
        }
        Assert.That(Total("C/memory.pressure", "some"), Is.Zero);
        Assert.That(Total("memory.pressure", "some"), Is.EqualTo(1e6).Within(Late));
        Assert.That(Total("A/B/io.pressure", "some"), Is.Zero);
    }

    [Test]
    public void Averages_follow_the_two_second_periods()
    {
        using var test = new CgroupMachine();
        CgroupMachine.Mkdir("A");
        user_task task = CgroupMachine.Task("waits", "A");
        // It must stir now and then: a lone sleeper does not keep the averages' clock going.
        machine.wait_for(Stall(task, 100, 200));
        Dictionary<string, double> some = Line(CgroupMachine.Read("A/memory.pressure"), "some");
        // After 20 s of nothing but waiting: 1 - e^(-20/10), and so on.
        Assert.That(some["avg10"], Is.EqualTo(100 * (1 - Math.Exp(-2.0))).Within(6));
        Assert.That(some["avg60"], Is.EqualTo(100 * (1 - Math.Exp(-1.0 / 3))).Within(4));
        Assert.That(some["avg300"], Is.EqualTo(100 * (1 - Math.Exp(-1.0 / 15))).Within(2));
        machine.sleep(30_000);
        Assert.That(Line(CgroupMachine.Read("A/memory.pressure"), "some")["avg10"], Is.LessThan(6));
    }

    [Test]
    public void A_task_that_runs_beside_one_that_waits_is_some_but_not_full()
    {
        using var test = new CgroupMachine(cpus: 1);
        CgroupMachine.Mkdir("A");
        user_task waits = CgroupMachine.Task("waits", "A"), runs = CgroupMachine.Task("runs", "A");
        machine_request stall = Stall(waits, 100);
        machine.call(runs, () =>
        {
            kernel_entry_c.syscall_enter();
            ulong end = linux_ktime_h.sched_clock() + 200_000_000;
            while (linux_ktime_h.sched_clock() < end)
            {
                linux_smp_h.cpu_relax();
                kernel_sched_core_c.cond_resched();
            }
            return kernel_entry_c.syscall_exit(0);
        });
        machine.wait_for(stall);
        Assert.That(Total("A/memory.pressure", "some"), Is.EqualTo(100_000).Within(Late));
        Assert.That(Total("A/memory.pressure", "full"), Is.LessThan(40_000));
    }

    [Test]
    public void A_stall_moves_with_its_task()
    {
        using var test = new CgroupMachine();
        CgroupMachine.Mkdir("A");
        CgroupMachine.Mkdir("B");
        user_task task = CgroupMachine.Task("moves", "A");
        machine_request stall = Stall(task, 1000);
        machine.sleep(500);
        Assert.That(CgroupMachine.Move(task, "B"), Is.Zero);
        machine.wait_for(stall);
        Assert.That(Total("A/memory.pressure", "some"), Is.EqualTo(500_000).Within(Late));
        Assert.That(Total("B/memory.pressure", "some"), Is.EqualTo(500_000).Within(Late));
    }

    [Test]
    public void Switched_off_it_counts_nothing_and_hides_its_files()
    {
        using var test = new CgroupMachine();
        CgroupMachine.Mkdir("A");
        user_task task = CgroupMachine.Task("waits", "A");
        Assert.That(CgroupMachine.Write("A/cgroup.pressure", "0"), Is.Zero);
        Assert.That(CgroupMachine.Read("A/cgroup.pressure"), Is.EqualTo("0\n"));
        Assert.That(CgroupMachine.List("A"), Does.Not.Contain("memory.pressure"));
        machine.wait_for(Stall(task, 100));
        Assert.That(CgroupMachine.Write("A/cgroup.pressure", "1"), Is.Zero);
        Assert.That(Total("A/memory.pressure", "some"), Is.Zero);
        machine.wait_for(Stall(task, 100));
        Assert.That(Total("A/memory.pressure", "some"), Is.EqualTo(100_000).Within(Late));
        Assert.That(CgroupMachine.Write("A/cgroup.pressure", "2"), Is.EqualTo(-34));
        Assert.That(CgroupMachine.Write("A/cgroup.pressure", "x"), Is.EqualTo(-22));
    }

    [TestCase("some 100000 1000000", true)]
    [TestCase("full 100000 1000000", true)]
    [TestCase("some 900000 1000000", false)]
    public void A_trigger_fires_when_there_is_enough_stall_in_its_window(string trigger, bool fires)
    {
        using var test = new CgroupMachine();
        CgroupMachine.Mkdir("A");
        user_task task = CgroupMachine.Task("waits", "A");
        // A trigger fires once a window at most, and the first window begins with the clock.
        machine.sleep(1000);
        nint of = 0;
        Assert.That(CgroupMachine.Syscall(() =>
        {
            of = (nint)cgroupfs.open("A/memory.pressure");
            return cgroupfs.write((kernfs_open_file*)of, System.Text.Encoding.UTF8.GetBytes(trigger));
        }), Is.EqualTo(trigger.Length));
        Assert.That(CgroupMachine.Syscall(() => cgroupfs.write((kernfs_open_file*)of, "some 1 1000000"u8)), Is.EqualTo(-16), "one for each open file");
        Assert.That(CgroupMachine.Syscall(() => cgroupfs.poll((kernfs_open_file*)of) & EPOLLPRI), Is.Zero);
        machine.wait_for(Stall(task, 500));
        machine.sleep(1500);
        Assert.That(CgroupMachine.Syscall(() => cgroupfs.poll((kernfs_open_file*)of) & EPOLLPRI), Is.EqualTo(fires ? EPOLLPRI : 0));
        CgroupMachine.Syscall(() =>
        {
            cgroupfs.close((kernfs_open_file*)of);
            return 0;
        });
    }

    [TestCase("some 0 1000000")]
    [TestCase("some 2000000 1000000")]
    [TestCase("some 1000 20000000")]
    [TestCase("half 1000 1000000")]
    [TestCase("some 1000")]
    public void A_trigger_that_makes_no_sense_is_refused(string trigger)
    {
        using var test = new CgroupMachine();
        CgroupMachine.Mkdir("A");
        Assert.That(CgroupMachine.Write("A/memory.pressure", trigger), Is.EqualTo(-22));
    }
}
