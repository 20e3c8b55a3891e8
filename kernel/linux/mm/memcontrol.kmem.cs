// SPDX-License-Identifier: GPL-2.0-only
// memcontrol.c, part 6 of 10: kernel memory, charged by bytes through obj_cgroups.
namespace Linux;

public static unsafe partial class mm_memcontrol_c
{
    [KernelSource(C, "account_slab_nmi_safe", Parity.Full)]
    private static void account_slab_nmi_safe(mem_cgroup* memcg, pglist_data* pgdat, node_stat_item idx, int nr)
    {
        lruvec* lruvec;

        lruvec = mem_cgroup_lruvec(memcg, pgdat);
        mod_memcg_lruvec_state(lruvec, idx, nr);
    }

    [KernelSource(C, "mod_objcg_mlstate", Parity.Full)]
    private static void mod_objcg_mlstate(obj_cgroup* objcg, pglist_data* pgdat, node_stat_item idx, int nr)
    {
        mem_cgroup* memcg;

        rcu_read_lock();
        memcg = obj_cgroup_memcg(objcg);
        account_slab_nmi_safe(memcg, pgdat, idx, nr);
        rcu_read_unlock();
    }

    [KernelSource(C, "mem_cgroup_from_obj_folio", Parity.Full)]
    [RcuReadSection]
    private static mem_cgroup* mem_cgroup_from_obj_folio(folio* folio, void* p)
    {
        // An object of a slab has its owner in the slab's vector.
        if (folio_test_slab(folio))
        {
            slabobj_ext* obj_exts;
            slab* slab;
            uint off;

            slab = folio_slab(folio);
            obj_exts = slab_obj_exts(slab);
            if (obj_exts == null)
                return null;

            off = obj_to_index(slab->slab_cache, slab, p);
            if (obj_exts[off].objcg != null)
                return obj_cgroup_memcg(obj_exts[off].objcg);

            return null;
        }

        // The slab may be freed and its folio used otherwise meanwhile, hence the careful reader.
        return folio_memcg_check(folio);
    }

    /// <summary>The group of a kernel object, or null. RCU keeps it, and whoever owns the object keeps that.</summary>
    [KernelSource(C, "mem_cgroup_from_slab_obj", Parity.Full)]
    [RcuReadSection]
    public static mem_cgroup* mem_cgroup_from_slab_obj(void* p)
    {
        if (mem_cgroup_disabled())
            return null;

        return mem_cgroup_from_obj_folio(virt_to_folio(p), p);
    }

    [KernelSource(C, "__get_obj_cgroup_from_memcg", Parity.Full)]
    [RcuReadSection, ReturnsOwned]
    private static obj_cgroup* __get_obj_cgroup_from_memcg(mem_cgroup* memcg)
    {
        obj_cgroup* objcg = null;

        for (; !mem_cgroup_is_root(memcg); memcg = parent_mem_cgroup(memcg))
        {
            objcg = rcu_dereference(&memcg->objcg);
            if (objcg != null && obj_cgroup_tryget(objcg))
                break;
            objcg = null;
        }
        return objcg;
    }

    /// <summary>Replaces the bucket that the current task has cached, after a fork or a move.</summary>
    [KernelSource(C, "current_objcg_update", Parity.Full)]
    [ContextUnsafe("current's mm does not go meanwhile: there is no bucket in hand where there is none", Rule = "KM0501")]
    private static obj_cgroup* current_objcg_update()
    {
        mem_cgroup* memcg;
        obj_cgroup* old, objcg = null;

        do
        {
            // Take the old one out together with the flag.
            old = xchg(&current->objcg, null);
            if (old != null)
            {
                old = (obj_cgroup*)((ulong)old & ~CURRENT_OBJCG_UPDATE_FLAG);
                obj_cgroup_put(old);

                old = null;
            }

            // A kernel thread, or a task on its way out, charges nobody.
            if (current->mm == null || (current->flags & PF_KTHREAD) != 0)
                return null;

            // The task was moved again before the new one was in place.
            if (objcg != null)
            {
                obj_cgroup_put(objcg);
                objcg = null;
            }

            // The group may be gone at any time: the walk goes up to one whose bucket can be had.
            rcu_read_lock();
            memcg = mem_cgroup_from_task(current);
            objcg = __get_obj_cgroup_from_memcg(memcg);
            rcu_read_unlock();

            // If a move has set the flag meanwhile, start over.
        } while (!try_cmpxchg(&current->objcg, &old, objcg));

        return objcg;
    }

    /// <summary>The bucket that kernel memory allocated here is charged to, or null. No reference: the scope holds it.</summary>
    [KernelSource(C, "current_obj_cgroup", Parity.Full)]
    public static obj_cgroup* current_obj_cgroup()
    {
        mem_cgroup* memcg;
        obj_cgroup* objcg;

        if (in_task())
        {
            memcg = current->active_memcg;
            if (memcg != null)
                goto from_memcg;

            objcg = READ_ONCE(&current->objcg);
            if (((ulong)objcg & CURRENT_OBJCG_UPDATE_FLAG) != 0)
                objcg = current_objcg_update();
            // The task's own reference is enough: it is replaced by the task alone.
            return objcg;
        }

        memcg = this_cpu_read(int_active_memcg);
        if (memcg != null)
            goto from_memcg;

        return null;

    from_memcg:
        objcg = null;
        for (; !mem_cgroup_is_root(memcg); memcg = parent_mem_cgroup(memcg))
        {
            // The scope of set_active_memcg() holds the group, the group its bucket, and either may have been handed to
            // the parent.
            objcg = rcu_dereference_check(&memcg->objcg, true);
            if (objcg != null)
                break;
        }

        return objcg;
    }

    [KernelSource(C, "get_obj_cgroup_from_folio", Parity.Full)]
    [ReturnsOwned]
    public static obj_cgroup* get_obj_cgroup_from_folio(folio* folio)
    {
        obj_cgroup* objcg;

        if (!memcg_kmem_online())
            return null;

        if (folio_memcg_kmem(folio))
        {
            objcg = __folio_objcg(folio);
            obj_cgroup_get(objcg);
        }
        else
        {
            mem_cgroup* memcg;

            rcu_read_lock();
            memcg = __folio_memcg(folio);
            if (memcg != null)
                objcg = __get_obj_cgroup_from_memcg(memcg);
            else
                objcg = null;
            rcu_read_unlock();
        }
        return objcg;
    }

    [KernelSource(C, "account_kmem_nmi_safe", Parity.Full)]
    private static void account_kmem_nmi_safe(mem_cgroup* memcg, int val) => mod_memcg_state(memcg, MEMCG_KMEM, val);

    [KernelSource(C, "obj_cgroup_uncharge_pages", Parity.Full)]
    private static void obj_cgroup_uncharge_pages(obj_cgroup* objcg, uint nr_pages)
    {
        mem_cgroup* memcg;

        memcg = get_mem_cgroup_from_objcg(objcg);

        account_kmem_nmi_safe(memcg, -(int)nr_pages);
        memcg1_account_kmem(memcg, -(int)nr_pages);
        if (!mem_cgroup_is_root(memcg))
            refill_stock(memcg, nr_pages);

        css_put(&memcg->css);
    }

    [KernelSource(C, "obj_cgroup_charge_pages", Parity.Full)]
    private static int obj_cgroup_charge_pages(obj_cgroup* objcg, gfp_t gfp, uint nr_pages)
    {
        mem_cgroup* memcg;
        int ret;

        memcg = get_mem_cgroup_from_objcg(objcg);

        trace_charge_kernel();
        ret = try_charge_memcg(memcg, gfp, nr_pages);
        if (ret != 0)
            goto @out;

        account_kmem_nmi_safe(memcg, (int)nr_pages);
        memcg1_account_kmem(memcg, (int)nr_pages);
    @out:
        css_put(&memcg->css);

        return ret;
    }

    [KernelSource(C, "page_objcg", Parity.Full)]
    [ReturnsKept("page->memcg_data")]
    private static obj_cgroup* page_objcg(page* page)
    {
        ulong memcg_data = page->memcg_data;

        if (mem_cgroup_disabled() || memcg_data == 0)
            return null;

        VM_BUG_ON_PAGE((memcg_data & OBJEXTS_FLAGS_MASK) != MEMCG_DATA_KMEM,
            page);
        return (obj_cgroup*)(memcg_data - MEMCG_DATA_KMEM);
    }

    [KernelSource(C, "page_set_objcg", Parity.Full)]
    [ConsumesRef("objcg"), Initializes("page->memcg_data")]
    private static void page_set_objcg(page* page, obj_cgroup* objcg) => page->memcg_data = (ulong)objcg | MEMCG_DATA_KMEM;

    /// <summary>Charges a page that the kernel has allocated for itself to the current bucket.</summary>
    [KernelSource(C, "__memcg_kmem_charge_page", Parity.Full)]
    public static int __memcg_kmem_charge_page(page* page, gfp_t gfp, int order)
    {
        obj_cgroup* objcg;
        int ret = 0;

        objcg = current_obj_cgroup();
        if (objcg != null)
        {
            ret = obj_cgroup_charge_pages(objcg, gfp, 1u << order);
            if (ret == 0)
            {
                obj_cgroup_get(objcg);
                page_set_objcg(page, objcg);
                return 0;
            }
        }
        return ret;
    }

    [KernelSource(C, "__memcg_kmem_uncharge_page", Parity.Full)]
    public static void __memcg_kmem_uncharge_page(page* page, int order)
    {
        obj_cgroup* objcg = page_objcg(page);
        uint nr_pages = 1u << order;

        if (objcg == null)
            return;

        obj_cgroup_uncharge_pages(objcg, nr_pages);
        page->memcg_data = 0;
        obj_cgroup_put(objcg);
    }

    /// <summary>Counts bytes of slab, keeping back up to a page of them on this CPU.</summary>
    [KernelSource(C, "__account_obj_stock", Parity.Full)]
    private static void __account_obj_stock(obj_cgroup* objcg, obj_stock_pcp* stock, int nr, pglist_data* pgdat,
        node_stat_item idx)
    {
        int* bytes;

        // What is kept back belongs to one node.
        if (stock->cached_pgdat != pgdat)
        {
            pglist_data* oldpg = stock->cached_pgdat;

            if (stock->nr_slab_reclaimable_b != 0)
            {
                mod_objcg_mlstate(objcg, oldpg, NR_SLAB_RECLAIMABLE_B,
                    stock->nr_slab_reclaimable_b);
                stock->nr_slab_reclaimable_b = 0;
            }
            if (stock->nr_slab_unreclaimable_b != 0)
            {
                mod_objcg_mlstate(objcg, oldpg, NR_SLAB_UNRECLAIMABLE_B,
                    stock->nr_slab_unreclaimable_b);
                stock->nr_slab_unreclaimable_b = 0;
            }
            stock->cached_pgdat = pgdat;
        }

        bytes = (idx == NR_SLAB_RECLAIMABLE_B) ? &stock->nr_slab_reclaimable_b
                                               : &stock->nr_slab_unreclaimable_b;
        // Even more than a page is kept back when nothing was there yet: it is likely to be freed again soon.
        if (*bytes == 0)
        {
            *bytes = nr;
            nr = 0;
        }
        else
        {
            *bytes += nr;
            if (abs(*bytes) > (int)PAGE_SIZE)
            {
                nr = *bytes;
                *bytes = 0;
            }
            else
            {
                nr = 0;
            }
        }
        if (nr != 0)
            mod_objcg_mlstate(objcg, pgdat, idx, nr);
    }

    [KernelSource(C, "consume_obj_stock", Parity.Full)]
    private static bool consume_obj_stock(obj_cgroup* objcg, uint nr_bytes, pglist_data* pgdat, node_stat_item idx)
    {
        obj_stock_pcp* stock;
        bool ret = false;

        if (!local_trylock(lock_of(obj_stock)))
            return ret;

        stock = this_cpu_ptr(obj_stock);
        if (objcg == READ_ONCE(&stock->cached_objcg) && stock->nr_bytes >= nr_bytes)
        {
            stock->nr_bytes -= nr_bytes;
            ret = true;

            if (pgdat != null)
                __account_obj_stock(objcg, stock, (int)nr_bytes, pgdat, idx);
        }

        local_unlock(lock_of(obj_stock));

        return ret;
    }

    /// <summary>Gives whole pages back to the group, leaves the rest with the bucket, and passes the statistics on.</summary>
    [KernelSource(C, "drain_obj_stock", Parity.Full)]
    [PutsRef("stock->cached_objcg")]
    private static void drain_obj_stock(obj_stock_pcp* stock)
    {
        obj_cgroup* old = READ_ONCE(&stock->cached_objcg);

        if (old == null)
            return;

        if (stock->nr_bytes != 0)
        {
            uint nr_pages = stock->nr_bytes >> PAGE_SHIFT;
            uint nr_bytes = stock->nr_bytes & (uint)(PAGE_SIZE - 1);

            if (nr_pages != 0)
            {
                mem_cgroup* memcg;

                memcg = get_mem_cgroup_from_objcg(old);

                mod_memcg_state(memcg, MEMCG_KMEM, -(int)nr_pages);
                memcg1_account_kmem(memcg, -(int)nr_pages);
                if (!mem_cgroup_is_root(memcg))
                    memcg_uncharge(memcg, nr_pages);

                css_put(&memcg->css);
            }

            // Less than a page stays with the bucket, for the next CPU that refills from it, or for its release.
            atomic_add((int)nr_bytes, &old->nr_charged_bytes);
            stock->nr_bytes = 0;
        }

        if (stock->nr_slab_reclaimable_b != 0 || stock->nr_slab_unreclaimable_b != 0)
        {
            if (stock->nr_slab_reclaimable_b != 0)
            {
                mod_objcg_mlstate(old, stock->cached_pgdat,
                    NR_SLAB_RECLAIMABLE_B,
                    stock->nr_slab_reclaimable_b);
                stock->nr_slab_reclaimable_b = 0;
            }
            if (stock->nr_slab_unreclaimable_b != 0)
            {
                mod_objcg_mlstate(old, stock->cached_pgdat,
                    NR_SLAB_UNRECLAIMABLE_B,
                    stock->nr_slab_unreclaimable_b);
                stock->nr_slab_unreclaimable_b = 0;
            }
            stock->cached_pgdat = null;
        }

        WRITE_ONCE(&stock->cached_objcg, (obj_cgroup*)null);
        obj_cgroup_put(old);
    }

    [KernelSource(C, "obj_stock_flush_required", Parity.Full)]
    private static bool obj_stock_flush_required(obj_stock_pcp* stock, mem_cgroup* root_memcg)
    {
        obj_cgroup* objcg = READ_ONCE(&stock->cached_objcg);
        mem_cgroup* memcg;
        bool flush = false;

        rcu_read_lock();
        if (objcg != null)
        {
            memcg = obj_cgroup_memcg(objcg);
            if (memcg != null && mem_cgroup_is_descendant(memcg, root_memcg))
                flush = true;
        }
        rcu_read_unlock();

        return flush;
    }

    /// <summary>Puts charged bytes into this CPU's reserve; whole pages go back to the group when the caller frees.</summary>
    [KernelSource(C, "refill_obj_stock", Parity.Full)]
    private static void refill_obj_stock(obj_cgroup* objcg, uint nr_bytes, bool allow_uncharge, int nr_acct,
        pglist_data* pgdat, node_stat_item idx)
    {
        obj_stock_pcp* stock;
        uint nr_pages = 0;

        if (!local_trylock(lock_of(obj_stock)))
        {
            // An interrupt in the middle of an access: everything goes where any context may put it.
            if (pgdat != null)
                mod_objcg_mlstate(objcg, pgdat, idx, nr_acct);
            nr_pages = nr_bytes >> PAGE_SHIFT;
            nr_bytes = nr_bytes & (uint)(PAGE_SIZE - 1);
            atomic_add((int)nr_bytes, &objcg->nr_charged_bytes);
            goto @out;
        }

        stock = this_cpu_ptr(obj_stock);
        if (READ_ONCE(&stock->cached_objcg) != objcg)
        {
            drain_obj_stock(stock);
            obj_cgroup_get(objcg);
            stock->nr_bytes = atomic_read(&objcg->nr_charged_bytes) != 0
                ? (uint)atomic_xchg(&objcg->nr_charged_bytes, 0) : 0;
            WRITE_ONCE(&stock->cached_objcg, objcg);

            // What the bucket had kept may make a whole page.
            allow_uncharge = true;
        }
        stock->nr_bytes += nr_bytes;

        if (pgdat != null)
            __account_obj_stock(objcg, stock, nr_acct, pgdat, idx);

        if (allow_uncharge && (stock->nr_bytes > PAGE_SIZE))
        {
            nr_pages = stock->nr_bytes >> PAGE_SHIFT;
            stock->nr_bytes &= (uint)(PAGE_SIZE - 1);
        }

        local_unlock(lock_of(obj_stock));
    @out:
        if (nr_pages != 0)
            obj_cgroup_uncharge_pages(objcg, nr_pages);
    }

    [KernelSource(C, "obj_cgroup_charge_account", Parity.Full)]
    private static int obj_cgroup_charge_account(obj_cgroup* objcg, gfp_t gfp, ulong size, pglist_data* pgdat,
        node_stat_item idx)
    {
        uint nr_pages, nr_bytes;
        int ret;

        if (consume_obj_stock(objcg, (uint)size, pgdat, idx))
            return 0;

        // The bytes that the bucket keeps aside are left alone: to use them here the stock would have to be switched to
        // this bucket, which refill_obj_stock() is going to do anyway. At most a page too much is charged for a moment,
        // and bringing in a whole page for the part of one is what makes the stock worth having. allow_uncharge is off,
        // so that what is charged here is not given back in the same breath.
        nr_pages = (uint)(size >> PAGE_SHIFT);
        nr_bytes = (uint)(size & (PAGE_SIZE - 1));

        if (nr_bytes != 0)
            nr_pages += 1;

        ret = obj_cgroup_charge_pages(objcg, gfp, nr_pages);
        if (ret == 0 && (nr_bytes != 0 || pgdat != null))
            refill_obj_stock(objcg, nr_bytes != 0 ? (uint)PAGE_SIZE - nr_bytes : 0,
                false, (int)size, pgdat, idx);

        return ret;
    }

    [KernelSource(C, "obj_cgroup_charge", Parity.Full)]
    public static int obj_cgroup_charge(obj_cgroup* objcg, gfp_t gfp, ulong size) =>
        obj_cgroup_charge_account(objcg, gfp, size, null, 0);

    [KernelSource(C, "obj_cgroup_uncharge", Parity.Full)]
    public static void obj_cgroup_uncharge(obj_cgroup* objcg, ulong size) =>
        refill_obj_stock(objcg, (uint)size, true, 0, null, 0);

    /// <summary>What an object is charged: itself, and its place in the vector that says whose it is.</summary>
    [KernelSource(C, "obj_full_size", Parity.Full)]
    private static ulong obj_full_size(kmem_cache* s) => s->size + (ulong)sizeof(obj_cgroup*);

    /// <summary>Charges objects that have just been allocated. False undoes the allocation.</summary>
    [KernelSource(C, "__memcg_slab_post_alloc_hook", Parity.Full)]
    public static bool __memcg_slab_post_alloc_hook(kmem_cache* s, list_lru* lru, gfp_t flags, ulong size, void** p)
    {
        obj_cgroup* objcg;
        slab* slab;
        ulong off;
        ulong i;

        // The current scope holds the bucket, so it needs no reference of its own here.
        objcg = current_obj_cgroup();
        if (objcg == null)
            return true;

        // Nothing was allocated: a null may stand at the start when a fill failed.
        if (*p == null)
            return true;

        flags &= gfp_allowed_mask;

        if (lru != null)
        {
            int ret;
            mem_cgroup* memcg;

            memcg = get_mem_cgroup_from_objcg(objcg);
            ret = memcg_list_lru_alloc(memcg, lru, flags);
            css_put(&memcg->css);

            if (ret != 0)
                return false;
        }

        for (i = 0; i < size; i++)
        {
            slab = virt_to_slab(p[i]);

            if (slab_obj_exts(slab) == null &&
                alloc_slab_obj_exts(slab, s, flags, false) != 0)
            {
                continue;
            }

            // One after the other, and not as one sum: objects of one bulk may be on several nodes, and a charge that
            // fails leaves those before it charged, which the free path undoes one after the other as well.
            if (obj_cgroup_charge_account(objcg, flags, obj_full_size(s),
                slab_pgdat(slab), cache_vmstat_idx(s)) != 0)
                return false;

            off = obj_to_index(s, slab, p[i]);
            obj_cgroup_get(objcg);
            slab_obj_exts(slab)[off].objcg = objcg;
        }

        return true;
    }

    [KernelSource(C, "__memcg_slab_free_hook", Parity.Full)]
    public static void __memcg_slab_free_hook(kmem_cache* s, slab* slab, void** p, int objects, slabobj_ext* obj_exts)
    {
        ulong obj_size = obj_full_size(s);

        for (int i = 0; i < objects; i++)
        {
            obj_cgroup* objcg;
            uint off;

            off = obj_to_index(s, slab, p[i]);
            objcg = obj_exts[off].objcg;
            if (objcg == null)
                continue;

            obj_exts[off].objcg = null;
            refill_obj_stock(objcg, (uint)obj_size, true, -(int)obj_size,
                slab_pgdat(slab), cache_vmstat_idx(s));
            obj_cgroup_put(objcg);
        }
    }

    /// <summary>Pages of a higher order are about to be freed one by one: each gets the owner and a reference.</summary>
    [KernelSource(C, "split_page_memcg", Parity.Full)]
    public static void split_page_memcg(page* page, uint order)
    {
        obj_cgroup* objcg = page_objcg(page);
        uint i, nr = 1u << (int)order;

        if (objcg == null)
            return;

        for (i = 1; i < nr; i++)
            page_set_objcg(&page[i], objcg);

        obj_cgroup_get_many(objcg, nr - 1);
    }

    /// <summary>A folio is split: each part has a reference to the group, of which the folio's is the first one's.</summary>
    [KernelSource(C, "folio_split_memcg_refs", Parity.Full)]
    public static void folio_split_memcg_refs(folio* folio, uint old_order, uint new_order)
    {
        if (mem_cgroup_disabled() || !folio_memcg_charged(folio))
            return;

        uint new_refs = (1u << (int)(old_order - new_order)) - 1;
        css_get_many(&__folio_memcg(folio)->css, new_refs);
    }

    [KernelSource(C, "memcg_online_kmem", Parity.Full)]
    [Initializes("memcg->orig_objcg")]
    private static int memcg_online_kmem(mem_cgroup* memcg)
    {
        obj_cgroup* objcg;

        if (mem_cgroup_kmem_disabled())
            return 0;

        if (mem_cgroup_is_root(memcg))
            return 0;

        objcg = obj_cgroup_alloc();
        if (objcg == null)
            return -ENOMEM;

        objcg->memcg = memcg;
        rcu_assign_pointer(&memcg->objcg, objcg);
        obj_cgroup_get(objcg);
        memcg->orig_objcg = objcg;

        static_branch_enable(memcg_kmem_online_key);

        memcg->kmemcg_id = memcg->id.id;

        return 0;
    }

    [KernelSource(C, "memcg_offline_kmem", Parity.Full)]
    private static void memcg_offline_kmem(mem_cgroup* memcg)
    {
        mem_cgroup* parent;

        if (mem_cgroup_kmem_disabled())
            return;

        if (mem_cgroup_is_root(memcg))
            return;

        parent = parent_mem_cgroup(memcg);
        if (parent == null)
            parent = root_mem_cgroup;

        memcg_reparent_list_lrus(memcg, parent);

        // After the list_lrus: their walkers rely on the bucket's group being the one whose lists they find.
        memcg_reparent_objcgs(memcg, parent);
    }
}
