// SPDX-License-Identifier: GPL-2.0-only
// Bug 7: commit 264a0ae164bc, mm/memcontrol.c. Rule: KM0601 (lock order cycle).
//
// Moving a task to a group moved its charges inside the attach callback, that is under cgroup_threadgroup_rwsem, and walked
// the task's page tables under mmap_lock. exec and fork come the other way: they wait for the rwsem while they hold mmap_lock.
namespace Linux;

public static unsafe partial class mm_memcontrol_c
{
    [LockClass("cgroup_threadgroup_rwsem", Kind = LockKind.RwSem)]
    private static readonly rw_semaphore* cgroup_threadgroup_rwsem = bss<rw_semaphore>();

    private static void mem_cgroup_move_charge(mm_struct* mm)
    {
        down_read(&mm->mmap_lock);
        walk_page_range(mm);
        up_read(&mm->mmap_lock);
    }

    private static void cgroup_attach_task(mm_struct* mm)
    {
        down_write(cgroup_threadgroup_rwsem);
        mem_cgroup_move_charge(mm); // expect: KM0601
        up_write(cgroup_threadgroup_rwsem);
    }

    private static void exec_mmap(mm_struct* mm)
    {
        down_write(&mm->mmap_lock);
        down_read(cgroup_threadgroup_rwsem);
        mm->owner = current;
        up_read(cgroup_threadgroup_rwsem);
        up_write(&mm->mmap_lock);
    }
}
