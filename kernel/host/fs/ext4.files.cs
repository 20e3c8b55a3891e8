// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_buffer_head_h;
using static Linux.linux_fs_h;
using static Linux.linux_gfp_types_h;
using static Linux.linux_mm_types_h;
using static Linux.linux_pagemap_h;
using static Linux.linux_uio_h;
using static Linux.linux_writeback_h;

namespace Linux;

internal static unsafe partial class ext4
{
    // ---------------------------------------------------------------- the directory

    private static readonly inode_operations* dir_iops = data(new inode_operations { lookup = &lookup, create = &create, unlink = &unlink });

    private static ReadOnlySpan<byte> name_of(ext4_disk_inode* raw) => new(raw->name, raw->name_len);

    private static ReadOnlySpan<byte> name_of(dentry* d) => new(d->d_name.name, (int)d->d_name.len);

    private static dentry* lookup(inode* dir, dentry* dentry, uint flags)
    {
        super_block* sb = dir->i_sb;

        if (dentry->d_name.len > ext4_disk_inode.NAME_LEN)
            return (dentry*)ERR_PTR(-ENAMETOOLONG);
        for (uint ino = 1; ino <= EXT4_SB(sb)->last_ino; ino++)
        {
            buffer_head* bh = disk_inode(sb, ino, out ext4_disk_inode* raw);
            if (bh == null)
                return (dentry*)ERR_PTR(-EIO);
            bool found = raw->i_mode != 0 && name_of(raw).SequenceEqual(name_of(dentry));
            brelse(bh);
            if (!found)
                continue;

            return d_splice_alias(iget(sb, ino), dentry);
        }

        return d_splice_alias(null, dentry);
    }

    private static int create(inode* dir, dentry* dentry, umode_t mode, bool excl)
    {
        super_block* sb = dir->i_sb;
        ext4_sb_info* sbi = EXT4_SB(sb);

        if (dentry->d_name.len > ext4_disk_inode.NAME_LEN)
            return -ENAMETOOLONG;
        inode* inode = new_inode(sb);
        if (inode == null)
            return -ENOMEM;
        int err = -ENOSPC;
        mutex_lock(&sbi->s_lock);
        for (uint ino = 1; ino <= sbi->inodes; ino++)
        {
            buffer_head* bh = disk_inode(sb, ino, out ext4_disk_inode* raw);
            if (bh == null)
            {
                err = -EIO;
                break;
            }

            if (raw->i_mode != 0 || raw->name_len != 0)
            {
                brelse(bh);
                continue;
            }

            memset(raw, 0, (ulong)ext4_disk_inode.Size);
            raw->i_mode = mode;
            raw->name_len = (byte)dentry->d_name.len;
            name_of(dentry).CopyTo(new Span<byte>(raw->name, ext4_disk_inode.NAME_LEN));
            mark_buffer_dirty(bh);
            brelse(bh);
            sbi->last_ino = Math.Max(sbi->last_ino, ino);
            inode->i_ino = ino;
            err = 0;
            break;
        }

        mutex_unlock(&sbi->s_lock);
        if (err != 0)
        {
            inode->i_ino = INODES + 1;
            clear_nlink(inode);
            iput(inode);
            return err;
        }

        inode->i_mode = mode;
        inode->i_mtime_sec = inode->i_ctime_sec = current_time(inode);
        set_ops(inode);
        insert_inode_hash(inode);
        mark_inode_dirty(inode);
        d_instantiate(dentry, inode);
        return 0;
    }

    // The name goes now; the number is taken until the inode goes.
    private static int unlink(inode* dir, dentry* dentry)
    {
        inode* inode = dentry->d_inode;
        buffer_head* bh = disk_inode(dir->i_sb, inode->i_ino, out ext4_disk_inode* raw);
        if (bh == null)
            return -EIO;
        raw->i_mode = 0;
        mark_buffer_dirty(bh);
        brelse(bh);
        drop_nlink(inode);
        mark_inode_dirty(inode);
        return 0;
    }

    // ---------------------------------------------------------------- files

    private static readonly inode_operations* file_iops = data(new inode_operations { setattr = &setattr });

    private static readonly file_operations* file_fops = data(new file_operations
    {
        read_iter = &generic_file_read_iter,
        write_iter = &generic_file_write_iter,
        mmap = &file_mmap,
        fsync = &fsync,
    });

    private static readonly address_space_operations* aops = data(new address_space_operations
    {
        dirty_folio = &block_dirty_folio,
        invalidate_folio = &block_invalidate_folio,
        read_folio = &read_folio,
        readahead = &readahead,
        write_begin = &write_begin,
        write_end = &write_end,
        writepages = &fs_ext4_inode_c.ext4_writepages,
        is_partially_uptodate = &block_is_partially_uptodate,
        error_remove_folio = &generic_error_remove_folio,
    });

    private static readonly vm_operations_struct* file_vm_ops = data(new vm_operations_struct
    {
        fault = &filemap_fault,
        map_pages = &filemap_map_pages,
        page_mkwrite = &page_mkwrite,
    });

    private static int file_mmap(@file* file, vm_area_struct* vma)
    {
        file_accessed(file);
        vma->vm_ops = file_vm_ops;
        return 0;
    }

    // Room is kept for the block while the fault can still fail for want of it.
    [TryAcquires(Result.NonZero, "folio.PG_locked", OrNull = true)]
    private static vm_fault_t page_mkwrite(vm_fault* vmf)
    {
        file_update_time(vmf->vma->vm_file);
        int err = block_page_mkwrite(vmf->vma, vmf, &fs_ext4_inode_c.ext4_da_get_block_prep);
        return err switch
        {
            0 => VM_FAULT_LOCKED,
            -EFAULT or -EAGAIN => VM_FAULT_NOPAGE,
            -ENOMEM => VM_FAULT_OOM,
            _ => VM_FAULT_SIGBUS,
        };
    }

    private static int fsync(@file* file, loff_t start, loff_t end, int datasync)
    {
        int ret = generic_buffers_fsync(file, start, end, datasync != 0);
        // Bitmaps are nobody's: they go with the disk.
        int err = block_bdev_c.sync_blockdev(file->f_inode->i_sb->s_bdev);
        return ret != 0 ? ret : err;
    }

    [Releases("folio->PG_locked", Later = true)]
    private static int read_folio(@file* file, folio* folio) => mpage_read_folio(folio, &get_block);

    private static void readahead(readahead_control* rac) => mpage_readahead(rac, &get_block);

    [TryAcquires(Result.Zero, "*foliop->PG_locked")]
    private static int write_begin(kiocb* iocb, address_space* mapping, loff_t pos, uint len, folio** foliop, void** fsdata)
    {
        folio* folio = write_begin_get_folio(iocb, mapping, (pgoff_t)pos >> PAGE_SHIFT, len);
        if (IS_ERR(folio))
            return (int)PTR_ERR(folio);

        // As large as was asked for, or what there was.
        if (pos + len > folio_pos(folio) + (loff_t)folio_size(folio))
            len = (uint)(folio_pos(folio) + (loff_t)folio_size(folio) - pos);

        int ret = __block_write_begin(folio, pos, len, &fs_ext4_inode_c.ext4_da_get_block_prep);
        if (ret < 0)
        {
            folio_unlock(folio);
            folio_put(folio);
            write_failed(mapping, pos + len);
            return ret;
        }

        *foliop = folio;
        return 0;
    }

    [Releases("folio->PG_locked")]
    private static int write_end(kiocb* iocb, address_space* mapping, loff_t pos, uint len, uint copied, folio* folio, void* fsdata)
    {
        int ret = generic_write_end(iocb, mapping, pos, len, copied, folio, fsdata);
        if (ret < (int)len)
            write_failed(mapping, pos + len);
        return ret;
    }

    // Room behind the end of the file was kept for nothing.
    private static void write_failed(address_space* mapping, loff_t to)
    {
        inode* inode = mapping->host;

        if (to > inode->i_size)
        {
            truncate_pagecache(inode, inode->i_size);
            truncate_blocks(inode, inode->i_size);
        }
    }

    // What of the last block is behind the end becomes zeroes, on the disk as well. As ext4 does it: block_truncate_page() counts
    // the blocks from the page, and a folio may begin before it.
    private static int zero_end_of_block(inode* inode, loff_t from)
    {
        uint in_block = (uint)from & (BLOCK - 1);
        if (in_block == 0)
            return 0;

        folio* folio = filemap_grab_folio(inode->i_mapping, (ulong)from >> PAGE_SHIFT);
        if (IS_ERR(folio))
            return (int)PTR_ERR(folio);

        int err = 0;
        sector_t iblock = folio->index;
        buffer_head* bh = folio_buffers(folio);
        if (bh == null)
            bh = create_empty_buffers(folio, BLOCK, 0);
        for (ulong n = offset_in_folio(folio, from) >> BLOCK_BITS; n > 0; n--, iblock++)
            bh = bh->b_this_page;

        if (!buffer_mapped(bh))
            err = get_block(inode, iblock, bh, false);
        // Not mapped is a hole, which is zeroes.
        if (err == 0 && buffer_mapped(bh))
        {
            if (folio_test_uptodate(folio))
                set_buffer_uptodate(bh);
            if (!buffer_uptodate(bh))
                err = Math.Min(bh_read(bh, 0), 0);
            if (err == 0)
            {
                folio_zero_range(folio, offset_in_folio(folio, from), BLOCK - in_block);
                mark_buffer_dirty(bh);
            }
        }

        folio_unlock(folio);
        folio_put(folio);
        return err;
    }

    private static int setattr(dentry* dentry, iattr* attr)
    {
        inode* inode = dentry->d_inode;

        if ((attr->ia_valid & fs_stat_c.ATTR_SIZE) == 0)
            return 0;
        int err = inode_newsize_ok(inode, attr->ia_size);
        if (err != 0 || attr->ia_size == inode->i_size)
            return err;
        err = zero_end_of_block(inode, attr->ia_size);
        if (err != 0)
            return err;

        filemap_invalidate_lock(inode->i_mapping);
        truncate_setsize(inode, attr->ia_size);
        truncate_blocks(inode, attr->ia_size);
        filemap_invalidate_unlock(inode->i_mapping);

        inode->i_mtime_sec = inode->i_ctime_sec = current_time(inode);
        mark_inode_dirty(inode);
        return 0;
    }
}
