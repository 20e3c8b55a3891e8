// SPDX-License-Identifier: GPL-2.0-only
using System.Runtime.InteropServices;
using Linux;
using static Linux.linux_preempt_h;

namespace KMemcg.Kernel.Tests.Locking;

/// <summary>A CPU with a task on it, on the calling thread, and no machine around: enough for locks that nobody sleeps on.</summary>
internal sealed unsafe class BareCpu : IDisposable
{
    private readonly cpu* _cpu;
    private readonly task_struct* _task;
    private readonly cpu* _outer;

    public BareCpu(int number = 0)
    {
        _outer = asm_percpu_h.__this_cpu;
        _cpu = (cpu*)NativeMemory.AlignedAlloc((nuint)sizeof(cpu), 64);
        NativeMemory.Clear(_cpu, (nuint)sizeof(cpu));
        _task = (task_struct*)NativeMemory.AlignedAlloc((nuint)sizeof(task_struct), 64);
        NativeMemory.Clear(_task, (nuint)sizeof(task_struct));
        _task->pid = 100 + number;
        _task->comm[0] = (byte)'t';
        _task->comm[1] = (byte)('0' + number);
        _cpu->current_task = _task;
        _cpu->number = number;
        _cpu->horizon = ulong.MaxValue;
        _cpu->percpu_offset = number * linux_percpu_h.PERCPU_UNIT;
        asm_percpu_h.__this_cpu = _cpu;
    }

    /// <summary>Runs what stands for an interrupt handler.</summary>
    public void Hardirq(Action handler)
    {
        uint irqs = _cpu->irqs_disabled;
        _cpu->irqs_disabled = 1;
        _cpu->preempt_count += HARDIRQ_OFFSET;
        handler();
        _cpu->preempt_count -= HARDIRQ_OFFSET;
        _cpu->irqs_disabled = irqs;
    }

    /// <summary>Runs what stands for a softirq, with interrupts on.</summary>
    public void Softirq(Action handler)
    {
        _cpu->preempt_count += SOFTIRQ_OFFSET;
        handler();
        _cpu->preempt_count -= SOFTIRQ_OFFSET;
    }

    public void Dispose()
    {
        int left = _cpu->preempt_count;
        uint irqs = _cpu->irqs_disabled;
        asm_percpu_h.__this_cpu = _outer;
        NativeMemory.AlignedFree(_cpu);
        NativeMemory.AlignedFree(_task);
        Assert.That(left, Is.Zero, "preemption was left off");
        Assert.That(irqs, Is.Zero, "interrupts were left off");
    }
}
