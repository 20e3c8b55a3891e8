// SPDX-License-Identifier: GPL-2.0-only
using static Linux.kernel_cgroup_cgroup_internal_h;
using static Linux.linux_sched_cputime_h;

namespace Linux;

public static unsafe partial class kernel_cgroup_rstat_c
{
    private static readonly spinlock_t* rstat_base_lock = bss<spinlock_t>();
    [PerCpu(Remote = true)]
    private static readonly PerCpu<llist_head>* rstat_backlog_list = DEFINE_PER_CPU<llist_head>();

    // A cgroup's own css keeps base statistics; a controller's takes part if it has something to flush.
    [KernelSource("kernel/cgroup/rstat.c", "css_uses_rstat", Parity.Full)]
    private static bool css_uses_rstat(cgroup_subsys_state* css)
    {
        return css_is_self(css) || css->ss->css_rstat_flush != null;
    }

    [KernelSource("kernel/cgroup/rstat.c", "css_rstat_cpu", Parity.Full)]
    private static css_rstat_cpu* css_rstat_cpu(cgroup_subsys_state* css, int cpu)
    {
        return per_cpu_ptr(css->rstat_cpu, cpu);
    }

    [KernelSource("kernel/cgroup/rstat.c", "cgroup_rstat_base_cpu", Parity.Full)]
    private static cgroup_rstat_base_cpu* cgroup_rstat_base_cpu(cgroup* cgrp, int cpu)
    {
        return per_cpu_ptr(cgrp->rstat_base_cpu, cpu);
    }

    [KernelSource("kernel/cgroup/rstat.c", "ss_rstat_lock", Parity.Full)]
    private static spinlock_t* ss_rstat_lock(cgroup_subsys* ss)
    {
        if (ss != null)
            return &ss->rstat_ss_lock;

        return rstat_base_lock;
    }

    [KernelSource("kernel/cgroup/rstat.c", "ss_lhead_cpu", Parity.Full)]
    private static llist_head* ss_lhead_cpu(cgroup_subsys* ss, int cpu)
    {
        if (ss != null)
            return per_cpu_ptr(ss->lhead, cpu);
        return per_cpu_ptr(rstat_backlog_list, cpu);
    }

    // Puts the css on the controller's lockless list of this CPU, from any context; the next flush
    // builds the update tree out of that list.
    [KernelSource("kernel/cgroup/rstat.c", "css_rstat_updated", Parity.Full)]
    [RequiresPreemptOff]
    public static void css_rstat_updated(cgroup_subsys_state* css, int cpu)
    {
        llist_head* lhead;
        css_rstat_cpu* rstatc;
        llist_node* self;

        if (!css_uses_rstat(css))
            return;

        lockdep_assert_preemption_disabled();

        rstatc = css_rstat_cpu(css, cpu);
        if (llist_on_list(&rstatc->lnode))
            return;

        // Interrupts may come here for the same css, and a flusher on another CPU may reset the node:
        // the node points at itself while off the list, and who swaps that for NULL does the adding.
        self = &rstatc->lnode;
        if (cmpxchg(&rstatc->lnode.next, self, null) != self)
            return;

        lhead = ss_lhead_cpu(css->ss, cpu);
        llist_add(&rstatc->lnode, lhead);
    }

    [KernelSource("kernel/cgroup/rstat.c", "__css_process_update_tree", Parity.Full)]
    private static void __css_process_update_tree(cgroup_subsys_state* css, int cpu)
    {
        while (true) {
            css_rstat_cpu* rstatc = css_rstat_cpu(css, cpu);
            cgroup_subsys_state* parent = css->parent;
            css_rstat_cpu* prstatc;

            // Both adding and removing go upwards: if one is in the tree, so are its ancestors.
            if (rstatc->updated_next != null)
                break;

            // the root has nothing to be linked to but must look busy
            if (parent == null) {
                rstatc->updated_next = css;
                break;
            }

            prstatc = css_rstat_cpu(parent, cpu);
            rstatc->updated_next = prstatc->updated_children;
            prstatc->updated_children = css;

            css = parent;
        }
    }

    [KernelSource("kernel/cgroup/rstat.c", "css_process_update_tree", Parity.Full)]
    private static void css_process_update_tree(cgroup_subsys* ss, int cpu)
    {
        llist_head* lhead = ss_lhead_cpu(ss, cpu);
        llist_node* lnode;

        while ((lnode = llist_del_first_init(lhead)) != null) {
            css_rstat_cpu* rstatc;

            // No user needs an updater that saw itself on the list to be flushed by this very flush;
            // one that does would want a barrier here and one before css_rstat_updated().
            rstatc = container_of<css_rstat_cpu>(lnode, &((css_rstat_cpu*)nowhere)->lnode);
            __css_process_update_tree(rstatc->owner, cpu);
        }
    }

    // Walks the update tree under the root level by level and pushes each css on head, so that a child
    // always comes before its parent in the result. Needs the rstat lock until the list is consumed.
    [KernelSource("kernel/cgroup/rstat.c", "css_rstat_push_children", Parity.Full)]
    private static cgroup_subsys_state* css_rstat_push_children(cgroup_subsys_state* head, cgroup_subsys_state* child, int cpu)
    {
        cgroup_subsys_state* cnext = child; // next head of the children's level
        cgroup_subsys_state* ghead = null;  // head of the grandchildren's level
        cgroup_subsys_state* parent, grandchild;
        css_rstat_cpu* crstatc;

        child->rstat_flush_next = null;

        lockdep_assert_held(ss_rstat_lock(head->ss));

    next_level:
        while (cnext != null) {
            child = cnext;
            cnext = child->rstat_flush_next;
            parent = child->parent;

            // the list of siblings ends at the parent
            while (child != parent) {
                child->rstat_flush_next = head;
                head = child;
                crstatc = css_rstat_cpu(child, cpu);
                grandchild = crstatc->updated_children;
                if (grandchild != child) {
                    crstatc->updated_children = child;
                    grandchild->rstat_flush_next = ghead;
                    ghead = grandchild;
                }
                child = crstatc->updated_next;
                crstatc->updated_next = null;
            }
        }

        if (ghead != null) {
            cnext = ghead;
            ghead = null;
            goto next_level;
        }
        return head;
    }

    // Takes the updated part of root's subtree off this CPU's tree and returns it as a list, children first.
    [KernelSource("kernel/cgroup/rstat.c", "css_rstat_updated_list", Parity.Full)]
    private static cgroup_subsys_state* css_rstat_updated_list(cgroup_subsys_state* root, int cpu)
    {
        css_rstat_cpu* rstatc = css_rstat_cpu(root, cpu);
        cgroup_subsys_state* head = null, parent, child;

        css_process_update_tree(root->ss, cpu);

        // nothing was updated down here
        if (rstatc->updated_next == null)
            return null;

        // The parent's list is singly linked: find the place that points at root.
        parent = root->parent;
        if (parent != null) {
            css_rstat_cpu* prstatc;
            cgroup_subsys_state** nextp;

            prstatc = css_rstat_cpu(parent, cpu);
            nextp = &prstatc->updated_children;
            while (*nextp != root) {
                css_rstat_cpu* nrstatc;

                nrstatc = css_rstat_cpu(*nextp, cpu);
                WARN_ON_ONCE(*nextp == parent);
                nextp = &nrstatc->updated_next;
            }
            *nextp = rstatc->updated_next;
        }

        rstatc->updated_next = null;

        head = root;
        root->rstat_flush_next = null;
        child = rstatc->updated_children;
        rstatc->updated_children = root;
        if (child != root)
            head = css_rstat_push_children(head, child, cpu);

        return head;
    }

    [KernelSource("kernel/cgroup/rstat.c", "bpf_rstat_flush", Parity.Full)]
    private static void bpf_rstat_flush(cgroup* cgrp, cgroup* parent, int cpu)
    {
    }

    [KernelSource("kernel/cgroup/rstat.c", "__css_rstat_lock", Parity.Full)]
    [ContextUnsafe("one lock a subsystem, or one for the base"), IrqDisable]
    private static void __css_rstat_lock(cgroup_subsys_state* css, int cpu_in_loop)
    {
        spinlock_t* @lock;
        bool contended;

        @lock = ss_rstat_lock(css->ss);
        contended = !spin_trylock_irq(@lock);
        if (contended)
            spin_lock_irq(@lock);
    }

    [KernelSource("kernel/cgroup/rstat.c", "__css_rstat_unlock", Parity.Full)]
    [ContextUnsafe("one lock a subsystem, or one for the base"), IrqEnable]
    private static void __css_rstat_unlock(cgroup_subsys_state* css, int cpu_in_loop)
    {
        spinlock_t* @lock;

        @lock = ss_rstat_lock(css->ss);
        spin_unlock_irq(@lock);
    }

    // Brings the counters of the whole subtree up to date and hands the sums upwards. May sleep.
    [KernelSource("kernel/cgroup/rstat.c", "css_rstat_flush", Parity.Full)]
    [MightSleep]
    public static void css_rstat_flush(cgroup_subsys_state* css)
    {
        bool is_self = css_is_self(css);

        if (!css_uses_rstat(css))
            return;

        might_sleep();
        foreach (int cpu in for_each_possible_cpu()) {
            cgroup_subsys_state* pos;

            // taken anew for each CPU, not to keep irqs off for long
            __css_rstat_lock(css, cpu);
            pos = css_rstat_updated_list(css, cpu);
            for (; pos != null; pos = pos->rstat_flush_next) {
                if (is_self) {
                    cgroup_base_stat_flush(pos->cgroup, cpu);
                    bpf_rstat_flush(pos->cgroup, cgroup_parent(pos->cgroup), cpu);
                } else {
                    pos->ss->css_rstat_flush(pos, cpu);
                }
            }
            __css_rstat_unlock(css, cpu);
            if (cond_resched() == 0)
                cpu_relax();
        }
    }

    [KernelSource("kernel/cgroup/rstat.c", "css_rstat_init", Parity.Full)]
    public static int css_rstat_init(cgroup_subsys_state* css)
    {
        cgroup* cgrp = css->cgroup;
        bool is_self = css_is_self(css);

        if (is_self) {
            // the root has its own from the start
            if (cgrp->rstat_base_cpu == null) {
                cgrp->rstat_base_cpu = alloc_percpu<cgroup_rstat_base_cpu>();
                if (cgrp->rstat_base_cpu == null)
                    return -ENOMEM;
            }
        } else if (css->ss->css_rstat_flush == null) {
            return 0;
        }

        if (css->rstat_cpu == null) {
            css->rstat_cpu = alloc_percpu<css_rstat_cpu>();
            if (css->rstat_cpu == null) {
                if (is_self)
                    free_percpu(cgrp->rstat_base_cpu);

                return -ENOMEM;
            }
        }

        // a list of updated children ends at its own css
        foreach (int cpu in for_each_possible_cpu()) {
            css_rstat_cpu* rstatc = css_rstat_cpu(css, cpu);

            rstatc->owner = rstatc->updated_children = css;
            init_llist_node(&rstatc->lnode);

            if (is_self) {
                cgroup_rstat_base_cpu* rstatbc;

                rstatbc = cgroup_rstat_base_cpu(cgrp, cpu);
                u64_stats_init(&rstatbc->bsync);
            }
        }

        return 0;
    }

    [KernelSource("kernel/cgroup/rstat.c", "css_rstat_exit", Parity.Full)]
    public static void css_rstat_exit(cgroup_subsys_state* css)
    {
        if (!css_uses_rstat(css))
            return;

        if (css->rstat_cpu == null)
            return;

        css_rstat_flush(css);

        foreach (int cpu in for_each_possible_cpu()) {
            css_rstat_cpu* rstatc = css_rstat_cpu(css, cpu);

            if (WARN_ON_ONCE(rstatc->updated_children != css) ||
                WARN_ON_ONCE(rstatc->updated_next != null))
                return;
        }

        if (css_is_self(css)) {
            cgroup* cgrp = css->cgroup;

            free_percpu(cgrp->rstat_base_cpu);
            cgrp->rstat_base_cpu = null;
        }

        free_percpu(css->rstat_cpu);
        css->rstat_cpu = null;
    }

    // With no controller: the lock and the lists of the base statistics.
    [KernelSource("kernel/cgroup/rstat.c", "ss_rstat_init", Parity.Full)]
    public static int ss_rstat_init(cgroup_subsys* ss)
    {
        if (ss != null) {
            ss->lhead = alloc_percpu<llist_head>();
            if (ss->lhead == null)
                return -ENOMEM;
        }

        spin_lock_init(ss_rstat_lock(ss));
        foreach (int cpu in for_each_possible_cpu())
            init_llist_head(ss_lhead_cpu(ss, cpu));

        return 0;
    }

    [KernelSource("kernel/cgroup/rstat.c", "cgroup_base_stat_add", Parity.Full)]
    private static void cgroup_base_stat_add(cgroup_base_stat* dst_bstat, cgroup_base_stat* src_bstat)
    {
        dst_bstat->cputime.utime += src_bstat->cputime.utime;
        dst_bstat->cputime.stime += src_bstat->cputime.stime;
        dst_bstat->cputime.sum_exec_runtime += src_bstat->cputime.sum_exec_runtime;
        dst_bstat->ntime += src_bstat->ntime;
    }

    [KernelSource("kernel/cgroup/rstat.c", "cgroup_base_stat_sub", Parity.Full)]
    private static void cgroup_base_stat_sub(cgroup_base_stat* dst_bstat, cgroup_base_stat* src_bstat)
    {
        dst_bstat->cputime.utime -= src_bstat->cputime.utime;
        dst_bstat->cputime.stime -= src_bstat->cputime.stime;
        dst_bstat->cputime.sum_exec_runtime -= src_bstat->cputime.sum_exec_runtime;
        dst_bstat->ntime -= src_bstat->ntime;
    }

    [KernelSource("kernel/cgroup/rstat.c", "cgroup_base_stat_flush", Parity.Full)]
    private static void cgroup_base_stat_flush(cgroup* cgrp, int cpu)
    {
        cgroup_rstat_base_cpu* rstatbc = cgroup_rstat_base_cpu(cgrp, cpu);
        cgroup* parent = cgroup_parent(cgrp);
        cgroup_rstat_base_cpu* prstatbc;
        cgroup_base_stat delta;
        uint seq;

        // the root's come from the system-wide CPU statistics
        if (parent == null)
            return;

        do {
            seq = __u64_stats_fetch_begin(&rstatbc->bsync);
            delta = rstatbc->bstat;
        } while (__u64_stats_fetch_retry(&rstatbc->bsync, seq));

        // this CPU's delta goes to the cgroup and to the CPU's sum of the subtree
        cgroup_base_stat_sub(&delta, &rstatbc->last_bstat);
        cgroup_base_stat_add(&cgrp->bstat, &delta);
        cgroup_base_stat_add(&rstatbc->last_bstat, &delta);
        cgroup_base_stat_add(&rstatbc->subtree_bstat, &delta);

        // and both go up, unless that is the root
        if (cgroup_parent(parent) != null) {
            delta = cgrp->bstat;
            cgroup_base_stat_sub(&delta, &cgrp->last_bstat);
            cgroup_base_stat_add(&parent->bstat, &delta);
            cgroup_base_stat_add(&cgrp->last_bstat, &delta);

            delta = rstatbc->subtree_bstat;
            prstatbc = cgroup_rstat_base_cpu(parent, cpu);
            cgroup_base_stat_sub(&delta, &rstatbc->last_subtree_bstat);
            cgroup_base_stat_add(&prstatbc->subtree_bstat, &delta);
            cgroup_base_stat_add(&rstatbc->last_subtree_bstat, &delta);
        }
    }

    [KernelSource("kernel/cgroup/rstat.c", "cgroup_base_stat_cputime_account_begin", Parity.Full)]
    [PreemptAdjust(1)]
    private static cgroup_rstat_base_cpu* cgroup_base_stat_cputime_account_begin(cgroup* cgrp, out IrqFlags flags)
    {
        cgroup_rstat_base_cpu* rstatbc;

        rstatbc = get_cpu_ptr(cgrp->rstat_base_cpu);
        flags = u64_stats_update_begin_irqsave(&rstatbc->bsync);
        return rstatbc;
    }

    [KernelSource("kernel/cgroup/rstat.c", "cgroup_base_stat_cputime_account_end", Parity.Full)]
    [PreemptAdjust(-1)]
    private static void cgroup_base_stat_cputime_account_end(cgroup* cgrp, cgroup_rstat_base_cpu* rstatbc, IrqFlags flags)
    {
        u64_stats_update_end_irqrestore(&rstatbc->bsync, flags);
        css_rstat_updated(&cgrp->self, smp_processor_id());
        put_cpu_ptr(cgrp->rstat_base_cpu);
    }

    [KernelSource("kernel/cgroup/rstat.c", "__cgroup_account_cputime", Parity.Full)]
    public static void __cgroup_account_cputime(cgroup* cgrp, ulong delta_exec)
    {
        cgroup_rstat_base_cpu* rstatbc;

        rstatbc = cgroup_base_stat_cputime_account_begin(cgrp, out IrqFlags flags);
        rstatbc->bstat.cputime.sum_exec_runtime += delta_exec;
        cgroup_base_stat_cputime_account_end(cgrp, rstatbc, flags);
    }

    [KernelSource("kernel/cgroup/rstat.c", "__cgroup_account_cputime_field", Parity.Full)]
    public static void __cgroup_account_cputime_field(cgroup* cgrp, int index, ulong delta_exec)
    {
        cgroup_rstat_base_cpu* rstatbc;

        rstatbc = cgroup_base_stat_cputime_account_begin(cgrp, out IrqFlags flags);

        switch (index) {
        case CPUTIME_NICE:
            rstatbc->bstat.ntime += delta_exec;
            goto case CPUTIME_USER;
        case CPUTIME_USER:
            rstatbc->bstat.cputime.utime += delta_exec;
            break;
        case CPUTIME_SYSTEM:
        case CPUTIME_IRQ:
        case CPUTIME_SOFTIRQ:
            rstatbc->bstat.cputime.stime += delta_exec;
            break;
        default:
            break;
        }

        cgroup_base_stat_cputime_account_end(cgrp, rstatbc, flags);
    }

    // The root's comes from what the CPUs count, sorted as __cgroup_account_cputime_field() sorts a group's.
    [KernelSource("kernel/cgroup/rstat.c", "root_cgroup_cputime", Parity.Full)]
    private static void root_cgroup_cputime(cgroup_base_stat* bstat)
    {
        task_cputime* cputime = &bstat->cputime;

        *bstat = default;
        foreach (int i in for_each_possible_cpu()) {
            kernel_cpustat kcpustat;
            ulong* cpustat = kcpustat.cpustat;
            ulong user = 0;
            ulong sys = 0;

            kcpustat_cpu_fetch(&kcpustat, i);

            user += cpustat[CPUTIME_USER];
            user += cpustat[CPUTIME_NICE];
            cputime->utime += user;

            sys += cpustat[CPUTIME_SYSTEM];
            sys += cpustat[CPUTIME_IRQ];
            sys += cpustat[CPUTIME_SOFTIRQ];
            cputime->stime += sys;

            cputime->sum_exec_runtime += user;
            cputime->sum_exec_runtime += sys;

            bstat->ntime += cpustat[CPUTIME_NICE];
        }
    }

    [KernelSource("kernel/cgroup/rstat.c", "cgroup_force_idle_show", Parity.Full)]
    private static void cgroup_force_idle_show(seq_file* seq, cgroup_base_stat* bstat)
    {
    }

    [KernelSource("kernel/cgroup/rstat.c", "cgroup_base_stat_cputime_show", Parity.Full)]
    public static void cgroup_base_stat_cputime_show(seq_file* seq)
    {
        cgroup* cgrp = seq_css(seq)->cgroup;
        cgroup_base_stat bstat;

        if (cgroup_parent(cgrp) != null) {
            css_rstat_flush(&cgrp->self);
            __css_rstat_lock(&cgrp->self, -1);
            bstat = cgrp->bstat;
            cputime_adjust(&cgrp->bstat.cputime, &cgrp->prev_cputime, &bstat.cputime.utime, &bstat.cputime.stime);
            __css_rstat_unlock(&cgrp->self, -1);
        } else {
            root_cgroup_cputime(&bstat);
        }

        bstat.cputime.sum_exec_runtime /= NSEC_PER_USEC;
        bstat.cputime.utime /= NSEC_PER_USEC;
        bstat.cputime.stime /= NSEC_PER_USEC;
        bstat.ntime /= NSEC_PER_USEC;

        seq_put_decimal_ull(seq, "usage_usec "u8, bstat.cputime.sum_exec_runtime);
        seq_put_decimal_ull(seq, "\nuser_usec "u8, bstat.cputime.utime);
        seq_put_decimal_ull(seq, "\nsystem_usec "u8, bstat.cputime.stime);
        seq_put_decimal_ull(seq, "\nnice_usec "u8, bstat.ntime);
        seq_putc(seq, (byte)'\n');

        cgroup_force_idle_show(seq, &bstat);
    }
}
