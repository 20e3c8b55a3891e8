// SPDX-License-Identifier: GPL-2.0-only
using KMemcg.Native;
using static Linux.linux_list_h;

namespace Linux;

/// <summary>init/main.c: everything is initialised here, in the kernel's order.</summary>
internal static unsafe partial class init_main_c
{
    private static machine_request? up;
    private static boot_params boot;
    private static PhysicalMemory? ram;
    private static FirmwareMap? map;

    /// <summary>Before there is a task: the CPUs, and the first of them in the hands of swapper/0.</summary>
    internal static void prepare(in boot_params p)
    {
        boot = p;
        PhysicalMemory.CheckRam(p.ram);
        map = FirmwareMap.ForRam(p.ram);
        ram = new PhysicalMemory(map.EndFrame, p.huge_pages);
        lockdep_init();
        set_nr_cpu_ids((uint)p.cpus);
        for (int i = 0; i < p.cpus; i++)
        {
            cpu* c = sched_host.cpu_of(i);
            c->number = i;
            c->counts_time = sched_host.deterministic ? 1u : 0;
            c->percpu_offset = (nint)i * linux_percpu_h.PERCPU_UNIT;
            c->horizon = ulong.MaxValue;
            INIT_LIST_HEAD(&c->queue);
            cpumask_set_cpu(i, cpu_possible_mask);
            cpumask_set_cpu(i, cpu_present_mask);
        }
        cpu* boot_cpu = sched_host.cpu_of(0);
        kernel_fork_c.init_task_setup();
        kernel_fork_c.init_idle(init_task, 0);
        boot_cpu->current_task = boot_cpu->idle_task = init_task;
        init_task->on_cpu = 1;
    }

    /// <summary>Starts swapper/0; the request is done when init waits for orders.</summary>
    internal static machine_request start()
    {
        up = new machine_request();
        cpu* c = sched_host.cpu_of(0);
        // Booting is one step of whoever is the first task; idle CPUs come to life when it is over.
        c->online = 1;
        cpumask_set_cpu(0, cpu_online_mask);
        cpumask_set_cpu(0, cpu_active_mask);
        host_thread t = host_thread.bind(init_task, static () => boot_thread());
        t.running_on = c;
        sched_host.start_boot(t, c);
        return up;
    }

    private static void boot_thread()
    {
        host_thread me = host_thread.self!;
        cpu* c = me.running_on;
        __this_cpu = c;
        me.name("swapper/0");
        sched_host.pin(me, c);
        c->preempt_count = PREEMPT_OFFSET;
        c->irqs_disabled = 1;
        // Until the boot is over swapper/0 is a task like any other and not idle.
        start_kernel();
        sched_host.boot_done(c);
    }

    [KernelSource("init/main.c", "start_kernel", Parity.Reduced, "what is not simulated is not initialised; the order of the rest is the kernel's")]
    private static void start_kernel()
    {
        cgroup_init_early();
        setup_arch(map!, ram!.Base);
        mmu_init(ram!);
        init_mm_setup();
        setup_per_cpu_areas();
        mm_core_init();
        kmem_cache_init();
        mm_vmalloc_c.vmalloc_init();
        wait_bit_init();
        mm_cache_init();
        psi_init();
        radix_tree_init();
        workqueue_init_early();
        rcu_init();
        kvfree_rcu_init();
        kernel_time_timer_c.timers_init();
        random_init(boot.seed);
        local_irq_enable();
        kmem_cache_init_late();
        setup_per_cpu_pageset();
        anon_vma_init();
        fork_init();
        proc_caches_init();
        buffer_init();
        fs_namespace_c.vfs_caches_init();
        pagecache_init();
        seq_file_init();
        kernfs_init();
        mem_cgroup_init();
        cgroup_init();
        kthread_init();
        rest_init();
    }

    [KernelSource("init/main.c", "rest_init", Parity.Full)]
    private static void rest_init()
    {
        ReadOnlySpan<byte> name = "init\0"u8;
        fixed (byte* n = name)
        {
            kernel_clone_args args = new()
            {
                flags = kernel_fork_c.CLONE_FS | kernel_fork_c.CLONE_VM | kernel_fork_c.CLONE_UNTRACED,
                fn = &kernel_init,
                name = n,
            };
            if (kernel_clone(&args) != 1)
                BUG();
        }
        fixed (byte* n = "kthreadd\0"u8)
        {
            pid_t pid = kernel_thread(&kernel_kthread_c.kthreadd, null, n, kernel_fork_c.CLONE_FS | kernel_fork_c.CLONE_FILES);
            kernel_kthread_c.kthreadd_task = find_task_by_vpid(pid);
        }
    }

    [KernelSource("init/main.c", "kernel_init", Parity.Reduced, "there is no root file system to run /sbin/init from: init takes its orders from outside")]
    private static int kernel_init(void* unused)
    {
        // From here on it counts as one that nothing kills.
        current->signal->flags |= linux_sched_signal_h.SIGNAL_UNKILLABLE;
        system_state = SYSTEM_SCHEDULING;
        kernel_init_freeable();
        system_state = SYSTEM_RUNNING;
        // The first thing the recorded machine's user does: echo never >/sys/kernel/mm/transparent_hugepage/enabled
        start_stop_khugepaged(false);
        if (kernel_fork_c.exec_mmap_init() != 0)
            panic("no memory for init");
        current->files = fs_file_c.alloc_files();
        var t = new user_task("init") { task = current, pid = current->pid };
        machine.register(t);
        machine.set_init(t);
        free_areas.mark_boot();
        accounts.mark_boot();
        host_swap.swapon();
        host_files.mount();
        up!.complete();
        t.main();
        return 0;
    }

    [KernelSource("init/main.c", "kernel_init_freeable", Parity.Reduced, "as start_kernel")]
    private static void kernel_init_freeable()
    {
        // A kthread makes kthreads itself; so does init while the kernel is being built.
        current->flags |= PF_KTHREAD;
        set_kthread_struct_for_init();
        gfp_allowed_mask = linux_gfp_types_h.__GFP_BITS_MASK;
        workqueue_init();
        init_mm_internals();
        percpu_enable_async();
        // early_initcall
        init_zero_pfn();
        smp_init();
        sched_init_smp();
        page_alloc_init_late();
        do_basic_setup();
        current->flags &= ~PF_KTHREAD;
        free_kthread_struct(current);
    }

    private static void set_kthread_struct_for_init() => BUG_ON(!set_kthread_struct(current));

    [KernelSource("kernel/smp.c", "smp_init", Parity.Reduced, "CPUs do not start: they are there when they are online")]
    private static void smp_init()
    {
        for (int cpu = 1; cpu < sched_host.nr_cpus; cpu++)
        {
            task_struct* idle = kernel_fork_c.fork_idle(cpu);
            BUG_ON(IS_ERR(idle));
            cpu_up(cpu, idle);
        }
    }

    /// <summary>init was born on the boot CPU; from here on it may run anywhere.</summary>
    [KernelSource("kernel/sched/core.c", "sched_init_smp", Parity.Reduced, "no scheduling domains")]
    private static void sched_init_smp()
    {
        if (set_cpus_allowed_ptr(current, cpu_possible_mask) < 0)
            BUG();
        if (set_cpus_allowed_ptr(kernel_kthread_c.kthreadd_task, cpu_possible_mask) < 0)
            BUG();
    }

    private static void cpu_up(int n, task_struct* idle)
    {
        cpu* c = sched_host.cpu_of(n);
        c->idle_task = c->current_task = idle;
        idle->on_cpu = 1;
        c->preempt_count = PREEMPT_OFFSET;
        c->irqs_disabled = 0;
        c->clock = sched_host.now();
        c->rcu_eqs = 1;
        System.Threading.Volatile.Write(ref c->online, 1);
        cpumask_set_cpu(n, cpu_online_mask);
        cpumask_set_cpu(n, cpu_active_mask);
        if (!sched_host.deterministic)
            sched_host.start_idle_thread(c);
        cpuhp_cpu_online((uint)n);
    }

    /// <summary>The initcalls, level by level.</summary>
    private static void do_basic_setup()
    {
        // driver_init
        bdi_init(noop_backing_dev_info);
        // core_initcall
        cgroup_wq_init();
        // postcore_initcall
        init_per_zone_wmark_min();
        // subsys_initcall
        default_bdi_init();
        cgwb_init();
        mem_cgroup_swap_init();
        swapfile_init();
        swap_init();
        oom_init();
        start_stop_khugepaged(true);
        // fs_initcall
        cgroup_writeback_init();
        kernel_time_clocksource_c.clocksource_start_watchdog();
        // module_init, device_initcall
        percpu_counter_startup();
        mm_compute_batch(0);
        workingset_init();
        kswapd_init();
        anon_inode_init();
        userfaultfd_init();
        fsnotify_init();
        inotify_user_setup();
        fanotify_user_setup();
        sock_init();
        ext4.init();
        if (linux_blkdev_h.blkdev_init([.. host_swap.disks(boot), .. host_files.disks(boot)]) != 0)
            panic("no memory for block devices");
        // late_initcall
        vmstat_late_init();
        zswap_init();
    }

    /// <summary>In the parent: a child in user space that takes its orders from outside.</summary>
    internal static user_task? fork_user_task(string name, bool thread, out long err)
    {
        kernel_clone_args args = new()
        {
            flags = thread ? kernel_fork_c.CLONE_VM | kernel_fork_c.CLONE_FS | kernel_fork_c.CLONE_FILES | kernel_fork_c.CLONE_SIGHAND | kernel_fork_c.CLONE_THREAD : 0,
            exit_signal = thread ? 0 : linux_sched_signal_h.SIGCHLD,
            fn = &user_task_entry,
        };
        task_struct* p = kernel_fork_c.clone_stopped(&args);
        if (IS_ERR(p))
        {
            err = PTR_ERR(p);
            return null;
        }
        set_task_comm(p, name);
        var t = new user_task(name) { task = p, pid = p->pid };
        machine.register(t);
        err = t.pid;
        wake_up_new_task(p);
        return t;
    }

    private static int user_task_entry(void* unused)
    {
        machine.find(current->pid)!.main();
        return 0;
    }

    /// <summary>The machine is gone: gives back what it had of the host.</summary>
    internal static void free()
    {
        for (int i = 0; i < CONFIG_NR_CPUS; i++)
            linux_hrtimer_h.free_heap(sched_host.cpu_of(i));
        vmap_space.free_all();
        host_swap.free();
        host_files.free();
        ram?.Dispose();
        ram = null;
        map = null;
        up = null;
    }
}
