// SPDX-License-Identifier: GPL-2.0-only
// Bug 12: commit 8b0ed8443ae6, fs/fs-writeback.c. Rule: KM0503 (get on a count that may be zero).
//
// Under rcu_read_lock a css is still memory, but its count may be at zero already. css_get lifts it to one, and the release
// that is on its way frees the group under whoever believes to own it. Found in review.
namespace Linux;

public static unsafe partial class fs_fs_writeback_c
{
    private static void inode_switch_wbs(inode* inode, int new_wb_id)
    {
        cgroup_subsys_state* memcg_css;

        rcu_read_lock();
        memcg_css = css_from_id(new_wb_id, memory_cgrp_subsys);
        if (memcg_css == null)
        {
            rcu_read_unlock();
            return;
        }
        css_get(memcg_css); // expect: KM0503
        rcu_read_unlock();

        wb_get_create(inode, memcg_css, GFP_ATOMIC);
        css_put(memcg_css);
    }
}
