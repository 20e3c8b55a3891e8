// SPDX-License-Identifier: GPL-2.0-only

namespace Linux;

/// <summary>fs/dcache.c: whole trees.</summary>
public static unsafe partial class fs_dcache_c
{
    private enum d_walk_ret
    {
        D_WALK_CONTINUE,
        D_WALK_QUIT,
    }

    // Calls enter for each name below the parent, with both locked.
    [KernelSource(C, "d_walk", Parity.Reduced, "there are no directories in directories, and nothing is renamed")]
    private static void d_walk(dentry* parent, void* data, delegate*<void*, dentry*, d_walk_ret> enter)
    {
        hlist_node* next;

        spin_lock(&parent->d_lock);
        for (hlist_node* n = parent->d_children.first; n != null; n = next)
        {
            dentry* dentry = container_of<dentry>(n, &((dentry*)nowhere)->d_sib);
            next = n->next;
            spin_lock_nested(&dentry->d_lock, DENTRY_D_LOCK_NESTED);
            d_walk_ret ret = enter(data, dentry);
            spin_unlock(&dentry->d_lock);
            if (ret == d_walk_ret.D_WALK_QUIT)
                break;
        }

        spin_unlock(&parent->d_lock);
    }

    private struct select_data
    {
        public long found;
        public dentry* victim;
        public list_head dispose;
    }

    [KernelSource(C, "select_collect", Parity.Full)]
    [MustHold("dentry->d_lock")]
    private static d_walk_ret select_collect(void* _data, dentry* dentry)
    {
        select_data* data = (select_data*)_data;

        if ((dentry->d_flags & DCACHE_SHRINK_LIST) != 0)
        {
            data->found++;
        }
        else if (dentry->d_lockref.count == 0)
        {
            to_shrink_list(dentry, &data->dispose);
            data->found++;
        }
        else if (dentry->d_lockref.count < 0)
        {
            data->found++;
        }

        return !list_empty(&data->dispose) && need_resched() ? d_walk_ret.D_WALK_QUIT : d_walk_ret.D_WALK_CONTINUE;
    }

    // What is on another's list is taken from it; the read section lasts.
    [KernelSource(C, "select_collect2", Parity.Full)]
    [MustHold("dentry->d_lock"), ContextUnsafe("with a victim the read section lasts until that is killed", Rule = "KM0110")]
    private static d_walk_ret select_collect2(void* _data, dentry* dentry)
    {
        select_data* data = (select_data*)_data;

        if (dentry->d_lockref.count == 0)
        {
            if ((dentry->d_flags & DCACHE_SHRINK_LIST) != 0)
            {
                rcu_read_lock();
                data->victim = dentry;
                return d_walk_ret.D_WALK_QUIT;
            }

            to_shrink_list(dentry, &data->dispose);
        }

        return !list_empty(&data->dispose) && need_resched() ? d_walk_ret.D_WALK_QUIT : d_walk_ret.D_WALK_CONTINUE;
    }

    [KernelSource(C, "shrink_dcache_parent", Parity.Full)]
    [ContextUnsafe("select_collect2() has begun the read section of the victim", Rule = "KM0113")]
    private static void shrink_dcache_parent(dentry* parent)
    {
        for (; ; )
        {
            select_data data = default;

            INIT_LIST_HEAD(&data.dispose);
            d_walk(parent, &data, &select_collect);

            if (!list_empty(&data.dispose))
            {
                shrink_dentry_list(&data.dispose);
                continue;
            }

            cond_resched();
            if (data.found == 0)
                break;
            data.victim = null;
            d_walk(parent, &data, &select_collect2);
            if (data.victim != null)
            {
                spin_lock(&data.victim->d_lock);
                if (!lock_for_kill(data.victim))
                {
                    spin_unlock(&data.victim->d_lock);
                    rcu_read_unlock();
                }
                else
                {
                    shrink_kill(data.victim);
                }
            }

            if (!list_empty(&data.dispose))
                shrink_dentry_list(&data.dispose);
        }
    }

    [KernelSource(C, "umount_check", Parity.Full)]
    private static d_walk_ret umount_check(void* data, dentry* dentry)
    {
        WARN(true, $"BUG: dentry still in use ({dentry->d_lockref.count})");
        return d_walk_ret.D_WALK_CONTINUE;
    }

    /// <summary>The whole tree goes, for nobody can be in it.</summary>
    [KernelSource(C, "shrink_dcache_for_umount", Parity.Reduced, "one root; do_one_tree is here")]
    [PutsRef("sb->s_root", Sometimes = true)]
    public static void shrink_dcache_for_umount(super_block* sb)
    {
        lockdep_assert_held_write(&sb->s_umount);

        dentry* dentry = sb->s_root;
        sb->s_root = null;
        shrink_dcache_parent(dentry);
        d_walk(dentry, null, &umount_check);
        d_drop(dentry);
        dput(dentry);
    }

    [KernelSource(C, "d_genocide_kill", Parity.Full)]
    private static d_walk_ret d_genocide_kill(void* data, dentry* dentry)
    {
        if (!d_unhashed(dentry) && dentry->d_inode != null && (dentry->d_flags & DCACHE_GENOCIDE) == 0)
        {
            dentry->d_flags |= DCACHE_GENOCIDE;
            dentry->d_lockref.count--;
        }

        return d_walk_ret.D_WALK_CONTINUE;
    }

    /// <summary>The names of a file system in memory are not pinned any longer.</summary>
    [KernelSource(C, "d_genocide", Parity.Full)]
    public static void d_genocide(dentry* parent) => d_walk(parent, parent, &d_genocide_kill);
}
