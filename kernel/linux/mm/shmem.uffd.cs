// SPDX-License-Identifier: GPL-2.0-only
// mm/shmem.c: pages that a monitor fills in.
using static Linux.linux_fs_h;
using static Linux.linux_pagemap_h;
using static Linux.linux_shmem_fs_h;
using static Linux.linux_userfaultfd_k_h;

namespace Linux;

public static unsafe partial class mm_shmem_c
{
    /// <summary>A new page goes to the file, paid for by the watched mm, and is mapped.</summary>
    [KernelSource(C, "shmem_mfill_atomic_pte", Parity.Full)]
    public static int shmem_mfill_atomic_pte(pmd_t* dst_pmd, vm_area_struct* dst_vma, ulong dst_addr, ulong src_addr, uffd_flags_t flags, folio** foliop)
    {
        inode* inode = file_inode(dst_vma->vm_file);
        shmem_inode_info* info = SHMEM_I(inode);
        address_space* mapping = inode->i_mapping;
        gfp_t gfp = mapping_gfp_mask(mapping);
        pgoff_t pgoff = linear_page_index(dst_vma, dst_addr);
        folio* folio;
        int ret;

        if (shmem_inode_acct_blocks(inode, 1) != 0)
        {
            // Of an earlier attempt: the caller expects to have none after an error.
            if (*foliop != null)
            {
                folio_put(*foliop);
                *foliop = null;
            }
            return -ENOMEM;
        }

        if (*foliop == null)
        {
            ret = -ENOMEM;
            folio = shmem_alloc_folio(gfp, 0, info, pgoff);
            if (folio == null)
                goto out_unacct_blocks;

            if (uffd_flags_mode_is(flags, MFILL_ATOMIC_COPY))
            {
                void* page_kaddr = kmap_local_folio(folio, 0);
                // With the VMA locked a fault of the monitor's own memory could wait for who waits for us.
                pagefault_disable();
                ret = (int)copy_from_user(page_kaddr, (void*)src_addr, PAGE_SIZE);
                pagefault_enable();
                kunmap_local(page_kaddr);

                // The caller copies without locks and comes back with the folio.
                if (ret != 0)
                {
                    *foliop = folio;
                    ret = -ENOENT;
                    goto out_unacct_blocks;
                }

                flush_dcache_folio(folio);
            }
            else
            {
                clear_user_highpage(&folio->page, dst_addr);
            }
        }
        else
        {
            folio = *foliop;
            VM_BUG_ON_FOLIO(folio_test_large(folio), folio);
            *foliop = null;
        }

        VM_BUG_ON(folio_test_locked(folio));
        VM_BUG_ON(folio_test_swapbacked(folio));
        __folio_set_locked(folio);
        __folio_set_swapbacked(folio);
        __folio_mark_uptodate(folio);

        ret = -EFAULT;
        pgoff_t max_off = DIV_ROUND_UP((ulong)i_size_read(inode), PAGE_SIZE);
        if (pgoff >= max_off)
            goto out_release;

        ret = mem_cgroup_charge(folio, dst_vma->vm_mm, gfp);
        if (ret != 0)
            goto out_release;
        ret = shmem_add_to_page_cache(folio, mapping, pgoff, null, gfp);
        if (ret != 0)
            goto out_release;

        ret = mfill_atomic_install_pte(dst_pmd, dst_vma, dst_addr, &folio->page, true, flags);
        if (ret != 0)
            goto out_delete_from_cache;

        shmem_recalc_inode(inode, 1, 0);
        folio_unlock(folio);
        return 0;
    out_delete_from_cache:
        filemap_remove_folio(folio);
    out_release:
        folio_unlock(folio);
        folio_put(folio);
    out_unacct_blocks:
        shmem_inode_unacct_blocks(inode, 1);
        return ret;
    }
}
