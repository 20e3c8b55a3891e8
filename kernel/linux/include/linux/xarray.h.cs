// SPDX-License-Identifier: GPL-2.0-only
// Sparse arrays of pointers and small values; an entry may be of 2^order indices.
// Walks: for (void* e = xas_find(&xas, max); e != null; e = xas_next_entry(&xas, max)), and with xas_find_marked and
// xas_next_marked; over the plain interface with xa_find and xa_find_after.
using static Linux.linux_bitmap_h;
using static Linux.linux_err_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_rcupdate_h;
using static Linux.linux_sched_mm_h;
using static Linux.linux_spinlock_h;
using static Linux.linux_types_h;
using static Linux.lib_xarray_c;

namespace Linux;

public static unsafe partial class linux_xarray_h
{
    [KernelSource("include/linux/xarray.h", "xa_mk_value", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void* xa_mk_value(ulong v)
    {
        WARN_ON((long)v < 0);
        return (void*)((v << 1) | 1);
    }

    [KernelSource("include/linux/xarray.h", "xa_to_value", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong xa_to_value(void* entry) => (ulong)entry >> 1;

    [KernelSource("include/linux/xarray.h", "xa_is_value", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool xa_is_value(void* entry) => ((ulong)entry & 1) != 0;

    [KernelSource("include/linux/xarray.h", "xa_tag_pointer", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void* xa_tag_pointer(void* p, ulong tag) => (void*)((ulong)p | tag);

    [KernelSource("include/linux/xarray.h", "xa_untag_pointer", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void* xa_untag_pointer(void* entry) => (void*)((ulong)entry & ~3UL);

    [KernelSource("include/linux/xarray.h", "xa_pointer_tag", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint xa_pointer_tag(void* entry) => (uint)((ulong)entry & 3);

    [KernelSource("include/linux/xarray.h", "xa_mk_internal", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void* xa_mk_internal(ulong v) => (void*)((v << 2) | 2);

    [KernelSource("include/linux/xarray.h", "xa_to_internal", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong xa_to_internal(void* entry) => (ulong)entry >> 2;

    [KernelSource("include/linux/xarray.h", "xa_is_internal", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool xa_is_internal(void* entry) => ((ulong)entry & 3) == 2;

    /// <summary>Holds an index for someone: reads as null from outside.</summary>
    public static void* XA_ZERO_ENTRY => xa_mk_internal(257);

    /// <summary>Stands in slots of freed nodes: a reader without the lock starts again.</summary>
    public static void* XA_RETRY_ENTRY => xa_mk_internal(256);

    [KernelSource("include/linux/xarray.h", "xa_is_zero", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool xa_is_zero(void* entry) => unlikely(entry == XA_ZERO_ENTRY);

    [KernelSource("include/linux/xarray.h", "xa_is_err", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool xa_is_err(void* entry)
        => unlikely(xa_is_internal(entry) && entry >= xa_mk_internal(unchecked((ulong)-MAX_ERRNO)));

    [KernelSource("include/linux/xarray.h", "xa_err", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int xa_err(void* entry)
    {
        // What xa_* functions answer on failure is no pointer to anything.
        if (xa_is_err(entry))
            return (int)((long)entry >> 2);
        return 0;
    }

    [KernelSource("include/linux/xarray.h", "XA_LIMIT", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static xa_limit XA_LIMIT(u32 min, u32 max) => new() { max = max, min = min };

    public static xa_limit xa_limit_32b => XA_LIMIT(0, UINT_MAX);
    public static xa_limit xa_limit_31b => XA_LIMIT(0, INT_MAX);
    public static xa_limit xa_limit_16b => XA_LIMIT(0, U16_MAX);

    [KernelSource("include/linux/xarray.h", "XA_FLAGS_MARK", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static gfp_t XA_FLAGS_MARK(xa_mark_t mark) => 1u << __GFP_BITS_SHIFT << (int)mark;

    /// <summary>For a static array: data(XARRAY_INIT(flags)); zero is the unlocked state of the lock.</summary>
    [KernelSource("include/linux/xarray.h", "XARRAY_INIT", Parity.Full)]
    public static xarray XARRAY_INIT(gfp_t flags = 0) => new() { xa_flags = flags };

    [KernelSource("include/linux/xarray.h", "xa_init_flags", Parity.Full)]
    public static void xa_init_flags(xarray* xa, gfp_t flags, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        spin_lock_init(&xa->xa_lock, "xa_lock", file, line);
        xa->xa_flags = flags;
        xa->xa_head = null;
    }

    [KernelSource("include/linux/xarray.h", "xa_init", Parity.Full)]
    public static void xa_init(xarray* xa, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0) => xa_init_flags(xa, 0, file, line);

    [KernelSource("include/linux/xarray.h", "xa_empty", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool xa_empty(xarray* xa) => xa->xa_head == null;

    [KernelSource("include/linux/xarray.h", "xa_marked", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool xa_marked(xarray* xa, xa_mark_t mark) => (xa->xa_flags & XA_FLAGS_MARK(mark)) != 0;

    [KernelSource("include/linux/xarray.h", "xa_trylock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [TryAcquires(Result.True, "xa->xa_lock")]
    public static bool xa_trylock(xarray* xa) => spin_trylock(&xa->xa_lock);

    [KernelSource("include/linux/xarray.h", "xa_lock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Acquires("xa->xa_lock")]
    public static void xa_lock(xarray* xa) => spin_lock(&xa->xa_lock);

    [KernelSource("include/linux/xarray.h", "xa_unlock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Releases("xa->xa_lock")]
    public static void xa_unlock(xarray* xa) => spin_unlock(&xa->xa_lock);

    [KernelSource("include/linux/xarray.h", "xa_lock_bh", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Acquires("xa->xa_lock"), BhAdjust(1)]
    public static void xa_lock_bh(xarray* xa) => spin_lock_bh(&xa->xa_lock);

    [KernelSource("include/linux/xarray.h", "xa_unlock_bh", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Releases("xa->xa_lock"), BhAdjust(-1)]
    public static void xa_unlock_bh(xarray* xa) => spin_unlock_bh(&xa->xa_lock);

    [KernelSource("include/linux/xarray.h", "xa_lock_irq", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Acquires("xa->xa_lock"), IrqDisable]
    public static void xa_lock_irq(xarray* xa) => spin_lock_irq(&xa->xa_lock);

    [KernelSource("include/linux/xarray.h", "xa_unlock_irq", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Releases("xa->xa_lock"), IrqEnable]
    public static void xa_unlock_irq(xarray* xa) => spin_unlock_irq(&xa->xa_lock);

    [KernelSource("include/linux/xarray.h", "xa_lock_irqsave", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Acquires("xa->xa_lock"), IrqSave("flags")]
    public static void xa_lock_irqsave(xarray* xa, out IrqFlags flags) => spin_lock_irqsave(&xa->xa_lock, out flags);

    [KernelSource("include/linux/xarray.h", "xa_unlock_irqrestore", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Releases("xa->xa_lock"), IrqRestore("flags")]
    public static void xa_unlock_irqrestore(xarray* xa, IrqFlags flags) => spin_unlock_irqrestore(&xa->xa_lock, flags);

    [KernelSource("include/linux/xarray.h", "xa_lock_nested", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Acquires("xa->xa_lock"), Nested("subclass")]
    public static void xa_lock_nested(xarray* xa, uint subclass) => spin_lock_nested(&xa->xa_lock, subclass);

    [KernelSource("include/linux/xarray.h", "xa_store_bh", Parity.Full)]
    [MightSleepIf("gfp")]
    public static void* xa_store_bh(xarray* xa, ulong index, void* entry, gfp_t gfp)
    {
        might_alloc(gfp);
        xa_lock_bh(xa);
        void* curr = __xa_store(xa, index, entry, gfp);
        xa_unlock_bh(xa);
    
        return curr;
    }

    [KernelSource("include/linux/xarray.h", "xa_store_irq", Parity.Full)]
    [MightSleepIf("gfp")]
    public static void* xa_store_irq(xarray* xa, ulong index, void* entry, gfp_t gfp)
    {
        might_alloc(gfp);
        xa_lock_irq(xa);
        void* curr = __xa_store(xa, index, entry, gfp);
        xa_unlock_irq(xa);
    
        return curr;
    }

    [KernelSource("include/linux/xarray.h", "xa_erase_bh", Parity.Full)]
    public static void* xa_erase_bh(xarray* xa, ulong index)
    {
        xa_lock_bh(xa);
        void* entry = __xa_erase(xa, index);
        xa_unlock_bh(xa);
    
        return entry;
    }

    [KernelSource("include/linux/xarray.h", "xa_erase_irq", Parity.Full)]
    public static void* xa_erase_irq(xarray* xa, ulong index)
    {
        xa_lock_irq(xa);
        void* entry = __xa_erase(xa, index);
        xa_unlock_irq(xa);
    
        return entry;
    }

    [KernelSource("include/linux/xarray.h", "xa_cmpxchg", Parity.Full)]
    [MightSleepIf("gfp")]
    public static void* xa_cmpxchg(xarray* xa, ulong index, void* old, void* entry, gfp_t gfp)
    {
        might_alloc(gfp);
        xa_lock(xa);
        void* curr = __xa_cmpxchg(xa, index, old, entry, gfp);
        xa_unlock(xa);
    
        return curr;
    }

    [KernelSource("include/linux/xarray.h", "xa_cmpxchg_bh", Parity.Full)]
    [MightSleepIf("gfp")]
    public static void* xa_cmpxchg_bh(xarray* xa, ulong index, void* old, void* entry, gfp_t gfp)
    {
        might_alloc(gfp);
        xa_lock_bh(xa);
        void* curr = __xa_cmpxchg(xa, index, old, entry, gfp);
        xa_unlock_bh(xa);
    
        return curr;
    }

    [KernelSource("include/linux/xarray.h", "xa_cmpxchg_irq", Parity.Full)]
    [MightSleepIf("gfp")]
    public static void* xa_cmpxchg_irq(xarray* xa, ulong index, void* old, void* entry, gfp_t gfp)
    {
        might_alloc(gfp);
        xa_lock_irq(xa);
        void* curr = __xa_cmpxchg(xa, index, old, entry, gfp);
        xa_unlock_irq(xa);
    
        return curr;
    }

    [KernelSource("include/linux/xarray.h", "xa_insert", Parity.Full)]
    [MightSleepIf("gfp")]
    public static int xa_insert(xarray* xa, ulong index, void* entry, gfp_t gfp)
    {
        might_alloc(gfp);
        xa_lock(xa);
        int err = __xa_insert(xa, index, entry, gfp);
        xa_unlock(xa);
    
        return err;
    }

    [KernelSource("include/linux/xarray.h", "xa_insert_bh", Parity.Full)]
    [MightSleepIf("gfp")]
    public static int xa_insert_bh(xarray* xa, ulong index, void* entry, gfp_t gfp)
    {
        might_alloc(gfp);
        xa_lock_bh(xa);
        int err = __xa_insert(xa, index, entry, gfp);
        xa_unlock_bh(xa);
    
        return err;
    }

    [KernelSource("include/linux/xarray.h", "xa_insert_irq", Parity.Full)]
    [MightSleepIf("gfp")]
    public static int xa_insert_irq(xarray* xa, ulong index, void* entry, gfp_t gfp)
    {
        might_alloc(gfp);
        xa_lock_irq(xa);
        int err = __xa_insert(xa, index, entry, gfp);
        xa_unlock_irq(xa);
    
        return err;
    }

    [KernelSource("include/linux/xarray.h", "xa_alloc", Parity.Full)]
    [MightSleepIf("gfp")]
    public static int xa_alloc(xarray* xa, u32* id, void* entry, xa_limit limit, gfp_t gfp)
    {
        might_alloc(gfp);
        xa_lock(xa);
        int err = __xa_alloc(xa, id, entry, limit, gfp);
        xa_unlock(xa);
    
        return err;
    }

    [KernelSource("include/linux/xarray.h", "xa_alloc_bh", Parity.Full)]
    [MightSleepIf("gfp")]
    public static int xa_alloc_bh(xarray* xa, u32* id, void* entry, xa_limit limit, gfp_t gfp)
    {
        might_alloc(gfp);
        xa_lock_bh(xa);
        int err = __xa_alloc(xa, id, entry, limit, gfp);
        xa_unlock_bh(xa);
    
        return err;
    }

    [KernelSource("include/linux/xarray.h", "xa_alloc_irq", Parity.Full)]
    [MightSleepIf("gfp")]
    public static int xa_alloc_irq(xarray* xa, u32* id, void* entry, xa_limit limit, gfp_t gfp)
    {
        might_alloc(gfp);
        xa_lock_irq(xa);
        int err = __xa_alloc(xa, id, entry, limit, gfp);
        xa_unlock_irq(xa);
    
        return err;
    }

    [KernelSource("include/linux/xarray.h", "xa_alloc_cyclic", Parity.Full)]
    [MightSleepIf("gfp")]
    public static int xa_alloc_cyclic(xarray* xa, u32* id, void* entry, xa_limit limit, u32* next, gfp_t gfp)
    {
        might_alloc(gfp);
        xa_lock(xa);
        int err = __xa_alloc_cyclic(xa, id, entry, limit, next, gfp);
        xa_unlock(xa);
    
        return err < 0 ? err : 0;
    }

    [KernelSource("include/linux/xarray.h", "xa_alloc_cyclic_bh", Parity.Full)]
    [MightSleepIf("gfp")]
    public static int xa_alloc_cyclic_bh(xarray* xa, u32* id, void* entry, xa_limit limit, u32* next, gfp_t gfp)
    {
        might_alloc(gfp);
        xa_lock_bh(xa);
        int err = __xa_alloc_cyclic(xa, id, entry, limit, next, gfp);
        xa_unlock_bh(xa);
    
        return err < 0 ? err : 0;
    }

    [KernelSource("include/linux/xarray.h", "xa_alloc_cyclic_irq", Parity.Full)]
    [MightSleepIf("gfp")]
    public static int xa_alloc_cyclic_irq(xarray* xa, u32* id, void* entry, xa_limit limit, u32* next, gfp_t gfp)
    {
        might_alloc(gfp);
        xa_lock_irq(xa);
        int err = __xa_alloc_cyclic(xa, id, entry, limit, next, gfp);
        xa_unlock_irq(xa);
    
        return err < 0 ? err : 0;
    }

    [KernelSource("include/linux/xarray.h", "xa_reserve", Parity.Full)]
    public static int xa_reserve(xarray* xa, ulong index, gfp_t gfp) => xa_err(xa_cmpxchg(xa, index, null, XA_ZERO_ENTRY, gfp));

    [KernelSource("include/linux/xarray.h", "xa_reserve_irq", Parity.Full)]
    public static int xa_reserve_irq(xarray* xa, ulong index, gfp_t gfp) => xa_err(xa_cmpxchg_irq(xa, index, null, XA_ZERO_ENTRY, gfp));

    [KernelSource("include/linux/xarray.h", "xa_release", Parity.Full)]
    public static void xa_release(xarray* xa, ulong index) => xa_cmpxchg(xa, index, XA_ZERO_ENTRY, null, 0);

    [KernelSource("include/linux/xarray.h", "xa_head", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void* xa_head(xarray* xa) => rcu_dereference_check(&xa->xa_head, lockdep_is_held(&xa->xa_lock));

    [KernelSource("include/linux/xarray.h", "xa_head_locked", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void* xa_head_locked(xarray* xa) => rcu_dereference_protected(&xa->xa_head, lockdep_is_held(&xa->xa_lock));

    [KernelSource("include/linux/xarray.h", "xa_entry", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void* xa_entry(xarray* xa, xa_node* node, uint offset) => rcu_dereference_check(&node->slots[offset], lockdep_is_held(&xa->xa_lock));

    [KernelSource("include/linux/xarray.h", "xa_entry_locked", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void* xa_entry_locked(xarray* xa, xa_node* node, uint offset) => rcu_dereference_protected(&node->slots[offset], lockdep_is_held(&xa->xa_lock));

    [KernelSource("include/linux/xarray.h", "xa_parent", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static xa_node* xa_parent(xarray* xa, xa_node* node) => rcu_dereference_check(&node->parent, lockdep_is_held(&xa->xa_lock));

    [KernelSource("include/linux/xarray.h", "xa_parent_locked", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static xa_node* xa_parent_locked(xarray* xa, xa_node* node) => rcu_dereference_protected(&node->parent, lockdep_is_held(&xa->xa_lock));

    [KernelSource("include/linux/xarray.h", "xa_mk_node", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void* xa_mk_node(xa_node* node) => (void*)((ulong)node | 2);

    [KernelSource("include/linux/xarray.h", "xa_to_node", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static xa_node* xa_to_node(void* entry) => (xa_node*)((ulong)entry - 2);

    [KernelSource("include/linux/xarray.h", "xa_is_node", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool xa_is_node(void* entry) => xa_is_internal(entry) && (ulong)entry > 4096;

    [KernelSource("include/linux/xarray.h", "xa_mk_sibling", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void* xa_mk_sibling(uint offset) => xa_mk_internal(offset);

    [KernelSource("include/linux/xarray.h", "xa_to_sibling", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong xa_to_sibling(void* entry) => xa_to_internal(entry);

    [KernelSource("include/linux/xarray.h", "xa_is_sibling", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool xa_is_sibling(void* entry)
        => CONFIG_XARRAY_MULTI && xa_is_internal(entry) && entry < xa_mk_sibling((uint)XA_CHUNK_MASK);

    [KernelSource("include/linux/xarray.h", "xa_is_retry", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool xa_is_retry(void* entry) => unlikely(entry == XA_RETRY_ENTRY);

    [KernelSource("include/linux/xarray.h", "xa_is_advanced", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool xa_is_advanced(void* entry) => xa_is_internal(entry) && entry <= XA_RETRY_ENTRY;

    [KernelSource("include/linux/xarray.h", "XA_ERROR", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static xa_node* XA_ERROR(long errno) => (xa_node*)(((ulong)errno << 2) | 2);

    /// <summary>The operation has left the array.</summary>
    public static xa_node* XAS_BOUNDS => (xa_node*)1;

    /// <summary>The operation starts at the head.</summary>
    public static xa_node* XAS_RESTART => (xa_node*)3;

    [KernelSource("include/linux/xarray.h", "__XA_STATE", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static xa_state __XA_STATE(xarray* array, ulong index, byte shift, byte sibs) => new()
    {
        xa = array,
        xa_index = index,
        xa_shift = shift,
        xa_sibs = sibs,
        xa_node = XAS_RESTART,
    };

    [KernelSource("include/linux/xarray.h", "XA_STATE", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static xa_state XA_STATE(xarray* array, ulong index) => __XA_STATE(array, index, 0, 0);

    [KernelSource("include/linux/xarray.h", "XA_STATE_ORDER", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static xa_state XA_STATE_ORDER(xarray* array, ulong index, uint order)
        => __XA_STATE(array, index >> (int)order << (int)order, (byte)(order - order % XA_CHUNK_SHIFT), (byte)((1u << (int)(order % XA_CHUNK_SHIFT)) - 1));

    [KernelSource("include/linux/xarray.h", "xas_marked", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool xas_marked(xa_state* xas, xa_mark_t mark) => xa_marked(xas->xa, mark);

    [KernelSource("include/linux/xarray.h", "xas_trylock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool xas_trylock(xa_state* xas) => xa_trylock(xas->xa);

    [KernelSource("include/linux/xarray.h", "xas_lock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Acquires("xas->xa->xa_lock")]
    public static void xas_lock(xa_state* xas) => xa_lock(xas->xa);

    [KernelSource("include/linux/xarray.h", "xas_unlock", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Releases("xas->xa->xa_lock")]
    public static void xas_unlock(xa_state* xas) => xa_unlock(xas->xa);

    [KernelSource("include/linux/xarray.h", "xas_lock_bh", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Acquires("xas->xa->xa_lock"), BhAdjust(1)]
    public static void xas_lock_bh(xa_state* xas) => xa_lock_bh(xas->xa);

    [KernelSource("include/linux/xarray.h", "xas_unlock_bh", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Releases("xas->xa->xa_lock"), BhAdjust(-1)]
    public static void xas_unlock_bh(xa_state* xas) => xa_unlock_bh(xas->xa);

    [KernelSource("include/linux/xarray.h", "xas_lock_irq", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Acquires("xas->xa->xa_lock"), IrqDisable]
    public static void xas_lock_irq(xa_state* xas) => xa_lock_irq(xas->xa);

    [KernelSource("include/linux/xarray.h", "xas_unlock_irq", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Releases("xas->xa->xa_lock"), IrqEnable]
    public static void xas_unlock_irq(xa_state* xas) => xa_unlock_irq(xas->xa);

    [KernelSource("include/linux/xarray.h", "xas_lock_irqsave", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Acquires("xas->xa->xa_lock"), IrqSave("flags")]
    public static void xas_lock_irqsave(xa_state* xas, out IrqFlags flags) => xa_lock_irqsave(xas->xa, out flags);

    [KernelSource("include/linux/xarray.h", "xas_unlock_irqrestore", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    [Releases("xas->xa->xa_lock"), IrqRestore("flags")]
    public static void xas_unlock_irqrestore(xa_state* xas, IrqFlags flags) => xa_unlock_irqrestore(xas->xa, flags);

    [KernelSource("include/linux/xarray.h", "xas_error", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int xas_error(xa_state* xas) => xa_err(xas->xa_node);

    [KernelSource("include/linux/xarray.h", "xas_set_err", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void xas_set_err(xa_state* xas, long err) => xas->xa_node = XA_ERROR(err);

    [KernelSource("include/linux/xarray.h", "xas_invalid", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool xas_invalid(xa_state* xas) => ((ulong)xas->xa_node & 3) != 0;

    [KernelSource("include/linux/xarray.h", "xas_valid", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool xas_valid(xa_state* xas) => !xas_invalid(xas);

    [KernelSource("include/linux/xarray.h", "xas_is_node", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool xas_is_node(xa_state* xas) => xas_valid(xas) && xas->xa_node != null;

    [KernelSource("include/linux/xarray.h", "xas_not_node", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool xas_not_node(xa_node* node) => ((ulong)node & 3) != 0 || node == null;

    [KernelSource("include/linux/xarray.h", "xas_frozen", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool xas_frozen(xa_node* node) => ((ulong)node & 2) != 0;

    [KernelSource("include/linux/xarray.h", "xas_top", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool xas_top(xa_node* node) => node <= XAS_RESTART;

    [KernelSource("include/linux/xarray.h", "xas_reset", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void xas_reset(xa_state* xas) => xas->xa_node = XAS_RESTART;

    [KernelSource("include/linux/xarray.h", "xas_retry", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool xas_retry(xa_state* xas, void* entry)
    {
        if (xa_is_zero(entry))
            return true;
        if (!xa_is_retry(entry))
            return false;
        xas_reset(xas);
        return true;
    }

    [KernelSource("include/linux/xarray.h", "xas_reload", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void* xas_reload(xa_state* xas)
    {
        xa_node* node = xas->xa_node;
    
        if (node == null)
            return xa_head(xas->xa);

        // The index may be in the middle of an entry: it is the entry that is read again.
        uint offset = (uint)((xas->xa_index >> node->shift) & XA_CHUNK_MASK);
        void* entry = xa_entry(xas->xa, node, offset);
        if (!xa_is_sibling(entry))
            return entry;
        return xa_entry(xas->xa, node, (uint)xa_to_sibling(entry));
    }

    [KernelSource("include/linux/xarray.h", "xas_set", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void xas_set(xa_state* xas, ulong index)
    {
        xas->xa_index = index;
        xas->xa_node = XAS_RESTART;
    }

    [KernelSource("include/linux/xarray.h", "xas_advance", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void xas_advance(xa_state* xas, ulong index)
    {
        byte shift = xas_is_node(xas) ? xas->xa_node->shift : (byte)0;
    
        xas->xa_index = index;
        xas->xa_offset = (byte)((index >> shift) & XA_CHUNK_MASK);
    }

    [KernelSource("include/linux/xarray.h", "xas_set_order", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void xas_set_order(xa_state* xas, ulong index, uint order)
    {
        xas->xa_index = order < BITS_PER_LONG ? index >> (int)order << (int)order : 0;
        xas->xa_shift = (byte)(order - order % XA_CHUNK_SHIFT);
        xas->xa_sibs = (byte)((1u << (int)(order % XA_CHUNK_SHIFT)) - 1);
        xas->xa_node = XAS_RESTART;
    }

    [KernelSource("include/linux/xarray.h", "xas_set_update", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void xas_set_update(xa_state* xas, delegate*<xa_node*, void> update) => xas->xa_update = update;

    [KernelSource("include/linux/xarray.h", "xas_set_lru", Parity.Full)]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void xas_set_lru(xa_state* xas, list_lru* lru) => xas->xa_lru = lru;

    [KernelSource("include/linux/xarray.h", "xas_next_entry", Parity.Full)]
    public static void* xas_next_entry(xa_state* xas, ulong max)
    {
        xa_node* node = xas->xa_node;
        void* entry;
    
        if (unlikely(xas_not_node(node) || node->shift != 0 || xas->xa_offset != (xas->xa_index & XA_CHUNK_MASK)))
            return xas_find(xas, max);
    
        do
        {
            if (unlikely(xas->xa_index >= max))
                return xas_find(xas, max);
            if (unlikely(xas->xa_offset == XA_CHUNK_MASK))
                return xas_find(xas, max);
            entry = xa_entry(xas->xa, node, xas->xa_offset + 1u);
            if (unlikely(xa_is_internal(entry)))
                return xas_find(xas, max);
            xas->xa_offset++;
            xas->xa_index++;
        } while (entry == null);
    
        return entry;
    }

    [KernelSource("include/linux/xarray.h", "xas_find_chunk", Parity.Full)]
    public static uint xas_find_chunk(xa_state* xas, bool advance, xa_mark_t mark)
    {
        ulong* addr = &xas->xa_node->marks[mark];
        uint offset = xas->xa_offset;
    
        if (advance)
            offset++;
        if (offset < XA_CHUNK_SIZE)
        {
            ulong data = *addr & (~0UL << (int)offset);
            if (data != 0)
                return (uint)__ffs(data);
        }
        return XA_CHUNK_SIZE;
    }

    [KernelSource("include/linux/xarray.h", "xas_next_marked", Parity.Full)]
    public static void* xas_next_marked(xa_state* xas, ulong max, xa_mark_t mark)
    {
        xa_node* node = xas->xa_node;
        void* entry;
        uint offset;
    
        if (unlikely(xas_not_node(node) || node->shift != 0))
            return xas_find_marked(xas, max, mark);
        offset = xas_find_chunk(xas, true, mark);
        xas->xa_offset = (byte)offset;
        xas->xa_index = (xas->xa_index & ~XA_CHUNK_MASK) + offset;
        if (xas->xa_index > max)
            return null;
        if (offset == XA_CHUNK_SIZE)
            return xas_find_marked(xas, max, mark);
        entry = xa_entry(xas->xa, node, offset);
        if (entry == null)
            return xas_find_marked(xas, max, mark);
        return entry;
    }

    /// <summary>After how many entries a long walk with the lock held lets others run.</summary>
    public const int XA_CHECK_SCHED = 4096;

    [KernelSource("include/linux/xarray.h", "xas_prev", Parity.Full)]
    public static void* xas_prev(xa_state* xas)
    {
        xa_node* node = xas->xa_node;
    
        if (unlikely(xas_not_node(node) || node->shift != 0 || xas->xa_offset == 0))
            return __xas_prev(xas);
    
        xas->xa_index--;
        xas->xa_offset--;
        return xa_entry(xas->xa, node, xas->xa_offset);
    }

    [KernelSource("include/linux/xarray.h", "xas_next", Parity.Full)]
    public static void* xas_next(xa_state* xas)
    {
        xa_node* node = xas->xa_node;
    
        if (unlikely(xas_not_node(node) || node->shift != 0 || xas->xa_offset == XA_CHUNK_MASK))
            return __xas_next(xas);
    
        xas->xa_index++;
        xas->xa_offset++;
        return xa_entry(xas->xa, node, xas->xa_offset);
    }
}
