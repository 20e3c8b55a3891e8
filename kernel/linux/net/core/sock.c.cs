// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_gfp_types_h;
using static Linux.net_sock_h;

namespace Linux;

/// <summary>net/core/sock.c: the memory of sockets, charged to the group of who made them.</summary>
public static unsafe partial class net_core_sock_c
{
    private const string C = "net/core/sock.c";

    private const int SOCK_BUFFER = 212992; // net.core.{w,r}mem_default

    private static kmem_cache* sock_cachep;
    private static readonly proto* stream_prot = bss<proto>();

    /// <summary>The protocol that all sockets here are of.</summary>
    public static proto* protocol => stream_prot;

    [KernelSource("net/core/sock.c", "proto_register", Parity.Reduced, "one protocol; its limits are tcp_init_mem()'s for the machine's memory")]
    internal static void sock_init()
    {
        // Of the slab of struct tcp_sock, as large as the recorded kernel's.
        sock_cachep = kmem_cache_create("TCP"u8, 2432, 0, SLAB_HWCACHE_ALIGN | SLAB_ACCOUNT | SLAB_TYPESAFE_BY_RCU | SLAB_PANIC, null);
        ulong limit = Math.Max(nr_free_buffer_pages() / 16, 128);
        stream_prot->sysctl_mem[0] = (long)(limit / 4 * 3);
        stream_prot->sysctl_mem[1] = (long)limit;
        stream_prot->sysctl_mem[2] = stream_prot->sysctl_mem[0] * 2;
        stream_prot->sysctl_wmem_min = stream_prot->sysctl_rmem_min = (int)PAGE_SIZE;
        BUG_ON(percpu_counter_init(&stream_prot->sockets_allocated, 0, GFP_KERNEL) != 0);
    }

    [KernelSource(C, "sk_alloc", Parity.Reduced, "no name spaces, security or classes")]
    public static sock* sk_alloc(gfp_t priority, bool kern)
    {
        sock* sk = (sock*)kmem_cache_zalloc(sock_cachep, priority);

        if (sk == null)
            return null;
        sk->sk_prot = stream_prot;
        sk->sk_type = SOCK_STREAM;
        sk->sk_sndbuf = sk->sk_rcvbuf = SOCK_BUFFER;
        mutex_init(&sk->sk_lock);
        INIT_LIST_HEAD(&sk->sk_receive_queue.list);
        spin_lock_init(&sk->sk_receive_queue.@lock);
        INIT_LIST_HEAD(&sk->sk_write_queue.list);
        init_waitqueue_head(&sk->sk_wq);
        refcount_set(&sk->sk_refcnt, 1);
        percpu_counter_inc(&stream_prot->sockets_allocated);
        if (!kern)
            mem_cgroup_sk_alloc(sk);
        return sk;
    }

    [KernelSource(C, "__sk_destruct", Parity.Reduced, "at once: nobody looks sockets up under RCU")]
    private static void __sk_destruct(sock* sk)
    {
        WARN_ON_ONCE(atomic_read(&sk->sk_rmem_alloc) != 0);
        WARN_ON_ONCE(sk->sk_wmem_queued != 0);
        WARN_ON_ONCE(sk->sk_forward_alloc != 0);
        percpu_counter_dec(&stream_prot->sockets_allocated);
        mem_cgroup_sk_free(sk);
        kmem_cache_free(sock_cachep, sk);
    }

    [KernelSource("include/net/sock.h", "sock_put", Parity.Full)]
    public static void sock_put(sock* sk)
    {
        if (refcount_dec_and_test(&sk->sk_refcnt))
            __sk_destruct(sk);
    }

    [KernelSource(C, "sk_enter_memory_pressure", Parity.Full)]
    private static void sk_enter_memory_pressure(sock* sk) => WRITE_ONCE(&sk->sk_prot->memory_pressure, 1UL);

    [KernelSource(C, "sk_leave_memory_pressure", Parity.Full)]
    private static void sk_leave_memory_pressure(sock* sk)
    {
        if (READ_ONCE(&sk->sk_prot->memory_pressure) != 0)
            WRITE_ONCE(&sk->sk_prot->memory_pressure, 0UL);
    }

    // The group's limit fails a charge at once; of the protocol's, shared by all, there are three.
    [KernelSource(C, "__sk_mem_raise_allocated", Parity.Reduced, "no datagrams, and no socket bypasses its protocol's limits")]
    public static int __sk_mem_raise_allocated(sock* sk, int size, int amt, int kind)
    {
        bool memcg_enabled = false, charged = false;
        proto* prot = sk->sk_prot;

        sk_memory_allocated_add(sk, amt);
        long allocated = sk_memory_allocated(sk);

        if (mem_cgroup_sk_enabled(sk))
        {
            memcg_enabled = true;
            charged = mem_cgroup_sk_charge(sk, (uint)amt, gfp_memcg_charge());
            if (!charged)
                goto suppress_allocation;
        }

        if (allocated <= sk_prot_mem_limits(sk, 0))
        {
            sk_leave_memory_pressure(sk);
            return 1;
        }

        if (allocated > sk_prot_mem_limits(sk, 1))
            sk_enter_memory_pressure(sk);

        if (allocated > sk_prot_mem_limits(sk, 2))
            goto suppress_allocation;

        // The least that a socket needs it gets, short of the hard limit.
        if (kind == SK_MEM_RECV)
        {
            if (atomic_read(&sk->sk_rmem_alloc) < prot->sysctl_rmem_min)
                return 1;
        }
        else if (sk->sk_wmem_queued < prot->sysctl_wmem_min)
        {
            return 1;
        }

        if (!sk_under_global_memory_pressure(sk))
            return 1;

        // Who has less than the average may go on.
        long alloc = percpu_counter_read_positive(&prot->sockets_allocated);
        if (sk_prot_mem_limits(sk, 2) > alloc * sk_mem_pages(sk->sk_wmem_queued + atomic_read(&sk->sk_rmem_alloc) + sk->sk_forward_alloc))
            return 1;

    suppress_allocation:

        if (kind == SK_MEM_SEND && sk->sk_type == SOCK_STREAM)
        {
            sk_stream_moderate_sndbuf(sk);

            // Over its send buffer it waits for that to drain; under it there is nothing to wait for.
            if (sk->sk_wmem_queued + size >= sk->sk_sndbuf)
            {
                if (memcg_enabled && !charged)
                    mem_cgroup_sk_charge(sk, (uint)amt, gfp_memcg_charge() | __GFP_NOFAIL);
                return 1;
            }
        }

        sk_memory_allocated_sub(sk, amt);

        if (charged)
            mem_cgroup_sk_uncharge(sk, (uint)amt);

        return 0;
    }

    [KernelSource(C, "__sk_mem_schedule", Parity.Full)]
    public static int __sk_mem_schedule(sock* sk, int size, int kind)
    {
        int amt = sk_mem_pages(size);

        sk_forward_alloc_add(sk, amt << PAGE_SHIFT);
        int ret = __sk_mem_raise_allocated(sk, size, amt, kind);
        if (ret == 0)
            sk_forward_alloc_add(sk, -(amt << PAGE_SHIFT));
        return ret;
    }

    [KernelSource(C, "__sk_mem_reduce_allocated", Parity.Full)]
    public static void __sk_mem_reduce_allocated(sock* sk, int amount)
    {
        if (mem_cgroup_sk_enabled(sk))
            mem_cgroup_sk_uncharge(sk, (uint)amount);

        sk_memory_allocated_sub(sk, amount);

        if (sk_under_global_memory_pressure(sk) && sk_memory_allocated(sk) < sk_prot_mem_limits(sk, 0))
            sk_leave_memory_pressure(sk);
    }

    [KernelSource(C, "__sk_mem_reclaim", Parity.Full)]
    public static void __sk_mem_reclaim(sock* sk, int amount)
    {
        amount >>= PAGE_SHIFT;
        sk_forward_alloc_add(sk, -(amount << PAGE_SHIFT));
        __sk_mem_reduce_allocated(sk, amount);
    }

    // A connection that is taken up by another's task: what it holds already is charged to that one's group.
    [KernelSource(C, "__sk_charge", Parity.Reduced, "the socket's own structure stays with who made it")]
    public static void __sk_charge(sock* sk, gfp_t gfp)
    {
        gfp |= __GFP_NOFAIL;
        if (mem_cgroup_from_sk(sk) != null)
        {
            int amt = sk_mem_pages(sk->sk_forward_alloc + atomic_read(&sk->sk_rmem_alloc));

            if (amt != 0)
                mem_cgroup_sk_charge(sk, (uint)amt, gfp);
        }
    }
}
