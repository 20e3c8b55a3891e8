// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_gfp_types_h;
using static Linux.linux_memcontrol_h;
using static Linux.linux_mm_h;
using static Linux.linux_slab_h;
using static Linux.linux_vmalloc_h;
using static Linux.linux_vmstat_h;

namespace Linux;

/// <summary>What tasks are made of: slab objects, and stacks of four pages that are charged one by one.</summary>
public static unsafe partial class kernel_fork_c
{
    public const int THREAD_SIZE = 16 << 10;
    private const int THREAD_ALIGN = THREAD_SIZE;
    private const int NR_CACHED_STACKS = 2;
    private const gfp_t GFP_VMAP_STACK = GFP_KERNEL | __GFP_ZERO;

    /// <summary>The room for the registers that the recorded kernel keeps behind a task.</summary>
    private const uint ARCH_TASK_STRUCT_EXTRA = 64 + 2624;

    /// <summary>The recorded kernel's sighand_struct, with its 64 actions.</summary>
    private const uint SIGHAND_SIZE = 2088;

    private static kmem_cache* task_struct_cachep;
    private static kmem_cache* signal_cachep;
    public static kmem_cache* sighand_cachep;
    [PerCpu(Remote = true)]
    private static readonly PerCpu<ptr<vm_struct>>* cached_stacks = DEFINE_PER_CPU<ptr<vm_struct>>(NR_CACHED_STACKS);

    private struct vm_stack
    {
        public callback_head rcu;
        public vm_struct* stack_vm_area;
    }

    [KernelSource("kernel/fork.c", "fork_init", Parity.Reduced, "no limits by RAM size and no user namespaces")]
    internal static void fork_init()
    {
        task_struct_cachep = kmem_cache_create("task_struct"u8, (uint)sizeof(task_struct) + ARCH_TASK_STRUCT_EXTRA, 64,
            SLAB_PANIC | SLAB_ACCOUNT, null);
        cpuhp_setup_state_nocalls(CPUHP_BP_PREPARE_DYN, "fork:vm_stack_cache", null, &free_vm_stack_cache);
    }

    [KernelSource("kernel/fork.c", "proc_caches_init", Parity.Reduced, "the caches of files are made by those who use them")]
    internal static void proc_caches_init()
    {
        sighand_cachep = kmem_cache_create("sighand_cache"u8, SIGHAND_SIZE, 0,
            SLAB_HWCACHE_ALIGN | SLAB_PANIC | SLAB_TYPESAFE_BY_RCU | SLAB_ACCOUNT, &sighand_ctor);
        signal_cachep = kmem_cache_create("signal_cache"u8, (uint)sizeof(signal_struct), 0,
            SLAB_HWCACHE_ALIGN | SLAB_PANIC | SLAB_ACCOUNT, null);
        mmap_init();
    }

    [KernelSource("kernel/fork.c", "sighand_ctor", Parity.Full)]
    private static void sighand_ctor(void* data)
    {
        sighand_struct* sighand = (sighand_struct*)data;
        spin_lock_init(&sighand->siglock);
        init_waitqueue_head(&sighand->signalfd_wqh);
    }

    [KernelSource("kernel/fork.c", "alloc_task_struct_node", Parity.Full)]
    private static task_struct* alloc_task_struct_node(int node) => (task_struct*)kmem_cache_alloc_node(task_struct_cachep, GFP_KERNEL, node);

    [KernelSource("kernel/fork.c", "free_task_struct", Parity.Full)]
    private static void free_task_struct(task_struct* tsk) => kmem_cache_free(task_struct_cachep, tsk);

    private static signal_struct* alloc_signal() => (signal_struct*)kmem_cache_zalloc(signal_cachep, GFP_KERNEL);

    private static void free_signal(signal_struct* sig) => kmem_cache_free(signal_cachep, sig);

    private static sighand_struct* alloc_sighand() => (sighand_struct*)kmem_cache_alloc(sighand_cachep, GFP_KERNEL);

    private static void free_sighand(sighand_struct* s) => kmem_cache_free(sighand_cachep, s);

    // ---------------------------------------------------------------- stacks

    [KernelSource("kernel/fork.c", "try_release_thread_stack_to_cache", Parity.Full)]
    private static bool try_release_thread_stack_to_cache(vm_struct* vm_area)
    {
        for (int i = 0; i < NR_CACHED_STACKS; i++)
        {
            if (this_cpu_cmpxchg(&cached_stacks[i], null, vm_area) == null)
                return true;
        }
        return false;
    }

    [KernelSource("kernel/fork.c", "thread_stack_free_rcu", Parity.Full)]
    private static void thread_stack_free_rcu(callback_head* rh)
    {
        vm_struct* vm_area = container_of<vm_stack>(rh, &((vm_stack*)nowhere)->rcu)->stack_vm_area;
        if (try_release_thread_stack_to_cache(vm_area))
            return;
        vfree(vm_area->addr);
    }

    [KernelSource("kernel/fork.c", "thread_stack_delayed_free", Parity.Full)]
    private static void thread_stack_delayed_free(task_struct* tsk)
    {
        vm_stack* stack = (vm_stack*)tsk->stack;
        stack->stack_vm_area = tsk->stack_vm_area;
        call_rcu(&stack->rcu, &thread_stack_free_rcu);
    }

    [KernelSource("kernel/fork.c", "free_vm_stack_cache", Parity.Full)]
    internal static int free_vm_stack_cache(uint cpu)
    {
        ptr<vm_struct>* cached = per_cpu_ptr(cached_stacks, (int)cpu);
        for (int i = 0; i < NR_CACHED_STACKS; i++)
        {
            // A machine that is switched off calls this for CPUs that live, and vfree() sleeps: none may find it meanwhile.
            vm_struct* vm_area = (vm_struct*)xchg((long*)&cached[i].value, 0);
            if (vm_area != null)
                vfree(vm_area->addr);
        }
        return 0;
    }

    /// <summary>As free_vm_stack_cache(), for a CPU that lives: in a worker of its own, as others of its tasks take from the cache meanwhile.</summary>
    internal static long drop_vm_stack_cache(void* unused)
    {
        for (int i = 0; i < NR_CACHED_STACKS; i++)
        {
            vm_struct* vm_area = this_cpu_xchg(&cached_stacks[i], null);
            if (vm_area != null)
                vfree(vm_area->addr);
        }
        return 0;
    }

    [KernelSource("kernel/fork.c", "memcg_charge_kernel_stack", Parity.Full)]
    private static int memcg_charge_kernel_stack(vm_struct* vm_area)
    {
        int ret;
        int nr_charged = 0;
        BUG_ON(vm_area->nr_pages != THREAD_SIZE / PAGE_SIZE);
        for (int i = 0; i < THREAD_SIZE / (int)PAGE_SIZE; i++)
        {
            ret = memcg_kmem_charge_page(vm_area->pages[i], GFP_KERNEL, 0);
            if (ret != 0)
                goto err;
            nr_charged++;
        }
        return 0;
    err:
        for (int i = 0; i < nr_charged; i++)
            memcg_kmem_uncharge_page(vm_area->pages[i], 0);
        return ret;
    }

    [KernelSource("kernel/fork.c", "alloc_thread_stack_node", Parity.Full)]
    private static int alloc_thread_stack_node(task_struct* tsk, int node)
    {
        vm_struct* vm_area;
        void* stack;
        for (int i = 0; i < NR_CACHED_STACKS; i++)
        {
            vm_area = this_cpu_xchg(&cached_stacks[i], null);
            if (vm_area == null)
                continue;
            if (memcg_charge_kernel_stack(vm_area) != 0)
            {
                vfree(vm_area->addr);
                return -ENOMEM;
            }
            stack = vm_area->addr;
            NativeMemory.Clear(stack, THREAD_SIZE);
            tsk->stack_vm_area = vm_area;
            tsk->stack = stack;
            return 0;
        }

        stack = __vmalloc_node_noprof(THREAD_SIZE, THREAD_ALIGN, GFP_VMAP_STACK, node, null);
        if (stack == null)
            return -ENOMEM;
        vm_area = find_vm_area(stack);
        if (memcg_charge_kernel_stack(vm_area) != 0)
        {
            vfree(stack);
            return -ENOMEM;
        }
        // It may be freed in an interrupt, where the area cannot be looked up.
        tsk->stack_vm_area = vm_area;
        tsk->stack = stack;
        return 0;
    }

    [KernelSource("kernel/fork.c", "free_thread_stack", Parity.Full)]
    private static void free_thread_stack(task_struct* tsk)
    {
        if (!try_release_thread_stack_to_cache(tsk->stack_vm_area))
            thread_stack_delayed_free(tsk);
        tsk->stack = null;
        tsk->stack_vm_area = null;
    }

    [KernelSource("kernel/fork.c", "account_kernel_stack", Parity.Full)]
    private static void account_kernel_stack(task_struct* tsk, int account)
    {
        vm_struct* vm_area = tsk->stack_vm_area;
        for (int i = 0; i < THREAD_SIZE / (int)PAGE_SIZE; i++)
            mod_lruvec_page_state(vm_area->pages[i], NR_KERNEL_STACK_KB, account * (int)(PAGE_SIZE / 1024));
    }

    [KernelSource("kernel/fork.c", "exit_task_stack_account", Parity.Full)]
    internal static void exit_task_stack_account(task_struct* tsk)
    {
        account_kernel_stack(tsk, -1);
        vm_struct* vm_area = tsk->stack_vm_area;
        for (int i = 0; i < THREAD_SIZE / (int)PAGE_SIZE; i++)
            memcg_kmem_uncharge_page(vm_area->pages[i], 0);
    }
}
