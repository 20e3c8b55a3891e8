// SPDX-License-Identifier: GPL-2.0-only
// fs/dcache.c: giving up names, reclaim, unmounting.

namespace Linux;

public static unsafe partial class fs_dcache_c
{
    // ---------------------------------------------------------------- the end of a name

    [KernelSource(C, "__d_free", Parity.Full)]
    private static void __d_free(rcu_head* head) => kmem_cache_free(dentry_cache, container_of<dentry>(head, &((dentry*)nowhere)->d_rcu));

    [KernelSource(C, "__d_free_external", Parity.Full)]
    private static void __d_free_external(rcu_head* head)
    {
        dentry* dentry = container_of<dentry>(head, &((dentry*)nowhere)->d_rcu);

        kfree(external_name_of(dentry));
        kmem_cache_free(dentry_cache, dentry);
    }

    [KernelSource(C, "dentry_free", Parity.Full)]
    private static void dentry_free(dentry* dentry)
    {
        WARN_ON(!hlist_unhashed(&dentry->d_alias));
        if (dname_external(dentry) && atomic_dec_and_test(&external_name_of(dentry)->count))
        {
            call_rcu(&dentry->d_rcu, &__d_free_external);
            return;
        }

        // What was never to be found goes at once.
        if ((dentry->d_flags & DCACHE_NORCU) != 0)
            __d_free(&dentry->d_rcu);
        else
            call_rcu(&dentry->d_rcu, &__d_free);
    }

    [KernelSource(C, "dentry_unlink_inode", Parity.Full)]
    [Releases("dentry->d_lock"), Releases("dentry->d_inode->i_lock")]
    [PutsRef("dentry->d_inode", Sometimes = true)]
    private static void dentry_unlink_inode(dentry* dentry)
    {
        inode* inode = dentry->d_inode;

        raw_write_seqcount_begin(&dentry->d_seq.seqcount);
        __d_clear_type_and_inode(dentry);
        hlist_del_init(&dentry->d_alias);
        raw_write_seqcount_end(&dentry->d_seq.seqcount);
        spin_unlock(&dentry->d_lock);
        spin_unlock(&inode->i_lock);
        if (inode->i_nlink == 0)
            fsnotify_inoderemove(inode);
        iput(inode);
    }

    [KernelSource(C, "dentry_unlist", Parity.Reduced, "nobody reads directories, so there are no cursors")]
    private static void dentry_unlist(dentry* dentry)
    {
        dentry->d_flags |= DCACHE_DENTRY_KILLED;
        if (!hlist_unhashed(&dentry->d_sib))
            __hlist_del(&dentry->d_sib);
    }

    // The parent, locked, if that was the last use of it.
    [KernelSource(C, "__dentry_kill", Parity.Reduced, "no operations of file systems on names")]
    [Releases("dentry->d_lock"), Releases("dentry->d_inode->i_lock"), TryAcquires(Result.NonNull, "return->d_lock"), MightSleep]
    private static dentry* __dentry_kill(dentry* dentry)
    {
        dentry* parent = null;
        bool can_free = true;

        lockref_mark_dead(&dentry->d_lockref);

        if ((dentry->d_flags & (DCACHE_LRU_LIST | DCACHE_SHRINK_LIST)) == DCACHE_LRU_LIST)
            d_lru_del(dentry);
        __d_drop(dentry);
        if (dentry->d_inode != null)
            dentry_unlink_inode(dentry);
        else
            spin_unlock(&dentry->d_lock);
        this_cpu_dec(nr_dentry);

        cond_resched();
        if (!IS_ROOT(dentry))
        {
            parent = dentry->d_parent;
            spin_lock(&parent->d_lock);
        }

        spin_lock_nested(&dentry->d_lock, DENTRY_D_LOCK_NESTED);
        dentry_unlist(dentry);
        if ((dentry->d_flags & DCACHE_SHRINK_LIST) != 0)
            can_free = false;
        spin_unlock(&dentry->d_lock);
        if (can_free)
            dentry_free(dentry);
        if (parent != null && --parent->d_lockref.count != 0)
        {
            spin_unlock(&parent->d_lock);
            return null;
        }

        return parent;
    }

    // Whether nobody uses it: its inode is locked as well then. In a read section, with d_lock.
    [KernelSource(C, "lock_for_kill", Parity.Full)]
    [MustHold("dentry->d_lock"), TryAcquires(Result.True, "dentry->d_inode->i_lock")]
    private static bool lock_for_kill(dentry* dentry)
    {
        inode* inode = dentry->d_inode;

        if (dentry->d_lockref.count != 0)
            return false;

        if (inode == null || spin_trylock(&inode->i_lock))
            return true;

        do
        {
            spin_unlock(&dentry->d_lock);
            spin_lock(&inode->i_lock);
            spin_lock(&dentry->d_lock);
            if (inode == dentry->d_inode)
                break;
            spin_unlock(&inode->i_lock);
            inode = dentry->d_inode;
        } while (inode != null);

        if (dentry->d_lockref.count == 0)
            return true;
        if (inode != null)
            spin_unlock(&inode->i_lock);
        return false;
    }

    [KernelSource(C, "retain_dentry", Parity.Reduced, "always with the lock; no operations of file systems on names")]
    [MustHold("dentry->d_lock")]
    private static bool retain_dentry(dentry* dentry)
    {
        uint d_flags = READ_ONCE(&dentry->d_flags);

        // Nobody would find it again, or it is not wanted again.
        if (d_unhashed(dentry) || (d_flags & DCACHE_DONTCACHE) != 0)
            return false;

        if ((d_flags & DCACHE_LRU_LIST) == 0)
            d_lru_add(dentry);
        else if ((d_flags & DCACHE_REFERENCED) == 0)
            dentry->d_flags |= DCACHE_REFERENCED;
        return true;
    }

    // Whether others use it still, or it is kept; if not, d_lock is held.
    [KernelSource(C, "fast_dput", Parity.Reduced, "see lockref_put_return: never without the lock")]
    [TryAcquires(Result.False, "dentry->d_lock")]
    [ConsumesRef(Result.True, "dentry")]
    private static bool fast_dput(dentry* dentry)
    {
        spin_lock(&dentry->d_lock);
        if (WARN_ON_ONCE(dentry->d_lockref.count <= 0))
        {
            spin_unlock(&dentry->d_lock);
            return true;
        }

        if (--dentry->d_lockref.count != 0 || retain_dentry(dentry))
        {
            spin_unlock(&dentry->d_lock);
            return true;
        }

        return false;
    }

    /// <summary>Gives up a use of a name. It stays, unless it is not to be found any more.</summary>
    [KernelSource(C, "dput", Parity.Full)]
    [PutsRef("dentry")]
    public static void dput(dentry* dentry)
    {
        if (dentry == null)
            return;
        might_sleep();
        rcu_read_lock();
        if (fast_dput(dentry))
        {
            rcu_read_unlock();
            return;
        }

        while (lock_for_kill(dentry))
        {
            rcu_read_unlock();
            dentry = __dentry_kill(dentry);
            if (dentry == null)
                return;
            if (retain_dentry(dentry))
            {
                spin_unlock(&dentry->d_lock);
                return;
            }

            rcu_read_lock();
        }

        rcu_read_unlock();
        spin_unlock(&dentry->d_lock);
    }

    // ---------------------------------------------------------------- LRU

    [KernelSource(C, "d_lru_add", Parity.Full)]
    private static void d_lru_add(dentry* dentry)
    {
        verify(dentry, 0);
        dentry->d_flags |= DCACHE_LRU_LIST;
        this_cpu_inc(nr_dentry_unused);
        if (d_is_negative(dentry))
            this_cpu_inc(nr_dentry_negative);
        WARN_ON_ONCE(!list_lru_add_obj(&dentry->d_sb->s_dentry_lru, &dentry->d_lru));
    }

    [KernelSource(C, "d_lru_del", Parity.Full)]
    private static void d_lru_del(dentry* dentry)
    {
        verify(dentry, DCACHE_LRU_LIST);
        dentry->d_flags &= ~DCACHE_LRU_LIST;
        this_cpu_dec(nr_dentry_unused);
        if (d_is_negative(dentry))
            this_cpu_dec(nr_dentry_negative);
        WARN_ON_ONCE(!list_lru_del_obj(&dentry->d_sb->s_dentry_lru, &dentry->d_lru));
    }

    [KernelSource(C, "D_FLAG_VERIFY", Parity.Full)]
    private static void verify(dentry* dentry, uint x) => WARN_ON_ONCE((dentry->d_flags & (DCACHE_LRU_LIST | DCACHE_SHRINK_LIST)) != x);

    [KernelSource(C, "d_shrink_del", Parity.Full)]
    private static void d_shrink_del(dentry* dentry)
    {
        verify(dentry, DCACHE_SHRINK_LIST | DCACHE_LRU_LIST);
        list_del_init(&dentry->d_lru);
        dentry->d_flags &= ~(DCACHE_SHRINK_LIST | DCACHE_LRU_LIST);
        this_cpu_dec(nr_dentry_unused);
    }

    [KernelSource(C, "d_shrink_add", Parity.Full)]
    private static void d_shrink_add(dentry* dentry, list_head* list)
    {
        verify(dentry, 0);
        list_add(&dentry->d_lru, list);
        dentry->d_flags |= DCACHE_SHRINK_LIST | DCACHE_LRU_LIST;
        this_cpu_inc(nr_dentry_unused);
    }

    [KernelSource(C, "d_lru_isolate", Parity.Full)]
    private static void d_lru_isolate(list_lru_one* lru, dentry* dentry)
    {
        verify(dentry, DCACHE_LRU_LIST);
        dentry->d_flags &= ~DCACHE_LRU_LIST;
        this_cpu_dec(nr_dentry_unused);
        if (d_is_negative(dentry))
            this_cpu_dec(nr_dentry_negative);
        list_lru_isolate(lru, &dentry->d_lru);
    }

    [KernelSource(C, "d_lru_shrink_move", Parity.Full)]
    private static void d_lru_shrink_move(list_lru_one* lru, dentry* dentry, list_head* list)
    {
        verify(dentry, DCACHE_LRU_LIST);
        dentry->d_flags |= DCACHE_SHRINK_LIST;
        if (d_is_negative(dentry))
            this_cpu_dec(nr_dentry_negative);
        list_lru_isolate_move(lru, &dentry->d_lru, list);
    }

    [KernelSource(C, "to_shrink_list", Parity.Full)]
    [MustHold("dentry->d_lock")]
    private static void to_shrink_list(dentry* dentry, list_head* list)
    {
        if ((dentry->d_flags & DCACHE_SHRINK_LIST) == 0)
        {
            if ((dentry->d_flags & DCACHE_LRU_LIST) != 0)
                d_lru_del(dentry);
            d_shrink_add(dentry, list);
        }
    }

    // In a read section, which it ends; the victim and its inode are locked.
    [KernelSource(C, "shrink_kill", Parity.Full)]
    [Releases("victim->d_lock"), Releases("victim->d_inode->i_lock"), Releases("rcu"), MightSleep]
    private static void shrink_kill(dentry* victim)
    {
        do
        {
            rcu_read_unlock();
            victim = __dentry_kill(victim);
            rcu_read_lock();
        } while (victim != null && lock_for_kill(victim));

        rcu_read_unlock();
        if (victim != null)
            spin_unlock(&victim->d_lock);
    }

    [KernelSource(C, "shrink_dentry_list", Parity.Full)]
    private static void shrink_dentry_list(list_head* list)
    {
        while (!list_empty(list))
        {
            dentry* dentry = container_of<dentry>(list->prev, &((dentry*)nowhere)->d_lru);
            spin_lock(&dentry->d_lock);
            rcu_read_lock();
            if (!lock_for_kill(dentry))
            {
                rcu_read_unlock();
                d_shrink_del(dentry);
                bool can_free = (dentry->d_flags & DCACHE_DENTRY_KILLED) != 0;
                spin_unlock(&dentry->d_lock);
                if (can_free)
                    dentry_free(dentry);
                continue;
            }

            d_shrink_del(dentry);
            shrink_kill(dentry);
        }
    }

    [KernelSource(C, "dentry_lru_isolate", Parity.Full)]
    [MustHold("lru->lock")]
    private static int dentry_lru_isolate(list_head* item, list_lru_one* lru, void* arg)
    {
        list_head* freeable = (list_head*)arg;
        dentry* dentry = container_of<dentry>(item, &((dentry*)nowhere)->d_lru);

        // The order is the other way round: only tried here.
        if (!spin_trylock(&dentry->d_lock))
            return LRU_SKIP;

        // In use: off the list, onto which it comes back by itself.
        if (dentry->d_lockref.count != 0)
        {
            d_lru_isolate(lru, dentry);
            spin_unlock(&dentry->d_lock);
            return LRU_REMOVED;
        }

        if ((dentry->d_flags & DCACHE_REFERENCED) != 0)
        {
            dentry->d_flags &= ~DCACHE_REFERENCED;
            spin_unlock(&dentry->d_lock);
            return LRU_ROTATE;
        }

        d_lru_shrink_move(lru, dentry, freeable);
        spin_unlock(&dentry->d_lock);
        return LRU_REMOVED;
    }

    [KernelSource(C, "prune_dcache_sb", Parity.Full)]
    public static long prune_dcache_sb(super_block* sb, shrink_control* sc)
    {
        list_head dispose;

        INIT_LIST_HEAD(&dispose);
        ulong freed = list_lru_shrink_walk(&sb->s_dentry_lru, sc, &dentry_lru_isolate, &dispose);
        shrink_dentry_list(&dispose);
        return (long)freed;
    }
}
