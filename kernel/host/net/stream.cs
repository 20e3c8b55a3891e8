// SPDX-License-Identifier: GPL-2.0-only
using static Linux.linux_gfp_types_h;
using static Linux.net_core_sock_c;
using static Linux.net_sock_h;

namespace Linux;

/// <summary>
/// A connection within the machine: what is sent and not yet taken by the other side is the sender's memory, what was taken
/// and not yet read the receiver's, as with TCP. In place of a protocol there is a hand from one queue to the other.
/// </summary>
public static unsafe class host_stream
{
    /// <summary>As much as a segment of TCP over the loopback device holds.</summary>
    private const uint Segment = 32768;

    private const int TCP_INIT_CWND = 10;
    private const int LOOPBACK_MSS = 65536 - 20 - 20 - 12; // of its MTU, less the headers with a time stamp
    private const int MAX_TCP_HEADER = 320;
    private const int TCP_RMEM_DEFAULT = 131072;
    private const int TCP_WMEM_MAX = 4 << 20;

    private static uint truesize(uint len) => ((len + 127) & ~127u) + 320 + 256; // SKB_TRUESIZE: skb_shared_info and sk_buff

    // What an established connection over the loopback device begins with: a send buffer for twice the window.
    [KernelSource("net/ipv4/tcp_input.c", "tcp_init_buffer_space", Parity.Reduced, "windows are not kept, and buffers do not grow any further")]
    private static void tcp_init_buffer_space(sock* sk)
    {
        int per_mss = (int)roundup_pow_of_two(LOOPBACK_MSS + MAX_TCP_HEADER + 320) + 256;

        sk->sk_sndbuf = Math.Min(2 * TCP_INIT_CWND * per_mss, TCP_WMEM_MAX);
        sk->sk_rcvbuf = TCP_RMEM_DEFAULT;
    }

    /// <summary>A socket of the task that runs, connected to one that comes in and is nobody's until it is accepted.</summary>
    public static int connect(sock** a, sock** b)
    {
        *a = sk_alloc(GFP_KERNEL, false);
        *b = sk_alloc(GFP_KERNEL, true);
        if (*a == null || *b == null)
        {
            if (*a != null)
                sock_put(*a);
            if (*b != null)
                sock_put(*b);
            return -ENOMEM;
        }

        tcp_init_buffer_space(*a);
        tcp_init_buffer_space(*b);
        (*a)->sk_peer = *b;
        (*b)->sk_peer = *a;
        refcount_inc(&(*a)->sk_refcnt);
        refcount_inc(&(*b)->sk_refcnt);
        return 0;
    }

    /// <summary>Another task takes an end up, as accept() does: from now on its group pays.</summary>
    public static void accept(sock* sk)
    {
        mutex_lock(&sk->sk_lock);
        if (sk->sk_memcg == null)
        {
            mem_cgroup_sk_alloc(sk);
            __sk_charge(sk, GFP_KERNEL);
        }

        mutex_unlock(&sk->sk_lock);
    }

    private static sk_buff* alloc_skb(uint len)
    {
        sk_buff* skb = (sk_buff*)kzalloc((ulong)sizeof(sk_buff), GFP_KERNEL);
        if (skb == null)
            return null;
        skb->data = (byte*)kvmalloc(len, GFP_KERNEL);
        if (skb->data == null)
        {
            kfree(skb);
            return null;
        }

        INIT_LIST_HEAD(&skb->list);
        skb->len = len;
        skb->truesize = truesize(len);
        return skb;
    }

    private static void kfree_skb(sk_buff* skb)
    {
        kvfree(skb->data);
        kfree(skb);
    }

    private static sk_buff* first(sk_buff_head* q) => list_empty(&q->list) ? null : list_entry<sk_buff>(q->list.next, &((sk_buff*)nowhere)->list);

    /// <summary>Sends from the kernel's memory; how much went into the queues, or an error. It waits unless told not to.</summary>
    public static long send(sock* sk, byte* from, ulong count, bool dontwait)
    {
        ulong done = 0;
        long err = 0;

        while (done < count)
        {
            uint len = (uint)Math.Min(count - done, Segment);
            mutex_lock(&sk->sk_lock);
            if ((sk->sk_shutdown | sk->sk_peer->sk_shutdown) != 0)
                err = -EPIPE;
            else if (sk->sk_wmem_queued >= sk->sk_sndbuf)
                err = -EAGAIN;
            else
                err = queue(sk, from + done, len);
            mutex_unlock(&sk->sk_lock);
            if (err == 0)
            {
                done += len;
                push(sk);
                continue;
            }

            if (err != -EAGAIN || dontwait || done != 0)
                break;
            if (wait_event_interruptible(&sk->sk_wq, &writable, sk) != 0)
                return -EINTR;
        }

        return done != 0 ? (long)done : err;
    }

    private static bool writable(void* sk) =>
        READ_ONCE(&((sock*)sk)->sk_wmem_queued) < READ_ONCE(&((sock*)sk)->sk_sndbuf) || ((sock*)sk)->sk_peer->sk_shutdown != 0;

    // tcp_stream_alloc_skb(), tcp_skb_entail().
    private static long queue(sock* sk, byte* from, uint len)
    {
        sk_buff* skb = alloc_skb(len);
        if (skb == null)
            return -ENOMEM;
        if (!sk_wmem_schedule(sk, (int)skb->truesize))
        {
            kfree_skb(skb);
            return -EAGAIN;
        }

        memcpy(skb->data, from, len);
        skb->sk = sk;
        list_add_tail(&skb->list, &sk->sk_write_queue.list);
        sk->sk_write_queue.qlen++;
        sk_wmem_queued_add(sk, (int)skb->truesize);
        sk_mem_charge(sk, (int)skb->truesize);
        return 0;
    }

    /// <summary>Hands on what the other side takes; what it has no memory for stays here.</summary>
    public static void push(sock* sk)
    {
        sock* peer = sk->sk_peer;

        for (; ; )
        {
            mutex_lock(&sk->sk_lock);
            sk_buff* skb = first(&sk->sk_write_queue);
            // One at a time: the order is that of the queue.
            if (skb == null || sk->sk_pushing)
            {
                mutex_unlock(&sk->sk_lock);
                return;
            }

            sk->sk_pushing = true;
            list_del(&skb->list);
            sk->sk_write_queue.qlen--;
            mutex_unlock(&sk->sk_lock);

            bool taken = take(peer, skb);

            mutex_lock(&sk->sk_lock);
            sk->sk_pushing = false;
            if (taken)
            {
                // Acknowledged: tcp_wmem_free_skb().
                sk_wmem_queued_add(sk, -(int)skb->truesize);
                sk_mem_uncharge(sk, (int)skb->truesize);
            }
            else
            {
                list_add(&skb->list, &sk->sk_write_queue.list);
                sk->sk_write_queue.qlen++;
            }

            mutex_unlock(&sk->sk_lock);
            if (!taken)
                return;
            wake_up_interruptible(&sk->sk_wq);
            wake_up_interruptible(&peer->sk_wq);
        }
    }

    // tcp_try_rmem_schedule(), tcp_queue_rcv(): what does not fit, or cannot be paid for, is not taken.
    private static bool take(sock* peer, sk_buff* skb)
    {
        bool taken = false;

        mutex_lock(&peer->sk_lock);
        if (peer->sk_shutdown == 0 && atomic_read(&peer->sk_rmem_alloc) <= peer->sk_rcvbuf && schedule_rmem(peer, skb))
        {
            skb->sk = peer;
            list_add_tail(&skb->list, &peer->sk_receive_queue.list);
            peer->sk_receive_queue.qlen++;
            atomic_add((int)skb->truesize, &peer->sk_rmem_alloc);
            sk_mem_charge(peer, (int)skb->truesize);
            taken = true;
        }

        mutex_unlock(&peer->sk_lock);
        return taken;
    }

    // What arrives does so in a softirq: there the charge cannot wait for reclaim, and goes over the limit.
    private static bool schedule_rmem(sock* peer, sk_buff* skb)
    {
        local_bh_disable();
        preempt_count_sub(SOFTIRQ_OFFSET);
        bool ok = sk_rmem_schedule(peer, skb, (int)skb->truesize);
        preempt_count_add(SOFTIRQ_OFFSET);
        local_bh_enable();
        return ok;
    }

    /// <summary>Receives into the kernel's memory; how much there was, or -EAGAIN.</summary>
    public static long receive(sock* sk, byte* to, ulong count)
    {
        ulong done = 0;

        while (done < count)
        {
            mutex_lock(&sk->sk_lock);
            sk_buff* skb = first(&sk->sk_receive_queue);
            if (skb == null)
            {
                mutex_unlock(&sk->sk_lock);
                push(sk->sk_peer);
                if (list_empty(&sk->sk_receive_queue.list))
                    break;
                continue;
            }

            uint len = (uint)Math.Min(count - done, skb->len - skb->head);
            memcpy(to + done, skb->data + skb->head, len);
            skb->head += len;
            done += len;
            if (skb->head == skb->len)
                rfree(sk, skb);
            mutex_unlock(&sk->sk_lock);
        }

        if (done != 0)
            push(sk->sk_peer);
        return done != 0 ? (long)done : -EAGAIN;
    }

    // sock_rfree().
    private static void rfree(sock* sk, sk_buff* skb)
    {
        list_del(&skb->list);
        sk->sk_receive_queue.qlen--;
        atomic_sub((int)skb->truesize, &sk->sk_rmem_alloc);
        sk_mem_uncharge(sk, (int)skb->truesize);
        kfree_skb(skb);
    }

    /// <summary>Closes an end: what is in its queues is dropped.</summary>
    public static void close(sock* sk)
    {
        sock* peer = sk->sk_peer;

        mutex_lock(&sk->sk_lock);
        sk->sk_shutdown = 3;
        for (sk_buff* skb = first(&sk->sk_receive_queue); skb != null; skb = first(&sk->sk_receive_queue))
            rfree(sk, skb);
        for (sk_buff* skb = first(&sk->sk_write_queue); skb != null; skb = first(&sk->sk_write_queue))
        {
            list_del(&skb->list);
            sk_wmem_queued_add(sk, -(int)skb->truesize);
            sk_mem_uncharge(sk, (int)skb->truesize);
            kfree_skb(skb);
        }

        sk_mem_reclaim_final(sk);
        mutex_unlock(&sk->sk_lock);
        wake_up_interruptible(&peer->sk_wq);
        sock_put(peer);
        sock_put(sk);
    }
}
