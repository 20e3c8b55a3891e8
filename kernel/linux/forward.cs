// SPDX-License-Identifier: GPL-2.0-only
// Types that are pointed to before their header is here. Whoever defines one takes its line out.
namespace Linux;

public partial struct gendisk;
public partial struct capture_control;
public partial struct robust_list_head;
public partial struct fs_struct;
public partial struct core_state;
public partial struct bio_list;
public partial struct io_context;
public partial struct nsproxy;
public partial struct vm_area_desc;
