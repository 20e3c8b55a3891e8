// SPDX-License-Identifier: GPL-2.0-only
using System.Runtime.InteropServices;
using KMemcg.Native;
using Linux;

namespace KMemcg.Kernel.Tests;

/// <summary>Just enough of a machine for the page allocator: RAM, zones, CPUs without tasks of their own.</summary>
internal sealed unsafe class AllocatorMachine : IDisposable
{
    private readonly PhysicalMemory ram;
    private readonly cpu* blocks;
    private readonly task_struct* tasks;
    private readonly signal_struct* signal;

    public AllocatorMachine(ulong ramBytes = 1UL << 30, int cpus = 2, bool asRecorded = true)
    {
        linux_init_h.snapshot_statics();
        linux_init_h.reset_statics();
        linux_bug_h.reset();

        var map = FirmwareMap.ForRam(ramBytes);
        ram = new PhysicalMemory(map.EndFrame);

        blocks = (cpu*)NativeMemory.AlignedAlloc((nuint)(sizeof(cpu) * cpus), 128);
        NativeMemory.Clear(blocks, (nuint)(sizeof(cpu) * cpus));
        tasks = (task_struct*)NativeMemory.AlignedAlloc((nuint)(sizeof(task_struct) * cpus), 64);
        NativeMemory.Clear(tasks, (nuint)(sizeof(task_struct) * cpus));
        signal = (signal_struct*)NativeMemory.AlignedAlloc((nuint)sizeof(signal_struct), 64);
        NativeMemory.Clear(signal, (nuint)sizeof(signal_struct));
        for (int i = 0; i < cpus; i++)
        {
            tasks[i].signal = signal;
            blocks[i].number = i;
            blocks[i].horizon = ulong.MaxValue;
            blocks[i].percpu_offset = i * linux_percpu_h.PERCPU_UNIT;
            blocks[i].current_task = blocks[i].idle_task = &tasks[i];
            blocks[i].horizon = ulong.MaxValue;
            linux_cpumask_h.set_cpu_possible(i, true);
            linux_cpumask_h.set_cpu_present(i, true);
            linux_cpumask_h.set_cpu_online(i, true);
        }
        linux_cpumask_h.nr_cpu_ids = (uint)cpus;
        On(0);

        arch_x86_kernel_setup_c.setup_arch(map, ram.Base);
        mm_mm_init_c.mm_core_init();
        mm_page_alloc_c.setup_per_cpu_pageset();
        mm_page_alloc_c.gfp_allowed_mask = linux_gfp_types_h.__GFP_BITS_MASK;
        mm_page_alloc_c.init_per_zone_wmark_min();
        if (asRecorded)
        {
            mm_khugepaged_c.start_stop_khugepaged(true);
            mm_khugepaged_c.start_stop_khugepaged(false);
        }
        AfterBoot = free_areas.take();
    }

    public free_areas AfterBoot { get; }

    public static zone* Zone(int idx) => linux_mmzone_h.NODE_DATA(0)->node_zones + idx;

    /// <summary>Lets this thread be the given CPU.</summary>
    public void On(int cpu) => asm_percpu_h.__this_cpu = &blocks[cpu];

    /// <summary>Every frame is back, the lists are as they should be, and nothing was warned about.</summary>
    public void CheckNothingLost(bool warnings = true)
    {
        Assert.That(free_areas.take().difference(AfterBoot), Is.Null);
        for (int z = 0; z < linux_mmzone_h.MAX_NR_ZONES; z++)
        {
            if (linux_mmzone_h.populated_zone(Zone(z)))
                Assert.That(free_areas.check(Zone(z)), Is.Null);
        }
        if (warnings)
            Assert.That(linux_bug_h.nr_warnings, Is.Zero);
    }

    public void Dispose()
    {
        asm_percpu_h.__this_cpu = null;
        linux_bug_h.reset();
        NativeMemory.AlignedFree(blocks);
        NativeMemory.AlignedFree(tasks);
        NativeMemory.AlignedFree(signal);
        ram.Dispose();
        linux_init_h.reset_statics();
    }
}
