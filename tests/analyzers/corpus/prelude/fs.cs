// SPDX-License-Identifier: GPL-2.0-only
// Address spaces, mappings of memory, inodes and their writeback.
namespace Linux;

[NonCopyable]
public struct xarray
{
    [LockClass("i_pages", HardIrq = true)] public spinlock_t xa_lock;
    [GuardedBy("this->xa_lock")] public ulong marks;
}

public unsafe struct address_space
{
    public inode* host;
    public xarray i_pages;
    public rw_semaphore i_mmap_rwsem;
    [GuardedBy("this->i_mmap_rwsem")] public ulong i_mmap;
    [WriteGuardedBy("this->i_pages.xa_lock")] public ulong nrpages;
}

public unsafe struct mm_struct
{
    public rw_semaphore mmap_lock;
    [GuardedBy("this->mmap_lock")] public ulong map_count;
    [GuardedBy("this->mmap_lock")] public vm_area_struct* mmap;
    public spinlock_t page_table_lock;
    public atomic_t mm_users;
    public task_struct* owner;
}

public unsafe struct vm_area_struct
{
    public ulong vm_start;
    public ulong vm_end;
    public mm_struct* vm_mm;
    public vm_area_struct* next;
}

public unsafe struct inode
{
    public spinlock_t i_lock;
    [GuardedBy("this->i_lock")] public ulong i_state;
    [GuardedBy("this->i_lock")] public list_head i_io_list;
    public list_head i_wb_link;
    public address_space* i_mapping;
    public bdi_writeback* i_wb;
    [Marked] public ulong i_wb_switching;
    public atomic_t i_count;
    [Marked] public ulong dirtied_when;
}

public unsafe struct backing_dev_info
{
    [LockClass("cgwb_tree")] public xarray cgwb_tree;
    public ulong id;
}

public unsafe struct bdi_writeback
{
    public backing_dev_info* bdi;
    public spinlock_t list_lock;
    [GuardedBy("this->list_lock")] public list_head b_dirty;
    [GuardedBy("this->list_lock")] public list_head b_io;
    [GuardedBy("this->list_lock")] public list_head b_more_io;
    public list_head b_attached;
    public spinlock_t work_lock;
    [GuardedBy("this->work_lock")] public list_head work_list;
    public percpu_ref refcnt;
}

public struct crypto_acomp
{
    public int users;
}

public struct zpool
{
    public ulong pages;
}

public struct idr
{
    public ulong next;
}

public static unsafe class linux_xarray_h
{
    [Acquires("xa->xa_lock"), PreemptAdjust(1)] public static void xa_lock(xarray* xa) { }

    [Releases("xa->xa_lock"), PreemptAdjust(-1)] public static void xa_unlock(xarray* xa) { }

    [Acquires("xa->xa_lock"), PreemptAdjust(1), IrqDisable] public static void xa_lock_irq(xarray* xa) { }

    [Releases("xa->xa_lock"), PreemptAdjust(-1), IrqEnable] public static void xa_unlock_irq(xarray* xa) { }

    [Acquires("xa->xa_lock"), PreemptAdjust(1), IrqSave("flags")] public static void xa_lock_irqsave(xarray* xa, out IrqFlags flags) => flags = default;

    [Releases("xa->xa_lock"), PreemptAdjust(-1), IrqRestore("flags")] public static void xa_unlock_irqrestore(xarray* xa, IrqFlags flags) { }

    [MustHold("xa->xa_lock")] public static void* __xa_store(xarray* xa, ulong index, void* entry, gfp_t gfp) => null;

    [MustHold("xa->xa_lock")] public static void* __xa_erase(xarray* xa, ulong index) => null;

    [MightSleepIf("gfp")] public static void* xa_store(xarray* xa, ulong index, void* entry, gfp_t gfp) => null;

    public static void* xa_load(xarray* xa, ulong index) => null;

    [MightSleepIf("gfp")] public static int idr_alloc(idr* idr, void* ptr, int start, int end, gfp_t gfp) => 0;

    public static void* idr_remove(idr* idr, ulong id) => null;

    [PreemptAdjust(1)] public static void idr_preload(gfp_t gfp) { }

    [PreemptAdjust(-1)] public static void idr_preload_end() { }
}

public static unsafe class linux_mm_h
{
    [GetsRef("folio")] public static void folio_get(folio* folio) { }

    [TryGetsRef(Result.True, "folio")] public static bool folio_try_get(folio* folio) => true;

    [PutsRef("folio")] public static void folio_put(folio* folio) { }

    [Acquires("folio->PG_locked"), MightSleep] public static void folio_lock(folio* folio) { }

    [TryAcquires(Result.True, "folio->PG_locked")] public static bool folio_trylock(folio* folio) => true;

    [Releases("folio->PG_locked")] public static void folio_unlock(folio* folio) { }

    [GetsRef("mm")] public static void mmget(mm_struct* mm) { }

    [TryGetsRef(Result.True, "mm")] public static bool mmget_not_zero(mm_struct* mm) => true;

    [PutsRef("mm"), MightSleep] public static void mmput(mm_struct* mm) { }

    [AcquiresShared("mm->mmap_lock"), MightSleep] public static void mmap_read_lock(mm_struct* mm) { }

    [TryAcquires(Result.True, "mm->mmap_lock", Shared = true)] public static bool mmap_read_trylock(mm_struct* mm) => true;

    [Releases("mm->mmap_lock")] public static void mmap_read_unlock(mm_struct* mm) { }

    [TryAcquires(Result.Zero, "mm->mmap_lock"), MightSleep] public static int mmap_write_lock_killable(mm_struct* mm) => 0;

    [Acquires("mm->mmap_lock"), MightSleep] public static void mmap_write_lock(mm_struct* mm) { }

    [Releases("mm->mmap_lock")] public static void mmap_write_unlock(mm_struct* mm) { }

    [TryAcquires(Result.NonNull, "*ptlp"), PreemptAdjust(1)]
    public static ulong* pte_offset_map_lock(mm_struct* mm, ulong* pmd, ulong addr, spinlock_t** ptlp) => null;

    [Releases("ptl"), PreemptAdjust(-1)] public static void pte_unmap_unlock(ulong* pte, spinlock_t* ptl) { }

    [MightSleep] public static void walk_page_range(mm_struct* mm) { }

    [MustHold("mm->mmap_lock")] public static void mpol_rebind_mm(mm_struct* mm) { }

    [MightSleep] public static void cpuhp_state_remove_instance(void* node) { }

    [MightSleep] public static void zpool_destroy_pool(zpool* pool) { }

    public static void acomp_compress(crypto_acomp* acomp, folio* folio) { }
}

public static unsafe class linux_writeback_h
{
    public const ulong I_DIRTY = 1, I_SYNC = 2, I_FREEING = 4, I_SYNC_QUEUED = 8, I_WB_SWITCH = 16;
    public const int WB_DIRTIED = 0;

    public static void wb_stat_mod(bdi_writeback* wb, int item, long n) { }

    [MightSleepIf("gfp")] public static bdi_writeback* wb_get_create(inode* inode, cgroup_subsys_state* memcg_css, gfp_t gfp) => null;

    [GetsRef("wb")] public static void wb_get(bdi_writeback* wb) { }

    [TryGetsRef(Result.True, "wb")] public static bool wb_tryget(bdi_writeback* wb) => true;

    [PutsRef("wb")] public static void wb_put(bdi_writeback* wb) { }

    [Releases("inode->i_lock"), AcquiresReturn("list_lock")]
    public static bdi_writeback* locked_inode_to_wb_and_lock_list(inode* inode) => inode->i_wb;

    [ReturnsOwned] public static inode* igrab(inode* inode) => inode;

    [PutsRef("inode"), MightSleep] public static void iput(inode* inode) { }

    [MightSleep] public static int do_writepages(address_space* mapping) => 0;
}
