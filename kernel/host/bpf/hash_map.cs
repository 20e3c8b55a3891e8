// SPDX-License-Identifier: GPL-2.0-only
using static Linux.kernel_bpf_syscall_c;
using static Linux.linux_fs_h;
using static Linux.linux_gfp_types_h;

namespace Linux;

/// <summary>
/// A map from numbers to values, as bpf() makes them: its table is paid for by who makes it, and so are its entries, whoever
/// puts them in. Programs that run in any context fill it, so an entry is had at once or not at all.
/// </summary>
public static unsafe class host_bpf
{
    private struct htab
    {
        public bpf_map map;
        public hlist_head* buckets;
        public uint n_buckets;
        public uint count;
        public raw_spinlock_t @lock;
    }

    private struct htab_elem
    {
        public hlist_node node;
        public ulong key;
        // The value follows.
    }

    private static readonly file_operations* bpf_map_fops = data(new file_operations { release = &bpf_map_release });

    private static int bpf_map_release(inode* inode, @file* filp)
    {
        htab* htab = (htab*)filp->private_data;

        for (uint i = 0; i < htab->n_buckets; i++)
        {
            while (htab->buckets[i].first != null)
            {
                hlist_node* n = htab->buckets[i].first;
                hlist_del(n);
                kfree(container_of<htab_elem>(n, &((htab_elem*)nowhere)->node));
            }
        }

        bpf_map_release_memcg(&htab->map);
        bpf_map_area_free(htab->buckets);
        bpf_map_area_free(htab);
        return 0;
    }

    /// <summary>BPF_MAP_CREATE: a number of an open file, or an error.</summary>
    public static long create(uint value_size, uint max_entries)
    {
        htab* htab = (htab*)bpf_map_area_alloc((ulong)sizeof(htab), NUMA_NO_NODE);
        if (htab == null)
            return -ENOMEM;
        htab->n_buckets = (uint)roundup_pow_of_two(max_entries);
        htab->buckets = (hlist_head*)bpf_map_area_alloc(htab->n_buckets * (ulong)sizeof(hlist_head), NUMA_NO_NODE);
        if (htab->buckets == null)
        {
            bpf_map_area_free(htab);
            return -ENOMEM;
        }

        htab->map.value_size = value_size;
        htab->map.max_entries = max_entries;
        htab->map.numa_node = NUMA_NO_NODE;
        raw_spin_lock_init(&htab->@lock);
        bpf_map_save_memcg(&htab->map);

        int fd = anon_inode_getfd("bpf-map"u8, bpf_map_fops, htab, O_RDWR | O_CLOEXEC);
        if (fd < 0)
        {
            bpf_map_release_memcg(&htab->map);
            bpf_map_area_free(htab->buckets);
            bpf_map_area_free(htab);
        }

        return fd;
    }

    private static htab_elem* find(htab* htab, ulong key)
    {
        for (hlist_node* n = htab->buckets[key & (htab->n_buckets - 1)].first; n != null; n = n->next)
        {
            htab_elem* e = container_of<htab_elem>(n, &((htab_elem*)nowhere)->node);
            if (e->key == key)
                return e;
        }

        return null;
    }

    /// <summary>BPF_MAP_UPDATE_ELEM: 0, -E2BIG when the map is full, -ENOMEM when its group is.</summary>
    public static long update(int fd, ulong key, byte value)
    {
        @file* file = fget(fd);
        if (file == null)
            return -EBADF;
        htab* htab = (htab*)file->private_data;

        // As any program may call it: nothing to be waited for, nobody to be killed. Not under the lock, which is a raw one.
        htab_elem* e = (htab_elem*)bpf_map_kmalloc_node(&htab->map, (ulong)sizeof(htab_elem) + htab->map.value_size,
            __GFP_ZERO | GFP_NOWAIT | __GFP_NOWARN, htab->map.numa_node);
        if (e == null)
        {
            fput(file);
            return -ENOMEM;
        }

        e->key = key;
        memset(e + 1, value, htab->map.value_size);

        long ret = 0;
        raw_spin_lock_irqsave(&htab->@lock, out IrqFlags flags);
        htab_elem* old = find(htab, key);
        if (old != null)
        {
            hlist_del(&old->node);
            htab->count--;
        }

        if (htab->count < htab->map.max_entries)
        {
            hlist_add_head(&e->node, &htab->buckets[key & (htab->n_buckets - 1)]);
            htab->count++;
        }
        else
        {
            old = e;
            ret = -E2BIG;
        }

        raw_spin_unlock_irqrestore(&htab->@lock, flags);
        kfree(old);
        fput(file);
        return ret;
    }

    /// <summary>BPF_MAP_LOOKUP_ELEM: the value's first byte, or -ENOENT.</summary>
    public static long lookup(int fd, ulong key)
    {
        @file* file = fget(fd);
        if (file == null)
            return -EBADF;
        htab* htab = (htab*)file->private_data;

        raw_spin_lock_irqsave(&htab->@lock, out IrqFlags flags);
        htab_elem* e = find(htab, key);
        long ret = e == null ? -ENOENT : *(byte*)(e + 1);
        raw_spin_unlock_irqrestore(&htab->@lock, flags);
        fput(file);
        return ret;
    }

    /// <summary>BPF_MAP_DELETE_ELEM.</summary>
    public static long delete(int fd, ulong key)
    {
        @file* file = fget(fd);
        if (file == null)
            return -EBADF;
        htab* htab = (htab*)file->private_data;

        raw_spin_lock_irqsave(&htab->@lock, out IrqFlags flags);
        htab_elem* e = find(htab, key);
        if (e != null)
        {
            hlist_del(&e->node);
            htab->count--;
        }

        raw_spin_unlock_irqrestore(&htab->@lock, flags);
        kfree(e);
        fput(file);
        return e == null ? -ENOENT : 0;
    }
}
