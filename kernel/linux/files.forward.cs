// SPDX-License-Identifier: GPL-2.0-only
// What reclaim and swap call of files, tmpfs and writeback, which are not here yet. Whoever defines one takes its line out.
namespace Linux;

public static unsafe class files_forward
{
    public static bool buffer_heads_over_limit;
    public static int laptop_mode;
    public const int AOP_WRITEPAGE_ACTIVATE = 0x80000;
    public const int FALLOC_FL_KEEP_SIZE = 1;
    public const int FALLOC_FL_PUNCH_HOLE = 2;
    public const int POSIX_FADV_WILLNEED = 3;

    [KernelSource("mm/show_mem.c", "__show_mem", Parity.Stub, "the report of the whole machine's memory comes later")]
    public static void __show_mem(uint filter, nodemask_t* nodemask, int max_zone_idx)
    {
    }

    public const uint SHOW_MEM_FILTER_NODES = 1;

    [KernelSource("mm/slab_common.c", "dump_unreclaimable_slab", Parity.Stub, "the report of the whole machine's memory comes later")]
    public static void dump_unreclaimable_slab()
    {
    }

    [KernelSource("include/linux/shmem_fs.h", "shmem_mapping", Parity.Stub, "comes with tmpfs")]
    public static bool shmem_mapping(address_space* mapping) => false;

    [KernelSource("mm/shmem.c", "shmem_writeout", Parity.Stub, "comes with tmpfs")]
    public static int shmem_writeout(folio* folio, swap_iocb** plug, list_head* folio_list) => 0;

    [KernelSource("mm/shmem.c", "shmem_unuse", Parity.Stub, "comes with tmpfs")]
    public static int shmem_unuse(uint type) => 0;

    [KernelSource("fs/buffer.c", "try_to_free_buffers", Parity.Stub, "comes with files")]
    public static bool try_to_free_buffers(folio* folio) => false;

    [KernelSource("mm/filemap.c", "filemap_release_folio", Parity.Stub, "comes with files")]
    public static bool filemap_release_folio(folio* folio, gfp_t gfp) => false;

    [KernelSource("mm/filemap.c", "__filemap_remove_folio", Parity.Stub, "comes with files")]
    public static void __filemap_remove_folio(folio* folio, void* shadow) => BUG();

    [KernelSource("fs/inode.c", "inode_add_lru", Parity.Stub, "comes with files")]
    public static void inode_add_lru(inode* inode)
    {
    }

    [KernelSource("include/linux/pagemap.h", "mapping_shrinkable", Parity.Stub, "comes with files")]
    public static bool mapping_shrinkable(address_space* mapping) => false;

    [KernelSource("include/linux/pagemap.h", "mapping_set_error", Parity.Stub, "comes with files")]
    public static void mapping_set_error(address_space* mapping, int error)
    {
    }

    [KernelSource("fs/fs-writeback.c", "wakeup_flusher_threads", Parity.Stub, "comes with writeback")]
    public static void wakeup_flusher_threads(int reason)
    {
    }

    [KernelSource("mm/fadvise.c", "vfs_fadvise", Parity.Stub, "comes with files")]
    public static int vfs_fadvise(file* file, loff_t offset, loff_t len, int advice) => 0;

    [KernelSource("fs/open.c", "vfs_fallocate", Parity.Stub, "comes with files")]
    public static int vfs_fallocate(file* file, int mode, loff_t offset, loff_t len) => -EOPNOTSUPP;
}
