// SPDX-License-Identifier: GPL-2.0-only
using CsCheck;
using KMemcg.Kernel.Tests.cgroup;
using Linux;
using NUnit.Framework;

namespace KMemcg.Kernel.Tests.mm;

/// <summary>Address spaces against a model: what each page of each task holds.</summary>
[TestFixture]
internal sealed unsafe class MemoryModelTests
{
    private const int Pages = 64;
    private const int MostTasks = 6;

    // In the middle the window goes over to another page table.
    private const ulong Window = 0x7000_0020_0000 - (Pages / 2 * UserMemory.Page);

    public enum Op { Map, Unmap, Write, Read, Fork, Kill, Remote }

    private sealed class Process(user_task task, int[] content)
    {
        public user_task Task => task;

        /// <summary>The byte at the start of each page; -1 where nothing is mapped.</summary>
        public int[] Content => content;
    }

    private static readonly Gen<(Op op, int who, int page, int value)[]> Runs = Gen.Select(
        Gen.Frequency((3, Gen.Const(Op.Map)), (2, Gen.Const(Op.Unmap)), (9, Gen.Const(Op.Write)), (4, Gen.Const(Op.Read)),
            (2, Gen.Const(Op.Fork)), (1, Gen.Const(Op.Kill)), (2, Gen.Const(Op.Remote))),
        Gen.Int[0, 1 << 20], Gen.Int[0, Pages - 1], Gen.Int[1, 255]).Array[1, 150];

    [Test]
    public void Tasks_see_what_they_wrote() => Runs.Sample(Run, iter: 40, threads: 1);

    private static void Run((Op op, int who, int page, int value)[] steps)
    {
        using var m = new CgroupMachine();
        CgroupMachine.Ok(CgroupMachine.Write("/cgroup.subtree_control", "+memory"), CgroupMachine.Mkdir("/g"));
        var tasks = new List<Process> { new(CgroupMachine.Task("first", "/g"), [.. Enumerable.Repeat(-1, Pages)]) };

        foreach ((Op op, int who, int page, int value) in steps)
            Step(tasks, op, tasks[who % tasks.Count], who, page, value);
        Check(tasks);
        while (tasks.Count > 0)
            Kill(tasks, tasks[0]);
        UserMemory.Drain();
        Assert.That(CgroupMachine.Key("/g/memory.stat", "anon"), Is.Zero);
        Assert.That(CgroupMachine.Key("/g/memory.stat", "pagetables"), Is.Zero);
    }

    private static ulong At(int page) => Window + ((ulong)page * UserMemory.Page);

    private static void Step(List<Process> tasks, Op op, Process p, int who, int page, int value)
    {
        int n = Math.Min(1 + (value % 20), Pages - page);
        switch (op)
        {
            case Op.Map:
                UserMemory.Map(p.Task, (ulong)n, At(page));
                Array.Fill(p.Content, 0, page, n);
                break;
            case Op.Unmap:
                Assert.That(UserMemory.Unmap(p.Task, At(page), (ulong)n), Is.Zero);
                Array.Fill(p.Content, -1, page, n);
                break;
            case Op.Write when p.Content[page] >= 0:
                UserMemory.Write(p.Task, At(page), (byte)value);
                p.Content[page] = value;
                break;
            case Op.Read when p.Content[page] >= 0:
                Assert.That(UserMemory.Read(p.Task, At(page)), Is.EqualTo(p.Content[page]));
                break;
            case Op.Fork when tasks.Count < MostTasks:
                tasks.Add(new Process(machine.spawn($"t{who}", p.Task), [.. p.Content]));
                break;
            case Op.Kill when tasks.Count > 1:
                Kill(tasks, p);
                break;
            case Op.Remote:
                Remote(p, tasks[(who / 7) % tasks.Count], page);
                break;
            default:
                break;
        }
    }

    private static void Kill(List<Process> tasks, Process p)
    {
        machine.kill(p.Task);
        tasks.Remove(p);
    }

    /// <summary>One task writes its page into the same page of another.</summary>
    private static void Remote(Process by, Process to, int page)
    {
        long expected = by.Content[page] >= 0 && to.Content[page] >= 0 ? 1 : -14;
        long copied = UserMemory.Syscall(by.Task, () =>
        {
            iovec l = new() { iov_base = (void*)At(page), iov_len = 1 };
            return mm_process_vm_access_c.sys_process_vm_writev(to.Task.pid, &l, 1, &l, 1, 0);
        });
        Assert.That(copied, Is.EqualTo(expected));
        if (copied == 1)
            to.Content[page] = by.Content[page];
    }

    private static void Check(List<Process> tasks)
    {
        var frames = new HashSet<ulong>();
        foreach (Process p in tasks)
        {
            int present = 0;
            for (int i = 0; i < Pages; i++)
            {
                ulong frame = UserMemory.Frame(p.Task, At(i));
                if (frame != 0 && frame != mm_memory_c.zero_pfn)
                {
                    frames.Add(frame);
                    present++;
                }
                if (p.Content[i] > 0)
                    Assert.That(UserMemory.Read(p.Task, At(i)), Is.EqualTo(p.Content[i]), $"page {i} of {p.Task.name}");
            }
            Assert.That(UserMemory.Syscall(p.Task, () => (long)linux_mm_h.get_mm_counter_sum(asm_percpu_h.current->mm, linux_mm_types_task_h.MM_ANONPAGES)),
                Is.EqualTo(present), $"anonymous pages of {p.Task.name}");
        }
        UserMemory.Drain();
        Assert.That(CgroupMachine.Key("/g/memory.stat", "anon"), Is.EqualTo(frames.Count * 4096L));
    }
}
