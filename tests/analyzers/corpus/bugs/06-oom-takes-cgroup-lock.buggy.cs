// SPDX-License-Identifier: GPL-2.0-only
// Bug 6: commit 7f4d454dee2e, mm/memcontrol.c and kernel/cpuset.c. Rule: KM0601 (lock order cycle).
//
// A fault holds mmap_lock for reading; when its charge fails, the OOM killer took cgroup_mutex to keep the group's tasks in
// place. Attaching a task to a cpuset holds cgroup_mutex and rewrites the task's memory policy under mmap_lock.
namespace Linux;

public static unsafe partial class mm_memcontrol_c
{
    private static void mem_cgroup_out_of_memory(mem_cgroup* memcg)
    {
        mutex_lock(cgroup_mutex);
        select_bad_process(memcg);
        mutex_unlock(cgroup_mutex);
    }

    private static int do_anonymous_page(mm_struct* mm, mem_cgroup* memcg)
    {
        down_read(&mm->mmap_lock);
        if (!page_counter_try_charge(&memcg->memory, 1))
            mem_cgroup_out_of_memory(memcg); // expect: KM0601
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
