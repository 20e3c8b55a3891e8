// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>A piece of a page; include/linux/bvec.h.</summary>
public unsafe struct bio_vec
{
    public page* bv_page;

    /// <summary>In bytes.</summary>
    public uint bv_len;

    /// <summary>In bytes, from the start of the page.</summary>
    public uint bv_offset;
}

/// <summary>Where an I/O is on the disk and how much is left of it; include/linux/bvec.h.</summary>
public struct bvec_iter
{
    /// <summary>In sectors of 512 bytes.</summary>
    public sector_t bi_sector;

    /// <summary>In bytes.</summary>
    public uint bi_size;

    /// <summary>The piece it is at, and how many of its bytes are behind it.</summary>
    public uint bi_idx;
    public uint bi_bvec_done;
}

/// <summary>One block I/O; include/linux/blk_types.h, without what merging, cloning and cgroups need.</summary>
public unsafe struct bio
{
    public bio* bi_next;
    public block_device* bi_bdev;
    public blk_opf_t bi_opf;
    public blk_status_t bi_status;
    public ushort bi_vcnt;
    public ushort bi_max_vecs;
    public bool bi_pooled;
    public bvec_iter bi_iter;

    /// <summary>Whose I/O it is, with a reference. It stands for the kernel's bi_blkg, of which the group is all that there is.</summary>
    [OwnsRef] public cgroup_subsys_state* bi_blkg;
    public delegate*<bio*, void> bi_end_io;
    public void* bi_private;

    /// <summary>How many bios must end before it does: itself, and those that were split off it.</summary>
    public atomic_t __bi_remaining;

    /// <summary>When the disk is done with it, in nanoseconds of the machine's clock.</summary>
    public ulong bi_done_at;

    // A request is known by its first bio, which has these for all of them.
    public bio* rq_next;
    public bio* rq_biotail;
    public uint rq_bytes;
    public ushort rq_segments;
    public bio_vec* bi_io_vec;
    public bio_vec bi_inline_vec;
}

/// <summary>Goes through the folios of a bio, which a piece may have several of; include/linux/bio.h.</summary>
public unsafe struct folio_iter
{
    public folio* folio;
    public ulong offset;
    public ulong length;
    public folio* _next;
    public ulong _seg_count;
    public int _i;
}

/// <summary>bio.h and the part of block/bio.c that the mirror calls.</summary>
public static unsafe partial class linux_bio_h
{
    public const blk_opf_t REQ_OP_READ = 0;
    public const blk_opf_t REQ_OP_WRITE = 1;
    public const blk_opf_t REQ_OP_MASK = 0xff;
    public const blk_opf_t REQ_SYNC = 1u << 11;
    public const blk_opf_t REQ_META = 1u << 12;
    public const blk_opf_t REQ_PRIO = 1u << 13;
    public const blk_opf_t REQ_RAHEAD = 1u << 19;
    public const blk_opf_t REQ_BACKGROUND = 1u << 20;
    public const blk_opf_t REQ_SWAP = 1u << 25;

    public const blk_status_t BLK_STS_OK = 0;
    public const blk_status_t BLK_STS_IOERR = 10;

    // A bio that has to be had is had: the pool keeps some for when memory is short.
    private const int BIO_POOL_SIZE = 2;
    private static mempool_t* bio_pool;
    private static kmem_cache* bio_slab;

    /// <summary>Sets up the pool that bio_alloc() falls back on.</summary>
    public static int init_bio()
    {
        bio_slab = kmem_cache_create("bio"u8, (uint)sizeof(bio), 64, SLAB_HWCACHE_ALIGN | SLAB_PANIC, null);
        fill_bio_pool();
        return 0;
    }

    internal static void fill_bio_pool()
    {
        bio_pool = mempool_create_slab_pool(BIO_POOL_SIZE, bio_slab);
        if (bio_pool == null)
            panic("bio: can't allocate bios");
    }

    /// <summary>What a machine's frames are compared without: once the pool was used, its bios are others.</summary>
    internal static void drop_bio_pool() => mempool_destroy(bio_pool);

    public static uint bio_op(bio* bio) => bio->bi_opf & REQ_OP_MASK;

    public static bool op_is_write(blk_opf_t op) => (op & 1) != 0;

    public static dev_t bio_dev(bio* bio) => bio->bi_bdev->bd_dev;

    public static uint MAJOR(dev_t dev) => dev >> 20;

    public static uint MINOR(dev_t dev) => dev & ((1u << 20) - 1);

    /// <summary>Prepares a bio over the caller's vector of <paramref name="max_vecs"/> pieces.</summary>
    public static void bio_init(bio* bio, block_device* bdev, bio_vec* table, ushort max_vecs, blk_opf_t opf)
    {
        *bio = default;
        bio->bi_bdev = bdev;
        bio_associate_blkg(bio);
        bio->bi_opf = opf;
        bio->bi_max_vecs = max_vecs;
        bio->bi_io_vec = table;
        atomic_set(&bio->__bi_remaining, 1);
    }

    /// <summary>A bio with room for <paramref name="nr_vecs"/> pieces, or for one when there is no memory; never null when gfp may reclaim.</summary>
    public static bio* bio_alloc(block_device* bdev, ushort nr_vecs, blk_opf_t opf, gfp_t gfp)
    {
        bio* bio;

        if (nr_vecs > 1)
        {
            bio = (bio*)kmalloc((ulong)(sizeof(bio) + (nr_vecs * sizeof(bio_vec))), gfp);
            if (bio != null)
            {
                bio_init(bio, bdev, (bio_vec*)(bio + 1), nr_vecs, opf);
                return bio;
            }
        }

        bio = (bio*)mempool_alloc(bio_pool, gfp);
        if (bio == null)
            return null;
        bio_init(bio, bdev, &bio->bi_inline_vec, 1, opf);
        bio->bi_pooled = true;
        return bio;
    }

    /// <summary>What a bio holds goes; the memory of one from bio_alloc() goes with bio_put().</summary>
    [KernelSource("block/bio.c", "bio_uninit", Parity.Reduced, "no integrity and encryption")]
    [PutsRef("bio->bi_blkg")]
    public static void bio_uninit(bio* bio)
    {
        if (bio->bi_blkg != null)
        {
            css_put(bio->bi_blkg);
            bio->bi_blkg = null;
        }
    }

    public static void bio_put(bio* bio)
    {
        bio_uninit(bio);
        if (bio->bi_pooled)
            mempool_free(bio, bio_pool);
        else
            kfree(bio);
    }

    // What lies behind the last piece in memory makes it longer, over pages and folios alike.
    [KernelSource("block/bio.c", "bvec_try_merge_page", Parity.Reduced, "all memory is of one kind")]
    private static bool bvec_try_merge_page(bio_vec* bv, page* page, uint len, ulong off)
    {
        if ((byte*)page_address(bv->bv_page) + bv->bv_offset + bv->bv_len != (byte*)page_address(page) + off)
            return false;
        bv->bv_len += len;
        return true;
    }

    /// <summary>Adds part of a folio; false when the vector is full.</summary>
    public static bool bio_add_folio(bio* bio, folio* folio, ulong len, ulong off)
    {
        if (bio->bi_iter.bi_size > uint.MaxValue - (uint)len)
            return false;
        bool merged = bio->bi_vcnt > 0 && bvec_try_merge_page(&bio->bi_io_vec[bio->bi_vcnt - 1], &folio->page, (uint)len, off);

        if (!merged && bio->bi_vcnt == bio->bi_max_vecs)
            return false;
        // However large the folio is, ext4 goes through it block by block.
        if (op_is_write(bio->bi_opf) && (bio->bi_opf & REQ_SWAP) == 0)
            linux_ktime_h.spend_ns(linux_ktime_h.COST_BLOCK_WRITE * (len >> PAGE_SHIFT));
        if (!merged)
            bio->bi_io_vec[bio->bi_vcnt++] = new bio_vec { bv_page = &folio->page, bv_len = (uint)len, bv_offset = (uint)off };
        bio->bi_iter.bi_size += (uint)len;
        return true;
    }

    public static void bio_add_folio_nofail(bio* bio, folio* folio, ulong len, ulong off)
    {
        bool added = bio_add_folio(bio, folio, len, off);
        BUG_ON(!added);
    }

    [KernelSource("include/linux/bio.h", "bio_first_folio", Parity.Full)]
    public static void bio_first_folio(folio_iter* fi, bio* bio, int i)
    {
        if (i >= bio->bi_vcnt)
        {
            fi->folio = null;
            return;
        }

        bio_vec* bvec = &bio->bi_io_vec[i];
        fi->folio = page_folio(bvec->bv_page);
        fi->offset = bvec->bv_offset + (PAGE_SIZE * folio_page_idx(fi->folio, bvec->bv_page));
        fi->_seg_count = bvec->bv_len;
        fi->length = Math.Min(folio_size(fi->folio) - fi->offset, fi->_seg_count);
        fi->_next = folio_next(fi->folio);
        fi->_i = i;
    }

    /// <summary>The next folio, or null. The one before may be gone by now.</summary>
    [KernelSource("include/linux/bio.h", "bio_next_folio", Parity.Full)]
    public static void bio_next_folio(folio_iter* fi, bio* bio)
    {
        fi->_seg_count -= fi->length;
        if (fi->_seg_count != 0)
        {
            fi->folio = fi->_next;
            fi->offset = 0;
            fi->length = Math.Min(folio_size(fi->folio), fi->_seg_count);
            fi->_next = folio_next(fi->folio);
        }
        else
        {
            bio_first_folio(fi, bio, fi->_i + 1);
        }
    }

    public static folio* bio_first_folio_all(bio* bio) => page_folio(bio->bi_io_vec[0].bv_page);

    [KernelSource("include/linux/bvec.h", "mp_bvec_iter_len", Parity.Full)]
    public static uint bio_iter_len(bio* bio, bvec_iter* iter) =>
        Math.Min(bio->bi_io_vec[iter->bi_idx].bv_len - iter->bi_bvec_done, iter->bi_size);

    /// <summary>Where the iterator's piece is: all memory is mapped, so a piece may have several pages.</summary>
    public static byte* bio_iter_address(bio* bio, bvec_iter* iter)
    {
        bio_vec* bv = &bio->bi_io_vec[iter->bi_idx];

        return (byte*)page_address(bv->bv_page) + bv->bv_offset + iter->bi_bvec_done;
    }

    /// <summary>Moves on by so many bytes, over the pieces.</summary>
    [KernelSource("include/linux/bio.h", "bio_advance_iter", Parity.Reduced, "every operation has data")]
    public static void bio_advance_iter(bio* bio, bvec_iter* iter, uint bytes)
    {
        iter->bi_sector += bytes >> 9;
        iter->bi_size -= bytes;
        for (bytes += iter->bi_bvec_done; bytes != 0 && bytes >= bio->bi_io_vec[iter->bi_idx].bv_len; iter->bi_idx++)
            bytes -= bio->bi_io_vec[iter->bi_idx].bv_len;
        iter->bi_bvec_done = bytes;
    }

    private static void bio_chain_endio(bio* bio)
    {
        bio* parent = (bio*)bio->bi_private;

        if (bio->bi_status != BLK_STS_OK)
            parent->bi_status = bio->bi_status;
        bio_put(bio);
        bio_endio(parent);
    }

    /// <summary>The first bytes as a bio of its own, over the same pieces; the bio ends when both have ended.</summary>
    [KernelSource("block/bio.c", "bio_split", Parity.Reduced, "chained to the bio at once; no integrity or encryption")]
    public static bio* bio_split(bio* bio, uint bytes)
    {
        BUG_ON(bytes == 0 || bytes >= bio->bi_iter.bi_size);

        bio* split = bio_alloc(bio->bi_bdev, 1, bio->bi_opf, GFP_NOIO);
        split->bi_io_vec = bio->bi_io_vec;
        split->bi_iter = bio->bi_iter;
        split->bi_iter.bi_size = bytes;
        if (bio->bi_blkg != null)
            block_blk_cgroup_c.bio_associate_blkg_from_css(split, block_blk_cgroup_c.bio_blkcg_css(bio));
        bio_advance_iter(bio, &bio->bi_iter, bytes);

        split->bi_private = bio;
        split->bi_end_io = &bio_chain_endio;
        atomic_inc(&bio->__bi_remaining);
        return split;
    }

    /// <summary>Ends a bio: its owner is called, in whatever context this is.</summary>
    public static void bio_endio(bio* bio)
    {
        if (!atomic_dec_and_test(&bio->__bi_remaining))
            return;
        bio_uninit(bio);
        if (bio->bi_end_io != null)
            bio->bi_end_io(bio);
    }

    public static int blk_status_to_errno(blk_status_t status) => status == BLK_STS_OK ? 0 : -EIO;

    private static void submit_bio_wait_endio(bio* bio) => complete((completion*)bio->bi_private);

    /// <summary>Submits and sleeps until it is done; 0 or -EIO.</summary>
    [MightSleep]
    public static int submit_bio_wait(bio* bio)
    {
        completion done;

        init_completion(&done);
        bio->bi_private = &done;
        bio->bi_end_io = &submit_bio_wait_endio;
        bio->bi_opf |= REQ_SYNC;
        submit_bio(bio);
        wait_for_completion_io(&done);

        return blk_status_to_errno(bio->bi_status);
    }
}
