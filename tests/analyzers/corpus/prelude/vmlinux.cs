// SPDX-License-Identifier: GPL-2.0-only
// The linker of the corpora: the kernel's names, for every file, as in kernel/linux/vmlinux.cs.
global using System;
global using System.Runtime.CompilerServices;
global using System.Runtime.InteropServices;
global using KMemcg.Annotations;
global using gfp_t = uint;
global using rcu_head = Linux.callback_head;
global using static Linux.linux_cgroup_h;
global using static Linux.linux_compiler_h;
global using static Linux.linux_gfp_h;
global using static Linux.linux_kernel_h;
global using static Linux.linux_list_h;
global using static Linux.linux_local_lock_h;
global using static Linux.linux_memcontrol_h;
global using static Linux.linux_mm_h;
global using static Linux.linux_mutex_h;
global using static Linux.linux_percpu_h;
global using static Linux.linux_preempt_h;
global using static Linux.linux_rcupdate_h;
global using static Linux.linux_rwsem_h;
global using static Linux.linux_sched_h;
global using static Linux.linux_spinlock_h;
global using static Linux.linux_swap_h;
global using static Linux.linux_workqueue_h;
global using static Linux.linux_writeback_h;
global using static Linux.linux_xarray_h;

[assembly: KernelCode]
