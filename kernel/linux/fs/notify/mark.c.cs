// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_fs_h;
using static Linux.linux_fsnotify_backend_h;
using static Linux.linux_gfp_types_h;

namespace Linux;

/// <summary>
/// fs/notify/mark.c: what a group listens to. A mark is on its inode's list for as long as somebody has a reference to it, and
/// goes with the last. Lock order: the group's mark_mutex, the mark's lock, the connector's.
/// </summary>
public static unsafe partial class fs_notify_mark_c
{
    private const string C = "fs/notify/mark.c";

    private static kmem_cache* fsnotify_mark_connector_cachep;

    [KernelSource("fs/notify/fsnotify.c", "fsnotify_init", Parity.Reduced, "no SRCU: marks are held by references while events are made of them")]
    internal static void fsnotify_init() => fsnotify_mark_connector_cachep = KMEM_CACHE<fsnotify_mark_connector>(SLAB_PANIC);

    [KernelSource(C, "fsnotify_get_inode_ref", Parity.Full)]
    [GetsRef("inode")]
    private static void fsnotify_get_inode_ref(inode* inode)
    {
        ihold(inode);
        atomic_long_inc(&fsnotify_sb_info(inode->i_sb)->watched_objects);
    }

    [KernelSource(C, "fsnotify_put_inode_ref", Parity.Full)]
    [PutsRef("inode")]
    private static void fsnotify_put_inode_ref(inode* inode)
    {
        super_block* sb = inode->i_sb;

        iput(inode);
        // The super block may go with this.
        atomic_long_t* watched_objects = &fsnotify_sb_info(sb)->watched_objects;
        if (atomic_long_dec_and_test(watched_objects))
            wake_up_var(watched_objects);
    }

    [KernelSource(C, "__fsnotify_recalc_mask", Parity.Reduced, "every mark holds its inode")]
    [MustHold("conn->lock")]
    [GetsRef("conn->obj", Kept = true)]
    private static void __fsnotify_recalc_mask(fsnotify_mark_connector* conn)
    {
        uint new_mask = 0;

        lockdep_assert_held(&conn->@lock);
        if (conn->obj == null)
            return;
        for (hlist_node* n = conn->list.first; n != null; n = n->next)
        {
            fsnotify_mark* mark = container_of<fsnotify_mark>(n, &((fsnotify_mark*)nowhere)->obj_list);

            if ((mark->flags & FSNOTIFY_MARK_FLAG_ATTACHED) != 0)
                new_mask |= mark->mask;
        }
        WRITE_ONCE(&conn->obj->i_fsnotify_mask, new_mask);
        if (!conn->has_iref)
        {
            fsnotify_get_inode_ref(conn->obj);
            conn->has_iref = true;
        }
    }

    [KernelSource(C, "fsnotify_recalc_mask", Parity.Reduced, "names do not remember who watches them")]
    public static void fsnotify_recalc_mask(fsnotify_mark_connector* conn)
    {
        if (conn == null)
            return;

        spin_lock(&conn->@lock);
        __fsnotify_recalc_mask(conn);
        spin_unlock(&conn->@lock);
    }

    // The inode whose reference the caller has to drop, once the lock is off.
    [KernelSource(C, "fsnotify_detach_connector_from_object", Parity.Reduced, "inodes only")]
    [ReturnsOwned]
    private static inode* fsnotify_detach_connector_from_object(fsnotify_mark_connector* conn)
    {
        inode* inode = conn->obj;

        if (inode == null)
            return null;

        inode->i_fsnotify_mask = 0;
        rcu_assign_pointer(&inode->i_fsnotify_marks, null);
        conn->obj = null;
        return conn->has_iref ? inode : null;
    }

    [KernelSource(C, "fsnotify_final_mark_destroy", Parity.Full)]
    private static void fsnotify_final_mark_destroy(fsnotify_mark* mark)
    {
        fsnotify_group* group = mark->group;

        if (WARN_ON_ONCE(group == null))
            return;
        group->ops->free_mark(mark);
        fsnotify_put_group(group);
    }

    private static void free_connector(rcu_head* head) =>
        kmem_cache_free(fsnotify_mark_connector_cachep, container_of<fsnotify_mark_connector>(head, &((fsnotify_mark_connector*)nowhere)->rcu));

    [KernelSource(C, "fsnotify_put_mark", Parity.Reduced, "the mark is freed at once: whoever looks at it has a reference")]
    public static void fsnotify_put_mark(fsnotify_mark* mark)
    {
        fsnotify_mark_connector* conn = READ_ONCE(&mark->connector);
        inode* objp = null;
        bool free_conn = false;

        // It never got onto an inode.
        if (conn == null)
        {
            if (refcount_dec_and_test(&mark->refcnt))
                fsnotify_final_mark_destroy(mark);
            return;
        }

        // Who goes through the list under the lock may take a reference.
        if (!refcount_dec_and_lock(&mark->refcnt, &conn->@lock))
            return;

        hlist_del_init(&mark->obj_list);
        if (hlist_empty(&conn->list))
        {
            objp = fsnotify_detach_connector_from_object(conn);
            free_conn = true;
        }
        else
        {
            __fsnotify_recalc_mask(conn);
        }
        WRITE_ONCE(&mark->connector, null);
        spin_unlock(&conn->@lock);

        if (objp != null)
            fsnotify_put_inode_ref(objp);

        if (free_conn)
            call_rcu(&conn->rcu, &free_connector);
        fsnotify_final_mark_destroy(mark);
    }

    [KernelSource(C, "fsnotify_detach_mark", Parity.Full)]
    public static void fsnotify_detach_mark(fsnotify_mark* mark)
    {
        fsnotify_group_assert_locked(mark->group);

        spin_lock(&mark->@lock);
        // Somebody was faster.
        if ((mark->flags & FSNOTIFY_MARK_FLAG_ATTACHED) == 0)
        {
            spin_unlock(&mark->@lock);
            return;
        }
        mark->flags &= ~FSNOTIFY_MARK_FLAG_ATTACHED;
        list_del_init(&mark->g_list);
        spin_unlock(&mark->@lock);

        // The list's.
        fsnotify_put_mark(mark);
    }

    [KernelSource(C, "fsnotify_free_mark", Parity.Full)]
    public static void fsnotify_free_mark(fsnotify_mark* mark)
    {
        fsnotify_group* group = mark->group;

        spin_lock(&mark->@lock);
        // Somebody was faster.
        if ((mark->flags & FSNOTIFY_MARK_FLAG_ALIVE) == 0)
        {
            spin_unlock(&mark->@lock);
            return;
        }
        mark->flags &= ~FSNOTIFY_MARK_FLAG_ALIVE;
        spin_unlock(&mark->@lock);

        if (group->ops->freeing_mark != null)
            group->ops->freeing_mark(mark, group);
    }

    // With a reference of the caller's.
    [KernelSource(C, "fsnotify_destroy_mark", Parity.Full)]
    public static void fsnotify_destroy_mark(fsnotify_mark* mark, fsnotify_group* group)
    {
        fsnotify_group_lock(group);
        fsnotify_detach_mark(mark);
        fsnotify_group_unlock(group);
        fsnotify_free_mark(mark);
    }

    [KernelSource(C, "fsnotify_compare_groups", Parity.Full)]
    public static int fsnotify_compare_groups(fsnotify_group* a, fsnotify_group* b)
    {
        if (a == b)
            return 0;
        if (a == null)
            return 1;
        if (b == null)
            return -1;
        if (a->priority < b->priority)
            return 1;
        if (a->priority > b->priority)
            return -1;
        if (a < b)
            return 1;
        return -1;
    }

    [KernelSource(C, "fsnotify_attach_info_to_sb", Parity.Full)]
    private static int fsnotify_attach_info_to_sb(super_block* sb)
    {
        fsnotify_sb_info* sbinfo = (fsnotify_sb_info*)kzalloc((ulong)sizeof(fsnotify_sb_info), GFP_KERNEL);

        if (sbinfo == null)
            return -ENOMEM;

        // Somebody else's will do as well.
        if (cmpxchg((nint*)&sb->s_fsnotify_info, 0, (nint)sbinfo) != 0)
            kfree(sbinfo);
        return 0;
    }

    [KernelSource(C, "fsnotify_attach_connector_to_object", Parity.Reduced, "inodes only")]
    private static int fsnotify_attach_connector_to_object(inode* obj)
    {
        fsnotify_mark_connector* conn = (fsnotify_mark_connector*)kmem_cache_alloc(fsnotify_mark_connector_cachep, GFP_KERNEL);

        if (conn == null)
            return -ENOMEM;
        spin_lock_init(&conn->@lock);
        conn->list = default;
        conn->has_iref = false;
        conn->obj = obj;

        // Somebody else's will do as well.
        if (cmpxchg(&obj->i_fsnotify_marks, null, RCU_INITIALIZER(conn)) != null)
            kmem_cache_free(fsnotify_mark_connector_cachep, conn);
        return 0;
    }

    // With its lock held; null when there is none.
    [KernelSource(C, "fsnotify_grab_connector", Parity.Reduced, "RCU for SRCU: the lock does not sleep")]
    [TryAcquires(Result.NonNull, "return->lock")]
    private static fsnotify_mark_connector* fsnotify_grab_connector(inode* inode)
    {
        rcu_read_lock();
        fsnotify_mark_connector* conn = rcu_dereference(&inode->i_fsnotify_marks);
        if (conn == null)
            goto @out;
        spin_lock(&conn->@lock);
        if (conn->obj == null)
        {
            spin_unlock(&conn->@lock);
            conn = null;
        }
    @out:
        rcu_read_unlock();
        return conn;
    }

    [KernelSource(C, "fsnotify_add_mark_list", Parity.Reduced, "inodes only, and one mark of a group on each")]
    private static int fsnotify_add_mark_list(fsnotify_mark* mark, inode* obj)
    {
        fsnotify_mark* last = null;
        fsnotify_mark_connector* conn;
        int err = 0;

        // It stays for as long as the super block does.
        if (fsnotify_sb_info(obj->i_sb) == null)
        {
            err = fsnotify_attach_info_to_sb(obj->i_sb);
            if (err != 0)
                return err;
        }

    restart:
        spin_lock(&mark->@lock);
        conn = fsnotify_grab_connector(obj);
        if (conn == null)
        {
            spin_unlock(&mark->@lock);
            err = fsnotify_attach_connector_to_object(obj);
            if (err != 0)
                return err;
            goto restart;
        }

        if (hlist_empty(&conn->list))
        {
            hlist_add_head(&mark->obj_list, &conn->list);
            goto added;
        }

        for (hlist_node* n = conn->list.first; n != null; n = n->next)
        {
            fsnotify_mark* lmark = container_of<fsnotify_mark>(n, &((fsnotify_mark*)nowhere)->obj_list);
            last = lmark;

            if (lmark->group == mark->group && (lmark->flags & FSNOTIFY_MARK_FLAG_ATTACHED) != 0)
            {
                err = -EEXIST;
                goto out_err;
            }

            if (fsnotify_compare_groups(lmark->group, mark->group) >= 0)
            {
                hlist_add_before(&mark->obj_list, &lmark->obj_list);
                goto added;
            }
        }

        BUG_ON(last == null);
        hlist_add_behind(&mark->obj_list, &last->obj_list);
    added:
        WRITE_ONCE(&mark->connector, conn);
    out_err:
        spin_unlock(&conn->@lock);
        spin_unlock(&mark->@lock);
        return err;
    }

    [KernelSource(C, "fsnotify_add_mark_locked", Parity.Reduced, "inodes only")]
    public static int fsnotify_add_inode_mark_locked(fsnotify_mark* mark, inode* inode)
    {
        fsnotify_group* group = mark->group;

        fsnotify_group_assert_locked(group);

        spin_lock(&mark->@lock);
        mark->flags |= FSNOTIFY_MARK_FLAG_ALIVE | FSNOTIFY_MARK_FLAG_ATTACHED;

        list_add(&mark->g_list, &group->marks_list);
        fsnotify_get_mark(mark);
        spin_unlock(&mark->@lock);

        int ret = fsnotify_add_mark_list(mark, inode);
        if (ret != 0)
            goto err;

        fsnotify_recalc_mask(mark->connector);

        return ret;
    err:
        spin_lock(&mark->@lock);
        mark->flags &= ~(FSNOTIFY_MARK_FLAG_ALIVE | FSNOTIFY_MARK_FLAG_ATTACHED);
        list_del_init(&mark->g_list);
        spin_unlock(&mark->@lock);

        fsnotify_put_mark(mark);
        return ret;
    }

    // With a reference.
    [KernelSource(C, "fsnotify_find_mark", Parity.Reduced, "inodes only")]
    public static fsnotify_mark* fsnotify_find_inode_mark(inode* inode, fsnotify_group* group)
    {
        fsnotify_mark_connector* conn = fsnotify_grab_connector(inode);

        if (conn == null)
            return null;

        for (hlist_node* n = conn->list.first; n != null; n = n->next)
        {
            fsnotify_mark* mark = container_of<fsnotify_mark>(n, &((fsnotify_mark*)nowhere)->obj_list);

            if (mark->group == group && (mark->flags & FSNOTIFY_MARK_FLAG_ATTACHED) != 0)
            {
                fsnotify_get_mark(mark);
                spin_unlock(&conn->@lock);
                return mark;
            }
        }
        spin_unlock(&conn->@lock);
        return null;
    }

    [KernelSource(C, "fsnotify_clear_marks_by_group", Parity.Reduced, "marks of all kinds of objects")]
    public static void fsnotify_clear_marks_by_group(fsnotify_group* group)
    {
        for (; ; )
        {
            fsnotify_group_lock(group);
            if (list_empty(&group->marks_list))
            {
                fsnotify_group_unlock(group);
                break;
            }
            fsnotify_mark* mark = list_entry<fsnotify_mark>(group->marks_list.next, &((fsnotify_mark*)nowhere)->g_list);
            fsnotify_get_mark(mark);
            fsnotify_detach_mark(mark);
            fsnotify_group_unlock(group);
            fsnotify_free_mark(mark);
            fsnotify_put_mark(mark);
        }
    }

    // The inode goes: its marks do not keep it.
    [KernelSource(C, "fsnotify_destroy_marks", Parity.Full)]
    public static void fsnotify_destroy_marks(inode* inode)
    {
        fsnotify_mark* old_mark = null;
        fsnotify_mark_connector* conn = fsnotify_grab_connector(inode);

        if (conn == null)
            return;
        for (hlist_node* n = conn->list.first; n != null; n = n->next)
        {
            fsnotify_mark* mark = container_of<fsnotify_mark>(n, &((fsnotify_mark*)nowhere)->obj_list);

            // With a reference it stays on the list while the lock is off.
            fsnotify_get_mark(mark);
            spin_unlock(&conn->@lock);
            if (old_mark != null)
                fsnotify_put_mark(old_mark);
            old_mark = mark;
            fsnotify_destroy_mark(mark, mark->group);
            spin_lock(&conn->@lock);
        }
        inode* objp = fsnotify_detach_connector_from_object(conn);
        spin_unlock(&conn->@lock);
        if (old_mark != null)
            fsnotify_put_mark(old_mark);
        if (objp != null)
            fsnotify_put_inode_ref(objp);
    }

    [KernelSource(C, "fsnotify_init_mark", Parity.Full)]
    public static void fsnotify_init_mark(fsnotify_mark* mark, fsnotify_group* group)
    {
        *mark = default;
        spin_lock_init(&mark->@lock);
        refcount_set(&mark->refcnt, 1);
        fsnotify_get_group(group);
        mark->group = group;
        WRITE_ONCE(&mark->connector, null);
    }

    // The first, with a reference; the next, and the one before is put.
    [KernelSource("fs/notify/fsnotify.c", "fsnotify_first_mark", Parity.Reduced, "with references for SRCU")]
    internal static fsnotify_mark* fsnotify_first_mark(inode* inode)
    {
        fsnotify_mark_connector* conn = inode == null ? null : fsnotify_grab_connector(inode);
        fsnotify_mark* mark = null;

        if (conn == null)
            return null;
        if (conn->list.first != null)
        {
            mark = container_of<fsnotify_mark>(conn->list.first, &((fsnotify_mark*)nowhere)->obj_list);
            fsnotify_get_mark(mark);
        }
        spin_unlock(&conn->@lock);
        return mark;
    }

    [KernelSource("fs/notify/fsnotify.c", "fsnotify_next_mark", Parity.Reduced, "with references for SRCU")]
    internal static fsnotify_mark* fsnotify_next_mark(fsnotify_mark* mark)
    {
        fsnotify_mark* next = null;

        if (mark == null)
            return null;
        // The mark, which we hold, holds its connector.
        fsnotify_mark_connector* conn = mark->connector;
        spin_lock(&conn->@lock);
        if (mark->obj_list.next != null)
        {
            next = container_of<fsnotify_mark>(mark->obj_list.next, &((fsnotify_mark*)nowhere)->obj_list);
            fsnotify_get_mark(next);
        }
        spin_unlock(&conn->@lock);
        fsnotify_put_mark(mark);
        return next;
    }
}
