// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

// What a machine's frames are compared without: areas that wait for a worker to free them.
public static unsafe partial class mm_vmalloc_c
{
    /// <summary>Does what the works of vfree_atomic() would, where there are no workers.</summary>
    internal static void vfree_all_deferred()
    {
        foreach (int cpu in for_each_possible_cpu())
            delayed_vfree_work(&per_cpu_ptr(vfree_deferred_list, cpu)->wq);
    }
}
