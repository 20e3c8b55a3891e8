// SPDX-License-Identifier: GPL-2.0-only
// Bug 12, fixed: commit 8b0ed8443ae6. css_tryget fails when the count is at zero.
namespace Linux;

public static unsafe partial class fs_fs_writeback_c
{
    private static void inode_switch_wbs(inode* inode, int new_wb_id)
    {
        cgroup_subsys_state* memcg_css;

        rcu_read_lock();
        memcg_css = css_from_id(new_wb_id, memory_cgrp_subsys);
        if (memcg_css != null && !css_tryget(memcg_css))
            memcg_css = null;
        rcu_read_unlock();
        if (memcg_css == null)
            return;

        wb_get_create(inode, memcg_css, GFP_ATOMIC);
        css_put(memcg_css);
    }
}
