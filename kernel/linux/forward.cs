// SPDX-License-Identifier: GPL-2.0-only
// Types that are pointed to before their header is here. Whoever defines one takes its line out.
namespace Linux;

public partial struct spinlock_t;
public partial struct raw_spinlock_t;
public partial struct mutex;
public partial struct wait_queue_head;
public partial struct completion;
public partial struct page;
public partial struct folio;
public partial struct mm_struct;
public partial struct vm_area_struct;
public partial struct mem_cgroup;
public partial struct obj_cgroup;
public partial struct kmem_cache;
public partial struct reclaim_state;
public partial struct blk_plug;
public partial struct backing_dev_info;
public partial struct gendisk;
public partial struct capture_control;
public partial struct robust_list_head;
public partial struct percpu_ref;
public partial struct work_struct;
public partial struct rcu_work;
public partial struct timer_list;
public partial struct idr;
public partial struct seqcount_spinlock_t;
public partial struct prev_cputime;
public partial struct psi_group;
public partial struct kernfs_root;
public partial struct kernfs_open_node;
public partial struct seq_file;
public partial struct @file;
public partial struct poll_table_struct;
public partial struct rb_node;
public partial struct rb_root;
public partial struct percpu_rw_semaphore;
public partial struct cgroup_taskset;
