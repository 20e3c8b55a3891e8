// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_fs_h;
using static Linux.linux_gfp_types_h;

namespace Linux;

/// <summary>
/// fs/dcache.c: names of files in memory, by directory and hash; those of no file as well, so that what is not there is not
/// looked for again. Nothing is renamed, and paths are walked with references: what is for that is left out.
/// </summary>
public static unsafe partial class fs_dcache_c
{
    private const string C = "fs/dcache.c";

    /// <summary>The kernel takes one bucket for each 8 KiB of RAM; this is that of 256 MiB.</summary>
    private const int D_HASH_BITS = 15;

    private static kmem_cache* dentry_cache;
    private static readonly hlist_bl_head* dentry_hashtable = bss<hlist_bl_head>(1 << D_HASH_BITS);
    [PerCpu(Remote = true)] private static readonly PerCpu<long>* nr_dentry = DEFINE_PER_CPU<long>();
    [PerCpu(Remote = true)] private static readonly PerCpu<long>* nr_dentry_unused = DEFINE_PER_CPU<long>();
    [PerCpu(Remote = true)] private static readonly PerCpu<long>* nr_dentry_negative = DEFINE_PER_CPU<long>();

    // A name that does not fit into the dentry.
    private struct external_name
    {
        public atomic_t count;
        public rcu_head head;
        public fixed byte name[1];
    }

    [KernelSource(C, "dcache_init", Parity.Reduced, "the table is of one size, and in the kernel's image")]
    internal static void dcache_init() =>
        dentry_cache = kmem_cache_create("dentry"u8, (uint)sizeof(dentry), 0, SLAB_RECLAIM_ACCOUNT | SLAB_PANIC | SLAB_ACCOUNT, null);

    [KernelSource(C, "d_hash", Parity.Full)]
    private static hlist_bl_head* d_hash(uint hash) => dentry_hashtable + (hash >> (32 - D_HASH_BITS));

    [KernelSource(C, "get_nr_dentry_negative", Parity.Full)]
    public static long get_nr_dentry_negative()
    {
        long sum = 0;
        foreach (int i in for_each_possible_cpu())
            sum += *per_cpu_ptr(nr_dentry_negative, i);
        return sum < 0 ? 0 : sum;
    }

    [KernelSource(C, "external_name", Parity.Full)]
    private static external_name* external_name_of(dentry* dentry) =>
        container_of<external_name>(dentry->d_name.name, ((external_name*)nowhere)->name);

    [KernelSource(C, "dname_external", Parity.Full)]
    private static bool dname_external(dentry* dentry) => dentry->d_name.name != dentry->d_shortname;

    // ---------------------------------------------------------------- making one

    [KernelSource(C, "__d_alloc", Parity.Reduced, "no operations of file systems on names")]
    [ReturnsOwned]
    private static dentry* __d_alloc(super_block* sb, qstr* name)
    {
        byte* dname;

        dentry* dentry = (dentry*)kmem_cache_alloc_lru(dentry_cache, &sb->s_dentry_lru, GFP_KERNEL);
        if (dentry == null)
            return null;

        if (name->len > DNAME_INLINE_LEN - 1)
        {
            ulong size = (ulong)(&((external_name*)nowhere)->name[1] - (byte*)nowhere);
            external_name* p = (external_name*)kmalloc(size + name->len, GFP_KERNEL_ACCOUNT | __GFP_RECLAIMABLE);
            if (p == null)
            {
                kmem_cache_free(dentry_cache, dentry);
                return null;
            }

            atomic_set(&p->count, 1);
            dname = p->name;
        }
        else
        {
            dname = dentry->d_shortname;
        }

        dentry->d_name.len = name->len;
        dentry->d_name.hash = name->hash;
        memcpy(dname, name->name, name->len);
        dname[name->len] = 0;

        // Who sees the pointer sees the whole name.
        smp_store_release((ulong*)&dentry->d_name.name, (ulong)dname);

        dentry->d_flags = 0;
        lockref_init(&dentry->d_lockref);
        seqcount_spinlock_init(&dentry->d_seq, &dentry->d_lock);
        dentry->d_inode = null;
        dentry->d_parent = dentry;
        dentry->d_sb = sb;
        dentry->d_fsdata = null;
        INIT_HLIST_BL_NODE(&dentry->d_hash);
        INIT_LIST_HEAD(&dentry->d_lru);
        INIT_HLIST_HEAD(&dentry->d_children);
        INIT_HLIST_NODE(&dentry->d_alias);
        INIT_HLIST_NODE(&dentry->d_sib);

        this_cpu_inc(nr_dentry);
        return dentry;
    }

    /// <summary>A name in a directory, without a file yet; null without memory.</summary>
    [KernelSource(C, "d_alloc", Parity.Full)]
    [ReturnsOwned]
    public static dentry* d_alloc(dentry* parent, qstr* name)
    {
        dentry* dentry = __d_alloc(parent->d_sb, name);
        if (dentry == null)
            return null;
        spin_lock(&parent->d_lock);
        dentry->d_parent = dget_dlock(parent);
        hlist_add_head(&dentry->d_sib, &parent->d_children);
        spin_unlock(&parent->d_lock);

        return dentry;
    }

    [KernelSource(C, "d_alloc_anon", Parity.Full)]
    [ReturnsOwned]
    private static dentry* d_alloc_anon(super_block* sb)
    {
        byte slash = (byte)'/';
        qstr slash_name = new() { name = &slash, len = 1 };

        return __d_alloc(sb, &slash_name);
    }

    /// <summary>A name that is in no directory, and is never looked up.</summary>
    [KernelSource(C, "d_alloc_pseudo", Parity.Full)]
    [ReturnsOwned]
    internal static dentry* d_alloc_pseudo(super_block* sb, qstr* name)
    {
        dentry* dentry = __d_alloc(sb, name);
        if (dentry != null)
            dentry->d_flags |= DCACHE_NORCU;
        return dentry;
    }

    [KernelSource(C, "d_make_root", Parity.Full)]
    [ConsumesRef("root_inode"), ReturnsOwned]
    public static dentry* d_make_root(inode* root_inode)
    {
        dentry* res = null;

        if (root_inode != null)
        {
            res = d_alloc_anon(root_inode->i_sb);
            if (res != null)
                d_instantiate(res, root_inode);
            else
                iput(root_inode);
        }

        return res;
    }

    // ---------------------------------------------------------------- names and files

    [KernelSource(C, "__d_set_inode_and_type", Parity.Full)]
    [ConsumesRef("inode")]
    private static void __d_set_inode_and_type(dentry* dentry, inode* inode, uint type_flags)
    {
        dentry->d_inode = inode;
        uint flags = READ_ONCE(&dentry->d_flags);
        flags &= ~DCACHE_ENTRY_TYPE;
        flags |= type_flags;
        smp_store_release(&dentry->d_flags, flags);
    }

    [KernelSource(C, "__d_clear_type_and_inode", Parity.Full)]
    private static void __d_clear_type_and_inode(dentry* dentry)
    {
        uint flags = READ_ONCE(&dentry->d_flags);

        flags &= ~DCACHE_ENTRY_TYPE;
        WRITE_ONCE(&dentry->d_flags, flags);
        dentry->d_inode = null;
        // Only those on the super block's list are counted.
        if ((flags & (DCACHE_LRU_LIST | DCACHE_SHRINK_LIST)) == DCACHE_LRU_LIST)
            this_cpu_inc(nr_dentry_negative);
    }

    [KernelSource(C, "d_flags_for_inode", Parity.Reduced, "no links and nothing to be mounted by itself")]
    private static uint d_flags_for_inode(inode* inode)
    {
        if (inode == null)
            return DCACHE_MISS_TYPE;
        if (S_ISDIR(inode->i_mode))
            return DCACHE_DIRECTORY_TYPE;
        return S_ISREG(inode->i_mode) ? DCACHE_REGULAR_TYPE : DCACHE_SPECIAL_TYPE;
    }

    [KernelSource(C, "__d_instantiate", Parity.Reduced, "who watches the directory is asked at each event")]
    [ConsumesRef("inode")]
    private static void __d_instantiate(dentry* dentry, inode* inode)
    {
        uint add_flags = d_flags_for_inode(inode);

        spin_lock(&dentry->d_lock);
        if ((dentry->d_flags & (DCACHE_LRU_LIST | DCACHE_SHRINK_LIST)) == DCACHE_LRU_LIST)
            this_cpu_dec(nr_dentry_negative);
        hlist_add_head(&dentry->d_alias, &inode->i_dentry);
        raw_write_seqcount_begin(&dentry->d_seq.seqcount);
        __d_set_inode_and_type(dentry, inode, add_flags);
        raw_write_seqcount_end(&dentry->d_seq.seqcount);
        spin_unlock(&dentry->d_lock);
    }

    /// <summary>Says which inode a name is of; the caller's reference to it becomes the name's.</summary>
    [KernelSource(C, "d_instantiate", Parity.Full)]
    [ConsumesRef("inode")]
    public static void d_instantiate(dentry* entry, inode* inode)
    {
        BUG_ON(!hlist_unhashed(&entry->d_alias));
        if (inode != null)
        {
            spin_lock(&inode->i_lock);
            __d_instantiate(entry, inode);
            spin_unlock(&inode->i_lock);
        }
    }

    [KernelSource(C, "__d_rehash", Parity.Full)]
    private static void __d_rehash(dentry* entry)
    {
        hlist_bl_head* b = d_hash(entry->d_name.hash);

        hlist_bl_lock(b);
        hlist_bl_add_head_rcu(&entry->d_hash, b);
        hlist_bl_unlock(b);
    }

    [KernelSource(C, "__d_add", Parity.Reduced, "directories are locked for writing while a name is looked for")]
    [ConsumesRef("inode")]
    private static void __d_add(dentry* dentry, inode* inode)
    {
        if (inode != null)
            spin_lock(&inode->i_lock);
        spin_lock(&dentry->d_lock);
        if (inode != null)
        {
            uint add_flags = d_flags_for_inode(inode);
            hlist_add_head(&dentry->d_alias, &inode->i_dentry);
            raw_write_seqcount_begin(&dentry->d_seq.seqcount);
            __d_set_inode_and_type(dentry, inode, add_flags);
            raw_write_seqcount_end(&dentry->d_seq.seqcount);
        }

        __d_rehash(dentry);
        spin_unlock(&dentry->d_lock);
        if (inode != null)
            spin_unlock(&inode->i_lock);
    }

    /// <summary>What was looked for: from now on the name is found, with a file or without.</summary>
    [KernelSource(C, "d_add", Parity.Full)]
    [ConsumesRef("inode")]
    public static void d_add(dentry* entry, inode* inode) => __d_add(entry, inode);

    [KernelSource(C, "d_splice_alias", Parity.Reduced, "directories have one name")]
    [ConsumesRef("inode")]
    public static dentry* d_splice_alias(inode* inode, dentry* dentry)
    {
        if (IS_ERR(inode))
            return (dentry*)inode;

        BUG_ON(!d_unhashed(dentry));
        __d_add(dentry, inode);
        return null;
    }

    // ---------------------------------------------------------------- finding one

    [KernelSource(C, "d_same_name", Parity.Reduced, "names are compared byte for byte")]
    private static bool d_same_name(dentry* dentry, dentry* parent, qstr* name) =>
        dentry->d_name.len == name->len && new ReadOnlySpan<byte>(dentry->d_name.name, (int)name->len).SequenceEqual(new ReadOnlySpan<byte>(name->name, (int)name->len));

    /// <summary>Finds a cached name, with a reference.</summary>
    [KernelSource(C, "__d_lookup", Parity.Full)]
    [ReturnsOwned]
    public static dentry* __d_lookup(dentry* parent, qstr* name)
    {
        uint hash = name->hash;
        hlist_bl_head* b = d_hash(hash);
        dentry* found = null;

        rcu_read_lock();
        for (hlist_bl_node* node = hlist_bl_first_rcu(b); node != null; node = rcu_dereference(__rcu(&node->next)))
        {
            dentry* dentry = container_of<dentry>(node, &((dentry*)nowhere)->d_hash);
            if (dentry->d_name.hash != hash)
                continue;

            spin_lock(&dentry->d_lock);
            if (dentry->d_parent == parent && !d_unhashed(dentry) && d_same_name(dentry, parent, name))
            {
                dentry->d_lockref.count++;
                found = dentry;
            }

            spin_unlock(&dentry->d_lock);
            if (found != null)
                break;
        }

        rcu_read_unlock();
        return found;
    }

    /// <summary>As __d_lookup, without misses by renames.</summary>
    [KernelSource(C, "d_lookup", Parity.Reduced, "nothing is renamed")]
    [ReturnsOwned]
    public static dentry* d_lookup(dentry* parent, qstr* name) => __d_lookup(parent, name);

    // ---------------------------------------------------------------- not finding it any more

    [KernelSource(C, "___d_drop", Parity.Reduced, "no roots but those of mounts, which are not hashed")]
    private static void ___d_drop(dentry* dentry)
    {
        hlist_bl_head* b = d_hash(dentry->d_name.hash);

        hlist_bl_lock(b);
        __hlist_bl_del(&dentry->d_hash);
        hlist_bl_unlock(b);
    }

    [KernelSource(C, "__d_drop", Parity.Full)]
    private static void __d_drop(dentry* dentry)
    {
        if (!d_unhashed(dentry))
        {
            ___d_drop(dentry);
            dentry->d_hash.pprev = null;
            write_seqcount_invalidate(&dentry->d_seq.seqcount);
        }
    }

    /// <summary>The name is not to be found any more; who has it open keeps it.</summary>
    [KernelSource(C, "d_drop", Parity.Full)]
    public static void d_drop(dentry* dentry)
    {
        spin_lock(&dentry->d_lock);
        __d_drop(dentry);
        spin_unlock(&dentry->d_lock);
    }

    /// <summary>The file was removed from its directory: the name stays as one of no file, unless somebody else has it.</summary>
    [KernelSource(C, "d_delete", Parity.Full)]
    public static void d_delete(dentry* dentry)
    {
        inode* inode = dentry->d_inode;

        spin_lock(&inode->i_lock);
        spin_lock(&dentry->d_lock);
        if (dentry->d_lockref.count == 1)
        {
            dentry_unlink_inode(dentry);
        }
        else
        {
            __d_drop(dentry);
            spin_unlock(&dentry->d_lock);
            spin_unlock(&inode->i_lock);
        }
    }
}
