// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

// Locks of a mapping's VMAs, the size of a file, and references to open files.
public static unsafe partial class linux_fs_h
{
    public const uint FMODE_NOREUSE = 1 << 23;

    [KernelSource("include/linux/fs.h", "i_mmap_lock_write", Parity.Full)]
    [Acquires("mapping->i_mmap_rwsem"), MightSleep]
    public static void i_mmap_lock_write(address_space* mapping) => down_write(&mapping->i_mmap_rwsem);

    [KernelSource("include/linux/fs.h", "i_mmap_trylock_write", Parity.Full)]
    [TryAcquires(Result.True, "mapping->i_mmap_rwsem")]
    public static bool i_mmap_trylock_write(address_space* mapping) => down_write_trylock(&mapping->i_mmap_rwsem);

    [KernelSource("include/linux/fs.h", "i_mmap_unlock_write", Parity.Full)]
    [Releases("mapping->i_mmap_rwsem")]
    public static void i_mmap_unlock_write(address_space* mapping) => up_write(&mapping->i_mmap_rwsem);

    [KernelSource("include/linux/fs.h", "i_mmap_trylock_read", Parity.Full)]
    [TryAcquires(Result.True, "mapping->i_mmap_rwsem", Shared = true)]
    public static bool i_mmap_trylock_read(address_space* mapping) => down_read_trylock(&mapping->i_mmap_rwsem);

    [KernelSource("include/linux/fs.h", "i_mmap_lock_read", Parity.Full)]
    [AcquiresShared("mapping->i_mmap_rwsem"), MightSleep]
    public static void i_mmap_lock_read(address_space* mapping) => down_read(&mapping->i_mmap_rwsem);

    [KernelSource("include/linux/fs.h", "i_mmap_unlock_read", Parity.Full)]
    [Releases("mapping->i_mmap_rwsem")]
    public static void i_mmap_unlock_read(address_space* mapping) => up_read(&mapping->i_mmap_rwsem);

    [KernelSource("include/linux/fs.h", "mapping_mapped", Parity.Full)]
    public static bool mapping_mapped(address_space* mapping) => !RB_EMPTY_ROOT(&mapping->i_mmap.rb_root);

    [KernelSource("include/linux/fs.h", "mapping_writably_mapped", Parity.Full)]
    public static bool mapping_writably_mapped(address_space* mapping) => atomic_read(&mapping->i_mmap_writable) > 0;

    [KernelSource("include/linux/fs.h", "mapping_map_writable", Parity.Full)]
    public static int mapping_map_writable(address_space* mapping) => atomic_inc_unless_negative(&mapping->i_mmap_writable) ? 0 : -EPERM;

    [KernelSource("include/linux/fs.h", "mapping_unmap_writable", Parity.Full)]
    public static void mapping_unmap_writable(address_space* mapping) => atomic_dec(&mapping->i_mmap_writable);

    [KernelSource("include/linux/fs.h", "mapping_allow_writable", Parity.Full)]
    public static void mapping_allow_writable(address_space* mapping) => atomic_inc(&mapping->i_mmap_writable);

    [KernelSource("include/linux/fs.h", "i_size_read", Parity.Full)]
    public static long i_size_read(inode* inode) => smp_load_acquire(&inode->i_size);

    [KernelSource("include/linux/fs.h", "i_size_write", Parity.Full)]
    public static void i_size_write(inode* inode, long i_size) => smp_store_release(&inode->i_size, i_size);

    [KernelSource("include/linux/fs.h", "IS_SWAPFILE", Parity.Full)]
    public static bool IS_SWAPFILE(inode* inode) => (inode->i_flags & S_SWAPFILE) != 0;

    [KernelSource("include/linux/fs.h", "IS_DAX", Parity.Full)]
    public static bool IS_DAX(inode* inode) => (inode->i_flags & S_DAX) != 0;

    [KernelSource("include/linux/fs.h", "icount_read", Parity.Full)]
    public static int icount_read(inode* inode) => atomic_read(&inode->i_count);

    [KernelSource("include/linux/fs.h", "inode_unhashed", Parity.Full)]
    public static bool inode_unhashed(inode* inode) => hlist_unhashed(&inode->i_hash);

    /// <summary>As good as hashed, for those that are found in another way.</summary>
    [KernelSource("include/linux/fs.h", "inode_fake_hash", Parity.Full)]
    public static void inode_fake_hash(inode* inode) => hlist_add_fake(&inode->i_hash);

    /// <summary>What is waited on for a bit of i_state: its byte's address, as a name.</summary>
    [KernelSource("include/linux/fs.h", "inode_state_wait_address", Parity.Full)]
    public static void* inode_state_wait_address(inode* inode, int bit) => (byte*)&inode->i_state + bit;

    /// <summary>The caller orders it after the change of the state.</summary>
    [KernelSource("include/linux/fs.h", "inode_wake_up_bit", Parity.Full)]
    public static void inode_wake_up_bit(inode* inode, int bit) => wake_up_var(inode_state_wait_address(inode, bit));

    [KernelSource("include/linux/fs.h", "file_inode", Parity.Full)]
    public static inode* file_inode(@file* f) => f->f_inode;

    [KernelSource("include/linux/fs.h", "get_file", Parity.Reduced, "the count is a plain one: files here are not freed under RCU")]
    [GetsRef("f"), Stable(SameObject = true)]
    public static @file* get_file(@file* f)
    {
        atomic_long_inc(&f->f_ref);
        return f;
    }
}
