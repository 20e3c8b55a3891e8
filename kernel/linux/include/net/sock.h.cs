// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_gfp_types_h;

namespace Linux;

// A buffer on its way, or in a queue. Which socket's memory it is says sk.
public unsafe struct sk_buff
{
    public list_head list;
    public sock* sk;
    public delegate*<sk_buff*, void> destructor;
    public uint len;
    public uint truesize; // with the buffer's own structures: what is charged
    public uint head; // what of it was read
    public byte* data;
}

public unsafe struct sk_buff_head
{
    public list_head list;
    public uint qlen;
    public spinlock_t @lock;
}

// What all sockets of a protocol share.
public unsafe struct proto
{
    public atomic_long_t memory_allocated;
    public percpu_counter sockets_allocated;
    public ulong memory_pressure;
    public fixed long sysctl_mem[3];
    public int sysctl_wmem_min;
    public int sysctl_rmem_min;
}

/// <summary>Of a socket, what the accounting of its memory needs.</summary>
public unsafe struct sock
{
    [OwnsRef] public mem_cgroup* sk_memcg;
    public proto* sk_prot;
    public ushort sk_type;
    public refcount_t sk_refcnt;
    public mutex sk_lock; // the kernel's lock_sock()
    public int sk_forward_alloc; // bytes of charged pages that are not used
    public int sk_reserved_mem;
    public int sk_sndbuf;
    public int sk_rcvbuf;
    public int sk_wmem_queued;
    public atomic_t sk_rmem_alloc;
    public uint sk_userlocks;
    public sk_buff_head sk_receive_queue;
    public sk_buff_head sk_write_queue;
    public wait_queue_head_t sk_wq;
    public sock* sk_peer;
    public uint sk_shutdown;
    public bool sk_pushing;
}

public static unsafe partial class net_sock_h
{
    private const string H = "include/net/sock.h";

    public const int SK_MEM_SEND = 0;
    public const int SK_MEM_RECV = 1;
    public const ushort SOCK_STREAM = 1;
    public const uint SOCK_SNDBUF_LOCK = 1;
    public const int SOCK_MIN_SNDBUF = 4544; // TCP_SKB_MIN_TRUESIZE * 2

    [KernelSource(H, "mem_cgroup_from_sk", Parity.Full)]
    [ReturnsKept("sk->sk_memcg")]
    public static mem_cgroup* mem_cgroup_from_sk(sock* sk) => sk->sk_memcg;

    [KernelSource(H, "mem_cgroup_sk_enabled", Parity.Full)]
    public static bool mem_cgroup_sk_enabled(sock* sk) => mem_cgroup_sockets_enabled && mem_cgroup_from_sk(sk) != null;

    // From a softirq nothing is reclaimed.
    [KernelSource(H, "gfp_memcg_charge", Parity.Full)]
    public static gfp_t gfp_memcg_charge() => in_softirq() ? GFP_ATOMIC : GFP_KERNEL;

    [KernelSource(H, "mem_cgroup_sk_under_memory_pressure", Parity.Reduced, "MEMCG_SOCK_THROTTLED, which the recorded kernel has not, is not counted")]
    public static bool mem_cgroup_sk_under_memory_pressure(sock* sk)
    {
        mem_cgroup* memcg = mem_cgroup_from_sk(sk);

        do
        {
            if (time_before64(get_jiffies_64(), mem_cgroup_get_socket_pressure(memcg)))
                return true;
        }
        while ((memcg = parent_mem_cgroup(memcg)) != null);

        return false;
    }

    [KernelSource(H, "sk_under_global_memory_pressure", Parity.Full)]
    public static bool sk_under_global_memory_pressure(sock* sk) => READ_ONCE(&sk->sk_prot->memory_pressure) != 0;

    [KernelSource(H, "sk_under_memory_pressure", Parity.Reduced, "every protocol has memory pressure")]
    public static bool sk_under_memory_pressure(sock* sk)
    {
        if (mem_cgroup_sk_enabled(sk) && mem_cgroup_sk_under_memory_pressure(sk))
            return true;

        return sk_under_global_memory_pressure(sk);
    }

    [KernelSource(H, "sk_memory_allocated", Parity.Full)]
    public static long sk_memory_allocated(sock* sk) => atomic_long_read(&sk->sk_prot->memory_allocated);

    [KernelSource(H, "sk_memory_allocated_add", Parity.Reduced, "no share of it is kept per CPU")]
    public static void sk_memory_allocated_add(sock* sk, int val) => atomic_long_add(val, &sk->sk_prot->memory_allocated);

    [KernelSource(H, "sk_memory_allocated_sub", Parity.Reduced, "no share of it is kept per CPU")]
    public static void sk_memory_allocated_sub(sock* sk, int val) => atomic_long_sub(val, &sk->sk_prot->memory_allocated);

    [KernelSource(H, "sk_prot_mem_limits", Parity.Full)]
    public static long sk_prot_mem_limits(sock* sk, int index) => sk->sk_prot->sysctl_mem[index];

    [KernelSource(H, "sk_mem_pages", Parity.Full)]
    public static int sk_mem_pages(int amt) => (int)(((uint)amt + PAGE_SIZE - 1) >> PAGE_SHIFT);

    [KernelSource(H, "sk_has_account", Parity.Full)]
    public static bool sk_has_account(sock* sk) => true;

    [KernelSource(H, "sk_forward_alloc_add", Parity.Full)]
    public static void sk_forward_alloc_add(sock* sk, int val) => WRITE_ONCE(&sk->sk_forward_alloc, sk->sk_forward_alloc + val);

    [KernelSource(H, "sk_wmem_schedule", Parity.Full)]
    public static bool sk_wmem_schedule(sock* sk, int size)
    {
        if (!sk_has_account(sk))
            return true;
        int delta = size - sk->sk_forward_alloc;
        return delta <= 0 || __sk_mem_schedule(sk, delta, SK_MEM_SEND) != 0;
    }

    [KernelSource(H, "sk_rmem_schedule", Parity.Reduced, "no buffer is from the emergency reserves")]
    public static bool sk_rmem_schedule(sock* sk, sk_buff* skb, int size)
    {
        if (!sk_has_account(sk))
            return true;
        int delta = size - sk->sk_forward_alloc;
        return delta <= 0 || __sk_mem_schedule(sk, delta, SK_MEM_RECV) != 0;
    }

    [KernelSource(H, "sk_unused_reserved_mem", Parity.Full)]
    public static int sk_unused_reserved_mem(sock* sk)
    {
        if (sk->sk_reserved_mem == 0)
            return 0;

        int unused_mem = sk->sk_reserved_mem - sk->sk_wmem_queued - atomic_read(&sk->sk_rmem_alloc);

        return unused_mem > 0 ? unused_mem : 0;
    }

    [KernelSource(H, "sk_mem_reclaim", Parity.Full)]
    public static void sk_mem_reclaim(sock* sk)
    {
        if (!sk_has_account(sk))
            return;

        int reclaimable = sk->sk_forward_alloc - sk_unused_reserved_mem(sk);

        if (reclaimable >= (int)PAGE_SIZE)
            __sk_mem_reclaim(sk, reclaimable);
    }

    [KernelSource(H, "sk_mem_reclaim_final", Parity.Full)]
    public static void sk_mem_reclaim_final(sock* sk)
    {
        sk->sk_reserved_mem = 0;
        sk_mem_reclaim(sk);
    }

    [KernelSource(H, "sk_mem_charge", Parity.Full)]
    public static void sk_mem_charge(sock* sk, int size)
    {
        if (!sk_has_account(sk))
            return;
        sk_forward_alloc_add(sk, -size);
    }

    [KernelSource(H, "sk_mem_uncharge", Parity.Full)]
    public static void sk_mem_uncharge(sock* sk, int size)
    {
        if (!sk_has_account(sk))
            return;
        sk_forward_alloc_add(sk, size);
        sk_mem_reclaim(sk);
    }

    [KernelSource(H, "sk_wmem_queued_add", Parity.Full)]
    public static void sk_wmem_queued_add(sock* sk, int val) => WRITE_ONCE(&sk->sk_wmem_queued, sk->sk_wmem_queued + val);

    // Under pressure a socket may send half of what it has under way.
    [KernelSource(H, "sk_stream_moderate_sndbuf", Parity.Full)]
    public static void sk_stream_moderate_sndbuf(sock* sk)
    {
        if ((sk->sk_userlocks & SOCK_SNDBUF_LOCK) != 0)
            return;

        uint val = (uint)Math.Min(sk->sk_sndbuf, sk->sk_wmem_queued >> 1);
        val = Math.Max(val, (uint)sk_unused_reserved_mem(sk));

        WRITE_ONCE(&sk->sk_sndbuf, (int)Math.Max(val, (uint)SOCK_MIN_SNDBUF));
    }
}
