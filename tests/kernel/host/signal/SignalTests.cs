// SPDX-License-Identifier: GPL-2.0-only
using Linux;
using static Linux.linux_timer_h;

namespace KMemcg.Kernel.Tests.Host.Signal;

public sealed unsafe class SignalTests
{
    [Test]
    public void KillEndsASleeper([Values] bool parallel)
    {
        using var m = TestMachine.Boot(parallel: parallel);
        user_task t = m.Spawn("t");
        machine_request r = machine.post(t, () =>
        {
            kernel_entry_c.syscall_enter();
            while (schedule_timeout_killable(1000) != 0 && !linux_sched_signal_h.fatal_signal_pending(asm_percpu_h.current))
            {
            }
            return kernel_entry_c.syscall_exit(0);
        });
        m.Sleep(10);
        Assert.That(r.is_done, Is.False);
        machine.kill(t);
        machine.wait_for(r);
        Assert.That(r.killed, Is.True);
        Assert.That(r.exit_code, Is.EqualTo(9));
        Assert.That(t.alive, Is.False);
    }

    [Test]
    public void KillEndsALoopInUserCode([Values] bool parallel)
    {
        using var m = TestMachine.Boot(parallel: parallel);
        user_task t = m.Spawn("t");
        machine_request r = machine.post(t, () =>
        {
            for (; ; )
            {
                linux_ktime_h.spend_ns(1000);
                kernel_entry_c.user_point();
            }
        });
        m.Sleep(5);
        machine.kill(t);
        machine.wait_for(r);
        Assert.That(r.killed, Is.True);
    }

    [Test]
    public void ATaskThatIsKilledBeforeItFirstRunsAnswers([Values] bool parallel)
    {
        using var m = TestMachine.Boot(cpus: 1, parallel: parallel);
        user_task? t = null;
        machine_request? r = null;
        m.Run(() =>
        {
            t = init_main_c.fork_user_task("t", false, out _);
            r = machine.post(t, () => 0);
            kernel_signal_c.group_send_sig_info(linux_sched_signal_h.SIGKILL, kernel_signal_c.SEND_SIG_NOINFO, t!.task, kernel_signal_c.PIDTYPE_TGID);
        });
        machine.wait_for(r!);
        Assert.That(r!.killed, Is.True);
        Assert.That(t!.alive, Is.False);
    }

    [Test]
    public void ADeadTaskTakesNoSteps()
    {
        using var m = TestMachine.Boot();
        user_task t = m.Spawn("t");
        machine.kill(t);
        m.Sleep(10);
        Assert.That(t.alive, Is.False);
        Assert.That(machine.post(t, () => 0).killed, Is.True);
    }

    [Test]
    public void ExitTellsItsStatus()
    {
        using var m = TestMachine.Boot();
        user_task t = m.Spawn("t");
        machine_request r = machine.post(t, () =>
        {
            kernel_entry_c.syscall_enter();
            kernel_exit_c.do_group_exit(3 << 8);
            return 0;
        });
        machine.wait_for(r);
        Assert.That(r.exit_code, Is.EqualTo(3 << 8));
    }

    [Test]
    public void AnUninterruptibleSleepIsNotDisturbed()
    {
        using var m = TestMachine.Boot();
        user_task t = m.Spawn("t");
        ulong woke = 0;
        machine_request r = machine.post(t, () =>
        {
            kernel_entry_c.syscall_enter();
            msleep(100);
            woke = machine.now;
            return kernel_entry_c.syscall_exit(0);
        });
        m.Sleep(10);
        machine.kill(t);
        machine.wait_for(r);
        Assert.That(woke, Is.GreaterThan(100_000_000UL));
        Assert.That(r.killed, Is.True);
    }

    [Test]
    public void ThreadsDieTogether([Values] bool parallel)
    {
        using var m = TestMachine.Boot(cpus: 3, parallel: parallel);
        user_task leader = m.Spawn("leader");
        user_task thread = machine.spawn_thread("thread", leader);
        Assert.That(m.Call(thread, () => asm_percpu_h.current->tgid), Is.EqualTo(leader.pid));
        machine_request spins = machine.post(thread, () =>
        {
            for (; ; )
            {
                linux_ktime_h.spend_ns(1000);
                kernel_entry_c.user_point();
            }
        });
        machine.kill(leader);
        machine.wait_for(spins);
        m.Sleep(20);
        Assert.That(spins.killed && !leader.alive && !thread.alive, Is.True);
        Assert.That(thread.exit_code, Is.EqualTo(9));
    }
}
