// SPDX-License-Identifier: GPL-2.0-only
// Correct: values that hold for a stretch of code, nested and restored on every way.
namespace Linux;

public static unsafe partial class scopes_c
{
    private static void* active_memcg(mem_cgroup* memcg)
    {
        mem_cgroup* old = set_active_memcg(memcg);
        void* p = kmalloc(64, GFP_KERNEL | __GFP_ACCOUNT);

        set_active_memcg(old);
        return p;
    }

    private static void* nested(mem_cgroup* outer, mem_cgroup* inner)
    {
        mem_cgroup* old_outer, old_inner;
        void* p;

        old_outer = set_active_memcg(outer);
        old_inner = set_active_memcg(inner);
        p = kmalloc(64, GFP_KERNEL);
        set_active_memcg(old_inner);
        set_active_memcg(old_outer);
        return p;
    }

    private static int restored_on_the_error_path(mem_cgroup* memcg)
    {
        mem_cgroup* old = set_active_memcg(memcg);
        void* p = kmalloc(64, GFP_KERNEL);

        if (p == null)
        {
            set_active_memcg(old);
            return -ENOMEM;
        }
        kfree(p);
        set_active_memcg(old);
        return 0;
    }

    private static void nofs(void** p)
    {
        uint flags = memalloc_nofs_save();

        *p = kmalloc(64, GFP_KERNEL);
        memalloc_nofs_restore(flags);
    }

    private static int nofs_and_goto(bdi_writeback* wb)
    {
        uint nofs = memalloc_nofs_save();
        void* p;
        int ret = -ENOMEM;

        p = kmalloc(64, GFP_KERNEL);
        if (p == null)
            goto restore;
        ret = 0;
        kfree(p);
    restore:
        memalloc_nofs_restore(nofs);
        return ret;
    }

    private static ulong stalls(mem_cgroup* memcg)
    {
        ulong pflags;
        ulong reclaimed;

        psi_memstall_enter(&pflags);
        reclaimed = try_to_free_mem_cgroup_pages(memcg, 32, GFP_KERNEL);
        psi_memstall_leave(&pflags);
        return reclaimed;
    }

    private static void two_kinds(mem_cgroup* memcg)
    {
        uint reclaim = memalloc_noreclaim_save();
        uint nofs = memalloc_nofs_save();

        kfree(kmalloc(8, GFP_KERNEL));
        memalloc_nofs_restore(nofs);
        memalloc_noreclaim_restore(reclaim);
    }

    private static void in_a_loop(mem_cgroup** memcgs, int n)
    {
        for (int i = 0; i < n; i++)
        {
            mem_cgroup* old = set_active_memcg(memcgs[i]);

            kfree(kmalloc(8, GFP_KERNEL));
            set_active_memcg(old);
        }
    }

    private static void only_if_there_is_one(mem_cgroup* memcg)
    {
        mem_cgroup* old = null;

        if (memcg != null)
            old = set_active_memcg(memcg);
        kfree(kmalloc(8, GFP_KERNEL));
        if (memcg != null)
            set_active_memcg(old);
    }

    private static void one_after_the_other(mem_cgroup* a, mem_cgroup* b)
    {
        mem_cgroup* old = set_active_memcg(a);

        kfree(kmalloc(8, GFP_KERNEL));
        set_active_memcg(old);
        old = set_active_memcg(b);
        kfree(kmalloc(8, GFP_KERNEL));
        set_active_memcg(old);
    }
}
