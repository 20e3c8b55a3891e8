// SPDX-License-Identifier: GPL-2.0-only
using static Linux.fs_kernfs_internal_h;

namespace Linux;

/// <summary>fs/kernfs/file.c over plain buffers: no iterators, no mappings, no inode notification.</summary>
public static unsafe partial class fs_kernfs_file_c
{
    // kernfs_open_node of every node; the kernel hashes the node to one of an array of them
    private static readonly mutex* kernfs_open_file_mutex = bss<mutex>();

    internal static void kernfs_file_init()
    {
        mutex_init(kernfs_open_file_mutex);
    }

    [KernelSource("fs/kernfs/file.c", "of_on", Parity.Full)]
    private static kernfs_open_node* of_on(kernfs_open_file* of)
    {
        return rcu_dereference_protected(&of->kn->attr.open, !list_empty(&of->list));
    }

    [KernelSource("fs/kernfs/file.c", "kernfs_get_active_of", Parity.Full)]
    private static kernfs_open_file* kernfs_get_active_of(kernfs_open_file* of)
    {
        // released by the removal of its node
        if (of->released)
            return null;

        if (kernfs_get_active(of->kn) == null)
            return null;

        return of;
    }

    [KernelSource("fs/kernfs/file.c", "kernfs_put_active_of", Parity.Full)]
    private static void kernfs_put_active_of(kernfs_open_file* of)
    {
        kernfs_put_active(of->kn);
    }

    [KernelSource("fs/kernfs/file.c", "kernfs_ops", Parity.Full)]
    private static kernfs_ops* kernfs_ops(kernfs_node* kn)
    {
        return kn->attr.ops;
    }

    // stop() also follows a start() or next() that failed. ENODEV means that there is no active reference; where
    // a start or next of the file's own answers it, this is called at once, and stop() does nothing.
    [KernelSource("fs/kernfs/file.c", "kernfs_seq_stop_active", Parity.Full)]
    private static void kernfs_seq_stop_active(seq_file* sf, void* v)
    {
        kernfs_open_file* of = (kernfs_open_file*)sf->@private;
        kernfs_ops* ops = kernfs_ops(of->kn);

        if (ops->seq_stop != null)
            ops->seq_stop(sf, v);
        kernfs_put_active_of(of);
    }

    [KernelSource("fs/kernfs/file.c", "kernfs_seq_start", Parity.Full)]
    [ContextUnsafe("seq_file keeps the mutex from start to stop")]
    private static void* kernfs_seq_start(seq_file* sf, long* ppos)
    {
        kernfs_open_file* of = (kernfs_open_file*)sf->@private;
        kernfs_ops* ops;

        // nests outside the active reference: one operation at a time on an open file
        mutex_lock(&of->mutex);
        if (kernfs_get_active_of(of) == null)
            return ERR_PTR(-ENODEV);

        ops = kernfs_ops(of->kn);
        if (ops->seq_start != null) {
            void* next = ops->seq_start(sf, ppos);
            if (next == ERR_PTR(-ENODEV))
                kernfs_seq_stop_active(sf, next);
            return next;
        }
        return single_start(sf, ppos);
    }

    [KernelSource("fs/kernfs/file.c", "kernfs_seq_next", Parity.Full)]
    private static void* kernfs_seq_next(seq_file* sf, void* v, long* ppos)
    {
        kernfs_open_file* of = (kernfs_open_file*)sf->@private;
        kernfs_ops* ops = kernfs_ops(of->kn);

        if (ops->seq_next != null) {
            void* next = ops->seq_next(sf, v, ppos);
            if (next == ERR_PTR(-ENODEV))
                kernfs_seq_stop_active(sf, next);
            return next;
        } else {
            // one record only
            ++*ppos;
            return null;
        }
    }

    [KernelSource("fs/kernfs/file.c", "kernfs_seq_stop", Parity.Full)]
    [ContextUnsafe("seq_file keeps the mutex from start to stop")]
    private static void kernfs_seq_stop(seq_file* sf, void* v)
    {
        kernfs_open_file* of = (kernfs_open_file*)sf->@private;

        if (v != ERR_PTR(-ENODEV))
            kernfs_seq_stop_active(sf, v);
        mutex_unlock(&of->mutex);
    }

    [KernelSource("fs/kernfs/file.c", "kernfs_seq_show", Parity.Full)]
    private static int kernfs_seq_show(seq_file* sf, void* v)
    {
        kernfs_open_file* of = (kernfs_open_file*)sf->@private;

        of->@event = atomic_read(&of_on(of)->@event);

        return of->kn->attr.ops->seq_show(sf, v);
    }

    private static readonly seq_operations* kernfs_seq_ops = data<seq_operations>(new()
    {
        start = &kernfs_seq_start,
        next = &kernfs_seq_next,
        stop = &kernfs_seq_stop,
        show = &kernfs_seq_show,
    });

    /// <summary>read(2) at the file's position.</summary>
    [KernelSource("fs/kernfs/file.c", "kernfs_fop_read_iter", Parity.Reduced, "every cgroup file is shown through seq_file")]
    internal static long kernfs_fop_read(kernfs_open_file* of, byte* buf, ulong size, long* pos)
    {
        return seq_read(of->seq_file, buf, size, pos);
    }

    // All of it comes with the first write, or not at all.
    [KernelSource("fs/kernfs/file.c", "kernfs_fop_write_iter", Parity.Reduced, "no preallocated buffers")]
    internal static long kernfs_fop_write(kernfs_open_file* of, byte* from, ulong size, long* pos)
    {
        long len = (long)size;
        kernfs_ops* ops;
        byte* buf;

        if (of->atomic_write_len != 0) {
            if ((ulong)len > of->atomic_write_len)
                return -E2BIG;
        } else {
            len = Math.Min(len, (long)PAGE_SIZE);
        }

        buf = (byte*)kmalloc((ulong)len + 1, GFP_KERNEL);
        if (buf == null)
            return -ENOMEM;

        memcpy(buf, from, (ulong)len);
        buf[len] = 0; // whatever comes, it ends

        mutex_lock(&of->mutex);
        if (kernfs_get_active_of(of) == null) {
            mutex_unlock(&of->mutex);
            len = -ENODEV;
            goto out_free;
        }

        ops = kernfs_ops(of->kn);
        if (ops->write != null)
            len = ops->write(of, buf, (ulong)len, *pos);
        else
            len = -EINVAL;

        kernfs_put_active_of(of);
        mutex_unlock(&of->mutex);

        if (len > 0)
            *pos += len;

    out_free:
        kfree(buf);
        return len;
    }

    [KernelSource("fs/kernfs/file.c", "kernfs_deref_open_node_locked", Parity.Full)]
    [MustHold("kernfs_open_file_mutex")]
    private static kernfs_open_node* kernfs_deref_open_node_locked(kernfs_node* kn) =>
        rcu_dereference_protected(&kn->attr.open, lockdep_is_held(kernfs_open_file_mutex));

    [KernelSource("fs/kernfs/file.c", "kernfs_get_open_node", Parity.Full)]
    private static int kernfs_get_open_node(kernfs_node* kn, kernfs_open_file* of)
    {
        kernfs_open_node* on;

        mutex_lock(kernfs_open_file_mutex);
        on = kernfs_deref_open_node_locked(kn);

        if (on == null) {
            on = (kernfs_open_node*)kzalloc((ulong)sizeof(kernfs_open_node), GFP_KERNEL);
            if (on == null) {
                mutex_unlock(kernfs_open_file_mutex);
                return -ENOMEM;
            }
            atomic_set(&on->@event, 1);
            init_waitqueue_head(&on->poll);
            INIT_LIST_HEAD(&on->files);
            rcu_assign_pointer(&kn->attr.open, on);
        }

        list_add_tail(&of->list, &on->files);
        if ((kn->flags & KERNFS_HAS_RELEASE) != 0)
            on->nr_to_release++;

        mutex_unlock(kernfs_open_file_mutex);
        return 0;
    }

    // The last one frees the open node.
    [KernelSource("fs/kernfs/file.c", "kernfs_unlink_open_file", Parity.Reduced, "no mappings to count")]
    private static void kernfs_unlink_open_file(kernfs_node* kn, kernfs_open_file* of, bool open_failed)
    {
        kernfs_open_node* on;

        mutex_lock(kernfs_open_file_mutex);

        on = kernfs_deref_open_node_locked(kn);
        if (on == null) {
            mutex_unlock(kernfs_open_file_mutex);
            return;
        }

        if (of != null) {
            if ((kn->flags & KERNFS_HAS_RELEASE) != 0) {
                WARN_ON_ONCE(of->released == open_failed);
                if (open_failed)
                    on->nr_to_release--;
            }
            list_del(&of->list);
        }

        if (list_empty(&on->files)) {
            rcu_assign_pointer(&kn->attr.open, null);
            kfree_rcu(on, &on->rcu_head);
        }

        mutex_unlock(kernfs_open_file_mutex);
    }

    /// <summary>open(2); the caller holds a reference on the node, which the open file takes over.</summary>
    [KernelSource("fs/kernfs/file.c", "kernfs_fop_open", Parity.Reduced, "root opens whatever the mode says; no preallocated buffers")]
    internal static kernfs_open_file* kernfs_fop_open(kernfs_node* kn)
    {
        kernfs_ops* ops;
        kernfs_open_file* of;
        int error;

        if (kernfs_get_active(kn) == null)
            return ERR_PTR<kernfs_open_file>(-ENODEV);

        ops = kernfs_ops(kn);

        error = -ENOMEM;
        of = (kernfs_open_file*)kzalloc((ulong)sizeof(kernfs_open_file), GFP_KERNEL);
        if (of == null)
            goto err_out;

        mutex_init(&of->mutex);

        of->kn = kn;

        // needed where there is no active reference
        of->atomic_write_len = ops->atomic_write_len;

        of->@file = (@file*)kzalloc((ulong)sizeof(@file), GFP_KERNEL);
        if (of->@file == null)
            goto err_free;
        of->@file->f_mode = FMODE_READ | FMODE_WRITE;

        // made for files that cannot be read as well: it leads to the open file
        error = seq_open(of->@file, kernfs_seq_ops);
        if (error != 0)
            goto err_free_file;

        of->seq_file = (seq_file*)of->@file->private_data;
        of->seq_file->@private = of;

        error = kernfs_get_open_node(kn, of);
        if (error != 0)
            goto err_seq_release;

        if (ops->open != null) {
            // nobody else has it yet
            error = ops->open(of);
            if (error != 0)
                goto err_put_node;
        }

        kernfs_put_active(kn);
        return of;

    err_put_node:
        kernfs_unlink_open_file(kn, of, true);
    err_seq_release:
        seq_release(null, of->@file);
    err_free_file:
        kfree(of->@file);
    err_free:
        kfree(of);
    err_out:
        kernfs_put_active(kn);
        return ERR_PTR<kernfs_open_file>(error);
    }

    // Once, whether the file is closed or its node removed first.
    [KernelSource("fs/kernfs/file.c", "kernfs_release_file", Parity.Full)]
    [MustHold("kernfs_open_file_mutex")]
    private static void kernfs_release_file(kernfs_node* kn, kernfs_open_file* of)
    {
        lockdep_assert_held(kernfs_open_file_mutex);

        if (!of->released) {
            // works on a node that is deactivated, so not through kernfs_ops()
            kn->attr.ops->release(of);
            of->released = true;
            of_on(of)->nr_to_release--;
        }
    }

    [KernelSource("fs/kernfs/file.c", "kernfs_fop_release", Parity.Full)]
    internal static void kernfs_fop_release(kernfs_open_file* of)
    {
        kernfs_node* kn = of->kn;

        if ((kn->flags & KERNFS_HAS_RELEASE) != 0) {
            mutex_lock(kernfs_open_file_mutex);
            kernfs_release_file(kn, of);
            mutex_unlock(kernfs_open_file_mutex);
        }

        kernfs_unlink_open_file(kn, of, false);
        seq_release(null, of->@file);
        kfree(of->@file);
        kfree(of);
    }

    [KernelSource("fs/kernfs/file.c", "kernfs_should_drain_open_files", Parity.Reduced, "no mappings")]
    internal static bool kernfs_should_drain_open_files(kernfs_node* kn)
    {
        kernfs_open_node* on;
        bool ret;

        rcu_read_lock();
        on = rcu_dereference(&kn->attr.open);
        ret = on != null && on->nr_to_release != 0;
        rcu_read_unlock();

        return ret;
    }

    [KernelSource("fs/kernfs/file.c", "kernfs_drain_open_files", Parity.Reduced, "no mappings")]
    internal static void kernfs_drain_open_files(kernfs_node* kn)
    {
        kernfs_open_node* on;

        mutex_lock(kernfs_open_file_mutex);
        on = kernfs_deref_open_node_locked(kn);
        if (on == null) {
            mutex_unlock(kernfs_open_file_mutex);
            return;
        }

        for (list_head* p = on->files.next; p != &on->files; p = p->next) {
            if ((kn->flags & KERNFS_HAS_RELEASE) != 0)
                kernfs_release_file(kn, list_entry<kernfs_open_file>(p, &((kernfs_open_file*)nowhere)->list));
        }

        WARN_ON_ONCE(on->nr_to_release != 0);
        mutex_unlock(kernfs_open_file_mutex);
    }

    // ERR and PRI when the file has changed since it was read through this descriptor.
    [KernelSource("fs/kernfs/file.c", "kernfs_generic_poll", Parity.Reduced, "asks only: who waits does so on kernfs_open_node::poll")]
    public static uint kernfs_generic_poll(kernfs_open_file* of, poll_table_struct* wait)
    {
        kernfs_open_node* on = of_on(of);

        if (of->@event != atomic_read(&on->@event))
            return DEFAULT_POLLMASK | EPOLLERR | EPOLLPRI;

        return DEFAULT_POLLMASK;
    }

    [KernelSource("fs/kernfs/file.c", "kernfs_fop_poll", Parity.Full)]
    internal static uint kernfs_fop_poll(kernfs_open_file* of, poll_table_struct* wait)
    {
        uint ret;

        if (kernfs_get_active_of(of) == null)
            return DEFAULT_POLLMASK | EPOLLERR | EPOLLPRI;

        if (of->kn->attr.ops->poll != null)
            ret = of->kn->attr.ops->poll(of, wait);
        else
            ret = kernfs_generic_poll(of, wait);

        kernfs_put_active_of(of);
        return ret;
    }

    [KernelSource("fs/kernfs/file.c", "kernfs_notify", Parity.Reduced, "pollers only: nothing watches inodes")]
    public static void kernfs_notify(kernfs_node* kn)
    {
        kernfs_open_node* on;

        if (WARN_ON(kernfs_type(kn) != KERNFS_FILE))
            return;

        rcu_read_lock();
        on = rcu_dereference(&kn->attr.open);
        if (on != null) {
            atomic_inc(&on->@event);
            wake_up_interruptible(&on->poll);
        }
        rcu_read_unlock();
    }

    [KernelSource("fs/kernfs/file.c", "__kernfs_create_file", Parity.Reduced, "no namespaces, no owners")]
    public static kernfs_node* __kernfs_create_file(kernfs_node* parent, byte* name, umode_t mode, long size, kernfs_ops* ops, void* priv)
    {
        kernfs_node* kn;
        int rc;

        kn = kernfs_new_node(parent, name, (umode_t)((mode & S_IALLUGO) | S_IFREG), KERNFS_FILE);
        if (kn == null)
            return ERR_PTR<kernfs_node>(-ENOMEM);

        kn->attr.ops = ops;
        kn->attr.size = size;
        kn->priv = priv;

        // needed where there is no active reference
        if (ops->seq_show != null)
            kn->flags |= KERNFS_HAS_SEQ_SHOW;
        if (ops->release != null)
            kn->flags |= KERNFS_HAS_RELEASE;

        rc = kernfs_add_one(kn);
        if (rc != 0) {
            kernfs_put(kn);
            return ERR_PTR<kernfs_node>(rc);
        }
        return kn;
    }
}
