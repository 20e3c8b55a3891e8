// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_mm_h;

namespace Linux;

// How much memory may be promised.
public static unsafe partial class mm_util_c
{
    public const int OVERCOMMIT_GUESS = 0;
    public const int OVERCOMMIT_ALWAYS = 1;
    public const int OVERCOMMIT_NEVER = 2;

    public static int sysctl_overcommit_memory = OVERCOMMIT_GUESS;
    public static int sysctl_overcommit_ratio = 50;
    public static ulong sysctl_overcommit_kbytes;
    public static ulong sysctl_user_reserve_kbytes = 1UL << 17;
    public static ulong sysctl_admin_reserve_kbytes = 1UL << 13;

    [KernelSource("mm/util.c", "vm_commit_limit", Parity.Full)]
    public static ulong vm_commit_limit()
    {
        ulong allowed;

        if (sysctl_overcommit_kbytes != 0)
            allowed = sysctl_overcommit_kbytes >> (PAGE_SHIFT - 10);
        else
            allowed = totalram_pages() * (ulong)sysctl_overcommit_ratio / 100;
        allowed += (ulong)total_swap_pages;

        return allowed;
    }

    /// <summary>Pages that were promised; folded in per CPU.</summary>
    public static readonly percpu_counter* vm_committed_as = bss<percpu_counter>();

    [KernelSource("mm/util.c", "vm_memory_committed", Parity.Full)]
    public static ulong vm_memory_committed() => (ulong)percpu_counter_sum_positive(vm_committed_as);

    [KernelSource("include/linux/mman.h", "vm_acct_memory", Parity.Full)]
    public static void vm_acct_memory(long pages) => percpu_counter_add_batch(vm_committed_as, pages, mm_mm_init_c.vm_committed_as_batch);

    [KernelSource("include/linux/mman.h", "vm_unacct_memory", Parity.Full)]
    public static void vm_unacct_memory(long pages) => vm_acct_memory(-pages);

    private static readonly ratelimit_state* _rs = data(new ratelimit_state { interval = DEFAULT_RATELIMIT_INTERVAL, burst = DEFAULT_RATELIMIT_BURST });

    /// <summary>Promises pages; 0, or -ENOMEM when that is too much.</summary>
    [KernelSource("mm/util.c", "__vm_enough_memory", Parity.Full)]
    public static int __vm_enough_memory(mm_struct* mm, long pages, int cap_sys_admin)
    {
        vm_acct_memory(pages);

        if (sysctl_overcommit_memory == OVERCOMMIT_ALWAYS)
            return 0;

        if (sysctl_overcommit_memory == OVERCOMMIT_GUESS)
        {
            if ((ulong)pages > totalram_pages() + (ulong)total_swap_pages)
                goto error;
            return 0;
        }

        long allowed = (long)vm_commit_limit();
        if (cap_sys_admin == 0)
            allowed -= (long)(sysctl_admin_reserve_kbytes >> (PAGE_SHIFT - 10));

        // One process may not grow so large that nobody can do anything about it.
        if (mm != null)
            allowed -= Math.Min((long)(mm->total_vm / 32), (long)(sysctl_user_reserve_kbytes >> (PAGE_SHIFT - 10)));

        if (percpu_counter_read_positive(vm_committed_as) < allowed)
            return 0;
    error:
        if (__ratelimit(_rs))
            pr_warn($"__vm_enough_memory: pid: {current->pid}, comm: {comm_of(current)}, bytes: {(ulong)pages << PAGE_SHIFT} not enough memory for the allocation\n");
        vm_unacct_memory(pages);

        return -ENOMEM;
    }

    [KernelSource("security/security.c", "security_vm_enough_memory_mm", Parity.Reduced, "one user, who may do everything")]
    public static int security_vm_enough_memory_mm(mm_struct* mm, long pages) => __vm_enough_memory(mm, pages, 1);
}
