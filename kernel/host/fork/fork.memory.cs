// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public static unsafe partial class kernel_fork_c
{
    [KernelSource("kernel/fork.c", "alloc_task_struct_node", Parity.Full)]
    private static task_struct* alloc_task_struct_node(int node) => (task_struct*)NativeMemory.AlignedAlloc((nuint)sizeof(task_struct), 64);

    [KernelSource("kernel/fork.c", "free_task_struct", Parity.Full)]
    private static void free_task_struct(task_struct* tsk) => NativeMemory.AlignedFree(tsk);

    private static signal_struct* alloc_signal() => (signal_struct*)NativeMemory.AllocZeroed((nuint)sizeof(signal_struct));

    private static void free_signal(signal_struct* sig) => NativeMemory.Free(sig);

    private static sighand_struct* alloc_sighand()
    {
        var s = (sighand_struct*)NativeMemory.AllocZeroed((nuint)sizeof(sighand_struct));
        spin_lock_init(&s->siglock);
        return s;
    }

    private static void free_sighand(sighand_struct* s) => NativeMemory.Free(s);

    private static int alloc_thread_stack_node(task_struct* tsk, int node) => 0;

    private static void free_thread_stack(task_struct* tsk)
    {
    }

    private static void account_kernel_stack(task_struct* tsk, int account)
    {
    }

    internal static void exit_task_stack_account(task_struct* tsk)
    {
    }

    private static void drop_mm(task_struct* p)
    {
    }

    private static void drop_oom_mm(mm_struct* mm)
    {
    }
}
