// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_gfp_types_h;
using static Linux.linux_mm_h;
using static Linux.linux_slab_h;
using static Linux.linux_rmap_h;
using static Linux.linux_pagemap_h;
using static Linux.mm_internal_h;

namespace Linux;

// anon_vmas: one tree of them for all processes that came from one by fork, with one lock at the root.
public static unsafe partial class mm_rmap_c
{
    private static kmem_cache* anon_vma_cachep;
    private static kmem_cache* anon_vma_chain_cachep;

    [KernelSource("mm/rmap.c", "anon_vma_alloc", Parity.Full)]
    private static anon_vma* anon_vma_alloc()
    {
        anon_vma* anon_vma = (anon_vma*)kmem_cache_alloc(anon_vma_cachep, GFP_KERNEL);

        if (anon_vma != null)
        {
            atomic_set(&anon_vma->refcount, 1);
            anon_vma->num_children = 0;
            anon_vma->num_active_vmas = 0;
            anon_vma->parent = anon_vma;
            // The root is itself until fork says otherwise.
            anon_vma->root = anon_vma;
        }

        return anon_vma;
    }

    [KernelSource("mm/rmap.c", "anon_vma_free", Parity.Full)]
    [MightSleep]
    private static void anon_vma_free(anon_vma* anon_vma)
    {
        VM_BUG_ON(atomic_read(&anon_vma->refcount) != 0);

        // folio_lock_anon_vma_read() may hold the lock without a reference: it saw the folio still mapped. Wait for it,
        // as the memory may be used for another anon_vma at once.
        might_sleep();
        if (rwsem_is_locked(&anon_vma->root->rwsem))
        {
            anon_vma_lock_write(anon_vma);
            anon_vma_unlock_write(anon_vma);
        }

        kmem_cache_free(anon_vma_cachep, anon_vma);
    }

    [KernelSource("mm/rmap.c", "anon_vma_chain_alloc", Parity.Full)]
    private static anon_vma_chain* anon_vma_chain_alloc(gfp_t gfp) => (anon_vma_chain*)kmem_cache_alloc(anon_vma_chain_cachep, gfp);

    [KernelSource("mm/rmap.c", "anon_vma_chain_free", Parity.Full)]
    private static void anon_vma_chain_free(anon_vma_chain* anon_vma_chain) => kmem_cache_free(anon_vma_chain_cachep, anon_vma_chain);

    [KernelSource("mm/rmap.c", "anon_vma_chain_link", Parity.Full)]
    private static void anon_vma_chain_link(vm_area_struct* vma, anon_vma_chain* avc, anon_vma* anon_vma)
    {
        avc->vma = vma;
        avc->anon_vma = anon_vma;
        list_add(&avc->same_vma, &vma->anon_vma_chain);
        anon_vma_interval_tree_insert(avc, &anon_vma->rb_root);
    }

    private static anon_vma_chain* avc_of(list_head* p) => list_entry<anon_vma_chain>(p, &((anon_vma_chain*)nowhere)->same_vma);

    // Gives the VMA an anon_vma before its first anonymous page: a neighbour's, if the two may be merged some day.
    [KernelSource("mm/rmap.c", "__anon_vma_prepare", Parity.Full)]
    [MightSleep]
    [Excludes("vma->vm_mm->page_table_lock")]
    public static int __anon_vma_prepare(vm_area_struct* vma)
    {
        mm_struct* mm = vma->vm_mm;

        mmap_assert_locked(mm);
        might_sleep();

        anon_vma_chain* avc = anon_vma_chain_alloc(GFP_KERNEL);
        if (avc == null)
            goto out_enomem;

        anon_vma* anon_vma = find_mergeable_anon_vma(vma);
        anon_vma* allocated = null;
        if (anon_vma == null)
        {
            anon_vma = anon_vma_alloc();
            if (anon_vma == null)
                goto out_enomem_free_avc;
            // It is its own parent.
            anon_vma->num_children++;
            allocated = anon_vma;
        }

        anon_vma_lock_write(anon_vma);
        // Another fault on the VMA may have done it; the mmap lock is only held for reading.
        spin_lock(&mm->page_table_lock);
        if (vma->anon_vma == null)
        {
            vma->anon_vma = anon_vma;
            anon_vma_chain_link(vma, avc, anon_vma);
            anon_vma->num_active_vmas++;
            allocated = null;
            avc = null;
        }
        spin_unlock(&mm->page_table_lock);
        anon_vma_unlock_write(anon_vma);

        if (allocated != null)
            put_anon_vma(allocated);
        if (avc != null)
            anon_vma_chain_free(avc);

        return 0;

    out_enomem_free_avc:
        anon_vma_chain_free(avc);
    out_enomem:
        return -ENOMEM;
    }

    // All anon_vmas of a chain share a root, so the lock is taken once.
    [KernelSource("mm/rmap.c", "lock_anon_vma_root", Parity.Full)]
    [HandsOver("root->rwsem", "anon_vma->root->rwsem")]
    private static anon_vma* lock_anon_vma_root(anon_vma* root, anon_vma* anon_vma)
    {
        anon_vma* new_root = anon_vma->root;

        if (new_root != root)
        {
            if (WARN_ON_ONCE(root != null))
                up_write(&root->rwsem);
            root = new_root;
            down_write(&root->rwsem);
        }
        return root;
    }

    [KernelSource("mm/rmap.c", "unlock_anon_vma_root", Parity.Full)]
    [Releases("root->rwsem")]
    private static void unlock_anon_vma_root(anon_vma* root)
    {
        if (root != null)
            up_write(&root->rwsem);
    }

    // Attaches dst to all that src is attached to. With dst->anon_vma null (fork) it also looks for an anon_vma that has
    // no VMA of its own any more and may be used again.
    [KernelSource("mm/rmap.c", "anon_vma_clone", Parity.Full)]
    public static int anon_vma_clone(vm_area_struct* dst, vm_area_struct* src)
    {
        anon_vma* root = null;

        for (list_head* p = src->anon_vma_chain.prev; p != &src->anon_vma_chain; p = p->prev)
        {
            anon_vma_chain* pavc = avc_of(p);

            anon_vma_chain* avc = anon_vma_chain_alloc(GFP_NOWAIT);
            if (avc == null)
            {
                unlock_anon_vma_root(root);
                root = null;
                avc = anon_vma_chain_alloc(GFP_KERNEL);
                if (avc == null)
                    goto enomem_failure;
            }
            anon_vma* anon_vma = pavc->anon_vma;
            root = lock_anon_vma_root(root, anon_vma);
            anon_vma_chain_link(dst, avc, anon_vma);

            // Only one child and no VMA: nobody else will put pages there. It never is the root, which counts itself.
            if (dst->anon_vma == null && src->anon_vma != null
                && anon_vma->num_children < 2 && anon_vma->num_active_vmas == 0)
                dst->anon_vma = anon_vma;
        }
        if (dst->anon_vma != null)
            dst->anon_vma->num_active_vmas++;
        unlock_anon_vma_root(root);
        return 0;

    enomem_failure:
        // Its count was not raised, so unlink must not lower it.
        dst->anon_vma = null;
        unlink_anon_vmas(dst);
        return -ENOMEM;
    }

    // The child's VMA is on the parent's anon_vmas for the pages they share, and has its own for new ones.
    [KernelSource("mm/rmap.c", "anon_vma_fork", Parity.Full)]
    public static int anon_vma_fork(vm_area_struct* vma, vm_area_struct* pvma)
    {
        // Nothing to share.
        if (pvma->anon_vma == null)
            return 0;

        // Drop the parent's, which the VMA was copied with.
        vma->anon_vma = null;

        // First attach the VMA to the parent's anon_vmas, so rmap finds what was not copied yet.
        int error = anon_vma_clone(vma, pvma);
        if (error != 0)
            return error;

        // An existing one has been reused, all done then.
        if (vma->anon_vma != null)
            return 0;

        anon_vma* anon_vma = anon_vma_alloc();
        if (anon_vma == null)
            goto out_error;
        anon_vma->num_active_vmas++;
        anon_vma_chain* avc = anon_vma_chain_alloc(GFP_KERNEL);
        if (avc == null)
            goto out_error_free_anon_vma;

        // The root's lock is ours, and the root stays as long as we do.
        anon_vma->root = pvma->anon_vma->root;
        anon_vma->parent = pvma->anon_vma;
        get_anon_vma(anon_vma->root);
        vma->anon_vma = anon_vma;
        anon_vma_lock_write(anon_vma);
        anon_vma_chain_link(vma, avc, anon_vma);
        anon_vma->parent->num_children++;
        anon_vma_unlock_write(anon_vma);

        return 0;

    out_error_free_anon_vma:
        put_anon_vma(anon_vma);
    out_error:
        unlink_anon_vmas(vma);
        return -ENOMEM;
    }

    [KernelSource("mm/rmap.c", "unlink_anon_vmas", Parity.Full)]
    public static void unlink_anon_vmas(vm_area_struct* vma)
    {
        anon_vma* root = null;
        list_head* p, next;

        // From the oldest to the newest, so that the root's lock covers all and the root goes last.
        for (p = vma->anon_vma_chain.next, next = p->next; p != &vma->anon_vma_chain; p = next, next = p->next)
        {
            anon_vma_chain* avc = avc_of(p);
            anon_vma* anon_vma = avc->anon_vma;

            root = lock_anon_vma_root(root, anon_vma);
            anon_vma_interval_tree_remove(avc, &anon_vma->rb_root);

            // The last VMA: the anon_vma goes, but not while we hold its root's lock.
            if (RB_EMPTY_ROOT(&anon_vma->rb_root.rb_root))
            {
                anon_vma->parent->num_children--;
                continue;
            }

            list_del(&avc->same_vma);
            anon_vma_chain_free(avc);
        }
        if (vma->anon_vma != null)
        {
            vma->anon_vma->num_active_vmas--;

            // The VMA may live on in a failed mremap: it must not be taken for attached.
            vma->anon_vma = null;
        }
        unlock_anon_vma_root(root);

        // What is left are the empty ones: freeing may sleep.
        for (p = vma->anon_vma_chain.next, next = p->next; p != &vma->anon_vma_chain; p = next, next = p->next)
        {
            anon_vma_chain* avc = avc_of(p);
            anon_vma* anon_vma = avc->anon_vma;

            VM_WARN_ON(anon_vma->num_children != 0);
            VM_WARN_ON(anon_vma->num_active_vmas != 0);
            put_anon_vma(anon_vma);

            list_del(&avc->same_vma);
            anon_vma_chain_free(avc);
        }
    }

    [KernelSource("mm/rmap.c", "anon_vma_ctor", Parity.Full)]
    private static void anon_vma_ctor(void* data)
    {
        anon_vma* anon_vma = (anon_vma*)data;

        init_rwsem(&anon_vma->rwsem);
        atomic_set(&anon_vma->refcount, 0);
        anon_vma->rb_root = default;
    }

    [KernelSource("mm/rmap.c", "anon_vma_init", Parity.Full)]
    public static void anon_vma_init()
    {
        anon_vma_cachep = kmem_cache_create("anon_vma"u8, (uint)sizeof(anon_vma), 0u,
            SLAB_TYPESAFE_BY_RCU | SLAB_PANIC | SLAB_ACCOUNT, &anon_vma_ctor);
        anon_vma_chain_cachep = KMEM_CACHE<anon_vma_chain>(SLAB_PANIC | SLAB_ACCOUNT);
    }

    // A reference to the anon_vma of a folio that may be unmapped at any time. The slab cache is typesafe: what is at the
    // address is an anon_vma for as long as the RCU read lock is held, maybe another one.
    [KernelSource("mm/rmap.c", "folio_get_anon_vma", Parity.Full)]
    public static anon_vma* folio_get_anon_vma(folio* folio)
    {
        anon_vma* anon_vma = null;

        rcu_read_lock();
        ulong anon_mapping = (ulong)READ_ONCE(&folio->mapping);
        if ((anon_mapping & FOLIO_MAPPING_FLAGS) != FOLIO_MAPPING_ANON)
            goto @out;
        if (!folio_mapped(folio))
            goto @out;

        anon_vma = (anon_vma*)(anon_mapping - FOLIO_MAPPING_ANON);
        if (!atomic_inc_not_zero(&anon_vma->refcount))
        {
            anon_vma = null;
            goto @out;
        }

        // Still mapped: then the anon_vma was the folio's when we took the reference.
        if (!folio_mapped(folio))
        {
            rcu_read_unlock();
            put_anon_vma(anon_vma);
            return null;
        }
    @out:
        rcu_read_unlock();

        return anon_vma;
    }

    // As above, but with the lock and, if it can be had without waiting, without a reference.
    [KernelSource("mm/rmap.c", "folio_lock_anon_vma_read", Parity.Full)]
    [TryAcquires(Result.NonNull, "return->root->rwsem", Shared = true)]
    public static anon_vma* folio_lock_anon_vma_read(folio* folio, rmap_walk_control* rwc)
    {
        anon_vma* anon_vma = null;
        ulong anon_mapping;

    retry:
        rcu_read_lock();
        anon_mapping = (ulong)READ_ONCE(&folio->mapping);
        if ((anon_mapping & FOLIO_MAPPING_FLAGS) != FOLIO_MAPPING_ANON)
            goto @out;
        if (!folio_mapped(folio))
            goto @out;

        anon_vma = (anon_vma*)(anon_mapping - FOLIO_MAPPING_ANON);
        anon_vma* root_anon_vma = READ_ONCE(&anon_vma->root);
        if (down_read_trylock(&root_anon_vma->rwsem))
        {
            // A folio that is moved to a child's anon_vma has another root's lock only if the family changed.
            if ((ulong)READ_ONCE(&folio->mapping) != anon_mapping)
            {
                up_read(&root_anon_vma->rwsem);
                rcu_read_unlock();
                goto retry;
            }

            // Mapped: the anon_vma holds a reference on the root, and anon_vma_free() waits for our lock.
            if (!folio_mapped(folio))
            {
                up_read(&root_anon_vma->rwsem);
                anon_vma = null;
            }
            goto @out;
        }

        if (rwc != null && rwc->try_lock)
        {
            anon_vma = null;
            rwc->contended = true;
            goto @out;
        }

        // To wait we need a reference.
        if (!atomic_inc_not_zero(&anon_vma->refcount))
        {
            anon_vma = null;
            goto @out;
        }

        if (!folio_mapped(folio))
        {
            rcu_read_unlock();
            put_anon_vma(anon_vma);
            return null;
        }

        // We pinned the anon_vma: it is safe to sleep.
        rcu_read_unlock();
        anon_vma_lock_read(anon_vma);

        if ((ulong)READ_ONCE(&folio->mapping) != anon_mapping)
        {
            anon_vma_unlock_read(anon_vma);
            put_anon_vma(anon_vma);
            anon_vma = null;
            goto retry;
        }

        if (atomic_dec_and_test(&anon_vma->refcount))
        {
            // Ours was the last reference: free it, which takes the lock.
            anon_vma_unlock_read(anon_vma);
            __put_anon_vma(anon_vma);
            anon_vma = null;
        }

        return anon_vma;

    @out:
        rcu_read_unlock();
        return anon_vma;
    }

    [KernelSource("mm/rmap.c", "try_to_unmap_flush", Parity.Full)]
    public static void try_to_unmap_flush()
    {
        tlbflush_unmap_batch* tlb_ubc = &current->tlb_ubc;

        if (!tlb_ubc->flush_required)
            return;

        tlb_ubc->flush_required = false;
        tlb_ubc->writable = false;
    }

    // Before I/O on a page that could still be written through a stale translation.
    [KernelSource("mm/rmap.c", "try_to_unmap_flush_dirty", Parity.Full)]
    public static void try_to_unmap_flush_dirty()
    {
        tlbflush_unmap_batch* tlb_ubc = &current->tlb_ubc;

        if (tlb_ubc->writable)
            try_to_unmap_flush();
    }

    [KernelSource("mm/rmap.c", "set_tlb_ubc_flush_pending", Parity.Reduced, "as without batched flushes: no CPU caches translations, so no unmap waits for one")]
    private static void set_tlb_ubc_flush_pending(mm_struct* mm, pte_t pteval, ulong start, ulong end)
    {
    }

    [KernelSource("mm/rmap.c", "should_defer_flush", Parity.Full)]
    private static bool should_defer_flush(mm_struct* mm, uint flags)
    {
        if ((flags & TTU_BATCH_FLUSH) == 0)
            return false;

        return asm_tlbflush_h.arch_tlbbatch_should_defer(mm);
    }

    [KernelSource("mm/rmap.c", "flush_tlb_batched_pending", Parity.Stub, "no CPU caches translations, so no unmap waits for a flush")]
    public static void flush_tlb_batched_pending(mm_struct* mm)
    {
    }

    [KernelSource("mm/rmap.c", "page_address_in_vma", Parity.Full)]
    public static ulong page_address_in_vma(folio* folio, page* page, vm_area_struct* vma)
    {
        if (folio_test_anon(folio))
        {
            anon_vma* anon_vma = folio_anon_vma(folio);

            // The folio may hang off a relative.
            if (vma->anon_vma == null || anon_vma == null || vma->anon_vma->root != anon_vma->root)
                return unchecked((ulong)-EFAULT);
        }
        else if (vma->vm_file == null)
        {
            return unchecked((ulong)-EFAULT);
        }
        else if (vma->vm_file->f_mapping != folio->mapping)
        {
            return unchecked((ulong)-EFAULT);
        }

        return vma_address(vma, page_pgoff(folio, page), 1);
    }

    // The pmd, whatever it holds; null when there is no table of it.
    [KernelSource("mm/rmap.c", "mm_find_pmd", Parity.Full)]
    public static pmd_t* mm_find_pmd(mm_struct* mm, ulong address)
    {
        pgd_t* pgd = pgd_offset(mm, address);

        if (!pgd_present(*pgd))
            return null;

        p4d_t* p4d = p4d_offset(pgd, address);
        if (!p4d_present(*p4d))
            return null;

        pud_t* pud = pud_offset(p4d, address);
        if (!pud_present(*pud))
            return null;

        return pmd_offset(pud, address);
    }
}
