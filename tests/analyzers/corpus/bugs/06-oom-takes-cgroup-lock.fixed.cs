// SPDX-License-Identifier: GPL-2.0-only
// Bug 6, fixed: commit 7f4d454dee2e. The OOM killer has a lock of its own, which is only ever the innermost.
namespace Linux;

public static unsafe partial class mm_memcontrol_c
{
    [LockClass("memcg_tasklist", Kind = LockKind.Mutex)]
    private static readonly mutex* memcg_tasklist = bss<mutex>();

    private static void mem_cgroup_out_of_memory(mem_cgroup* memcg)
    {
        mutex_lock(memcg_tasklist);
        select_bad_process(memcg);
        mutex_unlock(memcg_tasklist);
    }

    private static int do_anonymous_page(mm_struct* mm, mem_cgroup* memcg)
    {
        down_read(&mm->mmap_lock);
        if (!page_counter_try_charge(&memcg->memory, 1))
            mem_cgroup_out_of_memory(memcg);
        up_read(&mm->mmap_lock);
        return 0;
    }

    private static void cpuset_attach(mm_struct* mm)
    {
        mutex_lock(cgroup_mutex);
        down_write(&mm->mmap_lock);
        mpol_rebind_mm(mm);
        up_write(&mm->mmap_lock);
        mutex_unlock(cgroup_mutex);
    }
}
