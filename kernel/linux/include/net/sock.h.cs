// SPDX-License-Identifier: GPL-2.0-only
namespace Linux;

/// <summary>Of a socket, what memory accounting needs: there is no network here, but its charges are.</summary>
public unsafe struct sock
{
    public mem_cgroup* sk_memcg;
}

public static unsafe class net_sock_h
{
    [KernelSource("include/net/sock.h", "mem_cgroup_from_sk", Parity.Full)]
    public static mem_cgroup* mem_cgroup_from_sk(sock* sk) => sk->sk_memcg;
}
