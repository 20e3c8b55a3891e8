// SPDX-License-Identifier: GPL-2.0-only
using System.Collections.Generic;
using System.Text;
using static Linux.fs_kernfs_internal_h;
using static Linux.kernel_cgroup_cgroup_internal_h;

namespace Linux;

/// <summary>
/// The system calls on /sys/fs/cgroup, with paths relative to it. Each runs in the context of a task and answers as
/// the call does: a count or 0, or a negative errno. Who calls is root.
/// </summary>
public static unsafe class cgroupfs
{
    private const int NAME_MAX = 255;

    private enum last_type { normal, dot, dotdot, root }

    public static long mkdir(ReadOnlySpan<char> path, umode_t mode = 0x1ed)
    {
        byte* name = stackalloc byte[NAME_MAX + 1];
        kernfs_node* parent, kn;
        kernfs_root* root = cgrp_dfl_root->kf_root;
        long ret;

        ret = walk_parent(path, name, out parent, out last_type last);
        if (ret != 0)
            return ret;

        ret = -EEXIST;
        if (last != last_type.normal)
            goto @out;

        down_read(&root->kernfs_rwsem);
        kn = lookup(parent, name);
        up_read(&root->kernfs_rwsem);
        if (kn != null)
            goto @out;

        ret = -ENODEV;
        if (kernfs_get_active(parent) == null)
            goto @out;
        ret = root->syscall_ops->mkdir(parent, name, mode);
        kernfs_put_active(parent);
    @out:
        kernfs_put(parent);
        return ret;
    }

    public static long rmdir(ReadOnlySpan<char> path)
    {
        byte* name = stackalloc byte[NAME_MAX + 1];
        kernfs_node* parent, kn;
        kernfs_root* root = cgrp_dfl_root->kf_root;
        long ret;

        ret = walk_parent(path, name, out parent, out last_type last);
        if (ret != 0)
            return ret;

        ret = last switch
        {
            last_type.dot => -EINVAL,
            last_type.dotdot => -ENOTEMPTY,
            last_type.root => -EBUSY, // something is mounted there
            _ => 0,
        };
        if (ret != 0)
            goto @out;

        down_read(&root->kernfs_rwsem);
        kn = lookup(parent, name);
        kernfs_get(kn);
        up_read(&root->kernfs_rwsem);

        ret = -ENOENT;
        if (kn == null)
            goto @out;

        if (kernfs_type(kn) != KERNFS_DIR) {
            ret = -ENOTDIR;
        } else if (kernfs_get_active(kn) == null) {
            ret = -ENODEV;
        } else {
            ret = root->syscall_ops->rmdir(kn);
            kernfs_put_active(kn);
        }
        kernfs_put(kn);
    @out:
        kernfs_put(parent);
        return ret;
    }

    /// <summary>open(2) for reading and writing; an ERR_PTR on failure. What a directory answers is EISDIR.</summary>
    public static kernfs_open_file* open(ReadOnlySpan<char> path)
    {
        kernfs_node* kn;
        kernfs_open_file* of;
        long ret;

        ret = walk(path, out kn);
        if (ret != 0)
            return ERR_PTR<kernfs_open_file>(ret);

        if (kernfs_type(kn) == KERNFS_DIR) {
            kernfs_put(kn);
            return ERR_PTR<kernfs_open_file>(-EISDIR);
        }
        of = kernfs_fop_open(kn);
        if (IS_ERR(of))
            kernfs_put(kn);
        return of;
    }

    /// <summary>read(2): the next bytes, 0 at the end.</summary>
    public static long read(kernfs_open_file* of, Span<byte> into)
    {
        fixed (byte* p = into)
            return kernfs_fop_read(of, p, (ulong)into.Length, &of->@file->f_pos);
    }

    /// <summary>lseek(2) to the start: the file is shown anew.</summary>
    public static void rewind(kernfs_open_file* of) => of->@file->f_pos = 0;

    /// <summary>write(2).</summary>
    public static long write(kernfs_open_file* of, ReadOnlySpan<byte> from)
    {
        fixed (byte* p = from)
            return kernfs_fop_write(of, p, (ulong)from.Length, &of->@file->f_pos);
    }

    /// <summary>poll(2) that does not wait: the events.</summary>
    public static uint poll(kernfs_open_file* of) => kernfs_fop_poll(of, null);

    public static void close(kernfs_open_file* of)
    {
        kernfs_node* kn = of->kn;

        kernfs_fop_release(of);
        kernfs_put(kn);
    }

    /// <summary>cat: open, read to the end, close. 0 and the text, or a negative errno.</summary>
    public static long read_file(ReadOnlySpan<char> path, out string text)
    {
        kernfs_open_file* of = open(path);
        byte[] part = new byte[4096];
        var all = new List<byte>();
        long n;

        text = "";
        if (IS_ERR(of))
            return PTR_ERR(of);
        while ((n = read(of, part)) > 0)
            all.AddRange(part.AsSpan(0, (int)n));
        close(of);
        text = Encoding.UTF8.GetString(all.ToArray());
        return n;
    }

    /// <summary>echo VALUE &gt; FILE: open, one write, close. 0 or a negative errno.</summary>
    public static long write_file(ReadOnlySpan<char> path, ReadOnlySpan<char> value)
    {
        kernfs_open_file* of = open(path);
        byte[] bytes = new byte[Encoding.UTF8.GetByteCount(value)];
        long n;

        if (IS_ERR(of))
            return PTR_ERR(of);
        Encoding.UTF8.GetBytes(value, bytes);
        n = write(of, bytes);
        close(of);
        return Math.Min(n, 0);
    }

    /// <summary>ls: the names in a directory, sorted; directories end in a slash.</summary>
    public static long list(ReadOnlySpan<char> path, List<string> names)
    {
        kernfs_root* root = cgrp_dfl_root->kf_root;
        kernfs_node* kn;
        long ret;

        ret = walk(path, out kn);
        if (ret != 0)
            return ret;
        if (kernfs_type(kn) != KERNFS_DIR) {
            kernfs_put(kn);
            return -ENOTDIR;
        }

        down_read(&root->kernfs_rwsem);
        for (rb_node* rb = rb_first(&kn->dir.children); rb != null; rb = rb_next(rb)) {
            kernfs_node* pos = rb_entry<kernfs_node>(rb, &((kernfs_node*)nowhere)->rb);
            string name = Marshal.PtrToStringUTF8((nint)kernfs_rcu_name(pos))!;

            if (kernfs_active(pos))
                names.Add(kernfs_type(pos) == KERNFS_DIR ? name + "/" : name);
        }
        up_read(&root->kernfs_rwsem);
        kernfs_put(kn);
        names.Sort(StringComparer.Ordinal);
        return 0;
    }

    // An inactive node is not there.
    private static kernfs_node* lookup(kernfs_node* parent, byte* name)
    {
        kernfs_node* kn = kernfs_find_ns(parent, name);

        return kn != null && kernfs_active(kn) ? kn : null;
    }

    // The node that the path names, with a reference.
    private static long walk(ReadOnlySpan<char> path, out kernfs_node* kn)
    {
        byte* name = stackalloc byte[NAME_MAX + 1];
        kernfs_root* root = cgrp_dfl_root->kf_root;
        kernfs_node* parent;
        long ret;

        kn = null;
        ret = walk_parent(path, name, out parent, out last_type last);
        if (ret != 0)
            return ret;

        down_read(&root->kernfs_rwsem);
        kn = last switch
        {
            last_type.normal => lookup(parent, name),
            last_type.dotdot => kernfs_parent(parent) != null ? kernfs_parent(parent) : parent,
            _ => parent,
        };
        kernfs_get(kn);
        up_read(&root->kernfs_rwsem);
        kernfs_put(parent);
        return kn != null ? 0 : -ENOENT;
    }

    // All but the last component: the directory, with a reference, and the name in it.
    private static long walk_parent(ReadOnlySpan<char> path, byte* name, out kernfs_node* parent, out last_type last)
    {
        kernfs_root* root = cgrp_dfl_root->kf_root;
        kernfs_node* kn = root->kn;
        bool first = true;
        long ret = 0;

        last = last_type.root;
        down_read(&root->kernfs_rwsem);
        while (true) {
            ReadOnlySpan<char> part;
            int end, length;

            path = path.TrimStart('/');
            if (path.IsEmpty)
                break;
            // step into what was the last until now
            if (!first && (ret = step(ref kn, name, last)) != 0)
                break;
            first = false;

            end = path.IndexOf('/');
            part = end < 0 ? path : path[..end];
            path = end < 0 ? default : path[end..];
            length = Encoding.UTF8.GetByteCount(part);
            if (length > NAME_MAX) {
                ret = -ENAMETOOLONG;
                break;
            }
            Encoding.UTF8.GetBytes(part, new Span<byte>(name, NAME_MAX));
            name[length] = 0;
            last = part switch
            {
                "." => last_type.dot,
                ".." => last_type.dotdot,
                _ => last_type.normal,
            };
            if (kernfs_type(kn) != KERNFS_DIR) {
                ret = -ENOTDIR;
                break;
            }
        }
        if (ret == 0)
            kernfs_get(kn);
        up_read(&root->kernfs_rwsem);
        parent = ret == 0 ? kn : null;
        return ret;
    }

    private static long step(ref kernfs_node* kn, byte* name, last_type last)
    {
        kernfs_node* next = last switch
        {
            last_type.normal => lookup(kn, name),
            last_type.dotdot => kernfs_parent(kn) != null ? kernfs_parent(kn) : kn,
            _ => kn,
        };

        if (next == null)
            return -ENOENT;
        kn = next;
        return 0;
    }
}
