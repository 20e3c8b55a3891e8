// SPDX-License-Identifier: GPL-2.0-only
// Of blk-cgroup.c, the life of a group of I/O, which writeback ties its wbs to and bios carry. There are no policies and no
// blkgs: it limits and counts nothing.
using static Linux.linux_refcount_h;

namespace Linux;

/// <summary>A group of I/O.</summary>
public struct blkcg
{
    public cgroup_subsys_state css;
    public spinlock_t @lock;
    public refcount_t online_pin; // itself, its children, and the wbs that write for it
    public list_head all_blkcgs_node;
    public list_head cgwb_list; // guarded by cgwb_lock
    public atomic_t congestion_count; // of policies that hold it back
}

public static unsafe class block_blk_cgroup_c
{
    private const string C = "block/blk-cgroup.c";

    private static readonly mutex* blkcg_pol_mutex = bss<mutex>();
    private static readonly blkcg* blkcg_root = bss<blkcg>();
    private static readonly list_head* all_blkcgs = linux_init_h.LIST_HEAD(); // guarded by blkcg_pol_mutex

    public static cgroup_subsys_state* blkcg_root_css => &blkcg_root->css;

    public static readonly cgroup_subsys* io_cgrp_subsys = data<cgroup_subsys>(new cgroup_subsys
    {
        css_alloc = &blkcg_css_alloc,
        css_online = &blkcg_css_online,
        css_offline = &blkcg_css_offline,
        css_free = &blkcg_css_free,
        dfl_cftypes = CFTYPES(new cftype("stat"u8) { seq_show = &blkcg_print_stat }),
        // The owner of a page is what tells writeback whose I/O it is.
        depends_on = 1u << memory_cgrp_id,
    });

    /// <summary>The group that the current task's I/O is of, which may be dying.</summary>
    [KernelSource(C, "blkcg_css", Parity.Full)]
    private static cgroup_subsys_state* blkcg_css()
    {
        cgroup_subsys_state* css = kthread_blkcg();

        if (css != null)
            return css;
        return task_css(current, io_cgrp_id);
    }

    [KernelSource(C, "bio_blkcg_css", Parity.Reduced, "the bio has the group itself")]
    [ReturnsKept("bio->bi_blkg")]
    public static cgroup_subsys_state* bio_blkcg_css(bio* bio) => bio != null ? bio->bi_blkg : null;

    [KernelSource(C, "blkg_tryget_closest", Parity.Reduced, "there are no blkgs: it is the closest group that is there")]
    [ReturnsOwned]
    private static cgroup_subsys_state* blkg_tryget_closest(cgroup_subsys_state* css)
    {
        rcu_read_lock();
        while (css != null && !css_tryget(css))
            css = css->parent;
        rcu_read_unlock();
        return css;
    }

    /// <summary>The bio is of a group, or of the next one above that is there.</summary>
    [KernelSource(C, "bio_associate_blkg_from_css", Parity.Reduced, "there are no blkgs")]
    public static void bio_associate_blkg_from_css(bio* bio, cgroup_subsys_state* css)
    {
        if (bio->bi_blkg != null)
            css_put(bio->bi_blkg);

        if (css != null && css->parent != null)
        {
            bio->bi_blkg = blkg_tryget_closest(css);
        }
        else
        {
            css_get(blkcg_root_css);
            bio->bi_blkg = blkcg_root_css;
        }
    }

    /// <summary>The bio is of the group that it is of already, or of the current task's.</summary>
    [KernelSource(C, "bio_associate_blkg", Parity.Reduced, "there are no requests past the file systems")]
    public static void bio_associate_blkg(bio* bio)
    {
        rcu_read_lock();
        bio_associate_blkg_from_css(bio, bio->bi_blkg != null ? bio_blkcg_css(bio) : blkcg_css());
        rcu_read_unlock();
    }

    [KernelSource(C, "blk_cgroup_congested", Parity.Full)]
    public static bool blk_cgroup_congested()
    {
        bool ret = false;

        rcu_read_lock();
        for (blkcg* blkcg = css_to_blkcg(blkcg_css()); blkcg != null; blkcg = blkcg_parent(blkcg))
        {
            if (atomic_read(&blkcg->congestion_count) != 0)
            {
                ret = true;
                break;
            }
        }

        rcu_read_unlock();
        return ret;
    }

    [KernelSource("block/blk-cgroup.h", "css_to_blkcg", Parity.Full)]
    private static blkcg* css_to_blkcg(cgroup_subsys_state* css) =>
        css != null ? container_of<blkcg>(css, &((blkcg*)nowhere)->css) : null;

    [KernelSource(C, "blkcg_parent", Parity.Full)]
    private static blkcg* blkcg_parent(blkcg* blkcg) => css_to_blkcg(blkcg->css.parent);

    [KernelSource(C, "blkcg_print_stat", Parity.Stub, "I/O is not counted for groups")]
    private static int blkcg_print_stat(seq_file* sf, void* v) => 0;

    [KernelSource(C, "blkcg_get_cgwb_list", Parity.Full)]
    public static list_head* blkcg_get_cgwb_list(cgroup_subsys_state* css) => &css_to_blkcg(css)->cgwb_list;

    [KernelSource(C, "blkcg_destroy_blkgs", Parity.Reduced, "there are no blkgs")]
    private static void blkcg_destroy_blkgs(blkcg* blkcg) => might_sleep();

    /// <summary>Keeps a group's I/O alive while there is a wb that writes for it, or a child.</summary>
    [KernelSource(C, "blkcg_pin_online", Parity.Full)]
    public static void blkcg_pin_online(cgroup_subsys_state* blkcg_css) => refcount_inc(&css_to_blkcg(blkcg_css)->online_pin);

    [KernelSource(C, "blkcg_unpin_online", Parity.Full)]
    public static void blkcg_unpin_online(cgroup_subsys_state* blkcg_css)
    {
        blkcg* blkcg = css_to_blkcg(blkcg_css);

        do
        {
            if (!refcount_dec_and_test(&blkcg->online_pin))
                break;

            blkcg* parent = blkcg_parent(blkcg);
            blkcg_destroy_blkgs(blkcg);
            blkcg = parent;
        } while (blkcg != null);
    }

    [KernelSource(C, "blkcg_css_offline", Parity.Full)]
    private static void blkcg_css_offline(cgroup_subsys_state* css)
    {
        // From here on nobody finds a wb of it.
        wb_blkcg_offline(css);

        // What is left goes when the last wb is done.
        blkcg_unpin_online(css);
    }

    [KernelSource(C, "blkcg_css_free", Parity.Reduced, "no policies, no statistics")]
    private static void blkcg_css_free(cgroup_subsys_state* css)
    {
        blkcg* blkcg = css_to_blkcg(css);

        mutex_lock(blkcg_pol_mutex);
        list_del(&blkcg->all_blkcgs_node);
        mutex_unlock(blkcg_pol_mutex);

        kfree(blkcg);
    }

    [KernelSource(C, "blkcg_css_alloc", Parity.Reduced, "no policies, no statistics")]
    private static cgroup_subsys_state* blkcg_css_alloc(cgroup_subsys_state* parent_css)
    {
        blkcg* blkcg;

        mutex_lock(blkcg_pol_mutex);

        if (parent_css == null)
        {
            blkcg = blkcg_root;
        }
        else
        {
            blkcg = (blkcg*)kzalloc((ulong)sizeof(blkcg), GFP_KERNEL);
            if (blkcg == null)
            {
                mutex_unlock(blkcg_pol_mutex);
                return ERR_PTR<cgroup_subsys_state>(-ENOMEM);
            }
        }

        spin_lock_init(&blkcg->@lock);
        refcount_set(&blkcg->online_pin, 1);
        INIT_LIST_HEAD(&blkcg->cgwb_list);
        list_add_tail(&blkcg->all_blkcgs_node, all_blkcgs);

        mutex_unlock(blkcg_pol_mutex);
        return &blkcg->css;
    }

    /// <summary>A parent goes offline after its children.</summary>
    [KernelSource(C, "blkcg_css_online", Parity.Full)]
    private static int blkcg_css_online(cgroup_subsys_state* css)
    {
        blkcg* parent = blkcg_parent(css_to_blkcg(css));

        if (parent != null)
            blkcg_pin_online(&parent->css);
        return 0;
    }
}
