// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

public unsafe struct address_space_operations
{
    public delegate*<file*, folio*, int> read_folio;
    public delegate*<address_space*, writeback_control*, int> writepages;
    public delegate*<address_space*, folio*, bool> dirty_folio;
    public delegate*<readahead_control*, void> readahead;
    public delegate*<kiocb*, address_space*, long, uint, folio**, void**, int> write_begin;
    public delegate*<kiocb*, address_space*, long, uint, uint, folio*, void*, int> write_end;
    public delegate*<address_space*, ulong, ulong> bmap;
    public delegate*<folio*, ulong, ulong, void> invalidate_folio;
    public delegate*<folio*, uint, bool> release_folio;
    public delegate*<folio*, void> free_folio;
    public delegate*<kiocb*, iov_iter*, long> direct_IO;
    public delegate*<address_space*, folio*, folio*, int, int> migrate_folio;
    public delegate*<folio*, int> launder_folio;
    public delegate*<folio*, ulong, ulong, bool> is_partially_uptodate;
    public delegate*<folio*, bool*, bool*, void> is_dirty_writeback;
    public delegate*<address_space*, folio*, int> error_remove_folio;
    public delegate*<swap_info_struct*, file*, ulong*, int> swap_activate;
    public delegate*<file*, void> swap_deactivate;
    public delegate*<kiocb*, iov_iter*, int> swap_rw;
}

// The page cache of an inode: i_pages holds its folios and shadow entries.
[StructLayout(LayoutKind.Explicit, Size = 192)]
public unsafe struct address_space
{
    [FieldOffset(0), Stable] public inode* host;
    [FieldOffset(8)] public xarray i_pages;
    [FieldOffset(24)] public rw_semaphore invalidate_lock;
    [FieldOffset(64)] public uint gfp_mask;
    [FieldOffset(68)] public atomic_t i_mmap_writable;
    [FieldOffset(72)] public rb_root_cached i_mmap;
    [FieldOffset(88)] public ulong nrpages;
    [FieldOffset(96)] public ulong writeback_index;
    [FieldOffset(104)] public address_space_operations* a_ops;
    [FieldOffset(112)] public ulong flags;
    [FieldOffset(120)] public uint wb_err;
    [FieldOffset(124)] public spinlock_t i_private_lock;
    [FieldOffset(128)] public list_head i_private_list;
    [FieldOffset(144)] public rw_semaphore i_mmap_rwsem;
    [FieldOffset(184)] public void* i_private_data;
}

// 616 bytes as in the recorded kernel; owners, ACLs, security and locks on files are left out.
[StructLayout(LayoutKind.Explicit, Size = 616)]
public unsafe struct inode
{
    [FieldOffset(0)] public ushort i_mode;
    [FieldOffset(2)] public ushort i_opflags;
    [FieldOffset(4)] public uint i_uid;
    [FieldOffset(8)] public uint i_gid;
    [FieldOffset(12)] public uint i_flags;
    [FieldOffset(32)] public inode_operations* i_op;
    [FieldOffset(40)] public super_block* i_sb;
    [FieldOffset(48)] public address_space* i_mapping;
    [FieldOffset(64)] public ulong i_ino;
    [FieldOffset(72)] public uint i_nlink;
    [FieldOffset(72)] public uint __i_nlink;
    [FieldOffset(76)] public uint i_rdev;
    [FieldOffset(80)] public long i_size;
    [FieldOffset(88)] public long i_atime_sec;
    [FieldOffset(96)] public long i_mtime_sec;
    [FieldOffset(104)] public long i_ctime_sec;
    [FieldOffset(112)] public uint i_atime_nsec;
    [FieldOffset(116)] public uint i_mtime_nsec;
    [FieldOffset(120)] public uint i_ctime_nsec;
    [FieldOffset(124)] public uint i_generation;
    [FieldOffset(128)] public spinlock_t i_lock;
    [FieldOffset(132)] public ushort i_bytes;
    [FieldOffset(134)] public byte i_blkbits;
    [FieldOffset(136)] public ulong i_blocks;
    [FieldOffset(144)] public uint i_state;
    [FieldOffset(152)] public rw_semaphore i_rwsem;
    [FieldOffset(192)] public ulong dirtied_when;
    [FieldOffset(200)] public ulong dirtied_time_when;
    [FieldOffset(208)] public hlist_node i_hash;
    [FieldOffset(224)] public list_head i_io_list;
    [FieldOffset(240), OwnsRef(EmptyWhenFreed = true)] public bdi_writeback* i_wb;
    // Who dirties the inode most, for switching it to that group's writeback.
    [FieldOffset(248)] public int i_wb_frn_winner;
    [FieldOffset(252)] public ushort i_wb_frn_avg_time;
    [FieldOffset(254)] public ushort i_wb_frn_history;
    [FieldOffset(256)] public list_head i_lru;
    [FieldOffset(280)] public list_head i_sb_list;
    [FieldOffset(296)] public list_head i_wb_list;
    [FieldOffset(312)] public rcu_head i_rcu;
    [FieldOffset(312)] public hlist_head i_dentry;
    [FieldOffset(328)] public atomic_long_t i_version;
    [FieldOffset(336)] public atomic_long_t i_sequence;
    [FieldOffset(344)] public atomic_t i_count;
    [FieldOffset(352)] public atomic_t i_writecount;
    [FieldOffset(360)] public file_operations* i_fop;
    [FieldOffset(376)] public address_space i_data;
    [FieldOffset(568)] public list_head i_devices;
    [FieldOffset(592)] public uint i_fsnotify_mask;
    [FieldOffset(600)] public Rcu<fsnotify_mark_connector>* i_fsnotify_marks;
    [FieldOffset(608)] public void* i_private;
}

public unsafe struct vfsmount
{
    public dentry* mnt_root;
    public super_block* mnt_sb;
    public int mnt_flags;
}

public unsafe struct path
{
    public vfsmount* mnt;
    public dentry* dentry;
}

// Read-ahead state of one open file.
public struct file_ra_state
{
    public ulong start;
    public uint size;
    public uint async_size;
    public uint ra_pages;
    public ushort order;
    public ushort mmap_miss;
    public long prev_pos;
}

// Credentials, owners and epoll are left out.
public unsafe struct @file
{
    public spinlock_t f_lock;
    public uint f_mode;
    public file_operations* f_op;
    public address_space* f_mapping;
    public void* private_data;
    public inode* f_inode;
    public uint f_flags;
    public uint f_iocb_flags;
    public path f_path;
    public mutex f_pos_lock;
    public long f_pos;
    public uint f_wb_err;
    public uint f_sb_err;
    public file_ra_state f_ra;
    public callback_head f_task_work;
    public atomic_long_t f_ref;
}

public unsafe struct kiocb
{
    public @file* ki_filp;
    public long ki_pos;
    public delegate*<kiocb*, long, void> ki_complete;
    public void* @private;
    public int ki_flags;
    public ushort ki_ioprio;
    public byte ki_write_stream;
    public void* ki_waitq;
}

public unsafe struct file_operations
{
    public uint fop_flags;
    public delegate*<file*, long, int, long> llseek;
    public delegate*<file*, byte*, ulong, long*, long> read;
    public delegate*<file*, byte*, ulong, long*, long> write;
    public delegate*<kiocb*, iov_iter*, long> read_iter;
    public delegate*<kiocb*, iov_iter*, long> write_iter;
    public delegate*<file*, poll_table_struct*, uint> poll;
    public delegate*<file*, uint, ulong, long> unlocked_ioctl;
    public delegate*<file*, vm_area_struct*, int> mmap;
    public delegate*<inode*, file*, int> open;
    public delegate*<file*, void*, int> flush;
    public delegate*<inode*, file*, int> release;
    public delegate*<file*, long, long, int, int> fsync;
    public delegate*<file*, ulong, ulong, ulong, ulong, ulong> get_unmapped_area;
    public delegate*<file*, int, long, long, long> fallocate;
    public delegate*<seq_file*, file*, void> show_fdinfo;
    public delegate*<file*, long, long, int, int> fadvise;
    public delegate*<vm_area_desc*, int> mmap_prepare;
}

public unsafe struct inode_operations
{
    public delegate*<inode*, dentry*, uint, dentry*> lookup;
    public delegate*<inode*, dentry*, ushort, bool, int> create;
    public delegate*<inode*, dentry*, int> unlink;
    public delegate*<inode*, dentry*, ushort, dentry*> mkdir;
    public delegate*<inode*, dentry*, int> rmdir;
    public delegate*<dentry*, iattr*, int> setattr;
    public delegate*<path*, kstat*, int> getattr;
    public delegate*<inode*, int, int> update_time;
}

public unsafe struct super_operations
{
    public delegate*<super_block*, inode*> alloc_inode;
    public delegate*<inode*, void> destroy_inode;
    public delegate*<inode*, void> free_inode;
    public delegate*<inode*, int, void> dirty_inode;
    public delegate*<inode*, writeback_control*, int> write_inode;
    public delegate*<inode*, int> drop_inode;
    public delegate*<inode*, void> evict_inode;
    public delegate*<super_block*, void> put_super;
    public delegate*<super_block*, int, int> sync_fs;
    public delegate*<dentry*, kstatfs*, int> statfs;
    public delegate*<seq_file*, dentry*, int> show_options;
    public delegate*<super_block*, shrink_control*, long> nr_cached_objects;
    public delegate*<super_block*, shrink_control*, long> free_cached_objects;
}

public unsafe struct file_system_type
{
    public byte* name;
    public int fs_flags;
    public delegate*<fs_context*, int> init_fs_context;
    public delegate*<file_system_type*, int, int, byte*, dentry*> mount; // flags, number of the disk or -1, options
    public delegate*<super_block*, void> kill_sb;
    public file_system_type* next;
    public hlist_head fs_supers;
}

// 1472 bytes as in the recorded kernel; what this port does not use is left out and kept empty.
[StructLayout(LayoutKind.Explicit, Size = 1472)]
public unsafe struct super_block
{
    [FieldOffset(0)] public list_head s_list;
    [FieldOffset(16)] public uint s_dev;
    [FieldOffset(20)] public byte s_blocksize_bits;
    [FieldOffset(24)] public ulong s_blocksize;
    [FieldOffset(32)] public long s_maxbytes;
    [FieldOffset(40)] public file_system_type* s_type;
    [FieldOffset(48)] public super_operations* s_op;
    [FieldOffset(80)] public ulong s_flags;
    [FieldOffset(88)] public ulong s_iflags;
    [FieldOffset(96)] public ulong s_magic;
    [FieldOffset(104)] public dentry* s_root;
    [FieldOffset(112)] public rw_semaphore s_umount;
    [FieldOffset(152), CountsRefs] public int s_count;
    [FieldOffset(156)] public atomic_t s_active;
    [FieldOffset(208)] public block_device* s_bdev;
    [FieldOffset(224)] public backing_dev_info* s_bdi;
    [FieldOffset(888)] public void* s_fs_info;
    [FieldOffset(928)] public fsnotify_sb_info* s_fsnotify_info;
    [FieldOffset(936)] public fixed byte s_id[32];
    [FieldOffset(1080)] public shrinker* s_shrink;
    [FieldOffset(1128)] public list_lru s_dentry_lru;
    [FieldOffset(1176)] public list_lru s_inode_lru;
    [FieldOffset(1096)] public errseq_t s_wb_err;
    [FieldOffset(1272)] public mutex s_sync_lock; // one sync of it waits at a time
    [FieldOffset(1344)] public spinlock_t s_inode_list_lock;
    [FieldOffset(1352)] public list_head s_inodes;
    [FieldOffset(1368)] public spinlock_t s_inode_wblist_lock;
    [FieldOffset(1376), GuardedBy("this.s_inode_wblist_lock")] public list_head s_inodes_wb;
}

public struct iattr
{
    public uint ia_valid;
    public ushort ia_mode;
    public long ia_size;
}

public static unsafe partial class linux_fs_h
{
    public const int PAGECACHE_TAG_DIRTY = 0;
    public const int PAGECACHE_TAG_WRITEBACK = 1;
    public const int PAGECACHE_TAG_TOWRITE = 2;

    public const uint FMODE_READ = 1 << 0;
    public const uint FMODE_WRITE = 1 << 1;
    public const uint FMODE_LSEEK = 1 << 2;
    public const uint FMODE_PREAD = 1 << 3;
    public const uint FMODE_PWRITE = 1 << 4;
    public const uint FMODE_RANDOM = 1 << 12;
    public const uint FMODE_CAN_READ = 1 << 17;
    public const uint FMODE_CAN_WRITE = 1 << 18;
    public const uint FMODE_OPENED = 1 << 19;
    public const uint FMODE_CAN_ODIRECT = 1 << 22;
    public const uint FMODE_NONOTIFY = 1 << 25;
    public const uint FMODE_NOWAIT = 1 << 27;
    public const uint FMODE_NOACCOUNT = 1 << 29;

    public const int IOCB_HIPRI = 0x01;
    public const int IOCB_DSYNC = 0x02;
    public const int IOCB_SYNC = 0x04;
    public const int IOCB_NOWAIT = 0x08;
    public const int IOCB_APPEND = 0x10;
    public const int IOCB_DONTCACHE = 0x80;
    public const int IOCB_DIRECT = 1 << 17;
    public const int IOCB_WRITE = 1 << 18;
    public const int IOCB_WAITQ = 1 << 19;
    public const int IOCB_NOIO = 1 << 20;

    public const int __I_NEW = 0;
    public const int __I_SYNC = 1;
    public const int __I_LRU_ISOLATING = 2;
    public const uint I_NEW = 1U << __I_NEW;
    public const uint I_SYNC = 1U << __I_SYNC;
    public const uint I_LRU_ISOLATING = 1U << __I_LRU_ISOLATING;
    public const uint I_DIRTY_SYNC = 1U << 4;
    public const uint I_DIRTY_DATASYNC = 1U << 5;
    public const uint I_DIRTY_PAGES = 1U << 6;
    public const uint I_WILL_FREE = 1U << 7;
    public const uint I_FREEING = 1U << 8;
    public const uint I_CLEAR = 1U << 9;
    public const uint I_REFERENCED = 1U << 10;
    public const uint I_LINKABLE = 1U << 11;
    public const uint I_DIRTY_TIME = 1U << 12;
    public const uint I_WB_SWITCH = 1U << 13;
    public const uint I_CREATING = 1U << 15;
    public const uint I_DONTCACHE = 1U << 16;
    public const uint I_SYNC_QUEUED = 1U << 17;
    public const uint I_PINNING_NETFS_WB = 1U << 18;
    public const uint I_DIRTY_INODE = I_DIRTY_SYNC | I_DIRTY_DATASYNC;
    public const uint I_DIRTY = I_DIRTY_INODE | I_DIRTY_PAGES;
    public const uint I_DIRTY_ALL = I_DIRTY | I_DIRTY_TIME;

    public const ulong SB_RDONLY = 1UL << 0;
    public const ulong SB_SYNCHRONOUS = 1UL << 4;
    public const ulong SB_DIRSYNC = 1UL << 7;
    public const ulong SB_NOATIME = 1UL << 10;
    public const ulong SB_KERNMOUNT = 1UL << 22;
    public const ulong SB_I_VERSION = 1UL << 23;
    public const ulong SB_LAZYTIME = 1UL << 25;
    public const ulong SB_DEAD = 1UL << 21;
    public const ulong SB_DYING = 1UL << 24;
    public const ulong SB_BORN = 1UL << 29;
    public const ulong SB_ACTIVE = 1UL << 30;
    public const ulong SB_NOUSER = 1UL << 31;

    public const ulong SB_I_CGROUPWB = 0x00000001;
    public const ulong SB_I_NODEV = 0x00000004;
    public const ulong SB_I_STABLE_WRITES = 0x00000008;

    public const uint S_SYNC = 1 << 0;
    public const uint S_NOATIME = 1 << 1;
    public const uint S_DIRSYNC = 1 << 6;
    public const uint S_SWAPFILE = 1 << 8;
    public const uint S_PRIVATE = 1 << 9;
    public const uint S_DAX = 0;
}
