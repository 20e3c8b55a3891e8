// SPDX-License-Identifier: GPL-2.0-only
// Bug 7, fixed: commit 264a0ae164bc. Charges move in post_attach, when the rwsem has been given back.
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

    private static void cgroup_attach_task(mm_struct* mm, task_struct* task, mem_cgroup* memcg)
    {
        down_write(cgroup_threadgroup_rwsem);
        WRITE_ONCE(&task->memcg, memcg);
        up_write(cgroup_threadgroup_rwsem);
        mem_cgroup_move_charge(mm);
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
