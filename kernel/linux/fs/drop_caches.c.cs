// SPDX-License-Identifier: GPL-2.0-only
// fs/drop_caches.c: the page cache and what shrinkers know, thrown away on request.
using static Linux.linux_fs_h;
using static Linux.linux_pagemap_h;

namespace Linux;

public static unsafe partial class fs_drop_caches_c
{
    private const string C = "fs/drop_caches.c";

    [KernelSource(C, "drop_pagecache_sb", Parity.Full)]
    private static void drop_pagecache_sb(super_block* sb, void* unused)
    {
        inode* toput_inode = null;

        spin_lock(&sb->s_inode_list_lock);
        for (list_head* p = sb->s_inodes.next; p != &sb->s_inodes; p = p->next)
        {
            inode* inode = container_of<inode>(p, &((inode*)nowhere)->i_sb_list);

            spin_lock(&inode->i_lock);
            // Inodes without pages are skipped, but not while this would be for long without a pause.
            if ((inode->i_state & (I_FREEING | I_WILL_FREE | I_NEW)) != 0 || (mapping_empty(inode->i_mapping) && !need_resched()))
            {
                spin_unlock(&inode->i_lock);
                continue;
            }

            __iget(inode);
            spin_unlock(&inode->i_lock);
            spin_unlock(&sb->s_inode_list_lock);

            invalidate_mapping_pages(inode->i_mapping, 0, ulong.MaxValue);
            iput(toput_inode);
            toput_inode = inode;

            cond_resched();
            spin_lock(&sb->s_inode_list_lock);
        }

        spin_unlock(&sb->s_inode_list_lock);
        iput(toput_inode);
    }

    /// <summary>vm.drop_caches: 1 is clean page cache, 2 what shrinkers know, 3 both.</summary>
    [KernelSource(C, "drop_caches_sysctl_handler", Parity.Reduced, "the value comes parsed, and nothing is printed")]
    public static void drop_caches(long what)
    {
        if ((what & 1) != 0)
        {
            lru_add_drain_all();
            fs_super_c.iterate_supers(&drop_pagecache_sb, null);
            count_vm_event(DROP_PAGECACHE);
        }

        if ((what & 2) != 0)
        {
            drop_slab();
            count_vm_event(DROP_SLAB);
        }
    }
}
